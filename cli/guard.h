/* What is looked at before anything else: how the program was started. */
#pragma once
#include "base/error.h"

/* Descriptors 0, 1 and 2 that are closed are taken by /dev/null, so that no file opened later becomes one of them. */
int guard_standard_files(struct error *err);

/* Refuses to run with more than its caller has: set-id bits or file capabilities on the program's file. */
int guard_privileges(struct error *err);

/* For what is about to run inside: a directory among 0, 1 and 2 would be a way out of its root. */
int guard_no_directory(struct error *err);
