/* Values and their names: one table for whoever reads or prints them. */
#pragma once
#include "base/arena.h"

#include <stdint.h>

struct name_bit {
    const char *name;
    uint64_t bit;
};

/* Ends with a NULL name. */
extern const struct name_bit namespace_names[];       /* CLONE_NEW* */
extern const struct name_bit mount_attribute_names[]; /* MOUNT_ATTR_*, as mount(8) spells them */

/* By number (capability.h), as in profiles: net-bind-service. */
#define CAPABILITY_COUNT 41
extern const char *const capability_names[CAPABILITY_COUNT];

/* The names of the bits that are set, bits without a name as a number. */
char *names_join(struct arena *arena, const struct name_bit *table, uint64_t bits, const char *between);
