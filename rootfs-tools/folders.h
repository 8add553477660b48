/* Folders on the host that a container keeps something in. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Makes the last name of `path` in `above`, the folder above it, where it is missing. */
int folder_make(int above, const char *path, mode_t mode, struct error *err);

/* An empty file (0400) at a place below a folder of the host where there is nothing, or where a folder above it is missing:
 * there instead. One that is there already, of another run or left by one that was killed, is shared: a lock says who still
 * needs it. */
struct placeholder {
    int folder, file; /* -1: there was something else; `file` holds the lock */
    char name[256];
};
int placeholder_make(int folder, const char *folder_name, const char *at, struct placeholder *ret, struct error *err);
/* Takes it away, if no other run needs it and it still is the same and still empty. */
void placeholder_remove(struct placeholder *placeholder);

/* A volume: DATA/volumes/NAME. Made on first use, where `set_owner` with this owner, which needs root; else it is the caller's
 * until the container has given it away. The folder of the volumes is the caller's own, 0700: a set-id file in a volume is out
 * of every other user's reach. */
int volume_make(const char *path, mode_t mode, bool set_owner, uid_t uid, gid_t gid, struct error *err);
