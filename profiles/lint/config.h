/* .cordon-lint.yaml: severities of rules, and rules of the user's own, without a line of code. */
#pragma once
#include "profiles/lint/lint.h"

#define SEVERITY_IGNORED (-1)

struct rule_setting {
    const char *id;
    int severity; /* or SEVERITY_IGNORED */
};

/* "Each value of KEY that …": of several conditions all must hold. */
struct own_rule {
    const char *id, *key, *message, *remedy;
    int severity;
    struct strings is, is_not, matches, matches_not; /* one of them, none of them; the same with patterns */
    const char *above, *below;                       /* each an amount */
    bool absent, present;
};

/* What can be above or below another: a number, with a sign and a fraction or as a size, or a time. */
struct amount {
    double value; /* a time in milliseconds; "unlimited" is more than any */
    bool time;
};
/* Of "SOFT:HARD" the hard one, since that far a program goes by itself. False: the text is none. */
bool amount_read(const char *text, struct amount *ret);

struct lint_config {
    SLICE(struct rule_setting) rules;
    SLICE(struct own_rule) own;
    const char *fail_on;
};

/* 0; -1 with every mistake in `errors`. */
int lint_config_read(struct arena *arena, const char *file, struct lint_config *ret, struct errors *errors);
bool lint_config_has(const struct lint_config *config, const char *id); /* a rule of the user's own */

/* Findings that are in a report of `--format json` already are suppressed, each of them once. */
int lint_baseline(struct lint *lint, const char *file, struct error *err);
