#include "cli/guard.h"
#include "cli/hints.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "kernel/self.h"
#include "kernel/signals.h"
#include "setup/init.h"

#include <string.h>

static void print_head(FILE *stream, const char *text, bool color)
{
    fprintf(stream, "%s%s%s", color ? "\033[1m" : "", text, color ? "\033[0m" : "");
}

void verb_help(FILE *stream, const struct verb *verb)
{
    bool color = output_color(stream);
    print_head(stream, "Usage:", color);
    fprintf(stream, " cordon %s [OPTIONS]%s%s\n\n%c%s.\n", verb->name, *verb->arguments ? " " : "", verb->arguments,
            verb->summary[0] - 'a' + 'A', verb->summary + 1);
    options_help(stream, verb->options, color);
}

static void print_help(FILE *stream)
{
    bool color = output_color(stream);
    print_head(stream, "Usage:", color);
    fputs(
        " cordon [GLOBAL OPTIONS] VERB [OPTIONS] …\n\nContains programs by the kernel's own means, from one profile each.\n\n",
        stream);
    print_head(stream, "Verbs:", color);
    fputc('\n', stream);
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (!verb->hidden)
            fprintf(stream, "  %-12s  %s\n", verb->name, verb->summary);
    options_help(stream, global_options, color);
    fputs("\n`cordon VERB --help` says more. A first try: cordon run -- id\n", stream);
}

/* Options between and after the arguments: read in turns, the words that are none put to the front. Returns where the words
 * begin, -1 after an error. `*argc` becomes what is left. */
static int parse_mixed(const struct verb *verb, struct command *command, int *argc, char **argv, struct error *err)
{
    int words = 1, at = 0;
    for (;;) {
        int read = options_parse(verb->options, *argc - at, argv + at, command->arena, &command->options, err);
        if (read < 0)
            return -1;
        bool rest = read > 1 && strcmp(argv[at + read - 1], "--") == 0;
        at += read;
        while (rest && at < *argc)
            argv[words++] = argv[at++];
        if (at >= *argc)
            break;
        argv[words++] = argv[at]; /* and it stands for argv[0] of what follows */
    }
    *argc = words;
    argv[words] = NULL;
    return 1;
}

static int call_verb(const struct verb *verb, struct command *command, int argc, char **argv)
{
    struct error err = { 0 };
    command->verb = verb;
    if (!verb->handler) {
        error_set(&err, "'%s' is not available yet", verb->name);
        error_help(&err, "`cordon --help` lists the verbs that are");
        return verb_fail(&err, verb_failure_status(verb));
    }
    int first = verb->mixed ? parse_mixed(verb, command, &argc, argv, &err)
                            : options_parse(verb->options, argc, argv, command->arena, &command->options, &err);
    if (first < 0)
        return hint_wrong_option(&err, verb, command->options.wrong);
    if (command->options.help) {
        verb_help(stdout, verb);
        return output_close(&err) < 0 ? verb_fail(&err, verb_failure_status(verb)) : 0;
    }
    command->arguments = argv + first;
    command->count = argc - first;
    if (command->count < verb->least || (verb->most >= 0 && command->count > verb->most))
        return hint_wrong_count(verb, command->count);
    return verb->handler(command);
}

/* What needs no verb. -1: go on. */
static int answer_alone(const struct options *options)
{
    struct error err = { 0 };
    if (!options->version && !options->help)
        return -1;
    if (options->version)
        puts("cordon " CORDON_VERSION);
    else
        print_help(stdout);
    return output_close(&err) < 0 ? verb_fail(&err, 1) : 0;
}

int main(int argc, char **argv)
{
    init_remember_argv(argc, argv);
    self_remember(argv);
    signals_begin();
    struct arena arena = { 0 };
    struct command command = { .arena = &arena };
    struct error err = { 0 };
    enum level level;
    if (guard_standard_files(&err) < 0 || guard_privileges(&err) < 0)
        return verb_fail(&err, EXIT_CANNOT_START);

    int first = options_parse(global_options, argc, argv, &arena, &command.options, &err);
    if (first < 0)
        return hint_wrong_global_option(&err, command.options.wrong, argv + 1);
    output_set_color(!command.options.no_color);
    const struct verb *named = first < argc ? verb_find(argv[first]) : NULL;
    if (output_level(command.options.log_level, &level, &err) < 0)
        return verb_fail(&err, named ? verb_usage_status(named) : 2);
    int status = answer_alone(&command.options);
    if (status >= 0)
        return status;
    if (first >= argc) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[first], "help") == 0) { /* what many type first */
        const struct verb *verb = argv[first + 1] ? verb_find(argv[first + 1]) : NULL;
        if (verb && verb->handler)
            verb_help(stdout, verb);
        else
            print_help(stdout);
        return output_close(&err) < 0 ? verb_fail(&err, 1) : 0;
    }
    status = named ? call_verb(named, &command, argc - first, argv + first) : hint_unknown_verb(argv[first]);
    arena_free(&arena);
    return status;
}
