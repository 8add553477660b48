/* --param against what the merged profile declares. */
#include "profiles/load.h"

#include "base/text.h"

#include <string.h>

static const char *nearest_param(struct arena *arena, const struct node *params, const char *name)
{
    size_t count = params && params->kind == NODE_MAP ? params->children.count : 0;
    const char **names = arena_alloc(arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = params->children.items[i]->key;
    return text_nearest(name, names, count);
}

static void check_given(struct loader *loader, const struct node *params, const char *given)
{
    const char *equals = strchr(given, '=');
    if (!equals) {
        struct error *err = errors_add(loader->errors);
        error_set(err, "--param %s: there is no '=' between name and value", given);
        error_help(err, "write --param NAME=VALUE");
        return;
    }
    const char *name = arena_strndup(loader->arena, given, (size_t)(equals - given));
    if (node_get(params, name))
        return;
    const char *near = nearest_param(loader->arena, params, name);
    struct error *err = errors_add(loader->errors);
    error_set(err,
              near ? "--param %s: the profile has no such param, did you mean '%s'?"
                   : "--param %s: the profile has no such param",
              name, near);
    if (!near)
        error_help(err, "a profile declares its params: params: {%s: {required: true}}", *name ? name : "NAME");
}

static bool is_given(const struct strings *params, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < params->count; i++)
        if (strncmp(params->items[i], name, length) == 0 && params->items[i][length] == '=')
            return true;
    return false;
}

void check_params(struct loader *loader)
{
    const struct node *params = node_get(loader->tree, "params");
    for (size_t i = 0; i < loader->request->params.count; i++)
        check_given(loader, params, loader->request->params.items[i]);
    for (size_t i = 0; params && i < params->children.count; i++) {
        const struct node *param = params->children.items[i];
        const struct node *required = node_get(param, "required");
        if (!param->key || !required || required->kind != NODE_SCALAR || strcmp(required->text, "true") != 0 ||
            is_given(&loader->request->params, param->key) || loader->request->reading)
            continue;
        struct error *err = errors_add(loader->errors);
        error_set(err, "params.%s: this param is required, and was not given", param->key);
        error_at(err, param->key_at);
        error_help(err, "add --param %s=VALUE", param->key);
    }
}
