/* The JSON Schema, judged by a validator of its own for what the schema uses: every good profile fits, what is wrong in an
 * obvious way does not, and every key has a description, and a default and an example that fit it. */
#include "base/node.h"
#include "profiles/profile.h"
#include "profiles/yaml.h"
#include "tap.h"

#include <dirent.h>
#include <json-c/json.h>
#include <regex.h>
#include <stdlib.h>

static struct arena arena;
static struct json_object *schema;

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return value;
}

/* --- the validator ------------------------------------------------------------------------------------------------ */

/* ECMA has two escapes that regcomp has not, and that the schema uses. */
static bool matches(const char *pattern, const char *text)
{
    char *copy = arena_alloc(&arena, 4 * strlen(pattern) + 1), *to = copy;
    regex_t regex;
    for (; *pattern; pattern++) {
        if (strncmp(pattern, "\\S", 2) == 0) {
            to = stpcpy(to, "[^ ]");
            pattern++;
        } else if (strncmp(pattern, "\\u0000-\\u001f", 13) == 0) {
            to = stpcpy(to, "\x01-\x1f");
            pattern += 12;
        } else {
            *to++ = *pattern;
        }
    }
    *to = '\0';
    if (regcomp(&regex, copy, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static bool is_number(const struct node *node, bool whole)
{
    if (node->kind != NODE_SCALAR || node->quoted)
        return false;
    const char *text = node->text + (node->text[0] == '-');
    size_t digits = strspn(text, whole ? "0123456789" : "0123456789.");
    return digits && !text[digits];
}

static bool is_boolean(const struct node *node)
{
    return node->kind == NODE_SCALAR && !node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0);
}

static bool is_of_type(const struct node *node, const char *type)
{
    if (strcmp(type, "object") == 0)
        return node->kind == NODE_MAP;
    if (strcmp(type, "array") == 0)
        return node->kind == NODE_LIST;
    if (strcmp(type, "boolean") == 0)
        return is_boolean(node);
    if (strcmp(type, "string") == 0)
        return node->kind == NODE_SCALAR && !is_number(node, false) && !is_boolean(node);
    return is_number(node, strcmp(type, "integer") == 0);
}

static bool fits_type(const struct node *node, struct json_object *type)
{
    if (!json_object_is_type(type, json_type_array))
        return is_of_type(node, json_object_get_string(type));
    for (size_t i = 0; i < json_object_array_length(type); i++)
        if (is_of_type(node, json_object_get_string(json_object_array_get_idx(type, i))))
            return true;
    return false;
}

static bool fits(const struct node *node, struct json_object *form);

static bool fits_key(const struct node *entry, struct json_object *form)
{
    struct json_object *known = get(get(form, "properties"), entry->key), *patterns = get(form, "patternProperties"),
                       *others = get(form, "additionalProperties"), *names = get(get(form, "propertyNames"), "pattern");
    if (names && !matches(json_object_get_string(names), entry->key))
        return false;
    if (known)
        return fits(entry, known);
    if (patterns) {
        json_object_object_foreach(patterns, pattern, inner) if (matches(pattern, entry->key)) return fits(entry, inner);
    }
    return !others || (json_object_is_type(others, json_type_boolean) ? json_object_get_boolean(others) : fits(entry, others));
}

static bool fits_children(const struct node *node, struct json_object *form)
{
    struct json_object *required = get(form, "required"), *items = get(form, "items");
    for (size_t i = 0; i < node->children.count; i++)
        if (node->kind == NODE_MAP ? !fits_key(node->children.items[i], form) : items && !fits(node->children.items[i], items))
            return false;
    for (size_t i = 0; required && node->kind == NODE_MAP && i < json_object_array_length(required); i++)
        if (!node_get(node, json_object_get_string(json_object_array_get_idx(required, i))))
            return false;
    return true;
}

static bool fits(const struct node *node, struct json_object *form)
{
    struct json_object *either = get(form, "anyOf"), *type = get(form, "type"), *words = get(form, "enum"),
                       *pattern = get(form, "pattern");
    bool good = !either, listed = !words;
    for (size_t i = 0; either && i < json_object_array_length(either); i++)
        good = good || fits(node, json_object_array_get_idx(either, i));
    for (size_t i = 0; words && node->kind == NODE_SCALAR && i < json_object_array_length(words); i++)
        listed = listed || strcmp(json_object_get_string(json_object_array_get_idx(words, i)), node->text) == 0;
    if (!good || !listed || (type && !fits_type(node, type)))
        return false;
    /* A pattern is about strings; a number passes it. */
    if (pattern && is_of_type(node, "string") && !matches(json_object_get_string(pattern), node->text))
        return false;
    return fits_children(node, form);
}

/* --- profiles ----------------------------------------------------------------------------------------------------- */

static const struct node *parsed(const char *text)
{
    struct errors ignored = { 0 };
    const struct node *node = yaml_read(&arena, "text", text, strlen(text), 1, &ignored);
    errors_fini(&ignored);
    return node;
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void test_good(void)
{
    struct dirent **entries;
    int count = scandir("good", &entries, is_profile, alphasort);
    CHECK(count > 5);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(&arena, "good/%s", entries[i]->d_name);
        FILE *file = fopen(path, "re");
        char *text = arena_alloc(&arena, 1 << 17);
        if (file)
            text[fread(text, 1, (1 << 17) - 1, file)] = '\0';
        if (file)
            fclose(file);
        const struct node *node = parsed(text);
        CHECK_NAMED(node && fits(node, schema), arena_printf(&arena, "%s fits the schema", path));
        free(entries[i]);
    }
    free(entries);
}

static void test_bad(void)
{
    static const char *const texts[] = { "hostnme: x\n",
                                         "app: {umask: \"9\"}\n",
                                         "app: [a]\n",
                                         "app: {command: make}\n",
                                         "isolate: {pid: yes-please}\n",
                                         "limits: {files: many}\n",
                                         "mounts: [{bind: /a, att: /b}]\n",
                                         "network: {mode: hostt}\n",
                                         "privileges: {inspection: \"maybe\"}\n",
                                         "syscalls: {base: defaultt}\n",
                                         "service: {restart: {when: sometimes}}\n",
                                         "name: Upper\n",
                                         "resources: {memory: 64MB}\n" };
    CHECK(fits(parsed("cordon: 1\n"), schema));
    CHECK_NAMED(!fits(parsed("name: a\n"), schema), "the required key is required");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_NAMED(!fits(parsed(arena_printf(&arena, "cordon: 1\n%s", texts[i])), schema),
                    arena_printf(&arena, "does not fit: %.*s", (int)strcspn(texts[i], "\n"), texts[i]));
    CHECK_NAMED(fits(parsed("cordon: 1\nresources: {memory: \"${param:size}\"}\n+mounts: []\n-app:\n"), schema),
                "expansions, + and - are part of it");
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static int keys_seen;

static void check_sample(struct json_object *form, struct json_object *value, const char *path, const char *kind)
{
    const char *text =
        value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) : NULL;
    const struct node *node = text ? parsed(text) : NULL;
    if (text && !(node && fits(node, form))) {
        CHECK_NAMED(0, arena_printf(&arena, "the %s of %s fits it", kind, path));
        printf("# %s\n", text);
    }
}

static void check_keys(struct json_object *form, const char *path)
{
    struct json_object *either = get(form, "anyOf"), *properties = get(form, "properties"), *examples;
    for (size_t i = 0; either && i < json_object_array_length(either); i++)
        check_keys(json_object_array_get_idx(either, i), path);
    if (get(form, "items"))
        check_keys(get(form, "items"), arena_printf(&arena, "%s[]", path));
    if (!properties)
        return;
    json_object_object_foreach(properties, key, inner)
    {
        const char *name = arena_printf(&arena, "%s%s%s", path, *path ? "." : "", key);
        keys_seen++;
        if (!get(inner, "description"))
            CHECK_NAMED(0, arena_printf(&arena, "%s has a description", name));
        check_sample(inner, get(inner, "default"), name, "default");
        if ((examples = get(inner, "examples")))
            check_sample(inner, json_object_array_get_idx(examples, 0), name, "example");
        check_keys(inner, name);
    }
}

int main(void)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return 1;
    profile_schema(stream);
    fclose(stream);
    schema = json_tokener_parse(text);
    CHECK_NAMED(schema != NULL, "the schema is JSON");
    test_good();
    test_bad();
    check_keys(schema, "");
    CHECK(keys_seen > 150);
    json_object_put(schema);
    free(text);
    arena_free(&arena);
    return tap_done();
}
