/* diff: what the second profile lets a program do that the first did not, and the reverse. */
#include "base/json.h"
#include "base/passwd.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/lint/compare.h"
#include "profiles/profile.h"

#include <json-c/json.h>
#include <string.h>

#define STATUS_FINDINGS 1
#define STATUS_UNREADABLE 2
#define STATUS_INTERNAL 3

static void print_differences(char sign, const char *color, const struct difference *items, size_t count)
{
    bool colored = output_color(stdout);
    for (size_t i = 0; i < count; i++) {
        printf("%s%c ", colored ? color : "", sign);
        text_escape(stdout, items[i].what, strlen(items[i].what));
        fputs(colored ? "\033[0m" : "", stdout);
        if (items[i].at.file) {
            fputs("  (", stdout);
            text_escape(stdout, items[i].at.file, strlen(items[i].at.file));
            printf(":%d:%d)", items[i].at.line, items[i].at.column);
        }
        putchar('\n');
    }
}

static struct json_object *differences_json(const struct difference *items, size_t count)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < count; i++) {
        struct json_object *object = json_object_new_object();
        json_object_object_add(object, "what", json_object_new_string(items[i].what));
        json_object_object_add(object, "key", json_object_new_string(items[i].key));
        json_object_object_add(object, "file", items[i].at.file ? json_object_new_string(items[i].at.file) : NULL);
        json_object_object_add(object, "line", json_object_new_int(items[i].at.line));
        json_object_object_add(object, "column", json_object_new_int(items[i].at.column));
        json_object_array_add(array, object);
    }
    return array;
}

static int print_json(const struct comparison *comparison, struct error *err)
{
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "gains", differences_json(comparison->gains.items, comparison->gains.count));
    json_object_object_add(object, "loses", differences_json(comparison->loses.items, comparison->loses.count));
    json_object_object_add(object, "other", differences_json(comparison->other.items, comparison->other.count));
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        json_print(stdout, text);
    json_object_put(object);
    return text ? 0 : error_set(err, "out of memory");
}

static void print_text(const struct comparison *comparison)
{
    print_differences('+', "\033[31m", comparison->gains.items, comparison->gains.count);
    print_differences('-', "\033[32m", comparison->loses.items, comparison->loses.count);
    print_differences('~', "\033[2m", comparison->other.items, comparison->other.count);
}

/* Both are read before either's mistakes end the verb. */
static int load_both(struct command *command, struct lint *lint, struct subject subjects[2], struct profile_reading readings[2])
{
    struct errors errors = { 0 };
    int result = 0;
    for (int i = 0; i < 2; i++)
        if (subject_load(&subjects[i], lint, command->arguments[i], &readings[i], &errors) < 0)
            result = -1;
    errors_print(stderr, &errors, "error");
    errors_fini(&errors);
    return result;
}

static int status_of(const struct comparison *comparison, const char *fail_on)
{
    bool any = comparison->gains.count || comparison->loses.count || comparison->other.count;
    if (fail_on && strcmp(fail_on, "never") == 0)
        return 0;
    return (fail_on && strcmp(fail_on, "widening") == 0 ? comparison->gains.count > 0 : any) ? STATUS_FINDINGS : 0;
}

static int check_options(const struct options *options, struct error *err)
{
    const char *fail_on = options->fail_on, *format = options->format;
    if (fail_on && strcmp(fail_on, "widening") != 0 && strcmp(fail_on, "any") != 0 && strcmp(fail_on, "never") != 0)
        return error_set(err, "--fail-on '%s' is not one of widening, any, never", fail_on);
    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return error_set(err, "--format '%s' is neither text nor json", format);
    return 0;
}

int cmd_diff(struct command *command)
{
    const struct options *options = &command->options;
    struct error err = { 0 };
    struct caller caller;
    struct subject subjects[2];
    struct profile_reading readings[2];
    struct comparison comparison = { 0 };
    if (check_options(options, &err) < 0)
        return verb_fail(&err, STATUS_UNREADABLE);
    if (caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, STATUS_INTERNAL);
    struct lint lint = { .arena = command->arena, .caller = &caller, .params = &options->params };
    if (load_both(command, &lint, subjects, readings) < 0)
        return STATUS_UNREADABLE;
    compare_profiles(&subjects[0], &subjects[1], &comparison);
    if (options->format && strcmp(options->format, "json") == 0) {
        if (print_json(&comparison, &err) < 0)
            return verb_fail(&err, STATUS_INTERNAL);
    } else {
        print_text(&comparison);
    }
    return output_close(&err) < 0 ? verb_fail(&err, STATUS_INTERNAL) : status_of(&comparison, options->fail_on);
}
