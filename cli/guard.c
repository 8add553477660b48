#include "cli/guard.h"

#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

int guard_standard_files(struct error *err)
{
    /* Each is opened for what it is not used for: reading from a closed input and writing to a closed output fail with EBADF,
     * as they would without us. In order: open gives the lowest number that is free. */
    static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags[fd]) != fd)
            return error_errno(err, errno, "descriptor %d is closed, and /dev/null cannot take its place", fd);
    return 0;
}

static int refuse(struct error *err, const char *what, const char *remedy)
{
    error_set(err, "refusing to run: %s", what);
    error_note(err, "cordon needs no privilege of its own, and with one every caller could use it to get what it has");
    error_help(err, "%s", remedy);
    return -1;
}

/* Without file capabilities execve leaves a user with the ambient ones and no others. -1: it cannot be learned. */
static int has_more_than_ambient(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    if (capget(&header, data) < 0)
        return -1;
    uint64_t permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    for (int cap = 0; cap < 64; cap++)
        if (permitted >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 1)
            return 1;
    return 0;
}

int guard_privileges(struct error *err)
{
    if (weak("guard"))
        return 0;
    static const char mode_remedy[] = "take the bits away: chmod ug-s FILE", caps_remedy[] = "take them away: setcap -r FILE";
    /* As the kernel gave them at the start, without asking it again. */
    unsigned long uid = getauxval(AT_UID);
    if (uid != getauxval(AT_EUID) || getauxval(AT_GID) != getauxval(AT_EGID))
        return refuse(err, "the program is set-user-id or set-group-id", mode_remedy);
    /* Root by SECBIT_NOROOT is a user like others, but for AT_SECURE, which the kernel leaves 0 for the uid. */
    int bits = uid == 0 ? prctl(PR_GET_SECUREBITS) : 0;
    bool root = uid == 0 && !(bits & SECBIT_NOROOT);
    int more = bits < 0 ? -1 : root ? 0 : has_more_than_ambient();
    if (more < 0)
        return error_errno(err, errno, "learn which capabilities this process has");
    if (more)
        return refuse(err, "the program has file capabilities", caps_remedy);
    if (getauxval(AT_SECURE))
        return refuse(err, "the kernel says that this start changed privileges (AT_SECURE)",
                      "look for set-id bits, file capabilities and a security module's transition on the program's file");
    /* Root gains nothing by what is on the file, and nothing in the process tells of it: but the next caller would. Where there
     * is no /proc nothing was gained either. */
    struct stat st;
    if (stat("/proc/self/exe", &st) == 0 && (st.st_mode & S_ISUID || (st.st_mode & S_ISGID && st.st_mode & S_IXGRP)))
        return refuse(err, "the program's file is set-user-id or set-group-id", mode_remedy);
    if (getxattr("/proc/self/exe", "security.capability", NULL, 0) > 0)
        return refuse(err, "the program's file has file capabilities", caps_remedy);
    return 0;
}

int guard_no_directory(struct error *err)
{
    if (weak("guard"))
        return 0;
    static const char *const names[] = { "standard input", "standard output", "standard error" };
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;
        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
            error_set(err, "%s is a directory", names[fd]);
            error_note(err, "the command could leave its root through it");
            error_help(err, "redirect it from or to something else, such as /dev/null");
            return -1;
        }
    }
    return 0;
}
