/* struct spec: all that a user can say, whatever he said it in (a profile, an option). Nothing downstream knows which.
 * The comments here and the rows in profiles/fields-*.c are the reference; profile-reference lists the keys.
 *
 * Only what `run` acts on has a field. A key that is not built yet is parsed and checked by its row, kept in `tree`, and
 * refused before anything starts. Strings and arrays belong to the arena the spec was made in. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct node;

#define ID_NONE ((uid_t)-1)

enum terminal_mode { TERMINAL_AUTO, TERMINAL_TRUE, TERMINAL_FALSE };
enum init_mode { INIT_TRUE, INIT_FALSE, INIT_SYSTEM };
enum user_kind { USER_IDS, USER_NAME, USER_CALLER };

struct user_choice {
    enum user_kind kind;
    const char *name; /* USER_NAME */
    uid_t uid;        /* USER_IDS; default 0 */
    gid_t gid;        /* ID_NONE: the user's primary group in the root's passwd, else the same number as uid */
};

struct variable {
    const char *name, *value;
};

struct app {
    struct strings command; /* none: the user's shell on a terminal, else an error */
    struct user_choice user;
    struct strings groups; /* names or numbers */
    bool groups_keep;      /* the caller's own supplementary groups stay */
    const char *workdir;   /* absolute, inside; default "/" */
    unsigned umask;        /* default 022 */
    enum terminal_mode terminal;
    SLICE(struct variable) env;
    struct strings env_pass;
    enum init_mode init;
    uint64_t timeout; /* milliseconds, 0: none */
    int nice, oom_score;
    bool has_nice, has_oom_score;
};

enum root_from { ROOT_HOST, ROOT_DIR, ROOT_EMPTY };
enum root_write { WRITE_NONE, WRITE_DISCARD, WRITE_DIRECT };
enum mount_kind { MOUNT_BIND, MOUNT_TMPFS, MOUNT_VOLUME, MOUNT_HIDE };
enum mount_owner { OWNER_AUTO, OWNER_MAP, OWNER_KEEP };

struct mount_entry {
    enum mount_kind kind;
    const char *source; /* BIND: absolute host path; VOLUME: its name */
    const char *at;     /* absolute, normal (no "." or "..", no doubled slash) */
    bool write, exec, create;
    enum mount_owner owner;
    uint64_t size; /* bytes; TMPFS; 0: half of memory, the kernel's default */
    unsigned mode; /* TMPFS; default 0755 */
    struct source where;
};

struct root {
    enum root_from from;
    const char *path; /* ROOT_DIR */
    enum root_write write;
    uint64_t size;                  /* of WRITE_DISCARD */
    SLICE(struct mount_entry) show; /* read-only binds of the host */
    struct strings hide;
};

/* A device node of the host's, or several by a pattern; or a CDI name, which is not built yet. */
struct device_entry {
    const char *path; /* below /dev; or a pattern of glob(7) */
    unsigned access;  /* enum device_access; default: read and write */
};

/* isolate: true is `new`, false is `inherit`. */
struct isolate {
    bool pid, ipc, hostname, cgroup, user, time;
    bool signals; /* none to processes outside, where `pid` is shared and does not see to it */
};

enum map_kind { MAP_AUTO, MAP_SINGLE, MAP_KEEP, MAP_HOST, MAP_LIST };

/* Of a map; the kernel takes 340, and a struct plan holds as many as its user can read. */
enum { ID_RANGES_MOST = 8 };

struct id_range {
    uint32_t inside, outside, count;
};

struct users {
    enum map_kind map;
    SLICE(struct id_range) list; /* MAP_LIST; for uids and gids alike */
};

/* privileges.allow, one bit each. X(NAME, "text") in the order of the profile reference. */
/* clang-format off */
#define ALLOW_SWITCHES(X)                                                                                                      \
    X(PING, "ping") X(LOW_PORTS, "low-ports") X(RAW_SOCKETS, "raw-sockets") X(SYSV_IPC, "sysv-ipc") X(MLOCK, "mlock")          \
    X(CHOWN, "chown") X(CHANGE_USER, "change-user") X(ROOT, "root") X(SYSTEM, "system") X(NESTED, "nested")                    \
    X(DEBUG, "debug") X(FUSE, "fuse") X(KVM, "kvm") X(IO_URING, "io-uring") X(PERF, "perf") X(SET_HOSTNAME, "set-hostname")    \
    X(MOUNT_TMPFS, "mount-tmpfs") X(MOUNT_BIND, "mount-bind") X(REALTIME, "realtime")
/* clang-format on */
enum allow_switch {
#define X(name, text) ALLOW_##name,
    ALLOW_SWITCHES(X)
#undef X
        ALLOW_COUNT
};
#define ALLOWS(set, name) (((set) >> ALLOW_##name) & 1U)

struct privileges {
    uint64_t capabilities; /* bit N: capability N, kept in all five sets */
    uint32_t allow;        /* bit N: enum allow_switch N */
    bool new_privileges, inspection;
};

enum syscall_base { SYSCALLS_DEFAULT, SYSCALLS_STRICT, SYSCALLS_NONE };
enum on_deny { DENY_ERRNO, DENY_KILL, DENY_LOG };
enum compare_op { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE, COMPARE_MASKED };

/* One argument of a call compared, at the width the kernel reads. MASKED: (argument & mask) == value. */
struct syscall_compare {
    unsigned index;
    enum compare_op op;
    uint64_t value, mask;
};

struct syscall_rule {
    const char *name;                   /* "mount" or "@io-uring" */
    SLICE(struct syscall_compare) args; /* all must hold */
    struct source where;
};

struct syscalls {
    enum syscall_base base;
    SLICE(struct syscall_rule) allow, deny;
    enum on_deny on_deny;
    struct strings architectures; /* empty: native */
};

struct limit {
    bool set;
    rlim_t soft, hard;
};

/* resources: cgroup v2. What was not said is RESOURCE_UNSET, so that nothing is written for it. */
#define RESOURCE_UNSET UINT64_MAX

struct memory_limits {
    uint64_t max, high, low, min, swap; /* bytes */
    int oom_process;                    /* oom: process; else the whole container ends at once */
};

struct cpu_limits {
    uint64_t max;   /* millionths of a processor */
    uint64_t burst; /* milliseconds */
    uint64_t weight;
    const char *set; /* "0-1,4", or NULL */
    bool exclusive;
};

struct io_limits {
    const char *device;                        /* a block device, or a path on one */
    uint64_t read, write, read_ops, write_ops; /* bytes and operations a second */
    uint64_t weight;
};

struct huge_limit {
    uint64_t page, bytes;
};

struct resources {
    struct memory_limits memory;
    struct cpu_limits cpu;
    uint64_t processes;
    SLICE(struct io_limits) io;
    SLICE(struct huge_limit) hugepages;
};

/* What its clocks are ahead of the host's, in milliseconds; with isolate.time: new. */
struct clocks {
    int64_t boottime, monotonic;
};

/* A file of the host, shown at /run/secrets/NAME in memory, as app.user's. */
struct secret {
    const char *name, *from;
    unsigned mode; /* default 0400 */
};

/* Where the section is there at all (spec_says), all else is denied. */
struct paths {
    struct strings read, execute, write; /* absolute, inside */
    SLICE(uint16_t) connect, bind;       /* TCP ports; denied only where the list is there (spec_says) */
};

struct label {
    const char *apparmor, *selinux; /* NULL or "": none is asked for */
};

struct sockets {
    bool abstract;        /* those of the host, with NETWORK_HOST */
    struct strings paths; /* unix: sockets of the host, shown where they are */
};

struct sysctl_entry {
    const char *name, *value; /* as sysctl(8) takes it; a setting of one of the container's namespaces */
};

enum network_mode { NETWORK_NONE, NETWORK_HOST };

struct spec {
    struct arena *arena;
    const struct node *tree; /* the merged profile, every value with its place; what errors and `show` point at */

    const char *name;     /* always set */
    bool name_is_claimed; /* --name: while it runs, no other container of this user's may bear it */
    bool why;             /* --why: what the system call filter refuses is counted, and told at the end */
    const char *description;
    struct app app;
    struct root root;
    SLICE(struct mount_entry) mounts;
    SLICE(struct device_entry) devices;
    struct isolate isolate;
    const char *hostname;   /* NULL: name */
    const char *machine_id; /* "auto", "inherit" or 32 hexadecimal digits */
    struct users users;
    struct privileges privileges;
    struct syscalls syscalls;
    struct resources resources;
    struct limit limits[RLIM_NLIMITS];
    enum network_mode network;
    SLICE(struct sysctl_entry) sysctl;
    struct paths paths;
    struct label label;
    struct sockets sockets;
    struct clocks clock;
    SLICE(struct secret) secrets;
};

/* A spec in which nothing was said: the defaults of the profile language. */
struct spec *spec_new(struct arena *arena);

/* Where the value of `key` ("app.user", "mounts[2].at") was written; {NULL} where it is a default. A key that was not
 * written itself gives the place of the nearest one above it that was. */
bool spec_says(const struct spec *spec, const char *key); /* it was written itself */
/* A crash is to leave no core file, and to start no program of the host's. */
bool spec_no_cores(const struct spec *spec);
struct source spec_source(const struct spec *spec, const char *key);

/* The profile has something of its own at this place, which we then leave alone. */
bool spec_mounts_at(const struct spec *spec, const char *at);

/* Whether `key` may be left out where the host cannot do it: optional: true on it or on a map that it is in, or its name, or
 * that of such a map or list, in `optional: [...]` beside it. */
bool spec_optional(const struct spec *spec, const char *key);

/* "KEY: SENTENCE" at the place that said KEY. Returns -1. */
int spec_error(struct error *err, const struct spec *spec, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One table for the parser, the printer and the kernel: rlimit names by RLIMIT_ number ("files", "core", …). */
extern const char *const limit_names[RLIM_NLIMITS];
extern const char *const allow_names[ALLOW_COUNT];
