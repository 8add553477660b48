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
