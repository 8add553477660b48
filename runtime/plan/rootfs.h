/* Shared by plan-rootfs.c and plan-skeleton.c: the tree as it grows. */
#pragma once
#include "plan/host.h"
#include "plan/steps.h"

/* What a mount point would be made on. */
enum ground {
    GROUND_OWN,      /* made by this plan and empty: reached by name, without looking for links */
    GROUND_WRITABLE, /* a stranger's, but what is written there stays in the container's root */
    GROUND_FOREIGN,  /* a stranger's, or read-only: nothing is made there, and each step of the way is looked at */
};

struct placed {
    const char *at;
    enum ground ground;
    const char *shared; /* the host's folder that is written to here, or NULL */
};

struct rootfs;
struct item;
typedef void rootfs_plan(struct rootfs *fs, const struct item *item);

struct item {
    const char *at; /* absolute */
    const char *is; /* settled, without the leading slash: by its depth they are sorted */
    const char *key;
    const struct mount_entry *entry; /* of the profile's mounts */
    rootfs_plan *plan;
};

struct place {
    const char *at, *key;
};

struct rootfs {
    struct plan *plan;
    SLICE(struct placed) placed;
    SLICE(char *) folders;
    SLICE(struct top_entry) links;
    SLICE(struct item) items;
    SLICE(const char *) host_trees; /* where parts of the host's own root are shown */
    SLICE(struct place) read_only;  /* memory of the profile's that is to be so when all is mounted in it */
};

/* A step at `at`, with the folders above it that are missing from a mount of our own. */
struct step *rootfs_step(struct rootfs *fs, enum action action, const char *at, bool file, const char *key, const char *reason);
/* Its `from` is opened by the child, before it mounts anything. */
void rootfs_child_opens(struct rootfs *fs, struct step *step);
void rootfs_placed(struct rootfs *fs, const char *at, enum ground ground);
const char *rootfs_settle(struct rootfs *fs, const char *at);
/* Always there, unless the profile has an entry at the same place. */
void rootfs_add(struct rootfs *fs, const char *at, rootfs_plan *plan);

/* plan-skeleton.c */
void skeleton_add(struct rootfs *fs);
void skeleton_finish(struct rootfs *fs);
