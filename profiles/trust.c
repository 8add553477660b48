#include "profiles/trust.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#define MOST_LINKS 40 /* as the kernel */
#define OVERFLOW_UID 65534U

struct way {
    int folder;          /* where we are */
    char rest[PATH_MAX]; /* still to go */
    char gone[PATH_MAX]; /* the way so far, for messages */
    unsigned links;
    bool outside_ids; /* this user namespace has ids that it cannot name: their owners are its own host */
};

/* In a user namespace that maps only some ids, what belongs to the others shows as 65534. Its owners stand outside,
 * where this namespace was made: whom of them to trust is decided there, by what was shown to it. A file of somebody inside
 * would show its own id. Not where 65534 is itself an id of the inside. */
static bool has_outside_ids(void)
{
    AUTO_FCLOSE FILE *map = fopen("/proc/self/uid_map", "re");
    unsigned long inside, outside, count;
    bool all = true;
    while (map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3) {
        if (inside <= OVERFLOW_UID && OVERFLOW_UID - inside < count)
            return false;
        all = false;
    }
    return !all;
}

static bool is_roots(const struct way *way, const struct stat *st)
{
    return st->st_uid == 0 || (way->outside_ids && st->st_uid == OVERFLOW_UID);
}

static const char *kind_of(const struct stat *st)
{
    return S_ISDIR(st->st_mode) ? "folder" : S_ISLNK(st->st_mode) ? "link" : "file";
}

static int refuse(struct way *way, const struct stat *st, const char *asked, struct error *err)
{
    const char *name = way->gone[0] ? way->gone : "/";
    if (!is_roots(way, st)) {
        error_set(err, "%s is not trusted: the %s %s belongs to uid %u, who could change what root runs", asked, kind_of(st),
                  name, st->st_uid);
        error_help(err,
                   S_ISLNK(st->st_mode)
                       ? "make the link as root, or give the path that it leads to: %s"
                       : "as root: chown root %s, after reading what it says; or move the profile to /etc/cordon/profiles",
                   name);
    } else {
        error_set(err, "%s is not trusted: the %s %s can be written by %s (mode %04o), who could change what root runs", asked,
                  kind_of(st), name, st->st_mode & S_IWOTH ? "everybody" : "its group", st->st_mode & 07777);
        error_help(err, "as root: chmod go-w %s, after reading what it says; or move the profile to /etc/cordon/profiles",
                   name);
    }
    err->code = EPERM;
    return -1;
}

static int check(struct way *way, const struct stat *st, const char *asked, struct error *err)
{
    bool writable = st->st_mode & (S_IWGRP | S_IWOTH);
    if (S_ISLNK(st->st_mode)) /* a link has no mode of its own, and its folder was checked */
        writable = false;
    if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
        writable = false;
    return is_roots(way, st) && !writable ? 0 : refuse(way, st, asked, err);
}

static int go_to_root(struct way *way, const char *asked, struct error *err)
{
    struct stat st;
    if (way->folder >= 0)
        close(way->folder);
    way->gone[0] = '\0';
    way->folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (way->folder < 0 || fstat(way->folder, &st) < 0)
        return error_errno(err, errno, "open /");
    return check(way, &st, asked, err);
}

static int follow_link(struct way *way, int link, const char *asked, struct error *err)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    if (length < 0)
        return error_errno(err, errno, "read the link %s", way->gone);
    target[length] = '\0';
    if (++way->links > MOST_LINKS)
        return error_errno(err, ELOOP, "%s", asked);
    if ((size_t)length + 1 + strlen(way->rest) >= sizeof target)
        return error_errno(err, ENAMETOOLONG, "%s", asked);
    strcat(target, "/");
    strcat(target, way->rest);
    strcpy(way->rest, target);
    *strrchr(way->gone, '/') = '\0';
    return target[0] == '/' ? go_to_root(way, asked, err) : 0;
}

/* Takes the next component out of `rest`. False at the end. */
static bool next_name(struct way *way, char name[NAME_MAX + 1])
{
    char *p = way->rest + strspn(way->rest, "/");
    size_t length = strcspn(p, "/");
    if (!length || length > NAME_MAX)
        return false;
    memcpy(name, p, length);
    name[length] = '\0';
    memmove(way->rest, p + length, strlen(p + length) + 1);
    return true;
}

static void note_name(struct way *way, const char *name)
{
    size_t length = strlen(way->gone);
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(way->gone, '/');
        if (slash)
            *slash = '\0';
    } else if (strcmp(name, ".") != 0) {
        snprintf(way->gone + length, sizeof way->gone - length, "/%.*s", NAME_MAX, name);
    }
}

static int open_regular(int folder, const char *name, int flags, const char *asked, struct stat *ret_stat, struct error *err)
{
    int fd = file_open_regular(folder, name, flags, ret_stat);
    if (fd < 0 && (errno == EISDIR || errno == EINVAL))
        return error_set(err, "%s is %s, not a profile", asked, errno == EISDIR ? "a folder" : "not a regular file");
    return fd < 0 ? error_errno(err, errno, "cannot read the profile %s", asked) : fd;
}

/* One step. 1: arrived, *ret_fd is the file; 0: further on; -1: error. */
static int step(struct way *way, const char *name, const char *asked, int *ret_fd, struct stat *ret_stat, struct error *err)
{
    AUTO_CLOSE int fd = openat(way->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "cannot read the profile %s", asked);
    note_name(way, name);
    if (check(way, &st, asked, err) < 0)
        return -1;
    if (S_ISLNK(st.st_mode))
        return follow_link(way, fd, asked, err);
    if (S_ISDIR(st.st_mode)) {
        close(way->folder);
        way->folder = take_fd(&fd);
        return 0;
    }
    /* A name can be given to another file between the two opens, so what was opened for reading is checked again. */
    *ret_fd = open_regular(way->folder, name, O_NOFOLLOW, asked, ret_stat, err);
    if (*ret_fd < 0)
        return -1;
    if (check(way, ret_stat, asked, err) < 0) {
        close(*ret_fd);
        return -1;
    }
    return 1;
}

static int walk_as_root(struct way *way, const char *path, struct stat *ret_stat, struct error *err)
{
    char name[NAME_MAX + 1];
    int fd = -1;
    if (strlen(path) >= sizeof way->rest)
        return error_errno(err, ENAMETOOLONG, "%s", path);
    strcpy(way->rest, path);
    if (go_to_root(way, path, err) < 0)
        return -1;
    while (next_name(way, name)) {
        int arrived = step(way, name, path, &fd, ret_stat, err);
        if (arrived < 0)
            return -1;
        if (arrived)
            return way->rest[strspn(way->rest, "/")] ? (close(fd), error_errno(err, ENOTDIR, "%s", path)) : fd;
    }
    return error_set(err, "%s is a folder, not a profile", path);
}

int trust_open(const char *path, uid_t uid, struct stat *ret_stat, struct error *err)
{
    if (uid != 0 || weak("trust"))
        return open_regular(AT_FDCWD, path, 0, path, ret_stat, err);
    struct way way = { .folder = -1, .outside_ids = has_outside_ids() };
    int fd = walk_as_root(&way, path, ret_stat, err);
    if (way.folder >= 0)
        close(way.folder);
    return fd;
}
