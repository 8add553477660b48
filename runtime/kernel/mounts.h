/* The mount calls, by descriptor. Nothing here follows a name that a stranger could have put a link behind. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Every mount of the caller's namespace stops taking part in the host's. First thing in a new mount namespace. */
int mounts_detach_from_host(struct error *err);

/* A detached copy of what is mounted at `path`, seen from `dir`, with what is mounted below it: a partial copy would uncover
 * what another mount hides, and is EINVAL in a user namespace. Not recursive only for a single file or device. Links are
 * followed. */
int mount_clone(int dir, const char *path, bool recursive, struct error *err);
/* Sets MOUNT_ATTR_* on the tree and everything below, and makes it private. */
int mount_restrict(int tree, uint64_t attributes, struct error *err);
/* The tree's ids on disk are those inside the user namespace. 1: done; 0: the file system cannot; -1: error. */
int mount_idmap(int tree, int user_namespace);
/* Onto what `target` is a descriptor of. */
int mount_attach(int tree, int target);
/* Onto a name below `dir` that is known to be no link. Both return -1 with errno, since the caller often has a second try. */
int mount_attach_name(int tree, int dir, const char *name);

/* A new file system of `type` on the current folder of the process, which is a place no name can redirect. */
int mount_here(const char *type, const char *options, uint64_t attributes);
/* The same on a name below the current folder that is known to be no link. */
int mount_new(const char *type, const char *name, const char *options, uint64_t attributes);

/* A new detached file system; `options` as name, value, …, NULL. */
int mount_create(const char *type, const char *const *options, uint64_t attributes, struct error *err);

/* On top of the caller's root folder: absolute names go on to mean what they meant, only the descriptor leads there. It is part
 * of this mount namespace from then on, as clones and overlays of it must be, and goes with the old root. The new root comes
 * last: it must be the topmost. */
int mount_aside(int tree, struct error *err);

/* The current folder, `root`, becomes the root, and what was the root is detached, with the `aside` mounts that were laid on it
 * before the new root. */
int mounts_pivot(int root, unsigned aside, struct error *err);
