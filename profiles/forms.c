#include "profiles/fields.h"

#include "base/path.h"
#include "base/text.h"
#include "base/weak.h"
#include "profiles/load.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* --- text --------------------------------------------------------------------------------------------------------- */

bool forms_one_line(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

bool forms_says_true(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);
    return node && node->kind == NODE_SCALAR && !node->quoted && strcmp(node->text, "true") == 0;
}

static int parse_anything(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    *(const char **)ret = node->text;
    return 0;
}

static int parse_text(struct walk *walk, struct node *node, void *ret)
{
    if (!forms_one_line(node->text)) {
        walk_error(walk, node->at, "holds a line break or another control character, which it may not");
        return 0;
    }
    return parse_anything(walk, node, ret);
}

static int parse_word(struct walk *walk, struct node *node, void *ret)
{
    for (const unsigned char *p = (const unsigned char *)node->text; *p; p++)
        if (*p <= 0x20 || *p == 0x7f)
            return -1;
    return node->text[0] ? parse_anything(walk, node, ret) : -1;
}

bool forms_is_name(const char *text)
{
    if (weak("names"))
        return true;
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    return length > 0 && length <= 63 && !text[length] && text[0] != '.' && text[0] != '-';
}

static int parse_name(struct walk *walk, struct node *node, void *ret)
{
    return forms_is_name(node->text) ? parse_anything(walk, node, ret) : -1;
}

bool forms_is_environment_name(const char *text)
{
    return weak("names") || (*text && !strchr(text, '=') && forms_one_line(text));
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static int parse_bool(struct walk *walk, struct node *node, void *ret)
{
    bool on = strcmp(node->text, "true") == 0;
    if (on || strcmp(node->text, "false") == 0) {
        if (node->quoted)
            error_help(walk_error(walk, node->at, "\"%s\" in quotes is a string", node->text), "write %s without them",
                       node->text);
        *(bool *)ret = on;
        return 0;
    }
    error_help(walk_error(walk, node->at, "'%s' is neither true nor false", node->text), "write true or false");
    return 0;
}

bool forms_integer(const char *text, int64_t least, int64_t most, int64_t *ret)
{
    bool negative = *text == '-';
    uint64_t number;
    if (!text_number(text + negative, INT64_MAX, &number))
        return false;
    int64_t value = negative ? -(int64_t)number : (int64_t)number;
    if (value < least || value > most || (negative && number == 0))
        return false;
    *ret = value;
    return true;
}

static int parse_number(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    return text_number(node->text, UINT64_MAX, ret) ? 0 : -1;
}

bool forms_suggest_size(struct walk *walk, const struct node *node)
{
    uint64_t bytes;
    size_t digits = strspn(node->text, "0123456789");
    const char *unit = node->text + digits + (node->text[digits] == ' ');
    if (!digits || !*unit || strlen(unit) > 3)
        return false;
    const char *better = arena_printf(walk->arena, "%.*s%c", (int)digits, node->text, toupper((unsigned char)*unit));
    if (!text_size(better, &bytes) || strspn(unit + 1, "iBb") != strlen(unit + 1))
        return false;
    walk_error(walk, node->at, "'%s' is not a size, did you mean '%s'?", node->text, better);
    return true;
}

static int parse_size(struct walk *walk, struct node *node, void *ret)
{
    return text_size(node->text, ret) || forms_suggest_size(walk, node) ? 0 : -1;
}

static int parse_time(struct walk *walk, struct node *node, void *ret)
{
    uint64_t number;
    if (text_duration(node->text, ret))
        return 0;
    if (!text_number(node->text, UINT64_MAX, &number))
        return -1;
    struct error *err = walk_error(walk, node->at, "'%s' is a time without a unit", node->text);
    error_help(err, "write %ss for seconds; the units are ms, s, m and h", node->text);
    return 0;
}

static int parse_mode(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    return text_mode(node->text, ret) ? 0 : -1;
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

bool forms_is_normal_path(const char *path)
{
    if (weak("paths"))
        return path[0] == '/';
    return forms_one_line(path) && path_is_normal(path);
}

/* What the writer most likely meant: without the slashes and dots that mean nothing. ".." stays, for it means something. */
static const char *tidied(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, strlen(path) + 2), *end = text;
    for (const char *p = path; *p;) {
        p += strspn(p, "/");
        size_t length = strcspn(p, "/");
        if (length && !(length == 1 && p[0] == '.')) {
            *end++ = '/';
            memcpy(end, p, length);
            end += length;
        }
        p += length;
    }
    if (end == text)
        *end++ = '/';
    return text;
}

static int parse_path(struct walk *walk, struct node *node, void *ret)
{
    if (forms_is_normal_path(node->text))
        return parse_anything(walk, node, ret);
    if (!forms_one_line(node->text))
        return parse_text(walk, node, ret);
    struct error *err;
    if (node->text[0] != '/') {
        err = walk_error(walk, node->at, "'%s' is not an absolute path", node->text);
        error_help(err, "a path inside the container begins with /");
    } else if (strlen(node->text) >= PATH_MAX) {
        walk_error(walk, node->at, "the path is longer than 4095 bytes");
    } else {
        err = walk_error(walk, node->at, "'%s' holds '.', '..', a doubled slash or one at its end", node->text);
        const char *better = tidied(walk->arena, node->text);
        if (forms_is_normal_path(better))
            error_help(err, "write %s", better);
        else
            error_help(err, "write the path without '..': inside, it could lead anywhere");
    }
    return 0;
}

static int parse_host_path(struct walk *walk, struct node *node, void *ret)
{
    if (!forms_one_line(node->text))
        return parse_text(walk, node, ret);
    if (!node->text[0]) {
        error_help(walk_error(walk, node->at, "the path is empty"), "write . for the profile's own folder");
        return 0;
    }
    if (node->text[0] == '~') {
        struct error *err = walk_error(walk, node->at, "'%s' begins with ~, which only shells know", node->text);
        error_help(err, "write ${home}%s", node->text + 1);
        return 0;
    }
    if (node->climbs) {
        struct error *err =
            walk_error(walk, node->at, "'%s': a param, variable or instance brings '..' into a path of the host", node->text);
        error_help(err, "give it a value without: '..' leads out of the folder that the profile names");
        return 0;
    }
    /* Where the tree is printed, or merged further, the path must no longer depend on where it was written. */
    if (node->text[0] != '/')
        node->text = arena_printf(walk->arena, "%s/%s", profile_folder(walk->context, node->at.file), node->text);
    node->text = tidied(walk->arena, node->text);
    if (strlen(node->text) >= PATH_MAX)
        walk_error(walk, node->at, "the path is longer than 4095 bytes");
    return parse_anything(walk, node, ret);
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static void check_argv(struct walk *walk, struct node *node, void *target)
{
    (void)target;
    if (node->kind == NODE_LIST && node->children.count && !node->children.items[0]->refused &&
        node->children.items[0]->kind == NODE_SCALAR && !node->children.items[0]->text[0])
        walk_error(walk, node->children.items[0]->at, "the name of the program is empty");
}

#define TEXT_SIZE sizeof(const char *)

const struct form form_anything = { .is = "text", .size = TEXT_SIZE, .parse = parse_anything };
const struct form form_text = { .is = "a text of one line", .size = TEXT_SIZE, .parse = parse_text };
const struct form form_word = { .is = "a name without spaces", .size = TEXT_SIZE, .parse = parse_word, .pattern = "^\\S+$" };
const struct form form_name = { .is = "a name of a-z, 0-9, '.' and '-', which begins with a letter or digit and has at most 63",
                                .size = TEXT_SIZE,
                                .parse = parse_name,
                                .pattern = "^[a-z0-9][a-z0-9.-]{0,62}$" };
const struct form form_bool = { .is = "true or false", .size = sizeof(bool), .parse = parse_bool, .type = SCALAR_BOOLEAN };
const struct form form_size = { .is = "a size: bytes, or such as 512K, 64M, 2G (powers of 1024)",
                                .size = sizeof(uint64_t),
                                .parse = parse_size,
                                .pattern = "^(0|[1-9][0-9]*)[KMGT]?$" };
const struct form form_time = { .is = "a time: such as 500ms, 10s, 5m, 2h, or 0",
                                .size = sizeof(uint64_t),
                                .parse = parse_time,
                                .pattern = "^(0|(0|[1-9][0-9]*)(ms|s|m|h))$" };
const struct form form_number = {
    .is = "a number: decimal digits", .size = sizeof(uint64_t), .parse = parse_number, .type = SCALAR_INTEGER
};
const struct form form_mode = { .is = "a file mode in octal, such as \"0755\" or \"1777\"",
                                .size = sizeof(unsigned),
                                .parse = parse_mode,
                                .pattern = "^[0-7]{1,5}$" };
const struct form form_path = {
    .is = "an absolute path inside the container", .size = TEXT_SIZE, .parse = parse_path, .pattern = "^/"
};
const struct form form_host_path = { .is = "a path on the host: absolute, or from the profile's folder",
                                     .size = TEXT_SIZE,
                                     .parse = parse_host_path,
                                     .pattern = "^[^~]" };

#define STRINGS(item) .size = sizeof(struct strings), .items = &(item), .item_size = TEXT_SIZE
const struct form form_texts = { .is = "a list, such as [a, b]", STRINGS(form_text) };
const struct form form_names = { .is = "a list of names, such as [a, b]", STRINGS(form_name) };
const struct form form_paths = { .is = "a list of absolute paths, such as [/etc, /usr]", STRINGS(form_path) };
const struct form form_argv = { .is = "a list of the program and its arguments, such as [nginx, -g, daemon off;]",
                                STRINGS(form_anything),
                                .finish = check_argv };
