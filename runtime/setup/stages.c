#include "setup/stages.h"

#include "setup/launch.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct stage_row rows[STAGE_COUNT] = {
    { STAGE_CLAIM, parent_claim, parent_release },
    { STAGE_GROUP, parent_group, parent_ungroup },
    { STAGE_CLONE, parent_clone, parent_kill },
    { STAGE_IDS, parent_ids, NULL },
    { STAGE_OPEN, parent_open, parent_close },
    { STAGE_IDENTITY, child_identity, NULL },
    { STAGE_ROOT, child_root, NULL },
    { STAGE_MOUNTS, child_mounts, NULL },
    { STAGE_PIVOT, child_pivot, NULL },
    { STAGE_LOCK, child_lock, NULL },
    { STAGE_NAMES, child_names, NULL },
    { STAGE_TERMINAL, child_terminal, NULL },
    { STAGE_INIT, child_init, NULL },
    { STAGE_RESTRICT, app_restrict, NULL },
    { STAGE_EXEC, app_exec, NULL },
};

static int walk(struct launch *launch, enum stage from, enum stage to, struct error *err)
{
    for (enum stage stage = from; stage < to; stage++)
        if (launch->plan->count[stage] && rows[stage].apply(launch, err) < 0)
            return -1;
    return 0;
}

void stages_undo(struct launch *launch)
{
    for (int stage = STAGE_OPEN; stage >= STAGE_CLAIM; stage--)
        if (rows[stage].undo)
            rows[stage].undo(launch);
}

/* With the trees, as many at a time as a message holds: one without, where there are none. */
static int send_go(const struct launch *launch, struct error *err)
{
    const size_t count = launch->plan->tree_count;
    size_t sent = 0, some;
    do {
        some = count - sent < CHANNEL_MAX_FDS ? count - sent : CHANNEL_MAX_FDS;
        if (channel_send(launch->channel, MESSAGE_GO, launch->trees + sent, some, err) < 0)
            return -1;
    } while ((sent += some) < count);
    return 0;
}

/* Where the container ended by itself, that is why the launcher could not go on: what it said of it counts. */
static void hear_child(const struct launch *launch, struct error *err)
{
    struct pollfd channel = { launch->channel, POLLIN, 0 };
    struct message message;
    struct error nonsense = { 0 };
    if (poll(&channel, 1, 0) > 0 && channel_receive(launch->channel, &message, &nonsense) > 0) {
        if (message.kind == MESSAGE_ERROR && error_is_set(&message.error))
            error_move(err, &message.error);
        message_fini(&message);
    }
    error_fini(&nonsense);
}

int stages_launch(struct launch *launch, struct error *err)
{
    if (walk(launch, STAGE_CLAIM, STAGE_IDENTITY, err) < 0 || send_go(launch, err) < 0) {
        hear_child(launch, err);
        parent_sweep(launch);
        stages_undo(launch);
        return -1;
    }
    parent_close(launch);
    parent_sweep(launch);
    return 0;
}

/* MESSAGE_GO and the trees that come with it. An end of file here is a launcher that was killed: nobody is left to tell. */
static int wait_for_go(struct launch *launch, struct error *err)
{
    const size_t count = launch->plan->tree_count;
    size_t received = 0;
    do {
        struct message message;
        int result = channel_receive(launch->channel, &message, err);
        if (result == 0)
            _exit(EXIT_CANNOT_START);
        if (result < 0)
            return -1;
        if (message.kind != MESSAGE_GO || message.fd_count > count - received || (count && !message.fd_count))
            return error_set(err, "the launcher and the container disagree about the plan");
        for (size_t i = 0; i < message.fd_count; i++)
            launch->trees[received++] = message.fds[i];
    } while (received < count);
    return 0;
}

static _Noreturn void fail(const struct launch *launch, const struct error *err)
{
    channel_send_error(launch->channel, err);
    _exit(err->status ? err->status : EXIT_CANNOT_START);
}

_Noreturn void stages_child(struct launch *launch)
{
    struct error err = { 0 };
    if (wait_for_go(launch, &err) == 0 && walk(launch, STAGE_IDENTITY, STAGE_ROOT, &err) == 0 &&
        launch_die_with_parent(launch, &err) == 0 && walk(launch, STAGE_ROOT, STAGE_RESTRICT, &err) == 0)
        stages_app(launch); /* no init: this process is the app */
    fail(launch, &err);
}

_Noreturn void stages_app(struct launch *launch)
{
    struct error err = { 0 };
    walk(launch, STAGE_RESTRICT, STAGE_COUNT, &err);
    fail(launch, &err);
}
