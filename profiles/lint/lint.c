/* The engine: loads a profile, turns its mistakes into findings, asks every rule, and puts what is said in the order of places.
 */
#include "profiles/lint/catalogue.h"
#include "profiles/lint/fix.h"
#include "profiles/lint/layout.h"
#include "profiles/lint/score.h"
#include "profiles/lint/subject.h"

#include "base/text.h"
#include "plan/plan-syscalls.h"
#include "profiles/profile.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void ask_rules(struct subject *s)
{
#define RULE(name, check, ...)                                                                                                 \
    {                                                                                                                          \
        const rule_number r = RULE_##name;                                                                                     \
        (void)r;                                                                                                               \
        check;                                                                                                                 \
    }
    RULES
#undef RULE
}

/* --- mistakes ----------------------------------------------------------------------------------------------------- */

/* What the sentences of the readers say, and which rule that is. The first that is found. */
static const struct {
    char words[40];
    enum rule_name rule;
} mistake_kinds[] = {
    { "unknown key", RULE_types_key },
    { "this is not YAML", RULE_syntax_yaml },
    { "the text holds", RULE_syntax_yaml },
    { "is there twice", RULE_syntax_yaml },
    { "anchors and aliases", RULE_syntax_yaml },
    { "profiles have no", RULE_syntax_yaml },
    { "one YAML", RULE_syntax_yaml },
    { "too much for a profile", RULE_syntax_yaml },
    { "nested too deeply", RULE_syntax_yaml },
    { "a second document", RULE_syntax_yaml },
    { "the profile is empty", RULE_syntax_yaml },
    { "there is no profile", RULE_syntax_file },
    { "cannot read the profile", RULE_syntax_file },
    { "is a folder, not", RULE_syntax_file },
    { "a regular file", RULE_syntax_file },
    { "extends: a cycle", RULE_syntax_file },
    { "at most 1 MiB", RULE_syntax_file },
};

static rule_number mistake_rule(const char *message)
{
    for (size_t i = 0; i < sizeof mistake_kinds / sizeof *mistake_kinds; i++)
        if (strstr(message, mistake_kinds[i].words))
            return mistake_kinds[i].rule;
    return RULE_types_value;
}

/* "app.umask: 'x' is not …": the key, cut off; NULL where the sentence begins with none. */
static const char *cut_key(struct arena *arena, const char **message)
{
    const char *end = strstr(*message, ": ");
    size_t length = end ? (size_t)(end - *message) : 0;
    if (!length || strcspn(*message, " '") < length)
        return NULL;
    const char *key = arena_strndup(arena, *message, length);
    *message = end + 2;
    return key;
}

static struct finding *add_mistake(struct subject *s, const struct error *err, rule_number number)
{
    const char *message = arena_strdup(s->arena, err->message), *key = cut_key(s->arena, &message);
    struct finding *finding = report_text(s, number, NULL, "%s", message);
    finding->key = key;
    if (err->file)
        finding->at = (struct source){ .file = arena_strdup(s->arena, err->file), .line = err->line, .column = err->column };
    else if (number == RULE_syntax_file)
        finding->at = (struct source){ .file = s->profile };
    finding->reason = err->note ? arena_strdup(s->arena, err->note) : NULL;
    finding->remedy = err->help ? arena_strdup(s->arena, err->help) : NULL;
    return finding;
}

static void add_mistakes(struct subject *s, const struct errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        add_mistake(s, &errors->items[i], mistake_rule(errors->items[i].message));
}

/* --- one profile -------------------------------------------------------------------------------------------------- */

/* What /srv/../run/x leads to, where nothing on the way is a link. */
static const char *straightened(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, strlen(path) + 2), *end = text;
    for (const char *part = path; *part;) {
        part += strspn(part, "/");
        size_t length = strcspn(part, "/");
        if (length == 2 && strncmp(part, "..", 2) == 0) {
            while (end > text && *--end != '/')
                ;
        } else if (length && !(length == 1 && *part == '.')) {
            *end++ = '/';
            end = mempcpy(end, part, length);
        }
        part += length;
    }
    if (end == text)
        *end++ = '/';
    *end = '\0';
    return text;
}

static void collect_shown(struct subject *s)
{
    const struct spec *spec = s->spec;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *mount = &spec->mounts.items[i];
        if (mount->kind == MOUNT_BIND && mount->source && mount->at && *mount->source == '/')
            *SLICE_PUSH(s->arena, &s->shown) =
                (struct shown){ straightened(s->arena, mount->source), mount->at, arena_printf(s->arena, "mounts[%zu].bind", i),
                                mount->write, mount->exec };
    }
    for (size_t i = 0; i < spec->root.show.count; i++) {
        const struct mount_entry *show = &spec->root.show.items[i];
        if (show->source)
            *SLICE_PUSH(s->arena, &s->shown) = (struct shown){ straightened(s->arena, show->source), show->at,
                                                               arena_printf(s->arena, "root.show[%zu]", i), false, true };
    }
    const struct node *sockets = node_find(s->tree, "sockets.unix");
    for (size_t i = 0; sockets && sockets->kind == NODE_LIST && i < sockets->children.count; i++) {
        const char *key = arena_printf(s->arena, "sockets.unix[%zu]", i), *path = text_of(s, key);
        if (path)
            *SLICE_PUSH(s->arena, &s->shown) =
                (struct shown){ *path == '/' ? straightened(s->arena, path) : path, path, key, false, false };
    }
}

static void ask_filter(struct subject *s)
{
    struct error err = { 0 };
    s->open_known = plan_open_calls(s->spec, &s->open, &err) == 0;
    if (!s->open_known)
        add_mistake(s, &err, RULE_types_call);
    error_fini(&err);
}

/* One finding for all of them, at the first: a profile of the future would else hide what there is to say about it. */
static void ask_available(struct subject *s)
{
    struct errors errors = { 0 };
    const char *keys = "";
    profile_check_available(s->spec, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        const char *message = errors.items[i].message, *key = cut_key(s->arena, &message);
        keys = arena_printf(s->arena, "%s%s%s", keys, i ? ", " : "", key ? key : message);
    }
    if (errors.count) {
        struct finding *finding = report_text(s, RULE_types_soon, NULL, "not available yet, and refused by run: %s", keys);
        finding->at.line = errors.items[0].line;
        finding->at.column = errors.items[0].column;
        if (errors.items[0].file)
            finding->at.file = arena_strdup(s->arena, errors.items[0].file);
    }
    errors_fini(&errors);
}

static int by_place(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = strcmp(x->at.file ? x->at.file : "", y->at.file ? y->at.file : "");
    if (order)
        return order;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    if (x->at.column != y->at.column)
        return x->at.column < y->at.column ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    return strcmp(x->rule, y->rule);
}

/* Severities of the user; what he ignores is taken out. A mistake of the language stays one. */
static void apply_settings(struct lint *lint, size_t first)
{
    size_t kept = first;
    for (size_t i = first; lint->config && i < lint->findings.count; i++) {
        struct finding *finding = &lint->findings.items[i];
        bool ignored = false;
        for (size_t k = 0; k < lint->config->rules.count && finding->severity != SEVERITY_ERROR; k++) {
            const struct rule_setting *setting = &lint->config->rules.items[k];
            if (strcmp(setting->id, finding->rule) != 0)
                continue;
            ignored = setting->severity == SEVERITY_IGNORED;
            lint->adjusted += ignored || (int)finding->severity != setting->severity; /* asked twice, it differs once */
            if (!ignored)
                finding->severity = (enum severity)setting->severity;
        }
        if (!ignored)
            lint->findings.items[kept++] = *finding;
    }
    if (lint->config)
        lint->findings.count = kept;
}

const char *lint_text(const struct lint *lint, const char *file, size_t *ret_length)
{
    if (!lint->instead_of || strcmp(lint->instead_of, file) != 0)
        return layout_read(lint->arena, file, ret_length);
    *ret_length = lint->length;
    return lint->text;
}

int subject_load(struct subject *s, struct lint *lint, const char *profile, struct profile_reading *reading,
                 struct errors *errors)
{
    struct profile_request request = { .profile = profile, .reading = reading };
    struct errors notices = { 0 };
    struct spec *spec = NULL;
    *reading = (struct profile_reading){ .instead_of = lint->instead_of, .text = lint->text, .length = lint->length };
    if (lint->params)
        request.params = *lint->params;
    int result = profile_load(lint->arena, &request, lint->caller, &spec, errors, &notices);
    errors_fini(&notices);
    *s = (struct subject){ .lint = lint,
                           .arena = lint->arena,
                           .spec = result == 0 ? spec : spec_new(lint->arena),
                           .profile = profile,
                           .reading = reading };
    s->tree = s->spec->tree ? s->spec->tree : node_new(lint->arena, NODE_MAP, (struct source){ 0 });
    if (result == 0)
        collect_shown(s);
    return result;
}

static bool is_same(const struct finding *a, const struct finding *b)
{
    return a->at.line == b->at.line && a->at.column == b->at.column && strcmp(a->rule, b->rule) == 0 && a->at.file &&
           b->at.file && strcmp(a->at.file, b->at.file) == 0 && strcmp(a->message, b->message) == 0 &&
           strcmp(a->key ? a->key : "", b->key ? b->key : "") == 0;
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

static const char *kept_text(struct arena *arena, const char *text) { return text ? arena_strdup(arena, text) : NULL; }

/* Into memory that outlives the profile. Texts of the catalogue stand for ever. */
static void keep(struct lint *lint, const struct finding *finding)
{
    struct arena *arena = lint->arena;
    struct finding *kept = SLICE_PUSH(arena, &lint->findings);
    const struct rule rule = finding->number != RULE_NONE ? rule_get(finding->number) : (struct rule){ 0 };
    *kept = *finding;
    kept->at.file = kept_text(arena, finding->at.file);
    kept->key = kept_text(arena, finding->key);
    kept->message = finding->message == rule.title ? rule.title : kept_text(arena, finding->message);
    kept->reason = finding->reason == rule.reason ? rule.reason : kept_text(arena, finding->reason);
    kept->remedy = finding->remedy == rule.remedy ? rule.remedy : kept_text(arena, finding->remedy);
    kept->with.file = kept_text(arena, finding->with.file);
    kept->with_key = kept_text(arena, finding->with_key);
    kept->fix.at.file = kept_text(arena, finding->fix.at.file);
    kept->fix.value = kept_text(arena, finding->fix.value);
    kept->suppressed = kept_text(arena, finding->suppressed);
    kept->chain = (struct strings){ 0 };
    for (size_t i = 0; i < finding->chain.count; i++)
        *SLICE_PUSH(arena, &kept->chain) = arena_strdup(arena, finding->chain.items[i]);
}

/* What stands in a file that several of the profiles extend is said once. */
static bool is_repeated(const struct lint *lint, size_t before, const struct finding *finding, const char *own)
{
    bool repeated = false;
    if (own && finding->at.file && strcmp(finding->at.file, own) != 0)
        for (size_t i = 0; i < before && !repeated; i++)
            repeated = is_same(finding, &lint->findings.items[i]);
    return repeated;
}

static void keep_all(struct lint *lint, const struct lint *alone, const char *own)
{
    size_t before = lint->findings.count;
    for (size_t i = 0; i < alone->findings.count; i++)
        if (!is_repeated(lint, before, &alone->findings.items[i], own))
            keep(lint, &alone->findings.items[i]);
    lint->unreadable = lint->unreadable || alone->unreadable;
    if (!alone->score.profile || (lint->score.profile && lint->score.exposure >= alone->score.exposure))
        return;
    lint->score = alone->score;
    lint->score.profile = kept_text(lint->arena, alone->score.profile);
    for (size_t i = 0; i < SCORE_PATHS; i++) {
        struct score_path *path = &lint->score.paths[i];
        path->key = kept_text(lint->arena, path->key);
        path->at.file = kept_text(lint->arena, path->at.file);
    }
}

/* Returns the file that it is written in. */
static const char *judge(struct lint *lint, const char *profile)
{
    struct profile_reading reading;
    struct subject s;
    struct errors errors = { 0 };
    int result = subject_load(&s, lint, profile, &reading, &errors);
    lint->unreadable = reading.broken;
    add_mistakes(&s, &errors);
    if (result == 0) {
        ask_filter(&s);
        ask_rules(&s);
        ask_available(&s);
        ask_own_rules(&s);
        score_profile(&s, &lint->score);
    }
    for (size_t i = 0; i < lint->findings.count; i++)
        fix_find(&s, &lint->findings.items[i]);
    apply_settings(lint, 0);
    suppress(&s, 0);
    apply_settings(lint, 0); /* what is said about suppressions has its severity too */
    errors_fini(&errors);
    if (lint->findings.count)
        qsort(lint->findings.items, lint->findings.count, sizeof *lint->findings.items, by_place);
    return reading.origins.count ? reading.origins.items[0].file : NULL;
}

/* In memory of its own, which is given back: a thousand profiles need no more than the largest, and what there is to say. */
void lint_profile(struct lint *lint, const char *profile)
{
    struct arena arena = { 0 };
    struct lint alone = *lint;
    alone.arena = &arena;
    alone.findings.items = NULL;
    alone.findings.count = alone.findings.room = 0;
    alone.score = (struct score){ 0 };
    const char *own = judge(&alone, profile);
    keep_all(lint, &alone, own);
    lint->adjusted = alone.adjusted;
    arena_free(&arena);
}
