/* System calls and architectures by name. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct architecture {
    const char *name, *alias; /* as in a profile; alias: NULL or what others call it */
    uint32_t audit;           /* seccomp_data.arch */
    uint32_t library;         /* libseccomp's token: the same but for x32 */
    const char *host;         /* programs of it run on machines of this one */
};

/* NULL where there is none of that name. "native" is the machine that this was built for. */
const struct architecture *architecture_find(const char *name);
/* All names and aliases, for nearest-name help. NULL-terminated. */
const char *const *architecture_names(void);

/* The number of the call, or -1 where the architecture has none of that name. */
int64_t syscall_number(const struct architecture *architecture, const char *name);
