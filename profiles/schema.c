/* The rows as JSON Schema (draft 2020-12), for editors. */
#include "profiles/fields.h"
#include "profiles/profile.h"
#include "profiles/yaml.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* A value may always be, or hold, an expansion, which no pattern can foresee. */
#define EXPANSION "\\$\\{"

struct schema {
    struct arena arena;
};

static struct json_object *schema_of(struct schema *schema, const struct form *form);

static void put(struct json_object *object, const char *key, struct json_object *value)
{
    json_object_object_add(object, key, value);
}
static void put_text(struct json_object *object, const char *key, const char *text)
{
    put(object, key, json_object_new_string(text));
}

/* --- a value as JSON ---------------------------------------------------------------------------------------------- */

static struct json_object *scalar_json(const struct node *node)
{
    char *end;
    bool numeric =
        *node->text && !node->text[strspn(node->text, "0123456789.-")]; /* strtod takes 0xff and inf as well, JSON does not */
    if (node->quoted)
        return json_object_new_string(node->text);
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
        return json_object_new_boolean(node->text[0] == 't');
    long whole = strtol(node->text, &end, 10);
    if (numeric && !*end)
        return json_object_new_int64(whole);
    double number = strtod(node->text, &end);
    if (numeric && !*end)
        return json_object_new_double_s(number, node->text);
    return json_object_new_string(node->text);
}

static struct json_object *node_json(const struct node *node)
{
    if (node->kind == NODE_SCALAR)
        return scalar_json(node);
    struct json_object *json = node->kind == NODE_LIST ? json_object_new_array() : json_object_new_object();
    for (size_t i = 0; i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        if (node->kind == NODE_LIST)
            json_object_array_add(json, node_json(child));
        else
            put(json, child->key, node_json(child));
    }
    return json;
}

/* Defaults and examples are written in the rows as in a profile; a mistake there is a bug that the tests find. */
static struct json_object *sample(struct schema *schema, const char *text)
{
    struct errors errors = { 0 };
    const struct node *node = yaml_read(&schema->arena, "row", text, strlen(text), 0, &errors);
    bool good = node && !errors.count;
    errors_fini(&errors);
    return good ? node_json(node) : json_object_new_string(text);
}

/* --- forms -------------------------------------------------------------------------------------------------------- */

static struct json_object *types(const char *first, const char *second, const char *third)
{
    struct json_object *list = json_object_new_array();
    const char *const names[] = { first, second, third };
    for (size_t i = 0; i < 3 && names[i]; i++)
        json_object_array_add(list, json_object_new_string(names[i]));
    return list;
}

static struct json_object *expansion_schema(void)
{
    struct json_object *json = json_object_new_object();
    put_text(json, "type", "string");
    put_text(json, "pattern", EXPANSION);
    return json;
}

static struct json_object *words_schema(const struct form *form)
{
    struct json_object *json = json_object_new_object(), *list = json_object_new_array();
    for (const struct word *word = form->words; word->text; word++) {
        struct node node = { .kind = NODE_SCALAR, .text = word->text };
        json_object_array_add(list, scalar_json(&node));
    }
    put(json, "enum", list);
    return json;
}

static struct json_object *scalar_schema(struct schema *schema, const struct form *form)
{
    static const char *const names[] = {
        [SCALAR_INTEGER] = "integer", [SCALAR_NUMBER] = "number", [SCALAR_BOOLEAN] = "boolean"
    };
    struct json_object *json = json_object_new_object();
    if (form->type != SCALAR_STRING) {
        put_text(json, "type", names[form->type]);
        return json;
    }
    /* A size, a uid or an argument may be written as a number. */
    put(json, "type", types("string", "number", form->pattern ? NULL : "boolean"));
    if (form->pattern)
        put_text(json, "pattern", arena_printf(&schema->arena, "(%s)|%s", form->pattern, EXPANSION));
    return json;
}

static struct json_object *list_schema(struct schema *schema, const struct form *form)
{
    struct json_object *json = json_object_new_object();
    put_text(json, "type", "array");
    put(json, "items", schema_of(schema, form->items));
    return json;
}

static struct json_object *row_schema(struct schema *schema, const struct row *row)
{
    struct json_object *json = schema_of(schema, row->form);
    const char *not_yet = form_not_yet(&schema->arena, row->form);
    put_text(json, "description",
             row->flags & ROW_LATER ? arena_printf(&schema->arena, "%s (Not available yet.)", row->doc)
             : not_yet              ? arena_printf(&schema->arena, "%s (Not available yet: %s.)", row->doc, not_yet)
                                    : row->doc);
    if (row->preset)
        put(json, "default", sample(schema, row->preset));
    if (row->example) {
        struct json_object *list = json_object_new_array();
        json_object_array_add(list, sample(schema, row->example));
        put(json, "examples", list);
    }
    return json;
}

static struct json_object *optional_schema(const struct form *form)
{
    struct json_object *names = json_object_new_array(), *items = json_object_new_object(), *list = json_object_new_object();
    for (size_t i = 0; i < form->row_count; i++)
        json_object_array_add(names, json_object_new_string(form->rows[i].key));
    put(items, "enum", names);
    put_text(list, "type", "array");
    put(list, "items", items);
    struct json_object *flag = json_object_new_object(), *either = json_object_new_array(), *json = json_object_new_object();
    put_text(flag, "type", "boolean");
    json_object_array_add(either, flag);
    json_object_array_add(either, list);
    put(json, "anyOf", either);
    put_text(json, "description", "What the host cannot do of this is left out: true for all of it, or the names of keys.");
    return json;
}

static struct json_object *rows_schema(struct schema *schema, const struct form *form)
{
    struct json_object *json = json_object_new_object(), *properties = json_object_new_object(),
                       *required = json_object_new_array();
    const char *names = "";
    for (size_t i = 0; i < form->row_count; i++) {
        const struct row *row = &form->rows[i];
        put(properties, row->key, row_schema(schema, row));
        names = arena_printf(&schema->arena, "%s%s%s", names, i ? "|" : "", row->key);
        if (row->flags & ROW_REQUIRED)
            json_object_array_add(required, json_object_new_string(row->key));
    }
    put(properties, "optional", optional_schema(form));
    struct json_object *layered = json_object_new_object(), *change = json_object_new_object();
    put_text(change, "description", "+ appends to what the profiles named in extends say, - takes away from it.");
    put(layered, arena_printf(&schema->arena, "^[+-](%s)$", names), change);
    put_text(json, "type", "object");
    put(json, "properties", properties);
    put(json, "patternProperties", layered);
    put(json, "additionalProperties", json_object_new_boolean(false));
    put(json, "required", required);
    return json;
}

static struct json_object *free_schema(struct schema *schema, const struct form *form)
{
    struct json_object *json = json_object_new_object();
    put_text(json, "type", "object");
    put(json, "additionalProperties", schema_of(schema, form->values));
    if (form->keys && form->keys->pattern) {
        struct json_object *keys = json_object_new_object();
        put_text(keys, "pattern", form->keys->pattern);
        put(json, "propertyNames", keys);
    }
    return json;
}

static struct json_object *schema_of(struct schema *schema, const struct form *form)
{
    struct json_object *either = json_object_new_array();
    if (form->words)
        json_object_array_add(either, words_schema(form));
    if (form->parse)
        json_object_array_add(either, scalar_schema(schema, form));
    if (form->items)
        json_object_array_add(either, list_schema(schema, form));
    if (form->rows)
        json_object_array_add(either, rows_schema(schema, form));
    if (form->values)
        json_object_array_add(either, free_schema(schema, form));
    if (form->words || (form->parse && form->type != SCALAR_STRING))
        json_object_array_add(either, expansion_schema());
    if (json_object_array_length(either) == 1) {
        struct json_object *only = json_object_get(json_object_array_get_idx(either, 0));
        json_object_put(either);
        return only;
    }
    struct json_object *json = json_object_new_object();
    put(json, "anyOf", either);
    return json;
}

void profile_schema(FILE *stream)
{
    struct schema schema = { 0 };
    struct json_object *json = json_object_new_object(), *form = schema_of(&schema, &form_profile);
    put_text(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put_text(json, "title", "cordon profile, version 1");
    json_object_object_foreach(form, key, value) put(json, key, json_object_get(value));
    json_object_put(form);
    fprintf(stream, "%s\n",
            json_object_to_json_string_ext(json,
                                           JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(json);
    arena_free(&schema.arena);
}
