/* score: how exposed a profile leaves the host, by a formula that can be read; and whether it would run, here or on a kernel.
 */
#include "base/json.h"
#include "base/passwd.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/verb.h"
#include "plan/host.h"
#include "plan/plan.h"
#include "profiles/lint/report.h"
#include "profiles/lint/score.h"
#include "profiles/profile.h"

#include <json-c/json.h>
#include <string.h>

#define MOST_NEEDS 16

struct outcome {
    struct subject s;
    struct score score;
    struct error here; /* why it does not run here; unset: it does */
    struct kernel_need needs[MOST_NEEDS];
    size_t need_count;
    int major, minor; /* of --kernel; 0: not asked */
};

static int read_kernel(const char *text, struct outcome *outcome, struct error *err)
{
    char rest;
    if (sscanf(text, "%d.%d%c", &outcome->major, &outcome->minor, &rest) == 2 && outcome->major > 0 && outcome->minor >= 0)
        return 0;
    return error_set(err, "--kernel '%s' is no version such as 5.15", text);
}

static bool is_too_new(const struct outcome *outcome, const struct kernel_need *need)
{
    return need->major > outcome->major || (need->major == outcome->major && need->minor > outcome->minor);
}

/* What a run would be refused by, without running: what it reads otherwise than a judge (a param that is missing, whom it
 * trusts), what is not built yet, and what the plan says for this host. */
static void ask_here(struct command *command, const struct caller *caller, struct outcome *outcome)
{
    const struct options *options = &command->options;
    const struct profile_request request = { .profile = command->arguments[0], .params = options->params };
    struct errors errors = { 0 }, notices = { 0 };
    struct spec *spec;
    if (profile_load(command->arena, &request, caller, &spec, &errors, &notices) < 0 ||
        profile_check_available(spec, &errors) < 0) {
        error_move(&outcome->here, &errors.items[0]);
    } else {
        if (!spec->app.command.count) /* what to run is said at the run */
            *SLICE_PUSH(command->arena, &spec->app.command) = arena_strdup(command->arena, "true");
        const struct host *host = host_gather(command->arena, spec, caller, options->state, options->data, &outcome->here);
        if (host)
            plan_make(spec, host, &outcome->here);
    }
    errors_fini(&errors);
    errors_fini(&notices);
}

/* --- printing ----------------------------------------------------------------------------------------------------- */

static size_t most_reasons(const struct options *options) { return options->why ? SCORE_PATHS : SCORE_REASONS; }

static void print_text(const char *text) { text_escape(stdout, text, strlen(text)); }

static void print_paths(const struct score *score, size_t most)
{
    for (size_t i = 0; i < most && i < SCORE_PATHS && score->paths[i].name; i++) {
        const struct score_path *path = &score->paths[i];
        printf("  %3d  %s: %s", (int)(100 * path->gain * path->open + 0.5), path->name, path->because);
        if (path->key) {
            fputs(" (", stdout);
            print_text(path->key);
            if (path->at.file) {
                fputs(", ", stdout);
                print_text(path->at.file);
                printf(":%d:%d", path->at.line, path->at.column);
            }
            putchar(')');
        }
        putchar('\n');
    }
}

static void print_outcome(const struct command *command, const struct outcome *outcome)
{
    const struct options *options = &command->options;
    print_text(outcome->score.profile);
    printf(": exposure %d of 100\n", outcome->score.exposure);
    print_paths(&outcome->score, most_reasons(options));
    if (options->why)
        printf("%s\n", score_formula);
    if (options->host && !error_is_set(&outcome->here))
        puts("runs here: yes");
    if (options->host && error_is_set(&outcome->here)) {
        fputs("runs here: no: ", stdout);
        print_text(outcome->here.message);
        putchar('\n');
    }
    if (!outcome->major)
        return;
    bool all = true;
    for (size_t i = 0; i < outcome->need_count; i++) {
        if (!is_too_new(outcome, &outcome->needs[i]))
            continue;
        all = false;
        printf("runs on Linux %d.%d: no: %s: %s needs %d.%d\n", outcome->major, outcome->minor, outcome->needs[i].key,
               outcome->needs[i].what, outcome->needs[i].major, outcome->needs[i].minor);
    }
    if (all)
        printf("runs on Linux %d.%d: yes, as far as the kernel's version decides it\n", outcome->major, outcome->minor);
}

static int print_json(const struct options *options, const struct outcome *outcome, struct error *err)
{
    struct json_object *object = report_score(&outcome->score, most_reasons(options));
    if (options->host) {
        struct json_object *here = json_object_new_object();
        json_object_object_add(here, "runs", json_object_new_boolean(!error_is_set(&outcome->here)));
        json_object_object_add(here, "reason", outcome->here.message ? json_object_new_string(outcome->here.message) : NULL);
        json_object_object_add(object, "here", here);
    }
    struct json_object *missing = outcome->major ? json_object_new_array() : NULL;
    for (size_t i = 0; missing && i < outcome->need_count; i++) {
        if (!is_too_new(outcome, &outcome->needs[i]))
            continue;
        struct json_object *need = json_object_new_object();
        json_object_object_add(need, "key", json_object_new_string(outcome->needs[i].key));
        json_object_object_add(need, "needs", json_object_new_string(outcome->needs[i].what));
        json_object_array_add(missing, need);
    }
    if (missing)
        json_object_object_add(object, "kernel_lacks", missing);
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        json_print(stdout, text);
    json_object_put(object);
    return text ? 0 : error_set(err, "out of memory");
}

/* --- the verb ----------------------------------------------------------------------------------------------------- */

static int check_options(const struct options *options, struct outcome *outcome, struct error *err)
{
    if (options->format && strcmp(options->format, "text") != 0 && strcmp(options->format, "json") != 0)
        return error_set(err, "--format '%s' is neither text nor json", options->format);
    return options->kernel ? read_kernel(options->kernel, outcome, err) : 0;
}

int cmd_score(struct command *command)
{
    const struct options *options = &command->options;
    int failure = verb_failure_status(command->verb);
    struct error err = { 0 };
    struct errors errors = { 0 };
    struct caller caller;
    struct outcome outcome = { 0 };
    struct profile_reading reading;
    if (check_options(options, &outcome, &err) < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    if (caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, failure);
    struct lint lint = { .arena = command->arena, .caller = &caller, .params = &options->params };
    int result = subject_load(&outcome.s, &lint, command->arguments[0], &reading, &errors);
    errors_print(stderr, &errors, "error");
    errors_fini(&errors);
    if (result < 0)
        return failure;
    score_profile(&outcome.s, &outcome.score);
    outcome.need_count = score_kernel_needs(&outcome.s, outcome.needs, MOST_NEEDS);
    if (options->host)
        ask_here(command, &caller, &outcome);
    if (options->format && strcmp(options->format, "json") == 0)
        result = print_json(options, &outcome, &err);
    else
        print_outcome(command, &outcome);
    error_fini(&outcome.here);
    return result < 0 || output_close(&err) < 0 ? verb_fail(&err, failure) : 0;
}
