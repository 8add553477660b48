#include "base/passwd.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "doctor/checks.h"

#include <string.h>

static void print_text(const char *text) { text_escape(stdout, text, strlen(text)); }

static const char *join(struct arena *arena, const char *const *words)
{
    const char *text = *words;
    while (*++words)
        text = arena_printf(arena, "%s, %s", text, *words);
    return text;
}

/* What is missing, with what closes it, before the table of everything: few read further. */
static void print_gaps(struct arena *arena, const struct findings *findings)
{
    for (size_t i = 0; i < findings->items.count; i++) {
        const struct finding *finding = &findings->items.items[i];
        if (finding->ok)
            continue;
        printf("\n%s: ", finding->check);
        print_text(finding->detail);
        printf("\n    needed for: %s\n", join(arena, finding->needed_for));
        if (finding->remedy) {
            fputs("    remedy: ", stdout);
            print_text(finding->remedy);
            fputc('\n', stdout);
        }
    }
    fputc('\n', stdout);
}

static int print(struct arena *arena, const struct facts *facts, const struct findings *findings, const char *format,
                 struct error *err)
{
    static const char *const columns[] = { "check", "ok", "needed_for", "detail", "remedy" };
    static const char *const shown[] = { "check", "ok", "detail" };
    bool table = !format || strcmp(format, "table") == 0;
    struct output_table output = { .columns = table ? shown : columns, .column_count = table ? 3 : 5 };
    for (size_t i = 0; i < findings->items.count; i++) {
        const struct finding *finding = &findings->items.items[i];
        *SLICE_PUSH(arena, &output.cells) = (struct output_cell){ .text = finding->check };
        *SLICE_PUSH(arena, &output.cells) = (struct output_cell){ .is_bool = true, .truth = finding->ok };
        if (!table)
            *SLICE_PUSH(arena, &output.cells) = (struct output_cell){ .list = finding->needed_for };
        *SLICE_PUSH(arena, &output.cells) = (struct output_cell){ .text = finding->detail };
        if (!table)
            *SLICE_PUSH(arena, &output.cells) = (struct output_cell){ .text = finding->remedy };
    }
    if (table) {
        print_text(checks_verdict(arena, facts, findings));
        fputc('\n', stdout);
        print_gaps(arena, findings);
    }
    return output_table(&output, format, err);
}

int cmd_doctor(struct command *command)
{
    struct arena *arena = command->arena;
    struct error err = { 0 };
    struct caller caller;
    int status = verb_failure_status(command->verb);
    if (caller_get(arena, &caller, &err) < 0)
        return verb_fail(&err, status);
    const struct facts *facts = facts_gather(arena, "", &caller);
    struct findings findings = { 0 };
    checks_judge(arena, facts, &findings);
    if (print(arena, facts, &findings, command->options.format, &err) < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    if (output_close(&err) < 0)
        return verb_fail(&err, status);
    return findings.essential_gaps ? status : 0;
}
