#include "kernel/idmap.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>

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

static int start(const char *program, pid_t pid, const struct idmap_range *ranges, size_t count, int errors, pid_t *ret,
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

    /* It gets nothing of ours but a place to complain: these are set-id programs of the system, with an environment of their
     * own. */
    static char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char *const environment[] = { search, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    int code = posix_spawn(ret, program, &actions, NULL, argv, weak("helper") ? environ : environment);
    posix_spawn_file_actions_destroy(&actions);
    return code ? error_errno(err, code, "start %s", program) : 0;
}

static int finish(const char *program, pid_t pid, int complaints, struct error *err)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    char text[512];
    ssize_t n = read(complaints, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    error_set(err, "%s refused the ids: %s", program, *text ? text : "it gave no reason");
    return error_help(err, "compare users.map with the caller's line in /etc/subuid and /etc/subgid");
}

int idmap_write_by_helper(pid_t pid, const struct idmap *map, struct error *err)
{
    int complaints[2];
    if (pipe2(complaints, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_errno(err, errno, "make a pipe");
    AUTO_CLOSE int reader = complaints[0];
    AUTO_CLOSE int writer = complaints[1];
    pid_t uid_helper = 0, gid_helper = 0;
    int result = start("/usr/bin/newuidmap", pid, map->uids, map->uid_count, writer, &uid_helper, err);
    if (result == 0)
        result = start("/usr/bin/newgidmap", pid, map->gids, map->gid_count, writer, &gid_helper, err);
    if (uid_helper && finish("newuidmap", uid_helper, reader, err) < 0)
        result = -1;
    if (gid_helper && finish("newgidmap", gid_helper, reader, err) < 0)
        result = -1;
    return result;
}
