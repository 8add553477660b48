#include "plan/host-cgroup.h"

#include "base/file.h"
#include "kernel/cgroup.h"
#include "plan/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- which group is ours to divide -------------------------------------------------------------------------------- */

/* systemd marks what it delegates (systemd.resource-control(5), Delegate=); what it has not marked is its own to write to. */
static bool is_delegated(const char *group)
{
    static const char *const marks[] = { "user.delegate", "trusted.delegate" };
    for (size_t i = 0; i < 2; i++) {
        char value[2];
        if (getxattr(group, marks[i], value, sizeof value) == 1 && value[0] == '1')
            return true;
    }
    return false;
}

static bool is_writable(struct arena *arena, const char *group)
{
    return access(group, W_OK) == 0 && access(arena_printf(arena, "%s/cgroup.procs", group), W_OK) == 0 &&
           access(arena_printf(arena, "%s/cgroup.subtree_control", group), W_OK) == 0;
}

static bool is_alone(struct arena *arena, const char *group)
{
    /* The kernel looks for no more processes than there is room for: two lines tell. */
    const char *text = file_read_small(AT_FDCWD, arena_printf(arena, "%s/cgroup.procs", group), 32, arena);
    return text && strtol(text, NULL, 10) == getpid() && strchr(text, '\n') && !strchr(text, '\n')[1];
}

/* The one group that may hold processes beside groups with controllers has no cgroup.type. */
static bool is_top(struct arena *arena, const char *group)
{
    return access(arena_printf(arena, "%s/cgroup.type", group), F_OK) < 0 && errno == ENOENT;
}

/* Below a threaded one there is no group for a process of its own. */
static bool is_domain(struct arena *arena, const char *group)
{
    const char *type = file_read_small(AT_FDCWD, arena_printf(arena, "%s/cgroup.type", group), 64, arena);
    return !type || strcmp(type, "domain\n") == 0;
}

static const char *controllers_of(struct arena *arena, const char *group)
{
    char *text = file_read_small(AT_FDCWD, arena_printf(arena, "%s/cgroup.controllers", group), 4096, arena);
    if (!text)
        return "";
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static bool choose_files(struct cgroup_facts *facts, struct arena *arena, const char *base, bool inside)
{
    facts->backend = CGROUP_FILES;
    facts->base = base;
    facts->inside = inside;
    facts->controllers = controllers_of(arena, base);
    return true;
}

/* systemd gives a scope of these what it has itself, and no more. */
static const char *delegated(struct arena *arena, const char *controllers)
{
    const char *text = "";
    char *copy = arena_strdup(arena, controllers);
    for (const char *word; (word = strsep(&copy, " "));)
        if (strstr(" cpu cpuset io memory pids ", arena_printf(arena, " %s ", word)))
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", word);
    return text;
}

static bool choose_scope(struct cgroup_facts *facts, struct arena *arena, const struct host *host, const char *mount)
{
    unsigned uid = host->caller.uid;
    const char *bus = uid ? arena_printf(arena, "/run/user/%u/bus", uid) : "/run/dbus/system_bus_socket";
    const char *manager = uid ? arena_printf(arena, "%s/user.slice/user-%u.slice/user@%u.service", mount, uid, uid) : mount;
    if (access(bus, W_OK) < 0 || access(manager, F_OK) < 0)
        return false;
    facts->backend = CGROUP_SCOPE;
    facts->controllers = delegated(arena, controllers_of(arena, manager));
    return true;
}

static void choose_none(struct cgroup_facts *facts, const struct host *host, bool systemd, bool busy)
{
    if (busy) {
        facts->why = "the control group that this runs in holds other processes, and only one without any can be divided";
        facts->help = "move them to a group of their own below it, or run this as the only process of a delegated one";
    } else if (systemd && host->caller.uid) {
        facts->why = "no control group is this user's to divide: the user has no systemd manager";
        facts->help = "loginctl enable-linger (and a session bus: dbus-user-session)";
    } else if (systemd) {
        facts->why = "the system's bus cannot be reached, and so systemd cannot be asked for a scope";
        facts->help = "start dbus, or run this in a unit with Delegate=yes";
    } else {
        facts->why = "no control group here is this user's to divide";
        facts->help = "let root delegate one: chown its folder, cgroup.procs and cgroup.subtree_control, and start this in it";
    }
}

static void choose(struct cgroup_facts *facts, struct arena *arena, const struct host *host)
{
    const char *mount = cgroup_mount();
    if (!mount) {
        facts->why = "control groups of version 2 are not mounted here";
        facts->help =
            "boot with systemd.unified_cgroup_hierarchy=1; where there is no systemd, `cordon doctor` says what to mount";
        return;
    }
    const char *path = cgroup_own(arena);
    const char *own = path ? arena_printf(arena, "%s%s", mount, path) : NULL;
    bool systemd = access("/run/systemd/system", F_OK) == 0;
    bool writable = own && is_writable(arena, own), ours = writable && (!systemd || is_delegated(own));
    facts->own = writable ? own : NULL;
    facts->own_holds = writable && is_domain(arena, own);
    if (ours && is_alone(arena, own) && choose_files(facts, arena, own, true))
        return;
    if (systemd && choose_scope(facts, arena, host, mount))
        return;
    if (!systemd && (own && !*path ? writable : is_writable(arena, mount)) && is_top(arena, mount) &&
        choose_files(facts, arena, mount, false))
        return;
    choose_none(facts, host, systemd, ours);
}

/* --- disks -------------------------------------------------------------------------------------------------------- */

/* io.max takes whole disks only: of a partition, the one that it lies on. */
static void whole_disk(struct io_disk *disk)
{
    char path[80], link[64];
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/partition", disk->major, disk->minor);
    if (access(path, F_OK) < 0)
        return;
    struct arena scratch = { 0 };
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u/../dev", disk->major, disk->minor);
    const char *text = file_read_small(AT_FDCWD, link, 32, &scratch);
    unsigned major, minor;
    if (text && sscanf(text, "%u:%u", &major, &minor) == 2) {
        disk->major = major;
        disk->minor = minor;
    }
    arena_free(&scratch);
}

/* BFQ is a scheduler of the disk; io.cost is turned on at the top of all groups, "254:0 enable=1 ctrl=auto". */
static enum io_weigher find_weigher(struct arena *arena, const struct io_disk *disk)
{
    const char *path = arena_printf(arena, "/sys/dev/block/%u:%u/queue/scheduler", disk->major, disk->minor);
    const char *text = file_read_small(AT_FDCWD, path, 4096, arena);
    if (text && strstr(text, "[bfq]"))
        return WEIGHER_BFQ;
    const char *mount = cgroup_mount(), *number = arena_printf(arena, "%u:%u enable=1", disk->major, disk->minor);
    text = mount ? file_read_small(AT_FDCWD, arena_printf(arena, "%s/io.cost.qos", mount), 16 << 10, arena) : NULL;
    for (const char *at = text; at && (at = strstr(at, number)); at++)
        if (at == text || at[-1] == '\n')
            return WEIGHER_COST;
    return WEIGHER_NONE;
}

static struct io_disk find_disk(struct arena *arena, const char *path)
{
    struct io_disk disk = { .path = path };
    struct stat st;
    if (stat(path, &st) < 0) {
        disk.why = arena_printf(arena, "cannot be looked at: %s", strerror(errno));
        return disk;
    }
    dev_t device = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
    disk.major = major(device);
    disk.minor = minor(device);
    if (disk.major == 0)
        disk.why = "is on no single disk (memory, the network, an overlay or btrfs): name the block device";
    else
        whole_disk(&disk);
    if (!disk.why)
        disk.weigher = find_weigher(arena, &disk);
    return disk;
}

/* "0-3" or "0,2-5": the last number. */
static unsigned processors_online(void)
{
    struct arena scratch = { 0 };
    const char *text = file_read_small(AT_FDCWD, "/sys/devices/system/cpu/online", 4096, &scratch);
    unsigned last = 0;
    for (const char *p = text; p && *p >= '0' && *p <= '9';) {
        char *end;
        last = (unsigned)strtoul(p, &end, 10);
        p = end + (*end == '-' || *end == ',');
    }
    arena_free(&scratch);
    return last + 1;
}

static bool has_swap(struct arena *arena)
{
    const char *text = file_read_small(AT_FDCWD, "/proc/swaps", 4096, arena), *line = text ? strchr(text, '\n') : NULL;
    return line && line[1];
}

const struct cgroup_facts *cgroup_facts_gather(struct arena *arena, const struct host *host, const struct spec *spec)
{
    struct cgroup_facts *facts = arena_alloc(arena, sizeof *facts);
    facts->controllers = "";
    facts->has_swap = has_swap(arena);
    choose(facts, arena, host);
    if (spec->resources.cpu.set)
        facts->processors = processors_online();
    for (size_t i = 0; i < spec->resources.io.count; i++)
        *SLICE_PUSH(arena, &facts->disks) = find_disk(arena, spec->resources.io.items[i].device);
    return facts;
}
