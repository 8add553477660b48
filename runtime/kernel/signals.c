#include "kernel/signals.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH };
/* Blocked beside them: a read or tcsetattr that lost the race for the foreground then fails, or is allowed, instead of stopping
 * us. */
static const int quiet[] = { SIGTTIN, SIGTTOU };

static struct {
    sigset_t mask;
    struct sigaction child;
} caller;

sigset_t signals_forwarded(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT(forwarded); i++)
        sigaddset(&set, forwarded[i]);
    return set;
}

/* With SIGCHLD ignored, as some callers have it, the kernel would reap for us and the status were lost, of what is only tried
 * before a start too. */
void signals_begin(void) { sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &caller.child); }

void signals_give_child_back(void)
{
    if (caller.child.sa_handler == SIG_IGN)
        sigaction(SIGCHLD, &caller.child, NULL);
}

void signals_block(void)
{
    sigset_t set = signals_forwarded();
    for (size_t i = 0; i < COUNT(quiet); i++)
        sigaddset(&set, quiet[i]);
    sigprocmask(SIG_BLOCK, &set, &caller.mask);
}

void signals_restore(void)
{
    signals_give_child_back();
    sigprocmask(SIG_SETMASK, &caller.mask, NULL);
}
