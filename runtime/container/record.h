/* What is known of a container while it runs: one file in the state folder, NAME.json, written once and taken away at the end.
 *
 * Its writer holds a lock on it, which the kernel lets go however the writer ends: a record without one is of a launcher that
 * was killed, its container with it, and whoever comes by takes it away. */
#pragma once
#include "plan/steps.h"

#define RECORD_NAME_MAX 96

struct record {
    int folder, file;           /* -1: there is none */
    char name[RECORD_NAME_MAX]; /* the container's: as --name says, else the profile's name with six digits of the id */
};

/* Once the container's first process is there. `profile`: as it was asked for. Where the state folder cannot be written (a user
 * without a home) the run goes on without a record. */
void record_begin(struct record *record, const struct plan *plan, const char *profile, pid_t pid);
void record_end(struct record *record);

struct record_list {
    struct strings texts; /* JSON, one a container that runs */
};
/* Of all containers, or of the one called `name`, below the state folder; stale ones are removed on the way. */
int record_list(struct arena *arena, const char *state, const char *name, struct record_list *ret, struct error *err);
/* Whether the launcher of this container still holds its record. */
bool record_is_held(const char *state, const char *name);
