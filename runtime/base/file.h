/* Small files whole, and folders that are ours alone. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The whole of a regular file of at most `limit` bytes as text; NULL without an error where there is none or it is no such
 * file. */
char *file_read_small(int dir, const char *path, size_t limit, struct arena *arena);

/* Whether the name in the folder still means the file (or folder) that was opened: it may have been exchanged, or taken away.
 */
bool file_is_at(int folder, const char *name, int file);

/* Opens `path`, made with everything above it (0700 below the first folder that exists) where missing, and makes sure that it
 * belongs to the caller, that nobody else can write to it, and that its last component is no link. -1 with an error. */
int file_own_folder(const char *path, struct error *err);
