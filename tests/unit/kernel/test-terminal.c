/* Needs a mount namespace in which /dev/pts can be ours; skipped where that is refused. */
#include "kernel/terminal.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    if (fd >= 0)
        close(fd);
    return n < 0 ? -1 : 0;
}

static int enter(void)
{
    char map[32];
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0)
        return -1;
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    if (write_text("/proc/self/uid_map", map) < 0)
        return -1;
    snprintf(map, sizeof map, "0 %u 1", gid);
    if (write_text("/proc/self/gid_map", map) < 0)
        return -1;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int open_any(struct error *err)
{
    int master = -1, slave = -1;
    int result = terminal_open(NULL, &master, &slave, err);
    if (master >= 0)
        close(master);
    if (slave >= 0)
        close(slave);
    return result;
}

static void test_open(void)
{
    static const struct winsize size = { .ws_row = 33, .ws_col = 77 };
    struct error err = { 0 };
    int master = -1, slave = -1;
    CHECK(mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620") == 0);
    CHECK(terminal_open(&size, &master, &slave, &err) == 0);
    struct winsize got = { 0 };
    CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 33 && got.ws_col == 77);
    struct stat a, b, path;
    CHECK(fstat(master, &a) == 0 && fstat(slave, &b) == 0 && a.st_dev == b.st_dev);
    CHECK(stat("/dev/pts/0", &path) == 0 && path.st_ino == b.st_ino && path.st_dev == b.st_dev);
    CHECK((b.st_mode & 07777) == 0620 && b.st_uid == geteuid());
    CHECK(fcntl(master, F_GETFD) & FD_CLOEXEC && fcntl(slave, F_GETFD) & FD_CLOEXEC);

    pid_t pid = fork();
    if (pid == 0) {
        struct error nothing = { 0 };
        if (terminal_take(slave, &nothing) == 0 || !error_is_set(&nothing)) /* no session leader yet */
            _exit(1);
        error_fini(&nothing);
        setsid();
        bool taken = terminal_take(slave, &nothing) == 0 && isatty(0) && isatty(1) && isatty(2) && tcgetsid(0) == getpid();
        _exit(taken && open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? 0 : 2);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    close(master);
    close(slave);
    umount2("/dev/pts", MNT_DETACH);
}

/* AC-23: whatever lies at the path, a terminal of another instance must not come from it. */
static void test_impostors(void)
{
    struct error err = { 0 };
    CHECK(mount("tmpfs", "/dev/pts", "tmpfs", 0, NULL) == 0);
    CHECK(open_any(&err) == -1 && error_is_set(&err) && err.code == ENOENT);
    error_fini(&err);
    CHECK(symlink("/dev/ptmx", "/dev/pts/ptmx") == 0 && open_any(&err) == -1 && err.code == ELOOP);
    error_fini(&err);
    unlink("/dev/pts/ptmx");
    int fd = open("/dev/pts/ptmx", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    close(fd);
    CHECK(open_any(&err) == -1 && err.code == 0 && err.help); /* a file */
    error_fini(&err);
    CHECK(mount("/dev/null", "/dev/pts/ptmx", NULL, MS_BIND, NULL) == 0 && open_any(&err) == -1 && err.help);
    error_fini(&err);
    umount2("/dev/pts", MNT_DETACH);
}

int main(void)
{
    struct stat st;
    if (stat("/dev/pts", &st) < 0 || enter() < 0) {
        printf("ok 1 # SKIP no mount namespace of our own: %s\n1..1\n", strerror(errno));
        return 0;
    }
    test_open();
    test_impostors();
    return tap_done();
}
