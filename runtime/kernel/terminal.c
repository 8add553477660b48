#include "kernel/terminal.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* Not /dev/ptmx: that one is a link or a node whose pty comes from whatever devpts the kernel finds beside it. */
#define PTMX "/dev/pts/ptmx"

/* A file system of the image, or a mount that the profile asked for, could lie at the path: what answers must be a devpts
 * itself, and in it the one node that makes ptys. */
static int verify_instance(int master, struct error *err)
{
    struct statfs fs;
    struct stat node;
    if (fstatfs(master, &fs) < 0 || fstat(master, &node) < 0)
        return error_errno(err, errno, "look at %s", PTMX);
    if (fs.f_type == DEVPTS_SUPER_MAGIC && S_ISCHR(node.st_mode) && node.st_rdev == makedev(TTYAUX_MAJOR, 2))
        return 0;
    error_set(err, "%s in the container is not that of a devpts file system", PTMX);
    return error_help(err, "do not mount anything over /dev or /dev/pts, or set terminal: false");
}

int terminal_open(const struct winsize *size, int *ret_master, int *ret_slave, struct error *err)
{
    struct open_how how = { .flags = O_RDWR | O_NOCTTY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
    if (weak("devpts"))
        how.resolve = 0;
    AUTO_CLOSE int master = sys_openat2(AT_FDCWD, PTMX, &how);
    if (master < 0)
        return error_errno(err, errno, "open %s for a terminal of the container's own", PTMX);
    if (verify_instance(master, err) < 0)
        return -1;

    /* The peer comes from the master itself: no /dev/pts/N is looked up, so none can be put in its place. */
    int locked = 0;
    if (ioctl(master, TIOCSPTLCK, &locked) < 0)
        return error_errno(err, errno, "unlock the container's terminal");
    AUTO_CLOSE int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return error_errno(err, errno, "open the container's end of its terminal");
    if (size && ioctl(master, TIOCSWINSZ, size) < 0)
        return error_errno(err, errno, "set the size of the container's terminal");
    *ret_master = take_fd(&master);
    *ret_slave = take_fd(&slave);
    return 0;
}

int terminal_take(int slave, struct error *err)
{
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return error_errno(err, errno, "make the container's terminal the controlling one");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(slave, fd) < 0)
            return error_errno(err, errno, "put the container's terminal on descriptor %d", fd);
    return 0;
}
