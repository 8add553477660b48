/* Pages of the manual are written by hand in scdoc, but for lines that stand for what the verb table knows: "@verbs", "@rules",
 * "@options VERB"
 * ("@options" alone: the global ones) and "@synopsis VERB". */
#include "base/cleanup.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/lint/lint.h"

#include <errno.h>
#include <string.h>

static void print_plain(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_<>#[]`~", *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_option(const struct option_row *row)
{
    if (row->letter)
        printf("*-%c*, ", row->letter);
    printf("*--%s*", row->name);
    if (row->argument) {
        fputs(" _", stdout);
        print_plain(row->argument);
        putchar('_');
    }
    fputs("\n\t", stdout);
    putchar(row->help[0] >= 'a' && row->help[0] <= 'z' ? row->help[0] - 'a' + 'A' : row->help[0]);
    print_plain(row->help + 1);
    printf(".%s%s\n\n", row->more ? " " : "", row->more ? row->more : "");
}

static void print_options(const struct option_group *const *groups)
{
    bool titles = groups[1] != NULL;
    for (; *groups; groups++) {
        if (titles)
            printf("## %s\n\n", (*groups)->title);
        for (size_t i = 0; i < (*groups)->count; i++)
            print_option(&(*groups)->rows[i]);
    }
}

static void print_verbs(void)
{
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (verb->hidden)
            continue;
        printf("*%s* ", verb->name);
        print_plain(verb->arguments);
        printf("\n\t%c", verb->summary[0] - 'a' + 'A');
        print_plain(verb->summary + 1);
        fputs(".\n\n", stdout);
    }
}

static void print_synopsis(const struct verb *verb)
{
    printf("*cordon* [_GLOBAL OPTIONS_] *%s* [_OPTIONS_] ", verb->name);
    print_plain(verb->arguments);
    putchar('\n');
}

/* The catalogue of the linter, a paragraph a rule, under its families. */
static void print_rules(void)
{
    const char *family = "";
    for (rule_number i = 0; i < rule_count; i++) {
        struct rule rule = rule_get(i);
        if (strcmp(family, rule.family) != 0)
            printf("## %s\n\n", family = rule.family);
        printf("*%s* (%s, confidence %s; ", rule.id, severity_names[rule.severity], confidence_names[rule.confidence]);
        print_plain(rule.refs);
        fputs(")\n\t… ", stdout);
        print_plain(rule.title);
        fputs(". ", stdout);
        print_plain(rule.reason);
        putchar(' ');
        print_plain(rule.remedy);
        fputs(".\n\n", stdout);
    }
}

static int fill_line(const char *line, struct error *err)
{
    size_t length = strcspn(line, " ");
    const struct verb *verb = line[length] ? verb_find(line + length + 1) : NULL;
    if (line[length] && (!verb || !verb->handler))
        return error_set(err, "'%s' names no verb", line);
    if (strcmp(line, "@verbs") == 0)
        print_verbs();
    else if (strcmp(line, "@rules") == 0)
        print_rules();
    else if (length == 8 && strncmp(line, "@options", length) == 0)
        print_options(verb ? verb->options : global_options);
    else if (verb && length == 9 && strncmp(line, "@synopsis", length) == 0)
        print_synopsis(verb);
    else
        return error_set(err, "'%s' stands for nothing", line);
    return 0;
}

int cmd_manual(struct command *command)
{
    struct error err = { 0 };
    int status = verb_failure_status(command->verb), result = 0;
    AUTO_FCLOSE FILE *page = fopen(command->arguments[0], "re");
    if (!page) {
        error_errno(&err, errno, "open %s", command->arguments[0]);
        return verb_fail(&err, status);
    }
    AUTO_FREE char *line = NULL;
    size_t size = 0;
    while (result == 0 && getline(&line, &size, page) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '@')
            result = fill_line(line, &err);
        else
            puts(line);
    }
    return result < 0 || output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
