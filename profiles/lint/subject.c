#include "profiles/lint/subject.h"

#include "base/names.h"
#include "base/text.h"
#include "plan/allow.h"
#include "profiles/fields.h"
#include "profiles/profile.h"

#include <fnmatch.h>
#include <linux/capability.h>
#include <string.h>

/* --- one value ---------------------------------------------------------------------------------------------------- */

const char *said(struct subject *s, const char *key) { return node_find(s->tree, key) ? key : NULL; }

const char *text_of(struct subject *s, const char *key)
{
    const struct node *node = node_find(s->tree, key);
    return node && node->kind == NODE_SCALAR && !node->refused ? node->text : NULL;
}

const char *says(struct subject *s, const char *key, const char *value)
{
    const char *text = text_of(s, key);
    return text && strcmp(text, value) == 0 ? key : NULL;
}

/* The default of a key, from its row. */
static const char *preset(const char *key)
{
    const struct form *form = &form_profile;
    const struct row *row = NULL;
    char part[64];
    for (const char *p = key; form && *p;) {
        size_t length = strcspn(p, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, p);
        row = rows_get(form, part);
        form = row ? row->form : NULL;
        p += length + (p[length] == '.');
    }
    return row && row->preset ? row->preset : "";
}

bool is(struct subject *s, const char *key, const char *value)
{
    const char *text = text_of(s, key);
    return strcmp(text ? text : preset(key), value) == 0;
}

static bool number_of(struct subject *s, const char *key, int64_t *ret)
{
    const char *text = text_of(s, key);
    return text && forms_integer(text, INT64_MIN + 1, INT64_MAX, ret);
}

const char *above(struct subject *s, const char *key, int64_t limit)
{
    int64_t value;
    return number_of(s, key, &value) && value > limit ? key : NULL;
}

const char *below(struct subject *s, const char *key, int64_t limit)
{
    int64_t value;
    return number_of(s, key, &value) && value < limit ? key : NULL;
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

/* Calls `test` with each word of a text, until it is true. */
static bool matches_word(const char *word, size_t length, const char *text)
{
    char pattern[160];
    bool exact = *word == '=';
    word += exact;
    length -= exact;
    if (*word == '~') {
        static const char *const homes[] = { "/home/*", "/root" };
        for (size_t i = 0; i < 2; i++) {
            snprintf(pattern, sizeof pattern, "%s%.*s", homes[i], (int)length - 1, word + 1);
            if (fnmatch(pattern, text, FNM_PATHNAME | FNM_NOESCAPE | (exact ? 0 : FNM_LEADING_DIR)) == 0)
                return true;
        }
        return false;
    }
    snprintf(pattern, sizeof pattern, "%.*s", (int)length, word);
    if (exact && !strchr(pattern, '[')) /* with a star a word of the profile's that has it too, as devices do */
        return strcmp(pattern, text) == 0;
    if (exact)
        return fnmatch(pattern, text, FNM_PATHNAME | FNM_NOESCAPE) == 0;
    return fnmatch(pattern, text, *word == '/' ? FNM_PATHNAME | FNM_LEADING_DIR | FNM_NOESCAPE : FNM_NOESCAPE) == 0;
}

bool path_matches(const char *patterns, const char *text)
{
    for (const char *p = patterns; *p;) {
        size_t length = strcspn(p, " ");
        if (length && matches_word(p, length, text))
            return true;
        p += length + strspn(p + length, " ");
    }
    return false;
}

static const char *item_text(const struct node *item)
{
    if (item->refused)
        return NULL;
    if (item->kind == NODE_MAP) {
        const struct node *name = node_get(item, "path");
        item = name ? name : node_get(item, "name");
    }
    return item && item->kind == NODE_SCALAR ? item->text : NULL;
}

static const struct node *list_at(struct subject *s, const char *key)
{
    const struct node *list = node_find(s->tree, key);
    return list && list->kind == NODE_LIST ? list : NULL;
}

const char *lists(struct subject *s, const char *key, const char *patterns)
{
    const struct node *list = list_at(s, key);
    const char *text = list ? NULL : text_of(s, key);
    if (text && path_matches(patterns, text))
        return key;
    for (size_t i = 0; list && i < list->children.count; i++)
        if ((text = item_text(list->children.items[i])) && path_matches(patterns, text))
            return arena_printf(s->arena, "%s[%zu]", key, i);
    return NULL;
}

const char *has_items(struct subject *s, const char *key)
{
    const struct node *node = node_find(s->tree, key);
    return node && (node->kind == NODE_SCALAR ? !node->null : node->children.count > 0) ? key : NULL;
}

const char *map_key(struct subject *s, const char *key, const char *patterns)
{
    const struct node *map = node_find(s->tree, key);
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->children.count; i++) {
        const char *name = map->children.items[i]->key;
        if (path_matches(patterns, name))
            return arena_printf(s->arena, strpbrk(name, ".[") ? "%s.\"%s\"" : "%s.%s", key, name);
    }
    return NULL;
}

/* --- what it may do ----------------------------------------------------------------------------------------------- */

const char *named_capability(struct subject *s, int number)
{
    if (!(s->spec->privileges.capabilities >> number & 1))
        return NULL;
    return lists(s, "privileges.capabilities", capability_names[number]);
}

const char *switched(struct subject *s, enum allow_switch number)
{
    return s->spec->privileges.allow >> number & 1 ? lists(s, "privileges.allow", allow_names[number]) : NULL;
}

const char *capability(struct subject *s, int number)
{
    const char *key = named_capability(s, number);
    for (int i = 0; !key && i < ALLOW_COUNT; i++)
        if (allow_bundles[i].capabilities >> number & 1)
            key = switched(s, (enum allow_switch)i);
    return key;
}

/* Whether "mount" or "@mount", as a list of calls has it, names the call. */
static bool names_call(const char *word, int number)
{
    if (*word != '@')
        return syscall_find(word, strlen(word)) == number;
    const struct syscall_set *set = syscall_group_find(word);
    return set && syscall_set_has(set, number);
}

static const char *list_of_calls(struct subject *s, const char *key, int number)
{
    const struct node *list = list_at(s, key);
    for (size_t i = 0; list && i < list->children.count; i++) {
        const struct node *item = list->children.items[i];
        const char *text = item_text(item);
        if (text && names_call(text, number) && !node_get(item, "args"))
            return arena_printf(s->arena, "%s[%zu]", key, i);
    }
    return NULL;
}

const char *call(struct subject *s, const char *name)
{
    int number = syscall_find(name, strlen(name));
    if (number < 0 || !s->spec->syscalls.allow.count || list_of_calls(s, "syscalls.deny", number))
        return NULL;
    return list_of_calls(s, "syscalls.allow", number);
}

static bool holds(const struct syscall_compare *compare, uint64_t value)
{
    switch (compare->op) {
    case COMPARE_EQ:
        return value == compare->value;
    case COMPARE_NE:
        return value != compare->value;
    case COMPARE_LT:
        return value < compare->value;
    case COMPARE_LE:
        return value <= compare->value;
    case COMPARE_GT:
        return value > compare->value;
    case COMPARE_GE:
        return value >= compare->value;
    case COMPARE_MASKED:
        return (value & compare->mask) == compare->value;
    }
    return false;
}

const char *call_with(struct subject *s, const char *name, unsigned index, uint64_t value)
{
    const char *key = call(s, name);
    for (size_t i = 0; !key && i < s->spec->syscalls.allow.count; i++) {
        const struct syscall_rule *rule = &s->spec->syscalls.allow.items[i];
        bool fits = rule->name && rule->args.count && strcmp(rule->name, name) == 0;
        for (size_t k = 0; fits && k < rule->args.count; k++)
            fits = rule->args.items[k].index != index || holds(&rule->args.items[k], value);
        if (fits)
            key = arena_printf(s->arena, "syscalls.allow[%zu]", i);
    }
    return key;
}

const char *any_call(struct subject *s, const char *group)
{
    const struct syscall_set *set = syscall_group_find(group);
    for (size_t i = 0; s->spec->syscalls.allow.count && i < syscall_count; i++) {
        const char *key = syscall_set_has(set, (int)i) ? call(s, syscall_name((int)i)) : NULL;
        if (key)
            return key;
    }
    return NULL;
}

const char *opens(struct subject *s, const char *name)
{
    int number = syscall_find(name, strlen(name));
    if (!s->open_known || number < 0 || !syscall_set_has(&s->open, number))
        return NULL;
    const char *key = call(s, name);
    for (int i = 0; !key && i < ALLOW_COUNT; i++)
        for (const char *const *word = allow_bundles[i].calls; !key && word && *word; word++)
            if (names_call(*word, number))
                key = switched(s, (enum allow_switch)i);
    return key ? key : says(s, "syscalls.base", "none");
}

const char *host_ids(struct subject *s)
{
    if (s->spec->isolate.user)
        return NULL;
    return said(s, "users.map") ?: "isolate.user";
}

const char *is_service(struct subject *s)
{
    return says(s, "service.autostart", "true") ?: said(s, "service.restart") ?: said(s, "service.health");
}

static const char *rules_of(struct subject *s, const char *key) { return said(s, key) && !says(s, key, "allow") ? key : NULL; }
const char *egress_rules(struct subject *s) { return rules_of(s, "network.egress"); }
const char *ingress_rules(struct subject *s) { return rules_of(s, "network.ingress"); }
bool has_network(struct subject *s) { return !is(s, "network.mode", "none"); }

/* --- paths -------------------------------------------------------------------------------------------------------- */

static const struct shown *shows_after(struct subject *s, enum access access, const char *patterns, const struct shown *last)
{
    for (size_t i = last ? (size_t)(last - s->shown.items) + 1 : 0; i < s->shown.count; i++) {
        const struct shown *shown = &s->shown.items[i];
        if ((access == READ || shown->write) && path_matches(patterns, shown->source))
            return shown;
    }
    return NULL;
}

const struct shown *shows(struct subject *s, enum access access, const char *patterns)
{
    return shows_after(s, access, patterns, NULL);
}

const char *shows_key(struct subject *s, enum access access, const char *patterns)
{
    const struct shown *shown = shows(s, access, patterns);
    return shown ? shown->key : NULL;
}

const char *writable(struct subject *s)
{
    for (size_t i = 0; i < s->shown.count; i++)
        if (s->shown.items[i].write)
            return s->shown.items[i].key;
    return NULL;
}

/* --- findings ----------------------------------------------------------------------------------------------------- */

/* The files that lead from the place to the profile that was asked for. */
static void tell_chain(struct subject *s, struct finding *finding)
{
    const char *file = finding->at.file;
    for (size_t depth = 0; file && depth < s->reading->origins.count; depth++) {
        const struct profile_origin *origin = NULL;
        for (size_t i = 0; i < s->reading->origins.count; i++)
            if (s->reading->origins.items[i].file == file)
                origin = &s->reading->origins.items[i];
        if (!origin || !origin->by.file)
            return;
        *SLICE_PUSH(s->arena, &finding->chain) =
            arena_printf(s->arena, "%s:%d:%d", origin->by.file, origin->by.line, origin->by.column);
        file = origin->by.file;
    }
}

static struct source place_of(struct subject *s, const char *key)
{
    struct source at = key ? spec_source(s->spec, key) : (struct source){ 0 };
    const char *file = s->reading->origins.count ? s->reading->origins.items[0].file : s->profile;
    return at.file ? at : (struct source){ .file = file, .line = 1, .column = 1 };
}

static struct finding *add(struct subject *s, rule_number number, const char *key, const char *message)
{
    struct rule rule = rule_get(number);
    struct finding *finding = SLICE_PUSH(s->lint->arena, &s->lint->findings);
    *finding = (struct finding){ .number = number,
                                 .rule = rule.id,
                                 .severity = rule.severity,
                                 .confidence = rule.confidence,
                                 .profile = s->profile,
                                 .at = place_of(s, key),
                                 .key = key,
                                 .message = message,
                                 .reason = rule.reason,
                                 .remedy = rule.remedy };
    tell_chain(s, finding);
    return finding;
}

struct finding *report(struct subject *s, rule_number number, const char *key, const char *value)
{
    const char *title = rule_get(number).title;
    return add(s, number, key, value ? arena_printf(s->arena, "'%s' %s", value, title) : title);
}

struct finding *report_text(struct subject *s, rule_number number, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(s->arena, format, arguments);
    va_end(arguments);
    return add(s, number, key, text);
}

/* A value of one line, of a size that a sentence can hold. */
static const char *short_value(struct subject *s, const char *key)
{
    const struct node *node = node_find(s->tree, key);
    const char *text = node ? item_text(node) : NULL;
    return text && strlen(text) < 100 ? text : NULL;
}

static struct finding *report_value(struct subject *s, rule_number rule, const char *key)
{
    return report(s, rule, key, short_value(s, key));
}

void one(struct subject *s, rule_number rule, const char *key)
{
    if (key)
        report_value(s, rule, key);
}

void both(struct subject *s, rule_number rule, const char *key, const char *with)
{
    if (!key || !with)
        return;
    struct finding *finding = report_value(s, rule, key);
    finding->with = place_of(s, with);
    finding->with_key = with;
}

void none(struct subject *s, rule_number rule, const char *key, const char *lacking)
{
    if (key && !lacking)
        report(s, rule, key, NULL);
}

void each_path(struct subject *s, rule_number rule, enum access access, const char *patterns)
{
    for (const struct shown *shown = NULL; (shown = shows_after(s, access, patterns, shown));)
        report(s, rule, shown->key, shown->source);
}

void each_item(struct subject *s, rule_number rule, const char *key, const char *patterns)
{
    const struct node *list = list_at(s, key);
    for (size_t i = 0; list && i < list->children.count; i++) {
        const char *text = item_text(list->children.items[i]);
        if (text && path_matches(patterns, text))
            report(s, rule, arena_printf(s->arena, "%s[%zu]", key, i), text);
    }
}
