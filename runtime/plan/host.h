/* Facts about this machine and the one who calls, as far as a spec's plan depends on them. Tests load them from a file. */
#pragma once
#include "base/passwd.h"
#include "kernel/lsm.h"
#include "spec/spec.h"

struct id_block {
    uint32_t start, count;
};

/* A name at the top of the host's root that belongs to the programs: /bin, /lib64 … */
struct top_entry {
    const char *name;
    const char *link; /* where it points, or NULL for a folder */
};

struct settled_place {
    const char *at, *is, *key;
    bool mount; /* something is mounted there, and not only hidden */
};

struct unreachable {
    const char *path;
    int code; /* an errno */
};

struct host {
    struct caller caller;
    bool privileged;   /* root with the capabilities that making maps and opening any tree needs; root inside a container often
                          has none */
    bool all_ids;      /* and every id of the machine is mapped where he is */
    bool no_setgroups; /* or he is root of a user namespace in which setgroups(2) is denied for good */
    struct id_block subuids, subgids; /* the caller's largest in /etc/subuid and /etc/subgid; count 0: none */
    bool has_newuidmap;               /* newuidmap and newgidmap are installed */
    SLICE(struct top_entry) top;
    const char *resolv_conf, *hosts, *machine_id; /* their content; "" where there is none */
    const char *name;                             /* the host's own, where the container shares it; else NULL */
    struct rlimit limits[RLIM_NLIMITS];
    bool may_raise_limits; /* CAP_SYS_RESOURCE */
    bool core_socket; /* core_pattern is a socket's address (Linux 6.16), which the kernel sends to whatever the limit is */
    bool no_cores;    /* the caller's own limit is 0, and core_pattern names files: no program would be started for one */
    bool terminal;    /* standard input and output are terminals */
    const char *term;
    char **environment;
    int nice, oom_score;
    int landlock; /* its ABI, where the profile needs it; 0: there is none */
    struct {
        int code, value;           /* 0: it is open; else the errno, and what is in the file */
    } gates[ALLOW_COUNT];          /* of allow.h, where the switch is on */
    const char *labels[LSM_COUNT]; /* the caller's own, where the profile asks for one; NULL: the module is not on */
    bool no_such_profile;          /* of label.apparmor: it is not loaded */
    bool permissive;               /* SELinux denies nothing */
    struct {
        int64_t boottime, monotonic; /* seconds, where spec->clock changes them */
    } now;
    const char *state, *data; /* folders, absolute */
    struct {
        dev_t device;
        ino_t number;                      /* 0: not looked at */
    } root;                                /* of root.from: dir: the folder of which the names and the links below were read */
    SLICE(struct unreachable) unreachable; /* what the profile shows of the host, and the caller cannot open */
    /* root.from: dir: where a mount's place really is, after the links of the root. Without the leading slash. */
    SLICE(struct settled_place) settled;

    const struct cgroup_facts *cgroup; /* NULL: the profile asks for nothing that takes a control group */
    const struct device_facts *devices;

    /* What the root's own passwd and group say of app.user and app.groups. */
    bool user_found;
    struct passwd_entry user;
    struct {
        gid_t *ids;
        size_t count;
    } groups; /* app.groups in order */
};

/* Reads what `spec` needs; `state` and `data` as in struct run_settings. */
const struct host *host_gather(struct arena *arena, const struct spec *spec, const struct caller *caller, const char *state,
                               const char *data, struct error *err);

/* The caller's largest range in a file of subuid(5)'s form; count 0: none. */
struct id_block host_subordinate(struct arena *arena, const char *path, const struct caller *caller);
/* Root, with the capabilities that making maps and opening any tree needs. */
bool host_is_privileged(const struct caller *caller);
/* Where locks and records are (cli.md); `state` as the option says, or NULL. */
const char *host_state_folder(struct arena *arena, const struct caller *caller, const char *state);
/* Where a volume is kept. */
const char *host_volume(struct arena *arena, const struct host *host, const char *name);
