#include "kernel/idmap.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"
#include "kernel/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

int idmap_open_process(pid_t pid, struct error *err)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", pid);
    /* A bind over /proc/PID of somebody who prepared the ground would be another mount: RESOLVE_NO_XDEV stops at it. */
    AUTO_CLOSE int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct statfs fs;
    if (proc < 0 || fstatfs(proc, &fs) < 0)
        return error_errno(err, errno, "open /proc");
    if (fs.f_type != PROC_SUPER_MAGIC && !weak("procfs"))
        return error_set(err, "/proc is not a procfs");
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS };
    if (weak("procfs"))
        how.resolve = 0;
    int fd = sys_openat2(proc, path + strlen("/proc/"), &how);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    return fd;
}

static int write_once(int proc, const char *name, const char *text, struct error *err)
{
    AUTO_CLOSE int fd = openat(proc, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return error_errno(err, errno, "write %s of the container", name);
    return 0;
}

static int write_map(int proc, const char *name, const struct idmap_range *ranges, size_t count, struct error *err)
{
    char text[1024];
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u %u %u\n", ranges[i].inside, ranges[i].outside,
                                 ranges[i].count);
    return write_once(proc, name, text, err);
}

int idmap_write(int proc, const struct idmap *map, struct error *err)
{
    if (map->deny_setgroups && write_once(proc, "setgroups", "deny", err) < 0)
        return -1;
    if (write_map(proc, "uid_map", map->uids, map->uid_count, err) < 0)
        return -1;
    return write_map(proc, "gid_map", map->gids, map->gid_count, err);
}

/* --- by helper -------------------------------------------------------------------------------------------------------------
 */

#define NUMBERS_MAX (3 * 16)

static int start(const char *program, pid_t pid, const struct idmap_range *ranges, size_t count, struct helper *helper,
                 struct error *err)
{
    char numbers[NUMBERS_MAX + 1][12];
    char *argv[NUMBERS_MAX + 3];
    size_t n = 0;
    argv[n++] = (char *)(uintptr_t)program;
    snprintf(numbers[0], sizeof numbers[0], "%d", pid);
    argv[n++] = numbers[0];
    for (size_t i = 0; i < count && n + 3 < sizeof argv / sizeof *argv; i++) {
        uint32_t values[] = { ranges[i].inside, ranges[i].outside, ranges[i].count };
        for (size_t j = 0; j < 3; j++) {
            snprintf(numbers[n - 1], sizeof numbers[0], "%u", values[j]);
            argv[n] = numbers[n - 1];
            n++;
        }
    }
    argv[n] = NULL;
    /* Set-id programs of the system, with an environment of their own. */
    static char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char *const environment[] = { search, NULL };
    return helper_start(helper, argv, weak("helper") ? environ : environment, err);
}

static int finish(struct helper *helper, struct error *err)
{
    if (helper_finish(helper, "refused the ids", err) == 0)
        return 0;
    return error_help(err, "compare users.map with the caller's line in /etc/subuid and /etc/subgid");
}

/* Both at once: they are two programs to load. */
int idmap_write_by_helper(pid_t pid, const struct idmap *map, struct error *err)
{
    struct helper uids, gids;
    if (start("/usr/bin/newuidmap", pid, map->uids, map->uid_count, &uids, err) < 0)
        return -1;
    int result = start("/usr/bin/newgidmap", pid, map->gids, map->gid_count, &gids, err);
    if (result == 0)
        result = finish(&gids, err);
    struct error other = { 0 };
    if (finish(&uids, result < 0 ? &other : err) < 0)
        result = -1;
    error_fini(&other);
    return result;
}
