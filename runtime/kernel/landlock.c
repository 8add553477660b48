#include "kernel/landlock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

/* As of ABI 6; older kernels take it where what they do not know is 0. */
struct ruleset {
    uint64_t files, network, scoped;
};

struct net_port {
    uint64_t rights, port;
};

struct path_beneath {
    uint64_t rights;
    int32_t fd;
} __attribute__((packed));

/* What can be said of one file: the kernel refuses the rest with EINVAL. */
#define FILE_RIGHTS (LANDLOCK_EXECUTE | 1U << 1 | 1U << 2 | LANDLOCK_TRUNCATE | LANDLOCK_IOCTL)

const char *const landlock_right_names[LANDLOCK_FILE_RIGHTS] = {
    "execute",  "write-file", "read-file", "read-dir",   "remove-dir", "remove-file", "make-char", "make-dir",
    "make-reg", "make-sock",  "make-fifo", "make-block", "make-sym",   "refer",       "truncate",  "ioctl-dev",
};

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi; /* ENOSYS: not built in; EOPNOTSUPP: not among lsm= */
}

uint64_t landlock_file_rights(int abi)
{
    static const int since[] = { 13, 14, 15, 15, 16 }; /* how many rights each ABI has, from 1; more came in none up to 7 */
    const int last = sizeof since / sizeof *since;
    return abi < 1 ? 0 : ((uint64_t)1 << since[(abi < last ? abi : last) - 1]) - 1;
}

int landlock_put_up(int wall, struct error *err)
{
    if (syscall(SYS_landlock_restrict_self, wall, 0) < 0)
        return error_errno(err, errno, "restrict itself by Landlock");
    return 0;
}

static int make(const struct ruleset *ruleset, struct error *err)
{
    int fd = (int)syscall(SYS_landlock_create_ruleset, ruleset, sizeof *ruleset, 0);
    return fd < 0 ? error_errno(err, errno, "make a Landlock ruleset") : fd;
}

int landlock_scope(uint64_t scopes, struct error *err)
{
    AUTO_CLOSE int fd = make(&(const struct ruleset){ .scoped = scopes }, err);
    return fd < 0 ? -1 : landlock_put_up(fd, err);
}

int landlock_wall(uint64_t files, uint64_t ports, struct error *err)
{
    return make(&(const struct ruleset){ .files = files, .network = ports }, err);
}

int landlock_let(int wall, int fd, uint64_t rights, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat what Landlock lets through");
    struct path_beneath rule = { S_ISDIR(st.st_mode) ? rights : rights & FILE_RIGHTS, fd };
    if (rule.rights && syscall(SYS_landlock_add_rule, wall, RULE_PATH_BENEATH, &rule, 0) < 0)
        return error_errno(err, errno, "add a Landlock rule");
    return 0;
}

int landlock_let_port(int wall, uint16_t port, uint64_t rights, struct error *err)
{
    const struct net_port rule = { rights, port };
    if (syscall(SYS_landlock_add_rule, wall, RULE_NET_PORT, &rule, 0) < 0)
        return error_errno(err, errno, "add a Landlock rule for port %u", port);
    return 0;
}
