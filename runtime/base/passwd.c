#include "base/passwd.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_FILE (16 << 20)

/* 1 with a stream, 0 where there is no such file, -1 with an error. In a hostile root the name may be anything. */
static int open_database(int root, const char *path, FILE **ret, struct error *err)
{
    struct open_how how = { .flags = weak("regular") ? O_RDONLY | O_CLOEXEC : O_PATH | O_CLOEXEC,
                            .resolve = root == AT_FDCWD ? 0 : RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    if (weak("resolve") && root != AT_FDCWD) {
        how.resolve = 0;
        path += strspn(path, "/");
    }
    AUTO_CLOSE int there = sys_openat2(root, path, &how);
    if (there < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, errno, "open %s", path);
    struct stat st = { 0 };
    AUTO_CLOSE int fd = weak("regular") ? dup(there) : file_reopen_regular(there, &st);
    if (fd < 0 && errno == ENOENT) { /* no /proc; what is wrong with that is said elsewhere */
        how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
        fd = sys_openat2(root, path, &how);
        if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
            return error_set(err, "%s is not a regular file", path);
    }
    if (fd < 0 && (errno == EISDIR || errno == EINVAL))
        return error_set(err, "%s is not a regular file", path);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (st.st_size > LARGEST_FILE && !weak("regular"))
        return error_set(err, "%s is larger than 16 MiB", path);
    *ret = fdopen(fd, "r");
    if (!*ret)
        return error_errno(err, errno, "read %s", path);
    take_fd(&fd);
    return 1;
}

/* The C library makes every number that is too large this one, which to setresuid(2) and setresgid(2) means no change. */
static bool is_id(id_t id) { return id != (id_t)-1; }

/* "+name" and "-name" point to NIS: they are nobody's, and the C library leaves them without a home and with uid 0. */
static bool is_entry(const char *name, id_t uid, id_t gid)
{
    return name[0] != '+' && name[0] != '-' && is_id(uid) && is_id(gid);
}

/* Nothing was found: 0 where all of it was read, else an error. To the C library an error is the end. */
static int read_all(FILE *stream, const char *path, struct error *err)
{
    return ferror(stream) ? error_set(err, "%s cannot be read to its end", path) : 0;
}

static int passwd_search(int root, const char *name, uid_t uid, struct arena *arena, struct passwd_entry *ret,
                         struct error *err)
{
    AUTO_FCLOSE FILE *stream = NULL;
    int found = open_database(root, "/etc/passwd", &stream, err);
    if (found <= 0)
        return found;
    char buffer[4096];
    struct passwd entry, *got;
    int code;
    while ((code = fgetpwent_r(stream, &entry, buffer, sizeof buffer, &got)) == 0 || code == ERANGE) {
        if (code == ERANGE) { /* one line too long: skip what is left of it */
            int c;
            while ((c = getc_unlocked(stream)) != '\n' && c != EOF)
                ;
            continue;
        }
        if (is_entry(got->pw_name, got->pw_uid, got->pw_gid) && (name ? strcmp(got->pw_name, name) == 0 : got->pw_uid == uid)) {
            *ret = (struct passwd_entry){ .name = arena_strdup(arena, got->pw_name),
                                          .home = arena_strdup(arena, got->pw_dir),
                                          .shell = arena_strdup(arena, got->pw_shell),
                                          .uid = got->pw_uid,
                                          .gid = got->pw_gid };
            return 1;
        }
    }
    return read_all(stream, "/etc/passwd", err);
}

int passwd_by_name(int root, const char *name, struct arena *arena, struct passwd_entry *ret, struct error *err)
{
    return passwd_search(root, name, 0, arena, ret, err);
}

int passwd_by_uid(int root, uid_t uid, struct arena *arena, struct passwd_entry *ret, struct error *err)
{
    return passwd_search(root, NULL, uid, arena, ret, err);
}

int group_by_name(int root, const char *name, gid_t *ret, struct error *err)
{
    AUTO_FCLOSE FILE *stream = NULL;
    int found = open_database(root, "/etc/group", &stream, err);
    if (found <= 0)
        return found;
    char buffer[16384];
    struct group entry, *got;
    int code;
    while ((code = fgetgrent_r(stream, &entry, buffer, sizeof buffer, &got)) == 0 || code == ERANGE) {
        if (code == ERANGE) {
            int c;
            while ((c = getc_unlocked(stream)) != '\n' && c != EOF)
                ;
        } else if (is_entry(got->gr_name, 0, got->gr_gid) && strcmp(got->gr_name, name) == 0) {
            *ret = got->gr_gid;
            return 1;
        }
    }
    return read_all(stream, "/etc/group", err);
}

int caller_get(struct arena *arena, struct caller *ret, struct error *err)
{
    *ret = (struct caller){ .uid = getuid(), .gid = getgid() };
    struct passwd_entry entry;
    int found = passwd_by_uid(AT_FDCWD, ret->uid, arena, &entry, err);
    if (found < 0)
        return -1;
    const char *home = getenv("HOME");
    ret->known = found;
    ret->name = found ? entry.name : arena_printf(arena, "%u", ret->uid);
    ret->home = found ? entry.home : home && home[0] == '/' ? arena_strdup(arena, home) : "/";
    ret->shell = found && entry.shell[0] ? entry.shell : "/bin/sh";
    char cwd[4096];
    ret->cwd = getcwd(cwd, sizeof cwd) && cwd[0] == '/' ? arena_strdup(arena, cwd) : "/";

    int count = getgroups(0, NULL);
    if (count < 0)
        return error_errno(err, errno, "read the supplementary groups");
    ret->groups = arena_alloc(arena, ((size_t)count + 1) * sizeof *ret->groups);
    count = count ? getgroups(count, ret->groups) : 0;
    if (count < 0)
        return error_errno(err, errno, "read the supplementary groups");
    for (int i = 0; i < count; i++)
        if (ret->groups[i] != ret->gid)
            ret->groups[ret->group_count++] = ret->groups[i];
    return 0;
}
