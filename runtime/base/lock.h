/* Locks that leave nothing behind: a byte of one file per kind of thing, let go by the kernel however the holder ends. */
#pragma once
#include "base/error.h"

#include <stdint.h>

#define LOCK_E_BUSY (-2)

/* Locks `number` in FOLDER/NAME, which are made where missing (0700, 0600). Returns the descriptor that holds it, LOCK_E_BUSY
 * where another process does, -1 with an error. */
int lock_number(const char *folder, const char *name, uint64_t number, struct error *err);
