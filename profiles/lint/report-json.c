/* Findings for programs: JSON of our own (cordon-lint(1) documents it), SARIF 2.1.0, and annotations of GitHub's workflows. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "profiles/lint/fix.h"
#include "profiles/lint/report.h"

#include <json-c/json.h>
#include <string.h>

static struct json_object *text(const char *value) { return value ? json_object_new_string(value) : NULL; }
static void put(struct json_object *object, const char *key, struct json_object *value)
{
    json_object_object_add(object, key, value);
}

static int print(FILE *stream, struct json_object *object)
{
    const char *string = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (string)
        json_print(stream, string);
    json_object_put(object);
    return string ? 0 : -1;
}

/* --- json --------------------------------------------------------------------------------------------------------- */

static struct json_object *place_json(struct source at, const char *key)
{
    struct json_object *object = json_object_new_object();
    put(object, "file", text(at.file));
    put(object, "line", json_object_new_int(at.line));
    put(object, "column", json_object_new_int(at.column));
    put(object, "key", text(key));
    return object;
}

static struct json_object *finding_json(const struct finding *finding)
{
    struct json_object *object = json_object_new_object(), *chain = json_object_new_array();
    put(object, "rule", text(finding->rule));
    put(object, "severity", text(severity_names[finding->severity]));
    put(object, "confidence", text(confidence_names[finding->confidence]));
    put(object, "profile", text(finding->profile));
    put(object, "file", text(finding->at.file));
    put(object, "line", json_object_new_int(finding->at.line));
    put(object, "column", json_object_new_int(finding->at.column));
    put(object, "key", text(finding->key));
    put(object, "message", text(finding->message));
    put(object, "reason", text(finding->reason));
    put(object, "remedy", text(finding->remedy));
    put(object, "fixable", json_object_new_boolean(finding->fix.kind != FIX_NONE));
    put(object, "with", finding->with_key ? place_json(finding->with, finding->with_key) : NULL);
    for (size_t i = 0; i < finding->chain.count; i++)
        json_object_array_add(chain, text(finding->chain.items[i]));
    put(object, "extends", chain);
    put(object, "suppressed", text(finding->suppressed));
    return object;
}

struct json_object *report_score(const struct score *score, size_t most)
{
    struct json_object *object = json_object_new_object(), *reasons = json_object_new_array();
    for (size_t i = 0; i < most && i < SCORE_PATHS && score->paths[i].name; i++) {
        const struct score_path *path = &score->paths[i];
        struct json_object *reason = place_json(path->at, path->key);
        put(reason, "path", text(path->name));
        put(reason, "because", text(path->because));
        put(reason, "share", json_object_new_int((int)(100 * path->gain * path->open + 0.5)));
        json_object_array_add(reasons, reason);
    }
    put(object, "profile", text(score->profile));
    put(object, "exposure", json_object_new_int(score->exposure));
    put(object, "reasons", reasons);
    return object;
}

int report_json(FILE *stream, const struct lint *lint, bool color)
{
    struct json_object *object = json_object_new_object(), *findings = json_object_new_array();
    (void)color;
    for (size_t i = 0; i < lint->findings.count; i++)
        json_object_array_add(findings, finding_json(&lint->findings.items[i]));
    put(object, "findings", findings);
    put(object, "score", lint->score.profile ? report_score(&lint->score, SCORE_REASONS) : NULL);
    return print(stream, object);
}

/* --- sarif -------------------------------------------------------------------------------------------------------- */

/* SARIF knows three levels; what more there is goes into security-severity, which GitHub sorts by. */
static const char sarif_levels[SEVERITY_COUNT][8] = { "note", "note", "warning", "error", "error" };
static const char sarif_scores[SEVERITY_COUNT][4] = { "0.0", "3.0", "5.5", "8.0", "9.5" };
static const char sarif_ranks[3][5] = { "30.0", "60.0", "90.0" };

static struct json_object *message(const char *value)
{
    struct json_object *object = json_object_new_object();
    put(object, "text", text(value));
    return object;
}

static struct json_object *rule_json(rule_number number)
{
    struct rule rule = rule_get(number);
    struct json_object *object = json_object_new_object(), *level = json_object_new_object(),
                       *properties = json_object_new_object(), *tags = json_object_new_array();
    char help[4096];
    snprintf(help, sizeof help, "%s. %s\n\n%s\n\nReferences: %s", rule.remedy, rule.reason, rule.fires ? rule.fires : "",
             rule.refs);
    put(level, "level", text(sarif_levels[rule.severity]));
    json_object_array_add(tags, text("security"));
    json_object_array_add(tags, text(rule.family));
    put(properties, "tags", tags);
    put(properties, "security-severity", text(sarif_scores[rule.severity]));
    put(properties, "precision", text(confidence_names[rule.confidence]));
    put(object, "id", text(rule.id));
    put(object, "shortDescription", message(rule.title));
    put(object, "fullDescription", message(rule.reason));
    put(object, "help", message(help));
    put(object, "defaultConfiguration", level);
    put(object, "properties", properties);
    return object;
}

/* A relative reference where the path is one, so that it is one of the repository. */
static struct json_object *uri(struct arena *arena, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    char *buffer = arena_alloc(arena, 3 * strlen(path) + 16), *to = buffer;
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (*path == '/')
        to = stpcpy(to, "file://");
    for (; *path; path++)
        to += strchr(plain, *path) ? (*to = *path, 1) : sprintf(to, "%%%02X", (unsigned char)*path);
    *to = '\0';
    return text(buffer);
}

static struct json_object *location(struct arena *arena, struct source at, const char *key)
{
    struct json_object *object = json_object_new_object(), *physical = json_object_new_object(),
                       *artifact = json_object_new_object();
    put(artifact, "uri", uri(arena, at.file ? at.file : ""));
    put(physical, "artifactLocation", artifact);
    if (at.line) {
        struct json_object *region = json_object_new_object();
        put(region, "startLine", json_object_new_int(at.line));
        put(region, "startColumn", json_object_new_int(at.column));
        put(physical, "region", region);
    }
    put(object, "physicalLocation", physical);
    if (key) {
        struct json_object *logical = json_object_new_object(), *list = json_object_new_array();
        put(logical, "fullyQualifiedName", text(key));
        json_object_array_add(list, logical);
        put(object, "logicalLocations", list);
    }
    return object;
}

static struct json_object *list_of(struct json_object *item)
{
    struct json_object *array = json_object_new_array();
    json_object_array_add(array, item);
    return array;
}

static struct json_object *content(const char *value)
{
    struct json_object *object = json_object_new_object();
    put(object, "text", text(value));
    return object;
}

/* The change that takes the finding away, as one replacement in one file. NULL where there is none in one piece. */
static struct json_object *fix_json(const struct lint *lint, const struct finding *finding)
{
    struct layout layout;
    struct edit edit;
    size_t length;
    int line, column;
    const char *file = finding->fix.at.file,
               *whole = finding->fix.kind != FIX_NONE && file ? lint_text(lint, file, &length) : NULL;
    if (!whole)
        return NULL;
    layout_make(lint->arena, whole, length, &layout);
    if (!fix_edit(&layout, &finding->fix, &edit))
        return NULL;
    struct json_object *object = json_object_new_object(), *change = json_object_new_object(),
                       *artifact = json_object_new_object(), *replacement = json_object_new_object(),
                       *region = json_object_new_object();
    layout_place(&layout, edit.start, &line, &column);
    put(region, "startLine", json_object_new_int(line));
    put(region, "startColumn", json_object_new_int(column));
    layout_place(&layout, edit.end, &line, &column);
    put(region, "endLine", json_object_new_int(line));
    put(region, "endColumn", json_object_new_int(column));
    put(replacement, "deletedRegion", region);
    put(replacement, "insertedContent", content(edit.with));
    put(artifact, "uri", uri(lint->arena, file));
    put(change, "artifactLocation", artifact);
    put(change, "replacements", list_of(replacement));
    put(object, "description", message(finding->remedy ? finding->remedy : finding->message));
    put(object, "artifactChanges", list_of(change));
    return object;
}

static struct json_object *result_json(const struct lint *lint, const struct finding *finding)
{
    struct json_object *object = json_object_new_object();
    const char *key = finding->key ? finding->key : "";
    put(object, "ruleId", text(finding->rule));
    if (finding->number != RULE_NONE)
        put(object, "ruleIndex", json_object_new_int((int)finding->number));
    put(object, "level", text(sarif_levels[finding->severity]));
    put(object, "rank", json_object_new_double_s(0, sarif_ranks[finding->confidence]));
    put(object, "message", message(arena_printf(lint->arena, "%s%s%s", key, *key ? ": " : "", finding->message)));
    put(object, "locations", list_of(location(lint->arena, finding->at, finding->key)));
    if (finding->with_key) {
        struct json_object *with = location(lint->arena, finding->with, finding->with_key);
        put(with, "message", message(arena_printf(lint->arena, "together with %s", finding->with_key)));
        put(object, "relatedLocations", list_of(with));
    }
    struct json_object *fix = fix_json(lint, finding);
    if (fix)
        put(object, "fixes", list_of(fix));
    if (finding->suppressed) {
        struct json_object *suppression = json_object_new_object();
        put(suppression, "kind", text(finding->in_baseline ? "external" : "inSource"));
        put(suppression, "justification", text(finding->suppressed));
        put(object, "suppressions", list_of(suppression));
    }
    return object;
}

/* Every rule is declared, not only those that fired: an alert of a rule that is not named stays open for ever. */
int report_sarif(FILE *stream, const struct lint *lint, bool color)
{
    struct json_object *root = json_object_new_object(), *run = json_object_new_object(), *tool = json_object_new_object(),
                       *driver = json_object_new_object(), *rules = json_object_new_array(), *results = json_object_new_array();
    (void)color;
    for (rule_number i = 0; i < rule_count; i++)
        json_object_array_add(rules, rule_json(i));
    for (size_t i = 0; i < lint->findings.count; i++)
        json_object_array_add(results, result_json(lint, &lint->findings.items[i]));
    put(driver, "name", text("cordon lint"));
    put(driver, "rules", rules);
    put(tool, "driver", driver);
    put(run, "tool", tool);
    put(run, "columnKind", text("unicodeCodePoints"));
    put(run, "results", results);
    put(root, "$schema", text("https://json.schemastore.org/sarif-2.1.0.json"));
    put(root, "version", text("2.1.0"));
    put(root, "runs", list_of(run));
    return print(stream, root);
}

/* --- github ------------------------------------------------------------------------------------------------------- */

/* As for a terminal, and then their own escapes: percent everywhere, in properties also colon and comma. */
static void github_text(FILE *stream, const char *value, bool property)
{
    AUTO_FREE char *shown = NULL;
    size_t length;
    FILE *memory = open_memstream(&shown, &length);
    if (!memory)
        return;
    text_escape(memory, value, strlen(value));
    fclose(memory);
    for (const char *at = shown; *at; at++) {
        if (*at == '%' || (unsigned char)*at < 0x20 || (property && strchr(":,", *at)))
            fprintf(stream, "%%%02X", (unsigned char)*at);
        else
            fputc(*at, stream);
    }
}

int report_github(FILE *stream, const struct lint *lint, bool color)
{
    static const char levels[SEVERITY_COUNT][8] = { "notice", "notice", "warning", "error", "error" };
    (void)color;
    for (size_t i = 0; i < lint->findings.count; i++) {
        const struct finding *finding = &lint->findings.items[i];
        if (finding->suppressed)
            continue;
        fprintf(stream, "::%s file=", levels[finding->severity]);
        github_text(stream, finding->at.file ? finding->at.file : "", true);
        if (finding->at.line)
            fprintf(stream, ",line=%d,col=%d", finding->at.line, finding->at.column);
        fprintf(stream, ",title=%s::", finding->rule);
        if (finding->key) {
            github_text(stream, finding->key, false);
            fputs(": ", stream);
        }
        github_text(stream, finding->message, false);
        fputs(". ", stream);
        github_text(stream, finding->remedy ? finding->remedy : "", false);
        fputs(finding->remedy ? ".\n" : "\n", stream);
    }
    return 0;
}
