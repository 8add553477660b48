#include "kernel/namespaces.h"

#include "base/cleanup.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

/* A small number in a file of /proc/sys, or -1 where there is no such file. */
static long setting(const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[32] = "";
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return -1;
    return strtol(text, NULL, 10);
}

/* The same errno has a handful of causes, each with a remedy of its own. Looked for only once the clone has failed. */
static void explain(struct error *err, int code, uint64_t flags)
{
    if (!(flags & CLONE_NEWUSER)) {
        if (code == EPERM)
            error_help(err, "namespaces without a user namespace are for root with CAP_SYS_ADMIN");
        return;
    }
    if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
        error_note(err, "kernel.unprivileged_userns_clone is 0: only root may make user namespaces");
        error_help(err, "sysctl kernel.unprivileged_userns_clone=1");
    } else if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
        error_note(
            err,
            "kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor must name the programs that may make user namespaces");
        error_help(
            err, "load an AppArmor profile with `userns,` for this program; turning the restriction off would open it for all");
    } else if (setting("/proc/sys/user/max_user_namespaces") == 0) {
        error_note(err, "user.max_user_namespaces is 0");
        error_help(err, "sysctl user.max_user_namespaces=15000");
    } else if (code == ENOSPC || code == EUSERS) {
        error_note(err, "a limit on namespaces is reached (user.max_*_namespaces), or they are nested 32 deep");
    } else if (code == EPERM) {
        error_note(err, "what runs cordon forbids user namespaces: an outer container's seccomp filter, or a chroot");
    }
}

pid_t namespaces_clone(uint64_t flags, int group, int *ret_pidfd, struct error *err)
{
    int pidfd = -1;
    struct clone_args args = { .flags = flags | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };
    /* Born in its group: to move a process there later costs an RCU grace period, milliseconds. */
    if (group >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)group;
    }
    pid_t pid = sys_clone3(&args);
    if (pid < 0) {
        int code = errno;
        error_errno(err, code, "make the container's namespaces");
        if (code != ENOSYS)
            explain(err, code, flags);
        return -1;
    }
    if (pid > 0)
        *ret_pidfd = pidfd;
    return pid;
}
