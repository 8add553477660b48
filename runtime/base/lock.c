#include "base/lock.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>

int lock_number(const char *folder, const char *name, uint64_t number, struct error *err)
{
    AUTO_CLOSE int dir = file_own_folder(folder, err);
    if (dir < 0)
        return -1;
    AUTO_CLOSE int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_errno(err, errno, "open %s/%s", folder, name);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(number & INT64_MAX), .l_len = 1 };
    if (lock.l_start == INT64_MAX)
        lock.l_start--; /* start + length must not pass the end */
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0 || weak("locks"))
        return take_fd(&fd);
    if (errno == EAGAIN || errno == EACCES)
        return LOCK_E_BUSY;
    return error_errno(err, errno, "lock %s/%s", folder, name);
}
