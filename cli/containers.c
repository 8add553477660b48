#include "cli/containers.h"

#include "base/cleanup.h"
#include "base/passwd.h"
#include "container/applied.h"
#include "container/record.h"
#include "plan/host.h"

#include <time.h>

static int number(const struct container_view *view, const char *key)
{
    struct json_object *value;
    return json_object_object_get_ex(view->record, key, &value) ? json_object_get_int(value) : 0;
}

const char *container_text(const struct container_view *view, const char *key)
{
    struct json_object *value;
    return json_object_object_get_ex(view->record, key, &value) ? json_object_get_string(value) : NULL;
}

char *container_started(struct arena *arena, const struct container_view *view)
{
    struct json_object *value;
    char *text = arena_alloc(arena, 32);
    time_t seconds = json_object_object_get_ex(view->record, "started", &value) ? json_object_get_int64(value) : 0;
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts))
        *text = '\0';
    return text;
}

/* Once the app runs it has put up what the record says: its start would have failed else. */
static void add_landlock(const struct container_view *view, struct json_object *applied)
{
    struct json_object *value;
    if (json_object_object_get_ex(view->record, "landlock", &value))
        json_object_object_add(applied, "landlock", json_object_get(value));
}

static struct json_object *print_applied(const struct applied *applied)
{
    AUTO_FREE char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    applied_print(stream, applied);
    fclose(stream);
    return json_tokener_parse(text);
}

/* The record is held again after the processes were opened: so long nobody else can have got their numbers. */
static bool look(struct command *command, const char *state, bool with_applied, struct container_view *view)
{
    struct applied applied;
    enum applied_state found = applied_open(command->arena, number(view, "pid"), number(view, "launcher"), &applied);
    if (found != APPLIED_GONE && record_is_held(state, container_text(view, "name"))) {
        view->state = found == APPLIED_STARTING ? "starting" : "running";
        view->applied = with_applied ? print_applied(&applied) : NULL;
        if (view->applied && found == APPLIED_RUNNING)
            add_landlock(view, view->applied);
    }
    applied_close(&applied);
    return view->state;
}

int containers_look(struct command *command, const char *name, bool applied, struct container_views *ret, struct error *err)
{
    struct caller caller;
    struct record_list list = { 0 };
    if (caller_get(command->arena, &caller, err) < 0)
        return -1;
    const char *state = host_state_folder(command->arena, &caller, command->options.state);
    if (record_list(command->arena, state, name, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.texts.count; i++) {
        struct container_view view = { .record = json_tokener_parse(list.texts.items[i]) };
        if (view.record && container_text(&view, "name") && container_text(&view, "id") && look(command, state, applied, &view))
            *SLICE_PUSH(command->arena, &ret->items) = view;
        else
            json_object_put(view.record);
    }
    return 0;
}

void containers_fini(struct container_views *views)
{
    for (size_t i = 0; i < views->items.count; i++) {
        json_object_put(views->items.items[i].record);
        json_object_put(views->items.items[i].applied);
    }
}
