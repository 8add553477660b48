/* The id maps of a user namespace: the one write each that the kernel allows. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct idmap_range {
    uint32_t inside, outside, count;
};

struct idmap {
    const struct idmap_range *uids, *gids;
    size_t uid_count, gid_count;
    bool deny_setgroups; /* before the gid map of a writer without privilege, the kernel wants it */
};

/* `proc` is /proc/PID of the process in the namespace, as a descriptor on a real procfs. */
int idmap_write(int proc, const struct idmap *map, struct error *err);
/* By newuidmap(1) and newgidmap(1), both at once. */
int idmap_write_by_helper(pid_t pid, const struct idmap *map, struct error *err);
/* A descriptor of /proc/PID, after making sure that /proc is a procfs and the process's folder was not put there by someone. */
int idmap_open_process(pid_t pid, struct error *err);
