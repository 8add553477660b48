/* What the profile names of the host, opened with the rights of the process that asks. Links on the way lead on, as for
 * everybody, but for those that lie in a folder which the profile lets be written to: the app could have left one there, in an
 * earlier run, to be shown something else in this one. Such a link is an error. */
#pragma once
#include "plan/plan.h"

/* An O_PATH descriptor, or -1 with err->code. */
int source_open(const struct plan *plan, const char *path, struct error *err);
/* The same, cloned with all that is mounted below it. */
int source_clone(const struct plan *plan, const char *path, struct error *err);
