/* devices: which nodes of the host are shown, for what they may be opened, and who sees to it.
 *
 * Nodes are bound, never made. In a user namespace nobody makes a node, and none opens that lies on a file system mounted there
 * (SB_I_NODEV), so that those bound are all there are. Where the host's root starts it, outside of any user namespace, a device
 * program on the container's control group says the same once more, and is all that says it with users.map: host. What a node
 * may be opened for is said by that program, or else by Landlock: a read-only mount does not keep a device from being written.
 */
#include "kernel/landlock.h"
#include "plan/allow.h"
#include "plan/host-cgroup.h"
#include "plan/host-devices.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#define READ_WRITE (DEVICE_READ | DEVICE_WRITE)

/* Always there, and under these numbers on every Linux (admin-guide/devices.txt). ptmx and pts are the container's own devpts.
 */
static const struct {
    const char *name;
    unsigned major, minor;
} always[] = {
    { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};
static const struct device_rule terminals[] = {
    { false, 5, 2, READ_WRITE },                  /* ptmx */
    { false, 136, DEVICE_ANY_MINOR, READ_WRITE }, /* pts */
};
/* What /dev of a container has of its own: no node of the host's can stand there. */
static const char *const own[] = { "fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm", "mqueue" };

/* --- checks ------------------------------------------------------------------------------------------------------- */

static bool is_own(const char *name)
{
    size_t length = strcspn(name, "/");
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (strcmp(name, always[i].name) == 0)
            return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == length && strncmp(name, own[i], length) == 0)
            return true;
    return false;
}

static int check_making(const struct plan *plan, const struct plan_device *device, struct error *err)
{
    if (!(device->access & DEVICE_MKNOD))
        return 0;
    if (plan->uids.count) {
        spec_error(err, plan->spec, device->key, "in a user namespace nobody can make device nodes, and so m means nothing");
        return error_help(err, "write access without m: the node is there already");
    }
    if (!(allow_capabilities(plan->spec) & (uint64_t)1 << CAP_MKNOD)) {
        spec_error(err, plan->spec, device->key, "to make device nodes takes the capability mknod, which the app has not");
        return error_help(err, "write access without m, or privileges: {capabilities: [mknod]}");
    }
    return 0;
}

static int check_place(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->spec->mounts.count; i++)
        if (strcmp(plan->spec->mounts.items[i].at, "/dev") == 0 && plan->devices.count) {
            spec_error(err, plan->spec, plan->devices.items[0].key,
                       "no device can be shown: mounts[%zu] puts another /dev there", i);
            return error_help(err, "leave that mount out: /dev is there without it");
        }
    return 0;
}

/* A program knows a device by its number only. */
static int check_number(const struct plan *plan, const struct plan_device *device, struct error *err)
{
    const struct plan_device *end = plan->devices.items + plan->devices.count;
    for (const struct plan_device *other = plan->devices.items; device->key && other < end; other++)
        if (other->block == device->block && other->major == device->major && other->minor == device->minor &&
            other->access != device->access) {
            spec_error(err, plan->spec, device->key, "/dev/%s is the same device as /dev/%s, with another access", device->name,
                       other->name);
            return error_help(err, "give both the same: the kernel knows a device by its number, whatever its name");
        }
    return 0;
}

static int check_numbers(const struct plan *plan, struct error *err)
{
    for (size_t i = plan->devices.count; i > 0; i--)
        if (check_number(plan, &plan->devices.items[i - 1], err) < 0)
            return -1;
    return 0;
}

/* --- which ---------------------------------------------------------------------------------------------------------- */

static const char *key_of(const struct plan *plan, const struct device_fact *fact)
{
    return fact->entry < plan->spec->devices.count ? arena_printf(plan->arena, "devices[%zu]", fact->entry)
                                                   : "privileges.allow";
}

static struct plan_device *planned(struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->devices.count; i++)
        if (strcmp(plan->devices.items[i].name, name) == 0)
            return &plan->devices.items[i];
    return NULL;
}

static struct plan_device device_of(const struct plan *plan, const struct device_fact *fact)
{
    const struct spec *spec = plan->spec;
    bool listed = fact->entry < spec->devices.count;
    const char *key = key_of(plan, fact);
    return (struct plan_device){
        .name = fact->name,
        .from = arena_printf(plan->arena, "/dev/%s", fact->device.real),
        .block = fact->device.block,
        .major = fact->device.major,
        .minor = fact->device.minor,
        .access = listed ? spec->devices.items[fact->entry].access : READ_WRITE,
        .key = key,
        .reason = listed ? fact->pattern ? "the pattern matches it" : "as asked"
                         : allow_bundles[fact->entry - spec->devices.count].reason,
        .optional = listed && spec_optional(spec, key),
        .pattern = fact->pattern,
    };
}

/* Of the entries that mean the same node, the one that names it holds; two patterns, or a switch beside, give what both do. */
static void merge(struct plan_device *old, const struct plan_device *device)
{
    if (old->pattern && !device->pattern)
        *old = *device;
    else if (old->pattern == device->pattern)
        old->access |= device->access;
}

static int refuse(const struct plan *plan, const struct device_fact *fact, const char *why, struct error *err)
{
    spec_error(err, plan->spec, key_of(plan, fact), "/dev/%s %s", fact->name, why);
    if (fact->device.real)
        return error_help(err, "leave it out");
    return error_help(err, "leave it out, or let it be missing: {path: \"/dev/%s\", optional: true}", fact->name);
}

static int add_device(struct plan *plan, const struct device_fact *fact, struct error *err)
{
    struct plan_device device = device_of(plan, fact);
    if (fact->why && device.optional) {
        plan_step(plan, ACTION_LEFT_OUT, device.key, arena_printf(plan->arena, "optional, and it %s", fact->why))->from =
            arena_printf(plan->arena, "/dev/%s", fact->name);
        return 0;
    }
    if (fact->why)
        return refuse(plan, fact, fact->why, err);
    if (is_own(fact->name))
        return fact->pattern ? 0 : refuse(plan, fact, "is there without being asked for, as the container's own", err);
    if (check_making(plan, &device, err) < 0)
        return -1;
    struct plan_device *old = planned(plan, device.name);
    if (old)
        merge(old, &device);
    else
        *SLICE_PUSH(plan->arena, &plan->devices) = device;
    return 0;
}

static int gather(struct plan *plan, struct error *err)
{
    const struct device_facts *facts = plan->host->devices;
    for (size_t i = 0; facts && i < facts->found.count; i++)
        if (add_device(plan, &facts->found.items[i], err) < 0)
            return -1;
    if (plan->devices.count > DEVICES_MOST)
        return spec_error(err, plan->spec, "devices", "these are %zu devices, and at most %d can be shown", plan->devices.count,
                          DEVICES_MOST);
    return check_place(plan, err);
}

static void add_always(struct plan *plan)
{
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        *SLICE_PUSH(plan->arena, &plan->devices) = (struct plan_device){
            .name = always[i].name,
            .from = arena_printf(plan->arena, "/dev/%s", always[i].name),
            .major = always[i].major,
            .minor = always[i].minor,
            .access = READ_WRITE,
            .reason = "harmless, and every program expects it",
        };
}

/* --- who sees to it ----------------------------------------------------------------------------------------------- */

static void make_rules(struct plan *plan)
{
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++)
        *SLICE_PUSH(plan->arena, &plan->device_rules) = terminals[i];
    for (size_t i = 0; i < plan->devices.count; i++) {
        const struct plan_device *device = &plan->devices.items[i];
        *SLICE_PUSH(plan->arena, &plan->device_rules) =
            (struct device_rule){ device->block, device->major, device->minor, device->access };
    }
    device_rules_settle(&plan->device_rules);
}

static const char *without_filter(const struct plan *plan)
{
    if (!plan->host->privileged || !plan->host->all_ids)
        return "only the host's root can load one: in its place, a user namespace makes no nodes, and opens none but those "
               "bound";
    return "no control group is to be had here: in its place, a user namespace makes no nodes, and opens none but those bound";
}

/* With a group that is made anyway it costs next to nothing; else one is made for it where that can be. */
static int choose_filter(struct plan *plan, struct error *err)
{
    const struct host *host = plan->host;
    const char *key = devices_filter_key(plan->spec);
    bool can_load = host->privileged && host->all_ids;
    plan->device_filter =
        can_load && host->cgroup && host->cgroup->backend != CGROUP_NONE && (key || spec_says(plan->spec, "resources"));
    plan->device_filter_key = key;
    if (plan->device_filter || !key)
        return 0;
    if (plan->uids.count) {
        plan_step(plan, ACTION_LEFT_OUT, key, without_filter(plan))->from = "the device filter";
        return 0;
    }
    spec_error(err, plan->spec, key,
               "with the host's ids only a device filter keeps it from the host's devices, and that "
               "cannot be had here");
    error_note(err, "%s", can_load ? host->cgroup->why : "only root outside of any user namespace can load one");
    return error_help(err, "%s, or write users: {map: auto}", can_load ? host->cgroup->help : "run it as root");
}

int plan_devices(struct plan *plan, struct error *err)
{
    if (gather(plan, err) < 0)
        return -1;
    add_always(plan);
    if (check_numbers(plan, err) < 0 || choose_filter(plan, err) < 0)
        return -1;
    if (plan->device_filter)
        make_rules(plan);
    return 0;
}

/* --- without a program: Landlock ---------------------------------------------------------------------------------- */

static bool is_limited(const struct plan_device *device) { return (device->access & READ_WRITE) != READ_WRITE; }

/* The wall lets everything through but these, by naming all that is beside them: what comes to be in the root later is named by
 * nobody. And behind Landlock nobody mounts. */
static int check_wall(const struct plan *plan, const struct plan_device *device, struct error *err)
{
    static const enum allow_switch mounting[] = { ALLOW_NESTED, ALLOW_MOUNT_TMPFS, ALLOW_MOUNT_BIND, ALLOW_FUSE };
    const char *text = "only Landlock can keep it from more than this access here";
    if (plan->host->landlock < LANDLOCK_ABI_REFER) {
        spec_error(err, plan->spec, device->key, "%s, of ABI %d (Linux 5.19), and this kernel has %d", text, LANDLOCK_ABI_REFER,
                   plan->host->landlock);
        return error_help(err, "write access: rw, or run it as root with a control group");
    }
    if (plan->spec->root.write != WRITE_NONE) {
        spec_error(err, plan->spec, device->key, "%s, and cannot with a root that is written to", text);
        return error_help(err, "write root: {write: none} with mounts where it writes, or access: rw");
    }
    for (size_t i = 0; i < sizeof mounting / sizeof *mounting; i++)
        if (plan->spec->privileges.allow >> mounting[i] & 1) {
            spec_error(err, plan->spec, device->key, "%s, behind which nobody may mount, and so %s has no effect", text,
                       allow_names[mounting[i]]);
            return error_help(err, "leave one of the two out");
        }
    return 0;
}

int plan_device_wall(struct plan *plan, struct error *err)
{
    const struct plan_device *limited = NULL;
    for (size_t i = 0; i < plan->devices.count && !plan->device_filter && !limited; i++)
        if (is_limited(&plan->devices.items[i]))
            limited = &plan->devices.items[i];
    if (!limited)
        return 0;
    if (check_wall(plan, limited, err) < 0)
        return -1;
    plan_step(plan, ACTION_DEVICE_WALL, limited->key, "a read-only mount does not keep a device from being written");
    return 0;
}
