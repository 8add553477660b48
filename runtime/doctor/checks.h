/* The table of what a host is asked for. */
#pragma once
#include "doctor/facts.h"

struct finding {
    const char *check;
    const char *const *needed_for; /* verbs and keys of a profile; ends with NULL */
    bool ok, essential;            /* essential: without it nothing can be run whose profile does not give it up */
    const char *detail, *remedy;   /* remedy: the narrowest command that closes the gap; NULL: none is needed, or known */
};

struct findings {
    SLICE(struct finding) items;
    size_t gaps, essential_gaps;
};

/* Judges; checks that do not concern who asks are left out. */
void checks_judge(struct arena *arena, const struct facts *facts, struct findings *ret);
/* In one sentence. */
const char *checks_verdict(struct arena *arena, const struct facts *facts, const struct findings *findings);
