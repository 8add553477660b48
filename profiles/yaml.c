#include "profiles/yaml.h"

#include "base/rows.h"
#include "base/text.h"
#include "base/weak.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define LONGEST_KEY 128

struct reader {
    struct arena *arena;
    struct walk walk; /* for the path of keys and the errors */
    const char *file;
    int line;
    size_t nodes, depth;
    yaml_parser_t parser;
    bool over; /* a mistake after which nothing more can be read */
};

static struct source place(const struct reader *reader, yaml_mark_t mark)
{
    if (!reader->line)
        return (struct source){ .file = reader->file };
    return (struct source){ .file = reader->file, .line = (int)mark.line + 1, .column = (int)mark.column + 1 };
}

static struct error *complain(struct reader *reader, struct source at, const char *sentence)
{
    return walk_error(&reader->walk, at, "%s", sentence);
}

/* --- the bytes ---------------------------------------------------------------------------------------------------- */

enum { POINT_BYTES, POINT_NUL, POINT_RETURN, POINT_CONTROL, POINT_SEPARATOR, POINT_MARK, POINT_FINE };

static const struct {
    const char *what, *help;
} point_refusals[] = {
    [POINT_BYTES] = { "bytes that are not UTF-8", "save the file as UTF-8" },
    [POINT_NUL] = { "a NUL byte", "delete it: no string of the system can hold one" },
    [POINT_RETURN] = { "a carriage return that does not end a line", "end lines with LF or CR LF" },
    [POINT_CONTROL] = { "a control character", "in a value, write it as an escape in double quotes, such as \"\\x1b\"" },
    [POINT_SEPARATOR] = { "a line separator that editors do not show as one",
                          "delete it, or write it as an escape in double quotes" },
    [POINT_MARK] = { "an invisible or direction-changing character, which makes text read as something else than it is",
                     "delete it; in a value, write it as an escape in double quotes, such as \"\\u202e\"" },
};

/* After a symbol it says whether that is to be in colours, and hides nothing of a word. */
static bool is_of_emoji(uint32_t point, uint32_t before)
{
    static const uint32_t signs[] = { 0xa9, 0xae, 0x203c, 0x2049, 0x3030, 0x303d, 0x3297, 0x3299 };
    bool sign = (before >= 0x2100 && before < 0x2c00) || (before >= 0x1f000 && before < 0x1fb00);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        sign = sign || before == signs[i];
    return sign && (point == 0xfe0e || point == 0xfe0f);
}

static int judge_point(uint32_t point, uint32_t before, char next)
{
    if (point == '\t' || point == '\n' || (point == '\r' && next == '\n'))
        return POINT_FINE;
    if (point == 0)
        return POINT_NUL;
    if (point == '\r')
        return POINT_RETURN;
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xfffe || point == 0xffff)
        return POINT_CONTROL;
    if (point == 0x2028 || point == 0x2029)
        return POINT_SEPARATOR;
    return text_is_deceptive(point) && !is_of_emoji(point, before) ? POINT_MARK : POINT_FINE;
}

/* Before libyaml sees it: it stops at such bytes with a message that names no line, or takes some as line breaks. */
static int check_bytes(struct reader *reader, const char *text, size_t length)
{
    struct source at = { .file = reader->file, .line = reader->line, .column = reader->line };
    uint32_t before = 0;
    for (size_t i = 0; i < length;) {
        uint32_t point = 0;
        if (text[i] >= 0x20 && text[i] < 0x7f) { /* nearly all */
            before = 0;
            at.column += reader->line > 0;
            i++;
            continue;
        }
        size_t n = text_utf8(text + i, length - i, &point);
        int judged = n ? judge_point(point, before, i + 1 < length ? text[i + 1] : '\0') : POINT_BYTES;
        if (judged != POINT_FINE) {
            struct error *err = walk_error(&reader->walk, at, "the text holds %s", point_refusals[judged].what);
            return error_help(err, "%s", point_refusals[judged].help);
        }
        before = point;
        at.column += reader->line > 0;
        if (point == '\n' && reader->line) {
            at.line++;
            at.column = 1;
        }
        i += n;
    }
    return 0;
}

/* --- scalars ------------------------------------------------------------------------------------------------------ */

static bool is_old_boolean(const char *text)
{
    static const char *const words[] = { "yes", "no", "on", "off" };
    for (size_t i = 0; i < 4; i++) {
        size_t n = strlen(words[i]);
        if (strcasecmp(text, words[i]) != 0)
            continue;
        /* yes Yes YES, but not yEs: that is a string to every reader */
        bool rest_lower = true, all_upper = true;
        for (size_t k = 0; k < n; k++) {
            all_upper = all_upper && isupper((unsigned char)text[k]);
            rest_lower = rest_lower && (k == 0 || islower((unsigned char)text[k]));
        }
        return rest_lower || all_upper;
    }
    return false;
}

static bool only(const char *text, const char *characters) { return text[strspn(text, characters)] == '\0'; }

/* 0755 is octal to one reader and decimal to the next; 1:30 is ninety to one and a string to the next. */
static bool is_old_number(const char *text)
{
    text += *text == '-' || *text == '+';
    if (!isdigit((unsigned char)*text))
        return false;
    if (text[0] == '0' && isdigit((unsigned char)text[1]) && only(text, "0123456789_.") && !strchr(text, '.'))
        return true;
    return strchr(text, ':') && text[strlen(text) - 1] != ':' && only(text, "0123456789_.:") && !strstr(text, "::");
}

bool yaml_is_ambiguous(const char *plain) { return is_old_boolean(plain) || is_old_number(plain); }

static void check_plain(struct reader *reader, struct node *node)
{
    if (is_old_boolean(node->text)) {
        struct error *err =
            walk_error(&reader->walk, node->at, "'%s' is a word in one YAML and true or false in another: write true or false",
                       node->text);
        error_help(err, "for the word itself, write \"%s\"", node->text);
        node->refused = true;
    } else if (is_old_number(node->text)) {
        struct error *err =
            walk_error(&reader->walk, node->at, "'%s' is read differently from one YAML to the next, because of its %s",
                       node->text, strchr(node->text, ':') ? "colons" : "leading zero");
        error_help(err, "quote it: \"%s\"", node->text);
        node->refused = true;
    }
}

static bool is_null(const char *text)
{
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

static struct node *scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    struct node *node = node_new(reader->arena, NODE_SCALAR, place(reader, event->start_mark));
    node->text = arena_strndup(reader->arena, text, length);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (memchr(text, 0, length)) {
        complain(reader, node->at, "the value holds a NUL character (\\0), which no string of the system can");
        node->refused = true;
    } else if (!node->quoted) {
        node->null = is_null(node->text);
        check_plain(reader, node);
    }
    return node;
}

/* --- structure ---------------------------------------------------------------------------------------------------- */

/* What most often leads to what libyaml says. */
static const struct {
    const char *problem, *help;
} syntax_help[] = {
    { "cannot start any token", "indent with spaces, not tabs, and quote a value that begins with @, ` or %" },
    { "mapping values are not allowed",
      "quote a value that holds a colon and a space; the keys of one map begin in the same column" },
    { "did not find expected key", "the keys of one map begin in the same column; quote a value that goes on after a quote" },
    { "could not find expected ':'", "a key ends with a colon and a space" },
    { "expected ',' or", "a { or [ further up is not closed, or a comma is missing" },
    { "unexpected end of stream", "a quote further up is not closed" },
    { "expected node content", "a value or key is missing" },
    { "unknown escape character", "in double quotes a backslash begins an escape: double it, or use single quotes" },
};

static void syntax_error(struct reader *reader)
{
    yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    struct error *err = walk_error(&reader->walk, place(reader, parser->problem_mark), "this is not YAML: %s", problem);
    if (parser->context && reader->line)
        error_note(err, "%s that begins in line %zu", parser->context, parser->context_mark.line + 1);
    for (size_t i = 0; i < sizeof syntax_help / sizeof *syntax_help; i++)
        if (strstr(problem, syntax_help[i].problem))
            error_help(err, "%s", syntax_help[i].help);
    reader->over = true;
}

static bool next(struct reader *reader, yaml_event_t *event)
{
    if (reader->over)
        return false;
    if (!yaml_parser_parse(&reader->parser, event)) {
        syntax_error(reader);
        return false;
    }
    return true;
}

static void too_much(struct reader *reader, yaml_mark_t mark, const char *sentence)
{
    if (!reader->over)
        complain(reader, place(reader, mark), sentence);
    reader->over = true;
}

/* The words of YAML that this language leaves out. True: they were there, and were reported. */
static bool refuse_extras(struct reader *reader, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    if (!anchor && !tag)
        return false;
    static const char core[] = "tag:yaml.org,2002:";
    bool is_core = tag && strncmp((const char *)tag, core, strlen(core)) == 0;
    struct source at = place(reader, event->start_mark);
    struct error *err =
        anchor ? walk_error(&reader->walk, at, "the anchor &%s: profiles have no anchors and aliases", (const char *)anchor)
               : walk_error(&reader->walk, at, "the tag %s%s: profiles have no tags", is_core ? "!!" : "",
                            (const char *)tag + (is_core ? strlen(core) : 0));
    error_help(err,
               anchor ? "write the value where it is used, or put what is shared in a profile of its own and name it in extends"
                      : "the key already says of what type its value is; quote a value to make it a string");
    return true;
}

static struct node *value(struct reader *reader, const yaml_event_t *event);

static struct node *list(struct reader *reader, const yaml_event_t *start)
{
    struct node *node = node_new(reader->arena, NODE_LIST, place(reader, start->start_mark));
    yaml_event_t event;
    while (next(reader, &event)) {
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        size_t up = walk_down_index(&reader->walk, node->children.count);
        struct node *item = end ? NULL : value(reader, &event);
        walk_up(&reader->walk, up);
        yaml_event_delete(&event);
        if (end)
            break;
        if (item)
            *SLICE_PUSH(reader->arena, &node->children) = item;
    }
    return node;
}

static void refuse_duplicate(struct reader *reader, const struct node *key, const struct node *first)
{
    struct error *err = walk_error(&reader->walk, key->at, "the key '%s' is there twice", key->text);
    if (reader->line)
        error_note(err, "the first one is at %s:%d:%d", reader->file, first->key_at.line, first->key_at.column);
    error_help(err, "keep one of the two");
}

/* False where the entry is to be left out. */
static bool check_key(struct reader *reader, const struct node *map, const struct node *key)
{
    if (key->kind != NODE_SCALAR) {
        complain(reader, key->at, "a key must be a single word, not a list or a map");
        return false;
    }
    if (key->refused)
        return false;
    if (!key->quoted && strcmp(key->text, "<<") == 0) {
        struct error *err = complain(reader, key->at, "the merge key '<<': profiles have none");
        error_help(err, "put what is shared in a profile of its own and name it in extends");
        return false;
    }
    if (!key->text[0] || key->null) {
        complain(reader, key->at, "a key is missing before the colon");
        return false;
    }
    if (strlen(key->text) > LONGEST_KEY) {
        complain(reader, key->at, "the key is too long: at most 128 bytes");
        return false;
    }
    const struct node *first = weak("duplicates") ? NULL : node_get(map, key->text);
    if (first)
        refuse_duplicate(reader, key, first);
    return !first;
}

static struct node *map(struct reader *reader, const yaml_event_t *start)
{
    struct node *node = node_new(reader->arena, NODE_MAP, place(reader, start->start_mark));
    yaml_event_t event;
    while (next(reader, &event)) {
        bool end = event.type == YAML_MAPPING_END_EVENT;
        struct node *key = end ? NULL : value(reader, &event);
        yaml_event_delete(&event);
        if (end || !key || !next(reader, &event))
            break;
        size_t up = walk_down_key(&reader->walk, key->kind == NODE_SCALAR ? key->text : "?");
        struct node *entry = value(reader, &event);
        walk_up(&reader->walk, up);
        yaml_event_delete(&event);
        if (!entry || !check_key(reader, node, key))
            continue;
        entry->key = key->text;
        entry->key_at = key->at;
        *SLICE_PUSH(reader->arena, &node->children) = entry;
    }
    return node;
}

/* The value that begins with this event. The depth is bounded here, before libyaml is asked for what is further down. */
static struct node *value(struct reader *reader, const yaml_event_t *event)
{
    if (++reader->nodes > YAML_MOST_NODES) {
        too_much(reader, event->start_mark, "too much for a profile: more than 10000 values");
        return NULL;
    }
    if (reader->depth >= YAML_DEEPEST) {
        too_much(reader, event->start_mark, "nested too deeply: more than 32 levels");
        return NULL;
    }
    bool refused = refuse_extras(reader, event);
    struct node *node = NULL;
    reader->depth++;
    if (event->type == YAML_SCALAR_EVENT) {
        node = scalar(reader, event);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node = list(reader, event);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node = map(reader, event);
    } else if (event->type == YAML_ALIAS_EVENT) {
        struct error *err =
            walk_error(&reader->walk, place(reader, event->start_mark), "the alias *%s: profiles have no anchors and aliases",
                       (const char *)event->data.alias.anchor);
        error_help(err, "write the value itself; quote a value that begins with *");
        node = node_new(reader->arena, NODE_SCALAR, place(reader, event->start_mark));
        node->text = "";
        refused = true;
    }
    reader->depth--;
    if (node && refused)
        node->refused = true;
    return node;
}

static struct node *document(struct reader *reader)
{
    struct node *root = NULL;
    yaml_event_t event;
    int documents = 0;
    for (bool end = false; !end && next(reader, &event); yaml_event_delete(&event)) {
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            if (event.data.document_start.version_directive ||
                event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end)
                complain(reader, place(reader, event.start_mark), "profiles have no % directives: delete that line");
            if (++documents > 1)
                too_much(reader, event.start_mark, "a second document: a profile is one, so put it into a file of its own");
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT && !end) {
            root = value(reader, &event);
        }
    }
    return root;
}

struct node *yaml_read(struct arena *arena, const char *file, const char *text, size_t length, int line, struct errors *errors)
{
    struct reader reader = { .arena = arena, .walk = { .arena = arena, .errors = errors }, .file = file, .line = line };
    if (check_bytes(&reader, text, length) < 0)
        return NULL;
    if (!yaml_parser_initialize(&reader.parser)) {
        complain(&reader, (struct source){ .file = file }, "out of memory");
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    struct node *root = document(&reader);
    yaml_parser_delete(&reader.parser);
    return reader.over ? NULL : root; /* half a tree would only give mistakes that nobody made */
}
