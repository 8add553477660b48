/* run --why: each system call that the filter refuses is counted, and then answered with the errno that the filter would have
 * given by itself. Calls that are allowed do not come by here. */
#pragma once
#include "base/error.h"
#include "kernel/filter-policy.h"

#define REFUSALS_MAX 64 /* different ones; the rest is counted together */

struct refusals {
    const struct filter_policy *policy; /* what is answered */
    int listener;                       /* -1: not there yet, or nobody is left who could be refused anything */
    bool taken;                         /* one was there */
    struct refused_call {
        uint32_t architecture;
        int number;
        int code;
        bool by_arguments; /* with others it is open */
        uint64_t count;
    } calls[REFUSALS_MAX];
    size_t count;
    uint64_t others;
};

/* The listener, which the container's own side sends before the app is executed. False: it is none, or not the first. */
bool refusals_take(struct refusals *refusals, int *fd);
/* poll(2) has said `events` of the listener. Answers some and returns, since more can come as fast as they are answered. */
void refusals_answer(struct refusals *refusals, short events);
void refusals_close(struct refusals *refusals);
/* At the end: what was refused, in words, as *err; nothing where `failed` is false and nothing was. */
void refusals_tell(const struct refusals *refusals, bool failed, struct error *err);
