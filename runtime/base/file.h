/* Small files whole, and folders that are ours alone. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* The whole of a regular file as text, of a longer one the first `limit` bytes; NULL with errno where there is none, it is no
 * such file, or it cannot be read to its end. */
char *file_read_small(int dir, const char *path, size_t limit, struct arena *arena);

/* For reading, if it is a regular file: all else is not even opened, since with some devices that does something (a watchdog
 * starts, a tape rewinds). `flags`: O_NOFOLLOW or 0. -1 with errno; EISDIR and EINVAL where it is something else. */
int file_open_regular(int dir, const char *path, int flags, struct stat *ret_stat);

/* The same of what was found with O_PATH; needs /proc. */
int file_reopen_regular(int there, struct stat *ret_stat);

/* The whole of such a file, with a NUL behind it; NULL with errno, EFBIG where it has more than `limit` bytes. */
char *file_read_regular(struct arena *arena, int dir, const char *path, int flags, size_t limit, struct stat *ret_stat,
                        size_t *ret_length);

/* Whether the name in the folder still means the file (or folder) that was opened: it may have been exchanged, or taken away.
 */
bool file_is_at(int folder, const char *name, int file);

/* Opens `path`, made with everything above it (0700 below the first folder that exists) where missing, and makes sure that it
 * belongs to the caller, that nobody else can write to it, and that its last component is no link. -1 with an error. */
int file_own_folder(const char *path, struct error *err);
