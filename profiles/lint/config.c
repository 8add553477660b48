#include "profiles/lint/config.h"

#include "base/rows.h"
#include "profiles/fields.h"
#include "profiles/lint/layout.h"
#include "profiles/yaml.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

static const struct word severity_words[] = {
    { "info", SEVERITY_INFO }, { "low", SEVERITY_LOW }, { "medium", SEVERITY_MEDIUM }, { "high", SEVERITY_HIGH }, { NULL }
};
static const struct word setting_words[] = { { "info", SEVERITY_INFO },      { "low", SEVERITY_LOW },
                                             { "medium", SEVERITY_MEDIUM },  { "high", SEVERITY_HIGH },
                                             { "ignore", SEVERITY_IGNORED }, { NULL } };
static const struct word fail_words[] = { { "error" }, { "high" }, { "medium" }, { "low" }, { "info" }, { "never" }, { NULL } };

static int parse_rule_id(struct walk *walk, struct node *node, void *ret)
{
    (void)ret;
    if (rule_find(node->text) == RULE_NONE)
        error_help(walk_error(walk, node->at, "there is no rule '%s'", node->text), "`cordon explain` lists them all");
    return 0;
}

static void add_setting(struct walk *walk, struct node *entry, void *target)
{
    struct lint_config *config = target;
    for (const struct word *word = setting_words; word->text; word++)
        if (strcmp(word->text, entry->text) == 0)
            *SLICE_PUSH(walk->arena, &config->rules) = (struct rule_setting){ .id = entry->key, .severity = word->value };
}

static int parse_version(struct walk *walk, struct node *node, void *ret)
{
    (void)walk, (void)ret;
    return strcmp(node->text, "1") == 0 ? 0 : -1;
}

/* One text is a list of one. */
static int parse_single(struct walk *walk, struct node *node, void *ret)
{
    *SLICE_PUSH(walk->arena, (struct strings *)ret) = (char *)(uintptr_t)node->text;
    return 0;
}

static int parse_own_id(struct walk *walk, struct node *node, void *ret)
{
    if (!forms_is_name(node->text))
        return -1;
    if (rule_find(node->text) != RULE_NONE)
        walk_error(walk, node->at, "'%s' is a rule of cordon's", node->text);
    *(const char **)ret = node->text;
    return 0;
}

static int parse_amount(struct walk *walk, struct node *node, void *ret)
{
    struct amount amount;
    (void)walk;
    *(const char **)ret = node->text;
    return amount_read(node->text, &amount) ? 0 : -1;
}

static void check_own(struct walk *walk, struct node *map, void *target)
{
    const struct own_rule *rule = target;
    bool judges =
        rule->is.count || rule->is_not.count || rule->matches.count || rule->matches_not.count || rule->above || rule->below;
    if (judges + rule->absent + rule->present != 1)
        error_help(walk_error(walk, map->at, "needs a condition of one kind"),
                   "is, is-not, matches, matches-not, above or below; or absent: true; or present: true");
}

static const struct form form_setting = { .is = "info, low, medium, high or ignore",
                                          .size = sizeof(int),
                                          .words = setting_words };
static const struct form form_rule_id = { .is = "a rule", .parse = parse_rule_id };
static const struct form form_settings = { .is = "a map of rules to severities, such as {caps-net-raw: ignore}",
                                           .size = sizeof(struct lint_config),
                                           .values = &form_setting,
                                           .keys = &form_rule_id,
                                           .entry = add_setting };
static const struct form form_severity = { .is = "info, low, medium or high", .size = sizeof(int), .words = severity_words };
static const struct form form_version = { .is = "1", .parse = parse_version };
static const struct form form_fail = {
    .is = "error, high, medium, low, info or never", .size = sizeof(const char *), .parse = NULL, .words = fail_words
};
static const struct form form_choice = { .is = "a text, or a list of texts",
                                         .size = sizeof(struct strings),
                                         .parse = parse_single,
                                         .items = &form_anything,
                                         .item_size = sizeof(const char *) };
static const struct form form_amount = { .is = "a number, a size such as 64M, or a time such as 10m",
                                         .size = sizeof(const char *),
                                         .parse = parse_amount };
static const struct form form_own_id = { .is = "a name such as own-no-host-network",
                                         .size = sizeof(const char *),
                                         .parse = parse_own_id };

#define FIELD(member) ROW_FIELD(struct own_rule, member)
static const struct row own_rows[] = {
    { "id", &form_own_id, FIELD(id), .flags = ROW_REQUIRED, .example = "own-network" },
    { "key", &form_word, FIELD(key), .flags = ROW_REQUIRED, .example = "network.mode" },
    { "message", &form_text, FIELD(message), .flags = ROW_REQUIRED, .example = "is not used in this company" },
    { "remedy", &form_text, FIELD(remedy), .example = "Use bridge" },
    { "severity", &form_severity, FIELD(severity), .example = "high" },
    { "is", &form_choice, FIELD(is), .example = "host" },
    { "is-not", &form_choice, FIELD(is_not), .example = "[none, bridge]" },
    { "matches", &form_choice, FIELD(matches), .example = "/srv/*" },
    { "matches-not", &form_choice, FIELD(matches_not), .example = "/srv/*" },
    { "above", &form_amount, FIELD(above), .example = "1G" },
    { "below", &form_amount, FIELD(below), .example = "64M" },
    { "absent", &form_bool, FIELD(absent), .example = "true" },
    { "present", &form_bool, FIELD(present), .example = "true" },
};

static void begin_own(struct walk *walk, struct node *map, void *target)
{
    (void)walk, (void)map;
    ((struct own_rule *)target)->severity = SEVERITY_MEDIUM;
}

static const struct form form_own = {
    .is = "a map, such as {id: own-network, key: network.mode, is: host, message: is not used here}",
    .size = sizeof(struct own_rule),
    ROWS(own_rows),
    .begin = begin_own,
    .finish = check_own
};
static const struct form form_owns = { .is = "a list of maps",
                                       .size = sizeof(((struct lint_config *)0)->own),
                                       .items = &form_own,
                                       .item_size = sizeof(struct own_rule) };

static const struct row config_rows[] = {
    { "cordon-lint", &form_version, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "1" },
    { "fail-on", &form_fail, ROW_NOWHERE, .example = "medium" },
    { "rules", &form_settings, .offset = 0, .size = sizeof(struct lint_config), .example = "{caps-net-raw: ignore}" },
    { "own", &form_owns, ROW_FIELD(struct lint_config, own), .example = "[]" },
};
static const struct form form_config = { .is = "a map that begins with cordon-lint: 1",
                                         .size = sizeof(struct lint_config),
                                         ROWS(config_rows) };

int lint_config_read(struct arena *arena, const char *file, struct lint_config *ret, struct errors *errors)
{
    size_t length, before = errors->count;
    char *text = layout_read(arena, file, &length);
    if (!text)
        return error_errno(errors_add(errors), errno ? errno : EINVAL, "read %s", file);
    struct node *tree = yaml_read(arena, file, text, length, 1, errors);
    if (!tree && errors->count == before)
        error_set(errors_add(errors), "%s is empty", file);
    if (!tree)
        return -1;
    struct walk walk = { .arena = arena, .errors = errors };
    rows_read(&walk, &form_config, tree, ret);
    const struct node *fail_on = node_get(tree, "fail-on");
    ret->fail_on = fail_on ? fail_on->text : NULL;
    return errors->count == before ? 0 : -1;
}

bool lint_config_has(const struct lint_config *config, const char *id)
{
    for (size_t i = 0; config && i < config->own.count; i++)
        if (strcmp(config->own.items[i].id, id) == 0)
            return true;
    return false;
}

/* --- baselines ---------------------------------------------------------------------------------------------------- */

static const char *field(struct json_object *object, const char *key)
{
    struct json_object *value;
    return json_object_object_get_ex(object, key, &value) && value ? json_object_get_string(value) : "";
}

/* Lines move; what a finding says and about which key stays. */
static bool is_same(struct json_object *object, const struct finding *finding)
{
    return strcmp(field(object, "rule"), finding->rule) == 0 &&
           strcmp(field(object, "file"), finding->at.file ? finding->at.file : "") == 0 &&
           strcmp(field(object, "key"), finding->key ? finding->key : "") == 0 &&
           strcmp(field(object, "message"), finding->message) == 0;
}

int lint_baseline(struct lint *lint, const char *file, struct error *err)
{
    errno = 0;
    struct json_object *root = json_object_from_file(file), *list;
    if (!root || !json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, "findings", &list) ||
        !json_object_is_type(list, json_type_array)) {
        json_object_put(root);
        if (errno)
            return error_errno(err, errno, "read the baseline %s", file);
        error_set(err, "%s is no baseline", file);
        return error_help(err, "make one with: cordon lint --format json=%s PROFILE…", file);
    }
    size_t count = json_object_array_length(list);
    bool *used = arena_alloc(lint->arena, count + 1);
    for (size_t i = 0; i < lint->findings.count; i++) {
        struct finding *finding = &lint->findings.items[i];
        for (size_t k = 0; k < count && !finding->suppressed && finding->severity != SEVERITY_ERROR; k++) {
            if (used[k] || !is_same(json_object_array_get_idx(list, k), finding))
                continue;
            used[k] = true;
            finding->suppressed = "it is in the baseline";
            finding->in_baseline = true;
        }
    }
    json_object_put(root);
    return 0;
}
