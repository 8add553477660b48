/* The language: every key is a row (base/rows.h) in one of the fields-*.c, every kind of value a form. */
#pragma once
#include "base/rows.h"
#include "spec/spec.h"

/* A whole profile, filling struct spec. */
extern const struct form form_profile;

/* Kinds of value that several sections use (forms.c). */
extern const struct form form_text;      /* const char *; one line */
extern const struct form form_anything;  /* const char *; also several lines, also empty: arguments, values of variables */
extern const struct form form_bool;      /* bool */
extern const struct form form_size;      /* uint64_t, bytes */
extern const struct form form_time;      /* uint64_t, milliseconds */
extern const struct form form_number;    /* uint64_t */
extern const struct form form_mode;      /* unsigned, octal */
extern const struct form form_name;      /* const char *; of a container, a volume, a profile */
extern const struct form form_names;     /* struct strings of them */
extern const struct form form_path;      /* const char *; absolute and normal, inside the container */
extern const struct form form_paths;     /* struct strings of them */
extern const struct form form_host_path; /* const char *; made absolute from the folder of the file it is written in */
extern const struct form form_argv;      /* struct strings; at least a program */
extern const struct form form_texts;     /* struct strings */
extern const struct form form_word;      /* const char *; a name without spaces */

/* Sections (fields-*.c). */
extern const struct form form_app, form_params;
extern const struct form form_root, form_mounts, form_devices;
extern const struct form form_isolate, form_users, form_machine_id;
extern const struct form form_privileges, form_syscalls, form_landlock, form_label;
extern const struct form form_resources, form_limits, form_rules;
extern const struct form form_network, form_sockets, form_sysctl;
extern const struct form form_clock, form_service, form_hooks, form_log, form_secrets, form_admins, form_desktop, form_checks;

/* Helpers for parsers. */
bool forms_one_line(const char *text); /* no control characters */
bool forms_integer(const char *text, int64_t least, int64_t most, int64_t *ret);
bool forms_is_normal_path(const char *path); /* absolute; no ".", "..", doubled or trailing slash */
bool forms_is_name(const char *text);        /* [a-z0-9][a-z0-9.-]{0,62} */
bool forms_is_environment_name(const char *text);
bool forms_says_true(const struct node *map, const char *key);

/* Reports "did you mean '64M'?" for 64MB, 64MiB, 64m. False: the text is nothing of the kind. */
bool forms_suggest_size(struct walk *walk, const struct node *node);
