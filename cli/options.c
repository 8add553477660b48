#include "cli/options.h"

#include "base/text.h"

#include <getopt.h>
#include <string.h>

#define MAX_OPTIONS 64
#define FIRST_VALUE 256 /* what getopt returns for row N is FIRST_VALUE + N: beyond every letter */

/* All groups as one array, and what getopt_long wants to know of them. */
struct table {
    const struct option_row *rows[MAX_OPTIONS];
    size_t count;
    struct option long_options[MAX_OPTIONS + 1];
    char letters[2 * MAX_OPTIONS + 3];
};

static void table_init(struct table *table, const struct option_group *const *groups)
{
    *table = (struct table){ 0 };
    for (; *groups; groups++)
        for (size_t i = 0; i < (*groups)->count && table->count < MAX_OPTIONS; i++)
            table->rows[table->count++] = &(*groups)->rows[i];

    char *letter = table->letters;
    *letter++ = '+'; /* stop at the first word that is no option: what follows is the command's, dashes and all */
    *letter++ = ':'; /* a missing argument is told from an unknown option, and getopt prints nothing itself */
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = table->rows[i];
        table->long_options[i] = (struct option){ .name = row->name,
                                                  .has_arg = row->argument ? required_argument : no_argument,
                                                  .val = FIRST_VALUE + (int)i };
        if (row->letter) {
            *letter++ = row->letter;
            if (row->argument)
                *letter++ = ':';
        }
    }
}

static const struct option_row *table_row(const struct table *table, int value)
{
    if (value >= FIRST_VALUE && (size_t)(value - FIRST_VALUE) < table->count)
        return table->rows[value - FIRST_VALUE];
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i]->letter && table->rows[i]->letter == value)
            return table->rows[i];
    return NULL;
}

const struct option_row *options_find(const struct option_group *const *groups, const char *typed)
{
    struct table table;
    table_init(&table, groups);
    if (typed[0] == '-' && typed[1] && typed[1] != '-')
        return table_row(&table, (unsigned char)typed[1]);
    size_t length = strcspn(typed, "=");
    for (size_t i = 0; i < table.count; i++) {
        const char *name = table.rows[i]->name;
        if (length == strlen(name) + 2 && strncmp(typed, "--", 2) == 0 && strncmp(typed + 2, name, length - 2) == 0)
            return table.rows[i];
    }
    return NULL;
}

static int unknown(const struct table *table, const char *typed, struct error *err)
{
    if (strncmp(typed, "--", 2) != 0)
        return error_set(err, "unknown option '-%c'", optopt);
    size_t length = strcspn(typed, "=");
    char word[64];
    const char *names[MAX_OPTIONS], *nearest = NULL;
    for (size_t i = 0; i < table->count; i++)
        names[i] = table->rows[i]->name;
    if (length - 2 < sizeof word) {
        memcpy(word, typed + 2, length - 2);
        word[length - 2] = '\0';
        nearest = text_nearest(word, names, table->count);
    }
    if (nearest)
        return error_set(err, "unknown option '%.*s', did you mean '--%s'?", (int)length, typed, nearest);
    return error_set(err, "unknown option '%.*s'", (int)length, typed);
}

/* getopt_long takes any unambiguous start of a name. A script that relied on it would break with the next option. */
static int check_whole(const struct option_row *row, const char *typed, struct error *err)
{
    if (strncmp(typed, "--", 2) != 0 || strcspn(typed + 2, "=") == strlen(row->name))
        return 0;
    return error_set(err, "unknown option '%.*s', did you mean '--%s'?", (int)strcspn(typed, "="), typed, row->name);
}

static void add_setting(struct arena *arena, struct settings *settings, const struct option_row *row, const char *argument,
                        char *setting)
{
    *SLICE_PUSH(arena, &settings->set) = setting;
    *SLICE_PUSH(arena, &settings->typed) =
        argument ? arena_printf(arena, "--%s %s", row->name, argument) : arena_printf(arena, "--%s", row->name);
}

static int store(const struct option_row *row, struct arena *arena, const char *argument, struct options *options,
                 struct error *err)
{
    void *field = (char *)options + row->offset;
    if (argument && !argument[0])
        return error_set(err, "option '--%s' is given an empty %s", row->name, row->argument);
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_TEXT:
        if (*(const char **)field)
            return error_set(err, "option '--%s' is given twice", row->name);
        *(const char **)field = argument;
        return 0;
    case OPTION_LIST:
        *SLICE_PUSH(arena, (struct strings *)field) = arena_strdup(arena, argument);
        return 0;
    case OPTION_SETTING: {
        char *setting = row->setting(arena, argument, err);
        if (!setting)
            return error_context(err, "--%s", row->name);
        add_setting(arena, field, row, argument, setting);
        return 0;
    }
    }
    return error_set(err, "option '--%s' has no place", row->name);
}

static int missing_argument(const struct option_row *row, struct error *err)
{
    error_set(err, "option '--%s' needs a value: %s", row->name, row->argument);
    return error_help(err, "--%s %s: %s", row->name, row->argument, row->help);
}

static int read_one(const struct table *table, int value, const char *typed, struct arena *arena, struct options *options,
                    struct error *err)
{
    const struct option_row *row = table_row(table, value == '?' || value == ':' ? optopt : value);
    if (!row)
        return unknown(table, typed, err);
    if (check_whole(row, typed, err) < 0)
        return -1;
    if (value == ':')
        return missing_argument(row, err);
    if (value == '?')
        return error_set(err, "option '--%s' takes no value", row->name);
    return store(row, arena, optarg, options, err);
}

int options_parse(const struct option_group *const *groups, int argc, char **argv, struct arena *arena, struct options *ret,
                  struct error *err)
{
    struct table table;
    table_init(&table, groups);
    optind = 0; /* glibc: start anew, the order rule included */
    opterr = 0;
    for (;;) {
        int at = optind ? optind : 1;
        int value = getopt_long(argc, argv, table.letters, table.long_options, NULL);
        if (value == -1)
            return optind;
        if (read_one(&table, value, argv[at], arena, ret, err) < 0) {
            ret->wrong = argv[at];
            return -1;
        }
    }
}

/* --- help --------------------------------------------------------------------------------------------------------- */

static int row_width(const struct option_row *row)
{
    return (int)(strlen(row->name) + (row->argument ? 1 + strlen(row->argument) : 0));
}

void options_help(FILE *stream, const struct option_group *const *groups, bool color)
{
    int widest = 0;
    for (const struct option_group *const *group = groups; *group; group++)
        for (size_t i = 0; i < (*group)->count; i++)
            if (row_width(&(*group)->rows[i]) > widest)
                widest = row_width(&(*group)->rows[i]);
    for (; *groups; groups++) {
        fprintf(stream, "\n%s%s:%s\n", color ? "\033[1m" : "", (*groups)->title, color ? "\033[0m" : "");
        for (size_t i = 0; i < (*groups)->count; i++) {
            const struct option_row *row = &(*groups)->rows[i];
            if (row->letter)
                fprintf(stream, "  -%c, ", row->letter);
            else
                fputs("      ", stream);
            fprintf(stream, "--%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
            fprintf(stream, "%*s  %s\n", widest - row_width(row), "", row->help);
        }
    }
}
