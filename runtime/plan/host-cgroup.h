/* What control groups can do for a run here; read only where a profile asks for resources. */
#pragma once
#include "base/arena.h"
#include "spec/spec.h"

#include <stdbool.h>

enum cgroup_backend {
    CGROUP_NONE,
    CGROUP_FILES, /* a group that is ours to divide: delegated to us, or the top of a machine without systemd */
    CGROUP_SCOPE, /* systemd gives us one: a transient scope, of the system's or of the user's manager */
};

/* What heeds weights, which is for root to choose, disk by disk; without one they are taken and mean nothing. */
enum io_weigher { WEIGHER_NONE, WEIGHER_BFQ, WEIGHER_COST };

/* The disk behind a path of resources.io. */
struct io_disk {
    const char *path;
    unsigned major, minor;
    enum io_weigher weigher;
    const char *why; /* it cannot be limited: a clause; else NULL */
};

struct cgroup_facts {
    enum cgroup_backend backend;
    const char *why, *help;  /* CGROUP_NONE: a clause, and what to do */
    const char *base;        /* CGROUP_FILES: its folder */
    bool inside;             /* CGROUP_FILES: the launcher is in it, alone, and has to step aside */
    bool own_holds;          /* that one may have groups below it: it is not threaded */
    const char *own;         /* the folder of the one that the launcher is in, where the caller may write to it; else NULL */
    const char *controllers; /* "cpu memory pids", as cgroup.controllers has them */
    bool has_swap;
    unsigned processors; /* the highest that is online, and one */
    SLICE(struct io_disk) disks;
};

struct host;

const struct cgroup_facts *cgroup_facts_gather(struct arena *arena, const struct host *host, const struct spec *spec);
