#include "kernel/cgroup.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

static bool is_version_2(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

const char *cgroup_mount(void)
{
    static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct statfs fs;
        if (statfs(places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
            return places[i];
    }
    return NULL;
}

const char *cgroup_own(struct arena *arena)
{
    char *text = file_read_small(AT_FDCWD, "/proc/self/cgroup", 16 << 10, arena), *line;
    while (text && (line = strsep(&text, "\n"))) {
        if (strncmp(line, "0::", 3) != 0)
            continue;
        /* "/.." leads above what this namespace shows. */
        return strncmp(line + 3, "/..", 3) == 0 ? NULL : strcmp(line + 3, "/") == 0 ? "" : line + 3;
    }
    return NULL;
}

int cgroup_open(const char *path, struct error *err)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_errno(err, errno, "open the control group %s", path);
    if (!is_version_2(fd))
        return error_set(err, "%s is no control group of version 2", path);
    return take_fd(&fd);
}

/* A list of its own, from the beginning. */
static DIR *list_of(int group)
{
    AUTO_CLOSE int copy = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (folder)
        take_fd(&copy);
    return folder;
}

enum { DEEPEST = 32, MOST_BELOW = 1000 };

/* An app that mounts its group may have taken the mode away; the owner is mostly the launcher's user. */
static int open_below(int group, const char *name)
{
    if (fchmodat(group, name, 0700, 0) < 0 && errno == ENOENT)
        return -1;
    return openat(group, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Removes the groups below, from the lowest up: the container's manager, or somebody outside, may have made some. Those that
 * hold a process stay, and so does what lies deeper than anyone would nest. */
static void remove_below(int group, int depth)
{
    DIR *folder = list_of(group);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || depth == 0)
            continue;
        AUTO_CLOSE int below = open_below(group, entry->d_name);
        if (below >= 0)
            remove_below(below, depth - 1);
        unlinkat(group, entry->d_name, AT_REMOVEDIR);
    }
    if (folder)
        closedir(folder);
}

static bool remove_group(int parent, const char *name, int group)
{
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
        return true;
    remove_below(group, DEEPEST);
    return unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

/* One that is there already has the values of a launcher that was killed: it is removed, not taken over. A new one is taken for
 * a leftover by a sweep that comes by before it is held: it is gone in a moment, and made once more. Others may open it only
 * when it is: whoever can, can hold it. */
int cgroup_make(int parent, const char *name, mode_t mode, struct error *err)
{
    for (int tries = 0; tries < 10; tries++) {
        bool made = mkdirat(parent, name, 0700) == 0;
        if (!made && errno != EEXIST)
            return error_errno(err, errno, "make the control group %s", name);
        AUTO_CLOSE int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 && errno != ENOENT) {
            error_errno(err, errno, "open the control group %s", name);
            if (made)
                unlinkat(parent, name, AT_REMOVEDIR);
            return -1;
        }
        if (fd < 0)
            continue;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
            poll(NULL, 0, 1);
        else if (made && file_is_at(parent, name, fd) && (mode == 0700 || fchmod(fd, mode) == 0))
            return take_fd(&fd);
        else if (!made && !remove_group(parent, name, fd))
            poll(NULL, 0, 10); /* what was killed with its launcher may still be going */
    }
    return error_set(err, "the control group %s is there already: it belongs to another launcher, or holds processes", name);
}

/* Everybody can hold it, and would keep a leftover with its processors for good. No launcher takes so long to put something in,
 * but one whose container has ended may stand with what it has to print. Its number ends the name; another user's process may
 * have got that since. */
static bool is_forgotten(int group, const char *name)
{
    enum { LONG = 600 };
    struct stat st, launcher;
    char path[64];
    const char *number = strrchr(name, '-');
    snprintf(path, sizeof path, "/proc/%d", number ? atoi(number + 1) : 0);
    if (fstat(group, &st) < 0 || (stat(path, &launcher) == 0 && launcher.st_uid == st.st_uid))
        return false;
    return time(NULL) - st.st_ctime > LONG && cgroup_count(group, "cgroup.events", "populated") == 0;
}

void cgroup_sweep(int parent, const char *prefix)
{
    DIR *folder = list_of(parent);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        AUTO_CLOSE int fd = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) == 0 || is_forgotten(fd, entry->d_name)))
            remove_group(parent, entry->d_name, fd); /* fails where it holds a process */
    }
    if (folder)
        closedir(folder);
}

int cgroup_write(int group, const char *file, const char *value, struct error *err)
{
    AUTO_CLOSE int fd = openat(group, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value))
        return 0;
    int code = errno;
    error_errno(err, code, "write %s to %s", value, file);
    if (code == ENOENT)
        error_note(err, "this kernel has no %s", file);
    else if (code == EBUSY)
        error_note(err, "the kernel gives controllers only to groups below one that holds no process itself");
    else if (code == ENODEV)
        error_note(err, "the kernel knows no disk of that number, or its driver cannot be limited");
    return -1;
}

int cgroup_bound(int group, struct error *err)
{
    char depth[16], count[16];
    snprintf(depth, sizeof depth, "%d", DEEPEST);
    snprintf(count, sizeof count, "%d", MOST_BELOW);
    return cgroup_write(group, "cgroup.max.depth", depth, err) < 0 ? -1
                                                                   : cgroup_write(group, "cgroup.max.descendants", count, err);
}

char *cgroup_read(int group, const char *file, struct arena *arena)
{
    char *text = file_read_small(group, file, 4096, arena);
    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

uint64_t cgroup_count(int group, const char *file, const char *name)
{
    struct arena scratch = { 0 };
    uint64_t count = 0;
    char *text = file_read_small(group, file, 4096, &scratch), *line;
    size_t length = strlen(name);
    while (text && (line = strsep(&text, "\n")))
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            count = strtoull(line + length, NULL, 10);
    arena_free(&scratch);
    return count;
}

void cgroup_end(int parent, const char *name, int group)
{
    /* With pids of its own everything has ended with the first process; cgroup.kill (Linux 5.14) is for the rest. What was
     * killed leaves the group a little later; the kernel tells by POLLPRI on cgroup.events. */
    if (remove_group(parent, name, group))
        return;
    struct error ignored = { 0 };
    cgroup_write(group, "cgroup.kill", "1", &ignored);
    error_fini(&ignored);
    AUTO_CLOSE int events = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 20 && events >= 0; i++) {
        if (cgroup_count(group, "cgroup.events", "populated") == 0)
            break;
        struct pollfd fd = { events, POLLPRI, 0 };
        poll(&fd, 1, 100);
    }
    remove_group(parent, name, group);
}
