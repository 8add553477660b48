/* A pty of the container's own: what runs inside never holds the caller's terminal, so it cannot type into it. */
#pragma once
#include "base/error.h"

struct winsize;

/* Inside the container, after its /dev/pts is mounted: a new pty from that devpts instance and no other (verified). */
int terminal_open(const struct winsize *size, int *ret_master, int *ret_slave, struct error *err);
/* In the session leader: makes `slave` the controlling terminal and standard input, output and error. */
int terminal_take(int slave, struct error *err);
