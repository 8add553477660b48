/* One row an action: its name, its stage, and how its arguments read. */
#include "plan/steps.h"

#include "base/names.h"
#include "kernel/landlock.h"
#include "kernel/lsm.h"
#include "plan/host.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

const char *const stage_names[STAGE_COUNT] = {
    [STAGE_CLAIM] = "claim", [STAGE_GROUP] = "group",       [STAGE_CLONE] = "clone", [STAGE_IDS] = "ids",
    [STAGE_OPEN] = "open",   [STAGE_IDENTITY] = "identity", [STAGE_ROOT] = "root",   [STAGE_MOUNTS] = "mounts",
    [STAGE_PIVOT] = "pivot", [STAGE_NAMES] = "names",       [STAGE_LOCK] = "lock",   [STAGE_TERMINAL] = "terminal",
    [STAGE_INIT] = "init",   [STAGE_RESTRICT] = "restrict", [STAGE_EXEC] = "exec",
};

const enum side stage_sides[STAGE_COUNT] = {
    [STAGE_CLAIM] = SIDE_PARENT, [STAGE_GROUP] = SIDE_PARENT,   [STAGE_CLONE] = SIDE_PARENT, [STAGE_IDS] = SIDE_PARENT,
    [STAGE_OPEN] = SIDE_PARENT,  [STAGE_IDENTITY] = SIDE_CHILD, [STAGE_ROOT] = SIDE_CHILD,   [STAGE_MOUNTS] = SIDE_CHILD,
    [STAGE_PIVOT] = SIDE_CHILD,  [STAGE_NAMES] = SIDE_CHILD,    [STAGE_LOCK] = SIDE_CHILD,   [STAGE_TERMINAL] = SIDE_CHILD,
    [STAGE_INIT] = SIDE_CHILD,   [STAGE_RESTRICT] = SIDE_APP,   [STAGE_EXEC] = SIDE_APP,
};

/* --- texts -------------------------------------------------------------------------------------------------------- */

typedef char *arguments(struct arena *arena, const struct plan *plan, const struct step *step);

static char *nothing(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    (void)step;
    return arena_strdup(arena, "");
}

static char *a_from(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_strdup(arena, step->from);
}

static char *a_block(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%llu ids", (unsigned long long)step->number);
}

static char *a_flags(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return names_join(arena, namespace_names, step->number, " ");
}

static char *a_map(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    char *text = arena_strdup(arena, "");
    const struct id_map *maps[] = { &plan->uids, &plan->gids };
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < maps[i]->count; j++) {
            const struct id_range *range = &maps[i]->ranges[j];
            text = arena_printf(arena, "%s%s%s%u=%s%u+%u", text, *text ? " " : "", i ? "gid " : "uid ", range->inside,
                                plan->block && range->count > 1 ? "block+" : "", range->outside, range->count);
        }
    return arena_printf(arena, "%s%s%s", text, plan->by_helper ? " by newuidmap" : "",
                        plan->deny_setgroups ? ", setgroups denied" : "");
}

static char *a_size(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "size %s", step->from);
}

static char *a_number(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%lld", (long long)step->number);
}

static char *a_limit(struct arena *arena, const struct plan *plan, const struct step *step)
{
    char soft[24], hard[24];
    const rlim_t values[] = { step->limit.rlim_cur, step->limit.rlim_max };
    char *texts[] = { soft, hard };
    (void)plan;
    for (int i = 0; i < 2; i++)
        if (values[i] == RLIM_INFINITY)
            strcpy(texts[i], "unlimited");
        else
            snprintf(texts[i], sizeof soft, "%llu", (unsigned long long)values[i]);
    return arena_printf(arena, "%s %s:%s", limit_names[step->number], soft, hard);
}

static char *a_ids(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    return arena_printf(arena, "uid %u gid %u", plan->root_uid, plan->root_gid);
}

static char *attributes_text(struct arena *arena, const struct step *step)
{
    return names_join(arena, mount_attribute_names, step->attributes, ",");
}

static char *a_mount(struct arena *arena, const struct plan *plan, const struct step *step)
{
    const char *from = step->from ? step->from : "";
    (void)plan;
    return arena_printf(arena, "%s%s/%s %s", from, *from ? " on " : "", step->at, attributes_text(arena, step));
}

static char *a_tmpfs(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "/%s size %s mode %04o owner %u:%u %s", step->at, step->from, step->mode, step->uid, step->gid,
                        attributes_text(arena, step));
}

static char *a_at(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "/%s", step->at);
}

static char *rule_text(struct arena *arena, const struct device_rule *rule)
{
    char minor[12] = "*", access[4];
    if (rule->minor != DEVICE_ANY_MINOR)
        snprintf(minor, sizeof minor, "%u", rule->minor);
    return arena_printf(arena, "%c %u:%s %s", rule->block ? 'b' : 'c', rule->major, minor,
                        device_access_text(rule->access, access));
}

static char *a_device(struct arena *arena, const struct plan *plan, const struct step *step)
{
    bool same = strcmp(step->from + 1, step->at) == 0;
    (void)plan;
    if (!step->key)
        return arena_printf(arena, "/%s", step->at);
    return arena_printf(arena, "/%s%s%s, %s", step->at, same ? "" : " from ", same ? "" : step->from,
                        rule_text(arena, &step->device));
}

static char *a_rules(struct arena *arena, const struct plan *plan, const struct step *step)
{
    char *text = arena_strdup(arena, "");
    (void)step;
    for (size_t i = 0; i < plan->device_rules.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", rule_text(arena, &plan->device_rules.items[i]));
    return text;
}

static char *a_limited(struct arena *arena, const struct plan *plan, const struct step *step)
{
    char *text = arena_strdup(arena, ""), access[4];
    (void)step;
    for (size_t i = 0; i < plan->devices.count; i++) {
        const struct plan_device *device = &plan->devices.items[i];
        if ((device->access & (DEVICE_READ | DEVICE_WRITE)) != (DEVICE_READ | DEVICE_WRITE))
            text = arena_printf(arena, "%s%s/dev/%s %s", text, *text ? ", " : "", device->name,
                                device_access_text(device->access, access));
    }
    return text;
}

static char *a_link(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "/%s to %s", step->at, step->from);
}

static char *a_sysctl(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%s = %s", step->at, step->from);
}

static char *a_group(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%s-PID", step->at);
}

static char *a_scope(struct arena *arena, const struct plan *plan, const struct step *step)
{
    return arena_printf(arena, "cordon-%s-PID.scope of the %s's manager", step->from,
                        plan->host->caller.uid ? "user" : "system");
}

static char *a_name(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_strdup(arena, step->at);
}

static char *a_clocks(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    return arena_printf(arena, "boottime %+lld ms, monotonic %+lld ms", (long long)plan->spec->clock.boottime,
                        (long long)plan->spec->clock.monotonic);
}

static char *a_secret(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%s as %s mode %04o owner %u:%u", step->from, step->at, step->mode, step->uid, step->gid);
}

static char *a_landlock(struct arena *arena, const struct plan *plan, const struct step *step)
{
    return arena_printf(arena, "Landlock ABI %d%s", plan->host->landlock,
                        step->action != ACTION_WALL || !step->mode         ? ""
                        : step->mode == (LANDLOCK_BIND | LANDLOCK_CONNECT) ? ", also to connect to and bind TCP ports"
                        : step->mode == LANDLOCK_BIND                      ? ", also to bind TCP ports"
                                                                           : ", also to connect to TCP ports");
}

static char *a_let(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "/%s %s", step->at,
                        step->number & LANDLOCK_EXECUTE ? "execute, with loader and libraries"
                        : step->number & LANDLOCK_IOCTL ? "read write ioctl"
                        : step->number & LANDLOCK_WRITE ? "read write"
                                                        : "read");
}

static char *a_port(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "%s %llu", step->mode & LANDLOCK_BIND ? "bind" : "connect to", (unsigned long long)step->number);
}

static char *a_label(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    const char *title = lsm_titles[step->number];
    return step->at ? arena_printf(arena, "%s %s, beside %s", title, step->from, step->at)
                    : arena_printf(arena, "%s %s", title, step->from);
}

static char *a_owner(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)plan;
    return arena_printf(arena, "/%s to %u:%u", step->at, step->uid, step->gid);
}

static char *a_user(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    char *text = arena_printf(arena, "uid %u gid %u groups", plan->uid, plan->gid);
    for (size_t i = 0; i < plan->group_count; i++)
        text = arena_printf(arena, "%s %u", text, plan->groups[i]);
    return plan->group_count ? text
                             : arena_printf(arena, "%s %s", text, plan->spec->app.groups_keep ? "as the caller's" : "none");
}

static char *a_capabilities(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    char *text = arena_strdup(arena, "");
    for (size_t i = 0; i < CAPABILITY_COUNT; i++)
        if (plan->capabilities >> i & 1)
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", capability_names[i]);
    return *text ? text : arena_strdup(arena, "none");
}

static char *a_filter(struct arena *arena, const struct plan *plan, const struct step *step)
{
    (void)step;
    return arena_printf(arena, "%zu instructions", plan->filter.count);
}

static char *a_command(struct arena *arena, const struct plan *plan, const struct step *step)
{
    size_t length = 0;
    (void)step;
    for (size_t i = 0; plan->argv[i]; i++)
        length += strlen(plan->argv[i]) + 1;
    char *text = arena_alloc(arena, length + 1), *end = text;
    for (size_t i = 0; plan->argv[i]; i++) /* at once: there may be a hundred thousand */
        end = stpcpy(stpcpy(end, i ? " " : ""), plan->argv[i]);
    return text;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

const struct action_row action_rows[ACTION_COUNT] = {
    [ACTION_CLAIM_NAME] = { "claim the name", STAGE_CLAIM, a_from },
    [ACTION_CLAIM_IDS] = { "claim a block of ids", STAGE_CLAIM, a_block },
    [ACTION_MAKE_FOLDER] = { "make a host folder", STAGE_CLAIM, a_from },
    [ACTION_MAKE_VOLUME] = { "make a volume", STAGE_CLAIM, a_from },
    [ACTION_PLACEHOLDER] = { "keep a place empty", STAGE_CLAIM, a_mount },
    [ACTION_SCOPE] = { "ask systemd for a scope", STAGE_GROUP, a_scope },
    [ACTION_OPEN_GROUP] = { "open a control group", STAGE_GROUP, a_from },
    [ACTION_SHARE] = { "share", STAGE_GROUP, a_sysctl },
    [ACTION_STEP_ASIDE] = { "move the launcher aside", STAGE_GROUP, a_name },
    [ACTION_CONTROLLERS] = { "enable controllers", STAGE_GROUP, a_from },
    [ACTION_GROUP] = { "make a control group", STAGE_GROUP, a_group },
    [ACTION_GROUP_VALUE] = { "limit", STAGE_GROUP, a_sysctl },
    [ACTION_DEVICE_FILTER] = { "filter devices", STAGE_GROUP, a_rules },
    [ACTION_GROUP_BELOW] = { "make a group below", STAGE_GROUP, a_name },
    [ACTION_OPEN_SECRET] = { "open a secret", STAGE_CLAIM, a_secret },
    [ACTION_CLONE] = { "new namespaces", STAGE_CLONE, a_flags },
    [ACTION_MAP_IDS] = { "map ids", STAGE_IDS, a_map },
    [ACTION_RAISE_LIMIT] = { "raise a limit", STAGE_IDS, a_limit },
    [ACTION_SET_NICE] = { "set the nice value", STAGE_IDS, a_number },
    [ACTION_SET_OOM_SCORE] = { "set the oom score", STAGE_IDS, a_number },
    [ACTION_OPEN_TREE] = { "open a host tree", STAGE_OPEN, a_from },
    [ACTION_BECOME_ROOT] = { "become root of the container", STAGE_IDENTITY, a_ids },
    [ACTION_GROUP_ROOT] = { "new control group namespace", STAGE_IDENTITY, nothing },
    [ACTION_STAGING] = { "staging area", STAGE_MOUNTS, a_at },
    [ACTION_SCRATCH] = { "scratch area", STAGE_ROOT, a_size },
    [ACTION_ROOT_TMPFS] = { "root in memory", STAGE_ROOT, a_tmpfs },
    [ACTION_ROOT_TREE] = { "root from a folder", STAGE_ROOT, a_mount },
    [ACTION_ROOT_OVERLAY] = { "root from a folder, overlaid", STAGE_ROOT, a_mount },
    [ACTION_FOLDER] = { "make a folder", STAGE_MOUNTS, a_at },
    [ACTION_LINK] = { "make a link", STAGE_MOUNTS, a_link },
    [ACTION_TMPFS] = { "mount memory", STAGE_MOUNTS, a_tmpfs },
    [ACTION_TREE] = { "mount", STAGE_MOUNTS, a_mount },
    [ACTION_OVERLAY] = { "mount, overlaid", STAGE_MOUNTS, a_mount },
    [ACTION_OWN_VOLUME] = { "give a new volume", STAGE_MOUNTS, a_owner },
    [ACTION_SECRETS] = { "show the secrets", STAGE_MOUNTS, a_at },
    [ACTION_PROC] = { "mount a procfs", STAGE_MOUNTS, a_mount },
    [ACTION_SYSFS] = { "mount a sysfs", STAGE_MOUNTS, a_mount },
    [ACTION_DEVPTS] = { "mount a devpts", STAGE_MOUNTS, a_mount },
    [ACTION_MQUEUE] = { "mount an mqueue", STAGE_MOUNTS, a_mount },
    [ACTION_DEVICE] = { "show a device", STAGE_MOUNTS, a_device },
    [ACTION_GENERATED] = { "generate a file", STAGE_MOUNTS, a_at },
    [ACTION_HOLD] = { "hold a folder in place", STAGE_MOUNTS, a_at },
    [ACTION_MASK] = { "hide", STAGE_MOUNTS, a_at },
    [ACTION_MASK_PRIVATE] = { "hide private files", STAGE_MOUNTS, a_at },
    [ACTION_READ_ONLY] = { "make read-only", STAGE_MOUNTS, a_at },
    [ACTION_SEAL] = { "seal", STAGE_MOUNTS, a_at },
    [ACTION_SYSCTL] = { "set a kernel parameter", STAGE_MOUNTS, a_sysctl },
    [ACTION_LEFT_OUT] = { "left out", STAGE_MOUNTS, a_from },
    [ACTION_PIVOT] = { "change root", STAGE_PIVOT, nothing },
    [ACTION_SET_HOSTNAME] = { "set the host name", STAGE_NAMES, a_from },
    [ACTION_SET_DOMAIN_NAME] = { "set the domain name", STAGE_NAMES, a_from },
    [ACTION_CLOCKS] = { "set the clocks", STAGE_NAMES, a_clocks },
    [ACTION_LOOPBACK] = { "loopback up", STAGE_NAMES, nothing },
    [ACTION_LOCK] = { "lock the mounts", STAGE_LOCK, nothing },
    [ACTION_TERMINAL] = { "open a terminal", STAGE_TERMINAL, nothing },
    [ACTION_INIT] = { "start init", STAGE_INIT, nothing },
    [ACTION_LIMIT] = { "set a limit", STAGE_RESTRICT, a_limit },
    [ACTION_KEYRING] = { "new session keyring", STAGE_RESTRICT, nothing },
    [ACTION_LABEL] = { "set the label", STAGE_RESTRICT, a_label },
    [ACTION_WALL] = { "deny what no path is named for", STAGE_RESTRICT, a_landlock },
    [ACTION_LET] = { "let through", STAGE_RESTRICT, a_let },
    [ACTION_LET_PORT] = { "let through a TCP port", STAGE_RESTRICT, a_port },
    [ACTION_PUT_UP] = { "put up the wall of paths", STAGE_RESTRICT, nothing },
    [ACTION_DEVICE_WALL] = { "limit devices by Landlock", STAGE_RESTRICT, a_limited },
    [ACTION_LANDLOCK_SCOPE] = { "keep to its own abstract sockets", STAGE_RESTRICT, a_landlock },
    [ACTION_SIGNAL_SCOPE] = { "keep its signals to its own processes", STAGE_RESTRICT, a_landlock },
    [ACTION_GROUPS] = { "become the app's user", STAGE_RESTRICT, a_user },
    [ACTION_CAPABILITIES] = { "set capabilities", STAGE_RESTRICT, a_capabilities },
    [ACTION_NO_NEW_PRIVILEGES] = { "no new privileges", STAGE_RESTRICT, nothing },
    [ACTION_FILTER] = { "filter system calls", STAGE_RESTRICT, a_filter },
    [ACTION_WORKDIR] = { "enter the working folder", STAGE_RESTRICT, a_from },
    [ACTION_EXEC] = { "execute", STAGE_EXEC, a_command },
};
