#include "cli/containers.h"
#include "cli/output.h"

int cmd_ps(struct command *command)
{
    static const char *const columns[] = { "name", "id", "state", "pid", "profile", "root", "started" };
    enum { COUNT = sizeof columns / sizeof *columns };
    struct output_table table = { .columns = columns, .column_count = COUNT };
    struct container_views views = { 0 };
    struct error err = { 0 };
    int status = verb_failure_status(command->verb);
    if (containers_look(command, NULL, false, &views, &err) < 0)
        return verb_fail(&err, status);
    for (size_t i = 0; i < views.items.count; i++) {
        const struct container_view *view = &views.items.items[i];
        const struct output_cell cells[COUNT] = { { .text = container_text(view, "name") },
                                                  { .text = container_text(view, "id") },
                                                  { .text = view->state },
                                                  { .text = container_text(view, "pid"), .is_number = true },
                                                  { .text = container_text(view, "profile") },
                                                  { .text = container_text(view, "root") },
                                                  { .text = container_started(command->arena, view) } };
        for (size_t column = 0; column < COUNT; column++)
            *SLICE_PUSH(command->arena, &table.cells) = cells[column];
    }
    int result = output_table(&table, command->options.format, &err);
    containers_fini(&views);
    if (result < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    return output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
