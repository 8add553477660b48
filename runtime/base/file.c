#include "base/file.h"

#include "base/cleanup.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(mode_t mode)
{
    errno = S_ISDIR(mode) ? EISDIR : S_ISLNK(mode) ? ELOOP : EINVAL;
    return -1;
}

char *file_read_small(int dir, const char *path, size_t limit, struct arena *arena)
{
    AUTO_CLOSE int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && refuse(st.st_mode) < 0))
        return NULL;
    /* What procfs and sysfs make while it is read has no size; what has one is read in one go. */
    size_t room = st.st_size > 0 && (size_t)st.st_size < limit ? (size_t)st.st_size : limit;
    char *text = arena_alloc(arena, room + 1);
    size_t used = 0;
    ssize_t n = 0;
    while (used < room && (n = read(fd, text + used, room - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    return n < 0 ? NULL : text; /* a part of it would be taken for all there is */
}

static const int to_read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

int file_reopen_regular(int there, struct stat *ret_stat)
{
    char name[40];
    if (fstat(there, ret_stat) < 0)
        return -1;
    if (!S_ISREG(ret_stat->st_mode))
        return refuse(ret_stat->st_mode);
    snprintf(name, sizeof name, "/proc/self/fd/%d", there);
    return open(name, to_read);
}

int file_open_regular(int dir, const char *path, int flags, struct stat *ret_stat)
{
    AUTO_CLOSE int there = openat(dir, path, O_PATH | O_CLOEXEC | flags);
    int fd = there < 0 ? -1 : file_reopen_regular(there, ret_stat);
    if (fd >= 0 || there < 0 || errno != ENOENT)
        return fd;
    /* No /proc here: by name once more, and looked at once more. */
    fd = openat(dir, path, to_read | flags);
    if (fd < 0 || (fstat(fd, ret_stat) == 0 && S_ISREG(ret_stat->st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

char *file_read_regular(struct arena *arena, int dir, const char *path, int flags, size_t limit, struct stat *ret_stat,
                        size_t *ret_length)
{
    AUTO_CLOSE int fd = file_open_regular(dir, path, flags, ret_stat);
    if (fd < 0)
        return NULL;
    const size_t size = (size_t)ret_stat->st_size;
    if (size > limit) {
        errno = EFBIG;
        return NULL;
    }
    char *text = arena_alloc(arena, size + 1);
    size_t length = 0;
    ssize_t n = 1;
    while (length < size && n != 0) {
        n = read(fd, text + length, size - length);
        if (n < 0 && errno != EINTR)
            return NULL;
        length += n > 0 ? (size_t)n : 0;
    }
    *ret_length = length;
    return text;
}

bool file_is_at(int folder, const char *name, int file)
{
    struct stat held, named;
    return fstat(file, &held) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

static int make_above(const char *path)
{
    char part[4096];
    size_t length = strlen(path);
    if (length >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i])
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

int file_own_folder(const char *path, struct error *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | (weak("own-folder") ? 0 : O_NOFOLLOW) | O_CLOEXEC;
    AUTO_CLOSE int fd = open(path, flags);
    if (fd < 0 && errno == ENOENT) {
        if (make_above(path) < 0)
            return error_errno(err, errno, "make %s", path);
        fd = open(path, flags);
    }
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat %s", path);
    if ((st.st_uid != geteuid() || st.st_mode & 022) && !weak("own-folder")) {
        error_set(err, "%s is not the caller's own, or others can write to it (owner %u, mode %04o)", path, st.st_uid,
                  st.st_mode & 07777);
        return error_help(err, "it must belong to user %u with mode 0700", geteuid());
    }
    return take_fd(&fd);
}
