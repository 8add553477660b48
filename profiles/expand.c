/* ${...} in values, after merging. What an expansion brings in is text and stays text: it is neither expanded again nor read as
 * YAML, so that a param cannot add a mount or a variable a key. */
#include "profiles/load.h"

#include "base/rows.h"
#include "base/text.h"
#include "profiles/yaml.h"

#include <stdlib.h>
#include <string.h>

struct expansion {
    struct loader *loader;
    const char *name; /* NULL: while the name itself is expanded */
    const struct node *params, *passed;
    struct node *node; /* the value at hand */
    const char *path;
    bool brought;  /* something from elsewhere is part of the value at hand */
    size_t budget; /* bytes */
};

typedef const char *expander(struct expansion *expansion, const char *argument);

static struct error *complain(struct expansion *expansion)
{
    struct error *err = errors_add(expansion->loader->errors);
    error_at(err, expansion->node->at);
    return err;
}

/* What this file says is part of the value now, which a file that is trusted may have written. */
static void mix_in(struct expansion *expansion, const char *file)
{
    const struct profile_file *found = profile_file(expansion->loader, file);
    expansion->node->foreign |= !found || !found->trusted;
}

static const char *bring_in(struct expansion *expansion, const char *value)
{
    expansion->brought = true;
    return value;
}

/* How often a path of this text goes up. */
static size_t count_climbs(const char *text)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "..")); at += 2)
        count += (at == text || at[-1] == '/') && (!at[2] || at[2] == '/');
    return count;
}

static const char *expand_name(struct expansion *expansion, const char *argument)
{
    (void)argument;
    if (!expansion->name)
        error_set(complain(expansion), "%s: ${name} cannot stand in the name itself", expansion->path);
    const struct node *name = node_get(expansion->loader->tree, "name");
    mix_in(expansion, name ? name->at.file : expansion->loader->files.items[0].name);
    return expansion->name;
}

static const char *expand_instance(struct expansion *expansion, const char *argument)
{
    const char *instance = expansion->loader->request->instance;
    (void)argument;
    if (!instance && !expansion->loader->request->reading) {
        struct error *err = complain(expansion);
        error_set(err, "%s: ${instance} is known only where the profile runs as an instance", expansion->path);
        error_help(err, "instances are not available yet; use a param: ${param:instance} and --param instance=…");
    }
    return bring_in(expansion, instance);
}

static const char *expand_user(struct expansion *expansion, const char *argument)
{
    (void)argument;
    return expansion->loader->caller->name;
}

static const char *expand_uid(struct expansion *expansion, const char *argument)
{
    (void)argument;
    return arena_printf(expansion->loader->arena, "%u", expansion->loader->caller->uid);
}

static const char *expand_gid(struct expansion *expansion, const char *argument)
{
    (void)argument;
    return arena_printf(expansion->loader->arena, "%u", expansion->loader->caller->gid);
}

static const char *expand_home(struct expansion *expansion, const char *argument)
{
    (void)argument;
    return expansion->loader->caller->home;
}

static const char *expand_cwd(struct expansion *expansion, const char *argument)
{
    (void)argument;
    return expansion->loader->caller->cwd;
}

static const char *expand_folder(struct expansion *expansion, const char *argument)
{
    const struct loader *loader = expansion->loader;
    const char *file = expansion->node->at.file;
    (void)argument;
    /* --set has no folder: there, the profile's is meant. */
    return profile_folder(loader, strncmp(file, "--set ", 6) == 0 && loader->files.count ? loader->files.items[0].name : file);
}

static const char *given_param(struct expansion *expansion, const char *name)
{
    const struct strings *given = &expansion->loader->request->params;
    const char *value = NULL;
    size_t length = strlen(name);
    for (size_t i = 0; i < given->count; i++)
        if (strncmp(given->items[i], name, length) == 0 && given->items[i][length] == '=')
            value = given->items[i] + length + 1;
    return value;
}

static const char *expand_param(struct expansion *expansion, const char *argument)
{
    const struct node *param = node_get(expansion->params, argument);
    if (!param) {
        struct error *err = complain(expansion);
        error_set(err, "%s: ${param:%s} is not declared", expansion->path, argument);
        error_help(err, "add it to params: {%s: {required: true}}, or {default: …}", argument);
        return NULL;
    }
    const char *value = given_param(expansion, argument);
    if (value)
        return bring_in(expansion, value);
    const struct node *preset = node_get(param, "default");
    if (preset && preset->kind == NODE_SCALAR) {
        mix_in(expansion, preset->at.file);
        return bring_in(expansion, preset->text);
    }
    const struct node *required = node_get(param, "required");
    if (required && required->kind == NODE_SCALAR && strcmp(required->text, "true") == 0)
        return NULL; /* reported once, at its declaration */
    if (expansion->loader->request->reading)
        return NULL;
    struct error *err = complain(expansion);
    error_set(err, "%s: the param '%s' was not given and has no default", expansion->path, argument);
    error_help(err, "add --param %s=VALUE", argument);
    return NULL;
}

static bool is_passed(const struct expansion *expansion, const char *name)
{
    for (size_t i = 0; expansion->passed && i < expansion->passed->children.count; i++) {
        const struct node *item = expansion->passed->children.items[i];
        if (item->kind == NODE_SCALAR && strcmp(item->text, name) == 0)
            return true;
    }
    return false;
}

static const char *expand_env(struct expansion *expansion, const char *argument)
{
    if (!is_passed(expansion, argument)) {
        struct error *err = complain(expansion);
        error_set(err, "%s: ${env:%s} reads a variable that app.env-pass does not name", expansion->path, argument);
        error_help(err, "add it: app.env-pass: [%s]", argument);
        return NULL;
    }
    const char *value = getenv(argument);
    if (!value && !expansion->loader->request->reading) {
        struct error *err = complain(expansion);
        error_set(err, "%s: the variable %s of ${env:%s} is not set", expansion->path, argument, argument);
        error_help(err, "set it, or use a param with a default");
    }
    return bring_in(expansion, value);
}

static const struct {
    const char *name; /* ends in ':' where an argument follows */
    expander *expand;
} expansions[] = {
    { "name", expand_name },    { "instance", expand_instance }, { "user", expand_user }, { "uid", expand_uid },
    { "gid", expand_gid },      { "home", expand_home },         { "cwd", expand_cwd },   { "profile-dir", expand_folder },
    { "param:", expand_param }, { "env:", expand_env },
};
#define EXPANSIONS (sizeof expansions / sizeof *expansions)

static const char *unknown(struct expansion *expansion, const char *word)
{
    const char *names[EXPANSIONS];
    for (size_t i = 0; i < EXPANSIONS; i++)
        names[i] = expansions[i].name;
    const char *near = text_nearest(word, names, EXPANSIONS);
    struct error *err = complain(expansion);
    if (near)
        error_set(err, "%s: unknown expansion ${%s}, did you mean ${%s%s}?", expansion->path, word, near,
                  near[strlen(near) - 1] == ':' ? "…" : "");
    else
        error_set(err, "%s: unknown expansion ${%s}", expansion->path, word);
    error_help(err, "for a literal ${, as in a shell script, write $${; known are name, instance, user, uid, gid, home, cwd, "
                    "profile-dir, param:NAME, env:VARIABLE");
    return NULL;
}

static const char *expand_word(struct expansion *expansion, const char *word)
{
    for (size_t i = 0; i < EXPANSIONS; i++) {
        size_t length = strlen(expansions[i].name);
        bool takes = expansions[i].name[length - 1] == ':';
        if (takes ? strncmp(word, expansions[i].name, length) == 0 && word[length] : strcmp(word, expansions[i].name) == 0)
            return expansions[i].expand(expansion, word + length);
    }
    return unknown(expansion, word);
}

static const char *refuse(struct expansion *expansion, const char *sentence, const char *help)
{
    struct error *err = complain(expansion);
    error_set(err, "%s: %s", expansion->path, sentence);
    if (help)
        error_help(err, "%s", help);
    return NULL;
}

/* All that is expanded may together be as large as a profile: a param used ten thousand times would else fill the memory. */
static bool put(struct expansion *expansion, FILE *stream, const char *text, size_t length)
{
    if (expansion->budget < length)
        return false;
    expansion->budget -= length;
    fwrite(text, 1, length, stream);
    return true;
}

/* One pass from left to right; what was brought in is never looked at again. False after an error. */
static bool expand_into(struct expansion *expansion, FILE *stream, const char *text)
{
    const char *p = text, *at;
    bool good = true, room = true;
    while (room && (at = strstr(p, "${"))) {
        room = put(expansion, stream, p, (size_t)(at - p));
        if (at > p && at[-1] == '$') { /* "$${": the dollar before it is written already */
            room = room && put(expansion, stream, "{", 1);
            p = at + 2;
            continue;
        }
        const char *end = strchr(at, '}');
        if (!end)
            return refuse(expansion, "${ has no } after it", "for a literal ${ write $${");
        const char *value = expand_word(expansion, arena_strndup(expansion->loader->arena, at + 2, (size_t)(end - at - 2)));
        good = good && value;
        room = room && (!value || put(expansion, stream, value, strlen(value)));
        p = end + 1;
    }
    if (good && (!room || !put(expansion, stream, p, strlen(p))))
        return refuse(expansion, "the expansions make the profile longer than 1 MiB", NULL);
    return good;
}

static const char *expand_text(struct expansion *expansion, const char *text)
{
    char *buffer = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&buffer, &length);
    if (!stream)
        return refuse(expansion, "out of memory", NULL);
    bool good = expand_into(expansion, stream, text);
    fclose(stream);
    const char *result = good ? arena_strndup(expansion->loader->arena, buffer, length) : NULL;
    free(buffer);
    return result;
}

static void expand_node(struct expansion *expansion, struct walk *walk, struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        if (node->refused || !strstr(node->text, "${"))
            return;
        expansion->node = node;
        expansion->path = walk->path;
        expansion->brought = false;
        const char *text = expand_text(expansion, node->text);
        /* What comes from elsewhere may not lead a path of the host's to another place. Asked of the whole: "./etc" behind "/."
         * goes up too. */
        node->climbs |= text && expansion->brought && count_climbs(text) > count_climbs(node->text);
        node->text = text ? text : "";
        node->refused = !text;
        return;
    }
    for (size_t i = 0; i < node->children.count; i++) {
        struct node *child = node->children.items[i];
        size_t up = child->key ? walk_down_key(walk, child->key) : walk_down_index(walk, i);
        expand_node(expansion, walk, child);
        walk_up(walk, up);
    }
}

void expand_profile(struct loader *loader, const char *name, struct node *tree)
{
    struct expansion expansion = {
        .loader = loader, .name = name, .params = node_get(loader->tree, "params"), .budget = YAML_LARGEST
    };
    expansion.passed = node_find(loader->tree, "app.env-pass");
    struct walk walk = { .arena = loader->arena, .errors = loader->errors };
    if (tree->kind == NODE_SCALAR) {
        walk_down_key(&walk, tree->key);
        expand_node(&expansion, &walk, tree);
        return;
    }
    for (size_t i = 0; i < tree->children.count; i++) {
        struct node *entry = tree->children.items[i];
        if (strcmp(entry->key, "params") == 0 || strcmp(entry->key, "name") == 0)
            continue; /* the one is text as it stands, the other was done before */
        size_t up = walk_down_key(&walk, entry->key);
        expand_node(&expansion, &walk, entry);
        walk_up(&walk, up);
    }
}
