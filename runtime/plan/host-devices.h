/* The devices of the host that a profile asks for: patterns spelled out, links followed. */
#pragma once
#include "kernel/devices.h"
#include "spec/spec.h"

#define DEVICES_MOST 256

struct device_fact {
    const char *name; /* below /dev, as it was named or found */
    struct device device;
    const char *why; /* it cannot be shown: a clause; else NULL */
    size_t entry;    /* of spec->devices; or spec->devices.count plus the switch of privileges.allow */
    bool pattern;    /* one of those that a pattern found */
};

struct device_facts {
    SLICE(struct device_fact) found;
};

struct device_facts *devices_gather(struct arena *arena, const struct spec *spec);
/* The key for whose sake a device filter is needed where one can be had; NULL: for none. */
const char *devices_filter_key(const struct spec *spec);
