#include "base/json.h"
#include "cli/containers.h"
#include "cli/output.h"

#include <string.h>

/* Each is another owner of what it adds. */
static void add(struct json_object *to, const char *key, struct json_object *value)
{
    json_object_object_add(to, key, json_object_get(value));
}

static void print(struct arena *arena, const struct container_view *view)
{
    static const char *const copied[] = { "pid", "profile", "root", "asked", "planned" };
    struct json_object *answer = json_object_new_object(), *value;
    json_object_object_add(answer, "name", json_object_new_string(container_text(view, "name")));
    json_object_object_add(answer, "id", json_object_new_string(container_text(view, "id")));
    json_object_object_add(answer, "state", json_object_new_string(view->state));
    json_object_object_add(answer, "started", json_object_new_string(container_started(arena, view)));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        if (json_object_object_get_ex(view->record, copied[i], &value))
            add(answer, copied[i], value);
    add(answer, "applied", view->applied);
    json_print(stdout, json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(answer);
}

int cmd_inspect(struct command *command)
{
    const char *format = command->options.format, *name = command->arguments[0];
    struct container_views views = { 0 };
    struct error err = { 0 };
    int status = verb_failure_status(command->verb);
    if (format && strcmp(format, "json") != 0) {
        error_set(&err, "--format '%s' is not json", format);
        return verb_fail(&err, verb_usage_status(command->verb));
    }
    if (containers_look(command, name, true, &views, &err) < 0)
        return verb_fail(&err, status);
    if (!views.items.count) {
        error_set(&err, "no container named '%s' is running", name);
        error_help(&err, "`cordon ps` lists those that are");
        return verb_fail(&err, status);
    }
    print(command->arena, &views.items.items[0]);
    containers_fini(&views);
    return output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
