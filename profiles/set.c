/* --set KEY=VALUE: a layer of its own, written in one line. */
#include "profiles/fields.h"
#include "profiles/load.h"
#include "profiles/yaml.h"

#include <string.h>

struct setting {
    struct arena *arena;
    struct errors *errors;
    struct source at;
};

static struct error *complain(struct setting *setting)
{
    struct error *err = errors_add(setting->errors);
    error_at(err, setting->at);
    return err;
}

/* "a.b.\"c.d\"" in parts. A part may be quoted; an index is refused, for lists change under it. */
static int split(struct setting *setting, const char *key, struct strings *ret)
{
    for (const char *p = key;;) {
        bool quoted = *p == '"';
        p += quoted;
        size_t length = strcspn(p, quoted ? "\"" : ".[");
        if (!length || p[length] == '[' || (quoted && p[length] != '"')) {
            struct error *err = complain(setting);
            error_set(err, "'%s' is not a key", key);
            return error_help(err, p[length] == '['
                                       ? "items of lists have no key: append with +KEY=ITEM, take away with -KEY=ITEM"
                                       : "keys are joined by dots: app.env.TZ");
        }
        *SLICE_PUSH(setting->arena, ret) = arena_strndup(setting->arena, p, length);
        p += length + quoted;
        if (!*p)
            return 0;
        if (*p != '.') {
            error_set(complain(setting), "'%s' is not a key", key);
            return -1;
        }
        p++;
    }
}

/* labels.a.b and sysctl.net.core.somaxconn: below a map of free keys whose values are single ones, the rest is the key. True:
 * the last part is such a free key. */
static bool join_free_keys(struct setting *setting, struct strings *parts)
{
    const struct form *form = &form_profile;
    for (size_t i = 0; form && i < parts->count; i++) {
        bool single = form->values && !form->values->rows && !form->values->values;
        while (single && i + 1 < parts->count) {
            parts->items[i + 1] = arena_printf(setting->arena, "%s.%s", parts->items[i], parts->items[i + 1]);
            memmove(&parts->items[i], &parts->items[i + 1], (parts->count - i - 1) * sizeof *parts->items);
            parts->count--;
        }
        if (form->values && i + 1 == parts->count)
            return true;
        const struct row *row = rows_get(form, parts->items[i]);
        form = row ? row->form : form->values;
    }
    return false;
}

static struct node *parse_value(struct setting *setting, const char *text)
{
    size_t mistakes = setting->errors->count;
    struct node *value = yaml_read(setting->arena, setting->at.file, text, strlen(text), 0, setting->errors);
    if (value || setting->errors->count != mistakes)
        return value;
    value = node_new(setting->arena, NODE_SCALAR, setting->at); /* nothing after the '=' */
    value->text = "";
    value->null = true;
    return value;
}

static struct node *nested(struct setting *setting, const struct strings *parts, char sign, struct node *value)
{
    for (size_t i = parts->count; i-- > 0;) {
        bool last = i + 1 == parts->count;
        value->key = last && sign ? arena_printf(setting->arena, "%c%s", sign, parts->items[i]) : parts->items[i];
        value->key_at = setting->at;
        struct node *map = node_new(setting->arena, NODE_MAP, setting->at);
        *SLICE_PUSH(setting->arena, &map->children) = value;
        value = map;
    }
    return value;
}

struct node *layer_from_set(struct loader *loader, const char *text)
{
    struct setting setting = { .arena = loader->arena, .errors = loader->errors };
    struct profile_file file = { .name = arena_printf(loader->arena, "--set %s", text), .folder = loader->caller->cwd };
    setting.at.file = file.name;
    *SLICE_PUSH(loader->arena, &loader->files) = file;

    char sign = *text == '+' || *text == '-' ? *text : '\0';
    const char *key = text + (sign != '\0'), *equals = strchr(key, '=');
    if (!equals && sign != '-') {
        struct error *err = complain(&setting);
        error_set(err, "there is no '=' between key and value");
        error_help(err, "write --set KEY=VALUE, for example --set resources.memory=64M");
        return NULL;
    }
    struct strings parts = { 0 };
    if (split(&setting, equals ? arena_strndup(loader->arena, key, (size_t)(equals - key)) : key, &parts) < 0)
        return NULL;
    if (strcmp(parts.items[0], "extends") == 0 || strcmp(parts.items[0], "cordon") == 0) {
        error_set(complain(&setting), "the key '%s' belongs to files only", parts.items[0]);
        return NULL;
    }
    bool free = join_free_keys(&setting, &parts);
    if (free && sign == '-' && equals && equals[1]) {
        error_set(complain(&setting), "a key of this map is taken away by its name alone");
        return NULL;
    }
    struct node *value = parse_value(&setting, equals ? equals + 1 : "");
    if (free &&
        sign == '-') { /* a free key may itself begin with a sign, so it is the map that it is taken from: -labels: [team] */
        value = node_new(loader->arena, NODE_SCALAR, setting.at);
        value->text = parts.items[--parts.count];
    }
    sign = free && sign == '+' ? '\0' : sign;
    return value ? nested(&setting, &parts, sign, value) : NULL;
}
