/* What the container sees: its root, what is always there (plan-skeleton.c), the profile's mounts, all in order of depth, so
 * that their order in the profile does not matter and nothing covers what lies below it. */
#include "plan/rootfs.h"

#include "base/path.h"
#include "base/weak.h"
#include "plan/host-mounts.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#define BIND_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* --- places ----------------------------------------------------------------------------------------------------------------
 */

/* The mount that `at` falls on: the deepest one placed so far, the latest of equals. */
static const struct placed *covering(const struct rootfs *fs, const char *at)
{
    const struct placed *found = NULL;
    for (size_t i = 0; i < fs->placed.count; i++) {
        const struct placed *placed = &fs->placed.items[i];
        if (path_is_below(at, placed->at) && (!found || strlen(placed->at) >= strlen(found->at)))
            found = placed;
    }
    return found;
}

void rootfs_placed(struct rootfs *fs, const char *at, enum ground ground)
{
    /* In a stranger's root a name can be made to lead elsewhere after we have used it; only /dev is held by descriptor. */
    if (ground == GROUND_OWN && fs->plan->spec->root.from == ROOT_DIR && strcmp(at, "dev") != 0)
        ground = GROUND_WRITABLE;
    *SLICE_PUSH(fs->plan->arena, &fs->placed) = (struct placed){ .at = at, .ground = ground };
}

/* /bin/x is /usr/bin/x where the host's /bin is a link, and /bin is /usr/bin: nothing can be mounted on a link. Those at the
 * top are ours, so what lies behind them is settled here, and never while mounting, when an absolute one would still lead to
 * the host's root. */
const char *rootfs_settle(struct rootfs *fs, const char *at)
{
    at += strspn(at, "/");
    for (size_t i = 0; i < fs->links.count; i++) {
        const struct top_entry *link = &fs->links.items[i];
        if (path_is_below(at, link->name))
            return arena_printf(fs->plan->arena, "%s%s", link->link + strspn(link->link, "/"), at + strlen(link->name));
    }
    for (size_t i = 0; i < fs->plan->host->settled.count; i++)
        if (strcmp(at, fs->plan->host->settled.items[i].at) == 0)
            return fs->plan->host->settled.items[i].is;
    return at;
}

static bool known_folder(const struct rootfs *fs, const char *at, size_t length)
{
    for (size_t i = 0; i < fs->folders.count; i++)
        if (strncmp(fs->folders.items[i], at, length) == 0 && !fs->folders.items[i][length])
            return true;
    for (size_t i = 0; i < fs->placed.count; i++)
        if (strncmp(fs->placed.items[i].at, at, length) == 0 && !fs->placed.items[i].at[length])
            return true;
    return false;
}

/* The folders above `at` (and `at` itself unless it is a file) that a mount of our own lacks. */
static void make_folders(struct rootfs *fs, const char *at, size_t from, bool file)
{
    size_t length = strlen(at);
    for (size_t end = from; end <= length; end++) {
        if ((end < length && at[end] != '/') || end == 0 || (end == length && file) || known_folder(fs, at, end))
            continue;
        char *folder = arena_strndup(fs->plan->arena, at, end);
        *SLICE_PUSH(fs->plan->arena, &fs->folders) = folder;
        struct step *step = plan_step(fs->plan, ACTION_FOLDER, NULL, "a mount point");
        step->at = folder;
        step->mode = 0755;
        step->own = true;
    }
}

struct step *rootfs_step(struct rootfs *fs, enum action action, const char *at, bool file, const char *key, const char *reason)
{
    at = rootfs_settle(fs, at);
    const struct placed *on = covering(fs, at);
    bool own = on && on->ground == GROUND_OWN;
    if (own)
        make_folders(fs, at, strlen(on->at) ? strlen(on->at) + 1 : 0, file);
    struct step *step = plan_step(fs->plan, action, key, reason);
    step->at = at;
    step->own = own;
    step->file = file;
    step->writable = on && on->ground != GROUND_FOREIGN;
    return step;
}

static const char *size_text(const struct plan *plan, uint64_t bytes)
{
    return bytes ? arena_printf(plan->arena, "%llu", (unsigned long long)bytes) : "50%";
}

/* --- the root --------------------------------------------------------------------------------------------------------------
 */

void rootfs_child_opens(struct rootfs *fs, struct step *step)
{
    if (step->opened < 0)
        step->opened = (int)fs->plan->open_count++;
}

/* Root opens what the profile names itself, with all its rights; a plain user cannot clone a tree outside, so his child does
 * it, which still has his rights and no more. */
static void from_host(struct rootfs *fs, struct step *step, const char *from, enum tree_ids idmap)
{
    step->from = from;
    if (!fs->plan->host->privileged) {
        rootfs_child_opens(fs, step);
        return;
    }
    step->tree = (int)fs->plan->tree_count++;
    /* This may move the other. */
    struct step *open = plan_step(fs->plan, ACTION_OPEN_TREE, step->key,
                                  idmap >= IDMAP_REQUIRED ? "opened with the caller's rights, ids as inside"
                                  : idmap ? "opened with the caller's rights, ids as inside where the file system can"
                                          : "opened with the caller's rights");
    open->from = from;
    open->number = idmap;
}

static struct step *host_tree(struct rootfs *fs, const char *from, const char *at, const char *key, const char *reason)
{
    const struct spec *spec = fs->plan->spec;
    bool discard = spec->root.write == WRITE_DISCARD;
    bool set_id = spec->privileges.new_privileges && fs->plan->uids.count == 0;
    struct step *step = rootfs_step(fs, discard ? ACTION_OVERLAY : ACTION_TREE, at, true, key, reason);
    step->from = from;
    rootfs_child_opens(fs, step);
    step->attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | (set_id ? 0 : MOUNT_ATTR_NOSUID);
    *SLICE_PUSH(fs->plan->arena, &fs->host_trees) = step->at;
    rootfs_placed(fs, step->at, discard ? GROUND_WRITABLE : GROUND_FOREIGN);
    return step;
}

static void root_host(struct rootfs *fs)
{
    const struct host *host = fs->plan->host;
    for (size_t i = 0; i < host->top.count; i++) {
        const struct top_entry *top = &host->top.items[i];
        if (top->link) {
            struct step *step = plan_step(fs->plan, ACTION_LINK, "root.from", "as on the host");
            step->at = top->name;
            step->from = top->link;
            step->own = true;
            *SLICE_PUSH(fs->plan->arena, &fs->links) = *top;
        } else {
            host_tree(fs, arena_printf(fs->plan->arena, "/%s", top->name), top->name, "root.from",
                      "the host's programs and their settings, read-only");
        }
    }
}

static bool is_held(const struct plan *plan, const char *at)
{
    for (size_t i = 0; i < plan->steps.count; i++)
        if (plan->steps.items[i].action == ACTION_HOLD && strcmp(plan->steps.items[i].at, at) == 0)
            return true;
    return false;
}

/* On a stranger's root itself, or in memory of ours on it: links there were followed when the places were settled. One that is
 * still there led to nothing then, and could lead elsewhere with the next mount. */
static bool is_settled(const struct rootfs *fs, const struct placed *on)
{
    return fs->plan->spec->root.from == ROOT_DIR && on && (!*on->at || on->ground == GROUND_WRITABLE);
}

/* The folders between a mount that can be written to, and whose content is kept, and what is hidden or read-only in it: with
 * one of them renamed, the place could be made anew, and so on the host. And so it could where it is a link itself: true where
 * it lies in such a mount. (In a root that is written to in place links are settled by then: what they lead to stays, the link
 * does not.) */
static bool hold_above(struct rootfs *fs, const struct item *item)
{
    const char *at = item->is;
    const struct placed *on = covering(fs, at);
    if (!on || strcmp(on->at, at) == 0 || (!on->shared && (*on->at || fs->plan->spec->root.write != WRITE_DIRECT)))
        return is_settled(fs, on);
    for (const char *end = at + strlen(on->at) + (*on->at != '\0'); (end = strchr(end, '/')); end++) {
        const char *folder = arena_strndup(fs->plan->arena, at, (size_t)(end - at));
        if (is_held(fs->plan, folder))
            continue;
        struct step *hold = plan_step(fs->plan, ACTION_HOLD, item->key, "it could be renamed with what is mounted below it");
        hold->at = folder;
        hold->writable = on->ground != GROUND_FOREIGN;
    }
    return true;
}

/* Before anything of the profile's lies on it, which is not the host's to judge. */
static void mask_private(struct rootfs *fs, const char *at)
{
    struct plan *plan = fs->plan;
    if (!plan->host_root_inside && !plan->host_groups_inside)
        return;
    plan_step(plan, ACTION_MASK_PRIVATE, plan->host_root_inside || !plan->spec->app.groups_keep ? "users.map" : "app.groups",
              plan->host_root_inside
                  ? "root's id is inside: what the host lets only some read is hidden as it is now, file by file"
                  : "groups of the host's are inside: what it lets only some read is hidden as it is now, file by file")
        ->at = at;
}

/* By depth with the rest: /tmp and /run are mounted after what lies above them, and would cover what was shown below them
 * before. */
static void plan_show(struct rootfs *fs, const struct item *item)
{
    const struct mount_entry *show = item->entry;
    const bool steady = hold_above(fs, item);
    struct step *step = host_tree(fs, show->source, item->at, item->key, "more of the host, read-only");
    step->steady = steady;
    step->attributes |= show->exec ? 0 : MOUNT_ATTR_NOEXEC;
    const char *at = step->at;
    from_host(fs, step, show->source, IDMAP_NONE);
    mask_private(fs, at);
}

static void plan_root(struct rootfs *fs)
{
    const struct root *root = &fs->plan->spec->root;
    if (root->from == ROOT_DIR) {
        bool discard = root->write == WRITE_DISCARD;
        struct step *step = plan_step(fs->plan, discard ? ACTION_ROOT_OVERLAY : ACTION_ROOT_TREE, "root.from",
                                      discard ? "what is written lies in memory and goes with the container"
                                      : root->write == WRITE_DIRECT ? "written in place"
                                                                    : "read-only");
        step->at = "";
        step->attributes = MOUNT_ATTR_NODEV | (fs->plan->spec->privileges.new_privileges ? 0 : MOUNT_ATTR_NOSUID) |
                           (root->write == WRITE_DIRECT ? 0 : MOUNT_ATTR_RDONLY);
        from_host(fs, step, root->path, fs->plan->idmap_binds ? IDMAP_AUTO : IDMAP_NONE);
        rootfs_placed(fs, "", root->write == WRITE_NONE ? GROUND_FOREIGN : GROUND_WRITABLE);
        return;
    }
    struct step *step =
        plan_step(fs->plan, ACTION_ROOT_TMPFS, "root.from",
                  root->from == ROOT_HOST ? "an empty root, on which only what is named below appears" : "an empty root");
    step->at = "";
    step->mode = 0755;
    step->from = root->write == WRITE_NONE ? "1M" : size_text(fs->plan, root->size);
    step->attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    rootfs_placed(fs, "", GROUND_OWN);
    if (root->from == ROOT_HOST)
        root_host(fs);
}

/* owner: map asks for what auto takes where it can be had. */
static enum tree_ids idmap_of(const struct plan *plan, const struct mount_entry *entry)
{
    return !plan->idmap_binds || entry->owner == OWNER_KEEP ? IDMAP_NONE
           : entry->owner == OWNER_MAP                      ? IDMAP_REQUIRED
                                                            : IDMAP_AUTO;
}

/* Only root may idmap; with the ids of the host they are the same on both sides anyway. */
static int check_owners(const struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        if (spec->mounts.items[i].owner != OWNER_MAP || plan->idmap_binds || !plan->uids.count)
            continue;
        spec_error(err, spec, arena_printf(plan->arena, "mounts[%zu].owner", i),
                   "map is for root: the kernel lets a plain user idmap no file system of the host");
        return error_help(err, "write owner: auto, or run it as root");
    }
    return 0;
}

/* --- the profile's mounts ---------------------------------------------------------------------------------------------------
 */

static uint64_t entry_attributes(const struct mount_entry *entry)
{
    return BIND_ATTRIBUTES | (entry->write ? 0 : MOUNT_ATTR_RDONLY) | (entry->exec ? 0 : MOUNT_ATTR_NOEXEC);
}

/* The errno with which the caller cannot open it; 0: he can. */
static int why_unreachable(const struct host *host, const char *path)
{
    for (size_t i = 0; i < host->unreachable.count; i++)
        if (strcmp(host->unreachable.items[i].path, path) == 0)
            return host->unreachable.items[i].code;
    return 0;
}

static bool is_missing(const struct host *host, const char *path)
{
    int code = why_unreachable(host, path);
    return code == ENOENT || code == ENOTDIR;
}

/* Of a bind: the host does not have it, and it may be left out. */
static bool is_left_out(const struct plan *plan, const struct mount_entry *entry, const char *key)
{
    return spec_optional(plan->spec, arena_printf(plan->arena, "%s.bind", key)) && is_missing(plan->host, entry->source);
}

static int source_error(struct plan *plan, const char *key, const char *path, const char *help, struct error *err)
{
    int code = why_unreachable(plan->host, path);
    error_errno(err, code, "%s: open %s on the host", key, path);
    error_at(err, spec_source(plan->spec, key));
    if (code == EACCES)
        return error_help(err, "it is opened with your own rights: show what you may enter yourself, or have root run this");
    return error_help(err, "%s", help);
}

/* The launch would say so too, but after all else has been made, and `plan` never. */
static int check_sources(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        const char *key = arena_printf(plan->arena, "mounts[%zu]", i);
        if (entry->kind == MOUNT_BIND && !entry->create && why_unreachable(plan->host, entry->source) &&
            !is_left_out(plan, entry, key))
            return source_error(
                plan, arena_printf(plan->arena, "%s.bind", key), entry->source,
                "make it first; or write beside it create: true, for a folder that is made where it is missing, "
                "or optional: true",
                err);
    }
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        if (why_unreachable(plan->host, spec->sockets.paths.items[i]))
            return source_error(plan, arena_printf(plan->arena, "sockets.unix[%zu]", i), spec->sockets.paths.items[i],
                                "start the program that listens there first, or name the socket where it is", err);
    return 0;
}

/* A root can lead a place of the profile's to where what is mounted there is not the root's any more: into /dev, which has a
 * link to the host's /proc until the host is gone. */
static int check_settled(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->host->settled.count && !weak("settled places"); i++) {
        const struct settled_place *place = &plan->host->settled.items[i];
        if (host_is_kernels(place->at) || !*place->at || (*place->is && !host_is_kernels(place->is)))
            continue;
        spec_error(err, plan->spec, place->key, "a link of the root leads from /%s to /%s", place->at, place->is);
        return error_help(err, "take the link out of the root, or name another place");
    }
    return 0;
}

static void plan_bind(struct rootfs *fs, const struct item *item)
{
    const struct mount_entry *entry = item->entry;
    if (is_left_out(fs->plan, entry, item->key)) {
        plan_step(fs->plan, ACTION_LEFT_OUT, item->key, "optional, and the host does not have it")->from = entry->source;
        return;
    }
    if (entry->create) {
        struct step *folder = plan_step(fs->plan, ACTION_MAKE_FOLDER, item->key, "create: true");
        folder->from = entry->source;
        folder->mode = 0755;
    }
    const bool steady = hold_above(fs, item);
    struct step *step =
        rootfs_step(fs, ACTION_TREE, item->at, true, item->key, entry->write ? "shared, writable" : "shared, read-only");
    step->steady = steady;
    step->attributes = entry_attributes(entry);
    const char *at = step->at;
    from_host(fs, step, entry->source, idmap_of(fs->plan, entry));
    rootfs_placed(fs, at, GROUND_FOREIGN);
    if (entry->write)
        fs->placed.items[fs->placed.count - 1].shared = entry->source;
}

static void plan_volume(struct rootfs *fs, const struct item *item)
{
    const struct mount_entry *entry = item->entry;
    struct plan *plan = fs->plan;
    const char *path = host_volume(plan->arena, plan->host, entry->source);
    struct step *make = plan_step(plan, ACTION_MAKE_VOLUME, item->key, "made on first use and kept");
    make->from = path;
    make->mode = 0700;
    make->uid = plan->uid;
    make->gid = plan->gid;

    const bool steady = hold_above(fs, item);
    /* Before it is mounted: there an app that can write around it could have put another folder in its place. */
    struct step *own = NULL;
    if (!plan->host->privileged && (plan->uid != plan->root_uid || plan->gid != plan->root_gid)) {
        own = plan_step(plan, ACTION_OWN_VOLUME, item->key, "it belongs to app.user");
        own->at = rootfs_settle(fs, item->at);
        own->from = path;
        own->uid = plan->uid;
        own->gid = plan->gid;
        rootfs_child_opens(fs, own);
    }
    const int opened = own ? own->opened : -1;
    struct step *step = rootfs_step(fs, ACTION_TREE, item->at, true, item->key, "a volume, kept between runs");
    step->steady = steady;
    step->opened = opened;
    step->attributes = BIND_ATTRIBUTES | (entry->exec ? 0 : MOUNT_ATTR_NOEXEC) | (entry->write ? 0 : MOUNT_ATTR_RDONLY);
    const char *at = step->at;
    from_host(fs, step, path, !plan->idmap_binds ? IDMAP_NONE : entry->owner == OWNER_KEEP ? IDMAP_AUTO : IDMAP_VOLUME);
    rootfs_placed(fs, at, GROUND_FOREIGN);
    if (entry->write)
        fs->placed.items[fs->placed.count - 1].shared = path;
}

static void plan_tmpfs(struct rootfs *fs, const struct item *item)
{
    const struct mount_entry *entry = item->entry;
    const bool steady = hold_above(fs, item);
    struct step *step = rootfs_step(fs, ACTION_TMPFS, item->at, false, item->key, "memory, empty at every start");
    step->steady = steady;
    step->from = size_text(fs->plan, entry->size);
    step->mode = entry->mode;
    step->attributes = BIND_ATTRIBUTES | (entry->exec ? 0 : MOUNT_ATTR_NOEXEC);
    step->uid = fs->plan->uid;
    step->gid = fs->plan->gid;
    rootfs_placed(fs, step->at, GROUND_OWN);
    if (!entry->write)
        *SLICE_PUSH(fs->plan->arena, &fs->read_only) = (struct place){ step->at, item->key };
}

static void plan_hide(struct rootfs *fs, const struct item *item)
{
    const char *at = rootfs_settle(fs, item->at);
    const struct placed *on = covering(fs, at);
    const bool inside = on && strcmp(on->at, at) != 0; /* that place itself is there, and stays */
    const bool steady = hold_above(fs, item);
    struct step *step = plan_step(fs->plan, ACTION_MASK, item->key, "hidden: shows as empty");
    step->at = at;
    step->steady = steady;
    step->own = false; /* a file or a folder: what is there decides, and is looked at without leaving the root */
    step->optional = on && on->ground == GROUND_FOREIGN && !on->shared;
    step->writable = on && on->ground != GROUND_FOREIGN;
    if (inside && on->shared) {
        struct step *placeholder =
            plan_step(fs->plan, ACTION_PLACEHOLDER, item->key,
                      "an empty file where there is nothing, so that nothing can be made there; taken away at the end");
        placeholder->from = on->shared;
        placeholder->at = at + strlen(on->at) + (*on->at != '\0');
    }
    rootfs_placed(fs, at, GROUND_FOREIGN);
}

/* A socket takes connections on a read-only mount too. */
static void plan_socket(struct rootfs *fs, const struct item *item)
{
    const bool steady = hold_above(fs, item);
    struct step *step = rootfs_step(fs, ACTION_TREE, item->at, true, item->key, "a socket of the host");
    step->steady = steady;
    step->attributes = BIND_ATTRIBUTES | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
    step->mode = S_IFSOCK;
    const char *at = step->at;
    from_host(fs, step, item->at, IDMAP_NONE);
    rootfs_placed(fs, at, GROUND_FOREIGN);
}

static void add_sockets(struct rootfs *fs)
{
    const struct strings *paths = &fs->plan->spec->sockets.paths;
    for (size_t i = 0; i < paths->count; i++)
        *SLICE_PUSH(fs->plan->arena, &fs->items) = (struct item){ .at = paths->items[i],
                                                                  .key = arena_printf(fs->plan->arena, "sockets.unix[%zu]", i),
                                                                  .plan = plan_socket };
}

/* --- secrets ------------------------------------------------------------------------------------------------------ */

#define SECRET_MOST ((uint64_t)1 << 20)

static void plan_secrets(struct rootfs *fs, const struct item *item)
{
    struct plan *plan = fs->plan;
    const struct spec *spec = plan->spec;
    for (size_t i = 0; i < spec->secrets.count; i++) {
        struct step *open = plan_step(plan, ACTION_OPEN_SECRET, arena_printf(plan->arena, "secrets[%zu].from", i),
                                      "with the caller's rights; refused where everyone may read it");
        open->from = spec->secrets.items[i].from;
        open->at = spec->secrets.items[i].name;
        open->mode = spec->secrets.items[i].mode;
        open->uid = plan->uid;
        open->gid = plan->gid;
        open->tree = (int)i;
        open->number = SECRET_MOST;
        open->optional = spec_optional(spec, arena_printf(plan->arena, "secrets[%zu]", i));
    }
    struct step *step =
        rootfs_step(fs, ACTION_SECRETS, item->at, false, item->key, "copied into memory, which goes with the container");
    step->from = arena_printf(plan->arena, "%zu", (spec->secrets.count + 1) * SECRET_MOST);
    step->attributes = BIND_ATTRIBUTES | MOUNT_ATTR_NOEXEC;
    rootfs_placed(fs, step->at, GROUND_FOREIGN);
}

static int add_secrets(struct rootfs *fs, struct error *err)
{
    if (!fs->plan->spec->secrets.count)
        return 0;
    if (spec_mounts_at(fs->plan->spec, "/run/secrets")) {
        spec_error(err, fs->plan->spec, "secrets", "are shown at /run/secrets, and the profile mounts something else there");
        return error_help(err, "mount that at another place");
    }
    *SLICE_PUSH(fs->plan->arena, &fs->items) = (struct item){ .at = "/run/secrets", .key = "secrets", .plan = plan_secrets };
    return 0;
}

static void plan_entry(struct rootfs *fs, const struct item *item)
{
    static void (*const kinds[])(struct rootfs *, const struct item *) = {
        [MOUNT_BIND] = plan_bind,
        [MOUNT_TMPFS] = plan_tmpfs,
        [MOUNT_VOLUME] = plan_volume,
        [MOUNT_HIDE] = plan_hide,
    };
    kinds[item->entry->kind](fs, item);
}

/* --- all of them, by depth --------------------------------------------------------------------------------------------------
 */

static size_t depth(const char *path)
{
    size_t n = 0;
    for (const char *p = path; *p; p++)
        n += *p == '/' && p[1];
    return n;
}

/* Of where they really are: one place may be written in two ways. Stable: equals keep the order in which they were added,
 * hiding last, since it covers what was put at the same depth. */
static void sort_by_depth(struct rootfs *fs)
{
    for (size_t i = 0; i < fs->items.count; i++)
        fs->items.items[i].is = rootfs_settle(fs, fs->items.items[i].at);
    for (size_t i = 1; i < fs->items.count; i++) {
        struct item item = fs->items.items[i];
        size_t j = i;
        for (; j > 0 && depth(fs->items.items[j - 1].is) > depth(item.is); j--)
            fs->items.items[j] = fs->items.items[j - 1];
        fs->items.items[j] = item;
    }
}

void rootfs_add(struct rootfs *fs, const char *at, rootfs_plan *plan)
{
    if (!spec_mounts_at(fs->plan->spec, at))
        *SLICE_PUSH(fs->plan->arena, &fs->items) = (struct item){ .at = at, .plan = plan };
}

static void add_profile(struct rootfs *fs)
{
    const struct spec *spec = fs->plan->spec;
    struct arena *arena = fs->plan->arena;
    static const enum mount_kind hidden_last[] = { MOUNT_BIND, MOUNT_HIDE };
    for (size_t i = 0; spec->root.from == ROOT_HOST && i < spec->root.show.count; i++)
        *SLICE_PUSH(arena, &fs->items) = (struct item){ .at = spec->root.show.items[i].at,
                                                        .key = arena_printf(arena, "root.show[%zu]", i),
                                                        .entry = &spec->root.show.items[i],
                                                        .plan = plan_show };
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < spec->mounts.count; i++) {
            const struct mount_entry *entry = &spec->mounts.items[i];
            if ((entry->kind == MOUNT_HIDE) == (hidden_last[pass] == MOUNT_HIDE))
                *SLICE_PUSH(arena, &fs->items) = (struct item){
                    .at = entry->at, .key = arena_printf(arena, "mounts[%zu]", i), .entry = entry, .plan = plan_entry
                };
        }
    }
    for (size_t i = 0; i < spec->root.hide.count; i++) {
        struct mount_entry *entry = arena_alloc(arena, sizeof *entry);
        *entry = (struct mount_entry){ .kind = MOUNT_HIDE, .at = spec->root.hide.items[i] };
        *SLICE_PUSH(arena, &fs->items) = (struct item){
            .at = entry->at, .key = arena_printf(arena, "root.hide[%zu]", i), .entry = entry, .plan = plan_entry
        };
    }
}

int plan_rootfs(struct plan *plan, struct error *err)
{
    struct rootfs fs = { .plan = plan };

    if (check_owners(plan, err) < 0 || check_sources(plan, err) < 0 || check_settled(plan, err) < 0)
        return -1;
    /* Before the root: it lies on the host's root as the new one does, and must not lie on that. */
    if (plan->spec->root.write == WRITE_DISCARD && plan->spec->root.from != ROOT_EMPTY)
        plan_step(plan, ACTION_SCRATCH, "root.write", "what is written lies here, and goes with the container")->from =
            size_text(plan, plan->spec->root.size);
    plan_root(&fs);
    /* Where /proc will cover it for good: nothing has to be unmounted, which would make every start wait for an RCU grace
     * period more. */
    rootfs_step(&fs, ACTION_STAGING, "/proc", false, NULL,
                "holds the generated files and the masks, read-only, and is covered by what is mounted there next");
    for (size_t i = 0; i < fs.host_trees.count; i++)
        mask_private(&fs, fs.host_trees.items[i]);
    skeleton_add(&fs);
    add_profile(&fs);
    add_sockets(&fs);
    if (add_secrets(&fs, err) < 0)
        return -1;
    sort_by_depth(&fs);
    for (size_t i = 0; i < fs.items.count; i++)
        fs.items.items[i].plan(&fs, &fs.items.items[i]);

    skeleton_finish(&fs);
    plan_step(plan, ACTION_PIVOT, NULL, "the host's root is detached, not merely out of sight");
    return 0;
}
