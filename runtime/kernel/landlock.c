#include "kernel/landlock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1

/* As of ABI 6; older kernels take it where what they do not know is 0. */
struct ruleset {
    uint64_t files, network, scoped;
};

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi; /* ENOSYS: not built in; EOPNOTSUPP: not among lsm= */
}

int landlock_scope(uint64_t scopes, struct error *err)
{
    const struct ruleset ruleset = { .scoped = scopes };
    AUTO_CLOSE int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return error_errno(err, errno, "restrict itself by Landlock");
    return 0;
}
