/* Landlock in place of a device program. It knows only what is let through, and what is let through is so with all that is
 * below it: so everything is named that is beside the devices, from the root down. What is not limited is not in the wall's
 * rights. */
#include "base/cleanup.h"
#include "kernel/landlock.h"
#include "setup/launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct wall {
    const struct plan *plan;
    int fd;
    uint64_t rights;
};

static uint64_t rights_of(const struct plan_device *device)
{
    return (device->access & DEVICE_READ ? LANDLOCK_READ_FILE : 0) | (device->access & DEVICE_WRITE ? LANDLOCK_WRITE_FILE : 0);
}

/* The device at `path`, and whether some device that is limited lies below. */
static const struct plan_device *find(const struct wall *wall, const char *path, bool *ret_below)
{
    const struct plan_device *found = NULL;
    size_t length = strlen(path);
    *ret_below = false;
    for (size_t i = 0; i < wall->plan->devices.count; i++) {
        const struct plan_device *device = &wall->plan->devices.items[i];
        char full[4200];
        snprintf(full, sizeof full, "/dev/%s", device->name);
        if (rights_of(device) == (LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE))
            continue;
        if (strcmp(full, path) == 0)
            found = device;
        else if (strncmp(full, path, length) == 0 && full[length] == '/')
            *ret_below = true;
    }
    return found;
}

static int let_beside(const struct wall *wall, const char *folder, struct error *err);

static int let_one(const struct wall *wall, const char *path, struct error *err)
{
    bool below;
    const struct plan_device *device = find(wall, path, &below);
    if (below)
        return let_beside(wall, path, err);
    AUTO_CLOSE int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT || errno == EACCES ? 0 : error_errno(err, errno, "open %s inside", path);
    if (S_ISLNK(st.st_mode))
        return 0;
    return landlock_let(wall->fd, fd, device ? rights_of(device) & wall->rights : wall->rights, err);
}

static int let_beside(const struct wall *wall, const char *folder, struct error *err)
{
    DIR *entries = opendir(*folder ? folder : "/");
    if (!entries)
        return error_errno(err, errno, "read %s inside", *folder ? folder : "/");
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(entries));) {
        char path[4200];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        result = let_one(wall, path, err);
    }
    closedir(entries);
    return result;
}

/* What it was started with lies outside, and /dev/stdout means to be opened anew. */
static int let_own_files(const struct wall *wall, struct error *err)
{
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && landlock_let(wall->fd, fd, wall->rights, err) < 0)
            return -1;
    }
    return 0;
}

int device_wall(const struct plan *plan, struct error *err)
{
    struct wall wall = { .plan = plan, .rights = LANDLOCK_REFER };
    for (size_t i = 0; i < plan->devices.count; i++)
        wall.rights |= ~rights_of(&plan->devices.items[i]) & (LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE);
    AUTO_CLOSE int fd = wall.fd = landlock_wall(wall.rights, 0, err);
    if (fd < 0 || let_beside(&wall, "", err) < 0 || let_own_files(&wall, err) < 0)
        return -1;
    return landlock_put_up(fd, err);
}
