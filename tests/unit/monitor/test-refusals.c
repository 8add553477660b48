/* What is said of refused calls at the end. What is answered is shown by the integration tests and the attacks. */
#include "monitor/refusals.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct refusals refusals = { .listener = -1, .taken = true };

static void refused(int number, int code, bool by_arguments, uint64_t times)
{
    refusals.calls[refusals.count++] = (struct refused_call){ AUDIT_ARCH_X86_64, number, code, by_arguments, times };
}

static void check(bool failed, const char *message, const char *note, const char *help)
{
    struct error err = { 0 };
    refusals_tell(&refusals, failed, &err);
    CHECK_TEXT(err.message, message);
    CHECK_TEXT(err.note, note);
    CHECK_TEXT(err.help, help);
    error_fini(&err);
}

#define OPENS(names) "`syscalls: {allow: [" names "]}` lets them through to the kernel, which then asks for its own privileges"
#define BY_ARGUMENTS "what is refused for its arguments is opened by a switch of privileges.allow, or by args in syscalls.allow"
#define ABSENT "answered as by a kernel without them, which programs do without: "

int main(void)
{
    check(false, NULL, NULL, NULL);
    check(true, "no system call was refused", NULL, NULL);
    refused(435, ENOSYS, false, 7);
    check(false, NULL, NULL, NULL);
    check(true, "no system call was refused", ABSENT "clone3 (7)", NULL);
    refused(16, EPERM, true, 1);
    check(false, "1 system call refused: ioctl (1, for its arguments)", ABSENT "clone3 (7)", BY_ARGUMENTS);
    refused(321, EPERM, false, 1);
    refused(165, EPERM, false, 20);
    check(true, "22 system calls refused: mount (20), ioctl (1, for its arguments), bpf (1)", ABSENT "clone3 (7)",
          OPENS("mount, bpf"));
    refused(4000, EPERM, false, 1);
    check(true, "23 system calls refused: mount (20), ioctl (1, for its arguments), bpf (1), number 4000 (1)",
          ABSENT "clone3 (7)", OPENS("mount, bpf"));
    refusals.count = 0;
    for (int i = 0; i < 14; i++)
        refused(i, EPERM, true, 1);
    refusals.others = 3;
    check(true,
          "17 system calls refused: read (1, for its arguments), write (1, for its arguments), open (1, for its arguments), "
          "close (1, for its arguments), stat (1, for its arguments), fstat (1, for its arguments), lstat (1, for its "
          "arguments), "
          "poll (1, for its arguments), lseek (1, for its arguments), mmap (1, for its arguments), mprotect (1, for its "
          "arguments), munmap (1, for its arguments) and 2 more and others",
          NULL, BY_ARGUMENTS);

    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    refusals.taken = false;
    CHECK_NAMED(!refusals_take(&refusals, &fd) && fd >= 0 && refusals.listener == -1, "a file is not taken for a listener");
    close(fd);
    return tap_done();
}
