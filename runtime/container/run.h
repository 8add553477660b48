/* `cordon run` in the foreground: plan, launch, supervise, clean up. */
#pragma once
#include "spec/spec.h"

struct caller;

struct run_settings {
    const char *state;   /* the state folder (cli.md), or NULL for the default */
    const char *data;    /* the data folder, or NULL */
    const char *profile; /* as it was asked for, or NULL: for the record */
};

/* Returns the exit status for the shell. An error is in err, and then the status is that of cli.md (125, 126, 127). */
int container_run(const struct spec *spec, const struct caller *caller, const struct run_settings *settings, struct error *err);
