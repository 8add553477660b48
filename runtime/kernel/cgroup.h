/* Control groups, version 2 (cgroups(7), the kernel's admin-guide/cgroup-v2), each by the descriptor of its folder. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where version 2 is mounted: /sys/fs/cgroup, or its folder `unified` beside version 1. NULL where it is not. */
const char *cgroup_mount(void);

/* The group that this process is in, below the mount: "" at the top. NULL where it is out of sight. */
const char *cgroup_own(struct arena *arena);

/* A descriptor of the folder, after making sure that it is a control group. */
int cgroup_open(const char *path, struct error *err);

/* A new group `name` below `parent`, held (flock) against cgroup_sweep of other launchers. Returns its descriptor. */
int cgroup_make(int parent, const char *name, mode_t mode, struct error *err);

/* Removes the groups below `parent` whose name begins so, that nobody holds, and that hold no process: what killed launchers
 * left. */
void cgroup_sweep(int parent, const char *prefix);

/* Keeps what is made below it within the depth that cgroup_end takes away, and within what it takes a moment to: each costs
 * memory of the kernel, of which not all is charged to anybody. */
int cgroup_bound(int group, struct error *err);

/* Writes a value; the error says what the kernel makes of it. */
int cgroup_write(int group, const char *file, const char *value, struct error *err);

/* The whole of a small file of the group, without the line's end; NULL where there is none. */
char *cgroup_read(int group, const char *file, struct arena *arena);

/* The number behind `name` in a file of lines "NAME NUMBER" (memory.events); 0 where there is none. */
uint64_t cgroup_count(int group, const char *file, const char *name);

/* Ends everything in it and waits, at most two seconds, until it is empty; then removes it with all that were made below. */
void cgroup_end(int parent, const char *name, int group);
