#include "container/applied.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/names.h"
#include "kernel/device-filter.h"
#include "kernel/lsm.h"
#include "plan/steps.h"
#include "spec/spec.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX (1U << 20)

/* --- processes ---------------------------------------------------------------------------------------------------- */

static int open_process(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", pid);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The value of "NAME:\tVALUE" in the status of a process, NULL where it cannot be read. */
static char *status_of(struct arena *arena, int process, const char *name)
{
    char *text = file_read_small(process, "status", 64 << 10, arena), *line;
    size_t length = strlen(name);
    while (text && (line = strsep(&text, "\n")))
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, "\t ");
    return NULL;
}

static bool is_child_of(struct arena *arena, int process, pid_t parent)
{
    const char *text = process < 0 ? NULL : status_of(arena, process, "PPid");
    return text && strtol(text, NULL, 10) == parent;
}

/* The eldest child: what init started; those that were left to it came later. */
static int open_app(struct arena *arena, int first, pid_t pid, pid_t *ret)
{
    const char *path = arena_printf(arena, "task/%d/children", pid);
    const char *text = file_read_small(first, path, 64 << 10, arena);
    *ret = text ? (pid_t)strtol(text, NULL, 10) : 0;
    AUTO_CLOSE int app = *ret > 0 ? open_process(*ret) : -1;
    return is_child_of(arena, app, pid) ? take_fd(&app) : -1;
}

/* Both run the same program: the launcher's own image, that has not been replaced yet. */
static bool same_program(int a, int b)
{
    struct stat one, other;
    return fstatat(a, "exe", &one, 0) == 0 && fstatat(b, "exe", &other, 0) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

enum applied_state applied_open(struct arena *arena, pid_t pid, pid_t launcher, struct applied *ret)
{
    *ret = (struct applied){ .arena = arena, .first = open_process(pid), .app = -1, .launcher = -1, .first_pid = pid };
    if (!is_child_of(arena, ret->first, launcher))
        return APPLIED_GONE;
    ret->launcher = open_process(launcher);
    ret->app = open_app(arena, ret->first, pid, &ret->app_pid);
    int last = ret->app >= 0 ? ret->app : ret->first;
    return same_program(last, ret->launcher) ? APPLIED_STARTING : APPLIED_RUNNING;
}

void applied_close(struct applied *applied)
{
    int *fds[] = { &applied->first, &applied->app, &applied->launcher };
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (*fds[i] >= 0)
            close(take_fd(fds[i]));
}

/* --- parts of the answer ------------------------------------------------------------------------------------------ */

struct look {
    FILE *stream;
    struct arena *arena;
    int process;
};

static void put_namespaces(const struct look *look)
{
    static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
    json_key(look->stream, false, "namespaces");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[16], own[64] = "", theirs[64] = "";
        snprintf(path, sizeof path, "ns/%s", names[i]);
        const char *mine = arena_printf(look->arena, "/proc/self/%s", path);
        bool known = readlinkat(look->process, path, theirs, sizeof theirs - 1) > 0;
        bool known_own = readlink(mine, own, sizeof own - 1) > 0;
        fputs(i ? "," : "{", look->stream);
        json_text(look->stream, names[i]);
        fputc(':', look->stream);
        if (!known) {
            fputs("null", look->stream);
            continue;
        }
        fputs("{\"id\":", look->stream);
        json_text(look->stream, theirs);
        fprintf(look->stream, ",\"new\":%s}", known_own && strcmp(own, theirs) == 0 ? "false" : "true");
    }
    fputc('}', look->stream);
}

static void put_map(const struct look *look, const char *name)
{
    char *text = file_read_small(look->process, name, 64 << 10, look->arena), *line;
    json_key(look->stream, false, name);
    if (!text) {
        fputs("null", look->stream);
        return;
    }
    bool first = true;
    fputc('[', look->stream);
    while ((line = strsep(&text, "\n"))) {
        unsigned inside, outside, count;
        if (sscanf(line, "%u %u %u", &inside, &outside, &count) != 3)
            continue;
        fprintf(look->stream, "%s{\"inside\":%u,\"outside\":%u,\"count\":%u}", first ? "" : ",", inside, outside, count);
        first = false;
    }
    fputc(']', look->stream);
}

static void put_numbers(const struct look *look, const char *key, const char *name)
{
    char *text = status_of(look->arena, look->process, name), *word;
    bool first = true;
    json_key(look->stream, false, key);
    fputc('[', look->stream);
    while (text && (word = strsep(&text, " \t"))) {
        if (!*word)
            continue;
        fprintf(look->stream, "%s%lu", first ? "" : ",", strtoul(word, NULL, 10));
        first = false;
    }
    fputc(']', look->stream);
}

static void put_capability_set(const struct look *look, const char *text)
{
    uint64_t set = strtoull(text, NULL, 16);
    bool first = true;
    fputc('[', look->stream);
    for (unsigned i = 0; i < 64; i++) {
        if (!(set >> i & 1))
            continue;
        fputs(first ? "" : ",", look->stream);
        if (i < CAPABILITY_COUNT)
            json_text(look->stream, capability_names[i]);
        else
            fprintf(look->stream, "\"%u\"", i);
        first = false;
    }
    fputc(']', look->stream);
}

static void put_capabilities(const struct look *look)
{
    static const char *const sets[][2] = { { "inheritable", "CapInh" },
                                           { "permitted", "CapPrm" },
                                           { "effective", "CapEff" },
                                           { "bounding", "CapBnd" },
                                           { "ambient", "CapAmb" } };
    json_key(look->stream, false, "capabilities");
    fputc('{', look->stream);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const char *text = status_of(look->arena, look->process, sets[i][1]);
        json_key(look->stream, i == 0, sets[i][0]);
        if (text)
            put_capability_set(look, text);
        else
            fputs("null", look->stream);
    }
    fputc('}', look->stream);
}

static void put_seccomp(const struct look *look)
{
    static const char *const modes[] = { "none", "strict", "filter" };
    const char *mode = status_of(look->arena, look->process, "Seccomp");
    const char *count = status_of(look->arena, look->process, "Seccomp_filters");
    const char *locked = status_of(look->arena, look->process, "NoNewPrivs");
    json_key(look->stream, false, "seccomp");
    json_text(look->stream, mode && *mode >= '0' && *mode <= '2' ? modes[*mode - '0'] : NULL);
    json_key(look->stream, false, "seccomp_filters");
    fprintf(look->stream, "%s", count ? count : "null");
    json_key(look->stream, false, "no_new_privileges");
    fputs(!locked ? "null" : *locked == '1' ? "true" : "false", look->stream);
}

static void put_label(const struct look *look)
{
    static const char *const keys[LSM_COUNT] = { "apparmor", "selinux" };
    json_key(look->stream, false, "label");
    for (int i = 0; i < LSM_COUNT; i++) {
        fputs(i ? "" : "{", look->stream);
        json_key(look->stream, i == 0, keys[i]);
        json_text(look->stream, lsm_label(look->process, (enum lsm)i, look->arena));
    }
    fputc('}', look->stream);
}

/* A line for each limit, in the order of their numbers: "Max open files   1024   4096   files". */
static void put_limits(const struct look *look)
{
    enum { NAME_WIDTH = 26 };
    char *text = file_read_small(look->process, "limits", 16 << 10, look->arena), *line;
    json_key(look->stream, false, "limits");
    if (!text) {
        fputs("null", look->stream);
        return;
    }
    strsep(&text, "\n"); /* the head */
    fputc('{', look->stream);
    for (size_t number = 0; (line = strsep(&text, "\n")) && number < RLIM_NLIMITS; number++) {
        char soft[24], hard[24];
        if (strlen(line) < NAME_WIDTH || sscanf(line + NAME_WIDTH, "%23s %23s", soft, hard) != 2)
            break;
        json_key(look->stream, number == 0, limit_names[number]);
        fputs("{\"soft\":", look->stream);
        json_text(look->stream, soft);
        fputs(",\"hard\":", look->stream);
        json_text(look->stream, hard);
        fputc('}', look->stream);
    }
    fputc('}', look->stream);
}

/* Spaces and the like stand in mountinfo as \040. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* ID PARENT DEVICE ROOT AT OPTIONS [MORE…] - TYPE SOURCE SUPER-OPTIONS */
static void put_mount(const struct look *look, bool first, char *line)
{
    char *words[6], *rest = line, *super = strstr(line, " - ");
    for (size_t i = 0; i < 6; i++)
        words[i] = strsep(&rest, " ");
    if (!super || !words[5])
        return;
    super += 3;
    const char *const keys[] = { "at", "options", "root", "type", "source", "super_options" };
    char *values[] = { words[4], words[5], words[3], strsep(&super, " "), strsep(&super, " "), super };
    fputs(first ? "{" : ",{", look->stream);
    for (size_t i = 0; i < 6; i++) {
        if (values[i])
            unescape(values[i]);
        json_key(look->stream, i == 0, keys[i]);
        json_text(look->stream, values[i]);
    }
    fputc('}', look->stream);
}

static void put_mounts(const struct look *look)
{
    char *text = file_read_small(look->process, "mountinfo", TEXT_MAX, look->arena), *line;
    json_key(look->stream, false, "mounts");
    if (!text || !*text) {
        fputs("null", look->stream);
        return;
    }
    fputc('[', look->stream);
    for (bool first = true; (line = strsep(&text, "\n")) && *line; first = false)
        put_mount(look, first, line);
    fputc(']', look->stream);
}

/* Ends `path` at the group that bears the limits: the one above the app's, which may have made more below its own. */
static const char *cut_below(char *path)
{
    static const char below[] = "/" GROUP_BELOW;
    const size_t length = sizeof below - 1;
    for (char *name = path; (name = strstr(name, "/cordon-")); name++) {
        char *end = name + 1 + strcspn(name + 1, "/");
        if (strncmp(end, below, length) != 0 || (end[length] && end[length] != '/'))
            continue;
        *end = '\0';
        break;
    }
    return path;
}

static const char *own_cgroup(const struct look *look)
{
    char *text = file_read_small(look->process, "cgroup", 64 << 10, look->arena), *line;
    while (text && (line = strsep(&text, "\n")))
        if (strncmp(line, "0::", 3) == 0)
            return cut_below(line + 3);
    return NULL;
}

/* What the device program on its group allows. Null: there is none, or the kernel does not tell the caller. */
static void put_devices(const struct look *look, const char *folder)
{
    struct device_rules rules = { 0 };
    uint32_t id = 0;
    AUTO_CLOSE int group = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    json_key(look->stream, false, "devices");
    if (group < 0 || !device_filter_read(group, look->arena, &rules, &id)) {
        fputs("null", look->stream);
        return;
    }
    fprintf(look->stream, "{\"program\":%u,\"rules\":[", id);
    for (size_t i = 0; i < rules.count; i++) {
        const struct device_rule *rule = &rules.items[i];
        char access[4];
        fprintf(look->stream, "%s{\"type\":\"%s\",\"major\":%u,\"minor\":", i ? "," : "", rule->block ? "block" : "char",
                rule->major);
        fprintf(look->stream, rule->minor == DEVICE_ANY_MINOR ? "null" : "%u", rule->minor);
        fprintf(look->stream, ",\"access\":\"%s\"}", device_access_text(rule->access, access));
    }
    fputs("]}", look->stream);
}

/* The values that limit it; a controller that is not there has no file. */
static void put_cgroup(const struct look *look)
{
    static const char *const folders[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    static const char *const files[] = { "memory.max", "memory.high",     "memory.low",
                                         "memory.min", "memory.swap.max", "memory.oom.group",
                                         "cpu.max",    "cpu.max.burst",   "cpu.weight",
                                         "pids.max",   "io.max",          "io.bfq.weight",
                                         "io.weight",  "cpuset.cpus",     "cpuset.cpus.partition" };
    const char *path = own_cgroup(look), *top = NULL;
    for (size_t i = 0; i < 2 && !top; i++)
        if (access(arena_printf(look->arena, "%s/cgroup.controllers", folders[i]), F_OK) == 0)
            top = folders[i];
    json_key(look->stream, false, "cgroup");
    fputs("{\"path\":", look->stream);
    json_text(look->stream, path);
    for (size_t i = 0; path && top && i < sizeof files / sizeof *files; i++) {
        char *text =
            file_read_small(AT_FDCWD, arena_printf(look->arena, "%s%s/%s", top, path, files[i]), 16 << 10, look->arena);
        if (!text)
            continue;
        size_t length = strlen(text);
        if (length && text[length - 1] == '\n')
            text[length - 1] = '\0';
        json_key(look->stream, false, files[i]);
        json_text(look->stream, text);
    }
    fputc('}', look->stream);
    put_devices(look, path && top ? arena_printf(look->arena, "%s%s", top, path) : NULL);
}

static void put_process(const struct look *look, pid_t pid)
{
    json_key(look->stream, true, "pid");
    fprintf(look->stream, "%d", pid);
    json_key(look->stream, false, "command");
    json_text(look->stream, status_of(look->arena, look->process, "Name"));
    put_namespaces(look);
    put_map(look, "uid_map");
    put_map(look, "gid_map");
    put_numbers(look, "uids", "Uid"); /* real, effective, saved, for files; as the host numbers them */
    put_numbers(look, "gids", "Gid");
    put_numbers(look, "groups", "Groups");
    put_capabilities(look);
    put_seccomp(look);
    json_key(look->stream, false, "landlock"); /* the kernel tells nobody */
    fputs("null", look->stream);
    put_label(look);
    put_cgroup(look);
    put_limits(look);
}

void applied_print(FILE *stream, const struct applied *applied)
{
    bool apart = applied->app >= 0;
    struct look look = { stream, applied->arena, apart ? applied->app : applied->first };
    fputc('{', stream);
    put_process(&look, apart ? applied->app_pid : applied->first_pid);
    put_mounts(&look);
    json_key(stream, false, "init");
    if (apart) {
        look.process = applied->first;
        fputc('{', stream);
        put_process(&look, applied->first_pid);
        fputs("}", stream);
    } else {
        fputs("null", stream);
    }
    fputc('}', stream);
}
