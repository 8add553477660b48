#include "cli/verb.h"
#include "tap.h"

#include <stdlib.h>

#define AT(field) offsetof(struct options, field)

static char *fails(struct arena *arena, const char *argument, struct error *err)
{
    if (strcmp(argument, "bad") != 0)
        return arena_printf(arena, "key=%s", argument);
    error_set(err, "'bad' is bad");
    return NULL;
}

static const struct option_row first_rows[] = {
    { "profile", 'p', "PROFILE", "which", NULL, NULL, OPTION_TEXT, AT(profile), NULL },
    { "param", 0, "N=V", "a parameter", NULL, NULL, OPTION_LIST, AT(params), NULL },
    { "rm", 0, NULL, "remove", NULL, NULL, OPTION_FLAG, AT(remove), NULL },
};
static const struct option_row second_rows[] = {
    { "detach", 'd', NULL, "detach", NULL, NULL, OPTION_FLAG, AT(detach), NULL },
    { "trust", 't', NULL, "trust", NULL, NULL, OPTION_FLAG, AT(trust), NULL },
    { "key", 'k', "VALUE", "a key", NULL, NULL, OPTION_SETTING, AT(settings), fails },
};
static const struct option_group first = { "First", first_rows, sizeof first_rows / sizeof *first_rows };
static const struct option_group second = { "Second", second_rows, sizeof second_rows / sizeof *second_rows };
static const struct option_group *const groups[] = { &first, &second, NULL };

struct row {
    const char *words;  /* with blanks between */
    int rest;           /* what options_parse returns */
    const char *says;   /* on -1: part of the sentence */
    const char *filled; /* what was stored, in words */
};

static const struct row rows[] = {
    { "", 1, NULL, "" },
    { "ls -l", 1, NULL, "" },
    { "-p web ls -p other", 3, NULL, "profile=web " },
    { "--profile web", 3, NULL, "profile=web " },
    { "--profile=web=x", 2, NULL, "profile=web=x " },
    { "-pweb -dt x", 3, NULL, "profile=web detach trust " },
    { "-dtk v x -d", 3, NULL, "detach trust --key v:key=v " },
    { "--rm -- -d", 3, NULL, "remove " },
    { "-- --rm", 2, NULL, "" },
    { "- -d", 1, NULL, "" },
    { "--param a=1 --param b=2 -k x --key y", 9, NULL, "a=1 b=2 --key x:key=x --key y:key=y " },
    { "-p -d", 3, NULL, "profile=-d " },
    { "-x", -1, "unknown option '-x'", "" },
    { "-dx", -1, "unknown option '-x'", "detach " },
    { "--bogus", -1, "unknown option '--bogus'", "" },
    { "--pofile=web", -1, "'--pofile', did you mean '--profile'?", "" },
    { "--detahc", -1, "'--detahc', did you mean '--detach'?", "" },
    { "--prof web", -1, "'--prof', did you mean '--profile'?", "" },
    { "--d", -1, "unknown option '--d'", "" },
    { "--pa x", -1, "unknown option '--pa'", "" },
    { "--p", -1, "unknown option '--p'", "" },
    { "-p", -1, "'--profile' needs a value: PROFILE", "" },
    { "--rm --profile", -1, "'--profile' needs a value", "remove " },
    { "--rm=1", -1, "'--rm' takes no value", "" },
    { "--profile=", -1, "an empty PROFILE", "" },
    { "-p a -p b", -1, "'--profile' is given twice", "profile=a " },
    { "-k bad", -1, "--key: 'bad' is bad", "" },
};

static char *describe(struct arena *arena, const struct options *options)
{
    char *text = options->profile ? arena_printf(arena, "profile=%s ", options->profile) : arena_strdup(arena, "");
    for (size_t i = 0; i < options->params.count; i++)
        text = arena_printf(arena, "%s%s ", text, options->params.items[i]);
    text = arena_printf(arena, "%s%s%s%s", text, options->remove ? "remove " : "", options->detach ? "detach " : "",
                        options->trust ? "trust " : "");
    for (size_t i = 0; i < options->settings.set.count; i++)
        text = arena_printf(arena, "%s%s:%s ", text, options->settings.typed.items[i], options->settings.set.items[i]);
    return text;
}

static void check_row(struct arena *arena, const struct row *row)
{
    char *words[32] = { arena_strdup(arena, "verb") }, *rest = arena_strdup(arena, row->words), *word;
    int count = 1;
    while ((word = strtok_r(rest, " ", &rest)))
        words[count++] = word;
    struct options options = { 0 };
    struct error err = { 0 };
    int got = options_parse(groups, count, words, arena, &options, &err);
    CHECK_NAMED(got == row->rest, arena_printf(arena, "'%s' is read up to %d (%d)", row->words, row->rest, got));
    if (row->says)
        CHECK_NAMED(err.message && strstr(err.message, row->says),
                    arena_printf(arena, "'%s' says: %s (%s)", row->words, row->says, err.message ? err.message : ""));
    tap_equal(describe(arena, &options), row->filled, arena_printf(arena, "'%s' fills", row->words), __FILE__, __LINE__);
    error_fini(&err);
}

static void check_find(void)
{
    CHECK(options_find(groups, "-p") == &first_rows[0]);
    CHECK(options_find(groups, "-pweb") == &first_rows[0]);
    CHECK(options_find(groups, "--profile=x") == &first_rows[0]);
    CHECK(!options_find(groups, "--prof"));
    CHECK(!options_find(groups, "--"));
    CHECK(!options_find(groups, "-"));
    CHECK(!options_find(groups, "p"));
}

static void check_help(void)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return;
    options_help(stream, groups, false);
    fclose(stream);
    CHECK_TEXT(text, "\nFirst:\n"
                     "  -p, --profile PROFILE  which\n"
                     "      --param N=V        a parameter\n"
                     "      --rm               remove\n"
                     "\nSecond:\n"
                     "  -d, --detach           detach\n"
                     "  -t, --trust            trust\n"
                     "  -k, --key VALUE        a key\n");
    free(text);
}

int main(void)
{
    struct arena arena = { 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&arena, &rows[i]);
    check_find();
    check_help();
    arena_free(&arena);
    return tap_done();
}
