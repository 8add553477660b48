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

static bool is_at_or_above(const char *path, const char *other)
{
    size_t length = strlen(path);
    return strncmp(other, path, length) == 0 && (!other[length] || other[length] == '/');
}

/* The longest way above `at` where something else is mounted: what the root has below that is not seen, and a link there would
 * lead a hide away from what it is to hide. 0: none. */
static size_t covered(const struct spec *spec, const char *at)
{
    static const char *const always[] = { "/proc", "/sys", "/dev", "/tmp", "/var/tmp", "/run" };
    size_t longest = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always + spec->mounts.count; i++) {
        const size_t own = i - sizeof always / sizeof *always;
        const char *above = i < sizeof always / sizeof *always ? always[i] : spec->mounts.items[own].at;
        const size_t length = strlen(above);
        if (length > longest && at[length] && is_at_or_above(above, at))
            longest = length;
    }
    return longest;
}

/* The key that names a place; NULL: none does. */
static const char *key_of(const struct spec *spec, const char *at, struct arena *arena)
{
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (strcmp(spec->mounts.items[i].at, at) == 0)
            return arena_printf(arena, "mounts[%zu].at", i);
    for (size_t i = 0; i < spec->root.hide.count; i++)
        if (strcmp(spec->root.hide.items[i], at) == 0)
            return arena_printf(arena, "root.hide[%zu]", i);
    for (size_t i = 0; i < spec->sockets.paths.count; i++)
        if (strcmp(spec->sockets.paths.items[i], at) == 0)
            return arena_printf(arena, "sockets.unix[%zu]", i);
    return NULL;
}

/* By the root's links as far as the root itself is seen there. Each place of the profile's once: asked again, the root could
 * say something else, and what lies in a mount would lie beside it. */
static const char *settle_seen(struct host *host, const struct spec *spec, int root, const char *at, struct arena *arena)
{
    for (size_t i = 0; i < host->settled.count; i++)
        if (strcmp(host->settled.items[i].at, at + 1) == 0)
            return host->settled.items[i].is;
    const size_t length = covered(spec, at);
    const char *above = length ? settle_seen(host, spec, root, arena_strndup(arena, at, length), arena) : NULL;
    const char *is = above ? arena_printf(arena, "%s%s", above, at + length + !*above) : settle(root, at + 1, arena);
    const char *key = key_of(spec, at, arena);
    if (key)
        *SLICE_PUSH(arena, &host->settled) = (struct settled_place){ at + 1, is, key };
    return is;
}

/* --- sources ------------------------------------------------------------------------------------------------------ */

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
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (entry->kind == MOUNT_BIND && !entry->create)
            gather_source(host, spec, entry->source, arena);
        if (root >= 0)
            settle_seen(host, spec, root, entry->at, arena);
    }
    for (size_t i = 0; root >= 0 && i < spec->root.hide.count; i++)
        settle_seen(host, spec, root, spec->root.hide.items[i], arena);
    for (size_t i = 0; i < spec->sockets.paths.count; i++) {
        gather_source(host, spec, spec->sockets.paths.items[i], arena);
        if (root >= 0)
            settle_seen(host, spec, root, spec->sockets.paths.items[i], arena);
    }
}
