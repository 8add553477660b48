/* Why the app is not PID 1: the kernel drops signals to a PID 1 that has no handler for them, orphans come to it as zombies,
 * and its process group is orphaned, so Ctrl-Z would do nothing. Init takes all three on.
 *
 *     caller's terminal ── supervisor ══ channel, pidfd ══ init (session leader, holds the pty) ── app (foreground group)
 *
 * Signals come by pidfd from the launcher, or by kill(2) from inside. All are blocked here and taken with sigtimedwait: what
 * the kernel drops for a PID 1 is what would be ignored on delivery, and it never judges a blocked signal so. It is queued,
 * whoever sent it; SIGKILL and SIGSTOP alone act at once, and only from outside.
 *
 * From init_run on there is no malloc, no stdio and no error text: the filter at the end knows seven calls. */
#include "setup/init.h"

#include "base/channel.h"
#include "base/idle.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TITLE "cordon-init"

/* --- the command line --------------------------------------------------------------------------------------------- */

/* The kernel lays the words out in one piece: arguments, then environment. */
static struct {
    char *start, *arguments_end, *end;
} words;

void init_remember_argv(int argc, char **argv)
{
    if (argc < 1)
        return;
    words.start = argv[0];
    words.end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
    words.arguments_end = words.end;
    for (char **word = argv + argc + 1; *word == words.end; word++)
        words.end += strlen(*word) + 1;
}

/* Whole pages are given back rather than written, or a long environment would cost init its size in memory. */
static void forget(char *from, char *to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    char *first = from + (-(uintptr_t)from & (page - 1)), *last = to - ((uintptr_t)to & (page - 1));
    if (first < last && madvise(first, (size_t)(last - first), MADV_DONTNEED) == 0) {
        memset(from, 0, (size_t)(first - from));
        memset(last, 0, (size_t)(to - last));
    } else {
        memset(from, 0, (size_t)(to - from));
    }
}

/* The last byte of the arguments is what tells the kernel how to show them: while it is not NUL, it takes the area for a title
 * and shows the first string alone, even one that runs on into the environment; else every byte up to it, and so the old
 * length. */
static void wipe_words(void)
{
    if (!words.start)
        return;
    forget(words.start, words.end);
    size_t room = (size_t)(words.end - words.start);
    memcpy(words.start, TITLE, room < sizeof TITLE ? room : sizeof TITLE);
    if ((size_t)(words.arguments_end - words.start) > sizeof TITLE)
        words.arguments_end[-1] = '.';
}

/* --- confinement -------------------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OWN_ARCH AUDIT_ARCH_S390X
#else
#error "name the audit architecture of this machine here"
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif

#define LOAD(field, offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + (offset))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ALLOW(call) UNLESS(SYS_##call, 1), ANSWER(SECCOMP_RET_ALLOW)

/* By hand: libseccomp would take longer to build this than init takes for everything else. No execve is in it, hence nothing
 * is left that a bounding set could limit, and its forty-one calls are saved. x32 numbers differ, so they are refused
 * too. */
static const struct sock_filter allowed[] = {
    LOAD(arch, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr, 0),
    ALLOW(rt_sigtimedwait),
    ALLOW(waitid),
    ALLOW(kill),
    ALLOW(sendmsg),
    ALLOW(madvise),
    ALLOW(exit_group),
    UNLESS(SYS_ioctl, 3),
    LOAD(args[1], LOW_HALF),
    UNLESS(TIOCSPGRP, 1),
    ANSWER(SECCOMP_RET_ALLOW),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
};

/* The app may run as another user, or become one: without CAP_KILL no signal could be forwarded to it. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { .permitted = 1U << CAP_KILL, .effective = 1U << CAP_KILL } };
    if (syscall(SYS_capset, &header, data) == 0)
        return 0;
    memset(data, 0, sizeof data); /* it was not there to keep */
    return (int)syscall(SYS_capset, &header, data);
}

static int keep_descriptors(int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    int kept[2] = { low < 0 ? high : low, high };
    unsigned first = 0;
    for (int i = 0; i < 2; i++) {
        if (kept[i] < 0)
            continue;
        if ((unsigned)kept[i] > first && sys_close_range(first, (unsigned)kept[i] - 1, 0) < 0)
            return -1;
        first = (unsigned)kept[i] + 1;
    }
    return sys_close_range(first, UINT_MAX, 0);
}

static int confine(const struct init_args *args)
{
    const struct sock_fprog program = { COUNT(allowed), (struct sock_filter *)(uintptr_t)allowed };
    if (drop_capabilities() < 0)
        return -1;
    /* A supervisor that is stopped does not read: a full channel must not keep init from reaping. */
    if (args->channel >= 0 && fcntl(args->channel, F_SETFL, O_NONBLOCK) < 0)
        return -1;
    if ((!weak("descriptors") && keep_descriptors(args->channel, args->terminal) < 0) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
#ifdef __SANITIZE_ADDRESS__
    return program.len > 0 ? 0 : -1; /* its runtime reads /proc/self/maps and asks for memory when a process ends */
#else
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* Reaps what is dead. */
static bool has_children(void)
{
    siginfo_t info;
    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL) < 0)
            return errno != ECHILD;
        if (info.si_pid == 0)
            return true;
    }
}

static bool kill_child(pid_t pid)
{
    siginfo_t info = { 0 };
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | __WALL) < 0)
        return false; /* ECHILD: not ours */
    if (info.si_pid == 0) {
        if (kill(pid, SIGKILL) < 0)
            return false;
        waitid(P_PID, (id_t)pid, &info, WEXITED | __WALL);
    }
    return true;
}

/* Where the pids are shared, nothing but init itself ends what the app left. No call lists one's children, and /proc may be
 * masked or absent, but waitid knows a child from a stranger: so ask for every number there can be, upwards from our own, as
 * the kernel gives them out; a process that forks and ends is overtaken that way. A child's own children come to us when it
 * dies. Mostly there is nobody left, and this is one call. Three rounds without a success mean that the rest cannot be killed
 * by us. */
static void end_descendants(pid_t app)
{
    enum { PID_LIMIT = 1 << 22, ASK_EVERY = 1024, ROUNDS = 3 };
    kill(-app, SIGKILL);
    bool left = has_children();
    for (int futile = 0; left && futile < ROUNDS; futile++) {
        for (int i = 1; left && i < PID_LIMIT; i++) {
            bool killed = kill_child((app + i - 1) % PID_LIMIT + 1);
            if (killed)
                futile = -1;
            if (killed || i % ASK_EVERY == 0)
                left = has_children();
        }
    }
}

static _Noreturn void finish(const struct init_args *args, int status)
{
    if (!args->own_pids)
        end_descendants(args->app);
    _exit(status); /* of a PID 1: the kernel kills whatever else is in the namespace, and waits for it */
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

/* What a terminal sends goes to a whole foreground group, and so does this. */
static bool is_for_group(int sig)
{
    return sig == SIGHUP || sig == SIGINT || sig == SIGQUIT || sig == SIGTSTP || sig == SIGCONT || sig == SIGWINCH;
}

static void give_terminal(const struct init_args *args)
{
    if (args->terminal >= 0)
        tcsetpgrp(args->terminal, args->app); /* SIGTTOU is blocked */
}

static void tell_stopped(const struct init_args *args)
{
    static char already[] = "set";
    struct error nobody = { .message = already }; /* so that a failure makes no text: it would need memory */
    if (args->channel >= 0)
        channel_send(args->channel, MESSAGE_STOPPED, NULL, 0, &nobody);
}

/* Returns with *stopped set if the app was stopped: by Ctrl-Z in its terminal, or by a signal. */
static void reap(const struct init_args *args, bool *stopped)
{
    siginfo_t info;
    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | __WALL) < 0 || info.si_pid == 0)
            return;
        if (info.si_pid != args->app)
            continue;
        if (info.si_code == CLD_STOPPED) {
            *stopped = true;
            tell_stopped(args);
        } else if (info.si_code == CLD_EXITED) {
            finish(args, info.si_status);
        } else if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) {
            finish(args, 128 + info.si_status);
        }
    }
}

static void forward(const struct init_args *args, int sig, bool *stopped)
{
    /* As a shell does for `fg`, and only then: a shell inside may have given the terminal to a job of its own. */
    if (sig == SIGCONT && *stopped) {
        *stopped = false;
        give_terminal(args);
    }
    if (!is_for_group(sig) || kill(-args->app, sig) < 0)
        kill(args->app, sig);
}

/* A PID 1 that the kernel will not end by a signal needs no handlers, and SIGCHLD must be neither ignored nor given away. */
int init_prepare(const struct init_args *args)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    /* Before there is an app that could look. Both are the app's too until its execve. */
    if (prctl(PR_SET_DUMPABLE, weak("dumpable") ? 1 : 0) < 0)
        return -1;
    wipe_words();
    prctl(PR_SET_NAME, TITLE);
    return args->own_pids ? 0 : prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void init_join(int terminal)
{
    setpgid(0, 0);
    if (terminal >= 0)
        tcsetpgrp(terminal, getpid()); /* from a background group: SIGTTOU is still blocked */
}

/* -1: interrupted. An app that runs for long finds us small. */
static int next_signal(const sigset_t *set)
{
    static const struct timespec while_busy = { .tv_sec = 1 };
    int sig = sigtimedwait(set, NULL, &while_busy);
    if (sig < 0 && errno == EAGAIN)
        sig = (int)idle_call(SYS_rt_sigtimedwait, (long)(uintptr_t)set, 0, 0, (_NSIG - 1) / 8, 0);
    return sig;
}

_Noreturn void init_run(const struct init_args *args)
{
    static char failed[] = "the container's first process cannot confine itself";
    if (confine(args) < 0) {
        channel_send_error(args->channel, &(struct error){ .code = errno, .message = failed });
        kill(args->app, SIGKILL);
        _exit(EXIT_CANNOT_START);
    }
    sigset_t all;
    sigfillset(&all);
    for (bool stopped = false;;) {
        int sig = next_signal(&all);
        if (sig == SIGCHLD)
            reap(args, &stopped);
        else if (sig == INIT_END)
            finish(args, 128 + SIGKILL);
        else if (sig > 0)
            forward(args, sig, &stopped);
    }
}
