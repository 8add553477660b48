/* New namespaces, and words for why the kernel gives none. */
#pragma once
#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* clone3(2) without memory shared, into the control group `group` or, with -1, the caller's; returns as fork(2) does. In the
 * parent *ret_pidfd is a new descriptor. */
pid_t namespaces_clone(uint64_t flags, int group, int *ret_pidfd, struct error *err);
