/* Exposure: how far somebody gets who runs code inside. */
#pragma once
#include "profiles/lint/subject.h"

/* Scores the profile, and keeps that in *ret where it is more exposed than what is there. */
void score_profile(struct subject *s, struct score *ret);

/* The formula and the ways, for `cordon score --why` and the manual. */
extern const char score_formula[];

/* The oldest kernel on which what the profile asks for can be done. */
struct kernel_need {
    int major, minor;
    const char *key, *what;
};
/* Fills at most `room`, newest first. Returns how many. */
size_t score_kernel_needs(struct subject *s, struct kernel_need *ret, size_t room);
