#include "profiles/built-in.h"

#include "profiles/load.h"

#include <string.h>

const char *built_in_name(size_t index) { return built_in_profiles[index].name; }

const char *built_in_profile(const char *name, size_t *ret_length)
{
    for (const struct built_in *profile = built_in_profiles; profile->name; profile++) {
        if (strcmp(profile->name, name) != 0)
            continue;
        if (ret_length)
            *ret_length = strlen(profile->text);
        return profile->text;
    }
    return NULL;
}
