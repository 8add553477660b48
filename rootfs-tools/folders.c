#include "rootfs-tools/folders.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

int folder_make(int above, const char *path, mode_t mode, struct error *err)
{
    if (mkdirat(above, strrchr(path, '/') + 1, mode) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make %s", path);
    return 0;
}

static bool is_placeholder(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_size == 0 && (st->st_mode & 07777) == 0400 && st->st_uid == geteuid();
}

/* Opens the placeholder NAME in a folder, made where there is nothing. -1 with errno; EEXIST: there is something else, or a
 * file that somebody else holds, whom no start waits for. Another run may take away what was just opened, before it is held:
 * then once more. */
static int open_placeholder(int folder, const char *name)
{
    struct stat st;
    for (int tries = 0; tries < 10; tries++) {
        AUTO_CLOSE int fd = openat(folder, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (fd < 0 && errno == EEXIST)
            fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return -1;
        if (fd < 0)
            continue;
        if (fstat(fd, &st) < 0 || !is_placeholder(&st))
            break;
        if (flock(fd, LOCK_SH | LOCK_NB) < 0)
            poll(NULL, 0, 1);
        else if (file_is_at(folder, name, fd))
            return take_fd(&fd);
    }
    errno = EEXIST;
    return -1;
}

/* Walks to the last folder there is; the next part of the way, missing or the last, is where the file goes. */
int placeholder_make(int folder, const char *folder_name, const char *at, struct placeholder *ret, struct error *err)
{
    *ret = (struct placeholder){ .folder = -1, .file = -1 };
    AUTO_CLOSE int here = fcntl(folder, F_DUPFD_CLOEXEC, 3); /* "." would take the right to search it */
    if (here < 0)
        return error_errno(err, errno, "open %s", folder_name);
    for (const char *part = at;;) {
        size_t length = strcspn(part, "/");
        if (length >= sizeof ret->name)
            return error_errno(err, ENAMETOOLONG, "keep %s/%s empty", folder_name, at);
        memcpy(ret->name, part, length);
        ret->name[length] = '\0';
        part += length + strspn(part + length, "/");
        int next = *part ? openat(here, ret->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (next < 0)
            break;
        close(here);
        here = next;
    }
    ret->file = open_placeholder(here, ret->name);
    /* Something is there, with a lease on it for EAGAIN, a socket or a node for ENXIO and ENODEV: that is hidden. A link is no
     * such thing: it can be exchanged. */
    bool is_there = ret->file < 0 && (errno == EEXIST || errno == EACCES || errno == EAGAIN || errno == ENXIO ||
                                      errno == ENODEV || weak("steady places"));
    if (ret->file < 0 && !is_there) {
        bool link = errno == ELOOP;
        error_errno(err, errno, "keep %s/%s empty", folder_name, at);
        return link ? error_help(err, "name the place without the link") : -1;
    }
    if (ret->file >= 0)
        ret->folder = take_fd(&here);
    return 0;
}

void placeholder_remove(struct placeholder *placeholder)
{
    struct stat held;
    if (placeholder->folder < 0)
        return;
    /* The kernel takes the mounts on a file away with its last name: another run's must stay. */
    if (weak("placeholder"))
        unlinkat(placeholder->folder, placeholder->name, 0);
    else if (flock(placeholder->file, LOCK_EX | LOCK_NB) == 0 && fstat(placeholder->file, &held) == 0 &&
             is_placeholder(&held) && file_is_at(placeholder->folder, placeholder->name, placeholder->file))
        unlinkat(placeholder->folder, placeholder->name, 0);
    close(take_fd(&placeholder->file));
    close(take_fd(&placeholder->folder));
}

int volume_make(const char *path, mode_t mode, bool set_owner, uid_t uid, gid_t gid, struct error *err)
{
    const char *name = strrchr(path, '/') + 1;
    AUTO_FREE char *above = strndup(path, (size_t)(name - path - 1));
    AUTO_CLOSE int folder = file_own_folder(above, err);
    if (folder < 0)
        return -1;
    struct stat st;
    if (mkdirat(folder, name, mode) < 0) {
        if (errno != EEXIST || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return error_errno(err, errno, "make %s", path);
        /* A container that was once shown the folder above could have left a link to elsewhere. */
        if (!S_ISDIR(st.st_mode) && !weak("own-folder"))
            return error_set(err, "the volume %s is a link or a file, not a folder", path);
        return 0;
    }
    /* Just made in a folder that only the caller can write to: the name still means it. */
    if (set_owner && fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "give %s to its owner", path);
    return 0;
}
