#include "plan/steps.h"

struct step *plan_step(struct plan *plan, enum action action, const char *key, const char *reason)
{
    struct step *step = SLICE_PUSH(plan->arena, &plan->steps);
    *step = (struct step){ .action = action, .key = key, .reason = reason, .tree = -1, .opened = -1 };
    if (key && spec_says(plan->spec, key))
        step->source = spec_source(plan->spec, key);
    return step;
}

/* Builders think by subject, launches by stage. A counting sort keeps the builders' order within each stage. */
static void sort_by_stage(struct plan *plan)
{
    size_t next = 0;
    struct step *sorted = arena_alloc(plan->arena, plan->steps.count * sizeof *sorted);
    for (size_t stage = 0; stage < STAGE_COUNT; stage++) {
        plan->first[stage] = next;
        for (size_t i = 0; i < plan->steps.count; i++)
            if (action_rows[plan->steps.items[i].action].stage == stage)
                sorted[next++] = plan->steps.items[i];
        plan->count[stage] = next - plan->first[stage];
    }
    plan->steps.items = sorted;
    plan->steps.room = plan->steps.count;
}

const struct plan *plan_make(const struct spec *spec, const struct host *host, struct error *err)
{
    static int (*const builders[])(struct plan *, struct error *) = {
        plan_ids, plan_namespaces, plan_devices, plan_resources, plan_rootfs, plan_names, plan_security, plan_process,
    };
    struct plan *plan = arena_alloc(spec->arena, sizeof *plan);
    plan->arena = spec->arena;
    plan->spec = spec;
    plan->host = host;
    for (size_t i = 0; i < sizeof builders / sizeof *builders; i++)
        if (builders[i](plan, err) < 0)
            return NULL;
    sort_by_stage(plan);
    return plan;
}
