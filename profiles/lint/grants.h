/* What a profile lets a program do, as a list of sentences, for the comparison of two. */
#pragma once
#include "profiles/lint/subject.h"

enum grant_kind {
    GRANT_WORDS, /* the same sentence, or not there */
    GRANT_READ,  /* a path of the host: of the one above everything below */
    GRANT_WRITE,
    GRANT_EXECUTE,
    GRANT_HIDDEN, /* a path that does not show: more of it is less */
    GRANT_PATHS,  /* a path inside, of paths.read, .write and .execute */
    GRANT_CALL,   /* a system call, in `path`, for some arguments */
};

struct grant {
    enum grant_kind kind;
    const char *what, *key, *path;
};
struct grants {
    struct subject *s;
    SLICE(struct grant) list;
};

struct grants grants_of(struct subject *s);
