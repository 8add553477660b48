/* The container's control group: where it comes from, what is written to it, and how it goes. */
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/cgroup.h"
#include "kernel/device-filter.h"
#include "kernel/helper.h"
#include "plan/host.h"
#include "setup/launch.h"
#include "setup/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The scope's name, the launcher's process, and what the scope is to have. */
static char **scope_command(struct launch *launch, const struct step *scope)
{
    struct arena *arena = launch->plan->arena;
    SLICE(char *) words = { 0 };
    *SLICE_PUSH(arena, &words) = arena_strdup(arena, SCOPE_HELPER);
    if (launch->plan->host->caller.uid)
        *SLICE_PUSH(arena, &words) = arena_strdup(arena, "--user");
    *SLICE_PUSH(arena, &words) = arena_printf(arena, "cordon-%s-%d.scope", scope->from, getpid());
    *SLICE_PUSH(arena, &words) = arena_printf(arena, "%d", getpid());
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_GROUP, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].action == ACTION_SHARE)
            *SLICE_PUSH(arena, &words) = share_property(arena, &steps[i]);
    *SLICE_PUSH(arena, &words) = NULL;
    return words.items;
}

/* systemd answers, and moves the launcher itself: the scope lives as long as it and the container do. */
static int enter_scope(struct launch *launch, const struct step *step, struct error *err)
{
    struct arena *arena = launch->plan->arena;
    const struct caller *caller = &launch->plan->host->caller;
    char **argv = scope_command(launch, step);
    char *environment[] = { arena_printf(arena, "XDG_RUNTIME_DIR=/run/user/%u", caller->uid),
                            arena_printf(arena, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus", caller->uid), NULL };
    struct helper helper;
    if (helper_start(&helper, argv, caller->uid ? environment : environment + 2, err) < 0) {
        error_note(err, "it comes with cordon where libsystemd was there when it was built");
        return -1;
    }
    if (helper_finish(&helper, "got no scope from systemd", err) < 0)
        return -1;
    const char *mount = cgroup_mount(), *own = cgroup_own(arena);
    if (!mount || !own)
        return error_set(err, "the scope's control group cannot be seen");
    launch->group_base = cgroup_open(arena_printf(arena, "%s%s", mount, own), err);
    return launch->group_base < 0 ? -1 : 0;
}

static int step_aside(struct launch *launch, const struct step *step, struct error *err)
{
    /* The lock on it is let go of here: whoever could open it, could keep the next launcher from it. */
    AUTO_CLOSE int group = cgroup_make(launch->group_base, step->at, 0700, err);
    if (group < 0 || cgroup_write(group, "cgroup.procs", "0", err) < 0)
        return -1;
    launch->aside_name = step->at;
    return 0;
}

/* One by one: the kernel takes all of a line or none of it, and does not say which it refused. */
static int enable_controllers(struct launch *launch, const struct step *step, struct error *err)
{
    for (char *words = arena_strdup(launch->plan->arena, step->from), *word; (word = strsep(&words, " "));)
        if (cgroup_write(launch->group_base, "cgroup.subtree_control", arena_printf(launch->plan->arena, "+%s", word), err) < 0)
            return -1;
    return 0;
}

static int make_group(struct launch *launch, const struct step *step, struct error *err)
{
    char *name = arena_printf(launch->plan->arena, "%s-%d", step->at, getpid());
    /* Then what is left of another start may still have the processors. */
    if (launch->plan->spec->resources.cpu.exclusive)
        cgroup_sweep(launch->group_base, "cordon-");
    launch->group = cgroup_make(launch->group_base, name, 0755, err);
    launch->group_name = name;
    return launch->group < 0 ? -1 : 0;
}

/* A partition is the one value that the kernel takes and then calls invalid, with its reason. */
static int check_partition(struct launch *launch, struct error *err)
{
    const char *state = cgroup_read(launch->group, "cpuset.cpus.partition", launch->plan->arena);
    if (!state)
        return error_errno(err, errno, "read what became of cpuset.cpus.partition");
    if (!strstr(state, "invalid"))
        return 0;
    return error_set(err, "the kernel cannot give these processors to one group alone: %s", state);
}

/* Where none of them can be had, the kernel takes the value and gives those of the group above; of others it leaves some out.
 */
static int check_processors(struct launch *launch, struct error *err)
{
    struct arena *arena = launch->plan->arena;
    const char *asked = cgroup_read(launch->group, "cpuset.cpus", arena),
               *had = asked ? cgroup_read(launch->group, "cpuset.cpus.effective", arena) : NULL;
    if (!had)
        return error_errno(err, errno, "read what became of cpuset.cpus");
    if (strcmp(asked, had) == 0)
        return 0;
    error_set(err, "of the processors %s this run can have %s", asked, *had ? had : "none");
    return error_help(err, "name those that are online and not kept from it by a group above (AllowedCPUs= of systemd)");
}

/* What the kernel takes, and then does not do. */
static int check_value(struct launch *launch, const struct step *step, struct error *err)
{
    if (strcmp(step->at, "cpuset.cpus.partition") == 0)
        return check_partition(launch, err);
    return strcmp(step->at, "cpuset.cpus") == 0 ? check_processors(launch, err) : 0;
}

static int set_value(struct launch *launch, const struct step *step, struct error *err)
{
    if (cgroup_write(launch->group, step->at, step->from, err) == 0 && check_value(launch, step, err) == 0)
        return 0;
    if (!step->optional && strcmp(step->at, "memory.swap.max") == 0)
        error_help(err, "boot with swapaccount=1; or say that it may be left out: resources.memory.optional");
    if (!step->optional)
        return -1;
    error_fini(err);
    return 0;
}

/* Removed with the group that it is in. */
static int make_group_below(struct launch *launch, const struct step *step, struct error *err)
{
    launch->group_below = cgroup_make(launch->group, step->at, 0755, err);
    /* It is the app's to make groups in: no deeper than what is taken away with it. */
    return launch->group_below < 0 ? -1 : cgroup_bound(launch->group, err);
}

/* Before anything is born into the group: not one open(2) comes before it. */
static int filter_devices(struct launch *launch, struct error *err)
{
    AUTO_CLOSE int program = device_filter_open(&launch->plan->device_rules, err);
    return program < 0 ? -1 : device_filter_attach(launch->group, program, err);
}

int parent_group(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_GROUP, &count);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        int result = 0;
        if (step->action == ACTION_SCOPE)
            result = enter_scope(launch, step, err);
        else if (step->action == ACTION_OPEN_GROUP)
            result = launch->group_base = cgroup_open(step->from, err);
        else if (step->action == ACTION_SHARE)
            result = share_check(launch, step, err);
        else if (step->action == ACTION_STEP_ASIDE)
            result = step_aside(launch, step, err);
        else if (step->action == ACTION_CONTROLLERS)
            result = enable_controllers(launch, step, err);
        else if (step->action == ACTION_GROUP)
            result = make_group(launch, step, err);
        else if (step->action == ACTION_GROUP_VALUE)
            result = set_value(launch, step, err);
        else if (step->action == ACTION_DEVICE_FILTER)
            result = filter_devices(launch, err);
        else if (step->action == ACTION_GROUP_BELOW)
            result = make_group_below(launch, step, err);
        if (result < 0)
            return launch_blame(step, err);
    }
    return 0;
}

/* What launchers that were killed have left: looked for while the container's own side sets up, so that no start waits for it;
 * and after a start that failed, perhaps for want of what they hold. */
void parent_sweep(const struct launch *launch)
{
    if (launch->group_name)
        cgroup_sweep(launch->group_base, "cordon-");
}

static void take_controllers_back(struct launch *launch)
{
    struct error ignored = { 0 };
    char *enabled = cgroup_read(launch->group_base, "cgroup.subtree_control", launch->plan->arena), *word;
    while (enabled && (word = strsep(&enabled, " ")))
        cgroup_write(launch->group_base, "cgroup.subtree_control", arena_printf(launch->plan->arena, "-%s", word), &ignored);
    error_fini(&ignored);
}

/* A scope goes by itself when the last process has left it, folders and all. A group that somebody delegated is left as it was.
 */
static void step_back(struct launch *launch)
{
    struct error ignored = { 0 };
    take_controllers_back(launch);
    if (cgroup_write(launch->group_base, "cgroup.procs", "0", &ignored) == 0)
        unlinkat(launch->group_base, launch->aside_name, AT_REMOVEDIR);
    error_fini(&ignored);
}

void parent_ungroup(struct launch *launch)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_GROUP, &count);
    if (launch->group_below >= 0)
        close(take_fd(&launch->group_below));
    if (launch->group >= 0) {
        launch->memory_kills = cgroup_count(launch->group, "memory.events", "oom_kill");
        launch->memory_peak = cgroup_read(launch->group, "memory.peak", launch->plan->arena); /* Linux 5.19 */
        cgroup_end(launch->group_base, launch->group_name, launch->group);
        close(take_fd(&launch->group));
    }
    if (launch->aside_name && steps[0].action == ACTION_OPEN_GROUP)
        step_back(launch);
    launch->aside_name = NULL;
    if (launch->group_base >= 0)
        close(take_fd(&launch->group_base));
}
