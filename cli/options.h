/* Options are rows. From the same rows come the parser, --help, the completions and the OPTIONS section of the manual. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What --set, and every option that is short for one, adds to the profile. */
struct settings {
    struct strings set;   /* "KEY=VALUE", VALUE is YAML */
    struct strings typed; /* at the same place: the option as it was typed, for errors; NULL: not an option */
};

/* All that can be said on the command line. A verb reads the fields that its rows fill. */
struct options {
    const char *state, *data, *log_level;
    bool no_color, version, help;

    const char *profile;
    struct settings settings;
    struct strings params;
    bool trust;

    const char *name;
    bool detach, remove, dry_run;

    const char *format;

    struct strings formats; /* of lint: "FORM" or "FORM=FILE" */
    const char *fail_on, *config, *baseline;
    bool fix, unsafe;
    bool why;  /* of run and score */
    bool host; /* of score */
    const char *kernel, *from;

    const char *wrong; /* the word in which options_parse found a mistake */
};

enum option_kind {
    OPTION_FLAG,    /* bool: true from then on */
    OPTION_TEXT,    /* const char *: may be given once */
    OPTION_LIST,    /* struct strings: one more each time */
    OPTION_SETTING, /* struct settings: what `setting` makes of the argument */
};

struct option_row {
    const char *name;     /* without the dashes */
    char letter;          /* its short form, or 0 */
    const char *argument; /* as --help names it; NULL: takes none */
    const char *help;     /* one line, for --help and the manual */
    const char *more;     /* more sentences in scdoc, for the manual only; may be NULL */
    const char *complete; /* words to offer; "@file" "@directory" "@profile" "@user" "@rule" for those; NULL: nothing */
    enum option_kind kind;
    size_t offset; /* in struct options */
    /* "KEY=VALUE" for the argument (NULL for a flag), in the arena; NULL with an error where it is not of the form. */
    char *(*setting)(struct arena *arena, const char *argument, struct error *err);
};

struct option_group {
    const char *title;
    const struct option_row *rows;
    size_t count;
};

/* Reads options up to the first word that is none, which belongs to somebody else, or to and with "--". Returns the index of
 * the first word that was not read, or -1. `groups` ends with NULL. argv[0] is not read. */
int options_parse(const struct option_group *const *groups, int argc, char **argv, struct arena *arena, struct options *ret,
                  struct error *err);

/* The row that "--name" or "-n" names, or NULL. */
const struct option_row *options_find(const struct option_group *const *groups, const char *typed);

/* Each group with its title, for --help. */
void options_help(FILE *stream, const struct option_group *const *groups, bool color);
