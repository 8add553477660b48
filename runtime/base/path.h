/* Names below a root that somebody else may have prepared, or is changing right now. */
#pragma once
#include "base/error.h"

#include <stdbool.h>

enum path_links {
    PATH_LINKS_INSIDE, /* links are followed as a process inside would, and never lead out */
    PATH_LINKS_NONE,   /* a link anywhere on the way is ELOOP */
};

/* Whether it says where it leads: absolute, and without "//", ".", ".." and a slash at its end. */
bool path_is_normal(const char *path);
/* Whether it is `folder` or lies below it, by the names alone: both absolute, or both below the same root, which is "". */
bool path_is_below(const char *path, const char *folder);

/* An O_PATH descriptor of `path` below `root`, or -1 with errno. */
int path_open(int root, const char *path, enum path_links links);
/* The same for reading, without waiting for whoever has the other end of a pipe. What it is must be looked at. */
int path_open_to_read(int root, const char *path);
/* An O_PATH descriptor, after making what is missing: folders on the way (0755), and at the end a folder or an empty file. */
int path_make(int root, const char *path, bool file, enum path_links links);
