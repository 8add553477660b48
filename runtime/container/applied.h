/* What the kernel says of a container that runs. */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum applied_state { APPLIED_GONE, APPLIED_STARTING, APPLIED_RUNNING };

struct applied {
    struct arena *arena;
    int first, app, launcher; /* descriptors of /proc/PID: they go on to mean the same process, or nothing; -1: none */
    pid_t first_pid, app_pid;
};

/* `pid` is the first process, a child of `launcher`'s. Whoever calls knows that the launcher is there; a pid that was given to
 * somebody else is found out by its parent. */
enum applied_state applied_open(struct arena *arena, pid_t pid, pid_t launcher, struct applied *ret);
/* An object: of the app (or the first process, where there is no app yet), and `init` where that is another. What the kernel
 * does not tell the caller is null. */
void applied_print(FILE *stream, const struct applied *applied);
void applied_close(struct applied *applied);
