/* The linter: what a profile lets an attacker do, and where it says so. The rules are rows (catalogue.h); each is a condition
 * over one loaded profile, made of atoms (subject.h). Nothing here looks at the machine or starts anything. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/passwd.h"
#include "spec/spec.h"

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_ERROR, SEVERITY_COUNT };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
extern const char severity_names[SEVERITY_COUNT][8], confidence_names[3][8];
/* -1: no such word. */
int severity_find(const char *name);

/* --- the catalogue ------------------------------------------------------------------------------------------------ */

/* By number; a number may change from one version to the next, an id never. */
typedef unsigned rule_number;
#define RULE_NONE ((rule_number)-1)

struct rule {
    const char *id;     /* begins with the name of its family */
    const char *family; /* "capabilities" */
    enum severity severity;
    enum confidence confidence;
    const char *refs;   /* attack cases and CVEs, and "start" where what fails is the start */
    const char *title;  /* goes on after "KEY: VALUE: "; no full stop */
    const char *reason; /* sentences: what an attacker gains, and when that has happened */
    const char *remedy; /* one sentence in the imperative, without its full stop */
    const char *fires;  /* a profile without its first line in which it fires, */
    const char *quiet;  /* and the like in which it does not; both NULL for what is found while reading */
};
extern const rule_number rule_count;
struct rule rule_get(rule_number number);
rule_number rule_find(const char *id);

/* --- findings ----------------------------------------------------------------------------------------------------- */

enum fix_kind { FIX_NONE, FIX_SET, FIX_REMOVE, FIX_RENAME };

/* One change of the text that takes the finding away (fix.c). */
struct fix {
    enum fix_kind kind;
    struct source at;  /* of the value that is set or removed with its key, or of the key that is renamed */
    const char *value; /* YAML in one line; the new key */
    bool safe;         /* it takes nothing that the program could use */
};

struct finding {
    rule_number number; /* RULE_NONE: a rule of the user's own */
    const char *rule;
    enum severity severity;
    enum confidence confidence;
    const char *profile; /* as it was asked for */
    struct source at;    /* in the file that says it, which may be one that the profile extends */
    const char *key;     /* NULL: none */
    const char *message; /* one sentence, without the key */
    const char *reason, *remedy;
    struct source with; /* what it combines with */
    const char *with_key;
    struct strings chain; /* how the file came in: "FILE:LINE:COLUMN", the nearest first */
    struct fix fix;
    const char *suppressed; /* the reason that was given; NULL: it stands */
    bool in_baseline;       /* suppressed by that, and not by a comment of the profile */
};

/* How far somebody gets who runs code inside (score.c). */
#define SCORE_PATHS 9
#define SCORE_REASONS 3 /* of them, where not all are asked for */
struct score_path {
    const char *name;  /* the way; NULL: it is closed */
    double gain, open; /* what it ends in, and how open it is: both 0 to 1 */
    const char *key, *because;
    struct source at;
};
struct score {
    const char *profile;                  /* NULL: none could be judged */
    int exposure;                         /* 0 to 100 */
    struct score_path paths[SCORE_PATHS]; /* the widest first */
};

struct lint_config;

struct lint {
    struct arena *arena;
    const struct caller *caller;
    const struct lint_config *config; /* NULL: none */
    const char *today;                /* "2026-11-25": for suppressions that end */
    /* Not NULL: what is judged as the text of this file, instead of what is in it. */
    const char *instead_of, *text;
    size_t length;
    const struct strings *params; /* of --param */
    SLICE(struct finding) findings;
    struct score score; /* of the profile that is the most exposed */
    bool unreadable;    /* a file could not be read to its end: its findings are not all */
    size_t adjusted;    /* how many the configuration ignores, or gives another severity */
};

/* What is in a file, or stands for it; NULL where it cannot be read. */
const char *lint_text(const struct lint *lint, const char *file, size_t *ret_length);

/* Adds what is to be said about one profile, mistakes included, in the order of places. */
void lint_profile(struct lint *lint, const char *profile);
