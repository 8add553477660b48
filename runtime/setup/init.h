/* PID 1 of the container: reaps, forwards signals, stops and continues with its terminal, and ends with the app's status. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct init_args {
    pid_t app;     /* the direct child to follow; it leads a process group of its own */
    int channel;   /* to the supervisor, for MESSAGE_STOPPED */
    int terminal;  /* the slave of the container's pty, or -1 */
    bool own_pids; /* false: the pid namespace is shared (isolate.pid: inherit); init is then a subreaper and ends what is left itself */
};

/* Before the app is forked: new session, signals blocked so that none is lost, subreaper where the pids are shared. */
void init_prepare(const struct init_args *args);
/* After: never returns; exits with the app's own status, 128+N where signal N ended it. Holds no descriptor but these two, no
 * capability, and is not dumpable; its argv is wiped, so /proc/1/cmdline says nothing of the host. */
_Noreturn void init_run(const struct init_args *args);
