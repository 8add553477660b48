/* What this kernel can do, found out by doing it: in a child, inside namespaces that end with it. Nothing outside of it
 * changes, and a version that lies (backports, an outer seccomp filter) does not matter. */
#pragma once
#include <stdbool.h>

/* From PROBE_MOUNT_NAMESPACE on, inside a user namespace of its own, as a container would be. */
enum probe {
    PROBE_OPENAT2,
    PROBE_CLONE3,
    PROBE_PIDFD,
    PROBE_SECCOMP_FILTER,
    PROBE_SECCOMP_LOG,
    PROBE_SECCOMP_NOTIFY,
    PROBE_IO_URING,
    PROBE_PERF,           /* of a process's own time outside of the kernel, the least there is */
    PROBE_IDMAPPED_MOUNT, /* of the root's file system, with the rights of the caller */
    PROBE_USER_NAMESPACE, /* with the capabilities in it that it is made for: Ubuntu's AppArmor gives one without */
    PROBE_MOUNT_NAMESPACE,
    PROBE_PID_NAMESPACE,
    PROBE_NETWORK_NAMESPACE,
    PROBE_IPC_NAMESPACE,
    PROBE_HOSTNAME_NAMESPACE,
    PROBE_CGROUP_NAMESPACE,
    PROBE_TIME_NAMESPACE,
    PROBE_MOUNT_API, /* fsopen, open_tree, mount_setattr, move_mount */
    PROBE_PROC,      /* a procfs of its own; EPERM where parts of the one outside are covered */
    PROBE_SYSFS,
    PROBE_OVERLAY,
    PROBE_COUNT
};

/* 0: it works; else the errno that came in its way. */
int probe_run(enum probe probe);
/* The same as a plain user, when asked by root. */
int probe_run_unprivileged(enum probe probe);

int probe_landlock_abi(void); /* 0: none */
/* Whether a child can be born in the cgroup of this descriptor; as above. */
int probe_clone_into_cgroup(int cgroup);
