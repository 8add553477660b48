/* paths: a second wall, of Landlock, inside the mounts. Everything is denied that no path is named for. */
#include "kernel/landlock.h"
#include "plan/allow.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

/* What is denied from which ABI on; before it the kernel says no to moving between folders whatever is named, and lets the
 * other two pass. */
static const struct {
    uint64_t right;
    const char *what, *without;
} later[] = {
    { LANDLOCK_REFER, "moving files between folders", "refused everywhere: letting it takes Landlock of ABI 2" },
    { LANDLOCK_TRUNCATE, "truncating denied by paths", "not denied where the mounts allow it: that takes Landlock of ABI 3" },
    { LANDLOCK_IOCTL, "ioctl on devices denied by paths",
      "not denied where a device can be opened: that takes Landlock of ABI 5" },
};

/* Behind Landlock the kernel refuses mounting, whoever asks. */
static int check_mounting(const struct plan *plan, struct error *err)
{
    static const enum allow_switch mounting[] = { ALLOW_NESTED, ALLOW_MOUNT_TMPFS, ALLOW_MOUNT_BIND };
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
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (!(rights & later[i].right))
            plan_step(plan, ACTION_LEFT_OUT, "paths", later[i].without)->from = later[i].what;
    plan_step(plan, ACTION_WALL, "paths", "a second wall, inside the mounts")->number = rights;
    let_implied(plan);
    let_all(plan, &spec->paths.read, "read", LANDLOCK_READ, "and what is below");
    /* execve(2) opens for reading as well. */
    let_all(plan, &spec->paths.execute, "execute", LANDLOCK_EXECUTE | LANDLOCK_READ, "found as the loader would, inside");
    let_all(plan, &spec->paths.write, "write", LANDLOCK_READ | LANDLOCK_WRITE, "and what is below");
    plan_step(plan, ACTION_PUT_UP, "paths", "for the app and all that it starts, for good");
    return 0;
}
