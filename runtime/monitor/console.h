/* The caller's terminal, or whatever else its standard input and output are, joined to the master of the container's pty.
 *
 * The terminal is made raw, and read, only while we are its foreground group: a background job leaves it alone. */
#pragma once
#include <poll.h>
#include <stdbool.h>

#define WHILE_MEANT 2000 /* milliseconds in which the app should have taken a key or a signal as it was meant */

struct console;

enum { CONSOLE_INPUT, CONSOLE_MASTER, CONSOLE_OUTPUT, CONSOLE_FDS };

/* Takes `master`, and the terminal if it may. NULL: this is no master of a pty; it is closed then. */
struct console *console_new(int master);
/* Gives the terminal back as it was; NULL is allowed. */
void console_free(struct console *console);

bool console_holds_terminal(const struct console *console);
/* Whether Ctrl-Z, or what stands for it, was typed since it was last taken. */
bool console_has_suspend(const struct console *console);
bool console_take_suspend(struct console *console);
void console_release(struct console *console);  /* the terminal as it was, before we stop */
void console_continue(struct console *console); /* after SIGCONT: takes it again, if we are in the foreground now */
void console_resize(struct console *console);   /* the pty gets the size of the caller's terminal */

/* What to wait for; returns a timeout in milliseconds, or -1. Then console_relay moves what can be moved without waiting. */
int console_poll(const struct console *console, struct pollfd fds[CONSOLE_FDS]);
void console_relay(struct console *console, const struct pollfd fds[CONSOLE_FDS]);

/* Why what it printed could not be shown: an errno, or 0. That somebody does not want to see it is no reason. */
int console_lost(const struct console *console);

/* When the container has gone: no more input, and what is left in the pty is the last. */
void console_end_input(struct console *console);
bool console_is_drained(const struct console *console);
