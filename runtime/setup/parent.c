/* The launcher's stages. It keeps all its rights, so it does as little as possible, and nothing below a root that it did not
 * make. */
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/syscalls.h"
#include "kernel/idmap.h"
#include "kernel/mounts.h"
#include "kernel/namespaces.h"
#include "plan/host.h"
#include "rootfs-tools/folders.h"
#include "setup/launch.h"
#include "setup/sources.h"
#include "setup/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

int launch_blame(const struct step *step, struct error *err)
{
    if (step->key && !err->file) {
        error_context(err, "%s", step->key);
        error_at(err, step->source);
    }
    return -1;
}

/* --- claim ------------------------------------------------------------------------------------------------------------------
 */

/* Blocks lie in the range that systemd sets aside for containers (524288 to 1879048191), at its upper end, away from the lines
 * that useradd writes into /etc/subuid. Which one follows from the name, so that it stays the same while nobody else has it;
 * the next tries are spread by our own pid, or all containers of one profile would queue up. */
#define BLOCKS_START 0x60000000U
#define BLOCKS 4096U

static int claim_ids(struct launch *launch, const struct step *step, struct error *err)
{
    const struct plan *plan = launch->plan;
    uint32_t first = (uint32_t)(hash_name(plan->spec->name) % BLOCKS), stride = 2 * (uint32_t)getpid() + 1;
    /* Wherever --state says: the ids are the machine's. */
    const char *folder = host_state_folder(plan->arena, &plan->host->caller, NULL);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t index = (first + i * stride) % BLOCKS; /* odd, so it comes by every one of a power of two */
        int lock = lock_number(folder, "ids.lock", index, err);
        if (lock == -1)
            return -1;
        if (lock >= 0) {
            launch->ids_lock = lock;
            launch->block = BLOCKS_START + index * (uint32_t)step->number;
            return 0;
        }
    }
    return error_set(err, "all %u blocks of ids are in use", BLOCKS);
}

static int claim_name(struct launch *launch, const struct step *step, struct error *err)
{
    int lock = lock_number(launch->plan->host->state, "names.lock", hash_name(step->from) >> 2, err);
    if (lock == LOCK_E_BUSY) {
        error_set(err, "a container named '%s' is already running", step->from);
        return error_help(err, "choose another --name, or none: then it gets one of its own");
    }
    launch->name_lock = lock;
    return lock < 0 ? -1 : 0;
}

static int make_folder(struct launch *launch, const struct step *step, struct error *err)
{
    const size_t length = (size_t)(strrchr(step->from, '/') - step->from);
    const char *above = length ? arena_strndup(launch->plan->arena, step->from, length) : "/";
    AUTO_CLOSE int folder = source_open(launch->plan, above, err);
    return folder < 0 ? error_context(err, "make %s", step->from) : folder_make(folder, step->from, step->mode, err);
}

static int make_placeholder(struct launch *launch, const struct step *step, struct error *err)
{
    struct placeholder *placeholder = &launch->placeholders[launch->placeholder_count++];
    *placeholder = (struct placeholder){ .folder = -1, .file = -1 };
    AUTO_CLOSE int folder = source_open(launch->plan, step->from, err);
    return folder < 0 ? -1 : placeholder_make(folder, step->from, step->at, placeholder, err);
}

int parent_claim(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_CLAIM, &count);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        int result = 0;
        if (step->action == ACTION_CLAIM_IDS)
            result = claim_ids(launch, step, err);
        else if (step->action == ACTION_CLAIM_NAME)
            result = claim_name(launch, step, err);
        else if (step->action == ACTION_MAKE_FOLDER)
            result = make_folder(launch, step, err);
        else if (step->action == ACTION_MAKE_VOLUME)
            result = volume_make(step->from, step->mode, launch->plan->idmap_binds || !launch->plan->uids.count, step->uid,
                                 step->gid, err);
        else if (step->action == ACTION_PLACEHOLDER)
            result = make_placeholder(launch, step, err);
        else if (step->action == ACTION_OPEN_SECRET)
            result = secrets_open(launch, step, err);
        if (result < 0)
            return launch_blame(step, err);
    }
    return 0;
}

void parent_release(struct launch *launch)
{
    while (launch->placeholder_count)
        placeholder_remove(&launch->placeholders[--launch->placeholder_count]);
    if (launch->ids_lock >= 0)
        close(take_fd(&launch->ids_lock));
    if (launch->name_lock >= 0)
        close(take_fd(&launch->name_lock));
}

/* --- clone ------------------------------------------------------------------------------------------------------------------
 */

int parent_clone(struct launch *launch, struct error *err)
{
    int ends[2];
    if (channel_pair(ends, err) < 0)
        return -1;
    launch->channel = ends[0];
    launch->pid = namespaces_clone(launch->plan->clone_flags, launch->group_below >= 0 ? launch->group_below : launch->group,
                                   &launch->pidfd, err);
    if (launch->pid == 0) {
        close(ends[0]);
        launch->channel = ends[1];
        stages_child(launch);
    }
    close(ends[1]);
    if (launch->pid < 0) {
        launch->pid = 0;
        size_t count;
        return launch_blame(launch_steps(launch, STAGE_CLONE, &count), err);
    }
    return 0;
}

/* Also where the container has ended by itself: then there is nothing to kill, and nothing to wait for. */
void parent_kill(struct launch *launch)
{
    if (launch->pid > 0) {
        sys_pidfd_send_signal(launch->pidfd, SIGKILL);
        while (waitpid(launch->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        launch->pid = 0;
    }
    if (launch->pidfd >= 0)
        close(take_fd(&launch->pidfd));
    if (launch->channel >= 0)
        close(take_fd(&launch->channel));
}

/* --- ids --------------------------------------------------------------------------------------------------------------------
 */

static size_t resolve(const struct launch *launch, const struct id_map *map, struct idmap_range *ret)
{
    const struct plan *plan = launch->plan;
    for (size_t i = 0; i < map->count; i++) {
        uint32_t outside = map->ranges[i].outside;
        /* users.map: keep puts the caller himself between the parts of the block. */
        bool caller = plan->block && plan->spec->users.map == MAP_KEEP && map->ranges[i].count == 1 &&
                      map->ranges[i].inside == (map == &plan->uids ? plan->uid : plan->gid);
        ret[i] = (struct idmap_range){ map->ranges[i].inside, plan->block && !caller ? launch->block + outside : outside,
                                       map->ranges[i].count };
    }
    return map->count;
}

static int map_ids(struct launch *launch, int proc, struct error *err)
{
    const struct plan *plan = launch->plan;
    struct idmap_range uids[sizeof plan->uids.ranges / sizeof *plan->uids.ranges];
    struct idmap_range gids[sizeof plan->gids.ranges / sizeof *plan->gids.ranges];
    struct idmap map = { .uids = uids, .gids = gids, .deny_setgroups = plan->deny_setgroups };
    map.uid_count = resolve(launch, &plan->uids, uids);
    map.gid_count = resolve(launch, &plan->gids, gids);
    return plan->by_helper ? idmap_write_by_helper(launch->pid, &map, err) : idmap_write(proc, &map, err);
}

static int set_oom_score(int proc, int score, struct error *err)
{
    char text[16];
    snprintf(text, sizeof text, "%d", score);
    AUTO_CLOSE int fd = openat(proc, "oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        error_errno(err, errno, "set it to %d", score);
        return error_note(err, "to go below the caller's own value needs CAP_SYS_RESOURCE");
    }
    return 0;
}

static int raise_from_outside(struct launch *launch, int proc, const struct step *step, struct error *err)
{
    int value = (int)(int64_t)step->number;
    if (step->action == ACTION_SET_OOM_SCORE)
        return set_oom_score(proc, value, err);
    if (step->action == ACTION_SET_NICE) {
        if (setpriority(PRIO_PROCESS, (id_t)launch->pid, value) == 0)
            return 0;
        error_errno(err, errno, "set it to %d", value);
        return error_note(err, "to go below the caller's own value needs CAP_SYS_NICE or a `nice` limit that allows it");
    }
    if (prlimit(launch->pid, step->number, &step->limit, NULL) == 0)
        return 0;
    error_errno(err, errno, "raise the hard limit to %llu", (unsigned long long)step->limit.rlim_max);
    error_note(err, "only CAP_SYS_RESOURCE may raise a hard limit");
    return error_help(err,
                      "ask for no more than `ulimit -Ha` shows, or raise the limit of the service or login that starts cordon");
}

int parent_ids(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_IDS, &count);
    AUTO_CLOSE int proc = idmap_open_process(launch->pid, err);
    if (proc < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int result =
            steps[i].action == ACTION_MAP_IDS ? map_ids(launch, proc, err) : raise_from_outside(launch, proc, &steps[i], err);
        if (result < 0 && !steps[i].optional)
            return launch_blame(&steps[i], err);
        error_fini(err);
    }
    return 0;
}

/* --- open -------------------------------------------------------------------------------------------------------------------
 */

int parent_open(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_OPEN, &count);
    AUTO_CLOSE int users = -1;
    for (size_t i = 0; i < count; i++) {
        launch->trees[i] = source_clone(launch->plan, steps[i].from, err);
        if (launch->trees[i] < 0)
            return launch_blame(&steps[i], err);
        if (!steps[i].number)
            continue;
        if (users < 0) {
            AUTO_CLOSE int proc = idmap_open_process(launch->pid, err);
            users = proc < 0 ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
            if (users < 0)
                return error_errno(err, errno, "open the container's user namespace");
        }
        /* What cannot idmap (an overlay, a network file system) is shown with its own ids: owner: auto allows it, `plan` says
         * it. */
        if (mount_idmap(launch->trees[i], users) < 0 && steps[i].number >= IDMAP_REQUIRED) {
            error_errno(err, errno, "show the ids of %s as those inside", steps[i].from);
            error_note(err, "its file system, or one mounted below it, cannot be idmapped");
            error_help(err, steps[i].number == IDMAP_VOLUME ? "keep the volumes on one that can (ext4, xfs, btrfs; a tmpfs "
                                                              "since Linux 6.3): --data FOLDER; or write owner: keep"
                                                            : "write owner: auto, which shows its own ids there");
            return launch_blame(&steps[i], err);
        }
    }
    return 0;
}

void parent_close(struct launch *launch)
{
    for (size_t i = 0; i < launch->plan->tree_count; i++)
        if (launch->trees[i] >= 0)
            close(take_fd(&launch->trees[i]));
    secrets_close(launch);
}
