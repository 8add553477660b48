/* What a container gets beside its neighbours: weights, and memory that is protected. Its own group lies beside the launcher's
 * alone, in a scope of systemd's or a group that somebody delegated; what counts there is what that one has, and the kernel is
 * asked whether it does. */
#include "kernel/cgroup.h"
#include "setup/launch.h"
#include "setup/stages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum counts {
    COUNTS_BESIDE,     /* against the groups next to it */
    COUNTS_BY_DISK,    /* the same, in a line for each */
    COUNTS_ALL_THE_WAY /* as far as each group above it has as much: admin-guide/cgroup-v2, memory.min */
};

static const struct share {
    const char *file, *property; /* the kernel's name, and systemd's */
    enum counts counts;
} shares[] = {
    { "cpu.weight", "CPUWeight", COUNTS_BESIDE },          { "io.weight", "IODeviceWeight", COUNTS_BY_DISK },
    { "io.bfq.weight", "IODeviceWeight", COUNTS_BY_DISK }, /* systemd converts it just as the plan does */
    { "memory.low", "MemoryLow", COUNTS_ALL_THE_WAY },     { "memory.min", "MemoryMin", COUNTS_ALL_THE_WAY },
};

static const struct share *find_share(const struct step *step)
{
    size_t i = 0;
    while (i + 1 < sizeof shares / sizeof *shares && strcmp(shares[i].file, step->at) != 0)
        i++;
    return &shares[i];
}

/* The disk of "254:0 136", as a name of it for the folder /dev/block. */
static char *disk_of(struct arena *arena, const struct step *step)
{
    return arena_printf(arena, "%.*s", (int)strcspn(step->from, " "), step->from);
}

char *share_property(struct arena *arena, const struct step *step)
{
    const struct share *share = find_share(step);
    unsigned long long number = step->number;
    return share->counts == COUNTS_BY_DISK
               ? arena_printf(arena, "%s=/dev/block/%s %llu", share->property, disk_of(arena, step), number)
               : arena_printf(arena, "%s=%llu", share->property, number);
}

static bool is_unit(const char *name)
{
    static const char *const endings[] = { ".slice", ".service", ".scope" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(name), end = strlen(endings[i]);
        if (length > end && strcmp(name + length - end, endings[i]) == 0)
            return true;
    }
    return false;
}

/* `group`: the one that has too little, below the mount. */
static int refuse(struct arena *arena, const struct step *step, const char *group, const char *value, struct error *err)
{
    const char *name = strrchr(group, '/'), *user = strstr(group, "/user@");
    bool by_user = user && strchr(user + 1, '/'); /* what a user's manager made is set by that */
    error_set(err,
              find_share(step)->counts == COUNTS_ALL_THE_WAY
                  ? "%s protects no more than %s of the group %s, above it, does: %s"
                  : "%s has no effect: what counts is %s of the group %s, and that is %s",
              step->key, step->at, *group ? group : "/", value);
    if (!name || !is_unit(name))
        return error_help(err, "as root: echo '%s' >'%s%s/%s'", step->from, cgroup_mount(), group, step->at);
    return error_help(err, "%s set-property --runtime '%s' '%s'", by_user ? "systemctl --user" : "as root: systemctl", name + 1,
                      share_property(arena, step));
}

/* What the file of a group above says that counts, NULL where there is none. `file` is below launch->group_base. */
static const char *read_share(const struct launch *launch, const struct step *step, const char *file)
{
    struct arena *arena = launch->plan->arena;
    const char *value = cgroup_read(launch->group_base, file, arena);
    if (!value || find_share(step)->counts != COUNTS_BY_DISK)
        return value;
    /* "default 100", then a line for each disk with another. */
    uint64_t own = cgroup_count(launch->group_base, file, disk_of(arena, step)),
             all = cgroup_count(launch->group_base, file, "default");
    return arena_printf(arena, "%llu", (unsigned long long)(own ? own : all));
}

static bool is_enough(const struct step *step, const char *value)
{
    const struct share *share = find_share(step);
    if (share->counts == COUNTS_BESIDE)
        return strcmp(value, step->from) == 0;
    if (share->counts == COUNTS_BY_DISK)
        return strcmp(value, strchr(step->from, ' ') + 1) == 0;
    /* The kernel keeps whole pages. */
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return strcmp(value, "max") == 0 || strtoull(value, NULL, 10) >= step->number / page * page;
}

/* The top has no such file, and needs none; nor has what lies above the mount. */
static int check_upwards(struct launch *launch, const struct step *step, char *group, struct error *err)
{
    bool all_the_way = find_share(step)->counts == COUNTS_ALL_THE_WAY;
    for (const char *file = step->at;; file = arena_printf(launch->plan->arena, "../%s", file)) {
        const char *value = read_share(launch, step, file);
        if (!value && file != step->at)
            return 0;
        if (!value || !is_enough(step, value))
            return refuse(launch->plan->arena, step, group, value ? value : "not there", err);
        char *name = strrchr(group, '/');
        if (!all_the_way || !name)
            return 0;
        *name = '\0';
    }
}

int share_check(struct launch *launch, const struct step *step, struct error *err)
{
    const char *group = cgroup_own(launch->plan->arena);
    int result = group ? check_upwards(launch, step, arena_strdup(launch->plan->arena, group), err)
                       : error_set(err, "the control group that this is in cannot be seen");
    if (result == 0 || !step->optional)
        return result;
    error_fini(err);
    return 0;
}
