/* The foreground launcher once the container runs: waits, forwards signals, relays the terminal, enforces the time limit. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct refusals;

struct supervise_args {
    pid_t pid;     /* the container's first process */
    int pidfd;     /* the same */
    int channel;   /* to it: MESSAGE_TERMINAL, MESSAGE_LISTENER, MESSAGE_STOPPED, MESSAGE_ERROR, then end of file */
    bool own_pids; /* false: killing the first process ends it alone, so it is told to end the rest before (INIT_END) */
    struct refusals *refusals; /* NULL: nobody listens */
    uint64_t timeout; /* milliseconds, 0: none; when it passes: TERM, 2 seconds, KILL; status 124 as timeout(1) gives */
};

/* The signals must be blocked by then (kernel/signals.h), and are as the caller had them afterwards. */
/* Returns the exit status of the command, or -1 with the error that the other side sent (err->status says which status it
 * wants). In every case the container's first process is gone and reaped when this returns, and the caller's terminal is as it
 * was. */
int supervise(const struct supervise_args *args, struct error *err);
