/* What other programs contain applications by, as a profile: a firejail profile, a command line of bubblewrap, a systemd unit.
 * What has no counterpart, or only one that is near, is told and never left out in silence. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>
#include <stdio.h>

enum import_kind { IMPORT_UNKNOWN, IMPORT_FIREJAIL, IMPORT_BWRAP, IMPORT_SYSTEMD };

/* How much of what was said came over. */
enum import_loss { IMPORT_NEAR, IMPORT_LOST };

struct import_note {
    enum import_loss loss;
    const char *file; /* NULL: of the command line */
    int line;
    const char *text;
};

struct import_entry {
    const char *key; /* "app.workdir" */
    bool list;
    struct strings values; /* YAML, each in one line */
};

struct import {
    struct arena *arena;
    const char *name; /* of the profile; NULL: the reader of it chooses */
    const char *file;
    int line;
    SLICE(struct import_entry) entries;
    SLICE(struct import_note) notes;
};

enum import_kind import_kind_of(const char *file, const char *text); /* by the name, then by what is in it */
enum import_kind import_kind_find(const char *word);

void import_firejail(struct import *import, const char *file, const char *text);
void import_bwrap(struct import *import, char **words); /* what follows the program's name */
void import_systemd(struct import *import, const char *file, const char *text);

/* A name that a profile can have, from that of a file or program. NULL: none of its letters can be in one. */
const char *import_name(struct arena *arena, const char *path);

/* The words of a command line as a shell would split it; quotes and backslashes, no expansions. */
char **import_words(struct arena *arena, const char *text);

/* Tells which of its keys `run` refuses in this version. Once, when all has been taken over. */
void import_check_available(struct import *import);

/* The profile, with the notes as comments at its head. */
void import_print(FILE *stream, const struct import *import);

/* --- for the readers ---------------------------------------------------------------------------------------------- */
void import_set(struct import *import, const char *key, const char *yaml);    /* the last one counts */
void import_add(struct import *import, const char *key, const char *yaml);    /* one item more, unless it is there */
void import_append(struct import *import, const char *key, const char *yaml); /* also where it is there */
bool import_has(const struct import *import, const char *key);
void import_drop(struct import *import, const char *key);
void import_note(struct import *import, enum import_loss loss, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A text as YAML that is read as just this text: quoted where it must be, ${ kept. import_path: where ${home} and the like are
 * meant to be expanded. */
const char *import_text(struct import *import, const char *text);
const char *import_path(struct import *import, const char *path);
/* A folder in memory, in place of what was mounted there. `more`: further keys. */
void import_tmpfs(struct import *import, const char *at, const char *size, const char *more);
/* A bind; unless the path cannot be one, which is told. `more`: further keys, ", write: true". */
void import_bind(struct import *import, const char *source, const char *at, const char *more);
/* Takes the right to write from what is bound there. False where nothing is. */
bool import_write_not(struct import *import, const char *at);
bool import_mounts(struct import *import, const char *at); /* anything, at this place */
/* Whether that path of the host shows at the same place. */
bool import_shows(struct import *import, const char *path);
/* Whether that path, absolute, is of the system that a root from the host shows: what it is not to show is root.hide's. */
bool import_system_shows(const char *path);
/* Hides a path if what was taken over so far shows it: ask when all has been. `more` as above. */
void import_hide(struct import *import, const char *path, const char *more);
