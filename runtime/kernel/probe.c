#include "kernel/probe.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "kernel/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define UNPRIVILEGED 65534 /* the overflow id: nobody's */
#define MAX_CODE 254       /* what an exit status can carry; no errno of these calls is larger */

static int reap(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* --- without namespaces ------------------------------------------------------------------------------------------- */

static int try_openat2(void)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
    return sys_openat2(AT_FDCWD, ".", &how) < 0 ? errno : 0;
}

static int clone_child(struct clone_args *args)
{
    args->exit_signal = SIGCHLD;
    pid_t pid = sys_clone3(args);
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : reap(pid);
}

static int try_clone3(void)
{
    struct clone_args args = { 0 };
    return clone_child(&args);
}

static int try_io_uring(void)
{
    unsigned parameters[30] = { 0 }; /* struct io_uring_params */
    return syscall(SYS_io_uring_setup, 1, parameters) < 0 ? errno : 0;
}

static int try_perf(void)
{
    struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
                                          .size = sizeof attributes,
                                          .config = PERF_COUNT_SW_TASK_CLOCK,
                                          .exclude_kernel = 1,
                                          .exclude_hv = 1 };
    return syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0UL) < 0 ? errno : 0;
}

static int try_pidfd(void)
{
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    return fd < 0 || sys_pidfd_send_signal(fd, 0) < 0 ? errno : 0;
}

static int try_filter(void)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { 1, &all };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return errno;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? errno : 0;
}

static int action_available(uint32_t action)
{
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}
static int try_log(void) { return action_available(SECCOMP_RET_LOG); }
static int try_notify(void) { return action_available(SECCOMP_RET_USER_NOTIF); }

/* --- a user namespace --------------------------------------------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
    AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
}

/* Root of a user namespace, with one id, as the process itself may map. */
static int enter_user_namespace(uint64_t others)
{
    char uids[32], gids[32];
    snprintf(uids, sizeof uids, "0 %u 1", geteuid());
    snprintf(gids, sizeof gids, "0 %u 1", getegid());
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* a change of user took it, and /proc/self with it */
    if (unshare((int)(CLONE_NEWUSER | others)) < 0)
        return errno;
    int code = write_file("/proc/self/setgroups", "deny");
    code = code ? code : write_file("/proc/self/uid_map", uids);
    return code ? code : write_file("/proc/self/gid_map", gids);
}

/* A capability that is only for show is told by using it. */
static int try_user(void)
{
    int code = enter_user_namespace(0);
    if (code)
        return code;
    return unshare(CLONE_NEWUTS) < 0 || sethostname("probe", 5) < 0 ? errno : 0;
}

static int try_namespace(uint64_t flag)
{
    int code = enter_user_namespace(0);
    return code ? code : unshare((int)flag) < 0 ? errno : 0;
}
static int try_mount(void) { return try_namespace(CLONE_NEWNS); }
static int try_pid(void) { return try_namespace(CLONE_NEWPID); }
static int try_network(void) { return try_namespace(CLONE_NEWNET); }
static int try_ipc(void) { return try_namespace(CLONE_NEWIPC); }
static int try_hostname(void) { return try_namespace(CLONE_NEWUTS); }
static int try_cgroup(void) { return try_namespace(CLONE_NEWCGROUP); }
static int try_time(void) { return try_namespace(CLONE_NEWTIME); }

/* --- mounts ------------------------------------------------------------------------------------------------------- */

/* A file system of `type`, attached nowhere; -1 with errno. */
static int new_mount(const char *type, const char *const *options)
{
    AUTO_CLOSE int context = sys_fsopen(type, FSOPEN_CLOEXEC);
    for (; context >= 0 && options && *options; options += 2)
        if (sys_fsconfig(context, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0)
            return -1;
    if (context < 0 || sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return sys_fsmount(context, FSMOUNT_CLOEXEC, 0);
}

static int try_mount_api(void)
{
    int code = enter_user_namespace(CLONE_NEWNS);
    if (code)
        return code;
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
    int tree = sys_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    int tmpfs = new_mount("tmpfs", NULL);
    if (tree < 0 || tmpfs < 0 || sys_mount_setattr(tmpfs, "", AT_EMPTY_PATH, &read_only) < 0)
        return errno;
    return sys_move_mount(tmpfs, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ? errno : 0;
}

/* A pid namespace is for the children of who makes it. */
static int try_new_mount_in_child(const char *type, uint64_t namespaces)
{
    int code = enter_user_namespace(CLONE_NEWNS | namespaces);
    if (code)
        return code;
    pid_t pid = fork();
    if (pid == 0)
        _exit(new_mount(type, NULL) < 0 ? errno : 0);
    return pid < 0 ? errno : reap(pid);
}
static int try_proc(void) { return try_new_mount_in_child("proc", CLONE_NEWPID); }
static int try_sysfs(void) { return try_new_mount_in_child("sysfs", CLONE_NEWNET); }

static int try_overlay(void)
{
    static const char *const options[] = { "lowerdir", "lower", "upperdir", "upper", "workdir", "work", NULL };
    int code = enter_user_namespace(CLONE_NEWNS);
    if (code)
        return code;
    int scratch = new_mount("tmpfs", NULL);
    if (scratch < 0 || sys_move_mount(scratch, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(scratch) < 0 ||
        mkdir("lower", 0755) < 0 || mkdir("upper", 0755) < 0 || mkdir("work", 0755) < 0)
        return errno;
    return new_mount("overlay", options) < 0 ? errno : 0;
}

/* The ids of an idmapped mount come from a user namespace, and making one as its member would cost the rights to mount: a child
 * is its member, until the pipe ends. */
static int try_idmapped(void)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return errno;
    pid_t pid = fork();
    if (pid == 0) {
        unsigned char code = (unsigned char)enter_user_namespace(0);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (write(ready[1], &code, 1) == 1)
            pause();
        _exit(0);
    }
    unsigned char code = EIO;
    int result = pid < 0 || read(ready[0], &code, 1) != 1 ? EIO : code;
    if (result == 0) {
        char path[32];
        snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
        int users = open(path, O_RDONLY | O_CLOEXEC);
        int tree = sys_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)users };
        result = users < 0 || tree < 0 || sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr) < 0 ? errno : 0;
    }
    if (pid > 0) {
        kill(pid, SIGKILL);
        reap(pid);
    }
    return result;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static int (*const trials[PROBE_COUNT])(void) = {
    [PROBE_OPENAT2] = try_openat2,
    [PROBE_CLONE3] = try_clone3,
    [PROBE_PIDFD] = try_pidfd,
    [PROBE_SECCOMP_FILTER] = try_filter,
    [PROBE_SECCOMP_LOG] = try_log,
    [PROBE_SECCOMP_NOTIFY] = try_notify,
    [PROBE_IO_URING] = try_io_uring,
    [PROBE_PERF] = try_perf,
    [PROBE_IDMAPPED_MOUNT] = try_idmapped,
    [PROBE_USER_NAMESPACE] = try_user,
    [PROBE_MOUNT_NAMESPACE] = try_mount,
    [PROBE_PID_NAMESPACE] = try_pid,
    [PROBE_NETWORK_NAMESPACE] = try_network,
    [PROBE_IPC_NAMESPACE] = try_ipc,
    [PROBE_HOSTNAME_NAMESPACE] = try_hostname,
    [PROBE_CGROUP_NAMESPACE] = try_cgroup,
    [PROBE_TIME_NAMESPACE] = try_time,
    [PROBE_MOUNT_API] = try_mount_api,
    [PROBE_PROC] = try_proc,
    [PROBE_SYSFS] = try_sysfs,
    [PROBE_OVERLAY] = try_overlay,
};

static int become_unprivileged(void)
{
    if (syscall(SYS_setgroups, 0, NULL) < 0 || setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) < 0 ||
        setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) < 0)
        return errno;
    return 0;
}

static int run(enum probe probe, bool unprivileged)
{
    fflush(NULL); /* or the child's copy of what is buffered could be written twice */
    pid_t pid = fork();
    if (pid == 0) {
        int code = unprivileged ? become_unprivileged() : 0;
        code = code ? code : trials[probe]();
        _exit(code > MAX_CODE ? EIO : code);
    }
    return pid < 0 ? errno : reap(pid);
}

int probe_run(enum probe probe) { return run(probe, false); }
int probe_run_unprivileged(enum probe probe) { return run(probe, true); }

int probe_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

int probe_clone_into_cgroup(int cgroup)
{
    struct clone_args args = { .flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)cgroup };
    return clone_child(&args);
}
