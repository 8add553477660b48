#include "base/rows.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing that a scalar is parsed into is larger; what has no field of its own is parsed into such a place and forgotten. */
#define LARGEST_FIELD 128

/* --- the path and errors ------------------------------------------------------------------------------------------ */

/* By hand: a path is made for every value of a file, and printf would be a fifth of the time that reading takes. */
static size_t append(struct walk *walk, size_t length, const char *text)
{
    size_t more = strlen(text), room = sizeof walk->path - 1 - length;
    if (more > room)
        more = room;
    memcpy(walk->path + length, text, more);
    walk->path[length + more] = '\0';
    return length + more;
}

size_t walk_down_key(struct walk *walk, const char *key)
{
    size_t up = strlen(walk->path), length = up;
    const char *quote = strpbrk(key, ".[\"") ? "\"" : "";
    if (length)
        length = append(walk, length, ".");
    length = append(walk, length, quote);
    length = append(walk, length, key);
    append(walk, length, quote);
    return up;
}

size_t walk_down_index(struct walk *walk, size_t index)
{
    char text[24], *p = text + sizeof text;
    size_t up = strlen(walk->path);
    *--p = '\0';
    *--p = ']';
    do {
        *--p = (char)('0' + index % 10);
        index /= 10;
    } while (index);
    *--p = '[';
    append(walk, up, p);
    return up;
}

struct error *walk_error(struct walk *walk, struct source at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(walk->arena, format, arguments);
    va_end(arguments);
    struct error *err = errors_add(walk->errors);
    if (walk->path[0])
        error_set(err, "%s: %s", walk->path, text);
    else
        error_set(err, "%s", text);
    error_at(err, at);
    return err;
}

static const char **key_names(struct walk *walk, const struct form *form)
{
    const char **names = arena_alloc(walk->arena, (form->row_count + 1) * sizeof *names);
    for (size_t i = 0; i < form->row_count; i++)
        names[i] = form->rows[i].key;
    return names;
}

static const char *listed(struct walk *walk, const char *const *words, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(walk->arena, "%s%s%s", text, i ? ", " : "", words[i]);
    return text;
}

/* A key that stands at the wrong height ("env" at the top is app.env), or that other programs use for it. */
static const char *meant(struct walk *walk, const struct form *form, const char *key)
{
    for (const struct alias *alias = form->aliases; alias && alias->word; alias++)
        if (strcmp(alias->word, key) == 0)
            return alias->meant;
    const struct form *top = walk->top;
    for (size_t i = 0; top && i < top->row_count; i++)
        if (rows_get(top->rows[i].form, key))
            return arena_printf(walk->arena, "%s.%s", top->rows[i].key, key);
    return top && form != top && rows_get(top, key) ? arena_printf(walk->arena, "%s, at the top", key) : NULL;
}

#define SHORT_LIST 16

void walk_unknown_key(struct walk *walk, const struct form *form, const struct node *entry, const char *key)
{
    const char **names = key_names(walk, form);
    const char *near = meant(walk, form, key);
    if (!near)
        near = text_nearest(key, names, form->row_count);
    struct error *err =
        walk_error(walk, entry->key_at, near ? "unknown key '%s', did you mean '%s'?" : "unknown key '%s'", key, near);
    if (!near && form->row_count <= SHORT_LIST)
        error_help(err, "the keys here are: %s", listed(walk, names, form->row_count));
}

/* --- scalars ------------------------------------------------------------------------------------------------------ */

static bool parse_word(const struct form *form, const struct node *node, void *ret)
{
    for (const struct word *word = form->words; word && word->text; word++) {
        if (strcmp(word->text, node->text) == 0) {
            if (form->size >= sizeof(int))
                memcpy(ret, &word->value, sizeof word->value);
            return true;
        }
    }
    return false;
}

static void refuse_word(struct walk *walk, const struct form *form, const struct node *node)
{
    const char *texts[32];
    size_t count = 0;
    while (count < 32 && form->words[count].text) {
        texts[count] = form->words[count].text;
        count++;
    }
    const char *near = text_nearest(node->text, texts, count);
    if (near)
        walk_error(walk, node->at, "'%s' is not one of %s; did you mean '%s'?", node->text, listed(walk, texts, count), near);
    else
        walk_error(walk, node->at, "'%s' is not one of %s", node->text, listed(walk, texts, count));
}

static void read_scalar(struct walk *walk, const struct form *form, struct node *node, void *target)
{
    if (form->words && parse_word(form, node, target))
        return;
    if (form->parse) {
        size_t count = walk->errors->count;
        if (form->parse(walk, node, target) < 0 && walk->errors->count == count)
            walk_error(walk, node->at, "'%s' is not %s", node->text, form->is);
    } else {
        refuse_word(walk, form, node);
    }
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

/* The layout that every SLICE has. */
struct any_slice {
    void *items;
    size_t count, room;
};

static void read_item(struct walk *walk, const struct form *form, struct node *item, char *target)
{
    if (!target || !form->item_size) {
        rows_read(walk, form->items, item, target);
        return;
    }
    void *place = arena_alloc(walk->arena, form->item_size);
    size_t mistakes = walk->errors->count;
    rows_read(walk, form->items, item, place);
    if (walk->errors->count != mistakes || item->refused)
        return;
    struct any_slice *slice = (struct any_slice *)(void *)(target + form->items_at);
    memcpy(slice_push(walk->arena, &slice->items, &slice->count, &slice->room, form->item_size), place, form->item_size);
}

static void read_list(struct walk *walk, const struct form *form, struct node *list, void *target)
{
    for (size_t i = 0; i < list->children.count; i++) {
        size_t up = walk_down_index(walk, i);
        read_item(walk, form, list->children.items[i], target);
        walk_up(walk, up);
    }
}

/* --- maps --------------------------------------------------------------------------------------------------------- */

const struct row *rows_get(const struct form *form, const char *key)
{
    for (size_t i = 0; i < form->row_count; i++)
        if (strcmp(form->rows[i].key, key) == 0)
            return &form->rows[i];
    return NULL;
}

static void read_optional_name(struct walk *walk, const struct form *form, const struct node *item)
{
    if (item->refused)
        return;
    if (item->kind == NODE_SCALAR && rows_get(form, item->text))
        return;
    const char **names = key_names(walk, form);
    const char *near = item->kind == NODE_SCALAR ? text_nearest(item->text, names, form->row_count) : NULL;
    if (item->kind != NODE_SCALAR)
        walk_error(walk, item->at, "must be the name of a key of this map");
    else if (near)
        walk_error(walk, item->at, "'%s' is no key of this map, did you mean '%s'?", item->text, near);
    else
        walk_error(walk, item->at, "'%s' is no key of this map", item->text);
}

/* Any map with known keys may say it: `optional: true`, or the names of some of its keys. */
static void read_optional(struct walk *walk, const struct form *form, struct node *node)
{
    size_t up = walk_down_key(walk, "optional");
    if (node->kind == NODE_LIST) {
        for (size_t i = 0; i < node->children.count; i++) {
            size_t back = walk_down_index(walk, i);
            read_optional_name(walk, form, node->children.items[i]);
            walk_up(walk, back);
        }
    } else if (!node->refused && (node->kind != NODE_SCALAR || node->quoted ||
                                  (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0))) {
        struct error *err = walk_error(walk, node->at, "must be true, false, or a list of keys of this map");
        error_help(err, "optional: true, or optional: [%s]", form->row_count ? form->rows[0].key : "KEY");
    }
    walk_up(walk, up);
}

static void read_known(struct walk *walk, const struct form *form, struct node *entry, char *target)
{
    const struct row *row = rows_get(form, entry->key);
    if (!row && strcmp(entry->key, "optional") == 0) {
        read_optional(walk, form, entry);
        return;
    }
    if (!row) {
        walk_unknown_key(walk, form, entry, entry->key);
        return;
    }
    size_t up = walk_down_key(walk, entry->key);
    rows_read(walk, row->form, entry, target && row->offset != ROW_NOWHERE ? target + row->offset : NULL);
    walk_up(walk, up);
}

static void read_free(struct walk *walk, const struct form *form, struct node *entry, void *target)
{
    size_t mistakes = walk->errors->count;
    if (form->keys) {
        struct node key = { .kind = NODE_SCALAR, .at = entry->key_at, .text = entry->key, .quoted = true };
        rows_read(walk, form->keys, &key, NULL);
    }
    size_t up = walk_down_key(walk, entry->key);
    rows_read(walk, form->values, entry, NULL);
    if (form->entry && walk->errors->count == mistakes && !entry->refused)
        form->entry(walk, entry, target);
    walk_up(walk, up);
}

static void check_required(struct walk *walk, const struct form *form, const struct node *map)
{
    for (size_t i = 0; i < form->row_count; i++) {
        const struct row *row = &form->rows[i];
        if (!(row->flags & ROW_REQUIRED) || node_get(map, row->key))
            continue;
        struct error *err = walk_error(walk, map->at, "the key '%s' is missing", row->key);
        error_help(err, "for example %s: %s", row->key, row->example);
    }
}

static void read_map(struct walk *walk, const struct form *form, struct node *map, void *target)
{
    for (size_t i = 0; i < map->children.count; i++) {
        struct node *entry = map->children.items[i];
        if (form->rows)
            read_known(walk, form, entry, target);
        else
            read_free(walk, form, entry, target);
    }
    if (form->rows)
        check_required(walk, form, map);
}

/* --- any ---------------------------------------------------------------------------------------------------------- */

static void refuse_kind(struct walk *walk, const struct form *form, const struct node *node)
{
    static const char *const kinds[] = { [NODE_SCALAR] = "a single value", [NODE_LIST] = "a list", [NODE_MAP] = "a map" };
    bool takes[] = {
        [NODE_SCALAR] = form->parse || form->words, [NODE_LIST] = form->items, [NODE_MAP] = form->rows || form->values
    };
    const char *wanted = "";
    for (size_t kind = 0; kind < 3; kind++)
        if (takes[kind])
            wanted = arena_printf(walk->arena, "%s%s%s", wanted, *wanted ? " or " : "", kinds[kind]);
    struct error *err = walk_error(walk, node->at, "must be %s, not %s", wanted, kinds[node->kind]);
    if (form->is)
        error_help(err, "it is %s", form->is);
}

static bool fits(const struct form *form, const struct node *node)
{
    return node->kind == NODE_SCALAR ? form->parse || form->words
           : node->kind == NODE_LIST ? form->items != NULL
                                     : form->rows || form->values;
}

bool rows_takes(const struct form *form, const struct node *node) { return node->refused || (!node->null && fits(form, node)); }

static void refuse_null(struct walk *walk, const struct form *form, const struct node *node)
{
    struct error *err = walk_error(walk, node->key ? node->key_at : node->at, "has no value");
    const char *empty = form->items ? "[]" : form->rows || form->values ? "{}" : "\"\"";
    error_help(err, "leave the key out for its default, or write %s where nothing is meant", empty);
}

void rows_read(struct walk *walk, const struct form *form, struct node *node, void *target)
{
    char nowhere[LARGEST_FIELD] __attribute__((aligned(16)));
    if (node->refused)
        return;
    if (node->null) {
        refuse_null(walk, form, node);
        return;
    }
    if (!target && form->size && form->size <= sizeof nowhere) {
        memset(nowhere, 0, sizeof nowhere);
        target = nowhere;
    }
    if (!fits(form, node)) {
        refuse_kind(walk, form, node);
        return;
    }
    if (form->begin)
        form->begin(walk, node, target);
    if (node->kind == NODE_SCALAR)
        read_scalar(walk, form, node, target);
    else if (node->kind == NODE_LIST)
        read_list(walk, form, node, target);
    else
        read_map(walk, form, node, target);
    if (form->finish)
        form->finish(walk, node, target);
}

/* --- one line ----------------------------------------------------------------------------------------------------- */

static void print_flow(FILE *stream, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        fputs(node->text[0] || node->null ? node->text : "\"\"", stream);
        return;
    }
    fputc(node->kind == NODE_LIST ? '[' : '{', stream);
    for (size_t i = 0; i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        if (i)
            fputs(", ", stream);
        if (child->key)
            fprintf(stream, "%s: ", child->key);
        print_flow(stream, child);
    }
    fputc(node->kind == NODE_LIST ? ']' : '}', stream);
}

const char *rows_flow(struct arena *arena, const struct node *node)
{
    char *buffer = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&buffer, &length);
    if (!stream)
        abort();
    print_flow(stream, node);
    fclose(stream);
    const char *text = arena_strndup(arena, buffer, length);
    free(buffer);
    return text;
}

const char *form_not_yet(struct arena *arena, const struct form *form)
{
    const char *text = form->not_yet;
    for (const struct word *word = form->words; word && word->text; word++)
        if (word->later)
            text = text ? arena_printf(arena, "%s, %s", text, word->text) : word->text;
    return text || !form->items ? text : form_not_yet(arena, form->items);
}
