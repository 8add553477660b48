#include "container/run.h"

#include "container/record.h"
#include "kernel/self.h"
#include "kernel/signals.h"
#include "monitor/refusals.h"
#include "monitor/supervise.h"
#include "plan/host.h"
#include "plan/steps.h"
#include "setup/launch.h"
#include "setup/stages.h"

static struct launch *launch_new(const struct plan *plan)
{
    struct launch *launch = arena_alloc(plan->arena, sizeof *launch);
    *launch = (struct launch){ .plan = plan,
                               .ids_lock = -1,
                               .name_lock = -1,
                               .group_base = -1,
                               .group = -1,
                               .group_below = -1,
                               .pidfd = -1,
                               .channel = -1,
                               .base = { -1, -1, -1, -1 },
                               .here = -1,
                               .staging = -1,
                               .mask_file = -1,
                               .mask_folder = -1,
                               .scratch = -1,
                               .host_dev = -1,
                               .master = -1,
                               .slave = -1 };
    launch->placeholders = arena_alloc(plan->arena, (plan->count[STAGE_CLAIM] + 1) * sizeof *launch->placeholders);
    launch->trees = arena_alloc(plan->arena, (plan->tree_count + 1) * sizeof *launch->trees);
    launch->opened = arena_alloc(plan->arena, (plan->open_count + 1) * sizeof *launch->opened);
    launch->secrets = arena_alloc(plan->arena, (plan->spec->secrets.count + 1) * sizeof *launch->secrets);
    for (size_t i = 0; i < plan->spec->secrets.count; i++)
        launch->secrets[i] = -1;
    for (size_t i = 0; i < plan->tree_count; i++)
        launch->trees[i] = -1;
    for (size_t i = 0; i < plan->open_count; i++)
        launch->opened[i] = -1;
    return launch;
}

/* Said where the run failed: a build that caught the death of one of its processes and went on has its own words for it. */
static void tell_memory(const struct launch *launch, int status, struct error *err)
{
    const struct spec *spec = launch->plan->spec;
    if (!launch->memory_kills || status == 0 || error_is_set(err))
        return;
    if (spec->resources.memory.max == RESOURCE_UNSET) {
        error_set(err, "the kernel killed for want of memory (%llu times)", (unsigned long long)launch->memory_kills);
        error_help(err,
                   "the profile does not limit it: the machine had no more, or a group above this one; see the kernel's log");
        return;
    }
    const char *key = spec_says(spec, "resources.memory.max") ? "resources.memory.max" : "resources.memory";
    spec_error(err, spec, key, "the kernel killed for want of memory (%llu times)", (unsigned long long)launch->memory_kills);
    if (launch->memory_peak)
        error_note(err, "at its peak the container used %s bytes, of the %llu it may", launch->memory_peak,
                   (unsigned long long)spec->resources.memory.max);
    error_help(err, "give it more with --set resources.memory=SIZE, or look for what takes so much");
}

/* Where something else is to be said already, that is why it failed. */
static void tell_refusals(struct refusals *refusals, int status, struct error *err)
{
    refusals_close(refusals);
    if (!error_is_set(err))
        refusals_tell(refusals, status != 0, err);
}

/* Whether the program belongs to one of the ids inside. A block of ids, which is claimed only later, is nobody's. */
static bool owner_is_inside(const struct plan *plan)
{
    for (size_t i = 0; !plan->block && i < plan->uids.count; i++)
        if (self_is_owned_by(plan->uids.ranges[i].outside, plan->uids.ranges[i].count))
            return true;
    return plan->host_root_inside;
}

int container_run(const struct spec *spec, const struct caller *caller, const struct run_settings *settings, struct error *err)
{
    const struct host *host = host_gather(spec->arena, spec, caller, settings->state, settings->data, err);
    const struct plan *plan = host ? plan_make(spec, host, err) : NULL;
    if (!plan || (owner_is_inside(plan) && self_seal(err) < 0))
        return EXIT_CANNOT_START;

    struct launch *launch = launch_new(plan);
    signals_block();
    int status = -1;
    if (stages_launch(launch, err) == 0) {
        struct record record; /* written while the container's own side sets up */
        record_begin(&record, plan, settings->profile, launch->pid);
        struct refusals refusals = { .policy = plan->told, .listener = -1 };
        const struct supervise_args args = {
            .pid = launch->pid,
            .pidfd = launch->pidfd,
            .channel = launch->channel,
            .own_pids = spec->isolate.pid,
            .refusals = plan->told ? &refusals : NULL,
            .timeout = spec->app.timeout,
        };
        status = supervise(&args, err);
        launch->pid = 0;     /* supervise has reaped it */
        record_end(&record); /* while the name is still its own */
        stages_undo(launch);
        tell_memory(launch, status, err);
        if (plan->told)
            tell_refusals(&refusals, status, err);
    } else {
        signals_restore();
    }
    return status >= 0 ? status : err->status ? err->status : EXIT_CANNOT_START;
}
