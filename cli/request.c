#include "cli/request.h"

#include "cli/output.h"
#include "cli/settings.h"
#include "profiles/profile.h"

#include <stdlib.h>
#include <string.h>

/* The key of "KEY=VALUE", without the + or - before it. */
static const char *setting_key(const char *setting, size_t *ret_length)
{
    setting += *setting == '+' || *setting == '-';
    *ret_length = strcspn(setting, "=");
    return setting;
}

/* Whether `err` is about this setting: its place names it whole, or its sentence begins with the key. */
static bool is_about(const struct error *err, const char *setting)
{
    const char *named = err->file + strlen("--set");
    if (named[0] == ' ')
        return strcmp(named + 1, setting) == 0;
    size_t length;
    const char *key = setting_key(setting, &length);
    return strncmp(err->message, key, length) == 0 && strchr(".[:", err->message[length]);
}

void request_name_option(struct command *command, struct error *err)
{
    if (!err->file || !err->message || strncmp(err->file, "--set", 5) != 0)
        return;
    const struct settings *settings = &command->options.settings;
    for (size_t i = settings->set.count; i-- > 0;) { /* the last one is the one that counts */
        if (!is_about(err, settings->set.items[i]))
            continue;
        free(err->file);
        err->line = err->column = 0; /* of the value that the option became */
        err->file = settings->typed.items[i] ? strdup(settings->typed.items[i]) : NULL;
        return;
    }
}

static void print_all(struct command *command, struct errors *errors, const char *severity)
{
    for (size_t i = 0; i < errors->count; i++)
        request_name_option(command, &errors->items[i]);
    errors_print(stderr, errors, severity);
}

int request_check(struct command *command, struct error *err)
{
    const struct options *options = &command->options;
    if (options->detach) {
        error_set(err, "--detach is not available yet");
        return error_help(err, "run it in the foreground, or leave that to the shell: cordon run … &");
    }
    if (options->name && !setting_quote(command->arena, options->name, err))
        return error_context(err, "--name");
    if (options->name && !options->remove) {
        error_set(err, "--name '%s': a named container that is kept is not available yet", options->name);
        return error_help(err, "add --rm: the container is then gone when its command ends");
    }
    return 0;
}

/* --set of the options, in the order they were typed, then what is said outside of them. */
static struct strings all_settings(struct command *command, char **words)
{
    struct settings *settings = &command->options.settings;
    struct error ignored = { 0 };
    char *value;
    if (command->options.name && (value = setting_quote(command->arena, command->options.name, &ignored))) {
        *SLICE_PUSH(command->arena, &settings->set) = arena_printf(command->arena, "name=%s", value);
        *SLICE_PUSH(command->arena, &settings->typed) = arena_printf(command->arena, "--name %s", command->options.name);
    }
    /* One word is enough for errors about the command to know that the profile did not say it; take_words brings all of them.
     */
    if (words[0] && (value = setting_quote(command->arena, words[0], &ignored))) {
        *SLICE_PUSH(command->arena, &settings->set) = arena_printf(command->arena, "app.command=[%s]", value);
        *SLICE_PUSH(command->arena, &settings->typed) = NULL;
    }
    error_fini(&ignored);
    return settings->set;
}

/* Not through YAML: an argument is any bytes, and there may be a hundred thousand of them. */
static void take_words(struct arena *arena, struct spec *spec, char **words)
{
    if (!words[0])
        return;
    spec->app.command = (struct strings){ 0 };
    for (; *words; words++)
        *SLICE_PUSH(arena, &spec->app.command) = *words;
}

struct spec *request_load(struct command *command, const char *profile, char **words, const struct caller *caller,
                          bool available)
{
    struct profile_request request = { .profile = profile,
                                       .set = all_settings(command, words),
                                       .params = command->options.params,
                                       .trust = command->options.trust };
    struct errors errors = { 0 }, notices = { 0 };
    struct spec *spec = NULL;
    enum level level;
    struct error ignored = { 0 };
    output_level(command->options.log_level, &level, &ignored); /* main has checked it */

    int result = profile_load(command->arena, &request, caller, &spec, &errors, &notices);
    if (result == 0 && available)
        result = profile_check_available(spec, &errors);
    if (level >= LEVEL_WARNING)
        print_all(command, &notices, "note");
    print_all(command, &errors, "error");
    errors_fini(&errors);
    errors_fini(&notices);
    if (result < 0)
        return NULL;
    take_words(command->arena, spec, words);
    spec->name_is_claimed = command->options.name;
    spec->why = command->options.why;
    return spec;
}
