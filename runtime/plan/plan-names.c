/* The container's own name and network. */
#include "plan/host.h"
#include "plan/steps.h"

int plan_names(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    (void)err;
    if (spec->name_is_claimed)
        plan_step(plan, ACTION_CLAIM_NAME, "name", "no two containers of a user bear the same name")->from = spec->name;
    if (spec->isolate.hostname)
        plan_step(plan, ACTION_SET_HOSTNAME, "hostname", "a name of its own")->from =
            spec->hostname ? spec->hostname : spec->name;
    if (spec->network == NETWORK_NONE)
        plan_step(plan, ACTION_LOOPBACK, "network.mode", "a network of its own, with nothing on it but loopback");
    return 0;
}
