/* Who is who: the app's ids, and the maps of the user namespace that make it so. */
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

#define BLOCK 65536

static void push(struct id_map *map, uint32_t inside, uint32_t outside, uint32_t count)
{
    if (count)
        map->ranges[map->count++] = (struct id_range){ inside, outside, count };
}

static bool maps(const struct id_map *map, uint32_t inside)
{
    for (size_t i = 0; i < map->count; i++)
        if (inside >= map->ranges[i].inside && inside - map->ranges[i].inside < map->ranges[i].count)
            return true;
    return false;
}

/* The caller is `own` inside; every other number up to `count` is one of his subordinate ids, in order. */
static void map_around(struct id_map *map, uint32_t caller, uint32_t own, struct id_block subordinate)
{
    uint32_t below = own < subordinate.count ? own : subordinate.count;
    push(map, 0, subordinate.start, below);
    push(map, own, caller, 1);
    uint32_t rest = subordinate.count - below;
    push(map, own + 1, subordinate.start + below, rest < BLOCK - 1 ? rest : BLOCK - 1);
}

static bool has_subordinate_ids(const struct host *host)
{
    return host->has_newuidmap && host->subuids.count && host->subgids.count;
}

/* --- app.user ----------------------------------------------------------------------------------------------------- */

static int plan_user(struct plan *plan, struct error *err)
{
    const struct user_choice *user = &plan->spec->app.user;
    const struct host *host = plan->host;

    switch (user->kind) {
    case USER_NAME:
        if (!host->user_found) {
            spec_error(err, plan->spec, "app.user", "there is no user '%s' in the root's /etc/passwd", user->name);
            return error_help(err, "name one that is there, or write a number");
        }
        plan->uid = host->user.uid;
        break;
    case USER_CALLER:
        plan->uid = host->caller.uid;
        break;
    case USER_IDS:
        plan->uid = user->uid;
        if (plan->spec->users.map == MAP_KEEP && !spec_says(plan->spec, "app.user"))
            plan->uid = host->caller.uid;
        break;
    }
    if (user->gid != ID_NONE)
        plan->gid = user->gid;
    else if (host->user_found && host->user.uid == plan->uid)
        plan->gid = host->user.gid;
    else
        plan->gid = plan->uid == host->caller.uid && user->kind != USER_IDS ? host->caller.gid : plan->uid;
    return 0;
}

/* --- users.map ---------------------------------------------------------------------------------------------------- */

static const char *map_single(struct plan *plan, const char *reason)
{
    push(&plan->uids, plan->uid, plan->host->caller.uid, 1);
    push(&plan->gids, plan->gid, plan->host->caller.gid, 1);
    /* The kernel lets a process without privilege outside map his group only where setgroups(2) is gone for good: dropping a
     * group could otherwise give access that the group denied. */
    plan->deny_setgroups = !plan->host->privileged;
    return reason;
}

static const char *map_as_root(struct plan *plan, bool keep)
{
    const struct host *host = plan->host;
    if (!host->all_ids)
        return map_single(plan, "root of a user namespace in which no 65536 ids are free: one id");
    if (keep) {
        plan->block = true;
        map_around(&plan->uids, 0, plan->uid, (struct id_block){ 0, BLOCK - 1 });
        map_around(&plan->gids, 0, plan->gid, (struct id_block){ 0, BLOCK - 1 });
        return "the caller under his own id, every other number from a block that no other container uses";
    }
    if (host->subuids.count >= BLOCK && host->subgids.count >= BLOCK) {
        push(&plan->uids, 0, host->subuids.start, BLOCK);
        push(&plan->gids, 0, host->subgids.start, BLOCK);
        return "root's line in /etc/subuid";
    }
    plan->block = true;
    push(&plan->uids, 0, 0, BLOCK);
    push(&plan->gids, 0, 0, BLOCK);
    return "root has no 65536 ids in /etc/subuid: a block that no other container uses";
}

static const char *map_as_user(struct plan *plan, bool keep)
{
    const struct host *host = plan->host;
    if (!has_subordinate_ids(host))
        return map_single(plan, host->subuids.count && !host->has_newuidmap
                                    ? "newuidmap is not installed, so the caller's subordinate ids are out of reach: one id"
                                    : "the caller has no subordinate ids: one id");
    plan->by_helper = true;
    map_around(&plan->uids, host->caller.uid, keep ? plan->uid : 0, host->subuids);
    map_around(&plan->gids, host->caller.gid, keep ? plan->gid : 0, host->subgids);
    return keep ? "the caller is the app's user; every other number is one of his subordinate ids"
                : "the caller is root of the container; every other number is one of his subordinate ids";
}

static bool may_map(const struct id_range *range, uint32_t caller, struct id_block subordinate)
{
    if (range->outside == caller && range->count == 1)
        return true;
    return range->outside >= subordinate.start && range->count <= subordinate.count &&
           range->outside - subordinate.start <= subordinate.count - range->count;
}

static int map_list(struct plan *plan, struct error *err)
{
    const struct host *host = plan->host;
    const struct users *users = &plan->spec->users;
    if (users->list.count > ID_RANGES_MOST)
        return spec_error(err, plan->spec, "users.map", "more than %d ranges", ID_RANGES_MOST);
    for (size_t i = 0; i < users->list.count; i++) {
        const struct id_range *range = &users->list.items[i];
        if (!host->privileged &&
            (!may_map(range, host->caller.uid, host->subuids) || !may_map(range, host->caller.gid, host->subgids))) {
            char key[32];
            snprintf(key, sizeof key, "users.map[%zu]", i);
            spec_error(err, plan->spec, key, "ids %u to %u of the host are not the caller's to use", range->outside,
                       range->outside + range->count - 1);
            return error_help(err, "a user may map his own id (count 1) and those of his line in /etc/subuid and /etc/subgid");
        }
        push(&plan->uids, range->inside, range->outside, range->count);
        push(&plan->gids, range->inside, range->outside, range->count);
    }
    /* His own id alone a user maps himself, as map_single does; the helper would close setgroups(2) then, and not say so. */
    const bool own = users->list.count == 1 && users->list.items[0].count == 1 &&
                     users->list.items[0].outside == host->caller.uid && users->list.items[0].outside == host->caller.gid;
    plan->deny_setgroups = !host->privileged && own;
    plan->by_helper = !host->privileged && !own;
    if (plan->by_helper && !host->has_newuidmap) {
        spec_error(err, plan->spec, "users.map", "newuidmap and newgidmap are not installed");
        return error_help(err, "install them (Debian: apt install uidmap), or write users.map: single");
    }
    return 0;
}

static const char *choose_map(struct plan *plan, struct error *err)
{
    bool root = plan->host->privileged;
    switch (plan->spec->users.map) {
    case MAP_HOST:
        if (!root) {
            spec_error(err, plan->spec, "users.map", "host is for root: a plain user needs a user namespace to make any other");
            error_help(err, "write users.map: auto");
            return NULL;
        }
        return "the ids of the host, without a user namespace";
    case MAP_SINGLE:
        return map_single(plan, "one id, as asked: the caller is the app's user");
    case MAP_LIST:
        return map_list(plan, err) < 0 ? NULL : "the ranges of users.map";
    case MAP_AUTO:
    case MAP_KEEP:
        return root ? map_as_root(plan, plan->spec->users.map == MAP_KEEP)
                    : map_as_user(plan, plan->spec->users.map == MAP_KEEP);
    }
    return NULL;
}

/* How a plain user whose map has one number gets more. Which range is free only doctor knows, since it reads the whole file. */
static const char *more_ids(const struct plan *plan)
{
    const struct host *host = plan->host;
    if (has_subordinate_ids(host))
        return "write users.map: auto, which maps the caller's subordinate ids";
    if (host->subuids.count && host->subgids.count)
        return "install newuidmap and newgidmap (Debian: apt install uidmap), without which the caller's lines in /etc/subuid "
               "and /etc/subgid are out of reach";
    return "ask for subordinate ids: 'cordon doctor' prints the command, with a range that is free here";
}

static int check_mapped(struct plan *plan, struct error *err)
{
    if (!plan->uids.count)
        return 0;
    if (!maps(&plan->uids, plan->uid) || !maps(&plan->gids, plan->gid)) {
        bool uid = !maps(&plan->uids, plan->uid);
        spec_error(err, plan->spec, "app.user", "%s %u has no counterpart on the host: users.map does not reach it",
                   uid ? "user id" : "group id", uid ? plan->uid : plan->gid);
        if (plan->host->privileged)
            return error_help(err, "choose a number below 65536, or write the ranges in users.map");
        if (plan->by_helper)
            return error_help(err,
                              "choose a number that the map has, or write users.map: single, which runs under any one number");
        return error_help(err, "write users.map: single, which runs under any one number, or %s", more_ids(plan));
    }
    return 0;
}

/* --- app.groups --------------------------------------------------------------------------------------------------- */

static int plan_groups(struct plan *plan, struct error *err)
{
    const struct app *app = &plan->spec->app;
    const struct caller *caller = &plan->host->caller;

    if (app->groups_keep)
        return 0;
    if (plan->deny_setgroups && caller->group_count) {
        spec_error(err, plan->spec, "app.groups", "the caller's %zu supplementary groups cannot be dropped",
                   caller->group_count);
        if (plan->host->no_setgroups) {
            error_note(err, "setgroups(2) is denied in this user namespace, and in all below it (/proc/self/setgroups)");
            return error_help(err, "keep them, knowing that the app then has what they give: --set app.groups=keep");
        }
        error_note(err, "without subordinate group ids the kernel takes setgroups(2) away from the container");
        return error_help(err, "keep them, knowing that the app then has what they give (--set app.groups=keep), or %s",
                          more_ids(plan));
    }
    if (app->groups.count && plan->deny_setgroups) {
        spec_error(err, plan->spec, "app.groups", "groups cannot be set where only one id is mapped");
        return error_help(err, "leave app.groups out, or ask for subordinate ids (users.map: auto)");
    }
    plan->groups = plan->host->groups.ids;
    plan->group_count = plan->host->groups.count;
    for (size_t i = 0; plan->gids.count && i < plan->group_count; i++)
        if (!maps(&plan->gids, plan->groups[i]))
            return spec_error(err, plan->spec, "app.groups", "group id %u has no counterpart on the host", plan->groups[i]);
    return 0;
}

static bool host_root_inside(const struct plan *plan)
{
    if (!plan->uids.count)
        return true;
    if (plan->block)
        return plan->spec->users.map == MAP_KEEP;
    for (size_t i = 0; i < plan->uids.count; i++)
        if (plan->uids.ranges[i].outside == 0)
            return true;
    return false;
}

/* Whether root lets groups in that may open what the host lets not everybody: his own, mapped or not, or by a list those of
 * services and people. A plain user's groups open no more for the app than for himself. */
static bool host_groups_inside(const struct plan *plan)
{
    enum { SUBORDINATE = 65536 };
    if (!plan->host->privileged)
        return false;
    if (plan->spec->app.groups_keep)
        return true;
    for (size_t i = 0; plan->spec->users.map == MAP_LIST && i < plan->gids.count; i++)
        if (plan->gids.ranges[i].outside < SUBORDINATE)
            return true;
    return false;
}

int plan_ids(struct plan *plan, struct error *err)
{
    if (plan_user(plan, err) < 0)
        return -1;
    const char *reason = choose_map(plan, err);
    plan->deny_setgroups |= plan->host->no_setgroups;
    if (!reason || check_mapped(plan, err) < 0 || plan_groups(plan, err) < 0)
        return -1;

    bool root_mapped = !plan->uids.count || (maps(&plan->uids, 0) && maps(&plan->gids, 0));
    plan->root_uid = root_mapped ? 0 : plan->uid;
    plan->root_gid = root_mapped ? 0 : plan->gid;
    plan->host_root_inside = host_root_inside(plan);
    plan->host_groups_inside = host_groups_inside(plan);
    plan->idmap_binds = plan->uids.count && plan->host->privileged;

    if (plan->block)
        plan_step(plan, ACTION_CLAIM_IDS, "users.map", "two containers never share a block")->number = BLOCK;
    if (plan->uids.count) {
        plan_step(plan, ACTION_MAP_IDS, "users.map", reason);
        plan_step(plan, ACTION_BECOME_ROOT, NULL, "what is made for the container belongs to its own root");
    }
    return 0;
}
