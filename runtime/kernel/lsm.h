/* Labels of the kernel's security modules: what a process may do by a policy that the host has loaded. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

enum lsm { LSM_APPARMOR, LSM_SELINUX, LSM_COUNT };
extern const char *const lsm_titles[LSM_COUNT];

/* The label of the process whose folder in a procfs `process` is, with its mode where the module has one; NULL: this module is
 * not on. */
const char *lsm_label(int process, enum lsm lsm, struct arena *arena);
/* Whether a label as the kernel writes it is a wall at all: nothing is denied by "unconfined", "NAME (unconfined)" and "NAME
 * (complain)". */
bool lsm_confines(const char *label);
/* SELinux is on, and only writes down what its policy would deny. */
bool lsm_is_permissive(void);
/* Whether `read`, as the kernel writes it, has all of `asked` in it. */
bool lsm_holds(enum lsm lsm, const char *read, const char *asked);

/* Whether the calling process could be put under the AppArmor profile, which needs no privilege to ask: 0, or ENOENT where it
 * is not loaded. `process` is its own folder in a procfs. */
int lsm_apparmor_test(int process, const char *name);

/* The next execve of the calling thread, which may have to be its next at all, gives the label; `stacked`: beside the one that
 * it has. `proc` is a procfs, where what is written is also read back. */
int lsm_label_exec(int proc, enum lsm lsm, const char *label, bool stacked, struct error *err);
