/* The signals of the launcher while a container runs: blocked and taken from a descriptor, passed on, and as the caller had
 * them for the app. */
#pragma once
#include <signal.h>

/* At the beginning of a program that waits for processes: SIGCHLD is not ignored, whatever the caller has it at. */
void signals_begin(void);
/* SIGCHLD as the caller had it, for what is executed next. */
void signals_give_child_back(void);

/* Those that are passed on to the container. */
sigset_t signals_forwarded(void);

/* Before the clone, so that none is lost between: blocks the forwarded ones, and those of a terminal that is not ours to use.
 * What was in force is kept. */
void signals_block(void);
/* As the caller had them: in the app before its exec, and in the launcher at the end. */
void signals_restore(void);
