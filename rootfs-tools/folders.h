/* Folders on the host that a container keeps something in. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Makes `path` where it is missing; the folder above it must be there. */
int folder_make(const char *path, mode_t mode, struct error *err);

/* A volume: DATA/volumes/NAME. Made on first use, where `set_owner` with this owner, which needs root; else it is the caller's until the container has
 * given it away. The folder of the volumes is the caller's own, 0700: a set-id file in a volume is out of every other user's reach. */
int volume_make(const char *path, mode_t mode, bool set_owner, uid_t uid, gid_t gid, struct error *err);
