/* fault MODE N COMMAND ARG…: runs the command and lets the Nth system call of its launch go wrong.
 *
 *   fault count 0 …   only counts: prints how many there are on descriptor 3
 *   fault error N …   the call is not made and returns an errno that it could
 *   fault kill N …    the process that makes it is killed there
 *
 * What is counted: calls of the launcher, of the container's first process and of the one that becomes the app, in the order in
 * which they happen, from the launcher's first fcntl (before it, libc starts) to each one's execve of something else. That is
 * strace's injection, but over all processes together; strace counts for each by itself. Prints "call NUMBER of ROLE: WHAT" on
 * descriptor 3, WHAT being the kernel's words for the errno, or "killed". The exit status is the command's, 128 + N where a
 * signal ended it. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 64
#define OPTIONS                                                                                                                \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |             \
     PTRACE_O_EXITKILL)

static struct process {
    pid_t pid;
    int code; /* what the call that it is in is to return; 0: what it returns */
    bool inside_call;
    bool confined; /* by init's own filter: a call that is replaced would be one that it kills for */
} processes[PROCESSES];

static struct {
    bool kill, error, counting;
    long wanted, seen;
    pid_t launcher;
} fault;

static struct process *process_of(pid_t pid)
{
    struct process *free_one = NULL;
    for (int i = 0; i < PROCESSES; i++) {
        if (processes[i].pid == pid)
            return &processes[i];
        if (!processes[i].pid && !free_one)
            free_one = &processes[i];
    }
    if (!free_one)
        exit(99);
    *free_one = (struct process){ .pid = pid };
    return free_one;
}

/* What the manual of each call lists, and what a full or strange machine gives. */
static int plausible(long number)
{
    static const struct {
        long number;
        int code;
    } codes[] = {
        { SYS_openat, EMFILE },     { SYS_openat2, EMFILE },
        { SYS_open_tree, EPERM },   { SYS_move_mount, EINVAL },
        { SYS_mount, EPERM },       { SYS_mount_setattr, EPERM },
        { SYS_fsopen, ENODEV },     { SYS_fsmount, EMFILE },
        { SYS_fsconfig, EINVAL },   { SYS_clone3, EAGAIN },
        { SYS_clone, EAGAIN },      { SYS_mmap, ENOMEM },
        { SYS_brk, ENOMEM },        { SYS_write, EIO },
        { SYS_read, EIO },          { SYS_mkdirat, ENOSPC },
        { SYS_mknodat, ENOSPC },    { SYS_symlinkat, ENOSPC },
        { SYS_socketpair, EMFILE }, { SYS_socket, EMFILE },
        { SYS_sendmsg, ENOBUFS },   { SYS_recvmsg, ENOMEM },
        { SYS_setresuid, EAGAIN },  { SYS_capset, EPERM },
        { SYS_seccomp, EINVAL },    { SYS_pivot_root, EINVAL },
        { SYS_umount2, EBUSY },     { SYS_signalfd4, EMFILE },
        { SYS_keyctl, EDQUOT },     { SYS_execve, ENOMEM },
        { SYS_getxattr, EACCES },   { SYS_sethostname, EPERM },
        { SYS_poll, ENOMEM },       { SYS_rt_sigtimedwait, EINTR },
        { SYS_waitid, ECHILD },     { SYS_fcntl, EBUSY },
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].number == number)
            return codes[i].code;
    return EPERM;
}

/* Calls that cannot fail, or whose failure only says that the machine is broken. (Nor can close, in a way that leaves the
 * descriptor open, as a call that is not made does: it is only killed at.) */
static bool is_left_out(long number)
{
    return number == SYS_exit_group || number == SYS_exit || number == SYS_rt_sigreturn || number == SYS_getpid ||
           number == SYS_getuid || number == SYS_getgid || number == SYS_geteuid || number == SYS_umask ||
           number == SYS_restart_syscall;
}

static void on_entry(struct process *process, const struct __ptrace_syscall_info *info)
{
    long number = (long)info->entry.nr;
    process->inside_call = true;
    if (process->pid == fault.launcher && number == SYS_fcntl)
        fault.counting = true;
    bool confined = process->confined;
    process->confined = confined || (number == SYS_prctl && info->entry.args[0] == PR_SET_SECCOMP);
    if (!fault.counting || is_left_out(number) || (fault.error && (confined || number == SYS_close)) ||
        ++fault.seen != fault.wanted)
        return;
    dprintf(3, "call %ld of %s: %s\n", number, process->pid == fault.launcher ? "the launcher" : "the container",
            fault.kill ? "killed" : strerror(plausible(number)));
    if (fault.kill) {
        kill(process->pid, SIGKILL);
        return;
    }
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, process->pid, NULL, &registers);
    registers.orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, process->pid, NULL, &registers);
    process->code = plausible(number);
}

static void on_exit_of_call(struct process *process)
{
    process->inside_call = false;
    if (!process->code)
        return;
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, process->pid, NULL, &registers);
    registers.rax = (unsigned long long)-process->code;
    ptrace(PTRACE_SETREGS, process->pid, NULL, &registers);
    process->code = 0;
}

/* Returns the signal to go on with, or -1 where the process is let go. */
static int on_stop(struct process *process, int status)
{
    int sig = WSTOPSIG(status), event = status >> 16;
    if (sig == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0)
            return 0;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
            on_entry(process, &info);
        else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
            on_exit_of_call(process);
        return 0;
    }
    if (event == PTRACE_EVENT_EXEC) {
        /* The launcher executes nothing but its own sealed copy, in which libc starts once more. */
        fault.counting = fault.counting && process->pid != fault.launcher;
        return process->pid == fault.launcher ? 0 : -1;
    }
    if (event || sig == SIGSTOP)
        return 0;
    return sig;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    fault.kill = strcmp(argv[1], "kill") == 0;
    fault.error = strcmp(argv[1], "error") == 0;
    fault.wanted = atol(argv[2]);
    pid_t pid = fault.launcher = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        close(3);
        execv(argv[3], argv + 3);
        _exit(98);
    }
    int status, result = 97;
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS);
    ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    for (pid_t stopped; (stopped = waitpid(-1, &status, __WALL)) > 0;) {
        struct process *process = process_of(stopped);
        if (!WIFSTOPPED(status)) {
            process->pid = 0;
            if (stopped == pid)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int sig = on_stop(process, status);
        if (sig < 0) {
            process->pid = 0;
            ptrace(PTRACE_DETACH, stopped, NULL, NULL);
        } else {
            ptrace(PTRACE_SYSCALL, stopped, NULL, (void *)(long)sig);
        }
    }
    if (strcmp(argv[1], "count") == 0)
        dprintf(3, "%ld\n", fault.seen);
    return result;
}
