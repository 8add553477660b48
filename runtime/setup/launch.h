/* What a launch holds while it happens. Each side has its own copy after the clone, and uses its own part. */
#pragma once
#include "base/channel.h"
#include "plan/steps.h"
#include "rootfs-tools/folders.h"

/* Folders that steps are reached from by descriptor: a name below one of them cannot be led elsewhere. */
enum base { BASE_ROOT, BASE_PROC, BASE_SYS, BASE_DEV, BASE_COUNT };

struct launch {
    const struct plan *plan;

    /* the launcher */
    struct placeholder *placeholders; /* room for every step that makes one */
    size_t placeholder_count;
    int *secrets;            /* one each of the profile's, shared with the child */
    int ids_lock, name_lock; /* -1: none; the kernel lets go of them with the process, however it ends */
    uint32_t block;          /* first id of the claimed block */
    int group_base, group;   /* the folder that is divided, and the container's group in it; -1: none */
    int group_below;         /* the one in that in which it starts, where it must not reach its own */
    const char *group_name, *aside_name;
    uint64_t memory_kills; /* how often the kernel killed in the group for want of memory */
    const char *memory_peak;
    pid_t pid; /* the container's first process; 0: not there */
    int pidfd;
    int channel; /* this side's end */
    int other;   /* the child's, until the clone */
    pid_t init;  /* in the app: of the init that has started it */
    int *trees;  /* plan->tree_count of them */
    int *opened; /* in the child: plan->open_count */

    /* the child */
    int base[BASE_COUNT];
    int here;                   /* the folder the process stands in: one of base, or -1 */
    int staging;                /* read-only: generated files by number, "file" and "folder" for masks */
    int mask_file, mask_folder; /* clones ready to be attached */
    int scratch;                /* where overlays keep what is written */
    unsigned overlays, aside;   /* how many of each have been made */
    int host_dev;               /* the host's /dev */
    int master, slave;
    int wall; /* the app's: Landlock's rules, until they hold */
};

/* The steps of one stage. */
static inline const struct step *launch_steps(const struct launch *launch, enum stage stage, size_t *ret_count)
{
    *ret_count = launch->plan->count[stage];
    return launch->plan->steps.items + launch->plan->first[stage];
}

/* parent.c */
int parent_claim(struct launch *launch, struct error *err);
void parent_release(struct launch *launch);
int parent_group(struct launch *launch, struct error *err); /* parent-cgroup.c */
void parent_ungroup(struct launch *launch);
void parent_sweep(const struct launch *launch);
/* parent-shares.c, for ACTION_SHARE */
/* "CPUWeight=200": what systemd is asked for, in the arena. */
char *share_property(struct arena *arena, const struct step *step);
/* Whether launch->group_base, which this process is in, has what the step says, and each group above it where that counts. */
int share_check(struct launch *launch, const struct step *step, struct error *err);
int parent_clone(struct launch *launch, struct error *err);
void parent_kill(struct launch *launch);
int parent_ids(struct launch *launch, struct error *err);
int parent_open(struct launch *launch, struct error *err);
void parent_close(struct launch *launch);

/* secrets.c */
int secrets_open(struct launch *launch, const struct step *step, struct error *err);
void secrets_close(struct launch *launch);

/* child.c, child-mounts.c */
/* From now on this process ends with the launcher, and at once where that has ended already. A change of user undoes it. */
int launch_die_with_parent(struct launch *launch, struct error *err);
int child_identity(struct launch *launch, struct error *err);
int child_root(struct launch *launch, struct error *err);
int child_mounts(struct launch *launch, struct error *err);
int child_pivot(struct launch *launch, struct error *err);
int child_names(struct launch *launch, struct error *err);
int child_lock(struct launch *launch, struct error *err);
int child_terminal(struct launch *launch, struct error *err);
int child_init(struct launch *launch, struct error *err); /* returns only if it fails */

/* programs.c */
/* Lets through what starting the program at `path` needs, or each one directly in that folder: loader, libraries, interpreters.
 * All names are looked up in the root as it is for the app, from the working folder /. */
int programs_let(int wall, const char *path, char *const *envp, struct error *err);

/* device-wall.c */
/* Nothing opens the devices that may only be read for writing, nor those that may only be written for reading. */
int device_wall(const struct plan *plan, struct error *err);

/* app.c */
int app_restrict(struct launch *launch, struct error *err);
int app_exec(struct launch *launch, struct error *err);

/* Where a step fails: its sentence gets the place that asked for it. Returns -1. */
int launch_blame(const struct step *step, struct error *err);
