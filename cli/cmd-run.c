#include "base/passwd.h"
#include "cli/guard.h"
#include "cli/hints.h"
#include "cli/request.h"
#include "container/run.h"

int cmd_run(struct command *command)
{
    const struct options *options = &command->options;
    if (options->dry_run)
        return cmd_plan(command);

    int status = verb_failure_status(command->verb);
    struct error err = { 0 };
    struct caller caller;
    if (request_check(command, &err) < 0 || guard_no_directory(&err) < 0 || caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, status);
    struct spec *spec = request_load(command, options->profile, command->arguments, &caller, true);
    if (!spec)
        return status;

    struct run_settings settings = { .state = options->state, .data = options->data, .profile = options->profile };
    int result = container_run(spec, &caller, &settings, &err);
    if (!error_is_set(&err))
        return result;
    request_name_option(command, &err);
    const char *word = command->arguments[0];
    if ((result == EXIT_NOT_FOUND || result == EXIT_CANNOT_EXECUTE) && word && !options->profile && hint_is_profile(word))
        error_help(&err, "did you mean `cordon run -p %s`?", word);
    return verb_fail(&err, result);
}
