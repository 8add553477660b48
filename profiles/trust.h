/* Opening a file whose words will be obeyed. */
#pragma once
#include "base/error.h"

#include <sys/stat.h>
#include <sys/types.h>

/* Opens a regular file for reading, never waiting for a FIFO or taking a terminal. `path` is absolute.
 * For root (uid 0), the file and every folder and link on the way up to / must be root's, and writable by nobody else; sticky
 * folders such as /tmp excepted, but not the file. Checked on what was opened, component by component, so that nothing can be
 * exchanged in between. Returns a descriptor with *ret_stat, or -1 with the reason; errno says ENOENT where there is no such
 * file. */
int trust_open(const char *path, uid_t uid, struct stat *ret_stat, struct error *err);
