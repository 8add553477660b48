/* The profiles that are compiled in; made by embed.c. Ends with one without a name. */
#pragma once
#include <stddef.h>

struct built_in {
    const char *name, *text;
};
extern const struct built_in built_in_profiles[];
