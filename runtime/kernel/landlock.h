/* Landlock: a process gives up rights for good, for itself and all that it starts. By system calls: the headers of Debian 12
 * know less than the kernels that this runs on. */
#pragma once
#include "base/error.h"

#include <stdint.h>

#define LANDLOCK_ABI_SCOPES 6

enum landlock_scope { LANDLOCK_ABSTRACT_SOCKETS = 1 }; /* those of processes outside */

/* What the running kernel offers; 0: nothing. */
int landlock_abi(void);
/* Takes CAP_SYS_ADMIN in the process's user namespace, or no_new_privs. */
int landlock_scope(uint64_t scopes, struct error *err);
