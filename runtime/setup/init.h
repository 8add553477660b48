/* PID 1 of the container: reaps, forwards signals, stops and continues with its terminal, and ends with the app's status. */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct init_args {
    pid_t app;     /* the direct child to follow; it leads a process group of its own */
    int channel;   /* to the supervisor, for MESSAGE_STOPPED; or -1 */
    int terminal;  /* the slave of the container's pty, or -1 */
    bool own_pids; /* false: the pid namespace is shared (isolate.pid: inherit); init is then a subreaper and ends what is left
                      itself */
};

/* To init: end everything now, with status 128+9. The parent death signal where the pids are shared, because there SIGKILL
 * would end init alone; with own pids SIGKILL is right, the kernel ends the rest. */
#define INIT_END (_NSIG - 1)

/* First thing in main: where the kernel put the words of the command line and the environment, so that init can wipe them. */
void init_remember_argv(int argc, char **argv);

/* Before the app is forked: new session, signals blocked so that none is lost, subreaper where the pids are shared; not
 * dumpable, and the words of the command line and the environment wiped: whatever of them the app is to have must be a copy by
 * now. */
int init_prepare(const struct init_args *args);
/* In the app, right after the fork: a process group of its own, in the foreground of the terminal. */
void init_join(int terminal);
/* In init, after the fork: never returns; exits with the app's own status, 128+N where signal N ended it. Holds no descriptor
 * but these two, and no capability but CAP_KILL (the app may have become another user). */
_Noreturn void init_run(const struct init_args *args);
