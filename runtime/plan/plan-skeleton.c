/* What every container has, unless its profile puts something else at the same place: /proc, /sys, /dev, /tmp, /run, a home,
 * and the few files that name the host. */
#include "plan/rootfs.h"

#include "base/hash.h"
#include "base/path.h"
#include "kernel/sysctl.h"
#include "network/resolver.h"
#include "plan/allow.h"

#include <linux/mount.h>
#include <string.h>

#define MEMORY (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define KERNEL (MEMORY | MOUNT_ATTR_NOEXEC)

/* Hidden, or made read-only: they tell about the machine, or drive it; the list is that of the field (docker, podman, runc),
 * with the files that only root may open, and a few more. A name that this kernel does not have is passed over.
 *
 * `root`: only the host's root may open or write it. In a user namespace without that id nobody can, whatever the container's
 * mounts look like: there it needs no mount of its own. /proc/sys is not among these, since its network part belongs to the
 * namespace's own root. `bound`: empty in a fresh sysfs. */
static const struct mask {
    const char *at;
    enum action action;
    bool file, root, bound;
} masks[] = {
    { "proc/acpi", ACTION_MASK, false, false, false },
    { "proc/asound", ACTION_MASK, false, false, false },
    { "proc/interrupts", ACTION_MASK, true, false, false },
    { "proc/kcore", ACTION_MASK, true, true, false },
    { "proc/key-users", ACTION_MASK, true, false, false },
    { "proc/keys", ACTION_MASK, true, false, false },
    { "proc/kmsg", ACTION_MASK, true, true, false },
    { "proc/kpagecgroup", ACTION_MASK, true, true, false },
    { "proc/kpagecount", ACTION_MASK, true, true, false },
    { "proc/kpageflags", ACTION_MASK, true, true, false },
    { "proc/latency_stats", ACTION_MASK, true, false, false },
    { "proc/pagetypeinfo", ACTION_MASK, true, true, false },
    { "proc/scsi", ACTION_MASK, false, false, false },
    { "proc/slabinfo", ACTION_MASK, true, true, false },
    { "proc/timer_list", ACTION_MASK, true, true, false },
    { "proc/vmallocinfo", ACTION_MASK, true, true, false },
    { "proc/bus", ACTION_READ_ONLY, false, true, false },
    { "proc/dynamic_debug", ACTION_READ_ONLY, false, true, false },
    { "proc/fs", ACTION_READ_ONLY, false, true, false },
    { "proc/irq", ACTION_READ_ONLY, false, true, false },
    { "proc/sys", ACTION_READ_ONLY, false, false, false },
    { "proc/sysrq-trigger", ACTION_READ_ONLY, true, true, false },
    { "sys/devices/virtual/powercap", ACTION_MASK, false, false, false },
    { "sys/firmware", ACTION_MASK, false, false, false },
    { "sys/fs/bpf", ACTION_MASK, false, false, true },
    { "sys/kernel/debug", ACTION_MASK, false, false, true },
    { "sys/kernel/security", ACTION_MASK, false, false, true },
    { "sys/kernel/tracing", ACTION_MASK, false, false, true },
};

static const struct {
    const char *name, *target;
} device_links[] = {
    { "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
    { "stderr", "/proc/self/fd/2" }, { "ptmx", "pts/ptmx" },
};

/* --- /proc and /sys ----------------------------------------------------------------------------------------------------------
 */

static void plan_masks(struct rootfs *fs, const char *below, bool fresh)
{
    if (ALLOWS(fs->plan->spec->privileges.allow, NESTED))
        return; /* the kernel gives a fresh procfs inside only to those who see all of the one they have */
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        const struct mask *mask = &masks[i];
        if (strncmp(mask->at, below, strlen(below)) != 0 || (mask->root && !fs->plan->host_root_inside) ||
            (mask->bound && fresh))
            continue;
        struct step *step =
            plan_step(fs->plan, mask->action, NULL,
                      mask->action == ACTION_MASK ? "tells about the machine, or drives it" : "settings of the machine");
        step->at = mask->at;
        step->file = mask->file;
        step->own = true;
        step->optional = true; /* not every kernel has every name */
    }
}

/* In a user namespace the kernel takes only groups that are mapped there. */
static const char *ping_groups(const struct plan *plan)
{
    return plan->gids.count ? allow_ping_groups(plan->arena, plan->gids.ranges, plan->gids.count)
                            : allow_bundles[ALLOW_PING].sysctl_value;
}

static void plan_sysctls(struct rootfs *fs)
{
    const struct spec *spec = fs->plan->spec;
    for (int i = 0; i < ALLOW_COUNT; i++) {
        const struct allow_bundle *bundle = &allow_bundles[i];
        if (!((spec->privileges.allow >> i) & 1) || !bundle->sysctl)
            continue;
        struct step *step = plan_step(fs->plan, ACTION_SYSCTL, "privileges.allow", bundle->reason);
        step->at = bundle->sysctl;
        step->from = i == ALLOW_PING ? ping_groups(fs->plan) : bundle->sysctl_value;
    }
}

/* The profile's own: what the switches set first can be said more precisely there. */
static void plan_own_sysctls(struct rootfs *fs)
{
    const struct spec *spec = fs->plan->spec;
    for (size_t i = 0; i < spec->sysctl.count; i++) {
        const struct sysctl_entry *entry = &spec->sysctl.items[i];
        if (sysctl_owner(entry->name) == SYSCTL_DOMAIN_NAME)
            continue;
        struct step *step =
            plan_step(fs->plan, ACTION_SYSCTL, plan_sysctl_key(fs->plan, entry), "of the container's own namespace");
        step->at = entry->name;
        step->from = entry->value;
    }
}

static void plan_proc(struct rootfs *fs, const struct item *item)
{
    bool fresh = fs->plan->spec->isolate.pid;
    struct step *step = rootfs_step(fs, fresh ? ACTION_PROC : ACTION_TREE, item->at, false, fresh ? NULL : "isolate.pid",
                                    fresh ? "a procfs of the new pid namespace"
                                          : "the host's: a fresh procfs needs a pid namespace of its own");
    step->from = "/proc";
    if (!fresh)
        rootfs_child_opens(fs, step);
    step->attributes = KERNEL;
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
    plan_sysctls(fs);
    plan_own_sysctls(fs);
    plan_masks(fs, "proc/", fresh);
}

static void plan_sys(struct rootfs *fs, const struct item *item)
{
    bool fresh = fs->plan->spec->network == NETWORK_NONE;
    struct step *step = rootfs_step(fs, fresh ? ACTION_SYSFS : ACTION_TREE, item->at, false, fresh ? NULL : "network.mode",
                                    fresh ? "a sysfs of the new network namespace"
                                          : "the host's, read-only: a fresh sysfs needs a network namespace of its own");
    step->from = "/sys";
    if (!fresh)
        rootfs_child_opens(fs, step);
    step->attributes = KERNEL | MOUNT_ATTR_RDONLY;
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
    plan_masks(fs, "sys/", fresh);
}

/* --- /dev --------------------------------------------------------------------------------------------------------- */

static void show_device(struct rootfs *fs, const struct plan_device *device)
{
    const char *at = arena_printf(fs->plan->arena, "/dev/%s", device->name);
    struct step *step = rootfs_step(fs, ACTION_DEVICE, at, true, device->key, device->reason);
    step->from = device->from;
    step->device = (struct device_rule){ device->block, device->major, device->minor, device->access };
    step->attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    step->optional = device->optional;
}

static void plan_dev(struct rootfs *fs, const struct item *item)
{
    struct step *step = rootfs_step(fs, ACTION_TMPFS, item->at, false, NULL, "only the devices named here");
    step->from = "64K";
    step->mode = 0755;
    step->attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    step->uid = fs->plan->root_uid;
    step->gid = fs->plan->root_gid;
    rootfs_placed(fs, step->at, GROUND_OWN);
    for (size_t i = 0; i < fs->plan->devices.count; i++)
        show_device(fs, &fs->plan->devices.items[i]);
    for (size_t i = 0; i < sizeof device_links / sizeof *device_links; i++) {
        struct step *link = plan_step(fs->plan, ACTION_LINK, NULL, "as programs expect");
        link->at = arena_printf(fs->plan->arena, "dev/%s", device_links[i].name);
        link->from = device_links[i].target;
        link->own = true;
    }
}

static void plan_devpts(struct rootfs *fs, const struct item *item)
{
    struct step *step = rootfs_step(fs, ACTION_DEVPTS, item->at, false, NULL, "terminals of the container's own");
    step->attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
}

static void plan_mqueue(struct rootfs *fs, const struct item *item)
{
    if (!fs->plan->spec->isolate
             .ipc) { /* the host's are not shown: a file system of the container's needs a namespace of its own */
        plan_step(fs->plan, ACTION_LEFT_OUT, "isolate.ipc", "the queues are the host's, and not shown")->from = item->at;
        return;
    }
    struct step *step = rootfs_step(fs, ACTION_MQUEUE, item->at, false, NULL, "message queues of the new ipc namespace");
    step->attributes = KERNEL;
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

/* Sizes as tmpfs(5) takes them: a percentage is one of the machine's memory, and all together stay below all of it. */
static const struct memory {
    const char *at, *size;
    unsigned mode;
    bool exec;
} memory[] = {
    { "/tmp", "25%", 01777, true },
    { "/var/tmp", "25%", 01777, true },
    { "/run", "5%", 0755, false },
    { "/dev/shm", "64M", 01777, false },
};

static void plan_memory(struct rootfs *fs, const struct item *item)
{
    const struct memory *row = memory;
    while (strcmp(row->at, item->at) != 0)
        row++;
    struct step *step = rootfs_step(fs, ACTION_TMPFS, item->at, false, NULL, "memory, empty at every start");
    step->from = row->size;
    step->mode = row->mode;
    step->attributes = MEMORY | (row->exec ? 0 : MOUNT_ATTR_NOEXEC);
    step->uid = fs->plan->root_uid;
    step->gid = fs->plan->root_gid;
    step->optional = fs->plan->spec->root.from == ROOT_DIR;
    rootfs_placed(fs, step->at, GROUND_OWN);
}

static void plan_home(struct rootfs *fs, const struct item *item)
{
    struct step *step =
        rootfs_step(fs, ACTION_TMPFS, item->at, false, "app.user", "the home of app.user, empty at every start");
    step->from = "25%";
    step->mode = 0700;
    step->attributes = MEMORY;
    step->uid = fs->plan->uid;
    step->gid = fs->plan->gid;
    step->optional = fs->plan->spec->root.from == ROOT_DIR;
    rootfs_placed(fs, step->at, GROUND_OWN);
}

/* A home among the programs or the devices (games: /usr/games, bin: /bin) is no place for a tmpfs: it would hide them. Nor are
   the folders in memory themselves, which are everybody's; below them (sshd: /run/sshd) there is nothing yet, so it is one as
   any other. What is not a plain path is none either: a stranger's root says it, and "//dev/../x" would be none of these, and
   lead out of the root from its /dev. */
static bool home_is_own(const struct rootfs *fs, const char *home)
{
    static const char *const taken[] = { "/usr", "/etc", "/bin", "/sbin", "/lib", "/dev", "/proc", "/sys" };
    if (!home || home[0] != '/' || !home[1] || !path_is_normal(home))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        size_t length = strlen(taken[i]);
        if (strncmp(home, taken[i], length) == 0 && (home[length] == '/' || !home[length]))
            return false;
    }
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (strcmp(home, memory[i].at) == 0)
            return false;
    return fs->plan->host->user_found;
}

/* --- generated files ---------------------------------------------------------------------------------------------- */

static const char *machine_id(const struct plan *plan)
{
    const struct spec *spec = plan->spec;
    if (strcmp(spec->machine_id, "inherit") == 0)
        return plan->host->machine_id;
    if (strcmp(spec->machine_id, "auto") != 0)
        return arena_printf(plan->arena, "%s\n", spec->machine_id);
    /* Stable for the name on this machine and for this user, and no way back to the machine's own id. */
    uint8_t key[16] = { 0 }, id[16];
    for (size_t i = 0; i < 16 && strlen(plan->host->machine_id) >= 32; i++)
        sscanf(plan->host->machine_id + 2 * i, "%2hhx", &key[i]);
    const char *what = arena_printf(plan->arena, "cordon machine-id %u %s", plan->host->caller.uid, spec->name);
    hash128(key, what, strlen(what), id);
    id[6] = (id[6] & 0x0f) | 0x40; /* as machine-id(5) wants it: a version 4 UUID */
    id[8] = (id[8] & 0x3f) | 0x80;
    char *text = arena_alloc(plan->arena, 34);
    for (size_t i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
    text[32] = '\n';
    return text;
}

static const char *generated_text(const struct plan *plan, const char *at)
{
    const struct spec *spec = plan->spec;
    const char *hostname = plan->host->name ? plan->host->name : spec->hostname ? spec->hostname : spec->name;
    bool shared = spec->network == NETWORK_HOST;
    if (strcmp(at, "/etc/resolv.conf") == 0)
        return resolver_conf(shared ? plan->host->resolv_conf : NULL);
    if (strcmp(at, "/etc/hosts") == 0)
        return resolver_hosts(plan->arena, hostname, shared ? plan->host->hosts : NULL);
    if (strcmp(at, "/etc/hostname") == 0)
        return arena_printf(plan->arena, "%s\n", hostname);
    return machine_id(plan);
}

static void plan_generated(struct rootfs *fs, const struct item *item)
{
    struct step *step = rootfs_step(fs, ACTION_GENERATED, item->at, true, NULL, "the container's own");
    step->from = generated_text(fs->plan, item->at);
    step->optional = true; /* a root without the file, or where nothing can be made, has none of the host's to hide either */
    step->own =
        fs->plan->spec->root.from != ROOT_DIR; /* /etc is then the host's or ours; a link there is covered as a file would be */
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
}

/* passwd(5) files have homes that end in a slash. */
static const char *without_end(struct arena *arena, const char *home)
{
    size_t length = home ? strlen(home) : 0;
    while (length > 1 && home[length - 1] == '/')
        length--;
    return home ? arena_strndup(arena, home, length) : NULL;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

void skeleton_add(struct rootfs *fs)
{
    static const char *const generated[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/machine-id" };
    rootfs_add(fs, "/proc", plan_proc);
    rootfs_add(fs, "/sys", plan_sys);
    rootfs_add(fs, "/dev", plan_dev);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        rootfs_add(fs, memory[i].at, plan_memory);
    rootfs_add(fs, "/dev/pts", plan_devpts);
    rootfs_add(fs, "/dev/mqueue", plan_mqueue);
    const char *home = without_end(fs->plan->arena, fs->plan->host->user.home);
    if (home_is_own(fs, home))
        rootfs_add(fs, home, plan_home);
    for (size_t i = 0; i < sizeof generated / sizeof *generated; i++)
        rootfs_add(fs, generated[i], plan_generated);
}

static struct step *seal(struct rootfs *fs, const char *at, const char *key, const char *reason)
{
    struct step *step = plan_step(fs->plan, ACTION_SEAL, key, reason);
    step->at = at;
    step->attributes = MOUNT_ATTR_RDONLY;
    return step;
}

void skeleton_finish(struct rootfs *fs)
{
    const struct root *root = &fs->plan->spec->root;
    for (size_t i = 0; i < fs->read_only.count; i++)
        seal(fs, fs->read_only.items[i].at, fs->read_only.items[i].key, "write: false, and nothing is added to it any more");
    if (!spec_mounts_at(fs->plan->spec, "/dev"))
        seal(fs, "dev", NULL, "nothing is added to /dev any more")->own = true;
    if (root->from != ROOT_DIR && root->write == WRITE_NONE)
        seal(fs, "", "root.write", "nothing is added to the root any more")->own = true;
}
