#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/lint/report.h"

#include <string.h>

/* All rules, a line each: for whoever looks for one, and for completions. */
static int list_rules(struct command *command, struct error *err)
{
    static const char *const columns[] = { "rule", "severity", "confidence", "references", "title" };
    struct output_table table = { .columns = columns, .column_count = sizeof columns / sizeof *columns };
    for (rule_number i = 0; i < rule_count; i++) {
        struct rule rule = rule_get(i);
        const char *cells[] = { rule.id, severity_names[rule.severity], confidence_names[rule.confidence], rule.refs,
                                rule.title };
        for (size_t k = 0; k < table.column_count; k++)
            *SLICE_PUSH(command->arena, &table.cells) = (struct output_cell){ .text = cells[k] };
    }
    return output_table(&table, command->options.format, err);
}

static int unknown_rule(struct arena *arena, const char *id, struct error *err)
{
    const char **names = arena_alloc(arena, rule_count * sizeof *names);
    for (rule_number i = 0; i < rule_count; i++)
        names[i] = rule_get(i).id;
    const char *near = text_nearest(id, names, rule_count);
    error_set(err, near ? "there is no rule '%s', did you mean '%s'?" : "there is no rule '%s'", id, near);
    return error_help(err, "`cordon explain` lists them all");
}

int cmd_explain(struct command *command)
{
    struct error err = { 0 };
    int failure = verb_failure_status(command->verb);
    if (command->count && command->options.format) {
        error_set(&err, "--format goes with the list of all rules");
        error_help(&err, "leave out the names of rules, or --format");
        return verb_fail(&err, verb_usage_status(command->verb));
    }
    if (!command->count && list_rules(command, &err) < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    for (int i = 0; i < command->count; i++) {
        rule_number number = rule_find(command->arguments[i]);
        if (number == RULE_NONE) {
            unknown_rule(command->arena, command->arguments[i], &err);
            return verb_fail(&err, failure);
        }
        struct rule rule = rule_get(number);
        if (i)
            putchar('\n');
        report_rule(stdout, &rule, output_color(stdout));
    }
    return output_close(&err) < 0 ? verb_fail(&err, failure) : 0;
}
