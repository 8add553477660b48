/* paths: a second wall, of Landlock, inside the mounts. Everything is denied that no path is named for; of TCP, where ports are
 * named, every other port. */
#include "kernel/landlock.h"
#include "plan/allow.h"
#include "plan/host.h"
#include "plan/plan-syscalls.h"
#include "plan/steps.h"

#include <string.h>

/* Rights that came later. Before that of moving between folders came, the kernel refused it whatever was named: less works, and
 * nothing is open. The others it lets pass. */
static const struct {
    uint64_t right;
    const char *what, *since, *without;
    bool open;
} later[] = {
    { LANDLOCK_REFER, "moving files between folders", NULL, "refused everywhere: letting it takes Landlock of ABI 2", false },
    { LANDLOCK_TRUNCATE, "truncating denied by paths", "truncating (ABI 3, Linux 6.2)",
      "not denied where the mounts allow it: that takes Landlock of ABI 3", true },
    { LANDLOCK_IOCTL, "ioctl on devices denied by paths", "ioctl on devices (ABI 5, Linux 6.10)",
      "not denied where a device can be opened: that takes Landlock of ABI 5", true },
};

/* --- what this kernel cannot deny --------------------------------------------------------------------------------- */

static int refuse_open(const struct plan *plan, const char *open, struct error *err)
{
    spec_error(err, plan->spec, "paths", "this kernel's Landlock (ABI %d) cannot deny %s", plan->host->landlock, open);
    return error_help(err, "boot a newer kernel, or write `optional: true` in paths: it is then left to the mounts, and "
                           "`cordon plan` says so");
}

static int check_rights(struct plan *plan, uint64_t rights, struct error *err)
{
    const char *open = NULL;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        if (rights & later[i].right)
            continue;
        plan_step(plan, ACTION_LEFT_OUT, "paths", later[i].without)->from = later[i].what;
        if (later[i].open)
            open = open ? arena_printf(plan->arena, "%s, nor %s", open, later[i].since) : later[i].since;
    }
    return open && !spec_optional(plan->spec, "paths") ? refuse_open(plan, open, err) : 0;
}

/* --- TCP ports ---------------------------------------------------------------------------------------------------- */

static const struct ports {
    enum landlock_ports right;
    const char *key, *what;
} ports[] = {
    { LANDLOCK_CONNECT, "paths.connect", "TCP ports to connect to" },
    { LANDLOCK_BIND, "paths.bind", "TCP ports to bind" },
};

/* What the filter says of a connection that Landlock does not see (landlock.h), io_uring does without. */
static int check_uring(const struct plan *plan, const char *key, struct error *err)
{
    if (!plan_filter_opens(plan->spec, "io_uring_setup"))
        return 0;
    spec_error(err, plan->spec, key,
               "io_uring, which is open here, makes connections that neither Landlock nor the system call "
               "filter sees");
    return error_help(err, "write syscalls: {deny: [io_uring_setup]}, or leave io-uring out of what is allowed");
}

/* Which of the rights over ports are taken away; -1: an error. */
static int check_ports(struct plan *plan, struct error *err)
{
    int taken = 0;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        const char *key = ports[i].key;
        if (!spec_says(plan->spec, key))
            continue;
        if (plan->host->landlock >= LANDLOCK_ABI_PORTS) {
            taken |= ports[i].right;
        } else if (spec_optional(plan->spec, key)) {
            plan_step(plan, ACTION_LEFT_OUT, key, "optional, and all are open: that takes Landlock of ABI 4")->from =
                ports[i].what;
        } else {
            spec_error(err, plan->spec, key,
                       "this kernel cannot keep it to these ports: it takes Landlock of ABI 4 (Linux 6.7), and this one has %d",
                       plan->host->landlock);
            return error_help(err, "write network: {mode: none}, or name the list in `optional` of paths");
        }
        if (check_uring(plan, key, err) < 0)
            return -1;
    }
    return taken;
}

static void let_ports(struct plan *plan)
{
    const struct paths *paths = &plan->spec->paths;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        bool binds = ports[i].right == LANDLOCK_BIND;
        size_t count = binds ? paths->bind.count : paths->connect.count;
        for (size_t k = 0; k < count && plan->host->landlock >= LANDLOCK_ABI_PORTS; k++) {
            struct step *step = plan_step(plan, ACTION_LET_PORT, arena_printf(plan->arena, "%s[%zu]", ports[i].key, k),
                                          "of any address, by TCP; other protocols are not Landlock's business");
            step->number = binds ? paths->bind.items[k] : paths->connect.items[k];
            step->mode = ports[i].right;
        }
    }
}

/* --- files -------------------------------------------------------------------------------------------------------- */

/* Behind Landlock the kernel refuses mounting, whoever asks. */
static int check_mounting(const struct plan *plan, struct error *err)
{
    static const enum allow_switch mounting[] = { ALLOW_NESTED, ALLOW_MOUNT_TMPFS, ALLOW_MOUNT_BIND, ALLOW_FUSE };
    for (size_t i = 0; i < sizeof mounting / sizeof *mounting; i++) {
        if (!((plan->spec->privileges.allow >> mounting[i]) & 1))
            continue;
        spec_error(err, plan->spec, "privileges.allow", "%s has no effect with paths: behind Landlock nobody may mount",
                   allow_names[mounting[i]]);
        return error_help(err, "leave one of the two out");
    }
    return 0;
}

static struct step *let(struct plan *plan, const char *path, uint64_t rights, const char *key, const char *reason)
{
    struct step *step = plan_step(plan, ACTION_LET, key, reason);
    step->at = path + strspn(path, "/");
    step->number = rights & landlock_file_rights(plan->host->landlock);
    step->optional = spec_optional(plan->spec, key);
    return step;
}

static void let_all(struct plan *plan, const struct strings *paths, const char *list, uint64_t rights, const char *reason)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct step *step = let(plan, paths->items[i], rights, arena_printf(plan->arena, "paths.%s[%zu]", list, i), reason);
        step->optional = spec_optional(plan->spec, arena_printf(plan->arena, "paths.%s", list));
    }
}

static bool is_of_the_host(const struct spec *spec, const char *at)
{
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (strcmp(spec->mounts.items[i].at, at) == 0)
            return spec->mounts.items[i].kind == MOUNT_BIND;
    for (size_t i = 0; i < spec->root.show.count; i++)
        if (strcmp(spec->root.show.items[i].at, at) == 0)
            return true;
    return false;
}

static void let_implied(struct plan *plan)
{
    static const struct {
        const char *at;
        uint64_t rights;
    } implied[] = {
        { "/dev", LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_IOCTL },
        { "/proc", LANDLOCK_READ | LANDLOCK_WRITE },
        { "/tmp", LANDLOCK_READ | LANDLOCK_WRITE },
    };
    for (size_t i = 0; i < sizeof implied / sizeof *implied; i++)
        if (!is_of_the_host(plan->spec, implied[i].at))
            let(plan, implied[i].at, implied[i].rights, "paths", "the container's own")->optional = true;
}

int plan_paths(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const uint64_t rights = landlock_file_rights(plan->host->landlock);
    if (!spec_says(spec, "paths"))
        return 0;
    if (!rights && spec_optional(spec, "paths")) {
        plan_step(plan, ACTION_LEFT_OUT, "paths", "optional, and this kernel has no Landlock")->from = "the wall of paths";
        return 0;
    }
    if (!rights) {
        spec_error(err, spec, "paths", "this kernel has no Landlock");
        return error_help(err, "boot it with landlock among lsm=, or write `optional: true` in paths");
    }
    if (check_mounting(plan, err) < 0)
        return -1;
    int taken = check_ports(plan, err);
    if (taken < 0 || check_rights(plan, rights, err) < 0)
        return -1;
    struct step *wall = plan_step(plan, ACTION_WALL, "paths", "a second wall, inside the mounts");
    wall->number = rights;
    wall->mode = (unsigned)taken;
    let_implied(plan);
    let_all(plan, &spec->paths.read, "read", LANDLOCK_READ, "and what is below");
    /* execve(2) opens for reading as well. */
    let_all(plan, &spec->paths.execute, "execute", LANDLOCK_EXECUTE | LANDLOCK_READ, "found as the loader would, inside");
    let_all(plan, &spec->paths.write, "write", LANDLOCK_READ | LANDLOCK_WRITE, "and what is below");
    let_ports(plan);
    plan_step(plan, ACTION_PUT_UP, "paths", "for the app and all that it starts, for good");
    return 0;
}
