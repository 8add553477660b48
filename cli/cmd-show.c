#include "base/passwd.h"
#include "cli/output.h"
#include "cli/request.h"
#include "profiles/profile.h"

int cmd_show(struct command *command)
{
    struct error err = { 0 };
    struct caller caller;
    char *no_words[] = { NULL };
    int status = verb_failure_status(command->verb);
    if (caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, status);
    const struct spec *spec = request_load(command, command->arguments[0], no_words, &caller, false);
    if (!spec)
        return status;
    profile_show(stdout, spec);
    return output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
