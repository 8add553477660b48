/* passwd(5) and group(5) read as files, without NSS: inside a root they are untrusted data, and outside a static program
 * has no NSS to ask. What is not a regular file below 16 MiB is not read at all; lines that are too long or not of the form are
 * passed over. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct passwd_entry {
    const char *name, *home, *shell;
    uid_t uid;
    gid_t gid;
};

/* `root` is a directory descriptor (or AT_FDCWD for the host); the file is reached without leaving it, whatever its links.
 * Returns 1 when found, 0 when not (a missing file included), -1 with an error where it cannot be read. */
int passwd_by_name(int root, const char *name, struct arena *arena, struct passwd_entry *ret, struct error *err);
int passwd_by_uid(int root, uid_t uid, struct arena *arena, struct passwd_entry *ret, struct error *err);
int group_by_name(int root, const char *name, gid_t *ret, struct error *err);

/* The one who calls cordon. */
struct caller {
    uid_t uid; /* real and effective are the same: cordon refuses to run set-id */
    gid_t gid;
    bool known;       /* the host's passwd has him; else: */
    const char *name; /* the number */
    const char *home; /* $HOME where that is absolute, else "/" */
    const char *shell;
    const char *cwd;
    gid_t *groups; /* supplementary, without gid */
    size_t group_count;
};
int caller_get(struct arena *arena, struct caller *ret, struct error *err);
