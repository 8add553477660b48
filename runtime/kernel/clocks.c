#include "kernel/clocks.h"

#include "base/cleanup.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Seconds towards the past, the rest forward: the kernel takes no negative nanoseconds. */
static int print_offset(char *text, size_t size, const char *clock, int64_t milliseconds)
{
    int64_t seconds = milliseconds / 1000, rest = milliseconds % 1000;
    if (rest < 0) {
        seconds--;
        rest += 1000;
    }
    return snprintf(text, size, "%s %" PRId64 " %" PRId64 "\n", clock, seconds, rest * 1000000);
}

static int write_offsets(int proc, int64_t boottime, int64_t monotonic)
{
    char text[128];
    AUTO_CLOSE int fd = procfs_open(proc, "self/timens_offsets", O_WRONLY);
    int length = print_offset(text, sizeof text, "boottime", boottime);
    length += print_offset(text + length, sizeof text - (size_t)length, "monotonic", monotonic);
    return fd < 0 || write(fd, text, (size_t)length) != length ? -1 : 0; /* both in one write: the file takes no second one */
}

int clocks_offset(int proc, int64_t boottime, int64_t monotonic, struct error *err)
{
    if (unshare(CLONE_NEWTIME) < 0)
        return error_errno(err, errno, "make a time namespace");
    /* The change of ids made this process undumpable, and its files in /proc the host root's. */
    if (prctl(PR_SET_DUMPABLE, 1) < 0)
        return error_errno(err, errno, "become dumpable");
    int result = write_offsets(proc, boottime, monotonic), code = errno;
    prctl(PR_SET_DUMPABLE, 0);
    if (result < 0)
        return error_errno(err, code, "set the offsets of the clocks");
    AUTO_CLOSE int ours = openat(proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (ours < 0 || setns(ours, CLONE_NEWTIME) < 0)
        return error_errno(err, errno, "enter the time namespace");
    return 0;
}
