#include "base/idle.h"
#include "tap.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char written[8192] = "as linked";

/* KiB of files that are mapped in and were not written to. */
static long resident(pid_t pid)
{
    char path[64], line[256];
    long size = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *stream = fopen(path, "re");
    while (stream && fgets(line, sizeof line, stream))
        sscanf(line, "RssFile: %ld", &size);
    if (stream)
        fclose(stream);
    return size;
}

int main(void)
{
    static struct timespec shortly = { .tv_nsec = 1000000 };
    strcpy(written, "as written");
    long before = resident(getpid());
    struct pollfd fd = { .fd = -1 };
    CHECK(idle_call(SYS_ppoll, (long)(uintptr_t)&fd, 1, (long)(uintptr_t)&shortly, 0, 0) == 0);
    CHECK_TEXT(written, "as written");
    CHECK(before > 0);
    errno = 0;
    CHECK(idle_call(SYS_close, -1, 0, 0, 0, 0) == -1 && errno == EBADF);

    /* What a sleeper keeps can only be seen from outside: the child looks, and its end wakes us. */
    int to[2];
    CHECK(pipe(to) == 0);
    pid_t watcher = fork();
    if (watcher == 0) {
        usleep(200000);
        long kept = resident(getppid());
        _exit(kept >= 0 && kept < before / 2 ? 0 : 1);
    }
    close(to[1]);
    struct pollfd end = { .fd = to[0] };
    int status = -1;
    CHECK(idle_call(SYS_ppoll, (long)(uintptr_t)&end, 1, 0, 0, 0) == 1);
    CHECK(waitpid(watcher, &status, 0) == watcher && status == 0);
    return tap_done();
}
