#include "doctor/facts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/device-filter.h"
#include "kernel/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *const controller_names[CONTROLLER_COUNT] = { "cpu", "memory", "pids", "io", "cpuset", "hugetlb" };

/* --- files below the root ----------------------------------------------------------------------------------------- */

struct reader {
    struct arena *arena;
    const char *root;
};

static const char *place(const struct reader *reader, const char *path)
{
    return arena_printf(reader->arena, "%s%s", reader->root, path);
}

/* Without the line's end; NULL where there is no such file. */
static char *text_of(const struct reader *reader, const char *path)
{
    char *text = file_read_small(AT_FDCWD, place(reader, path), 256 << 10, reader->arena);
    size_t length = text ? strlen(text) : 0;
    if (length && text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

static long number_of(const struct reader *reader, const char *path)
{
    const char *text = text_of(reader, path);
    return text && *text ? strtol(text, NULL, 10) : -1;
}

static bool exists(const struct reader *reader, const char *path) { return access(place(reader, path), F_OK) == 0; }

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; at && (at = strstr(at, word)); at += length)
        if ((at == text || strchr(" \n,", at[-1])) && (!at[length] || strchr(" \n,", at[length])))
            return true;
    return false;
}

/* --- security modules, settings ----------------------------------------------------------------------------------- */

static void read_settings(const struct reader *reader, struct facts *facts)
{
    facts->max_user_namespaces = number_of(reader, "/proc/sys/user/max_user_namespaces");
    facts->unprivileged_userns_clone = number_of(reader, "/proc/sys/kernel/unprivileged_userns_clone");
    facts->apparmor_restrict = number_of(reader, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    facts->ptrace_scope = number_of(reader, "/proc/sys/kernel/yama/ptrace_scope");
    facts->core_pattern = text_of(reader, "/proc/sys/kernel/core_pattern");
    if (!facts->core_pattern)
        facts->core_pattern = "";
}

static void read_modules(const struct reader *reader, struct facts *facts)
{
    const char *enabled = text_of(reader, "/sys/module/apparmor/parameters/enabled");
    const char *modules = text_of(reader, "/sys/kernel/security/lsm"); /* only where securityfs is mounted */
    facts->apparmor = (enabled && *enabled == 'Y') || has_word(modules, "apparmor");
    facts->selinux = has_word(modules, "selinux") || exists(reader, "/sys/fs/selinux/enforce");
    facts->own_label = text_of(reader, "/proc/self/attr/apparmor/current");
    facts->userns_profile = exists(reader, APPARMOR_DIR "/cordon") ? APPARMOR_DIR "/cordon" : NULL;
    facts->outer = exists(reader, "/.dockerenv") ? "docker" : exists(reader, "/run/.containerenv") ? "podman" : NULL;
}

/* --- cgroups ------------------------------------------------------------------------------------------------------ */

/* Where the v2 hierarchy is mounted: mountinfo's fields are "… MOUNTPOINT … - TYPE …". */
static const char *cgroup_mount(const struct reader *reader)
{
    char *text = text_of(reader, "/proc/self/mountinfo"), *line;
    while (text && (line = strsep(&text, "\n"))) {
        char *type = strstr(line, " - ");
        if (!type || strncmp(type, " - cgroup2 ", 11) != 0)
            continue;
        for (int field = 0; field < 4; field++)
            strsep(&line, " ");
        return strsep(&line, " ");
    }
    return NULL;
}

static const char *own_cgroup(const struct reader *reader)
{
    char *text = text_of(reader, "/proc/self/cgroup"), *line;
    while (text && (line = strsep(&text, "\n")))
        if (strncmp(line, "0::", 3) == 0)
            return strcmp(line + 3, "/") == 0 ? "" : line + 3;
    return "";
}

/* Root may make cgroups anywhere. A user makes them in what was delegated: by systemd to the user's manager, or by whoever
 * started cordon to the cgroup that it is in. */
static const char *cgroup_home(const struct reader *reader, const struct facts *facts)
{
    if (facts->privileged)
        return "";
    const char *manager =
        arena_printf(reader->arena, "/user.slice/user-%u.slice/user@%u.service", facts->caller.uid, facts->caller.uid);
    const char *path = arena_printf(reader->arena, "%s%s", facts->cgroup_mount, manager);
    return exists(reader, path) ? manager : own_cgroup(reader);
}

static enum controller_state held_elsewhere(const char *table, const char *name)
{
    const char *old = strcmp(name, "io") == 0 ? "blkio" : name;
    size_t length = strlen(old);
    for (const char *line = table; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        unsigned hierarchy, count, enabled;
        if (strncmp(line, old, length) != 0 || sscanf(line + length, " %u %u %u", &hierarchy, &count, &enabled) != 3)
            continue;
        return !enabled ? CONTROLLER_DISABLED : hierarchy ? CONTROLLER_LEGACY : CONTROLLER_UNDELEGATED;
    }
    return CONTROLLER_UNKNOWN;
}

static void read_cgroups(const struct reader *reader, struct facts *facts)
{
    const char *mounts = text_of(reader, "/proc/self/mountinfo");
    facts->cgroup_v1 = mounts && strstr(mounts, " - cgroup ");
    facts->cgroup_mount = cgroup_mount(reader);
    const char *given = NULL, *table = text_of(reader, "/proc/cgroups");
    if (facts->cgroup_mount) {
        facts->cgroup_home = cgroup_home(reader, facts);
        const char *home = arena_printf(reader->arena, "%s%s", facts->cgroup_mount, facts->cgroup_home);
        given = text_of(reader, arena_printf(reader->arena, "%s/cgroup.controllers", home));
        facts->cgroup_writable = access(place(reader, home), W_OK) == 0 &&
                                 access(place(reader, arena_printf(reader->arena, "%s/cgroup.procs", home)), W_OK) == 0;
    }
    for (int i = 0; i < CONTROLLER_COUNT; i++)
        facts->controllers[i] = has_word(given, controller_names[i])
                                    ? facts->cgroup_writable ? CONTROLLER_GIVEN : CONTROLLER_UNDELEGATED
                                    : held_elsewhere(table, controller_names[i]);
}

/* --- ids ---------------------------------------------------------------------------------------------------------- */

/* From where on no line of the file has an id, but not below where useradd begins. */
static uint32_t free_from(const struct reader *reader, const char *path, uint32_t least)
{
    char *text = text_of(reader, path), *line;
    while (text && (line = strsep(&text, "\n"))) {
        unsigned first, count;
        if (sscanf(line, "%*[^:]:%u:%u", &first, &count) == 2 && count < UINT32_MAX - first && first + count > least)
            least = first + count;
    }
    return least;
}

static enum helper helper(const struct reader *reader, const char *path)
{
    struct stat st;
    path = place(reader, path);
    if (stat(path, &st) < 0 || !(st.st_mode & S_IXOTH))
        return HELPER_MISSING;
    bool set_id = st.st_uid == 0 && (st.st_mode & S_ISUID);
    return set_id || getxattr(path, "security.capability", NULL, 0) > 0 ? HELPER_GOOD : HELPER_POWERLESS;
}

static const char *install_helpers(const struct reader *reader)
{
    static const struct {
        const char *manager, *command;
    } managers[] = {
        { "/usr/bin/apt-get", "apt-get install uidmap" }, { "/usr/bin/dnf", "dnf install shadow-utils" },
        { "/usr/bin/pacman", "pacman -S shadow" },        { "/usr/bin/zypper", "zypper install shadow" },
        { "/sbin/apk", "apk add shadow-subids" },
    };
    for (size_t i = 0; i < sizeof managers / sizeof *managers; i++)
        if (exists(reader, managers[i].manager))
            return managers[i].command;
    return "install newuidmap and newgidmap, of the package shadow or uidmap";
}

static void read_ids(const struct reader *reader, struct facts *facts)
{
    static const char uids[] = "/etc/subuid", gids[] = "/etc/subgid";
    facts->subuids = host_subordinate(reader->arena, place(reader, uids), &facts->caller);
    facts->subgids = host_subordinate(reader->arena, place(reader, gids), &facts->caller);
    facts->free_ids = free_from(reader, gids, free_from(reader, uids, 100000));
    facts->newuidmap = helper(reader, "/usr/bin/newuidmap");
    facts->newgidmap = helper(reader, "/usr/bin/newgidmap");
    facts->install_helpers = install_helpers(reader);
}

void facts_read(struct arena *arena, const char *root, struct facts *facts)
{
    const struct reader reader = { arena, root };
    read_settings(&reader, facts);
    read_modules(&reader, facts);
    read_cgroups(&reader, facts);
    read_ids(&reader, facts);
}

/* --- the kernel that runs ----------------------------------------------------------------------------------------- */

static int ask_for_default_profile(void)
{
    AUTO_CLOSE int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return self < 0 ? errno : lsm_apparmor_test(self, "cordon-default");
}

static void ask_kernel(struct facts *facts)
{
    for (int i = 0; i < PROBE_COUNT; i++)
        facts->probes[i] = probe_run((enum probe)i);
    facts->user_namespace_of_users = facts->privileged ? probe_run_unprivileged(PROBE_USER_NAMESPACE) : -1;
    facts->device_programs = facts->privileged ? device_filter_probe() : 0;
    facts->landlock_abi = probe_landlock_abi();
    facts->default_profile = facts->apparmor ? ask_for_default_profile() : 0;
    facts->no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static int into_cgroup(struct arena *arena, const struct facts *facts)
{
    if (!facts->cgroup_mount)
        return ENOENT;
    const char *path = arena_printf(arena, "%s%s", facts->cgroup_mount, facts->cgroup_home);
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? errno : probe_clone_into_cgroup(fd);
}

const struct facts *facts_gather(struct arena *arena, const char *root, const struct caller *caller)
{
    struct facts *facts = arena_alloc(arena, sizeof *facts);
    struct utsname name;
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own);
    facts->caller = *caller;
    facts->privileged = host_is_privileged(caller);
    facts->own_path = length > 0 && length < (ssize_t)sizeof own ? arena_strndup(arena, own, (size_t)length) : "cordon";
    if (uname(&name) == 0 && sscanf(name.release, "%u.%u", &facts->major, &facts->minor) == 2)
        facts->release = arena_strdup(arena, name.release);
    facts_read(arena, root, facts);
    ask_kernel(facts);
    facts->clone_into_cgroup = into_cgroup(arena, facts);
    return facts;
}
