/* What Debian 12's libc does not wrap, or wraps with less than the kernel offers. Named as in the manual, with sys_ before. One
 * that the kernel does not have is named in the error that comes of it. */
#pragma once
#include "base/error.h"

#include <errno.h>
#include <linux/mount.h> /* before sys/mount.h, which repeats parts of it: glibc 2.36 cannot take both, so callers use this one only */
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int sys_seen(const char *name, long result)
{
    if (result < 0 && errno == ENOSYS)
        error_missing_call = name;
    return (int)result;
}
static inline int sys_openat2(int dir, const char *path, const struct open_how *how)
{
    return sys_seen("openat2", syscall(SYS_openat2, dir, path, how, sizeof *how));
}
static inline pid_t sys_clone3(struct clone_args *args) { return sys_seen("clone3", syscall(SYS_clone3, args, sizeof *args)); }
static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
    return sys_seen("open_tree", syscall(SYS_open_tree, dir, path, flags));
}
static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
    return sys_seen("move_mount", syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}
static inline int sys_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr)
{
    return sys_seen("mount_setattr", syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof *attr));
}
static inline int sys_fsopen(const char *type, unsigned flags) { return sys_seen("fsopen", syscall(SYS_fsopen, type, flags)); }
static inline int sys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux)
{
    return sys_seen("fsconfig", syscall(SYS_fsconfig, fd, command, key, value, aux));
}
static inline int sys_fsmount(int fd, unsigned flags, unsigned attributes)
{
    return sys_seen("fsmount", syscall(SYS_fsmount, fd, flags, attributes));
}
static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
    return sys_seen("pivot_root", syscall(SYS_pivot_root, new_root, put_old));
}
static inline int sys_pidfd_send_signal(int pidfd, int sig)
{
    return sys_seen("pidfd_send_signal", syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    return sys_seen("close_range", syscall(SYS_close_range, first, last, flags));
}
