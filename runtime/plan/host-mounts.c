#include "plan/host-mounts.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- places ------------------------------------------------------------------------------------------------------- */

bool host_is_kernels(const char *at)
{
    return path_is_below(at, "proc") || path_is_below(at, "sys") || path_is_below(at, "dev");
}

/* Something is mounted there or above, so that what the root has is not seen. */
static bool is_covered(const struct host *host, const char *at)
{
    for (size_t i = 0; i < host->settled.count; i++) {
        const struct settled_place *place = &host->settled.items[i];
        if (place->mount && path_is_below(at, place->is))
            return true;
    }
    return host_is_kernels(at);
}

static const char *joined(struct arena *arena, const char *above, const char *name)
{
    return !*name ? above : *above ? arena_printf(arena, "%s/%s", above, name) : name;
}

/* What the link `name` in `folder` says; NULL: it is none. `folder` has no links. */
static const char *link_in(int root, const char *folder, const char *name, struct arena *arena)
{
    char target[PATH_MAX];
    AUTO_CLOSE int fd = path_open(root, folder, PATH_LINKS_NONE);
    ssize_t length = fd < 0 ? -1 : readlinkat(fd, name, target, sizeof target);
    return length < 0 || length == sizeof target ? NULL : arena_strndup(arena, target, (size_t)length);
}

/* Where `at` is after the links of the root, name by name, as far as the root itself is seen: below what is mounted a link of
 * its would lead a hide away from what it is to hide. What does not exist is taken as it is written. */
static const char *settle(const struct host *host, int root, const char *at, struct arena *arena)
{
    enum { MOST_LINKS = 40 };
    const char *here = "", *rest = at;
    unsigned links = 0;
    while (*(rest += strspn(rest, "/"))) {
        const size_t length = strcspn(rest, "/");
        const char *name = arena_strndup(arena, rest, length), *target;
        rest += length;
        if (strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") == 0) {
            const char *slash = strrchr(here, '/');
            here = slash ? arena_strndup(arena, here, (size_t)(slash - here)) : "";
        } else if (!is_covered(host, here) && !host_is_kernels(joined(arena, here, name)) &&
                   (target = link_in(root, here, name, arena))) {
            if (++links > MOST_LINKS)
                return at;
            here = *target == '/' ? "" : here;
            rest = arena_printf(arena, "%s%s", target, rest);
        } else {
            here = joined(arena, here, name);
        }
    }
    return here;
}

/* Each place once: asked again, a root that changes could say something else, and what lies in a mount would lie beside it. */
static void gather_place(struct host *host, int root, const char *at, bool mount, const char *key, struct arena *arena)
{
    const char *is = settle(host, root, at + 1, arena);
    *SLICE_PUSH(arena, &host->settled) = (struct settled_place){ at + 1, is, key, mount };
}

static size_t parts(const char *path)
{
    size_t count = 0;
    for (; *path; path++)
        count += *path == '/';
    return count;
}

/* First the memory that each container has, then the profile's mounts, what lies above before what may lie in it, then what
 * only hides or shows something there. */
static void gather_places(struct host *host, const struct spec *spec, int root, struct arena *arena)
{
    static const char *const memory[] = { "/tmp", "/run", "/var/tmp" };
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (!spec_mounts_at(spec, memory[i]))
            gather_place(host, root, memory[i], true, "root.from", arena);
    size_t deepest = 0;
    for (size_t i = 0; i < spec->mounts.count; i++)
        deepest = parts(spec->mounts.items[i].at) > deepest ? parts(spec->mounts.items[i].at) : deepest;
    for (size_t depth = 0; depth <= deepest; depth++)
        for (size_t i = 0; i < spec->mounts.count; i++)
            if (spec->mounts.items[i].kind != MOUNT_HIDE && parts(spec->mounts.items[i].at) == depth)
                gather_place(host, root, spec->mounts.items[i].at, true, arena_printf(arena, "mounts[%zu].at", i), arena);
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (spec->mounts.items[i].kind == MOUNT_HIDE)
            gather_place(host, root, spec->mounts.items[i].at, false, arena_printf(arena, "mounts[%zu].at", i), arena);
    for (size_t i = 0; i < spec->root.hide.count; i++)
        gather_place(host, root, spec->root.hide.items[i], false, arena_printf(arena, "root.hide[%zu]", i), arena);
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        gather_place(host, root, spec->sockets.paths.items[i], false, arena_printf(arena, "sockets.unix[%zu]", i), arena);
}

/* --- sources ------------------------------------------------------------------------------------------------------ */

/* By another entry: create: true, or a volume. */
static bool will_be_made(const struct host *host, const struct spec *spec, const char *path)
{
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (entry->kind == MOUNT_BIND && entry->create && path_is_below(entry->source, path))
            return true;
        if (entry->kind == MOUNT_VOLUME && path_is_below(path, host->data))
            return true;
    }
    return false;
}

/* Whether `path` is longer than the part that ends at `*end`; if so moves it to the end of the next name. */
static bool next_part(const char **end)
{
    *end += strspn(*end, "/");
    size_t length = strcspn(*end, "/");
    *end += length;
    return length > 0;
}

static bool is_mapped(uint32_t id, uint32_t own, const struct id_block *more)
{
    return id == own || (id >= more->start && id - more->start < more->count);
}

/* A folder that keeps a plain user out may let the root of his user namespace in, if both its ids are his there. */
static bool may_pass(const struct host *host, const char *path, struct arena *arena)
{
    const struct id_block none = { 0 };
    const struct id_block *uids = host->has_newuidmap ? &host->subuids : &none,
                          *gids = host->has_newuidmap ? &host->subgids : &none;
    const char *folder = "/";
    struct stat st;
    for (const char *end = path; next_part(&end);) {
        const char *part = arena_strndup(arena, path, (size_t)(end - path));
        AUTO_CLOSE int fd = open(part, O_PATH | O_CLOEXEC);
        if (fd < 0 && lstat(part, &st) == 0)
            return true; /* a link: what stops him is behind it, and the start will tell */
        if (fd < 0)
            break;
        folder = part;
    }
    return !host->privileged && stat(folder, &st) == 0 && is_mapped(st.st_uid, host->caller.uid, uids) &&
           is_mapped(st.st_gid, host->caller.gid, gids);
}

/* The name alone is looked up, as it will be: access(2) would ask the file itself too. */
static void gather_source(struct host *host, const struct spec *spec, const char *path, struct arena *arena)
{
    AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
    int code = fd < 0 ? errno : 0;
    if (!code || (code == ENOENT && will_be_made(host, spec, path)) || (code == EACCES && may_pass(host, path, arena)))
        return;
    *SLICE_PUSH(arena, &host->unreachable) = (struct unreachable){ arena_strdup(arena, path), code };
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

void host_gather_mounts(struct host *host, const struct spec *spec, int root, struct arena *arena)
{
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (spec->mounts.items[i].kind == MOUNT_BIND && !spec->mounts.items[i].create)
            gather_source(host, spec, spec->mounts.items[i].source, arena);
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        gather_source(host, spec, spec->sockets.paths.items[i], arena);
    if (root >= 0 && !weak("settle links"))
        gather_places(host, spec, root, arena);
}
