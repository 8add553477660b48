/* New namespaces, and words for why the kernel gives none. */
#pragma once
#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* clone3(2) without memory shared; returns as fork(2) does. In the parent *ret_pidfd is a new descriptor. */
pid_t namespaces_clone(uint64_t flags, int *ret_pidfd, struct error *err);
