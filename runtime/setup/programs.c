/* What starting a program opens before its own first instruction: #! interpreters, the ELF loader, the libraries that the
 * loader looks for. The files may be hostile: nothing is let through but what is a program or a library itself, so that one
 * cannot name /etc/shadow as its library; and how much is looked at is bounded. */
#include "base/cleanup.h"
#include "base/elf.h"
#include "base/path.h"
#include "kernel/landlock.h"
#include "setup/launch.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_OPENED (1U << 16)

/* A file that has been let through, of which what it needs has not. */
struct pending {
    const char *path;
    const char *rpaths; /* those of the programs that need it, which hold for it too */
    struct elf elf;
    const char *script; /* its first line after #!, or NULL */
};

struct search {
    struct arena *arena;
    int wall;
    char *const *envp;
    SLICE(struct pending) pending;
    struct {
        dev_t device;
        ino_t file;
        enum seen_as { AS_LIBRARY, AS_PROGRAM, AS_NAMED } as;
    } * seen;
    size_t seen_count, seen_room;
    unsigned opened;
    const char *cache; /* /etc/ld.so.cache; NULL: none, or not read yet */
    size_t cache_size;
    bool cache_read;
};

static const char *variable(const struct search *search, const char *name)
{
    size_t length = strlen(name);
    for (char *const *p = search->envp; *p; p++)
        if (strncmp(*p, name, length) == 0 && (*p)[length] == '=')
            return *p + length + 1;
    return NULL;
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static const char *read_script(struct search *search, int fd)
{
    char line[256]; /* as much as the kernel reads */
    ssize_t length = pread(fd, line, sizeof line - 1, 0);
    if (length < 3 || line[0] != '#' || line[1] != '!')
        return NULL;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return arena_strdup(search->arena, line + 2 + strspn(line + 2, " \t"));
}

/* AS_NAMED is apart: such a file has been looked at, but it is its folder that was let through, and not its other names. */
static bool was_seen(struct search *search, const struct stat *st, enum seen_as as)
{
    for (size_t i = 0; i < search->seen_count; i++)
        if (search->seen[i].device == st->st_dev && search->seen[i].file == st->st_ino &&
            (as == AS_NAMED || search->seen[i].as == AS_NAMED ? search->seen[i].as == as : search->seen[i].as >= as))
            return true;
    return false;
}

static void remember(struct search *search, const struct stat *st, enum seen_as as)
{
    __typeof__(search->seen) seen =
        slice_push(search->arena, (void **)&search->seen, &search->seen_count, &search->seen_room, sizeof *search->seen);
    seen->device = st->st_dev;
    seen->file = st->st_ino;
    seen->as = as;
}

/* A file of the search to be looked at, or -1: not there, no file, not to be read, or too many have been. */
static int open_file(struct search *search, const char *path, struct stat *ret_stat)
{
    if (++search->opened > MOST_OPENED)
        return -1;
    int fd = path_open_to_read(AT_FDCWD, path + strspn(path, "/"));
    if (fd >= 0 && fstat(fd, ret_stat) == 0 && S_ISREG(ret_stat->st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Has what the file needs looked for later. False: it is neither a program nor a library. */
static bool look_at(struct search *search, int fd, const char *path, const char *rpaths, bool program, const struct elf *user)
{
    struct pending pending = { .path = path, .rpaths = rpaths };
    bool elf = elf_read(fd, search->arena, &pending.elf);
    if (elf && user && (pending.elf.bits != user->bits || pending.elf.machine != user->machine))
        return false; /* the loader passes over it */
    if (!elf && program)
        pending.script = read_script(search, fd);
    if (!elf && !pending.script)
        return false;
    *SLICE_PUSH(search->arena, &search->pending) = pending;
    return true;
}

/* A program that something starts with (`user` NULL), or a library of `user`. 1: let through; 0: it is nothing of the kind. */
static int take(struct search *search, const char *path, const char *rpaths, const struct elf *user, struct error *err)
{
    struct stat st;
    AUTO_CLOSE int fd = open_file(search, path, &st);
    enum seen_as as = user ? AS_LIBRARY : AS_PROGRAM;
    if (fd < 0)
        return 0;
    if (was_seen(search, &st, as))
        return 1;
    if (!look_at(search, fd, path, rpaths, !user, user))
        return 0;
    remember(search, &st, as);
    return landlock_let(search->wall, fd, LANDLOCK_READ | (user ? 0 : LANDLOCK_EXECUTE), err) < 0 ? -1 : 1;
}

/* --- libraries, where the loader looks ---------------------------------------------------------------------------- */

/* Where $ORIGIN is: the folder of the file itself, behind links. */
static const char *origin(const struct search *search, const char *path)
{
    char link[64], real[4096];
    AUTO_CLOSE int fd = path_open(AT_FDCWD, path + strspn(path, "/"), PATH_LINKS_INSIDE);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = fd < 0 ? -1 : readlink(link, real, sizeof real - 1);
    const char *text = length > 0 ? arena_strndup(search->arena, real, (size_t)length) : path;
    const char *slash = strrchr(text, '/');
    return slash ? arena_strndup(search->arena, text, (size_t)(slash - text)) : "";
}

/* One folder of a list, with $ORIGIN written out; NULL where it is relative or has another of the loader's words. */
static const char *folder_of(const struct search *search, const char *text, size_t length, const char *path)
{
    static const char *const words[] = { "$ORIGIN", "${ORIGIN}" };
    const char *folder = arena_strndup(search->arena, text, length);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(folder, words[i], strlen(words[i])) == 0)
            folder = arena_printf(search->arena, "%s%s", origin(search, path), folder + strlen(words[i]));
    return *folder == '/' && !strchr(folder, '$') ? folder : NULL;
}

/* 1 from the first folder of `list` that has it. */
static int find_in(struct search *search, const char *list, const char *name, const struct pending *user, const char *rpaths,
                   struct error *err)
{
    while (list && *list) {
        size_t length = strcspn(list, ":");
        const char *folder = folder_of(search, list, length, user->path);
        int found = folder ? take(search, arena_printf(search->arena, "%s/%s", folder, name), rpaths, &user->elf, err) : 0;
        if (found)
            return found;
        list += length + (list[length] == ':');
    }
    return 0;
}

static const char *default_folders(struct search *search, const struct elf *elf)
{
    static const struct {
        unsigned machine;
        const char *name;
    } machines[] = { { EM_X86_64, "x86_64-linux-gnu" }, { EM_AARCH64, "aarch64-linux-gnu" },
                     { EM_386, "i386-linux-gnu" },      { EM_ARM, "arm-linux-gnueabihf" },
                     { EM_RISCV, "riscv64-linux-gnu" }, { EM_PPC64, "powerpc64le-linux-gnu" },
                     { EM_S390, "s390x-linux-gnu" } };
    const char *name = "";
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        name = machines[i].machine == elf->machine ? machines[i].name : name;
    return arena_printf(search->arena, "/lib/%s:/usr/lib/%s:/lib%d:/usr/lib%d:/lib:/usr/local/lib:/usr/lib", name, name,
                        elf->bits, elf->bits);
}

#define CACHE "/etc/ld.so.cache"
#define MOST_CACHE (8U << 20)

/* What ldconfig(8) writes; glibc's format since 2.2. Numbers are in the machine's own order. */
struct cache_header {
    char magic[20];
    uint32_t count, texts_size;
    uint8_t flags, padding[3];
    uint32_t extensions, unused[3];
};
struct cache_entry {
    int32_t flags;
    uint32_t name, path, version;
    uint64_t hardware;
};

/* The loader reads it too. */
static int read_cache(struct search *search, struct error *err)
{
    struct stat st;
    if (search->cache_read)
        return 0;
    search->cache_read = true;
    AUTO_CLOSE int fd = open_file(search, CACHE, &st);
    if (fd < 0)
        return 0;
    if (st.st_size <= MOST_CACHE) {
        char *text = arena_alloc(search->arena, (size_t)st.st_size + 1); /* a 0 ends what is read as text */
        ssize_t length = pread(fd, text, (size_t)st.st_size, 0);
        search->cache = text;
        search->cache_size = length > 0 ? (size_t)length : 0;
    }
    return landlock_let(search->wall, fd, LANDLOCK_READ, err);
}

/* All that bear the name: which of them the loader prefers depends on the processor. */
static int find_in_cache(struct search *search, const char *name, const struct pending *user, const char *rpaths,
                         struct error *err)
{
    struct cache_header header;
    int found = 0;
    if (search->cache_size < sizeof header)
        return 0;
    memcpy(&header, search->cache, sizeof header);
    if (memcmp(header.magic, "glibc-ld.so.cache1.1", sizeof header.magic) != 0)
        return 0;
    const size_t room = (search->cache_size - sizeof header) / sizeof(struct cache_entry);
    const size_t count = header.count < room ? header.count : room;
    search->opened += (unsigned)(count >> 14); /* a usual one adds nothing; one of a hostile root can hold 300000 */
    for (size_t i = 0; i < count; i++) {
        struct cache_entry entry;
        memcpy(&entry, search->cache + sizeof header + i * sizeof entry, sizeof entry);
        if (entry.name >= search->cache_size || entry.path >= search->cache_size ||
            strcmp(search->cache + entry.name, name) != 0 || search->cache[entry.path] != '/')
            continue;
        int one = take(search, search->cache + entry.path, rpaths, &user->elf, err);
        if (one < 0)
            return -1;
        found |= one;
    }
    return found;
}

/* A library that is not found is none of ours to complain about: the loader may know better. */
static int find_library(struct search *search, const char *name, const struct pending *user, const char *rpaths,
                        struct error *err)
{
    if (strchr(name, '/'))
        return *name == '/' ? take(search, name, rpaths, &user->elf, err) : 0;
    const char *const lists[] = { rpaths, variable(search, "LD_LIBRARY_PATH"), user->elf.runpath };
    int found = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && !found; i++)
        found = find_in(search, lists[i], name, user, rpaths, err);
    if (!found && read_cache(search, err) < 0)
        return -1;
    if (!found)
        found = find_in_cache(search, name, user, rpaths, err);
    return found ? found : find_in(search, default_folders(search, &user->elf), name, user, rpaths, err);
}

static int take_needs(struct search *search, const struct pending *user, struct error *err)
{
    const struct elf *elf = &user->elf;
    const char *rpaths = user->rpaths;
    if (elf->rpath && !elf->runpath && strlen(rpaths) + strlen(elf->rpath) < 4096)
        rpaths = arena_printf(search->arena, "%s%s%s", elf->rpath, *rpaths ? ":" : "", rpaths);
    if (elf->interpreter && *elf->interpreter == '/' && take(search, elf->interpreter, "", NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < elf->needed.count; i++)
        if (find_library(search, elf->needed.items[i], user, rpaths, err) < 0)
            return -1;
    return 0;
}

/* --- interpreters ------------------------------------------------------------------------------------------------- */

/* `#!/usr/bin/env python3` starts two programs. */
static int take_by_name(struct search *search, const char *text, struct error *err)
{
    while (*text == '-' || strncmp(text, "S ", 2) == 0)
        text += strcspn(text, " \t"), text += strspn(text, " \t");
    const char *name = arena_strndup(search->arena, text, strcspn(text, " \t")), *path = variable(search, "PATH");
    while (*name && !strchr(name, '/') && path && *path) {
        size_t length = strcspn(path, ":");
        int found = take(search, arena_printf(search->arena, "%.*s/%s", (int)length, path, name), "", NULL, err);
        if (found)
            return found;
        path += length + (path[length] == ':');
    }
    return 0;
}

static int take_interpreter(struct search *search, const char *line, struct error *err)
{
    size_t length = strcspn(line, " \t");
    const char *path = arena_strndup(search->arena, line, length), *slash = strrchr(path, '/');
    if (*path != '/')
        return 0;
    if (take(search, path, "", NULL, err) < 0)
        return -1;
    line += length;
    return strcmp(slash, "/env") == 0 ? take_by_name(search, line + strspn(line, " \t"), err) : 0;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

/* What is named is let through already. */
static void look_at_named(struct search *search, const char *path)
{
    struct stat st;
    AUTO_CLOSE int fd = open_file(search, path, &st);
    if (fd < 0 || was_seen(search, &st, AS_NAMED)) /* a hostile root can give one file many names */
        return;
    remember(search, &st, AS_NAMED);
    look_at(search, fd, path, "", true, NULL);
}

static void look_at_folder(struct search *search, int fd, const char *path)
{
    DIR *folder = fdopendir(dup(fd));
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
            look_at_named(search, arena_printf(search->arena, "%s/%s", path, entry->d_name));
    if (folder)
        closedir(folder);
}

static int take_all(struct search *search, struct error *err)
{
    for (size_t i = 0; i < search->pending.count; i++) {
        const struct pending pending = search->pending.items[i]; /* the list grows, and moves */
        if ((pending.script ? take_interpreter(search, pending.script, err) : take_needs(search, &pending, err)) < 0)
            return -1;
        if (search->opened > MOST_OPENED) {
            error_set(err, "/%s: too much comes with what is there: more than %u files", search->pending.items[0].path,
                      MOST_OPENED);
            return error_help(err, "name the programs that are started, not the folder");
        }
    }
    return 0;
}

int programs_let(int wall, const char *path, char *const *envp, struct error *err)
{
    struct arena arena = { 0 };
    struct search search = { .arena = &arena, .wall = wall, .envp = envp };
    AUTO_CLOSE int folder = path_open_to_read(AT_FDCWD, path);
    struct stat st;
    if (folder >= 0 && fstat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        look_at_folder(&search, folder, path);
    else
        look_at_named(&search, path);
    int result = take_all(&search, err);
    arena_free(&arena);
    return result;
}
