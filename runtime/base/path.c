#include "base/path.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

bool path_is_normal(const char *path)
{
    if (weak("paths"))
        return path[0] == '/';
    if (path[0] != '/' || strlen(path) >= PATH_MAX)
        return false;
    for (const char *part = path; *part && path[1];) {
        part++; /* the slash */
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += length;
    }
    return true;
}

bool path_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0)
        return false;
    return length == 0 || folder[length - 1] == '/' || !path[length] || path[length] == '/';
}

static int open_below(int root, const char *path, uint64_t flags, enum path_links links)
{
    struct open_how how = { .flags = flags | O_CLOEXEC,
                            .resolve = RESOLVE_NO_MAGICLINKS |
                                       (links == PATH_LINKS_NONE ? RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH : RESOLVE_IN_ROOT) };
    if (weak("resolve"))
        how.resolve = 0;
    for (int tries = 0; tries < 32; tries++) {
        int fd = sys_openat2(root, *path ? path : ".", &how);
        if (fd >= 0 ||
            errno != EAGAIN) /* EAGAIN: something was renamed meanwhile, and the kernel cannot tell whether we got out */
            return fd;
    }
    return -1;
}

int path_open(int root, const char *path, enum path_links links) { return open_below(root, path, O_PATH, links); }

int path_open_to_read(int root, const char *path)
{
    return open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, PATH_LINKS_INSIDE);
}

/* Opens the folder `part`, made where it is missing. O_PATH and O_NOFOLLOW are for the maker: a dangling link is not followed
 * to make its target. */
static int enter(int root, const char *part, enum path_links links)
{
    int fd = open_below(root, part, O_PATH | O_DIRECTORY, links);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    const char *slash = strrchr(part, '/');
    AUTO_FREE char *above = slash ? strndup(part, (size_t)(slash - part)) : strdup("");
    AUTO_CLOSE int folder = open_below(root, above, O_PATH | O_DIRECTORY, links);
    if (folder < 0 || (mkdirat(folder, slash ? slash + 1 : part, 0755) < 0 && errno != EEXIST))
        return -1;
    return open_below(root, part, O_PATH | O_DIRECTORY, links);
}

int path_make(int root, const char *path, bool file, enum path_links links)
{
    AUTO_FREE char *part = strdup(path);
    for (char *slash = strchr(part, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        AUTO_CLOSE int fd = enter(root, part, links);
        if (fd < 0)
            return -1;
        *slash = '/';
    }
    if (!file)
        return enter(root, part, links);
    const char *slash = strrchr(part, '/');
    AUTO_FREE char *above = slash ? strndup(part, (size_t)(slash - part)) : strdup("");
    AUTO_CLOSE int folder = open_below(root, above, O_PATH | O_DIRECTORY, links);
    if (folder < 0 || (mknodat(folder, slash ? slash + 1 : part, S_IFREG | 0644, 0) < 0 && errno != EEXIST))
        return -1;
    return open_below(root, part, O_PATH, links);
}
