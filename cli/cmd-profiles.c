#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/profile.h"

int cmd_profiles(struct command *command)
{
    static const char *const columns[] = { "name", "path", "shadowed", "description" };
    struct output_table table = { .columns = columns, .column_count = sizeof columns / sizeof *columns };
    struct profile_list list = { 0 };
    struct error err = { 0 };
    int status = verb_failure_status(command->verb);
    if (profile_list(command->arena, &list, &err) < 0)
        return verb_fail(&err, status);
    for (size_t i = 0; i < list.profiles.count; i++) {
        const struct profile_listing *listing = &list.profiles.items[i];
        *SLICE_PUSH(command->arena, &table.cells) = (struct output_cell){ .text = listing->name };
        *SLICE_PUSH(command->arena, &table.cells) = (struct output_cell){ .text = listing->path };
        *SLICE_PUSH(command->arena, &table.cells) = (struct output_cell){ .is_bool = true, .truth = listing->shadowed };
        *SLICE_PUSH(command->arena, &table.cells) = (struct output_cell){ .text = listing->description };
    }
    if (output_table(&table, command->options.format, &err) < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    return output_close(&err) < 0 ? verb_fail(&err, status) : 0;
}
