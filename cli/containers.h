/* The containers that run, for the verbs that look at them. */
#pragma once
#include "cli/verb.h"

#include <json-c/json.h>

struct container_view {
    struct json_object *record; /* as container/record.c wrote it; NULL where it is no more */
    const char *state;          /* cli.md */
    struct json_object *applied;
};

struct container_views {
    SLICE(struct container_view) items;
};

/* All, or the one called `name`; `applied`: also what the kernel says. */
int containers_look(struct command *command, const char *name, bool applied, struct container_views *ret, struct error *err);
void containers_fini(struct container_views *views);
/* When it was started, as 2026-11-25T12:30:00Z. */
char *container_started(struct arena *arena, const struct container_view *view);
/* A text of the record, or NULL. */
const char *container_text(const struct container_view *view, const char *key);
