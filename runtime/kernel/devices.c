#include "kernel/devices.h"

#include "base/cleanup.h"
#include "base/weak.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOST_LINKS 40
#define MOST_FOUND 1024

/* --- one name ----------------------------------------------------------------------------------------------------- */

struct search {
    struct arena *arena;
    const char *real; /* the way so far: folders only */
    const char *rest; /* what is left of the name */
    unsigned links;
};

static const char *join(struct arena *arena, const char *folder, const char *name)
{
    return *folder ? arena_printf(arena, "%s/%s", folder, name) : arena_strdup(arena, name);
}

static const char *errno_clause(struct arena *arena, int code)
{
    return code == ENOENT || code == ENOTDIR ? "does not exist here"
                                             : arena_printf(arena, "cannot be looked at: %s", strerror(code));
}

/* The way starts again at the link's folder, or at /dev where the link says so. */
static const char *follow(struct search *search, const char *target)
{
    static const char top[] = "/dev/";
    bool absolute = target[0] == '/', inside = strncmp(target, top, sizeof top - 1) == 0;
    if (++search->links > MOST_LINKS)
        return "is a link that leads in a circle";
    if (absolute && !inside)
        return arena_printf(search->arena, "is a link out of /dev, to %s", target);
    if (absolute)
        search->real = "";
    search->rest = join(search->arena, absolute ? target + sizeof top - 1 : target, search->rest);
    return NULL;
}

static const char *go_up(struct search *search)
{
    if (!*search->real)
        return "is a link that leads out of /dev";
    char *above = arena_strdup(search->arena, search->real), *slash = strrchr(above, '/');
    *(slash ? slash : above) = '\0';
    search->real = above;
    return NULL;
}

static int open_folder(struct arena *arena, const char *real)
{
    return open(arena_printf(arena, "/dev/%s", real), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool anybodys(int folder)
{
    struct stat st;
    return !weak("resolve") && (fstat(folder, &st) < 0 || st.st_mode & (S_IWGRP | S_IWOTH));
}

static const char *look(struct search *search, const char *name, bool last, struct device *ret)
{
    AUTO_CLOSE int folder = open_folder(search->arena, search->real);
    struct stat st;
    if (folder >= 0 && anybodys(folder))
        return arena_printf(search->arena, "lies in /dev/%s, where others may put what they like", search->real);
    if (folder < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno_clause(search->arena, errno);
    if (S_ISLNK(st.st_mode)) {
        char target[PATH_MAX];
        ssize_t n = readlinkat(folder, name, target, sizeof target - 1);
        if (n < 0)
            return errno_clause(search->arena, errno);
        target[n] = '\0';
        return follow(search, target);
    }
    search->real = join(search->arena, search->real, name);
    if (S_ISDIR(st.st_mode) && !last)
        return NULL;
    if (!last || !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
        return last ? S_ISDIR(st.st_mode) ? "is a folder: name what is in it, or write /* behind it" : "is no device"
                    : "does not exist here";
    *ret = (struct device){ search->real, S_ISBLK(st.st_mode), major(st.st_rdev), minor(st.st_rdev) };
    return NULL;
}

const char *device_find(struct arena *arena, const char *name, struct device *ret)
{
    struct search search = { .arena = arena, .real = "", .rest = name };
    *ret = (struct device){ 0 };
    while (!ret->real) {
        const char *rest = search.rest + strspn(search.rest, "/");
        size_t length = strcspn(rest, "/");
        const char *word = arena_strndup(arena, rest, length), *why = NULL;
        search.rest = rest + length + strspn(rest + length, "/");
        if (!length)
            return "is a folder: name what is in it, or write /* behind it"; /* a link to one */
        if (strcmp(word, "..") == 0)
            why = go_up(&search);
        else if (strcmp(word, ".") != 0)
            why = look(&search, word, !*search.rest, ret);
        if (why)
            return why;
    }
    return NULL;
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

bool device_is_pattern(const char *name) { return strpbrk(name, "*?[") != NULL; }

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void expand(struct arena *arena, const char *folder, const char *pattern, struct strings *ret)
{
    size_t length = strcspn(pattern, "/");
    const char *word = arena_strndup(arena, pattern, length), *rest = pattern[length] ? pattern + length + 1 : NULL;
    int fd = open(arena_printf(arena, "/dev/%s", folder), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd < 0 || anybodys(fd) ? NULL : fdopendir(fd);
    if (!entries && fd >= 0)
        close(fd);
    for (struct dirent *entry; entries && (entry = readdir(entries)) && ret->count < MOST_FOUND;) {
        struct device device;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || fnmatch(word, entry->d_name, FNM_PERIOD))
            continue;
        const char *name = join(arena, folder, entry->d_name);
        if (rest)
            expand(arena, name, rest, ret); /* no folder: opens nothing */
        else if (!device_find(arena, name, &device))
            *SLICE_PUSH(arena, ret) = arena_strdup(arena, name);
    }
    if (entries)
        closedir(entries);
}

void device_glob(struct arena *arena, const char *pattern, struct strings *ret)
{
    expand(arena, "", pattern, ret);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof *ret->items, by_name);
}

const char *device_access_text(unsigned access, char ret[4])
{
    char *end = ret;
    if (access & DEVICE_READ)
        *end++ = 'r';
    if (access & DEVICE_WRITE)
        *end++ = 'w';
    if (access & DEVICE_MKNOD)
        *end++ = 'm';
    *end = '\0';
    return ret;
}
