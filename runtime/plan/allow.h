/* privileges.allow: each switch is a row, a tested bundle of what the kernel asks for. */
#pragma once
#include "spec/spec.h"

struct allow_bundle {
    uint64_t capabilities;      /* added to privileges.capabilities */
    const char *const *calls;   /* NULL-terminated: calls and @groups opened in the filter; NULL: none */
    const char *const *devices; /* NULL-terminated paths bound in; NULL: none */
    const char *sysctl, *sysctl_value; /* a namespaced key, or NULL */
    bool needs_host_ids;    /* the kernel grants it only outside a user namespace: users.map must be host */
    bool needs_own_network; /* network.mode: none only: it changes the network namespace */
    bool needs_own_hostname; /* isolate.hostname: new */
    bool raises_rtprio;     /* RLIMIT_RTPRIO is raised to its maximum before the container starts */
    const char *reason;     /* one sentence for `cordon plan` and the manual: what it opens */
};
extern const struct allow_bundle allow_bundles[ALLOW_COUNT];

/* privileges.capabilities and those of every switch that is on. */
uint64_t allow_capabilities(const struct spec *spec);
