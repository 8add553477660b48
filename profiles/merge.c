/* Layers into one tree. The rules: maps merge key by key; a scalar or a plain list replaces the one below; lists of things with
 * an identity merge by it, an entry above replacing the whole one below; what forbids only grows. +key appends, -key takes
 * away. A value that is short for a map (memory: 256M) merges as that map. */
#include "profiles/fields.h"
#include "profiles/load.h"

#include "base/text.h"

#include <string.h>

static struct node *merge_values(struct walk *walk, const struct form *form, unsigned flags, struct node *below,
                                 struct node *above);

static const struct form *form_of_key(const struct form *form, const char *key, unsigned *ret_flags)
{
    *ret_flags = 0;
    if (!form)
        return NULL;
    const struct row *row = rows_get(form, key);
    if (row) {
        *ret_flags = row->flags;
        return row->form;
    }
    return form->values;
}

static void replace_child(struct node *map, struct node *entry, struct node *with)
{
    for (size_t i = 0; i < map->children.count; i++)
        if (map->children.items[i] == entry)
            map->children.items[i] = with;
}

static void remove_child(struct node *parent, size_t index)
{
    memmove(&parent->children.items[index], &parent->children.items[index + 1],
            (parent->children.count - index - 1) * sizeof *parent->children.items);
    parent->children.count--;
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static bool is_equal(const struct node *a, const struct node *b)
{
    if (a->kind != b->kind || a->children.count != b->children.count)
        return false;
    if (a->kind == NODE_SCALAR)
        return strcmp(a->text, b->text) == 0;
    for (size_t i = 0; i < a->children.count; i++) {
        const struct node *other = b->kind == NODE_MAP ? node_get(b, a->children.items[i]->key) : b->children.items[i];
        if (!other || !is_equal(a->children.items[i], other))
            return false;
    }
    return true;
}

static bool is_same(const struct form *form, const struct node *a, const struct node *b)
{
    if (!form || !form->identity)
        return is_equal(a, b);
    const char *name = form->identity(a), *other = form->identity(b);
    return name && other && strcmp(name, other) == 0;
}

static size_t position(const struct form *form, const struct node *list, size_t count, const struct node *item)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(form, list->children.items[i], item))
            return i;
    return count;
}

/* Of things with an identity and of what forbids, an item that is there already takes the place of the one below. Words of
 * other lists may be there twice, as in a command. Within one layer two items stay two, so that the check for doubles sees
 * them. */
static struct node *append_items(struct walk *walk, const struct form *form, unsigned flags, const struct node *below,
                                 const struct node *above)
{
    struct node *list = node_new(walk->arena, NODE_LIST, above->at);
    size_t before = below ? below->children.count : 0;
    bool distinct = (form && form->identity) || (flags & ROW_GROWS);
    for (size_t i = 0; i < before; i++)
        *SLICE_PUSH(walk->arena, &list->children) = below->children.items[i];
    for (size_t i = 0; i < above->children.count; i++) {
        struct node *item = above->children.items[i];
        size_t at = distinct ? position(form, list, before, item) : before;
        if (at < before)
            list->children.items[at] = item;
        else
            *SLICE_PUSH(walk->arena, &list->children) = item;
    }
    return list;
}

static struct node *as_list(struct walk *walk, struct node *node)
{
    if (node->kind == NODE_LIST)
        return node;
    struct node *list = node_new(walk->arena, NODE_LIST, node->at);
    list->key_at = node->key_at;
    *SLICE_PUSH(walk->arena, &list->children) = node;
    return list;
}

/* --- taking away -------------------------------------------------------------------------------------------------- */

/* What an item is called in a sentence; NULL where it is a map or list without an identity. */
static const char *called(const struct form *form, const struct node *item)
{
    return form && form->identity ? form->identity(item) : item->kind == NODE_SCALAR ? item->text : NULL;
}

static void refuse_taking(struct walk *walk, const struct form *form, const struct node *from, const struct node *item,
                          const char *name)
{
    const char **names = arena_alloc(walk->arena, (from->children.count + 1) * sizeof *names);
    size_t count = 0;
    bool searched = walk->errors->count < MOST_MISTAKES; /* what nobody reads is not worth the search */
    for (size_t i = 0; searched && i < from->children.count; i++) {
        const char *other = from->kind == NODE_MAP ? from->children.items[i]->key : called(form, from->children.items[i]);
        if (other)
            names[count++] = other;
    }
    const char *near = name ? text_nearest(name, names, count) : NULL;
    struct error *err = walk_error(
        walk, item->at, near ? "'%s' is not there to be taken away, did you mean '%s'?" : "'%s' is not there to be taken away",
        name ? name : "this", near);
    error_help(err, "what is there comes from the profiles named in extends");
}

static void take_one(struct walk *walk, const struct form *form, struct node *from, const struct node *item)
{
    const char *name = from->kind == NODE_MAP && item->kind == NODE_SCALAR ? item->text : called(form, item);
    size_t kept = 0;
    for (size_t i = 0; i < from->children.count; i++) {
        struct node *child = from->children.items[i];
        if (from->kind == NODE_MAP ? !(name && strcmp(child->key, name) == 0) : !is_same(form, child, item))
            from->children.items[kept++] = child;
    }
    /* Two layers may have brought the same word: all of them go. */
    if (kept == from->children.count)
        refuse_taking(walk, form, from, item, name);
    from->children.count = kept;
}

/* -key: of a list or a map, the items named; of anything else, or without a value, the whole key. */
static void take_away(struct walk *walk, const struct form *form, struct node *map, struct node *entry, const struct node *what)
{
    if (!entry) {
        walk_error(walk, what->key_at, "there is nothing to take away: no profile below says it");
        return;
    }
    if (what->null) {
        for (size_t i = 0; i < map->children.count; i++)
            if (map->children.items[i] == entry)
                remove_child(map, i);
        return;
    }
    if (entry->kind == NODE_SCALAR) {
        struct error *err = walk_error(walk, what->at, "only items of lists and maps can be named here");
        error_help(err, "write -%s: without a value to go back to the default", entry->key);
        return;
    }
    if (what->kind == NODE_SCALAR) {
        take_one(walk, form, entry, what);
        return;
    }
    for (size_t i = 0; i < what->children.count; i++) {
        struct node *item = what->children.items[i];
        if (what->kind == NODE_MAP && entry->kind == NODE_MAP && item->kind != NODE_SCALAR) {
            struct error *err =
                walk_error(walk, item->key_at, "takes all of '%s' away, not what is written below it", item->key);
            error_help(err, "write %s: {-%s: …} to take that from it, or -%s: [%s] for the whole", entry->key, item->key,
                       entry->key, item->key);
            continue;
        }
        struct node name = { .kind = NODE_SCALAR, .at = item->key_at, .text = item->key };
        take_one(walk, form, entry, what->kind == NODE_MAP && entry->kind == NODE_MAP ? &name : item);
    }
}

/* --- maps --------------------------------------------------------------------------------------------------------- */

static struct node *appended(struct walk *walk, const struct form *form, unsigned flags, struct node *below, struct node *above)
{
    bool listed = form ? form->items != NULL : above->kind == NODE_LIST;
    if (above->kind == NODE_MAP && (!listed || (form && (form->rows || form->values) && below && below->kind == NODE_MAP)))
        return merge_values(walk, form, 0, below, above);
    if (!listed) {
        struct error *err = walk_error(walk, above->key_at, "'+' appends to lists and maps, and this is neither");
        error_help(err, "leave the + away: a value replaces the one below");
        return NULL;
    }
    return append_items(walk, form, flags, below && below->kind == NODE_LIST ? below : NULL, as_list(walk, above));
}

static void merge_entry(struct walk *walk, const struct form *form, struct node *map, struct node *above)
{
    /* The keys of a free map are the writer's own, and may begin with anything. */
    bool free = !form || !form->rows;
    char sign = !free && (above->key[0] == '+' || above->key[0] == '-') && above->key[1] ? above->key[0] : '\0';
    const char *key = above->key + (sign != '\0');
    if (sign && form && form->rows && !rows_get(form, key)) {
        walk_unknown_key(walk, form, above, key);
        return;
    }
    unsigned flags;
    const struct form *inner = form_of_key(form, key, &flags);
    struct node *below = node_get(map, key), *result;
    size_t up = walk_down_key(walk, key);
    if (sign == '-')
        take_away(walk, inner, map, below, above);
    else if (below && inner && !rows_takes(inner, below))
        ; /* a mistake stays, to be reported by who reads the whole: replaced, it would have lost all that is below it */
    else if ((result = sign ? appended(walk, inner, flags, below, above) : merge_values(walk, inner, flags, below, above))) {
        result->key = key;
        result->key_at = above->key_at;
        if (below)
            replace_child(map, below, result);
        else
            *SLICE_PUSH(walk->arena, &map->children) = result;
    }
    walk_up(walk, up);
}

static struct node *merge_maps(struct walk *walk, const struct form *form, struct node *below, struct node *above)
{
    struct node *map = node_new(walk->arena, NODE_MAP, above->at);
    for (size_t i = 0; below && i < below->children.count; i++)
        *SLICE_PUSH(walk->arena, &map->children) = below->children.items[i];
    for (size_t i = 0; i < above->children.count; i++)
        merge_entry(walk, form, map, above->children.items[i]);
    return map;
}

/* memory: 256M is {max: 256M}. */
static struct node *as_map(struct walk *walk, const struct form *form, struct node *value)
{
    struct node *map = node_new(walk->arena, NODE_MAP, value->at), *entry = arena_alloc(walk->arena, sizeof *entry);
    *entry = *value;
    entry->key = form->shorthand;
    map->key = value->key;
    map->key_at = value->key_at;
    *SLICE_PUSH(walk->arena, &map->children) = entry;
    return map;
}

static struct node *merge_values(struct walk *walk, const struct form *form, unsigned flags, struct node *below,
                                 struct node *above)
{
    if (form && form->shorthand && below && below->kind != above->kind) {
        if (above->kind == NODE_SCALAR && below->kind == NODE_MAP && rows_takes(form, above))
            above = as_map(walk, form, above);
        else if (above->kind == NODE_MAP && below->kind == NODE_SCALAR)
            below = as_map(walk, form, below);
    }
    struct node *result = above;
    if (above->kind == NODE_MAP && !above->refused)
        result = merge_maps(walk, form, below && below->kind == NODE_MAP ? below : NULL, above);
    else if (above->kind == NODE_LIST && below && below->kind == NODE_LIST && ((flags & ROW_GROWS) || (form && form->identity)))
        result = append_items(walk, form, flags, below, above);
    if (result != above) {
        result->key = above->key;
        result->key_at = above->key_at;
    }
    return result;
}

struct node *merge_profiles(struct arena *arena, struct errors *errors, struct node *below, struct node *above)
{
    struct walk walk = { .arena = arena, .errors = errors, .top = &form_profile };
    return merge_values(&walk, &form_profile, 0, below, above);
}
