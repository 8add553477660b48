#include "plan/host-mounts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- places ------------------------------------------------------------------------------------------------------- */

/* Where `at` is after the links of the root on its way; what does not exist yet is taken as it is written. */
static const char *settle(int root, const char *at, struct arena *arena)
{
    char own[PATH_MAX], link[64], *above = arena_strdup(arena, at);
    snprintf(link, sizeof link, "/proc/self/fd/%d", root);
    ssize_t length = readlink(link, own, sizeof own - 1);
    for (size_t end = strlen(at); length > 0; end = strlen(above)) {
        AUTO_CLOSE int fd = path_open(root, above, PATH_LINKS_INSIDE);
        if (fd >= 0) {
            char real[PATH_MAX];
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t n = readlink(link, real, sizeof real - 1);
            if (n < length || strncmp(real, own, (size_t)length) != 0)
                return at;
            const char *inside = arena_strndup(arena, real + length, (size_t)(n - length));
            inside += strspn(inside, "/");
            return arena_printf(arena, "%s%s", inside, *inside ? at + end : at + end + (at[end] == '/'));
        }
        char *slash = strrchr(above, '/');
        if (!slash)
            return at;
        *slash = '\0';
    }
    return at;
}

/* --- sources: can they be opened? --------------------------------------------------------------------------------- */

static bool is_at_or_above(const char *path, const char *other)
{
    size_t length = strlen(path);
    return strncmp(other, path, length) == 0 && (!other[length] || other[length] == '/');
}

/* By another entry: create: true, or a volume. */
static bool will_be_made(const struct host *host, const struct spec *spec, const char *path)
{
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (entry->kind == MOUNT_BIND && entry->create && is_at_or_above(path, entry->source))
            return true;
        if (entry->kind == MOUNT_VOLUME && is_at_or_above(host->data, path))
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
    for (const char *end = path; next_part(&end);) {
        const char *part = arena_strndup(arena, path, (size_t)(end - path));
        AUTO_CLOSE int fd = open(part, O_PATH | O_CLOEXEC);
        if (fd < 0)
            break;
        folder = part;
    }
    struct stat st;
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

/* --- sources: who made the way to them? --------------------------------------------------------------------------- */

/* NULL: it cannot be looked at. */
static char *real_path(const char *path, struct arena *arena)
{
    char link[64], real[PATH_MAX];
    AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = fd < 0 ? -1 : readlink(link, real, sizeof real - 1);
    return length > 0 ? arena_strndup(arena, real, (size_t)length) : NULL;
}

/* The folders that the app may write to, where they really are. */
static void gather_written(const struct spec *spec, struct strings *ret, struct arena *arena)
{
    char *real;
    if (spec->root.from == ROOT_DIR && spec->root.write == WRITE_DIRECT && (real = real_path(spec->root.path, arena)))
        *SLICE_PUSH(arena, ret) = real;
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (spec->mounts.items[i].kind == MOUNT_BIND && spec->mounts.items[i].write &&
            (real = real_path(spec->mounts.items[i].source, arena)))
            *SLICE_PUSH(arena, ret) = real;
}

/* How many folders below the outermost of these it is; -1: below none. All below "/" would be the whole machine, which such an
 * app can write to anyway. */
static int depth_below(const struct strings *written, const char *real)
{
    int most = -1;
    for (size_t i = 0; real && i < written->count; i++) {
        size_t length = strlen(written->items[i]);
        if (length == 1 || !is_at_or_above(written->items[i], real))
            continue;
        int depth = 0;
        for (const char *end = real + length; next_part(&end);)
            depth++;
        most = depth > most ? depth : most;
    }
    return most;
}

/* Of a source: so many bytes lead to a folder that the app may write to, and what is behind could be links of its making, left
 * there by an earlier run. 0: it is out of its reach, as where the path leaves such a folder again by "..". */
static size_t held_of(const struct strings *written, const char *path, struct arena *arena)
{
    size_t held = 0;
    int depth = -1;
    bool in_its_hands = false;
    for (const char *start, *end = path; start = end, next_part(&end);) {
        start += strspn(start, "/");
        const size_t length = (size_t)(end - start);
        const bool up = length == 2 && strncmp(start, "..", 2) == 0, same = length == 1 && *start == '.';
        in_its_hands |= depth >= 0 && !up && !same;
        if (depth >= 0)
            depth += up ? -1 : same ? 0 : 1;
        if (depth >= 0 || in_its_hands)
            continue;
        held = (size_t)(end - path);
        depth = depth_below(written, real_path(arena_strndup(arena, path, held), arena));
    }
    return in_its_hands ? held : 0;
}

static void gather_held(struct host *host, const struct strings *written, const char *path, struct arena *arena)
{
    size_t held = held_of(written, path, arena);
    if (held)
        *SLICE_PUSH(arena, &host->held) = (struct held_source){ arena_strdup(arena, path), held };
}

static void gather_ways(struct host *host, const struct spec *spec, struct arena *arena)
{
    struct strings written = { 0 };
    gather_written(spec, &written, arena);
    if (!written.count)
        return;
    if (spec->root.from == ROOT_DIR)
        gather_held(host, &written, spec->root.path, arena);
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (entry->kind == MOUNT_BIND)
            gather_held(host, &written, entry->source, arena);
        else if (entry->kind == MOUNT_VOLUME)
            gather_held(host, &written, host_volume(arena, host, entry->source), arena);
    }
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        gather_held(host, &written, spec->sockets.paths.items[i], arena);
    for (size_t i = 0; i < spec->secrets.count; i++)
        gather_held(host, &written, spec->secrets.items[i].from, arena);
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

void host_gather_mounts(struct host *host, const struct spec *spec, int root, struct arena *arena)
{
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (entry->kind == MOUNT_BIND && !entry->create)
            gather_source(host, spec, entry->source, arena);
        const char *at = entry->at + 1, *is = root < 0 ? at : settle(root, at, arena);
        if (strcmp(at, is) != 0)
            *SLICE_PUSH(arena, &host->settled) = (struct settled_place){ at, is };
    }
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        gather_source(host, spec, spec->sockets.paths.items[i], arena);
    gather_ways(host, spec, arena);
}
