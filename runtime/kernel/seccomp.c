#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_install(const struct filter *filter, bool log, struct error *err)
{
    if (filter->count == 0 || filter->count > BPF_MAXINSNS)
        return error_set(err, "the system call filter has %zu instructions, the kernel takes 1 to %d", filter->count,
                         BPF_MAXINSNS);
    /* The kernel copies the program and writes nothing back, but its structure has no const. */
    struct sock_fprog program = { .len = (unsigned short)filter->count,
                                  .filter = (struct sock_filter *)(uintptr_t)filter->code };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, log ? SECCOMP_FILTER_FLAG_LOG : 0UL, &program) == 0)
        return 0;
    int code = errno;
    error_errno(err, code, "install the system call filter");
    if (code == EACCES)
        error_help(err, "without CAP_SYS_ADMIN the kernel takes a filter only after no_new_privs is set");
    else if (code == EINVAL || code == ENOSYS)
        error_help(err, "this needs a kernel built with CONFIG_SECCOMP_FILTER");
    return -1;
}
