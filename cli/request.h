/* From a command line to a spec: what run, plan and show have in common. */
#pragma once
#include "cli/verb.h"
#include "spec/spec.h"

struct caller;

/* The profile with everything the options add, and `words` (may be empty) in place of its command. NULL after every mistake was
 * printed. `available`: what is not built yet is a mistake. */
struct spec *request_load(struct command *command, const char *profile, char **words, const struct caller *caller,
                          bool available);

/* Where an error is about a setting, it names the option as it was typed instead. */
void request_name_option(struct command *command, struct error *err);

/* What `run` cannot do yet, and `plan` with it. */
int request_check(struct command *command, struct error *err);
