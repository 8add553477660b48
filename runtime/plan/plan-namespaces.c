/* Which of the eight namespaces are new: all in one clone, so that none is entered by a process that had more. */
#include "plan/host.h"
#include "plan/steps.h"

#include <linux/sched.h>

int plan_namespaces(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const struct isolate *isolate = &spec->isolate;
    (void)err;

    plan->clone_flags = CLONE_NEWNS | (plan->uids.count ? CLONE_NEWUSER : 0) | (isolate->pid ? CLONE_NEWPID : 0) |
                        (isolate->ipc ? CLONE_NEWIPC : 0) | (isolate->hostname ? CLONE_NEWUTS : 0) |
                        (isolate->cgroup ? CLONE_NEWCGROUP : 0) | (isolate->time ? CLONE_NEWTIME : 0) |
                        (spec->network == NETWORK_NONE ? CLONE_NEWNET : 0);
    plan_step(plan, ACTION_CLONE, "isolate", "one call, so that no process is ever half inside")->number = plan->clone_flags;
    return 0;
}
