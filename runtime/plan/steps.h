/* struct plan, for those who make, print or carry it out: a list of steps in the order in which they happen.
 *
 * Each step has one action; the action's row in steps.c says its stage and how it reads. The stages, and who walks them, are in
 * setup/stages.h. What a step says is all that the stage may act on: stages know no profile. */
#pragma once
#include "kernel/device-filter.h"
#include "kernel/seccomp.h"
#include "plan/plan.h"

enum side { SIDE_PARENT, SIDE_CHILD, SIDE_APP };

/* In the order of a launch. */
enum stage {
    STAGE_CLAIM,    /* parent: locks and folders on the host */
    STAGE_GROUP,    /* parent: a control group for the child to start in */
    STAGE_CLONE,    /* parent: the child, in all its namespaces at once */
    STAGE_IDS,      /* parent: id maps, then what only the outside may raise */
    STAGE_OPEN,     /* parent: trees that only the caller's own privileges reach */
    STAGE_IDENTITY, /* child: becomes the container's root */
    STAGE_ROOT,     /* child: the new root, still beside the old one */
    STAGE_MOUNTS,   /* child: everything on it */
    STAGE_PIVOT,    /* child: the old root is gone */
    STAGE_LOCK,     /* child: a second user namespace, so that the mounts cannot be undone */
    STAGE_NAMES,    /* child: host name, network */
    STAGE_TERMINAL, /* child: the pty */
    STAGE_INIT,     /* child: forks the app and stays as PID 1 */
    STAGE_RESTRICT, /* app: limits, ids, capabilities, filter */
    STAGE_EXEC,     /* app */
    STAGE_COUNT
};

#define GROUP_BELOW "app" /* the group below the container's own, where there is one */

enum action {
    ACTION_CLAIM_NAME,
    ACTION_CLAIM_IDS,
    ACTION_MAKE_FOLDER,
    ACTION_MAKE_VOLUME,
    ACTION_PLACEHOLDER,
    ACTION_SCOPE,
    ACTION_OPEN_GROUP,
    ACTION_SHARE, /* of the group just opened. at, from: its file and the value; number: as the profile has it */
    ACTION_STEP_ASIDE,
    ACTION_CONTROLLERS,
    ACTION_GROUP,
    ACTION_GROUP_VALUE,
    ACTION_DEVICE_FILTER,
    ACTION_GROUP_BELOW,
    ACTION_OPEN_SECRET, /* `tree`: which of the secrets; at: its name; number: how many bytes at most */
    ACTION_CLONE,
    ACTION_MAP_IDS,
    ACTION_RAISE_LIMIT,
    ACTION_SET_NICE,
    ACTION_SET_OOM_SCORE,
    ACTION_OPEN_TREE,
    ACTION_BECOME_ROOT,
    ACTION_GROUP_ROOT,
    ACTION_SCRATCH, /* a tmpfs that holds what is written to overlays */
    ACTION_ROOT_TMPFS,
    ACTION_ROOT_TREE,
    ACTION_ROOT_OVERLAY,
    ACTION_STAGING, /* a small tmpfs that holds what is shown elsewhere: generated files, the empty file and folder of masks */
    ACTION_FOLDER,
    ACTION_LINK,
    ACTION_TMPFS,
    ACTION_TREE,
    ACTION_OVERLAY,
    ACTION_OWN_VOLUME,
    ACTION_SECRETS,
    ACTION_PROC,
    ACTION_SYSFS,
    ACTION_DEVPTS,
    ACTION_MQUEUE,
    ACTION_DEVICE, /* from: the node of the host, with `device` */
    ACTION_GENERATED,
    ACTION_HOLD,
    ACTION_MASK,
    ACTION_MASK_PRIVATE,
    ACTION_READ_ONLY,
    ACTION_SEAL,
    ACTION_LEFT_OUT,
    ACTION_PIVOT,
    ACTION_SET_HOSTNAME,
    ACTION_SET_DOMAIN_NAME,
    ACTION_CLOCKS, /* a time namespace with offsets, which a clone cannot make */
    ACTION_LOOPBACK,
    ACTION_SYSCTL,
    ACTION_LOCK,
    ACTION_TERMINAL,
    ACTION_INIT,
    ACTION_LIMIT,
    ACTION_KEYRING,
    ACTION_LABEL, /* number: enum lsm; from: the label; at: the one that it is stacked on, or NULL */
    ACTION_WALL,  /* of Landlock; number: the rights over files that it takes away, mode: enum landlock_ports, the same of ports
                   */
    ACTION_LET,   /* through the wall; number: rights over `at`. With that to execute, what a program there needs to start */
    ACTION_LET_PORT, /* number: the port, mode: enum landlock_ports */
    ACTION_PUT_UP,   /* the wall */
    ACTION_DEVICE_WALL,
    ACTION_LANDLOCK_SCOPE, /* by Landlock; number: enum landlock_scope */
    ACTION_SIGNAL_SCOPE,   /* the same */
    ACTION_GROUPS,
    ACTION_CAPABILITIES,
    ACTION_NO_NEW_PRIVILEGES,
    ACTION_FILTER,
    ACTION_WORKDIR,
    ACTION_EXEC,
    ACTION_COUNT
};

/* `number` of ACTION_OPEN_TREE: whether ids on disk are those inside. */
enum tree_ids {
    IDMAP_NONE,
    IDMAP_AUTO,     /* where the file system can */
    IDMAP_REQUIRED, /* or the start fails */
    IDMAP_VOLUME,   /* the same: what is made for numbers inside is of no use without */
};

struct id_map {
    struct id_range ranges[ID_RANGES_MOST];
    size_t count;
};

struct step {
    enum action action;
    bool optional;   /* may be left out where the kernel or the root cannot do it */
    const char *key; /* the profile key that asked for it; NULL: always done */
    struct source source;
    const char *reason; /* a short clause */

    /* What of these an action reads is said by its row in steps.c. */
    const char *at;      /* inside, without the leading slash; "" is the root */
    const char *from;    /* a host path, a link's target, a type, a text */
    int tree;            /* index among the OPEN_TREE steps, or -1: the child opens `from` itself */
    int opened;          /* then the number of what it opens; -1: nothing */
    uint64_t number;     /* size, flags, mask: as the action says */
    unsigned mode;       /* of a TREE: S_IFSOCK where it must be a socket; else as the action says */
    uint64_t attributes; /* MOUNT_ATTR_*, set on every mount of the tree */
    bool own;            /* `at` and everything above it was made by this plan: no link of a stranger's can be on the way */
    bool file;           /* a file, or whatever the source turns out to be; else a folder */
    bool writable;       /* missing folders above `at` may be made */
    bool steady; /* a link on the way to `at` is not followed: the app, or the next mount, could make it lead elsewhere */
    uid_t uid;
    gid_t gid;
    struct rlimit limit;
    struct device_rule device;
};

/* A node of the host's that is shown. */
struct plan_device {
    const char *name; /* below /dev, inside */
    const char *from; /* its path on the host, links followed */
    bool block;
    unsigned major, minor, access;
    const char *key, *reason; /* key: NULL where it is always there */
    bool optional, pattern;
};

struct plan {
    struct arena *arena;
    const struct spec *spec;
    const struct host *host;
    SLICE(struct step) steps;
    size_t first[STAGE_COUNT], count[STAGE_COUNT];
    size_t tree_count; /* how many trees STAGE_OPEN hands over */
    size_t open_count; /* how many the child opens */

    uint64_t clone_flags;
    SLICE(struct plan_device) devices;
    struct device_rules device_rules;
    bool device_filter;            /* a device program holds them, on the control group */
    const char *device_filter_key; /* what the group is made for, where nothing else asks for one */
    bool group;                    /* it starts in a control group of its own */
    struct id_map uids, gids;      /* empty: no user namespace. outside is relative to the claimed block where `block` */
    bool block;                    /* a locked block of 65536 is claimed, and `outside` counts from its start */
    bool by_helper;                /* newuidmap and newgidmap write the maps */
    bool deny_setgroups;
    bool idmap_binds;

    uid_t root_uid; /* the id, inside, that sets up: 0 where it is mapped, else the one that is */
    gid_t root_gid;
    uid_t uid; /* the app's, inside */
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    uint64_t capabilities;
    struct filter filter;
    bool filter_builtin;
    const struct filter_policy *told; /* --why: by which refused calls are answered; NULL: by the filter itself */
    char **argv, **envp;
    bool terminal;
    bool host_root_inside;   /* the host's root is among the ids inside: only then can a process there open what the host keeps
                                for root */
    bool host_groups_inside; /* or groups that may open what the host lets not everybody */
};

/* --- the builders, in the order in which plan_make runs them (plan-*.c) ----------------------------------------------------
 */
int plan_ids(struct plan *plan, struct error *err);
int plan_namespaces(struct plan *plan, struct error *err);
int plan_devices(struct plan *plan, struct error *err);
int plan_resources(struct plan *plan, struct error *err);
int plan_rootfs(struct plan *plan, struct error *err);
int plan_names(struct plan *plan, struct error *err);
int plan_security(struct plan *plan, struct error *err);
int plan_label(struct plan *plan, struct error *err); /* for plan_security, as the next */
int plan_paths(struct plan *plan, struct error *err);
int plan_device_wall(struct plan *plan, struct error *err);
int plan_process(struct plan *plan, struct error *err);

/* The key of one of spec->sysctl, whose name has dots of its own. */
const char *plan_sysctl_key(const struct plan *plan, const struct sysctl_entry *entry);

/* Appends a step; the stages' order is the builders' business: plan_make sorts by stage, stable. */
struct step *plan_step(struct plan *plan, enum action action, const char *key, const char *reason);

struct action_row {
    const char *name;
    enum stage stage;
    /* The arguments of the step as one line of text. */
    char *(*arguments)(struct arena *arena, const struct plan *plan, const struct step *step);
};
extern const struct action_row action_rows[ACTION_COUNT];
extern const char *const stage_names[STAGE_COUNT];
extern const enum side stage_sides[STAGE_COUNT];
