/* A time namespace whose clocks are ahead of the host's, or behind. */
#pragma once
#include "base/error.h"

#include <stdint.h>

/* The kernel lets no clock begin below 0, and leaves room for it to run on. In seconds. */
#define CLOCKS_MOST (INT64_MAX / 1000000000 / 2)

/* Puts this process, which must have one thread, into a new time namespace with these offsets, in milliseconds. A clone that
 * makes the namespace enters it at once, and from then on its offsets are fixed: so it is made, set and entered in three calls.
 * `proc` is a descriptor of a procfs. */
int clocks_offset(int proc, int64_t boottime, int64_t monotonic, struct error *err);
