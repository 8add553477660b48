/* From names to files, and from files to one merged tree. */
#pragma once
#include "base/node.h"
#include "base/passwd.h"
#include "profiles/profile.h"

#include <sys/types.h>

#define BUILT_IN_FOLDER "(built in)"
#define MOST_MISTAKES 100 /* beyond that, nobody reads on */

/* One text that took part: a file, or one --set. */
struct profile_file {
    const char *name;   /* as errors show it; source.file of what was written in it is this very pointer */
    const char *folder; /* absolute; relative paths written in it begin here */
    bool trusted;       /* from the search path, or compiled in */
    struct source by;   /* the entry of an `extends` that named it first */
    dev_t device;
    ino_t inode;
};

struct loader {
    struct arena *arena;
    const struct profile_request *request;
    const struct caller *caller;
    struct errors *errors, *notices;
    struct strings search;            /* the folders, in order */
    SLICE(struct profile_file) files; /* in the order they were opened; the profile asked for is the first */
    struct node *tree;                /* merged so far */
    size_t values;                    /* in all files so far */
    bool broken;                      /* some text could not be read to its end */
};

/* The folder that relative paths in `file` begin at. `loader` is the context of walks. */
const char *profile_folder(const struct loader *loader, const char *file);
const struct profile_file *profile_file(const struct loader *loader, const char *name);

/* The folders that names are looked up in. */
void search_path(struct arena *arena, uid_t uid, const char *home, struct strings *ret);

/* Reads the profile asked for and what it extends into loader->tree. -1: nothing to go on with. */
int load_profile(struct loader *loader);

/* The built-in text of a profile, or NULL. */
const char *built_in_profile(const char *name, size_t *ret_length);
const char *built_in_name(size_t index); /* NULL: there are no more */

/* Puts `above` over `below` (NULL: nothing) by the merge rules; keys come out plain, without + or -. */
struct node *merge_profiles(struct arena *arena, struct errors *errors, struct node *below, struct node *above);

/* One layer from a "KEY=VALUE" of --set. NULL after an error. */
struct node *layer_from_set(struct loader *loader, const char *text);

/* Whether --param fits what the merged profile declares. */
void check_params(struct loader *loader);

/* Expands ${...} in every value of the tree but params and name; or, where it is a scalar, in this one. `name` is what ${name}
 * stands for; NULL while the name itself is expanded. */
void expand_profile(struct loader *loader, const char *name, struct node *tree);

/* Refuses what acts on the host where the file that says it is not trusted. */
void check_host_keys(struct loader *loader);

/* What concerns several keys at once; where one of two keys that must agree is not said, it follows the other. */
void validate_profile(struct loader *loader, struct spec *spec);
