#include "plan/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "kernel/landlock.h"
#include "kernel/lsm.h"
#include "plan/allow.h"
#include "plan/host-cgroup.h"
#include "plan/host-devices.h"
#include "plan/host-mounts.h"
#include "plan/plan-syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* --- subordinate ids ---------------------------------------------------------------------------------------------- */

struct id_block host_subordinate(struct arena *arena, const char *path, const struct caller *caller)
{
    struct id_block found = { 0 };
    char *text = file_read_small(AT_FDCWD, path, 1 << 20, arena), *line;
    char number[16];
    snprintf(number, sizeof number, "%u", caller->uid);
    while (text && (line = strsep(&text, "\n"))) {
        const char *owner = strsep(&line, ":");
        char *start = line ? strsep(&line, ":") : NULL;
        if (!start || !line || (strcmp(owner, caller->name) != 0 && strcmp(owner, number) != 0))
            continue;
        unsigned long first = strtoul(start, NULL, 10), count = strtoul(line, NULL, 10);
        if (count > found.count && first > 0 && first < UINT32_MAX && count < UINT32_MAX - first)
            found = (struct id_block){ (uint32_t)first, (uint32_t)count };
    }
    return found;
}

static void gather_ids(struct host *host, struct arena *arena)
{
    host->subuids = host_subordinate(arena, "/etc/subuid", &host->caller);
    if (host->subuids.count)
        host->subgids = host_subordinate(arena, "/etc/subgid", &host->caller);
    if (host->subuids.count && !host->privileged)
        host->has_newuidmap = access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0;
}

/* --- the host's root ---------------------------------------------------------------------------------------------- */

/* A name that cannot be looked at is not one that is missing: the container would do without /etc, and nobody be told. */
static int gather_top(struct host *host, struct arena *arena, struct error *err)
{
    static const char *const names[] = { "usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[16], target[PATH_MAX];
        snprintf(path, sizeof path, "/%s", names[i]);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0 && errno == ENOENT)
            continue;
        if (n < 0 && errno != EINVAL) /* EINVAL: a folder */
            return error_errno(err, errno, "look at %s", path);
        *SLICE_PUSH(arena, &host->top) = (struct top_entry){ names[i], n < 0 ? NULL : arena_strndup(arena, target, (size_t)n) };
    }
    return 0;
}

#define LARGEST_COPY (1 << 20)

/* Of a file of names: half of one would be another file, and nobody told. */
static int content(struct arena *arena, const struct spec *spec, const char *path, const char **ret, struct error *err)
{
    const char *text = file_read_small(AT_FDCWD, path, LARGEST_COPY + 1, arena);
    *ret = text ? text : "";
    if (strlen(*ret) <= LARGEST_COPY)
        return 0;
    spec_error(err, spec, "network.mode", "%s of the host is larger than %d MiB, and cannot be copied", path,
               LARGEST_COPY >> 20);
    return error_help(err, "show it as it is: --mount %s:%s", path, path);
}

static int gather_files(struct host *host, const struct spec *spec, struct arena *arena, struct error *err)
{
    const struct {
        const char *path, **text;
    } copied[] = { { "/etc/resolv.conf", &host->resolv_conf }, { "/etc/hosts", &host->hosts } };
    const char *id = file_read_small(AT_FDCWD, "/etc/machine-id", 256, arena);
    host->machine_id = id ? id : "";
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        *copied[i].text = "";
        if (spec->network == NETWORK_HOST && !spec_mounts_at(spec, copied[i].path) &&
            content(arena, spec, copied[i].path, copied[i].text, err) < 0)
            return -1;
    }
    return 0;
}

static void gather_name(struct host *host, const struct spec *spec, struct arena *arena)
{
    struct utsname name;
    if (!spec->isolate.hostname && uname(&name) == 0)
        host->name = arena_strdup(arena, name.nodename);
}

/* --- app.user and app.groups, as the root's own files have them --------------------------------------------------- */

static struct passwd_entry caller_entry(const struct caller *caller)
{
    return (struct passwd_entry){ caller->name, caller->home, caller->shell, caller->uid, caller->gid };
}

static int gather_user(struct host *host, const struct spec *spec, int root, struct arena *arena, struct error *err)
{
    const struct user_choice *user = &spec->app.user;
    const struct caller *caller = &host->caller;
    bool as_caller = user->kind == USER_CALLER || (spec->users.map == MAP_KEEP && !spec_says(spec, "app.user"));
    uid_t uid = as_caller ? caller->uid : user->uid;
    int found;

    if (user->kind == USER_NAME)
        found = passwd_by_name(root, user->name, arena, &host->user, err);
    else if (root == AT_FDCWD && uid == caller->uid && (found = caller->known)) /* it has been read already */
        host->user = caller_entry(caller);
    else
        found = passwd_by_uid(root, uid, arena, &host->user, err);
    if (found < 0) {
        error_context(err, "app.user");
        return error_at(err, spec_source(spec, "app.user"));
    }
    if (found == 0 && user->kind == USER_CALLER) {
        host->user = caller_entry(caller);
        found = 1;
    }
    host->user_found = found > 0;
    return 0;
}

static int gather_groups(struct host *host, const struct spec *spec, int root, struct arena *arena, struct error *err)
{
    host->groups.ids = arena_alloc(arena, (spec->app.groups.count + 1) * sizeof *host->groups.ids);
    for (size_t i = 0; i < spec->app.groups.count; i++) {
        const char *name = spec->app.groups.items[i];
        char key[48], *end;
        snprintf(key, sizeof key, "app.groups[%zu]", i);
        unsigned long number = strtoul(name, &end, 10);
        gid_t gid = (gid_t)number;
        if (*end) {
            int found = group_by_name(root, name, &gid, err);
            if (found == 0)
                spec_error(err, spec, key, "there is no group '%s' in the root's /etc/group", name);
            if (found <= 0)
                return -1;
        }
        host->groups.ids[host->groups.count++] = gid;
    }
    return 0;
}

/* --- what lies inside ------------------------------------------------------------------------------------------------ */

static int gather_inside(struct host *host, const struct spec *spec, struct arena *arena, struct error *err)
{
    if (spec->root.from != ROOT_DIR)
        host_gather_mounts(host, spec, -1, arena);
    if (spec->root.from == ROOT_EMPTY)
        return 0;
    if (spec->root.from == ROOT_HOST)
        return gather_user(host, spec, AT_FDCWD, arena, err) < 0 ? -1 : gather_groups(host, spec, AT_FDCWD, arena, err);
    AUTO_CLOSE int root = open(spec->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    if (root < 0 || fstat(root, &st) < 0) {
        error_errno(err, errno, "root.from: open %s", spec->root.path);
        return error_at(err, spec_source(spec, "root.from"));
    }
    host->root.device = st.st_dev;
    host->root.number = st.st_ino;
    host_gather_mounts(host, spec, root, arena);
    return gather_user(host, spec, root, arena, err) < 0 ? -1 : gather_groups(host, spec, root, arena, err);
}

/* --- the caller's process ----------------------------------------------------------------------------------------- */

#define CAPABILITY(name) (1U << (name))

/* The effective capabilities, as far as they are among the first 32. -1 with errno: they cannot be told, and *ret has none. */
static int effective(unsigned *ret)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    int result = (int)syscall(SYS_capget, &header, data);
    *ret = result < 0 ? 0 : data[0].effective;
    return result;
}

static bool is_enough(unsigned capabilities)
{
    const unsigned needed = CAPABILITY(CAP_SYS_ADMIN) | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_CHOWN);
    return (capabilities & needed) == needed;
}

bool host_is_privileged(const struct caller *caller)
{
    unsigned capabilities;
    return caller->uid == 0 && effective(&capabilities) == 0 && is_enough(capabilities);
}

/* What cannot be read is not guessed: a root without all ids gets one id, which is root's own, and no device filter. */
static int gather_own_ids(struct host *host, struct arena *arena, struct error *err)
{
    static const char map_path[] = "/proc/self/uid_map", groups_path[] = "/proc/self/setgroups";
    const char *map = file_read_small(AT_FDCWD, map_path, 256, arena), *groups;
    unsigned inside, outside, count;
    if (!map && errno != ENOENT)
        return error_errno(err, errno, "read %s", map_path);
    /* A kernel without user namespaces has no such file; without /proc, which looks the same here, nothing starts. */
    host->all_ids = !map || (sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && count == UINT32_MAX);
    if (host->all_ids)
        return 0;
    groups = file_read_small(AT_FDCWD, groups_path, 16, arena);
    if (!groups)
        return error_errno(err, errno, "read %s", groups_path);
    host->no_setgroups = strncmp(groups, "deny", 4) == 0;
    return 0;
}

static int gather_privilege(struct host *host, struct arena *arena, struct error *err)
{
    unsigned capabilities;
    if (host->caller.uid != 0)
        return 0;
    if (effective(&capabilities) < 0)
        return error_errno(err, errno, "ask for the capabilities of this process");
    host->privileged = is_enough(capabilities);
    host->may_raise_limits = capabilities & CAPABILITY(CAP_SYS_RESOURCE);
    return host->privileged ? gather_own_ids(host, arena, err) : 0;
}

static void gather_cores(struct host *host)
{
    struct arena scratch = { 0 };
    const char *pattern = file_read_small(AT_FDCWD, "/proc/sys/kernel/core_pattern", 256, &scratch);
    host->core_socket = pattern && *pattern == '@';
    host->no_cores = host->limits[RLIMIT_CORE].rlim_max == 0 && pattern && *pattern != '|' && *pattern != '@';
    arena_free(&scratch);
}

static int64_t seconds_of(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return now.tv_sec;
}

static void gather_gates(struct host *host, const struct spec *spec)
{
    struct arena scratch = { 0 };
    for (int i = 0; i < ALLOW_COUNT; i++) {
        const struct allow_bundle *bundle = &allow_bundles[i];
        if (!(spec->privileges.allow >> i & 1) || !bundle->gate)
            continue;
        /* Root of a user namespace, which has few ids to become, has no power that opens a gate. */
        host->gates[i].code =
            host->privileged && host->all_ids ? probe_run_unprivileged(bundle->gate_probe) : probe_run(bundle->gate_probe);
        const char *path = arena_printf(&scratch, "/proc/sys/kernel/%s", bundle->gate);
        const char *text = file_read_small(AT_FDCWD, path, 64, &scratch);
        host->gates[i].value = text ? atoi(text) : 0;
    }
    arena_free(&scratch);
}

static bool is_asked(const char *label) { return label && *label; }

static void gather_labels(struct host *host, const struct spec *spec, struct arena *arena)
{
    const struct label *label = &spec->label;
    if (!is_asked(label->apparmor) && !is_asked(label->selinux))
        return;
    AUTO_CLOSE int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; self >= 0 && i < LSM_COUNT; i++)
        host->labels[i] = lsm_label(self, (enum lsm)i, arena);
    host->permissive = host->labels[LSM_SELINUX] && is_asked(label->selinux) && lsm_is_permissive();
    host->no_such_profile =
        host->labels[LSM_APPARMOR] && is_asked(label->apparmor) && lsm_apparmor_test(self, label->apparmor) == ENOENT;
}

static void gather_process(struct host *host, const struct spec *spec)
{
    for (unsigned which = 0; which < RLIM_NLIMITS; which++)
        if (spec->limits[which].set || which == RLIMIT_CORE ||
            (which == RLIMIT_RTPRIO && ALLOWS(spec->privileges.allow, REALTIME)))
            getrlimit((__rlimit_resource_t)which, &host->limits[which]);
    gather_cores(host);
    host->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    host->term = getenv("TERM");
    host->environment = environ;
    gather_gates(host, spec);
    if (spec->app.has_nice)
        host->nice = getpriority(PRIO_PROCESS, 0);
    if ((spec->network == NETWORK_HOST && !spec->sockets.abstract) || (!spec->isolate.pid && spec->isolate.signals) ||
        spec_says(spec, "paths") || spec->devices.count)
        host->landlock = landlock_abi();
    if (spec->clock.boottime || spec->clock.monotonic) {
        host->now.boottime = seconds_of(CLOCK_BOOTTIME);
        host->now.monotonic = seconds_of(CLOCK_MONOTONIC);
    }
    if (spec->app.has_oom_score) {
        struct arena scratch = { 0 };
        const char *text = file_read_small(AT_FDCWD, "/proc/self/oom_score_adj", 16, &scratch);
        host->oom_score = text ? (int)strtol(text, NULL, 10) : 0;
        arena_free(&scratch);
    }
}

/* cli.md: where state and data lie. Never below /tmp: a name there could be somebody else's. */
static bool below_tmp(const char *path)
{
    static const char *const folders[] = { "/tmp", "/var/tmp" };
    path += strspn(path, "/") - 1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if (strncmp(path, folders[i], length) == 0 && (path[length] == '/' || !path[length]))
            return true;
    }
    return false;
}

/* What the child opens later it would else look for where it stands: in the container's root, whose links are a stranger's. */
static const char *absolute(struct arena *arena, const struct caller *caller, const char *path)
{
    return path[0] == '/' ? path : arena_printf(arena, "%s/%s", caller->cwd, path);
}

const char *host_state_folder(struct arena *arena, const struct caller *caller, const char *state)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (state)
        return absolute(arena, caller, state);
    if (caller->uid == 0)
        return "/run/cordon";
    if (runtime && runtime[0] == '/' && !below_tmp(runtime))
        return arena_printf(arena, "%s/cordon", runtime);
    struct stat st;
    const char *run = arena_printf(arena, "/run/user/%u", caller->uid);
    return stat(run, &st) == 0 && st.st_uid == caller->uid ? arena_printf(arena, "%s/cordon", run)
                                                           : arena_printf(arena, "%s/.local/state/cordon", caller->home);
}

const char *host_volume(struct arena *arena, const struct host *host, const char *name)
{
    return arena_printf(arena, "%s/volumes/%s", host->data, name);
}

static void gather_folders(struct host *host, const char *state, const char *data, struct arena *arena)
{
    const struct caller *caller = &host->caller;
    const char *share = getenv("XDG_DATA_HOME");
    state = host_state_folder(arena, caller, state);
    if (!data && caller->uid == 0)
        data = "/var/lib/cordon";
    else if (!data)
        data = share && share[0] == '/' ? arena_printf(arena, "%s/cordon", share)
                                        : arena_printf(arena, "%s/.local/share/cordon", caller->home);
    host->state = state;
    host->data = absolute(arena, caller, data);
}

const struct host *host_gather(struct arena *arena, const struct spec *spec, const struct caller *caller, const char *state,
                               const char *data, struct error *err)
{
    struct host *host = arena_alloc(arena, sizeof *host);
    host->caller = *caller;
    if (gather_privilege(host, arena, err) < 0)
        return NULL;
    gather_ids(host, arena);
    if (spec->root.from == ROOT_HOST && gather_top(host, arena, err) < 0)
        return NULL;
    if (gather_files(host, spec, arena, err) < 0)
        return NULL;
    gather_name(host, spec, arena);
    gather_process(host, spec);
    gather_labels(host, spec, arena);
    gather_folders(host, state, data, arena);
    host->devices = devices_gather(arena, spec);
    if (spec_says(spec, "resources") || (host->privileged && host->all_ids && devices_filter_key(spec)) || plan_may_mount(spec))
        host->cgroup = cgroup_facts_gather(arena, host, spec);
    return gather_inside(host, spec, arena, err) < 0 ? NULL : host;
}
