/* Mending a profile by changing its text in as few bytes as can be: comments, order and style stay. */
#pragma once
#include "profiles/lint/layout.h"
#include "profiles/lint/lint.h"

#include <stdio.h>

struct subject;

/* Fills finding->fix where there is one. */
void fix_find(struct subject *s, struct finding *finding);

/* What a fix replaces: [start, end) by `with`. False where the text does not allow it in one piece. */
struct edit {
    uint32_t start, end;
    const char *with;
};
bool fix_edit(const struct layout *layout, const struct fix *fix, struct edit *ret);

/* One fix after the other on the text of `profile`'s own file, each judged by linting again: it must take findings away and add
 * none. `unsafe`: also those that take something from the program. */
struct fixed {
    const char *file, *before, *after; /* file NULL: there is none to change */
    size_t count;                      /* of fixes that were made */
};
void fix_profile(const struct lint *lint, const char *profile, bool unsafe, const char *text, struct fixed *ret);

/* Replaces the file at once, with its mode and owner, if it still says what it did. */
int fix_write(struct arena *arena, const struct fixed *fixed, struct error *err);

/* Both as a unified diff; nothing where they are equal. */
void fix_diff(FILE *stream, struct arena *arena, const char *file, const char *before, const char *after);
