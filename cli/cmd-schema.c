#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/profile.h"

int cmd_schema(struct command *command)
{
    struct error err = { 0 };
    profile_schema(stdout);
    return output_close(&err) < 0 ? verb_fail(&err, verb_failure_status(command->verb)) : 0;
}
