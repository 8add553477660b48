/* A verb is a file and a row. From the rows come --help, the completions and the synopsis of the manual. */
#pragma once
#include "cli/options.h"

struct command {
    const struct verb *verb;
    struct arena *arena;
    struct options options;
    char **arguments; /* what follows the options; ends with NULL */
    int count;
};

struct verb {
    const char *name;
    const char *arguments; /* as the synopsis names them */
    const char *summary;   /* one line */
    const char *complete;  /* of the arguments, as in struct option_row; "@command" for a command line */
    const struct option_group *const *options;
    int least, most; /* arguments; most -1: any number */
    bool runs;       /* every failure of its own ends with 125: other statuses are the command's (cli.md) */
    bool hidden;     /* not listed: for the build only, or not available yet */
    int (*handler)(struct command *command); /* the exit status; NULL: a word of the language that is not available yet */
    bool mixed;                              /* options may also stand after and between its arguments */
};

extern const struct verb verbs[]; /* ends with a NULL name */
extern const struct option_group *const global_options[];

const struct verb *verb_find(const char *name);
int verb_usage_status(const struct verb *verb);   /* the command line is wrong */
int verb_failure_status(const struct verb *verb); /* it could not be done */

/* Prints the error and returns the status that it wants, or else `status`. */
int verb_fail(struct error *err, int status);

void verb_help(FILE *stream, const struct verb *verb);

int cmd_run(struct command *command);
int cmd_plan(struct command *command);
int cmd_show(struct command *command);
int cmd_schema(struct command *command);
int cmd_profiles(struct command *command);
int cmd_doctor(struct command *command);
int cmd_ps(struct command *command);
int cmd_inspect(struct command *command);
int cmd_completions(struct command *command);
int cmd_lint(struct command *command);
int cmd_score(struct command *command);
int cmd_diff(struct command *command);
int cmd_import(struct command *command);
int cmd_explain(struct command *command);
int cmd_manual(struct command *command);
