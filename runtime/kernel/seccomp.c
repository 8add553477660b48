#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

static int install(const struct filter *filter, unsigned long flags)
{
    /* The kernel copies the program and writes nothing back, but its structure has no const. */
    struct sock_fprog program = { .len = (unsigned short)filter->count,
                                  .filter = (struct sock_filter *)(uintptr_t)filter->code };
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int check_length(const struct filter *filter, struct error *err)
{
    if (filter->count == 0 || filter->count > BPF_MAXINSNS)
        return error_set(err, "the system call filter has %zu instructions, the kernel takes 1 to %d", filter->count,
                         BPF_MAXINSNS);
    return 0;
}

static int fail(struct error *err)
{
    int code = errno;
    error_errno(err, code, "install the system call filter");
    if (code == EACCES)
        error_help(err, "without CAP_SYS_ADMIN the kernel takes a filter only after no_new_privs is set");
    else if (code == EINVAL || code == ENOSYS)
        error_help(err, "this needs a kernel built with CONFIG_SECCOMP_FILTER");
    else if (code == EBUSY)
        error_help(err,
                   "a filter around this one has a listener already, and the kernel takes one only: leave --why out here, or "
                   "there");
    return -1;
}

int seccomp_install(const struct filter *filter, bool log, struct error *err)
{
    if (check_length(filter, err) < 0)
        return -1;
    return install(filter, log ? SECCOMP_FILTER_FLAG_LOG : 0UL) == 0 ? 0 : fail(err);
}

int seccomp_install_told(const struct filter *filter, struct error *err)
{
    if (check_length(filter, err) < 0)
        return -1;
    /* Once its call is being answered only a signal that kills takes the caller away. Without that flag a signal would start
     * the call anew, to be counted twice, or be seen as EINTR instead of the refusal. */
    int listener = install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if (listener < 0 && errno == EINVAL)
        listener = install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    return listener >= 0 ? listener : fail(err);
}
