/* Which of the eight namespaces are new: all in one clone, so that none is entered by a process that had more. */
#include "kernel/clocks.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <linux/sched.h>

/* The kernel refuses what would let a clock stand below 0, or end. */
static int plan_clock(struct plan *plan, const char *key, int64_t offset, int64_t now, struct error *err)
{
    if (offset / 1000 + now < 0 || (offset < 0 && offset / 1000 + now == 0)) {
        spec_error(err, plan->spec, key, "the clock stands at %llds, and cannot go below 0", (long long)now);
        return error_help(err, "write at most -%llds", (long long)(now > 1 ? now - 1 : 0));
    }
    if (offset / 1000 > CLOCKS_MOST - now)
        return spec_error(err, plan->spec, key, "the kernel sets no clock ahead by more than 146 years");
    return 0;
}

static int plan_clocks(struct plan *plan, struct error *err)
{
    const struct clocks *clock = &plan->spec->clock;
    if (plan_clock(plan, "clock.boottime", clock->boottime, plan->host->now.boottime, err) < 0 ||
        plan_clock(plan, "clock.monotonic", clock->monotonic, plan->host->now.monotonic, err) < 0)
        return -1;
    plan_step(plan, ACTION_CLOCKS, "clock", "in a time namespace, entered once its offsets are set");
    return 0;
}

int plan_namespaces(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const struct isolate *isolate = &spec->isolate;
    bool offset = spec->clock.boottime || spec->clock.monotonic;

    plan->clone_flags = CLONE_NEWNS | (plan->uids.count ? CLONE_NEWUSER : 0) | (isolate->pid ? CLONE_NEWPID : 0) |
                        (isolate->ipc ? CLONE_NEWIPC : 0) | (isolate->hostname ? CLONE_NEWUTS : 0) |
                        (isolate->cgroup ? CLONE_NEWCGROUP : 0) | (isolate->time && !offset ? CLONE_NEWTIME : 0) |
                        (spec->network == NETWORK_NONE ? CLONE_NEWNET : 0);
    plan_step(plan, ACTION_CLONE, "isolate", "one call, so that no process is ever half inside")->number = plan->clone_flags;
    return offset ? plan_clocks(plan, err) : 0;
}
