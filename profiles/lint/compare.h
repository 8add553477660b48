/* What one profile lets a program do that another does not, in words. */
#pragma once
#include "profiles/lint/subject.h"

struct difference {
    const char *what; /* goes on after "+ " or "- " */
    const char *key;
    struct source at; /* in the profile that says it */
};
struct comparison {
    SLICE(struct difference) gains, loses, other;
};

void compare_profiles(struct subject *old, struct subject *new, struct comparison *ret);
