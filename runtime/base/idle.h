/* Waiting long in little memory: the pages of the program itself are given back first, and come again when they are used. */
#pragma once

#include <stdint.h>

/* Milliseconds since the machine started, those that it slept included. */
uint64_t idle_now(void);

/* As syscall(2), for a call that waits. Worth it only for who has waited a second already: afterwards every page that is
 * touched costs a fault. Calls madvise and the call itself, takes no memory and no lock. */
long idle_call(long number, long a, long b, long c, long d, long e);
