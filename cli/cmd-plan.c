#include "cli/output.h"
#include "cli/request.h"
#include "plan/host.h"
#include "plan/plan.h"

#include <string.h>

int cmd_plan(struct command *command)
{
    const struct options *options = &command->options;
    int status = verb_failure_status(command->verb);
    struct error err = { 0 };
    struct caller caller;
    bool json = options->format && strcmp(options->format, "json") == 0;
    if (options->format && !json && strcmp(options->format, "text") != 0) {
        error_set(&err, "--format '%s' is neither text nor json", options->format);
        return verb_fail(&err, verb_usage_status(command->verb));
    }
    if (request_check(command, &err) < 0 || caller_get(command->arena, &caller, &err) < 0)
        return verb_fail(&err, status);
    struct spec *spec = request_load(command, options->profile, command->arguments, &caller, true);
    if (!spec)
        return status;

    const struct host *host = host_gather(command->arena, spec, &caller, options->state, options->data, &err);
    const struct plan *plan = host ? plan_make(spec, host, &err) : NULL;
    if (!plan) {
        request_name_option(command, &err);
        return verb_fail(&err, status);
    }
    if (json)
        plan_print_json(stdout, plan);
    else
        plan_print(stdout, plan);
    return output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
