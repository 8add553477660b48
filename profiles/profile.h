/* From a profile's name or path, and the options given beside it, to a spec. */
#pragma once
#include "base/passwd.h"
#include "spec/spec.h"

/* A text that took part in a profile, and the entry of an `extends` that brought it in ({NULL}: it was asked for). */
struct profile_origin {
    const char *file, *folder;
    struct source by;
};

/* For who only reads profiles: whose the files are does not matter then, what acts on the host is accepted, and a value of
 * which a part is known only at a run (a param without a default, ${instance}, ${env:…}) stays unread instead of being a
 * mistake. */
struct profile_reading {
    bool broken;                   /* some text could not be read to its end */
    const char *instead_of, *text; /* a file, by the name it is shown by, and what is read as its text; NULL: none */
    size_t length;
    SLICE(struct profile_origin) origins;
};

struct profile_request {
    const char *profile;             /* a path (holds '/' or ends in .yaml) or a name; NULL: "default" */
    struct strings set;              /* each "KEY=VALUE", "+KEY=VALUE" or "-KEY=VALUE"; VALUE is YAML; applied last, in order */
    struct strings params;           /* each "NAME=VALUE" */
    const char *instance;            /* what ${instance} is; NULL: not an instance */
    bool trust;                      /* --trust: what acts on the host is accepted from outside the search path */
    struct profile_reading *reading; /* NULL: it is read to be run */
};

/* Reads, merges, expands and checks. Returns 0 and *ret, or -1 with every mistake in `errors`. Notices (a name that hides one
 * further down) go to `notices`. */
int profile_load(struct arena *arena, const struct profile_request *request, const struct caller *caller, struct spec **ret,
                 struct errors *errors, struct errors *notices);

/* "not available yet", at its place, for each key of the spec that `run` does not act on yet. 0 where there is none. */
int profile_check_available(const struct spec *spec, struct errors *errors);

/* The path and what it is of every profile that a name would find, in the order of the search; shadowed ones marked. */
struct profile_listing {
    const char *name, *path, *description;
    bool shadowed;
};
struct profile_list {
    SLICE(struct profile_listing) profiles;
};
int profile_list(struct arena *arena, struct profile_list *ret, struct error *err);
bool profile_exists(const char *name); /* for the hint `did you mean -p NAME` */

/* The merged profile as YAML, each value with its origin as a comment. */
void profile_show(FILE *stream, const struct spec *spec);
/* The JSON Schema of the language, and the key reference of cordon-profile(5) in scdoc, both from the rows. */
void profile_schema(FILE *stream);
void profile_reference(FILE *stream);
/* A text so that scdoc shows it as it is. */
void profile_reference_text(FILE *stream, const char *text);
