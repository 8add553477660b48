/* The plan as a person reads it and as a program does. */
#include "base/json.h"
#include "base/text.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

static const char *const side_names[] = { [SIDE_PARENT] = "launcher", [SIDE_CHILD] = "container", [SIDE_APP] = "app" };

static char *arguments_of(const struct plan *plan, const struct step *step)
{
    return action_rows[step->action].arguments(plan->arena, plan, step);
}

static void put(FILE *stream, const char *text) { text_escape(stream, text, strlen(text)); }

static void print_step(FILE *stream, const struct plan *plan, const struct step *step)
{
    const char *arguments = arguments_of(plan, step);
    fprintf(stream, "  %s", action_rows[step->action].name);
    if (*arguments) {
        fputs(": ", stream);
        put(stream, arguments);
    }
    if (step->reason[0] || step->source.file)
        fputs("\n      ", stream);
    put(stream, step->reason);
    if (step->optional)
        fputs(step->reason[0] ? "; left out where it is missing" : "left out where it is missing", stream);
    if (step->key && step->source.file) {
        fprintf(stream, " (%s, ", step->key);
        put(stream, step->source.file);
        if (step->source.line)
            fprintf(stream, ":%d", step->source.line);
        fputc(')', stream);
    }
    fputc('\n', stream);
}

void plan_print(FILE *stream, const struct plan *plan)
{
    fprintf(stream, "%s: %zu steps for user %s\n", plan->spec->name, plan->steps.count, plan->host->caller.name);
    for (size_t stage = 0; stage < STAGE_COUNT; stage++) {
        if (!plan->count[stage])
            continue;
        fprintf(stream, "%s (%s)\n", stage_names[stage], side_names[stage_sides[stage]]);
        for (size_t i = 0; i < plan->count[stage]; i++)
            print_step(stream, plan, &plan->steps.items[plan->first[stage] + i]);
    }
}

static void print_json_source(FILE *stream, const struct step *step)
{
    if (!step->source.file) {
        fputs("null", stream);
        return;
    }
    fputs("{\"file\": ", stream);
    json_text(stream, step->source.file);
    fprintf(stream, ", \"line\": %d, \"column\": %d", step->source.line, step->source.column);
    if (step->key) {
        fputs(", \"key\": ", stream);
        json_text(stream, step->key);
    }
    fputc('}', stream);
}

/* One step a line. Not by way of a tree: a launch does this too, for its record. */
void plan_print_json(FILE *stream, const struct plan *plan)
{
    fputs("{\"name\": ", stream);
    json_text(stream, plan->spec->name);
    fputs(", \"steps\": [", stream);
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct step *step = &plan->steps.items[i];
        enum stage stage = action_rows[step->action].stage;
        fprintf(stream, "%s\n  {\"stage\": \"%s\", \"side\": \"%s\", \"action\": \"%s\", \"arguments\": ", i ? "," : "",
                stage_names[stage], side_names[stage_sides[stage]], action_rows[step->action].name);
        json_text(stream, arguments_of(plan, step));
        fputs(", \"reason\": ", stream);
        json_text(stream, step->reason);
        fprintf(stream, ", \"optional\": %s, \"source\": ", step->optional ? "true" : "false");
        print_json_source(stream, step);
        fputc('}', stream);
    }
    fputs("\n]}\n", stream);
}
