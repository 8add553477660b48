/* The listener of a system call filter: calls that it refuses wait until they are answered here. What is answered is always an
 * errno. Letting a call go on would be for its maker to decide: what its pointers lead to can be changed after any look. */
#pragma once
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

struct waiting_call {
    uint64_t id;
    struct seccomp_data data;
};

/* Whether the descriptor is such a listener. */
bool notify_is_listener(int fd);
/* A call that waits; false: there is none any more. poll(2) must have said that there is one, or this waits for it. */
bool notify_next(int listener, struct waiting_call *ret);
/* Whoever was killed while waiting hears nothing. */
void notify_refuse(int listener, uint64_t id, int code);
