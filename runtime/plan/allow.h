/* privileges.allow: each switch is a row, a tested bundle of what the kernel asks for. */
#pragma once
#include "kernel/probe.h"
#include "spec/spec.h"

struct allow_bundle {
    uint64_t capabilities;             /* added to privileges.capabilities */
    const char *const *calls;          /* NULL-terminated: calls, @groups and openings of syscall-rules.c; NULL: none */
    const char *const *devices;        /* NULL-terminated paths bound in; NULL: none */
    const char *sysctl, *sysctl_value; /* a namespaced key, or NULL */
    bool needs_host_ids;               /* the kernel grants it only outside a user namespace: users.map must be host */
    bool needs_own_ids;                /* with the host's ids it would be power over the host: only in a user namespace */
    bool bares_proc;         /* /proc is not masked: refused where the host's root, whose files lie there, is among the ids */
    bool needs_own_network;  /* network.mode: none only: it changes the network namespace */
    bool needs_own_hostname; /* isolate.hostname: new */
    const char *gate;      /* a file in /proc/sys/kernel of the host's, or NULL: it may close the calls to all but those with */
    int gate_open;         /* CAP_SYS_ADMIN outside a user namespace, with more than this in it; */
    enum probe gate_probe; /* whether it does is tried, since distributions have levels of their own */
    const char *reason;    /* one sentence for `cordon plan` and the manual: what it opens */
};
extern const struct allow_bundle allow_bundles[ALLOW_COUNT];

/* privileges.capabilities and those of every switch that is on. */
uint64_t allow_capabilities(const struct spec *spec);
/* What net.ipv4.ping_group_range takes in a user namespace with this gid map: groups that are not mapped are EINVAL, and the
 * kernel compares ids of the host. So: the groups inside that are the lowest and the highest outside. With users.map: host the
 * row's own value is right. */
char *allow_ping_groups(struct arena *arena, const struct id_range *ranges, size_t count);
