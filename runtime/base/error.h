/* An error is a sentence, the place in a file that asked for what failed, the kernel's reason and what to do about it.
 *
 * It is made where the facts are known, with one line that also returns -1:
 *     return error_errno(err, errno, "mount %s", path);
 * gains context on the way up, and is printed once, at the top. Functions that can fail take `struct error *err` last
 * and return < 0 after filling it. An error that is already set is never overwritten: the first one is the cause. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

#define EXIT_CANNOT_START 125 /* exit statuses of `run` (cli.md) */
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127

/* Where a value was written. The strings belong to whoever read the file and outlive every error about it. */
struct source {
    const char *file; /* NULL: nowhere, a default; "--set" and the like for the command line */
    int line, column; /* from 1; 0 where there is none (command line) */
};

struct error {
    int code;   /* an errno, or 0 where no call failed */
    int status; /* the exit status that this should lead to, or 0 for the verb's usual one */
    char *file; /* the place, copied: an error may cross processes */
    int line, column;
    char *message, *note, *help; /* owned; NULL where not set */
};

/* Each returns -1. */
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "MESSAGE: the kernel's reason in words"; `code` is an errno. */
int error_errno(struct error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "CONTEXT: " before the sentence. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_note(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_help(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_at(struct error *err, struct source at);

/* The last call that the kernel, or a filter around us, was found not to have: base/syscalls.h sets it. NULL: none. An error of
 * ENOSYS names it, since "function not implemented" tells nobody what to look for. */
extern const char *error_missing_call;

static inline bool error_is_set(const struct error *err) { return err->message != NULL; }
void error_fini(struct error *err);
/* Empties `from` into `to`. */
void error_move(struct error *to, struct error *from);

/* FILE:LINE:COLUMN: error: …, or cordon: …; then the source line with a caret, note: and help:. Control characters and
 * bidirectional marks from outside are shown escaped, whatever string they came in. */
void error_print(FILE *stream, const struct error *err, const char *severity);

/* The line of a file with a caret under the column; nothing where it cannot be read. */
void error_print_place(FILE *stream, struct source at);

/* Many errors of one file, reported together. */
struct errors {
    struct error *items;
    size_t count, room;
};
struct error *errors_add(struct errors *errors);                                    /* a new empty one, to fill */
void errors_print(FILE *stream, const struct errors *errors, const char *severity); /* in order of place */
void errors_fini(struct errors *errors);
