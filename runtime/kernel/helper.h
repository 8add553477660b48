/* Small programs of the system's or of our own that do what the launcher itself cannot: started with nothing of ours but a
 * place to complain, and waited for. */
#pragma once
#include "base/error.h"

#include <sys/types.h>

struct helper {
    const char *name;
    pid_t pid;
    int complaints; /* what it prints on standard error */
};

/* Starts `argv[0]` with the given environment. 0, or -1 with an error. */
int helper_start(struct helper *helper, char *const argv[], char *const environment[], struct error *err);

/* Waits for it. 0 where it ended with 0; else -1, and err says "NAME SAYS: its first line". */
int helper_finish(struct helper *helper, const char *says, struct error *err);
