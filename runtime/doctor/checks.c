#include "doctor/checks.h"

#include <errno.h>
#include <string.h>

#define FLOOR_MAJOR 5
#define FLOOR_MINOR 14

/* What a check fills in; `ok` is false until it says otherwise. False as result: it does not concern who asks. */
struct judging {
    struct arena *arena;
    const struct facts *facts;
    int number; /* of the probe or the controller that the row is about */
    struct finding *finding;
};

#define SAY(j, member, ...) ((j)->finding->member = arena_printf((j)->arena, __VA_ARGS__))

static bool plain(const struct facts *facts) { return !facts->privileged; }

/* --- the kernel --------------------------------------------------------------------------------------------------- */

static bool check_version(struct judging *j)
{
    const struct facts *facts = j->facts;
    j->finding->ok = facts->major > FLOOR_MAJOR || (facts->major == FLOOR_MAJOR && facts->minor >= FLOOR_MINOR);
    SAY(j, detail, "Linux %s; %d.%d or later is needed", facts->release ? facts->release : "unknown", FLOOR_MAJOR, FLOOR_MINOR);
    if (!j->finding->ok)
        SAY(j, remedy, "boot a newer kernel");
    return true;
}

/* What an outer container, in which cordon runs, must be started with. */
static const char *outer_option(const struct facts *facts, const char *docker, const char *podman)
{
    if (!facts->outer)
        return NULL;
    return strcmp(facts->outer, "docker") == 0 ? docker : podman;
}

static const char *seccomp_of_outer(const struct facts *facts)
{
    return outer_option(facts, "docker run --security-opt seccomp=unconfined", "podman run --security-opt seccomp=unconfined");
}

/* Missing, or hidden: a filter around cordon answers with the same errnos. */
static void judge_probe(struct judging *j, int code)
{
    j->finding->ok = code == 0;
    if (code == 0)
        SAY(j, detail, "works");
    else if (code == ENOSYS)
        SAY(j, detail, "not in this kernel, or hidden by a system call filter around cordon");
    else
        SAY(j, detail, "does not work: %s", strerror(code));
    if (code)
        j->finding->remedy = seccomp_of_outer(j->facts);
}

static bool check_probe(struct judging *j)
{
    judge_probe(j, j->facts->probes[j->number]);
    return true;
}

/* --- user namespaces ---------------------------------------------------------------------------------------------- */

/* One errno has a handful of causes, each with a remedy of its own. */
static void explain_user_namespaces(struct judging *j, int code, bool for_root)
{
    const struct facts *facts = j->facts;
    if (facts->max_user_namespaces == 0) {
        SAY(j, detail, "user.max_user_namespaces is 0");
        SAY(j, remedy, "sysctl -w user.max_user_namespaces=15000");
    } else if (!for_root && facts->unprivileged_userns_clone == 0) {
        SAY(j, detail, "kernel.unprivileged_userns_clone is 0: only root may make them");
        SAY(j, remedy, "sysctl -w kernel.unprivileged_userns_clone=1");
    } else if (!for_root && facts->apparmor_restrict > 0) {
        SAY(j, detail,
            "kernel.apparmor_restrict_unprivileged_userns is %ld: AppArmor must name the programs that may make them",
            facts->apparmor_restrict);
        if (facts->userns_profile)
            SAY(j, remedy, "apparmor_parser -r %s", facts->userns_profile);
        else
            SAY(j, remedy,
                "printf 'abi <abi/4.0>,\\nprofile cordon %s flags=(unconfined) { userns, }\\n' >/etc/apparmor.d/cordon && "
                "apparmor_parser -r /etc/apparmor.d/cordon",
                facts->own_path);
    } else {
        judge_probe(j, code);
    }
}

/* With Ubuntu's switch on they work by a profile alone: which, for who wonders why it works here. */
static void name_profile(struct judging *j)
{
    const char *own = j->facts->own_label;
    if (plain(j->facts) && j->facts->apparmor_restrict > 0 && own && strcmp(own, "unconfined") != 0)
        SAY(j, detail, "works: AppArmor, which must name the programs that may make them, runs cordon as %s", own);
}

static bool check_user_namespaces(struct judging *j)
{
    int code = j->facts->probes[PROBE_USER_NAMESPACE];
    judge_probe(j, code);
    if (code)
        explain_user_namespaces(j, code, j->facts->privileged);
    else
        name_profile(j);
    return true;
}

static bool check_user_namespaces_of_users(struct judging *j)
{
    int code = j->facts->user_namespace_of_users;
    if (code < 0)
        return false;
    judge_probe(j, code);
    if (code)
        explain_user_namespaces(j, code, false);
    return true;
}

/* Every probe of this kind begins with a user namespace; where that fails, one finding says it. */
static bool check_namespace(struct judging *j)
{
    if (j->facts->probes[PROBE_USER_NAMESPACE] && j->facts->probes[j->number] == j->facts->probes[PROBE_USER_NAMESPACE])
        return false;
    return check_probe(j);
}

/* The kernel shows a new procfs or sysfs only to those who see all of one already: what covers parts of it would be gone. */
static bool check_masked(struct judging *j)
{
    if (!check_namespace(j))
        return false;
    if (j->facts->probes[j->number] != EPERM)
        return true;
    const char *path = j->number == PROBE_PROC ? "/proc" : "/sys";
    SAY(j, detail, "parts of %s are covered, by %s: no container may then have one of its own", path,
        j->facts->outer ? "the container around cordon" : "mounts of this host");
    j->finding->remedy =
        outer_option(j->facts, "docker run --security-opt systempaths=unconfined", "podman run --security-opt unmask=ALL");
    return true;
}

static bool check_idmapped(struct judging *j)
{
    if (plain(j->facts))
        return false; /* the kernel lets only root do it to a file system of the host's */
    check_probe(j);
    if (j->facts->probes[PROBE_IDMAPPED_MOUNT] == EINVAL)
        SAY(j, detail, "the root's file system cannot do it; others may");
    return true;
}

/* --- security ----------------------------------------------------------------------------------------------------- */

/* What came after the first version, and from which Linux on. */
static const struct {
    int abi;
    const char *what, *since;
} landlock_later[] = {
    { 2, "let files be moved between folders", "5.19" },
    { 3, "deny truncating", "6.2" },
    { 4, "keep to TCP ports", "6.7" },
    { 5, "deny ioctl on devices", "6.10" },
    { 6, "keep signals and abstract sockets inside", "6.12" },
};

static bool check_landlock(struct judging *j)
{
    const int abi = j->facts->landlock_abi;
    const char *lacks = "", *since = NULL;
    if (abi <= 0) {
        SAY(j, detail, "not in this kernel, or not among the security modules that it started");
        SAY(j, remedy, "put landlock first into lsm= on the kernel's command line, and boot again");
        return true;
    }
    for (size_t i = 0; i < sizeof landlock_later / sizeof *landlock_later; i++) {
        if (abi >= landlock_later[i].abi)
            continue;
        lacks =
            arena_printf(j->arena, "%s%s%s (ABI %d)", lacks, since ? ", " : "", landlock_later[i].what, landlock_later[i].abi);
        since = landlock_later[i].since;
    }
    j->finding->ok = !since;
    if (!since) {
        SAY(j, detail, "ABI %d", abi);
        return true;
    }
    SAY(j, detail, "ABI %d, which cannot %s", abi, lacks);
    SAY(j, remedy, "boot Linux %s or later; of paths that it cannot keep wholly, optional: true takes what there is", since);
    return true;
}

static bool check_label(struct judging *j)
{
    j->finding->ok = j->facts->apparmor || j->facts->selinux;
    SAY(j, detail, "%s",
        j->facts->apparmor  ? "AppArmor"
        : j->facts->selinux ? "SELinux"
                            : "neither AppArmor nor SELinux is on");
    if (!j->finding->ok)
        SAY(j, remedy, "put apparmor into lsm= on the kernel's command line, and boot again; not every kernel has it");
    return true;
}

static bool check_default_profile(struct judging *j)
{
    if (!j->facts->apparmor)
        return false; /* `label` says it */
    j->finding->ok = j->facts->default_profile == 0;
    SAY(j, detail, j->finding->ok ? "cordon-default is loaded" : "AppArmor's profile cordon-default is not loaded");
    if (!j->finding->ok)
        SAY(j, remedy, "apparmor_parser -r " APPARMOR_DIR "/cordon-default");
    return true;
}

static bool check_yama(struct judging *j)
{
    static const char *const words[] = { "everybody's own processes", "descendants only", "only with CAP_SYS_PTRACE",
                                         "nobody" };
    long scope = j->facts->ptrace_scope;
    j->finding->ok = scope < 3;
    if (scope < 0)
        SAY(j, detail, "not restricted by yama");
    else
        SAY(j, detail, "kernel.yama.ptrace_scope is %ld: %s", scope, words[scope < 3 ? scope : 3]);
    if (!j->finding->ok)
        SAY(j, remedy, "boot again without kernel.yama.ptrace_scope=3 in /etc/sysctl.d: it cannot be lowered before");
    return true;
}

static bool check_cores(struct judging *j)
{
    const char *pattern = j->facts->core_pattern;
    bool leaves = *pattern == '|' || *pattern == '@';
    j->finding->ok = !leaves;
    SAY(j, detail, leaves ? "cores go to a program of the host: %s" : "cores are files: %s", pattern);
    if (leaves)
        SAY(j, remedy, "sysctl -w kernel.core_pattern=core");
    return true;
}

/* --- cgroups ------------------------------------------------------------------------------------------------------ */

static bool check_cgroup(struct judging *j)
{
    const struct facts *facts = j->facts;
    j->finding->ok = facts->cgroup_mount && facts->cgroup_writable;
    if (!facts->cgroup_mount) {
        /* Over the folder itself it would cover the hierarchies of v1, and with them what systemd or an engine works with. */
        const char *command = facts->cgroup_v1
                                  ? "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"
                                  : "mount -t cgroup2 none /sys/fs/cgroup";
        SAY(j, detail, "no cgroup v2 hierarchy is mounted");
        SAY(j, remedy, "%s%s", plain(facts) ? "as root: " : "", command);
    } else if (facts->cgroup_writable) {
        SAY(j, detail, "%s%s", facts->cgroup_mount, facts->cgroup_home);
    } else if (facts->privileged) {
        SAY(j, detail, "%s cannot be written to", facts->cgroup_mount);
        j->finding->remedy = outer_option(facts, "docker run --privileged", "podman run --security-opt unmask=/sys/fs/cgroup");
        if (!j->finding->remedy)
            SAY(j, remedy, "mount -o remount,rw %s", facts->cgroup_mount);
    } else {
        SAY(j, detail, "no cgroup below %s is this user's", facts->cgroup_mount);
        SAY(j, remedy, "start it below the user's manager (loginctl enable-linger %s), or in a unit with Delegate=yes",
            facts->caller.name);
    }
    return true;
}

static void explain_undelegated(struct judging *j, const char *name)
{
    const struct facts *facts = j->facts;
    if (facts->privileged) {
        SAY(j, detail, "not handed down to %s%s", facts->cgroup_mount ? facts->cgroup_mount : "a cgroup v2 hierarchy",
            facts->cgroup_home ? facts->cgroup_home : "");
        if (facts->cgroup_writable)
            SAY(j, remedy, "start the container or unit that cordon is in with %s delegated", name);
        return;
    }
    SAY(j, detail, "not delegated to this user");
    SAY(j, remedy,
        "mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' "
        ">/etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload; then log in again");
    if (j->number == CONTROLLER_HUGETLB)
        SAY(j, remedy,
            "systemd delegates no hugetlb: root can start it in a group that has it and that systemd does not manage");
}

static bool check_controller(struct judging *j)
{
    const char *name = controller_names[j->number];
    const char *legacy = j->number == CONTROLLER_IO ? "blkio" : name;
    switch (j->facts->controllers[j->number]) {
    case CONTROLLER_GIVEN:
        j->finding->ok = true;
        SAY(j, detail, "available");
        break;
    case CONTROLLER_UNDELEGATED:
        explain_undelegated(j, name);
        break;
    case CONTROLLER_LEGACY:
        SAY(j, detail, "held by a hierarchy of cgroup v1");
        SAY(j, remedy, "put cgroup_no_v1=%s on the kernel's command line, and boot again", legacy);
        break;
    case CONTROLLER_DISABLED:
        SAY(j, detail, "turned off on the kernel's command line");
        SAY(j, remedy, "take cgroup_disable=%s off the kernel's command line, and boot again", name);
        break;
    case CONTROLLER_UNKNOWN:
        SAY(j, detail, "not in this kernel");
        SAY(j, remedy, "boot a kernel that has the %s controller", name);
        break;
    }
    return true;
}

static bool check_into_cgroup(struct judging *j)
{
    if (!j->facts->cgroup_mount || !j->facts->cgroup_writable)
        return false; /* `cgroup` says it */
    judge_probe(j, j->facts->clone_into_cgroup);
    return true;
}

/* For a plain user a user namespace does what there is to do. */
static bool check_device_filter(struct judging *j)
{
    if (plain(j->facts))
        return false;
    judge_probe(j, j->facts->device_programs);
    if (j->finding->ok)
        SAY(j, detail, "device programs can be loaded");
    else if (!j->finding->remedy)
        SAY(j, remedy,
            "give cordon CAP_BPF and CAP_NET_ADMIN outside of any user namespace, and a kernel with CONFIG_CGROUP_BPF");
    return true;
}

/* --- ids ---------------------------------------------------------------------------------------------------------- */

static bool check_subordinate(struct judging *j)
{
    const struct facts *facts = j->facts;
    if (facts->privileged)
        return false; /* root takes a free block of ids */
    uint32_t count = facts->subuids.count < facts->subgids.count ? facts->subuids.count : facts->subgids.count;
    j->finding->ok = count > 0;
    if (j->finding->ok) {
        SAY(j, detail, "%u ids, from %u on, beside the user's own", count, facts->subuids.start);
        return true;
    }
    SAY(j, detail, "no line for this user in %s: one id inside, and no groups to drop",
        facts->subuids.count   ? "/etc/subgid"
        : facts->subgids.count ? "/etc/subuid"
                               : "/etc/subuid and /etc/subgid");
    const char *range = arena_printf(j->arena, "%u-%u", facts->free_ids, facts->free_ids + 65535);
    SAY(j, remedy, "usermod%s%s%s%s %s", facts->subuids.count ? "" : " --add-subuids ", facts->subuids.count ? "" : range,
        facts->subgids.count ? "" : " --add-subgids ", facts->subgids.count ? "" : range, facts->caller.name);
    return true;
}

static void explain_helper(struct judging *j, enum helper state, const char *name, const char *capability)
{
    if (state == HELPER_MISSING) {
        SAY(j, detail, "/usr/bin/%s is not installed", name);
        j->finding->remedy = j->facts->install_helpers;
    } else if (state == HELPER_POWERLESS) {
        SAY(j, detail, "/usr/bin/%s has neither the set-user-id bit nor a capability", name);
        SAY(j, remedy, "setcap %s=ep /usr/bin/%s", capability, name);
    }
}

static bool check_helpers(struct judging *j)
{
    const struct facts *facts = j->facts;
    if (facts->privileged)
        return false; /* root writes the maps itself */
    j->finding->ok = facts->newuidmap == HELPER_GOOD && facts->newgidmap == HELPER_GOOD && !facts->no_new_privileges;
    if (j->finding->ok)
        SAY(j, detail, "newuidmap and newgidmap are installed, with the right to map");
    explain_helper(j, facts->newgidmap, "newgidmap", "cap_setgid");
    explain_helper(j, facts->newuidmap, "newuidmap", "cap_setuid");
    if (facts->no_new_privileges && !j->finding->detail) {
        SAY(j, detail, "no_new_privs is set on this shell: set-id programs give it nothing");
        SAY(j, remedy, "start cordon from a login, or from a unit without NoNewPrivileges=");
    }
    return true;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

#define NEEDS(...)                                                                                                             \
    (const char *const[]) { __VA_ARGS__, NULL }
#define PROBE(name, number, check, needs, essential)                                                                           \
    {                                                                                                                          \
        name, needs, check, number, essential                                                                                  \
    }

static const struct check_row {
    const char *name;
    const char *const *needed_for;
    bool (*judge)(struct judging *judging);
    int number;
    bool essential; /* for every run whose profile does not give something up */
} rows[] = {
    { "kernel", NEEDS("run"), check_version, 0, true },
    PROBE("openat2", PROBE_OPENAT2, check_probe, NEEDS("run"), true),
    PROBE("clone3", PROBE_CLONE3, check_probe, NEEDS("run"), true),
    PROBE("pidfd", PROBE_PIDFD, check_probe, NEEDS("run"), true),
    PROBE("user-namespaces", PROBE_USER_NAMESPACE, check_user_namespaces, NEEDS("run"), true),
    { "user-namespaces-of-users", NEEDS("run"), check_user_namespaces_of_users, 0, false },
    PROBE("mount-namespaces", PROBE_MOUNT_NAMESPACE, check_namespace, NEEDS("run"), true),
    PROBE("mount-api", PROBE_MOUNT_API, check_namespace, NEEDS("run"), true),
    PROBE("pid-namespaces", PROBE_PID_NAMESPACE, check_namespace, NEEDS("isolate.pid"), true),
    PROBE("network-namespaces", PROBE_NETWORK_NAMESPACE, check_namespace, NEEDS("network.mode"), true),
    PROBE("ipc-namespaces", PROBE_IPC_NAMESPACE, check_namespace, NEEDS("isolate.ipc"), true),
    PROBE("hostname-namespaces", PROBE_HOSTNAME_NAMESPACE, check_namespace, NEEDS("isolate.hostname", "hostname"), true),
    PROBE("cgroup-namespaces", PROBE_CGROUP_NAMESPACE, check_namespace, NEEDS("isolate.cgroup"), true),
    PROBE("time-namespaces", PROBE_TIME_NAMESPACE, check_namespace, NEEDS("isolate.time", "clock"), false),
    PROBE("proc", PROBE_PROC, check_masked, NEEDS("isolate.pid"), true),
    PROBE("sysfs", PROBE_SYSFS, check_masked, NEEDS("network.mode"), true),
    PROBE("overlay", PROBE_OVERLAY, check_namespace, NEEDS("root.write"), false),
    PROBE("idmapped-mounts", PROBE_IDMAPPED_MOUNT, check_idmapped, NEEDS("mounts"), false),
    PROBE("seccomp", PROBE_SECCOMP_FILTER, check_probe, NEEDS("run", "syscalls"), true),
    PROBE("seccomp-log", PROBE_SECCOMP_LOG, check_probe, NEEDS("syscalls.on-deny"), false),
    PROBE("seccomp-notify", PROBE_SECCOMP_NOTIFY, check_probe, NEEDS("run --why"), false),
    { "landlock", NEEDS("paths", "devices", "sockets.abstract", "isolate.signals"), check_landlock, 0, false },
    { "label", NEEDS("label"), check_label, 0, false },
    { "cordon-default", NEEDS("label.apparmor"), check_default_profile, 0, false },
    { "ptrace", NEEDS("privileges.inspection"), check_yama, 0, false },
    { "core-files", NEEDS("limits.core"), check_cores, 0, false },
    { "subordinate-ids", NEEDS("users.map", "app.user", "app.groups"), check_subordinate, 0, false },
    { "id-helpers", NEEDS("users.map", "app.user", "app.groups"), check_helpers, 0, false },
    { "cgroup", NEEDS("resources"), check_cgroup, 0, false },
    { "clone-into-cgroup", NEEDS("resources"), check_into_cgroup, 0, false },
    { "device-filter", NEEDS("devices", "users.map"), check_device_filter, 0, false },
    { "cgroup-cpu", NEEDS("resources.cpu"), check_controller, CONTROLLER_CPU, false },
    { "cgroup-cpuset", NEEDS("resources.cpu.set"), check_controller, CONTROLLER_CPUSET, false },
    { "cgroup-memory", NEEDS("resources.memory"), check_controller, CONTROLLER_MEMORY, false },
    { "cgroup-pids", NEEDS("resources.processes"), check_controller, CONTROLLER_PIDS, false },
    { "cgroup-io", NEEDS("resources.io"), check_controller, CONTROLLER_IO, false },
    { "cgroup-hugetlb", NEEDS("resources.hugepages"), check_controller, CONTROLLER_HUGETLB, false },
};

void checks_judge(struct arena *arena, const struct facts *facts, struct findings *ret)
{
    for (const struct check_row *row = rows; row < rows + sizeof rows / sizeof *rows; row++) {
        struct finding finding = { .check = row->name, .needed_for = row->needed_for, .essential = row->essential };
        struct judging judging = { arena, facts, row->number, &finding };
        if (!row->judge(&judging))
            continue;
        *SLICE_PUSH(arena, &ret->items) = finding;
        ret->gaps += !finding.ok;
        ret->essential_gaps += !finding.ok && finding.essential;
    }
}

static const char *gap_names(struct arena *arena, const struct findings *findings, bool essential)
{
    const char *text = "";
    for (size_t i = 0; i < findings->items.count; i++) {
        const struct finding *finding = &findings->items.items[i];
        if (!finding->ok && (finding->essential || !essential))
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", finding->check);
    }
    return text;
}

const char *checks_verdict(struct arena *arena, const struct facts *facts, const struct findings *findings)
{
    const char *who = facts->privileged        ? "root"
                      : facts->caller.uid == 0 ? "root, which lacks root's capabilities and counts as a plain user,"
                                               : arena_printf(arena, "the user %s", facts->caller.name);
    if (findings->essential_gaps)
        return arena_printf(arena, "This host cannot run containers for %s: %s", who, gap_names(arena, findings, true));
    if (findings->gaps)
        return arena_printf(arena, "This host runs containers for %s; %zu thing%s missing that some profiles ask for: %s", who,
                            findings->gaps, findings->gaps == 1 ? " is" : "s are", gap_names(arena, findings, false));
    return arena_printf(arena, "This host runs containers for %s, and nothing that a profile can ask for is missing", who);
}
