#include "base/cleanup.h"
#include "cli/guard.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

typedef int (*child)(void);

static int in_child(child run)
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(run());
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int is_null(int fd)
{
    struct stat st, null;
    return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev && S_ISCHR(st.st_mode);
}

/* All three closed: each is /dev/null, and neither gives input nor takes output. */
static int all_closed(void)
{
    struct error err = { 0 };
    char byte = 'x';
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    if (guard_standard_files(&err) < 0 || !is_null(0) || !is_null(1) || !is_null(2))
        return 1;
    return read(0, &byte, 1) == -1 && errno == EBADF && write(1, &byte, 1) == -1 && write(2, &byte, 1) == -1 ? 0 : 2;
}

/* Only the one that is closed is taken. */
static int one_closed(void)
{
    struct error err = { 0 };
    int fds[2];
    if (pipe(fds) < 0)
        return 1;
    dup2(fds[1], 2);
    close(1);
    return guard_standard_files(&err) == 0 && is_null(1) && write(2, "x", 1) == 1 ? 0 : 2;
}

static int directory_as(int fd, int flags, const char *says)
{
    struct error err = { 0 };
    int directory = open("/", flags);
    dup2(directory, fd);
    return guard_no_directory(&err) < 0 && strcmp(err.message, says) == 0 ? 0 : 1;
}
static int directory_in(void) { return directory_as(0, O_RDONLY | O_DIRECTORY, "standard input is a directory"); }
static int directory_out(void) { return directory_as(1, O_PATH | O_DIRECTORY, "standard output is a directory"); }
static int directory_err(void) { return directory_as(2, O_RDONLY | O_DIRECTORY, "standard error is a directory"); }
static int no_directory(void)
{
    struct error err = { 0 };
    return guard_no_directory(&err);
}

/* --- set-id bits and file capabilities, on a copy of this program in a file system of its own --------------------- */

#define COPY "/tmp/guard"

struct start {
    const char *name;
    mode_t mode;
    unsigned capabilities; /* permitted, bits of the low half; 0: none on the file */
    bool effective, as_user, no_root;
    bool no_proc; /* the file cannot be looked at: only what the process holds tells */
    bool refused;
};

static const struct start starts[] = {
    { "root, a plain file", 0755, 0, false, false, false, false, false },
    { "a user, a plain file", 0755, 0, false, true, false, false, false },
    { "root without root's privilege, a plain file", 0755, 0, false, false, true, false, false },
    { "root, set-user-id", 04755, 0, false, false, false, false, true },
    { "a user, set-user-id", 04755, 0, false, true, false, false, true },
    { "a user, set-group-id", 02755, 0, false, true, false, false, true },
    { "root, set-group-id", 02755, 0, false, false, false, false, true },
    { "a user, effective capabilities", 0755, 1U << CAP_NET_RAW, true, true, false, false, true },
    { "a user, permitted capabilities", 0755, 1U << CAP_NET_RAW, false, true, false, false, true },
    { "root, effective capabilities", 0755, 1U << CAP_NET_RAW, true, false, false, false, true },
    { "root without root's privilege, capabilities", 0755, 1U << CAP_NET_RAW, true, false, true, false, true },
    { "the same without /proc", 0755, 1U << CAP_NET_RAW, true, false, true, true, true },
    { "a user, capabilities, without /proc", 0755, 1U << CAP_NET_RAW, false, true, false, true, true },
#ifndef __SANITIZE_ADDRESS__ /* which cannot start without /proc */
    { "a user, a plain file, without /proc", 0755, 0, false, true, false, true, false },
#endif
};

static int copy_program(const struct start *start)
{
    AUTO_CLOSE int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    AUTO_CLOSE int to = open(COPY, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (from < 0 || to < 0)
        return -1;
    ssize_t n;
    while ((n = sendfile(to, from, NULL, 1 << 20)) > 0)
        ;
    struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | (start->effective ? VFS_CAP_FLAGS_EFFECTIVE : 0),
                                 .data[0].permitted = start->capabilities };
    if (start->capabilities && fsetxattr(to, "security.capability", &data, XATTR_CAPS_SZ_2, 0) < 0)
        return -1;
    return n < 0 ? -1 : fchmod(to, start->mode);
}

/* 0: let through; 1: refused; 77: this cannot be tried here. */
static int try_start(const struct start *start)
{
    if (getuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", "/tmp", "tmpfs", 0, "mode=0755") < 0 || copy_program(start) < 0)
        return 77;
    if (start->no_proc && mount("none", "/proc", "tmpfs", 0, NULL) < 0)
        return 77;
    if (start->no_root && prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) < 0)
        return 77;
    if (start->as_user && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
        return 77;
    execl(COPY, COPY, "look", (char *)NULL);
    return 77;
}

static void check_privileges(void)
{
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        int status = -1;
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
            _exit(try_start(&starts[i]));
        waitpid(pid, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            printf("ok %d - %s # SKIP needs root and a tmpfs with file capabilities\n", ++tap_count, starts[i].name);
        else
            CHECK_NAMED(WIFEXITED(status) && WEXITSTATUS(status) == starts[i].refused, starts[i].name);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "look") == 0) {
        struct error err = { 0 };
        return guard_privileges(&err) < 0;
    }
    CHECK(in_child(all_closed) == 0);
    CHECK(in_child(one_closed) == 0);
    CHECK(in_child(directory_in) == 0);
    CHECK(in_child(directory_out) == 0);
    CHECK(in_child(directory_err) == 0);
    CHECK(in_child(no_directory) == 0);
    check_privileges();
    return tap_done();
}
