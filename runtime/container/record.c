#include "container/record.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "kernel/landlock.h"
#include "plan/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define SUFFIX ".json"
#define TEXT_MAX (16U << 20)

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void put_root(FILE *stream, const struct spec *spec)
{
    char *text = NULL;
    if (spec->root.from == ROOT_DIR)
        text = arena_printf(spec->arena, "dir:%s", spec->root.path);
    json_text(stream, text ? text : spec->root.from == ROOT_EMPTY ? "empty" : "host");
}

/* What stands on the command line never went through the tree. */
static const struct node *with_command(const struct node *app, const struct spec *spec)
{
    struct node *shown = node_new(spec->arena, NODE_MAP, app->at), *command = node_new(spec->arena, NODE_LIST, app->at);
    shown->key = app->key;
    command->key = "command";
    for (size_t i = 0; i < spec->app.command.count; i++) {
        struct node *word = node_new(spec->arena, NODE_SCALAR, app->at);
        word->text = spec->app.command.items[i];
        word->quoted = true;
        *SLICE_PUSH(spec->arena, &command->children) = word;
    }
    for (size_t i = 0; i < app->children.count; i++) {
        struct node *child = app->children.items[i];
        *SLICE_PUSH(spec->arena, &shown->children) = strcmp(child->key, "command") == 0 ? command : child;
    }
    return shown;
}

/* The merged profile, but for params, which have done their work. */
static void put_asked(FILE *stream, const struct spec *spec)
{
    fputc('{', stream);
    json_key(stream, true, "name");
    json_text(stream, spec->name);
    for (size_t i = 0; spec->tree && i < spec->tree->children.count; i++) {
        const struct node *child = spec->tree->children.items[i];
        if (strcmp(child->key, "params") == 0 || strcmp(child->key, "name") == 0)
            continue;
        json_key(stream, false, child->key);
        json_node(stream, strcmp(child->key, "app") == 0 && child->kind == NODE_MAP ? with_command(child, spec) : child);
    }
    fputc('}', stream);
}

/* --- what Landlock was told: the kernel says of no process what it may not ----------------------------------------- */

static void put_rights(FILE *stream, uint64_t rights)
{
    const char *comma = "";
    fputc('[', stream);
    for (size_t bit = 0; bit < LANDLOCK_FILE_RIGHTS; bit++) {
        if (!(rights >> bit & 1))
            continue;
        fputs(comma, stream);
        json_text(stream, landlock_right_names[bit]);
        comma = ",";
    }
    fputc(']', stream);
}

static void put_ports(FILE *stream, const struct plan *plan, const struct step *wall, enum landlock_ports right)
{
    const char *comma = "";
    if (!(wall->mode & right)) {
        fputs("null", stream); /* all of them */
        return;
    }
    fputc('[', stream);
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct step *step = &plan->steps.items[i];
        if (step->action != ACTION_LET_PORT || !(step->mode & right))
            continue;
        fprintf(stream, "%s%llu", comma, (unsigned long long)step->number);
        comma = ",";
    }
    fputc(']', stream);
}

static const struct step *find(const struct plan *plan, enum action action)
{
    for (size_t i = 0; i < plan->steps.count; i++)
        if (plan->steps.items[i].action == action)
            return &plan->steps.items[i];
    return NULL;
}

static void put_wall(FILE *stream, const struct plan *plan, const struct step *wall)
{
    unsigned paths = 0;
    for (size_t i = 0; i < plan->steps.count; i++)
        paths += plan->steps.items[i].action == ACTION_LET;
    json_key(stream, false, "denied");
    put_rights(stream, wall->number);
    json_key(stream, false, "paths");
    fprintf(stream, "%u", paths);
    json_key(stream, false, "connect");
    put_ports(stream, plan, wall, LANDLOCK_CONNECT);
    json_key(stream, false, "bind");
    put_ports(stream, plan, wall, LANDLOCK_BIND);
}

static void put_landlock(FILE *stream, const struct plan *plan)
{
    const struct step *wall = find(plan, ACTION_WALL), *sockets = find(plan, ACTION_LANDLOCK_SCOPE),
                      *signals = find(plan, ACTION_SIGNAL_SCOPE), *devices = find(plan, ACTION_DEVICE_WALL);
    if (!wall && !sockets && !signals && !devices) {
        fputs("null", stream);
        return;
    }
    fprintf(stream, "{\"source\":\"launch\",\"abi\":%d,\"scopes\":[%s%s%s]", plan->host->landlock,
            sockets ? "\"abstract-sockets\"" : "", sockets && signals ? "," : "", signals ? "\"signals\"" : "");
    if (wall)
        put_wall(stream, plan, wall);
    if (devices) {
        json_key(stream, false, "devices");
        json_text(stream, action_rows[ACTION_DEVICE_WALL].arguments(plan->arena, plan, devices));
    }
    fputc('}', stream);
}

static char *compose(const struct record *record, const char *id, const struct plan *plan, const char *profile, pid_t pid,
                     size_t *ret_size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, ret_size);
    if (!stream)
        return NULL;
    fputc('{', stream);
    json_key(stream, true, "name");
    json_text(stream, record->name);
    json_key(stream, false, "id");
    json_text(stream, id);
    json_key(stream, false, "pid");
    fprintf(stream, "%d", pid);
    json_key(stream, false, "launcher");
    fprintf(stream, "%d", getpid());
    json_key(stream, false, "started");
    fprintf(stream, "%lld", (long long)time(NULL)); /* seconds: strftime would read the time zone first */
    json_key(stream, false, "profile");
    json_text(stream, profile ? profile : "default");
    json_key(stream, false, "root");
    put_root(stream, plan->spec);
    json_key(stream, false, "asked");
    put_asked(stream, plan->spec);
    json_key(stream, false, "landlock");
    put_landlock(stream, plan);
    json_key(stream, false, "planned");
    plan_print_json(stream, plan);
    fputs("}\n", stream);
    fclose(stream);
    return text;
}

/* Locked before anything is in it: an empty record is of somebody who is about to. */
static int create(struct record *record, const char *name)
{
    char file[RECORD_NAME_MAX + sizeof SUFFIX];
    snprintf(record->name, sizeof record->name, "%s", name);
    snprintf(file, sizeof file, "%s" SUFFIX, name);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    record->file = openat(record->folder, file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return record->file < 0 ? errno : fcntl(record->file, F_OFD_SETLK, &lock) < 0 ? errno : 0;
}

static bool is_held(int file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Whether it begins as compose() writes it, or is empty as create() makes it: --state may be a folder with other people's
 * files. */
static bool is_ours(int file, const char *name, const struct stat *st)
{
    char wanted[RECORD_NAME_MAX + 32], text[sizeof wanted];
    int length = snprintf(wanted, sizeof wanted, "{\"name\":\"%.*s\",\"id\":\"", (int)(strlen(name) - strlen(SUFFIX)), name);
    if (!S_ISREG(st->st_mode) || (st->st_mode & 07777) != 0600 || (size_t)length >= sizeof wanted)
        return false;
    return st->st_size == 0 || (pread(file, text, (size_t)length, 0) == length && memcmp(text, wanted, (size_t)length) == 0);
}

/* Removes what a launcher that was killed has left. An empty one may be about to be held, unless its name is locked for us. */
static bool remove_left(int folder, const char *file, bool claimed)
{
    enum { IS_BEING_MADE = 10 /* seconds */ };
    struct stat st;
    AUTO_CLOSE int fd = openat(folder, file, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 && !is_held(fd) && fstat(fd, &st) == 0 && is_ours(fd, file, &st) &&
           (st.st_size > 0 || claimed || st.st_mtime + IS_BEING_MADE < time(NULL)) && file_is_at(folder, file, fd) &&
           unlinkat(folder, file, 0) == 0;
}

static int create_free(struct record *record, const struct spec *spec, char id[33])
{
    for (int tries = 0; tries < 8; tries++) {
        uint8_t random[16];
        char name[RECORD_NAME_MAX];
        if (getrandom(random, sizeof random, 0) != sizeof random)
            return errno;
        for (size_t i = 0; i < sizeof random; i++)
            snprintf(id + 2 * i, 3, "%02x", random[i]);
        snprintf(name, sizeof name, spec->name_is_claimed ? "%s" : "%s-%.6s", spec->name, id);
        int code = create(record, name);
        if (code != EEXIST)
            return code;
        char file[RECORD_NAME_MAX + sizeof SUFFIX];
        snprintf(file, sizeof file, "%s" SUFFIX, name);
        /* The name is locked for us: the record is of a launcher that was killed, unless the digits of another's were typed. */
        if (spec->name_is_claimed && !remove_left(record->folder, file, true))
            return code;
    }
    return EEXIST;
}

static bool is_record(const char *file)
{
    size_t length = strlen(file), suffix = strlen(SUFFIX);
    return length > suffix && strcmp(file + length - suffix, SUFFIX) == 0;
}

/* What launchers that were killed left. One call in the common case, and never much: with many containers beside this one a
 * start must not look at all of them. `ps` does. */
static void sweep(const struct record *record)
{
    enum { LOOKS = 16 };
    _Alignas(struct dirent64) char buffer[4096];
    ssize_t size = getdents64(record->folder, buffer, sizeof buffer);
    int looks = 0;
    for (ssize_t at = 0; at < size && looks < LOOKS;) {
        const struct dirent64 *entry = (const struct dirent64 *)(const void *)(buffer + at);
        at += entry->d_reclen;
        if (!is_record(entry->d_name) || strncmp(entry->d_name, record->name, strlen(record->name)) == 0)
            continue;
        looks++;
        remove_left(record->folder, entry->d_name, false);
    }
}

void record_begin(struct record *record, const struct plan *plan, const char *profile, pid_t pid)
{
    struct error ignored = { 0 };
    char id[33] = "";
    size_t size = 0;
    *record = (struct record){ .folder = file_own_folder(plan->host->state, &ignored), .file = -1 };
    error_fini(&ignored);
    if (record->folder < 0 || create_free(record, plan->spec, id) != 0) {
        record_end(record);
        return;
    }
    AUTO_FREE char *text = compose(record, id, plan, profile, pid, &size);
    if (!text || write(record->file, text, size) != (ssize_t)size)
        record_end(record);
    else
        sweep(record);
}

void record_end(struct record *record)
{
    char file[RECORD_NAME_MAX + sizeof SUFFIX];
    snprintf(file, sizeof file, "%s" SUFFIX, record->name);
    if (record->file >= 0) {
        unlinkat(record->folder, file, 0);
        close(take_fd(&record->file));
    }
    if (record->folder >= 0)
        close(take_fd(&record->folder));
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void take(struct arena *arena, int folder, const char *file, struct record_list *ret)
{
    struct stat st;
    AUTO_CLOSE int fd = openat(folder, file, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    if (!is_held(fd)) {
        remove_left(folder, file, false);
        return;
    }
    char *text = file_read_small(folder, file, TEXT_MAX, arena);
    size_t length = text ? strlen(text) : 0;
    if (length && text[length - 1] == '\n') /* its end: all of it has been written */
        *SLICE_PUSH(arena, &ret->texts) = text;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int record_list(struct arena *arena, const char *state, const char *name, struct record_list *ret, struct error *err)
{
    AUTO_CLOSE int folder = open(state, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open %s", state);
    if (name) {
        if (strlen(name) < RECORD_NAME_MAX && !strchr(name, '/'))
            take(arena, folder, arena_printf(arena, "%s" SUFFIX, name), ret);
        return 0;
    }
    DIR *dir = fdopendir(dup(folder));
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (is_record(entry->d_name))
            take(arena, folder, entry->d_name, ret);
    }
    if (dir)
        closedir(dir);
    if (ret->texts.count)
        qsort(ret->texts.items, ret->texts.count, sizeof *ret->texts.items, by_name); /* each begins with its name */
    return 0;
}

bool record_is_held(const char *state, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s" SUFFIX, state, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    AUTO_CLOSE int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && is_held(fd);
}
