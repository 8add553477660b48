/* The processor architectures that a filter can tell apart, by name. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct architecture {
    const char *name, *alias; /* as in a profile; alias: NULL or what others call it */
    uint32_t audit;           /* seccomp_data.arch */
    uint32_t library;         /* libseccomp's token: the same but for x32 */
    const char *host;         /* programs of it run on machines of this one */
};
extern const struct architecture architectures[];
extern const size_t architecture_count;

/* NULL where there is none of that name. "native" is the machine that this was built for. */
const struct architecture *architecture_find(const char *name);
/* All names and aliases, for nearest-name help. NULL-terminated. */
const char *const *architecture_names(void);
