/* lint: one report about several profiles, in several forms. A profile that cannot be read hides nothing of the others. */
#include "base/passwd.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/lint/config.h"
#include "profiles/lint/fix.h"
#include "profiles/lint/report.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATUS_FINDINGS 1
#define STATUS_UNREADABLE 2
#define STATUS_INTERNAL 3

static const struct report_format *find_format(const char *typed, const char **ret_file, struct error *err)
{
    size_t length = strcspn(typed, "=");
    const struct report_format *format = report_find(typed, length);
    if (!format) {
        error_set(err, "--format '%.*s' is not one of text, json, sarif, github", (int)length, typed);
        return NULL;
    }
    *ret_file = typed[length] ? typed + length + 1 : NULL;
    if (*ret_file && !**ret_file)
        error_set(err, "--format %.*s= names no file", (int)length, typed);
    return *ret_file && !**ret_file ? NULL : format;
}

static int check_formats(const struct strings *formats, struct error *err)
{
    const char *file;
    size_t on_output = 0;
    for (size_t i = 0; i < formats->count; i++) {
        if (!find_format(formats->items[i], &file, err))
            return -1;
        on_output += !file;
    }
    if (on_output <= 1)
        return 0;
    error_set(err, "--format: two forms for standard output");
    return error_help(err, "give one of them a file: --format sarif=FILE");
}

/* A file is written whole or not at all as far as anyone else can see: beside it, then renamed. */
static int write_file(const struct report_format *format, const struct lint *lint, const char *path, struct error *err)
{
    const char *beside = arena_printf(lint->arena, "%s.%d~", path, (int)getpid());
    FILE *stream = fopen(beside, "wxe");
    if (!stream)
        return error_errno(err, errno, "write %s", path);
    bool failed = format->print(stream, lint, false) < 0 || ferror(stream);
    failed = fclose(stream) != 0 || failed;
    if (!failed && rename(beside, path) == 0)
        return 0;
    error_errno(err, errno, "write %s", path);
    unlink(beside);
    return -1;
}

static int report(const struct strings *formats, const struct lint *lint, struct error *err)
{
    bool printed = false;
    for (size_t i = 0; i < formats->count; i++) {
        const char *file;
        const struct report_format *format = find_format(formats->items[i], &file, err);
        if (!format)
            return -1;
        if (file ? write_file(format, lint, file, err) : format->print(stdout, lint, output_color(stdout)))
            return error_set(err, "out of memory");
        printed = printed || !file;
    }
    return printed || formats->count ? 0 : report_formats[0].print(stdout, lint, output_color(stdout));
}

static int status_of(const struct lint *lint, int fail_on)
{
    if (lint->unreadable)
        return STATUS_UNREADABLE;
    for (size_t i = 0; i < lint->findings.count; i++)
        if (!lint->findings.items[i].suppressed && (int)lint->findings.items[i].severity >= fail_on)
            return STATUS_FINDINGS;
    return 0;
}

static int fail_on(const char *word, struct error *err)
{
    int severity = word ? strcmp(word, "never") == 0 ? SEVERITY_COUNT : severity_find(word) : SEVERITY_HIGH;
    if (severity < 0)
        error_set(err, "--fail-on '%s' is not one of error, high, medium, low, info, never", word);
    return severity;
}

/* --config, or .cordon-lint.yaml where one stands. -1: mistakes, which were printed. */
static int read_config(struct command *command, struct lint_config *config)
{
    const char *file = command->options.config;
    struct errors errors = { 0 };
    if (!file && access(".cordon-lint.yaml", F_OK) != 0)
        return 0;
    int result = lint_config_read(command->arena, file ? file : ".cordon-lint.yaml", config, &errors);
    errors_print(stderr, &errors, "error");
    errors_fini(&errors);
    return result;
}

static const char *today(struct arena *arena)
{
    time_t now = time(NULL);
    struct tm date;
    gmtime_r(&now, &date);
    return arena_printf(arena, "%04d-%02d-%02d", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

static bool prints_for_program(const struct strings *formats)
{
    for (size_t i = 0; i < formats->count; i++)
        if (!strchr(formats->items[i], '=') && strcmp(formats->items[i], "text") != 0)
            return true;
    return false;
}

/* --fix: safe changes are made (with --unsafe, all), the others are shown. --dry-run shows all and changes nothing. A
 * report that a program reads has the standard output for itself. */
static int fix_one(const struct options *options, const struct lint *lint, const char *profile, struct error *err)
{
    struct fixed fixed, offered;
    fix_profile(lint, profile, options->unsafe, NULL, &fixed);
    if (!fixed.file)
        return 0; /* why it cannot be read is in the report */
    FILE *stream = prints_for_program(&options->formats) ? stderr : stdout;
    if (options->dry_run)
        fix_diff(stream, lint->arena, fixed.file, fixed.before, fixed.after);
    else if (fixed.count && fix_write(lint->arena, &fixed, err) < 0)
        return -1;
    if (fixed.count && !options->dry_run) {
        text_escape(stderr, profile, strlen(profile));
        fprintf(stderr, ": %zu fixed\n", fixed.count);
    }
    if (options->unsafe)
        return 0;
    fix_profile(lint, profile, true, fixed.after, &offered);
    if (offered.count)
        fprintf(stream, "# %zu more would take something from the program; --unsafe makes them too:\n", offered.count);
    fix_diff(stream, lint->arena, fixed.file, fixed.after, offered.after);
    return 0;
}

static int fix_all(struct command *command, const struct lint *lint, struct error *err)
{
    int result = 0;
    for (int i = 0; command->options.fix && result == 0 && i < command->count; i++)
        result = fix_one(&command->options, lint, command->arguments[i], err);
    return result;
}

/* What goes together. */
static int check_options(const struct options *options, struct error *err)
{
    if (options->fix)
        return 0;
    if (options->dry_run || options->unsafe)
        return error_set(err, "--%s goes with --fix only", options->dry_run ? "dry-run" : "unsafe");
    return 0;
}

int cmd_lint(struct command *command)
{
    const struct options *options = &command->options;
    struct error err = { 0 };
    struct caller caller;
    struct lint_config config = { 0 };
    if (read_config(command, &config) < 0)
        return STATUS_UNREADABLE;
    int threshold = fail_on(options->fail_on ? options->fail_on : config.fail_on, &err);
    if (threshold < 0 || check_options(options, &err) < 0 || check_formats(&options->formats, &err) < 0)
        return verb_fail(&err, STATUS_UNREADABLE);
    if (caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, STATUS_INTERNAL);
    struct lint lint = { .arena = command->arena,
                         .caller = &caller,
                         .params = &options->params,
                         .config = &config,
                         .today = today(command->arena) };
    if (fix_all(command, &lint, &err) < 0)
        return verb_fail(&err, STATUS_INTERNAL);
    for (int i = 0; i < command->count; i++)
        lint_profile(&lint, command->arguments[i]);
    if (options->baseline && lint_baseline(&lint, options->baseline, &err) < 0)
        return verb_fail(&err, STATUS_UNREADABLE);
    /* What lies in the folder may be as much a stranger's as the profile. */
    const char *word = options->fail_on ? NULL : config.fail_on;
    if (!options->config && (lint.adjusted || word))
        fprintf(stderr, ".cordon-lint.yaml of this folder: %zu finding%s ignored or judged anew%s%s\n", lint.adjusted,
                lint.adjusted == 1 ? "" : "s", word ? ", fail-on: " : "", word ? word : "");
    if (report(&options->formats, &lint, &err) < 0 || output_close(&err) < 0)
        return verb_fail(&err, STATUS_INTERNAL);
    return status_of(&lint, threshold);
}
