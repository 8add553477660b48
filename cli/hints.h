/* What to say to somebody who typed something that is not there. */
#pragma once
#include "cli/verb.h"

/* Each prints the error with the best help there is, and returns the exit status. */
int hint_unknown_verb(const char *word);
int hint_wrong_global_option(struct error *err, const char *typed, char **words);
int hint_wrong_option(struct error *err, const struct verb *verb, const char *typed);
int hint_wrong_count(const struct verb *verb, int count);

/* Whether a command that was not found is rather meant as a profile. */
bool hint_is_profile(const char *word);
