#include "setup/sources.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"
#include "kernel/mounts.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40 /* as the kernel */

/* A folder, whatever it is called. */
struct folder {
    dev_t device;
    ino_t file;
    bool written; /* it, or one above it, is the app's to write to */
};

/* The way from the top down to where we stand. */
struct way {
    const struct plan *plan;
    struct arena *arena;
    SLICE(struct folder) written;
    SLICE(struct folder) above; /* the last is where we stand */
    unsigned links;
};

/* --- what the app may write to ------------------------------------------------------------------------------------ */

static bool is_written(const struct mount_entry *entry)
{
    return entry->write && (entry->kind == MOUNT_BIND || entry->kind == MOUNT_VOLUME);
}

static bool lets_write(const struct spec *spec)
{
    bool any = spec->root.from == ROOT_DIR && spec->root.write == WRITE_DIRECT;
    for (size_t i = 0; i < spec->mounts.count && !any; i++)
        any = is_written(&spec->mounts.items[i]);
    return any;
}

static bool folder_of(int fd, struct folder *ret)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return false;
    *ret = (struct folder){ st.st_dev, st.st_ino, false };
    return true;
}

static bool is_same(const struct folder *a, const struct folder *b) { return a->device == b->device && a->file == b->file; }

/* Through one that is not there, or where the caller cannot come, no way leads. */
static bool leads_nowhere(int code) { return code == ENOENT || code == ENOTDIR || code == EACCES || code == ELOOP; }

/* Who may write to the whole host makes links wherever he likes: "/" is not counted. One that is passed over for another reason
 * would let its links be followed. */
static int add_written(struct way *way, const char *path, struct error *err)
{
    AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
    struct folder folder;
    if (fd < 0 && leads_nowhere(errno))
        return 0;
    if (!folder_of(fd, &folder))
        return error_errno(err, errno, "look at %s, which the app may write to", path);
    if (!is_same(&folder, &way->above.items[0]))
        *SLICE_PUSH(way->arena, &way->written) = folder;
    return 0;
}

static int add_all_written(struct way *way, struct error *err)
{
    const struct spec *spec = way->plan->spec;
    if (spec->root.from == ROOT_DIR && spec->root.write == WRITE_DIRECT && add_written(way, spec->root.path, err) < 0)
        return -1;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *entry = &spec->mounts.items[i];
        if (!is_written(entry))
            continue;
        const char *path = entry->kind == MOUNT_BIND ? entry->source : host_volume(way->arena, way->plan->host, entry->source);
        if (add_written(way, path, err) < 0)
            return -1;
    }
    return 0;
}

/* --- one step ----------------------------------------------------------------------------------------------------- */

static bool stands_in_written(const struct way *way) { return way->above.items[way->above.count - 1].written; }

static void enter(struct way *way, struct folder folder)
{
    folder.written = way->above.count && stands_in_written(way);
    for (size_t i = 0; i < way->written.count; i++)
        folder.written |= is_same(&folder, &way->written.items[i]);
    *SLICE_PUSH(way->arena, &way->above) = folder;
}

static int to_top(struct way *way)
{
    struct folder folder;
    AUTO_CLOSE int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    way->above.count = 0;
    if (!folder_of(fd, &folder))
        return -1;
    enter(way, folder);
    return take_fd(&fd);
}

/* A folder that was moved meanwhile has another one above it: that is nobody's but the app's doing. */
static int go_up(struct way *way, int here)
{
    struct folder folder;
    if (way->above.count == 1)
        return to_top(way);
    AUTO_CLOSE int fd = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !folder_of(fd, &folder))
        return -1;
    way->above.count--;
    if (is_same(&folder, &way->above.items[way->above.count - 1]))
        return take_fd(&fd);
    errno = ELOOP;
    return -1;
}

/* Where the link leads, and then the rest. NULL with errno. */
static const char *follow(struct way *way, int link, const char *rest)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target);
    if (length < 0)
        return NULL;
    if (++way->links > MOST_LINKS || (size_t)length >= sizeof target) {
        errno = ELOOP;
        return NULL;
    }
    return arena_printf(way->arena, "%.*s%s", (int)length, target, rest);
}

/* --- the way ------------------------------------------------------------------------------------------------------ */

static int refuse(const char *path, const char *name, struct error *err)
{
    error_errno(err, ELOOP, "open %s", path);
    error_note(err, "'%s' on the way is a link in a folder that the app may write to: it could be of its making", name);
    return error_help(err, "name what it leads to, if that is what is to be shown");
}

static int walk(struct way *way, const char *path, struct error *err)
{
    AUTO_CLOSE int here = to_top(way);
    if (here >= 0 && add_all_written(way, err) < 0)
        return -1;
    for (const char *rest = path + strspn(path, "/"); here >= 0 && *rest; rest += strspn(rest, "/")) {
        const size_t length = strcspn(rest, "/");
        const char *name = arena_strndup(way->arena, rest, length);
        struct stat st;
        bool up = strcmp(name, "..") == 0;
        rest += length;
        AUTO_CLOSE int next = up ? go_up(way, here) : openat(here, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 || fstat(next, &st) < 0)
            return error_errno(err, errno, "open %s", path);
        if (S_ISLNK(st.st_mode)) {
            if (stands_in_written(way))
                return refuse(path, name, err);
            if (!(rest = follow(way, next, rest)))
                return error_errno(err, errno, "open %s", path);
            if (*rest != '/')
                continue;
            close(take_fd(&next));
            next = to_top(way);
        } else if (!up && strcmp(name, ".") != 0) {
            enter(way, (struct folder){ st.st_dev, st.st_ino, false });
        }
        close(here);
        here = take_fd(&next);
    }
    return here < 0 ? error_errno(err, errno, "open %s", path) : take_fd(&here);
}

/* In one call where no link is on the way, as is the rule. */
int source_open(const struct plan *plan, const char *path, struct error *err)
{
    const bool guarded = lets_write(plan->spec) && !weak("links below");
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = guarded ? RESOLVE_NO_SYMLINKS : 0 };
    int fd = sys_openat2(AT_FDCWD, path, &how);
    if (fd >= 0)
        return fd;
    if (errno != ELOOP || !guarded)
        return error_errno(err, errno, "open %s", path);
    struct way way = { .plan = plan, .arena = plan->arena };
    return walk(&way, path, err);
}

int source_clone(const struct plan *plan, const char *path, struct error *err)
{
    if (!lets_write(plan->spec))
        return mount_clone(AT_FDCWD, path, true, err);
    AUTO_CLOSE int fd = source_open(plan, path, err);
    int tree = fd < 0 ? -1 : mount_clone(fd, "", true, err);
    return tree < 0 && fd >= 0 ? error_context(err, "%s", path) : tree;
}
