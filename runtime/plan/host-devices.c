#include "plan/host-devices.h"

#include "plan/allow.h"

#include <linux/capability.h>
#include <string.h>

#define CAPABILITY(name) ((uint64_t)1 << (name))
#define BELOW_DEV (sizeof "/dev/" - 1)

static void add(struct arena *arena, struct device_facts *facts, const char *name, size_t entry, bool pattern)
{
    struct device_fact fact = { .name = name, .entry = entry, .pattern = pattern };
    fact.why = device_find(arena, name, &fact.device);
    *SLICE_PUSH(arena, &facts->found) = fact;
}

static void add_pattern(struct arena *arena, struct device_facts *facts, const char *pattern, size_t entry)
{
    struct strings names = { 0 };
    device_glob(arena, pattern, &names);
    for (size_t i = 0; i < names.count; i++)
        add(arena, facts, names.items[i], entry, true);
    if (!names.count)
        *SLICE_PUSH(arena, &facts->found) =
            (struct device_fact){ .name = pattern, .why = "matches no device here", .entry = entry };
}

struct device_facts *devices_gather(struct arena *arena, const struct spec *spec)
{
    struct device_facts *facts = arena_alloc(arena, sizeof *facts);
    for (size_t i = 0; i < spec->devices.count; i++) {
        const char *name = spec->devices.items[i].path + BELOW_DEV;
        if (device_is_pattern(name))
            add_pattern(arena, facts, name, i);
        else
            add(arena, facts, name, i, false);
    }
    for (size_t which = 0; which < ALLOW_COUNT; which++) {
        const char *const *path = spec->privileges.allow >> which & 1 ? allow_bundles[which].devices : NULL;
        for (; path && *path; path++)
            add(arena, facts, *path + BELOW_DEV, spec->devices.count + which, false);
    }
    return facts;
}

const char *devices_filter_key(const struct spec *spec)
{
    if (spec->devices.count)
        return "devices";
    for (size_t which = 0; which < ALLOW_COUNT; which++)
        if (spec->privileges.allow >> which & 1 && allow_bundles[which].devices)
            return "privileges.allow";
    /* With the host's ids nothing else is in the way of a node of the disk but that all mounts are nodev. */
    bool makes = allow_capabilities(spec) & (CAPABILITY(CAP_MKNOD) | CAPABILITY(CAP_SYS_ADMIN));
    return spec->users.map == MAP_HOST && makes ? "privileges.capabilities" : NULL;
}
