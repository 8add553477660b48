#include "kernel/procfs.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

int procfs_open(int proc, const char *path, uint64_t flags)
{
    struct statfs fs;
    struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
    if (weak("procfs"))
        how.resolve = 0;
    AUTO_CLOSE int fd = sys_openat2(proc, path, &how);
    if (fd < 0 || weak("procfs"))
        return take_fd(&fd);
    if (fstatfs(fd, &fs) < 0)
        return -1;
    if (fs.f_type != PROC_SUPER_MAGIC) {
        errno = EXDEV;
        return -1;
    }
    return take_fd(&fd);
}
