/* The words of the language that `run` does not act on yet, and those that act on the host: two walks over the rows' flags. */
#include "base/weak.h"
#include "profiles/fields.h"
#include "profiles/load.h"
#include "profiles/profile.h"

#include <string.h>

struct visit {
    struct walk walk;
    const struct loader *loader; /* of the host walk */
    void (*key)(struct visit *visit, const struct row *row, const struct node *node,
                bool flagged); /* a value without known keys below it */
    unsigned flag;             /* inherited downwards */
};

static void visit_value(struct visit *visit, const struct form *form, const struct row *row, const struct node *node,
                        bool flagged);

static void visit_map(struct visit *visit, const struct form *form, const struct node *map, bool flagged)
{
    for (size_t i = 0; i < map->children.count; i++) {
        const struct node *child = map->children.items[i];
        const struct row *row = rows_get(form, child->key);
        if (!row)
            continue;
        size_t up = walk_down_key(&visit->walk, child->key);
        visit_value(visit, row->form, row, child, flagged || (row->flags & visit->flag));
        walk_up(&visit->walk, up);
    }
}

static void visit_items(struct visit *visit, const struct form *form, const struct row *row, const struct node *list)
{
    for (size_t i = 0; i < list->children.count; i++) {
        size_t up = walk_down_index(&visit->walk, i);
        visit_value(visit, form->items, row, list->children.items[i], false);
        walk_up(&visit->walk, up);
    }
}

static void visit_value(struct visit *visit, const struct form *form, const struct row *row, const struct node *node,
                        bool flagged)
{
    if (node->kind == NODE_MAP && form->rows)
        visit_map(visit, form, node, flagged);
    else if (node->kind == NODE_LIST && form->items && !flagged)
        visit_items(visit, form, row, node);
    else
        visit->key(visit, row, node,
                   flagged || (node->kind == NODE_SCALAR &&
                               (visit->flag == ROW_LATER ? form->later && form->later(node) : form->host && form->host(node))));
}

/* --- not available yet -------------------------------------------------------------------------------------------- */

static bool is_later_word(const struct form *form, const struct node *node)
{
    for (const struct word *word = form->words; word && word->text && node->kind == NODE_SCALAR; word++)
        if (strcmp(word->text, node->text) == 0)
            return word->later;
    return false;
}

/* What says the same as saying nothing is no reason to refuse. Only short values can. */
static bool is_preset(struct arena *arena, const struct row *row, const struct node *node)
{
    return row->preset && node->children.count <= 2 && strcmp(rows_flow(arena, node), row->preset) == 0;
}

static void refuse_later(struct visit *visit, const struct row *row, const struct node *node, bool flagged)
{
    const struct form *form = row->form;
    if (!flagged && !is_later_word(form, node))
        return;
    if ((row->flags & ROW_LATER || flagged) && is_preset(visit->walk.arena, row, node))
        return;
    struct error *err = walk_error(
        &visit->walk, flagged && row->flags & ROW_LATER ? node->key_at : node->at,
        node->kind == NODE_SCALAR && !(row->flags & ROW_LATER) && node->text[0] ? "not available yet: %s" : "not available yet",
        node->text);
    error_help(err, "it is part of the language, but this version does not act on it: leave it out");
}

int profile_check_available(const struct spec *spec, struct errors *errors)
{
    size_t before = errors->count;
    struct visit visit = { .walk = { .arena = spec->arena, .errors = errors }, .key = refuse_later, .flag = ROW_LATER };
    if (spec->tree && !weak("available"))
        visit_map(&visit, &form_profile, spec->tree, false);
    return errors->count == before ? 0 : -1;
}

/* --- acts on the host --------------------------------------------------------------------------------------------- */

static bool has_untrusted_part(const struct loader *loader, const struct node *node)
{
    const struct profile_file *file = profile_file(loader, node->at.file);
    if (node->kind == NODE_SCALAR)
        return !file || !file->trusted || node->foreign;
    for (size_t i = 0; i < node->children.count; i++)
        if (has_untrusted_part(loader, node->children.items[i]))
            return true;
    return false;
}

static bool has_foreign_part(const struct node *node)
{
    for (size_t i = 0; i < node->children.count; i++)
        if (has_foreign_part(node->children.items[i]))
            return true;
    return node->foreign;
}

/* Of a merged list, the item that an untrusted file brought in. */
static const struct node *untrusted_part(const struct loader *loader, const struct node *node)
{
    for (size_t i = 0; node->kind == NODE_LIST && i < node->children.count; i++)
        if (has_untrusted_part(loader, node->children.items[i]))
            return node->children.items[i];
    return has_untrusted_part(loader, node) ? node : NULL;
}

static void refuse_host(struct visit *visit, const struct row *row, const struct node *node, bool flagged)
{
    (void)row;
    const struct node *part = flagged ? untrusted_part(visit->loader, node) : NULL;
    if (!part)
        return;
    struct error *err =
        walk_error(&visit->walk, part->at, "acts on the host, and this is not written in a profile of the search path");
    error_note(err, "%sthe search path is %s",
               has_foreign_part(part) ? "what ${…} brings in here comes from a file outside of it; " : "",
               visit->loader->caller->uid ? "$XDG_CONFIG_HOME/cordon/profiles, /etc/cordon/profiles, " PROFILE_DIR
                                          : "/etc/cordon/profiles, " PROFILE_DIR);
    error_help(err, "read it, and then put the profile there, or run it with --trust");
}

void check_host_keys(struct loader *loader)
{
    struct visit visit = {
        .walk = { .arena = loader->arena, .errors = loader->errors }, .loader = loader, .key = refuse_host, .flag = ROW_HOST
    };
    if (!loader->request->trust && !loader->request->reading)
        visit_map(&visit, &form_profile, loader->tree, false);
}
