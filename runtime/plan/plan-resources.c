/* resources: a control group for the container, and what is written to it. */
#include "base/weak.h"
#include "plan/host-cgroup.h"
#include "plan/host.h"
#include "plan/plan-syscalls.h"
#include "plan/steps.h"
#include "plan/syscall-policy.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD 100000 /* microseconds, the kernel's own default */

/* One file of the group that is to be written. */
struct setting {
    const char *controller, *file, *value, *key;
    const char *section; /* the key that `optional` may name instead */
    uint64_t number;     /* as the profile has it, where the value is written in another way */
    bool lenient;        /* a default, which a kernel without the file may go without */
    bool share;          /* counts only beside the groups next to it */
};

struct settings {
    SLICE(struct setting) list;
    struct arena *arena;
};

static void set(struct settings *settings, const char *section, const char *controller, const char *file, const char *key,
                const char *value)
{
    *SLICE_PUSH(settings->arena, &settings->list) =
        (struct setting){ .controller = controller, .file = file, .value = value, .key = key, .section = section };
}

static void set_number(struct settings *settings, const char *section, const char *controller, const char *file,
                       const char *key, uint64_t value)
{
    if (value != RESOURCE_UNSET)
        set(settings, section, controller, file, key, arena_printf(settings->arena, "%llu", (unsigned long long)value));
}

/* What counts against neighbours. */
static void set_share(struct settings *settings, const char *section, const char *controller, const char *file, const char *key,
                      uint64_t number)
{
    if (number == RESOURCE_UNSET)
        return;
    set_number(settings, section, controller, file, key, number);
    struct setting *share = &settings->list.items[settings->list.count - 1];
    share->share = true;
    share->number = number;
}

/* A kernel that counts no swap has no such file; that is none of ours where there is no swap. */
static void set_swap_off(struct settings *settings, bool has_swap)
{
    set(settings, "resources.memory", "memory", "memory.swap.max", "resources.memory", "0");
    settings->list.items[settings->list.count - 1].lenient = !has_swap;
}

static void memory_settings(struct settings *settings, const struct plan *plan)
{
    const struct spec *spec = plan->spec;
    const struct memory_limits *memory = &spec->resources.memory;
    const char *section = "resources.memory";
    if (!spec_says(spec, section))
        return;
    const char *max = spec_says(spec, "resources.memory.max") ? "resources.memory.max" : section;
    set_number(settings, section, "memory", "memory.max", max, memory->max);
    set_number(settings, section, "memory", "memory.high", "resources.memory.high", memory->high);
    set_share(settings, section, "memory", "memory.low", "resources.memory.low", memory->low);
    set_share(settings, section, "memory", "memory.min", "resources.memory.min", memory->min);
    if (memory->swap != RESOURCE_UNSET)
        set_number(settings, section, "memory", "memory.swap.max", "resources.memory.swap", memory->swap);
    else
        set_swap_off(settings, plan->host->cgroup->has_swap);
    if (!memory->oom_process)
        set(settings, section, "memory", "memory.oom.group", section, "1");
}

/* "0-1,4" against what is online: the kernel would take a processor that is not there, and go on without it. */
static const char *missing_processor(const struct plan *plan)
{
    unsigned online = plan->host->cgroup->processors;
    for (const char *p = plan->spec->resources.cpu.set; *p;) {
        char *end;
        unsigned long number = strtoul(p, &end, 10);
        if (number >= online)
            return arena_printf(plan->arena, "processor %lu is not online here: the last one is %u", number, online - 1);
        p = end + (*end != '\0');
    }
    return NULL;
}

static int processor_settings(struct settings *settings, struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const char *section = "resources.cpu", *missing = missing_processor(plan);
    const struct {
        bool said;
        const char *key, *file, *value;
    } files[] = { { true, "resources.cpu.set", "cpuset.cpus", spec->resources.cpu.set },
                  { spec->resources.cpu.exclusive, "resources.cpu.exclusive", "cpuset.cpus.partition", "root" } };
    for (size_t i = 0; i < sizeof files / sizeof *files && files[i].said; i++) {
        if (!missing)
            set(settings, section, "cpuset", files[i].file, files[i].key, files[i].value);
        else if (spec_optional(spec, files[i].key) || spec_optional(spec, section))
            plan_step(plan, ACTION_LEFT_OUT, files[i].key, missing)->from = files[i].file;
        else
            return spec_error(err, spec, files[i].key, "%s", missing);
    }
    return 0;
}

static int cpu_settings(struct settings *settings, struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    const struct cpu_limits *cpu = &spec->resources.cpu;
    const char *section = "resources.cpu";
    if (cpu->max != RESOURCE_UNSET)
        set(settings, section, "cpu", "cpu.max", spec_says(spec, "resources.cpu.max") ? "resources.cpu.max" : section,
            arena_printf(settings->arena, "%llu %d", (unsigned long long)(cpu->max * PERIOD / 1000000), PERIOD));
    if (cpu->burst != RESOURCE_UNSET)
        set_number(settings, section, "cpu", "cpu.max.burst", "resources.cpu.burst", cpu->burst * 1000);
    set_share(settings, section, "cpu", "cpu.weight", "resources.cpu.weight", cpu->weight);
    return cpu->set ? processor_settings(settings, plan, err) : 0;
}

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = words; (p = strstr(p, word)); p += length)
        if ((p == words || p[-1] == ' ') && (p[length] == ' ' || !p[length]))
            return true;
    return false;
}

/* BFQ counts from 1 to 1000, with the same 100 in between. */
static uint64_t weight_of_bfq(uint64_t weight) { return weight <= 100 ? weight : 100 + (weight - 100) * 900 / 9900; }

static bool is_same_disk(const struct io_disk *a, const struct io_disk *b)
{
    return !a->why && !b->why && a->major == b->major && a->minor == b->minor;
}

static int weight_setting(struct settings *settings, struct plan *plan, const struct io_disk *disk, size_t i, struct error *err)
{
    uint64_t weight = plan->spec->resources.io.items[i].weight;
    const char *io = arena_printf(settings->arena, "resources.io[%zu]", i),
               *key = arena_printf(settings->arena, "%s.weight", io);
    if (disk->weigher == WEIGHER_NONE && has_word(plan->host->cgroup->controllers, "io")) {
        if (spec_optional(plan->spec, key) || spec_optional(plan->spec, io) || spec_optional(plan->spec, "resources.io")) {
            plan_step(plan, ACTION_LEFT_OUT, key, "optional, and nothing weighs the requests of this disk")->from = "io.weight";
            return 0;
        }
        spec_error(err, plan->spec, key, "has no effect on %s: neither BFQ nor io.cost is on for its disk", disk->path);
        return error_help(err, "as root: modprobe bfq && echo bfq >/sys/dev/block/%u:%u/queue/scheduler", disk->major,
                          disk->minor);
    }
    for (size_t k = 0; k < i; k++) {
        const struct io_disk *other = &plan->host->cgroup->disks.items[k];
        uint64_t before = plan->spec->resources.io.items[k].weight;
        if (!is_same_disk(other, disk) || before == RESOURCE_UNSET || before == weight)
            continue;
        spec_error(err, plan->spec, key, "%s is on the disk of %s, which has another weight in resources.io[%zu]", disk->path,
                   other->path, k);
        return error_help(err, "a weight is a whole disk's (%u:%u): say one", disk->major, disk->minor);
    }
    bool bfq = disk->weigher == WEIGHER_BFQ;
    set_share(settings, "resources.io", "io", bfq ? "io.bfq.weight" : "io.weight", key, weight);
    settings->list.items[settings->list.count - 1].value = arena_printf(
        settings->arena, "%u:%u %llu", disk->major, disk->minor, (unsigned long long)(bfq ? weight_of_bfq(weight) : weight));
    return 0;
}

static const char *io_word(struct arena *arena, const char *text, const char *name, uint64_t value)
{
    return value == RESOURCE_UNSET ? text : arena_printf(arena, "%s %s=%llu", text, name, (unsigned long long)value);
}

/* Of two entries whose disk is the same the kernel would keep what the later says: so that says the least of both. */
static uint64_t least_of_disk(const struct plan *plan, size_t last, size_t field)
{
    const struct cgroup_facts *facts = plan->host->cgroup;
    const struct io_disk *disk = &facts->disks.items[last];
    uint64_t least = RESOURCE_UNSET; /* the highest that there is */
    for (size_t i = 0; i <= last; i++) {
        const struct io_disk *other = &facts->disks.items[i];
        uint64_t value = *(const uint64_t *)((const char *)&plan->spec->resources.io.items[i] + field);
        if (is_same_disk(other, disk) && value < least)
            least = value;
    }
    return least;
}

static int io_settings(struct settings *settings, struct plan *plan, struct error *err)
{
    static const struct {
        const char *word;
        size_t field;
    } rates[] = { { "rbps", offsetof(struct io_limits, read) },
                  { "wbps", offsetof(struct io_limits, write) },
                  { "riops", offsetof(struct io_limits, read_ops) },
                  { "wiops", offsetof(struct io_limits, write_ops) } };
    const struct spec *spec = plan->spec;
    for (size_t i = 0; i < spec->resources.io.count; i++) {
        const struct io_limits *io = &spec->resources.io.items[i];
        const struct io_disk *disk = &plan->host->cgroup->disks.items[i];
        const char *key = arena_printf(settings->arena, "resources.io[%zu]", i);
        if (disk->why) {
            if (spec_optional(spec, key) || spec_optional(spec, "resources.io")) {
                plan_step(plan, ACTION_LEFT_OUT, key, disk->why)->from =
                    arena_printf(settings->arena, "the limits of the disk of %s", io->device);
                continue;
            }
            return spec_error(err, spec, arena_printf(settings->arena, "%s.device", key), "%s %s", io->device, disk->why);
        }
        const char *number = arena_printf(settings->arena, "%u:%u", disk->major, disk->minor), *text = number;
        for (size_t k = 0; k < sizeof rates / sizeof *rates; k++)
            text = io_word(settings->arena, text, rates[k].word, least_of_disk(plan, i, rates[k].field));
        if (text != number)
            set(settings, "resources.io", "io", "io.max", key, text);
        if (io->weight != RESOURCE_UNSET && weight_setting(settings, plan, disk, i, err) < 0)
            return -1;
    }
    return 0;
}

/* 2M is 2MB in the names of the kernel's files. */
static const char *page_name(struct arena *arena, uint64_t page)
{
    static const char units[] = "KMG";
    int unit = 0;
    page >>= 10;
    while (page >= 1024 && page % 1024 == 0 && units[unit + 1]) {
        page >>= 10;
        unit++;
    }
    return arena_printf(arena, "hugetlb.%llu%cB", (unsigned long long)page, units[unit]);
}

/* Both: what is promised and what is used. With the second alone a process would not see its mmap fail but die of SIGBUS. */
static void hugepage_settings(struct settings *settings, const struct spec *spec)
{
    for (size_t i = 0; i < spec->resources.hugepages.count; i++) {
        const struct huge_limit *limit = &spec->resources.hugepages.items[i];
        const char *name = page_name(settings->arena, limit->page), *section = "resources.hugepages";
        static const char *const kinds[] = { "rsvd.max", "max" };
        for (size_t k = 0; k < 2; k++)
            set_number(settings, section, "hugetlb", arena_printf(settings->arena, "%s.%s", name, kinds[k]), section,
                       limit->bytes);
    }
}

static int check_cpu(const struct plan *plan, struct error *err)
{
    const struct cpu_limits *cpu = &plan->spec->resources.cpu;
    if (cpu->exclusive && !cpu->set)
        return spec_error(err, plan->spec, "resources.cpu.exclusive", "needs resources.cpu.set: which processors");
    if (cpu->burst != RESOURCE_UNSET && (cpu->max == RESOURCE_UNSET || cpu->burst * 1000 > cpu->max * PERIOD / 1000000))
        return spec_error(err, plan->spec, "resources.cpu.burst",
                          "cannot be more than resources.cpu.max gives in a period of %d ms", PERIOD / 1000);
    return 0;
}

static bool is_optional(const struct spec *spec, const struct setting *setting)
{
    return spec_optional(spec, setting->key) || spec_optional(spec, setting->section);
}

static int refuse(const struct plan *plan, const struct setting *setting, struct error *err)
{
    const struct cgroup_facts *facts = plan->host->cgroup;
    if (facts->backend == CGROUP_NONE) {
        spec_error(err, plan->spec, setting->key, "the %s controller is not available here", setting->controller);
        error_note(err, "%s", facts->why);
        return error_help(err, "%s", facts->help);
    }
    spec_error(err, plan->spec, setting->key, "the %s controller is not available here", setting->controller);
    error_note(err, "the control group that this may divide has %s", *facts->controllers ? facts->controllers : "none");
    if (facts->backend == CGROUP_SCOPE && strcmp(setting->controller, "hugetlb") == 0)
        return error_help(err,
                          "systemd delegates no hugetlb: as root, start this in a group that has it and that systemd does not "
                          "manage");
    if (plan->host->caller.uid && facts->backend == CGROUP_SCOPE)
        return error_help(err, "as root: systemctl edit user@.service, with Delegate=pids memory cpu %s", setting->controller);
    return error_help(
        err, "the machine gives it to version 1 of control groups, or its kernel was built without: see /proc/cgroups");
}

/* The settings that hold here, in their order; the others are left out where that is allowed. */
static int keep_available(struct plan *plan, struct settings *settings, struct error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < settings->list.count; i++) {
        const struct setting *setting = &settings->list.items[i];
        if (plan->host->cgroup->backend != CGROUP_NONE && has_word(plan->host->cgroup->controllers, setting->controller)) {
            settings->list.items[kept++] = *setting;
            continue;
        }
        if (!is_optional(plan->spec, setting))
            return refuse(plan, setting, err);
        plan_step(plan, ACTION_LEFT_OUT, setting->key, "optional, and its controller is not available here")->from =
            setting->file;
    }
    settings->list.count = kept;
    return 0;
}

/* A group that only a program is put on gives no controllers on, and so may lie in one that holds processes. */
static void plan_controllers(struct plan *plan, const struct settings *settings)
{
    const char *controllers = "";
    const struct cgroup_facts *facts = plan->host->cgroup;
    for (size_t i = 0; i < settings->list.count; i++)
        if (!has_word(controllers, settings->list.items[i].controller))
            controllers =
                arena_printf(plan->arena, "%s%s%s", controllers, *controllers ? " " : "", settings->list.items[i].controller);
    if (!*controllers)
        return;
    if (facts->backend == CGROUP_SCOPE || facts->inside)
        plan_step(plan, ACTION_STEP_ASIDE, "resources", "a group that holds a process gives its controllers to none below it")
            ->at = "supervisor";
    plan_step(plan, ACTION_CONTROLLERS, "resources", "given on to the groups below")->from = controllers;
}

static void plan_filter_of_devices(struct plan *plan)
{
    if (plan->device_filter)
        plan_step(plan, ACTION_DEVICE_FILTER, plan->device_filter_key,
                  plan->device_filter_key ? "these and no other, whatever nodes it comes by"
                                          : "these and no other, since there is a group");
}

static struct step *plan_setting(struct plan *plan, enum action action, const struct setting *setting, const char *reason)
{
    struct step *step = plan_step(plan, action, setting->key, reason);
    step->at = setting->file;
    step->from = setting->value;
    step->optional = setting->lenient || is_optional(plan->spec, setting);
    return step;
}

/* Below a group that is the launcher's alone the container has no neighbours: there it is that group that must have the share.
 */
static void plan_shares(struct plan *plan, const struct settings *settings)
{
    bool scope = plan->host->cgroup->backend == CGROUP_SCOPE;
    for (size_t i = 0; i < settings->list.count; i++) {
        const struct setting *setting = &settings->list.items[i];
        if (setting->share)
            plan_setting(plan, ACTION_SHARE, setting,
                         scope ? "asked of systemd for the scope, which has the neighbours"
                               : "of the delegated group, which has the neighbours")
                ->number = setting->number;
    }
}

/* Who made the group owns its files. Where he is one of those inside, and can mount what shows it, the limits must be above
 * what shows: systemd's nsdelegate keeps a namespace from writing to its own top, but not one that was made below. */
static bool can_reach_group(const struct plan *plan)
{
    return !weak("group below") && (!plan->host->privileged || plan->host_root_inside) && plan_may_mount(plan->spec);
}

static void plan_grouped(struct plan *plan)
{
    plan->group = true;
    /* A control group namespace shows as its root the group of the one that makes it: the child, once it is in its own. */
    if (plan->clone_flags & CLONE_NEWCGROUP) {
        plan->clone_flags &= ~(uint64_t)CLONE_NEWCGROUP;
        plan_step(plan, ACTION_GROUP_ROOT, "isolate.cgroup", "its own group is the top of what it sees");
    }
}

static void plan_group(struct plan *plan, const struct settings *settings)
{
    const struct cgroup_facts *facts = plan->host->cgroup;
    const char *key = settings->list.count ? "resources" : plan->device_filter_key;

    if (facts->backend == CGROUP_SCOPE)
        plan_step(plan, ACTION_SCOPE, key, "systemd owns the tree: it gives this run a part")->from = plan->spec->name;
    else
        plan_step(plan, ACTION_OPEN_GROUP, key, facts->inside ? "it is delegated to this run" : "nobody manages the tree here")
            ->from = facts->base;
    if (facts->backend == CGROUP_SCOPE || facts->inside)
        plan_shares(plan, settings);
    plan_controllers(plan, settings);
    plan_step(plan, ACTION_GROUP, key, "the container's own, in which it starts")->at =
        arena_printf(plan->arena, "cordon-%s", plan->spec->name);
    for (size_t i = 0; i < settings->list.count; i++) {
        const struct setting *setting = &settings->list.items[i];
        plan_setting(plan, ACTION_GROUP_VALUE, setting, setting->lenient ? "the default" : "as asked");
    }
    plan_filter_of_devices(plan);
    if (can_reach_group(plan))
        plan_step(plan, ACTION_GROUP_BELOW, key, "it starts there, so that the limits are out of its reach")->at = GROUP_BELOW;
    plan_grouped(plan);
}

/* Without any limit the launcher's own group would be the top of what the app sees: where the caller may write to it, so could
 * the app, once it has mounted it, and stop or end whatever else the caller has there. One more group needs no controllers, and
 * so may lie beside processes; the limits of the caller's hold in it. */
static void plan_guard(struct plan *plan)
{
    const char *key = spec_says(plan->spec, "privileges") ? "privileges" : "syscalls";
    if (!plan->host->cgroup->own_holds) {
        plan_step(plan, ACTION_LEFT_OUT, key, "that of the caller is threaded, and has none below it")->from =
            "a group of its own: it could mount that of the caller, and stop what is in it";
        return;
    }
    plan_step(plan, ACTION_OPEN_GROUP, key, "the caller's own, which the app could mount")->from = plan->host->cgroup->own;
    plan_step(plan, ACTION_GROUP, key, "the container's own, in which it starts")->at =
        arena_printf(plan->arena, "cordon-%s", plan->spec->name);
    plan_step(plan, ACTION_GROUP_BELOW, key, "it starts there, so that what is above is out of its reach")->at = GROUP_BELOW;
    plan_grouped(plan);
}

int plan_resources(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    struct settings settings = { .arena = plan->arena };
    if (!plan->host->cgroup)
        return 0;
    if (spec->resources.processes == 1 && spec->app.init != INIT_FALSE) {
        spec_error(err, spec, "resources.processes", "leaves none for the app: init is one already");
        return error_help(err, "write at least 2, or app: {init: false}");
    }
    memory_settings(&settings, plan);
    if (check_cpu(plan, err) < 0 || cpu_settings(&settings, plan, err) < 0)
        return -1;
    set_number(&settings, "resources.processes", "pids", "pids.max", "resources.processes", spec->resources.processes);
    if (io_settings(&settings, plan, err) < 0)
        return -1;
    hugepage_settings(&settings, spec);
    if (keep_available(plan, &settings, err) < 0)
        return -1;
    if (settings.list.count || (plan->device_filter && plan->device_filter_key))
        plan_group(plan, &settings);
    else if (plan->host->cgroup->own && can_reach_group(plan))
        plan_guard(plan);
    return 0;
}
