/* What `doctor` knows of this host and of who asks. Gathered here; judged in checks.c, which touches nothing, so that tests
 * judge hosts that nobody has. */
#pragma once
#include "base/passwd.h"
#include "kernel/probe.h"
#include "plan/host.h"

enum helper { HELPER_MISSING, HELPER_POWERLESS /* neither set-user-id root nor with file capabilities */, HELPER_GOOD };

enum controller {
    CONTROLLER_CPU,
    CONTROLLER_MEMORY,
    CONTROLLER_PIDS,
    CONTROLLER_IO,
    CONTROLLER_CPUSET,
    CONTROLLER_HUGETLB,
    CONTROLLER_COUNT
};
enum controller_state {
    CONTROLLER_GIVEN,       /* to who asks */
    CONTROLLER_UNDELEGATED, /* it is there, for others */
    CONTROLLER_LEGACY,      /* a hierarchy of cgroup v1 holds it */
    CONTROLLER_DISABLED,    /* on the kernel's command line */
    CONTROLLER_UNKNOWN,     /* not in this kernel */
};
extern const char *const controller_names[CONTROLLER_COUNT];

struct facts {
    struct caller caller;
    bool privileged; /* root, with root's capabilities */
    const char *own_path;

    unsigned major, minor;
    const char *release;
    int probes[PROBE_COUNT];     /* 0 or an errno */
    int user_namespace_of_users; /* the same, asked as root for plain users; -1: not asked */
    int landlock_abi;

    long max_user_namespaces, unprivileged_userns_clone, apparmor_restrict; /* -1: no such setting */
    const char *outer; /* what cordon itself runs in: "docker", "podman"; NULL: nothing known */
    bool apparmor, selinux;
    const char *own_label;      /* of AppArmor's; NULL: not known */
    int default_profile;        /* cordon-default of AppArmor's is loaded: 0, or an errno */
    const char *userns_profile; /* the file that lets cordon make user namespaces, where it is installed; or NULL */
    long ptrace_scope;          /* of yama; -1: none */
    const char *core_pattern;   /* "" where unknown */

    const char *cgroup_mount; /* of the v2 hierarchy; NULL: there is none */
    bool cgroup_v1;           /* some of v1 is mounted */
    const char *cgroup_home;  /* below it: where containers of who asks would be */
    bool cgroup_writable;     /* who asks may make cgroups there */
    int clone_into_cgroup;    /* 0 or an errno */
    int device_programs;      /* the same; asked as root only */
    enum controller_state controllers[CONTROLLER_COUNT];

    struct id_block subuids, subgids; /* of a plain user */
    uint32_t free_ids;                /* the first that no line of /etc/subuid and /etc/subgid has */
    enum helper newuidmap, newgidmap;
    bool no_new_privileges;      /* set on the caller: then no helper helps */
    const char *install_helpers; /* the command that installs them here */
};

/* `root` stands before every path that is read: "" but in tests. Probes ask the kernel that runs. */
const struct facts *facts_gather(struct arena *arena, const char *root, const struct caller *caller);
/* Those of them that are read from files below `root`. */
void facts_read(struct arena *arena, const char *root, struct facts *facts);
