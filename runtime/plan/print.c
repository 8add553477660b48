/* The plan as a person reads it and as a program does. */
#include "base/text.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <json-c/json.h>
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

static struct json_object *json_source(const struct step *step)
{
    if (!step->source.file)
        return NULL;
    struct json_object *source = json_object_new_object();
    json_object_object_add(source, "file", json_object_new_string(step->source.file));
    json_object_object_add(source, "line", json_object_new_int(step->source.line));
    json_object_object_add(source, "column", json_object_new_int(step->source.column));
    if (step->key)
        json_object_object_add(source, "key", json_object_new_string(step->key));
    return source;
}

void plan_print_json(FILE *stream, const struct plan *plan)
{
    struct json_object *root = json_object_new_object(), *steps = json_object_new_array();
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct step *step = &plan->steps.items[i];
        enum stage stage = action_rows[step->action].stage;
        struct json_object *object = json_object_new_object();
        json_object_object_add(object, "stage", json_object_new_string(stage_names[stage]));
        json_object_object_add(object, "side", json_object_new_string(side_names[stage_sides[stage]]));
        json_object_object_add(object, "action", json_object_new_string(action_rows[step->action].name));
        json_object_object_add(object, "arguments", json_object_new_string(arguments_of(plan, step)));
        json_object_object_add(object, "reason", json_object_new_string(step->reason));
        json_object_object_add(object, "optional", json_object_new_boolean(step->optional));
        json_object_object_add(object, "source", json_source(step));
        json_object_array_add(steps, object);
    }
    json_object_object_add(root, "name", json_object_new_string(plan->spec->name));
    json_object_object_add(root, "steps", steps);
    fputs(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE), stream);
    fputc('\n', stream);
    json_object_put(root);
}
