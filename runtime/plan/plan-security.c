/* What the app may still do: ids, capabilities, filter, limits, in the order in which they are given up. */
#include "kernel/landlock.h"
#include "kernel/sysctl.h"
#include "plan/allow.h"
#include "plan/host.h"
#include "plan/plan-syscalls.h"
#include "plan/steps.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <string.h>

#define CAPABILITY(name) ((uint64_t)1 << (name))

/* --- privileges.allow: what the kernel grants only in some circumstances ------------------------------------------ */

static int refuse_switch(const struct plan *plan, int which, const char *why, const char *help, struct error *err)
{
    spec_error(err, plan->spec, "privileges.allow", "%s %s", allow_names[which], why);
    return error_help(err, "%s", help);
}

static int check_gate(const struct plan *plan, int which, struct error *err)
{
    const struct allow_bundle *bundle = &allow_bundles[which];
    int code = plan->host->gates[which].code, value = plan->host->gates[which].value;
    if (code == 0 || (!plan->uids.count && allow_capabilities(plan->spec) >> CAP_SYS_ADMIN & 1))
        return 0;
    if (value > bundle->gate_open)
        return refuse_switch(
            plan, which,
            arena_printf(plan->arena, "is not granted to ordinary users here: kernel.%s is %d", bundle->gate, value),
            arena_printf(plan->arena, "as root: sysctl kernel.%s=%d", bundle->gate, bundle->gate_open), err);
    return refuse_switch(plan, which, arena_printf(plan->arena, "is not granted to ordinary users here: %s", strerror(code)),
                         "the kernel was built without it, or what cordon itself runs in filters the call", err);
}

static int check_switches(const struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    for (int i = 0; i < ALLOW_COUNT; i++) {
        const struct allow_bundle *bundle = &allow_bundles[i];
        if (!((spec->privileges.allow >> i) & 1))
            continue;
        if (bundle->needs_host_ids && plan->uids.count)
            return refuse_switch(plan, i, "is granted by the kernel only outside a user namespace",
                                 "it needs root and users.map: host", err);
        /* CAP_SYS_ADMIN outside a user namespace mounts the host's disks and a procfs without masks, and freezes its file
         * systems. */
        if (bundle->needs_own_ids && !plan->uids.count)
            return refuse_switch(plan, i, "with the ids of the host is power over the host itself", "write users.map: auto",
                                 err);
        /* The kernel lets the host's root write /proc/sys and /proc/sysrq-trigger by its number alone, without any capability.
         */
        if (bundle->bares_proc && plan->host_root_inside)
            return refuse_switch(
                plan, i, "shows an unmasked /proc, through which the host's root, who is among the ids, drives the host",
                "write users.map: auto", err);
        if (bundle->needs_own_network && spec->network != NETWORK_NONE && plan->uids.count)
            return refuse_switch(plan, i, "is granted by the kernel only on a network of the container's own",
                                 bundle->sysctl ? "it needs network.mode: none"
                                                : "it needs network.mode: none, or root and users.map: host",
                                 err);
        if (bundle->sysctl && spec->network == NETWORK_HOST)
            return refuse_switch(plan, i, "would change a setting of the host's network",
                                 "it needs a network of the container's own", err);
        if (bundle->needs_own_hostname && !spec->isolate.hostname)
            return refuse_switch(plan, i, "would change the host's name", "it needs isolate.hostname: new", err);
        if (bundle->gate && check_gate(plan, i, err) < 0)
            return -1;
    }
    return 0;
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static int plan_limit(struct plan *plan, unsigned which, struct limit wanted, const char *key, const char *reason,
                      struct error *err)
{
    const struct rlimit *now = &plan->host->limits[which];
    if (wanted.hard > now->rlim_max) {
        if (!plan->host->may_raise_limits) {
            if (spec_optional(plan->spec, key)) {
                plan_step(plan, ACTION_LEFT_OUT, key, "only CAP_SYS_RESOURCE may raise it")->from =
                    arena_printf(plan->arena, "a hard limit of %llu", (unsigned long long)wanted.hard);
                wanted.hard = now->rlim_max;
                wanted.soft = wanted.soft < wanted.hard ? wanted.soft : wanted.hard;
                return plan_limit(plan, which, wanted, key, reason, err);
            }
            spec_error(err, plan->spec, key, "the caller's hard limit is %llu, and only CAP_SYS_RESOURCE may raise it",
                       (unsigned long long)now->rlim_max);
            return error_help(
                err, "ask for less, or raise it for the service or login that starts cordon (LimitX= of systemd, limits.conf)");
        }
        struct step *raise = plan_step(plan, ACTION_RAISE_LIMIT, key, "from outside, where the right to raise is");
        raise->number = which;
        raise->limit = (struct rlimit){ now->rlim_cur, wanted.hard };
        raise->optional = spec_optional(plan->spec, key);
    }
    struct step *step = plan_step(plan, ACTION_LIMIT, key, reason);
    step->number = which;
    step->limit = (struct rlimit){ wanted.soft, wanted.hard };
    return 0;
}

/* What a crash would still start or reach outside, and why no limit keeps it from that; all NULL: nothing. */
struct leak {
    const char *what, *why, *help;
};

static struct leak core_leak(const struct host *host, rlim_t most)
{
    if (host->core_socket)
        return (struct leak){ "send its memory to the host's core_pattern socket", "the kernel asks no limit before it does",
                              "sysctl kernel.core_pattern=core" };
    if (host->limits[RLIMIT_CORE].rlim_max < most && !host->may_raise_limits)
        return (struct leak){ "start the host's core_pattern program",
                              "only a limit of 1 keeps it from that, and the caller's hard limit is 0",
                              "raise the hard limit of core to 1 for the service or login that starts cordon" };
    return (struct leak){ 0 };
}

/* 0 keeps the kernel from writing a core file but not from starting the host's core_pattern program, which would run outside
 * with arguments from inside; 1 is the one value that stops both (core(5), do_coredump). A caller whose own hard limit is 0
 * cannot have 1: his programs start that one whenever they crash, and so will these. */
static int plan_no_cores(struct plan *plan, const char *key, struct error *err)
{
    const struct spec *spec = plan->spec;
    const struct host *host = plan->host;
    rlim_t most = host->no_cores ? 0 : 1;
    const struct leak leak = core_leak(host, most);
    if (leak.what && spec_says(spec, key) && !spec_optional(spec, key)) {
        spec_error(err, spec, key, "a crash would %s: %s", leak.what, leak.why);
        return error_help(err, "%s, or leave this out", leak.help);
    }
    if (leak.what)
        plan_step(plan, ACTION_LEFT_OUT, key, leak.why)->from =
            arena_printf(plan->arena, "the wall at a crash, which would %s", leak.what);
    if (host->limits[RLIMIT_CORE].rlim_max < most && !host->may_raise_limits)
        most = 0;
    return plan_limit(plan, RLIMIT_CORE, (struct limit){ true, most, most }, key,
                      leak.what ? "no core files" : "no core files, and no host program started for one", err);
}

static int plan_limits(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    for (unsigned which = 0; which < RLIM_NLIMITS; which++) {
        struct limit limit = spec->limits[which];
        const char *key = arena_printf(plan->arena, "limits.%s", limit_names[which]);
        if (which == RLIMIT_CORE && spec_no_cores(spec)) {
            if (plan_no_cores(plan, limit.set ? key : "privileges.inspection", err) < 0)
                return -1;
        } else if (limit.set) {
            if (plan_limit(plan, which, limit, key, "as asked", err) < 0)
                return -1;
        } else if (which == RLIMIT_RTPRIO && ALLOWS(spec->privileges.allow, REALTIME)) {
            if (plan_limit(plan, which, (struct limit){ true, 99, 99 }, "privileges.allow", "realtime", err) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- scopes -------------------------------------------------------------------------------------------------------- */

/* What Landlock keeps in, where no namespace does. */
static const struct scope {
    enum action action;
    enum landlock_scope scope;
    const char *key, *reason, *cannot, *help, *left_out, *open;
} scopes[] = {
    { ACTION_LANDLOCK_SCOPE, LANDLOCK_ABSTRACT_SOCKETS, "sockets.abstract",
      "on the host's network are the abstract sockets of all its programs", "keep it from the host's abstract sockets",
      "write network: {mode: none}, or sockets: {abstract: true} where it may reach them", "abstract sockets closed",
      "the host's are within reach: closing them takes Landlock of ABI 6" },
    { ACTION_SIGNAL_SCOPE, LANDLOCK_SIGNALS, "isolate.signals",
      "the processes of the host have numbers here, and those of its own users would take them",
      "keep it from sending signals to processes outside",
      "write isolate: {pid: new}, or isolate: {signals: inherit} where it may send them", "signals kept inside",
      "those of its own users outside can be signalled: that takes Landlock of ABI 6 to keep it from" },
};

/* Abstract sockets belong to the network: on one of its own there are none of the host's. A process of another pid namespace
 * has no number. */
static bool needs_scope(const struct spec *spec, const struct scope *scope)
{
    return scope->scope == LANDLOCK_SIGNALS ? !spec->isolate.pid && spec->isolate.signals
                                            : spec->network == NETWORK_HOST && !spec->sockets.abstract;
}

static int plan_scope(struct plan *plan, const struct scope *scope, struct error *err)
{
    const struct spec *spec = plan->spec;
    if (plan->host->landlock >= LANDLOCK_ABI_SCOPES) {
        plan_step(plan, scope->action, scope->key, scope->reason)->number = scope->scope;
        return 0;
    }
    if (spec_says(spec, scope->key) && !spec_optional(spec, scope->key)) {
        spec_error(err, spec, scope->key, "this kernel cannot %s: it takes Landlock of ABI 6 (Linux 6.12), and this one has %d",
                   scope->cannot, plan->host->landlock);
        return error_help(err, "%s", scope->help);
    }
    plan_step(plan, ACTION_LEFT_OUT, scope->key, scope->open)->from = scope->left_out;
    return 0;
}

static int plan_scopes(struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (needs_scope(plan->spec, &scopes[i]) && plan_scope(plan, &scopes[i], err) < 0)
            return -1;
    return 0;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

/* The app could undo its mounts: it keeps CAP_SYS_ADMIN over them, and the filter lets it. */
static bool needs_lock(const struct plan *plan)
{
    return plan->uids.count && plan->capabilities & CAPABILITY(CAP_SYS_ADMIN) &&
           plan_filter_opens(plan->spec,
                             "mount umount umount2 move_mount mount_setattr open_tree open_tree_attr fsmount pivot_root");
}

/* A kernel parameter that was set for the first network would not hold in the second. */
static int check_lock(const struct plan *plan, struct error *err)
{
    for (int i = 0; i < ALLOW_COUNT; i++)
        if ((plan->spec->privileges.allow >> i) & 1 && allow_bundles[i].sysctl)
            return refuse_switch(plan, i, "has no effect where the app may also mount", "leave one of the two out", err);
    for (size_t i = 0; i < plan->spec->sysctl.count; i++) {
        const struct sysctl_entry *entry = &plan->spec->sysctl.items[i];
        if (sysctl_owner(entry->name) == SYSCTL_USER) /* of the user namespace above the one that the lock makes: it holds */
            continue;
        spec_error(err, plan->spec, plan_sysctl_key(plan, entry), "has no effect where the app may also mount");
        return error_help(err, "leave one of the two out");
    }
    return 0;
}

/* The lock gives the app a second network and ipc namespace, and what was mounted for the first stays that one's. */
static void plan_foreign(struct plan *plan)
{
    static const struct {
        uint64_t flag;
        const char *key, *what;
    } rows[] = { { CLONE_NEWNET, "network.mode", "its own network in /sys/class/net" },
                 { CLONE_NEWIPC, "isolate.ipc", "its own queues in /dev/mqueue" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (plan->clone_flags & rows[i].flag)
            plan_step(plan, ACTION_LEFT_OUT, rows[i].key, "mounted before the mounts were locked")->from = rows[i].what;
}

int plan_security(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const struct privileges *privileges = &spec->privileges;

    plan->capabilities = allow_capabilities(spec);
    if (check_switches(plan, err) < 0 || (spec->why ? plan_told_filter(spec, &plan->filter, &plan->told, err)
                                                    : plan_filter(spec, &plan->filter, &plan->filter_builtin, err)) < 0)
        return -1;
    if (needs_lock(plan)) {
        if (check_lock(plan, err) < 0)
            return -1;
        plan_step(plan, ACTION_LOCK, "privileges", "the app may mount: it must not undo what was mounted for it");
        plan_foreign(plan);
    }
    plan_step(plan, ACTION_KEYRING, NULL, "the caller's keys stay outside");
    /* What keeps it from writing to /proc, or from what it needs for that, comes after; and the wall around devices, which
     * lists the root, before that of paths, which may close it. */
    if (plan_label(plan, err) < 0 || plan_device_wall(plan, err) < 0 || plan_paths(plan, err) < 0 ||
        plan_scopes(plan, err) < 0) /* while it has the capability that this takes without no_new_privs */
        return -1;
    plan_step(plan, ACTION_GROUPS, "app.user", "its own ids and groups, and no other");
    plan_step(plan, ACTION_WORKDIR, "app.workdir", "with the rights of app.user")->from = spec->app.workdir;
    plan_step(plan, ACTION_CAPABILITIES, "privileges",
              plan->capabilities ? "these and no other, in all five sets"
                                 : "none, in all five sets, and none can be had again");
    if (!privileges->new_privileges)
        plan_step(plan, ACTION_NO_NEW_PRIVILEGES, "privileges.new-privileges",
                  "no program that it starts has more than it has");
    if (plan_limits(plan, err) < 0)
        return -1;
    if (plan->filter.count)
        plan_step(plan, ACTION_FILTER, "syscalls.base",
                  plan->told             ? "made for --why: what it refuses waits until the launcher has counted it"
                  : plan->filter_builtin ? "compiled in"
                                         : "made for this profile");
    return 0;
}
