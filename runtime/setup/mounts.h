/* Shared by child-mounts.c, child-roots.c and child-masks.c: where a step's place is, and what goes wrong there. */
#pragma once
#include "setup/launch.h"

#include <stdbool.h>

/* The deepest folder that we hold and that `at` lies in, and the rest of the name. */
int mounts_base_of(const struct launch *launch, const char *at, const char **ret_name);
int mounts_stand_in(struct launch *launch, int folder);
/* A descriptor of a place that is not our own, made where it is missing and may be. -1 with errno. */
int mounts_open_target(struct launch *launch, const struct step *step, bool file);
/* The errno of a place, in words; err->code is ENOENT where it is missing. */
int mounts_bad_target(const struct launch *launch, const struct step *step, int code, struct error *err);
int mounts_make_own_target(struct launch *launch, const struct step *step, bool file);
int mounts_attach(struct launch *launch, const struct step *step, int tree, struct error *err);
/* The tree that the launcher opened, or this process before it mounted anything. */
int mounts_take_tree(struct launch *launch, const struct step *step, struct error *err);

/* How many names a memory file system of this size gets, one per KiB, which is what each costs. The kernel gives all the same
 * otherwise, half of the machine's pages, and names alone could fill that. False: the size is a percentage, and that will do.
 */
bool mounts_inodes(const char *size, char ret[24]);

/* child-roots.c */
int mounts_scratch(struct launch *launch, const struct step *step, struct error *err);
int mounts_root_tmpfs(struct launch *launch, const struct step *step, struct error *err);
int mounts_root_tree(struct launch *launch, const struct step *step, struct error *err);
int mounts_root_overlay(struct launch *launch, const struct step *step, struct error *err);
int mounts_overlay(struct launch *launch, const struct step *step, struct error *err);

/* secrets.c */
int mounts_secrets(struct launch *launch, const struct step *step, struct error *err);

/* child-masks.c */
int mounts_hold(struct launch *launch, const struct step *step, struct error *err);
int mounts_mask(struct launch *launch, const struct step *step, struct error *err);
int mounts_mask_private(struct launch *launch, const struct step *step, struct error *err);
/* Whether a place that is not there would lie in a folder that is hidden. */
bool mounts_below_mask(const struct launch *launch, const char *at);

/* child-devices.c */
int mounts_device(struct launch *launch, const struct step *step, struct error *err);
