/* What verbs report on standard output: tables, JSON, colours, and the error when it could not be written. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

enum level { LEVEL_ERROR, LEVEL_WARNING };

/* --log-level; NULL is `warning`. */
int output_level(const char *name, enum level *ret, struct error *err);

/* Before the first use: --no-color. */
void output_set_color(bool wanted);
/* A terminal that wants colours, and nobody said otherwise (--no-color, NO_COLOR). */
bool output_color(FILE *stream);

/* Flushes and closes standard output: a full disk or a closed pipe is an error of the verb that reports. */
int output_close(struct error *err);

struct output_cell {
    const char *text; /* NULL: none; null in JSON */
    bool is_bool, truth;
    bool is_number;          /* `text` is one: so in JSON */
    const char *const *list; /* words, ends with NULL: a list in JSON, with commas between elsewhere */
};

struct output_table {
    const char *const *columns; /* their JSON names; in capitals the heads of the table */
    size_t column_count;
    SLICE(struct output_cell) cells; /* row by row */
};

/* `format`: NULL or "table"; "json": an array of objects; or columns by name with commas between: those, with tabs, no head. */
int output_table(const struct output_table *table, const char *format, struct error *err);
