/* The table walker: rows say which keys a map has, what form each value takes and where it goes in a struct. One walk fills
 * the struct and collects every mistake; the same rows give the schema, the manual and the merge rules. */
#pragma once
#include "base/node.h"

#include <stddef.h>

struct form;

/* One walk over one tree. */
struct walk {
    struct arena *arena;
    struct errors *errors;
    const void *context;    /* of whoever wrote the forms */
    const struct form *top; /* for finding where a key that is out of place belongs; may be NULL */
    char path[256];         /* "mounts[2].at", as node_find takes it */
};

struct alias {
    const char *word, *meant;
};

struct word {
    const char *text;
    int value;
    bool later; /* part of the language, but `run` does not act on it yet */
};

enum scalar_type { SCALAR_STRING, SCALAR_INTEGER, SCALAR_NUMBER, SCALAR_BOOLEAN };

/* What one value may look like: a scalar, a list, a map, or several of these. */
struct form {
    const char *is; /* "a size: 512K, 64M, 2G or bytes"; ends a sentence that begins "'x' is not" */
    size_t size;    /* of the field that it fills; 0: it is only checked */

    /* A scalar: parsed, or one of some words (whose value is stored as an int at the start of the field), or both: words first.
     * parse returns -1 where the text is not of the form, and 0 else, also where it reported something better itself. */
    int (*parse)(struct walk *walk, struct node *node, void *ret);
    const struct word *words; /* ends with one without text */
    enum scalar_type type;
    const char *pattern;                      /* for the schema: an ECMA regular expression */
    bool (*later)(const struct node *scalar); /* `run` does not act on this value yet */
    const char *not_yet;                      /* which those are, for readers */
    bool (*host)(const struct node *scalar);  /* this value acts on the host */

    /* A list. */
    const struct form *items;
    size_t item_size; /* of what is pushed for each; 0: each item is parsed into the list's own field (bit sets) */
    size_t items_at;  /* where in the field the SLICE is */
    const char *(*identity)(const struct node *item); /* what makes two items of a list the same thing; NULL: nothing does */

    /* A map: of known keys, or of free ones with values of one form. */
    const struct row *rows;
    size_t row_count;
    const struct alias *aliases; /* words that newcomers bring from elsewhere; ends with one without a word */
    const struct form *values, *keys;
    const char *shorthand; /* where a scalar will do as well: the key that it stands for */
    void (*entry)(struct walk *walk, struct node *entry, void *target); /* after each of the free ones */

    /* Around the parts of a list or a map: defaults before, what concerns several of them after. */
    void (*begin)(struct walk *walk, struct node *node, void *target);
    void (*finish)(struct walk *walk, struct node *node, void *target);
};

#define ROW_NOWHERE ((size_t)-1)
enum row_flags {
    ROW_REQUIRED = 1,
    ROW_LATER = 2, /* `run` does not act on it yet */
    ROW_GROWS = 4, /* a list that forbids: a layer above adds to it, and only -KEY takes away */
    ROW_HOST = 8,  /* acts on the host: only from trusted files */
};

struct row {
    const char *key;
    const struct form *form;
    size_t offset, size; /* in the struct of the map; ROW_NOWHERE: checked only */
    unsigned flags;
    const char *preset; /* the default, as one would write it; NULL: there is none, or it depends (and doc says on what) */
    const char *example;
    const char *doc; /* one or more sentences */
};
#define ROW_FIELD(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define ROWS(table) .rows = (table), .row_count = sizeof(table) / sizeof *(table)

/* Fills `target` from `node`. Mistakes go to walk->errors; what has one keeps its default. */
void rows_read(struct walk *walk, const struct form *form, struct node *node, void *target);
/* Whether rows_read would look at what is in it: it has a value, of a kind that the form takes, or has been reported. */
bool rows_takes(const struct form *form, const struct node *node);

/* The row of a key, or NULL. */
const struct row *rows_get(const struct form *form, const char *key);

/* Adds "PATH: SENTENCE" at `at`, for note and help to be added to. */
struct error *walk_error(struct walk *walk, struct source at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "unknown key 'hostnme', did you mean 'hostname'?" at the key. */
void walk_unknown_key(struct walk *walk, const struct form *form, const struct node *entry, const char *key);

/* The path, while going down: the length to come back to is returned. */
size_t walk_down_key(struct walk *walk, const char *key);
size_t walk_down_index(struct walk *walk, size_t index);
static inline void walk_up(struct walk *walk, size_t length) { walk->path[length] = '\0'; }

/* The value as one would write it in one line: "[auto]", "{a: 1}". For comparing with a default. */
const char *rows_flow(struct arena *arena, const struct node *node);
/* Which of its values, or of a list's items, `run` does not act on yet: words for a reader. NULL: there are none such. */
const char *form_not_yet(struct arena *arena, const struct form *form);
