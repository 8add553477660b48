#include "rootfs-tools/folders.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int folder_make(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make %s", path);
    return 0;
}

/* The folder that the next part of the way lies in; parts that are missing are where the file goes. */
int placeholder_make(const char *folder, const char *at, struct placeholder *ret, struct error *err)
{
    *ret = (struct placeholder){ .folder = -1 };
    AUTO_CLOSE int here = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (here < 0)
        return error_errno(err, errno, "open %s", folder);
    for (const char *part = at; *part;) {
        size_t length = strcspn(part, "/");
        if (length >= sizeof ret->name)
            return error_errno(err, ENAMETOOLONG, "keep %s/%s empty", folder, at);
        memcpy(ret->name, part, length);
        ret->name[length] = '\0';
        part += length + strspn(part + length, "/");
        int next = openat(here, ret->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && errno != ENOENT)
            return error_errno(err, errno, "keep %s/%s empty", folder, at);
        if (next < 0)
            break;
        close(here);
        here = next;
        if (!*part)
            return 0; /* it is there: what is there is hidden */
    }
    AUTO_CLOSE int file = openat(here, ret->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    struct stat st;
    if (file < 0 || fstat(file, &st) < 0)
        return error_errno(err, errno, "keep %s/%s empty", folder, at);
    ret->folder = take_fd(&here);
    ret->device = st.st_dev;
    ret->inode = st.st_ino;
    return 0;
}

void placeholder_remove(struct placeholder *placeholder)
{
    struct stat st;
    if (placeholder->folder < 0)
        return;
    if (fstatat(placeholder->folder, placeholder->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == placeholder->device &&
        st.st_ino == placeholder->inode && st.st_size == 0)
        unlinkat(placeholder->folder, placeholder->name, 0);
    close(take_fd(&placeholder->folder));
}

int volume_make(const char *path, mode_t mode, bool set_owner, uid_t uid, gid_t gid, struct error *err)
{
    const char *name = strrchr(path, '/') + 1;
    AUTO_FREE char *above = strndup(path, (size_t)(name - path - 1));
    AUTO_CLOSE int folder = file_own_folder(above, err);
    if (folder < 0)
        return -1;
    if (mkdirat(folder, name, mode) < 0)
        return errno == EEXIST ? 0 : error_errno(err, errno, "make %s", path);
    /* Just made in a folder that only the caller can write to: the name still means it. */
    if (set_owner && fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "give %s to its owner", path);
    return 0;
}
