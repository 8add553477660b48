#include "cli/guard.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* A user without set-id bits and file capabilities is let through; what refuses needs a file system, see tests/attacks. */
static int plain_user(void)
{
    struct error err = { 0 };
    if (getuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
        return 77;
    int result = guard_privileges(&err);
    if (result < 0)
        fprintf(stderr, "# %s\n", err.message);
    return result < 0;
}

int main(void)
{
    CHECK(in_child(all_closed) == 0);
    CHECK(in_child(one_closed) == 0);
    CHECK(in_child(directory_in) == 0);
    CHECK(in_child(directory_out) == 0);
    CHECK(in_child(directory_err) == 0);
    CHECK(in_child(no_directory) == 0);
    CHECK(in_child(plain_user) == 0);
    return tap_done();
}
