#include "profiles/load.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "profiles/trust.h"
#include "profiles/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define DEEPEST_EXTENDS 16
#define MOST_FILES 64
#define MOST_VALUES ((unsigned)YAML_MOST_NODES) /* of all together: keys are looked for one by one */
#define NOBODY ID_NONE                          /* any user but root: files need not be root's own to be looked at */

/* The files on the way down to the one being read, newest first: what a cycle is shown by. */
struct chain {
    const struct chain *above;
    const struct profile_file *file;
    size_t depth;
};

static int load_reference(struct loader *loader, const char *reference, const char *folder, struct source at,
                          const struct chain *above);

/* --- places ------------------------------------------------------------------------------------------------------- */

void search_path(struct arena *arena, uid_t uid, const char *home, struct strings *ret)
{
    /* Never by root: a variable that sudo or su let through would else say what root runs. */
    if (uid != 0) {
        const char *config = getenv("XDG_CONFIG_HOME");
        if (config && config[0] == '/')
            *SLICE_PUSH(arena, ret) = arena_printf(arena, "%s/cordon/profiles", config);
        else if (home && home[0] == '/')
            *SLICE_PUSH(arena, ret) = arena_printf(arena, "%s/.config/cordon/profiles", home);
    }
    *SLICE_PUSH(arena, ret) = arena_strdup(arena, "/etc/cordon/profiles");
    *SLICE_PUSH(arena, ret) = arena_strdup(arena, PROFILE_DIR);
}

const struct profile_file *profile_file(const struct loader *loader, const char *name)
{
    for (size_t i = 0; i < loader->files.count; i++)
        if (loader->files.items[i].name == name)
            return &loader->files.items[i];
    return NULL;
}

const char *profile_folder(const struct loader *loader, const char *file)
{
    const struct profile_file *found = loader ? profile_file(loader, file) : NULL;
    return found ? found->folder : loader && loader->caller ? loader->caller->cwd : "/";
}

static const char *folder_of(struct arena *arena, const char *path, const char *cwd)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
    if (folder[0] == '/')
        return folder;
    while (strncmp(folder, "./", 2) == 0)
        folder += 2 + strspn(folder + 2, "/");
    return strcmp(folder, ".") == 0 ? cwd : arena_printf(arena, "%s/%s", strcmp(cwd, "/") ? cwd : "", folder);
}

/* A folder is itself, by whatever name. The file that was opened must be in it: whoever can put another folder at that name
 * would else have his own trusted. */
static bool is_searched(const struct loader *loader, const struct profile_file *file)
{
    const char *slash = strrchr(file->name, '/');
    struct stat here, there;
    AUTO_CLOSE int folder = open(file->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || fstatat(folder, slash ? slash + 1 : file->name, &there, 0) < 0 || there.st_dev != file->device ||
        there.st_ino != file->inode || fstat(folder, &here) < 0)
        return false;
    for (size_t i = 0; i < loader->search.count; i++)
        if (stat(loader->search.items[i], &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino)
            return true;
    return false;
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static const char *read_whole(struct arena *arena, int fd, size_t size, size_t *ret_length, struct error *err)
{
    char *text = arena_alloc(arena, size + 2);
    size_t length = 0;
    ssize_t n;
    while (length <= size && (n = read(fd, text + length, size + 1 - length)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_errno(err, errno, "read");
            return NULL;
        }
        length += (size_t)n;
    }
    if (length > size) {
        error_set(err, "the file is being written to; try again");
        return NULL;
    }
    *ret_length = length;
    return text;
}

static struct error *complain_at(struct loader *loader, struct source at)
{
    struct error *err = errors_add(loader->errors);
    error_at(err, at);
    return err;
}

static void refuse_prefix(struct loader *loader, const struct node *tree)
{
    static const char *const plain[] = { "cordon", "extends" };
    for (size_t i = 0; i < tree->children.count; i++) {
        const struct node *entry = tree->children.items[i];
        for (size_t k = 0; k < 2; k++) {
            if ((entry->key[0] == '+' || entry->key[0] == '-') && strcmp(entry->key + 1, plain[k]) == 0) {
                struct error *err = complain_at(loader, entry->key_at);
                error_set(err, "the key '%s' takes neither + nor -", plain[k]);
            }
        }
    }
}

static int check_version(struct loader *loader, struct node *tree, const char *name)
{
    if (tree->kind != NODE_MAP) {
        struct error *err = complain_at(loader, tree->at);
        error_set(err, "a profile is a map of keys, and this is %s", tree->kind == NODE_LIST ? "a list" : "a single value");
        return error_help(err, "begin with the line cordon: 1");
    }
    refuse_prefix(loader, tree);
    const struct node *version = node_get(tree, "cordon");
    if (version)
        return 0; /* its row looks at the value */
    struct error *err = complain_at(loader, (struct source){ .file = name, .line = 1, .column = 1 });
    error_set(err, "the key 'cordon' is missing, which says for which version of the language this is written");
    error_help(err, "begin with the line cordon: 1");
    struct node *told = node_new(loader->arena, NODE_SCALAR, tree->at);
    told->key = "cordon";
    told->text = "1";
    told->refused = true;
    *SLICE_PUSH(loader->arena, &tree->children) = told;
    return 0;
}

static struct node *drop_key(struct node *map, const char *key)
{
    for (size_t i = 0; i < map->children.count; i++) {
        struct node *entry = map->children.items[i];
        if (strcmp(entry->key, key) != 0)
            continue;
        memmove(&map->children.items[i], &map->children.items[i + 1],
                (map->children.count - i - 1) * sizeof *map->children.items);
        map->children.count--;
        return entry;
    }
    return NULL;
}

static void load_extends(struct loader *loader, const struct node *extends, const char *folder, const struct chain *chain)
{
    if (extends->refused)
        return;
    if (extends->kind != NODE_LIST) {
        struct error *err = complain_at(loader, extends->at);
        error_set(err, "extends: must be a list of profiles, in order");
        error_help(err, "write extends: [%s]", extends->kind == NODE_SCALAR && extends->text[0] ? extends->text : "server");
        return;
    }
    for (size_t i = 0; i < extends->children.count; i++) {
        const struct node *item = extends->children.items[i];
        if (item->refused)
            continue;
        if (item->kind != NODE_SCALAR || item->null || !item->text[0]) {
            error_set(complain_at(loader, item->at), "extends[%zu]: must be the name or ./path of a profile", i);
            continue;
        }
        load_reference(loader, item->text, folder, item->at, chain);
    }
}

static int refuse_cycle(struct loader *loader, const struct profile_file *file, struct source at, const struct chain *above)
{
    const char *text = file->name;
    for (const struct chain *link = above; link; link = link->above) {
        text = arena_printf(loader->arena, "%s -> %s", link->file->name, text);
        if (link->file->name == file->name)
            break;
    }
    struct error *err = complain_at(loader, at);
    error_set(err, "extends: a cycle: %s", text);
    return error_help(err, "one of them must not extend the next");
}

static const struct profile_file *already(struct loader *loader, dev_t device, ino_t inode, const char *name)
{
    for (size_t i = 0; i < loader->files.count; i++) {
        const struct profile_file *file = &loader->files.items[i];
        if (inode ? file->device == device && file->inode == inode : !file->inode && strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

static size_t values_in(const struct node *node)
{
    size_t count = 1;
    for (size_t i = 0; i < node->children.count; i++)
        count += values_in(node->children.items[i]);
    return count;
}

/* Merges one text over what is there, after what it extends. */
static int load_text(struct loader *loader, struct profile_file *file, const char *text, size_t length,
                     const struct chain *above)
{
    struct chain chain = { .above = above, .file = file, .depth = above ? above->depth + 1 : 0 };
    struct node *tree = yaml_read(loader->arena, file->name, text, length, 1, loader->errors);
    if (!tree) {
        loader->broken = true;
        if (!loader->errors->count) {
            struct error *err = complain_at(loader, (struct source){ .file = file->name, .line = 1, .column = 1 });
            error_set(err, "the profile is empty");
            error_help(err, "the least that a profile says is cordon: 1");
        }
        return -1;
    }
    if (check_version(loader, tree, file->name) < 0)
        return -1;
    if ((loader->values += values_in(tree)) > MOST_VALUES) {
        loader->broken = true;
        return error_set(complain_at(loader, tree->at), "more than %u values in all profiles that take part", MOST_VALUES);
    }
    struct node *extends = drop_key(tree, "extends");
    if (extends)
        load_extends(loader, extends, file->folder, &chain);
    loader->tree = merge_profiles(loader->arena, loader->errors, loader->tree, tree);
    return 0;
}

static int too_many(struct loader *loader, struct source at, const struct chain *above)
{
    if (loader->files.count < MOST_FILES && (!above || above->depth < DEEPEST_EXTENDS))
        return 0;
    return error_set(complain_at(loader, at), "extends: %s",
                     loader->files.count < MOST_FILES ? "more than 16 profiles deep" : "more than 64 profiles take part");
}

/* The file is new: put down, read, merged. Once is enough where several extend it; it then stands where it was first needed. */
static int load_new(struct loader *loader, struct profile_file file, struct source at, const char *text, size_t length,
                    const struct chain *above)
{
    const struct profile_file *known = already(loader, file.device, file.inode, file.name);
    if (known) {
        for (const struct chain *link = above; link; link = link->above)
            if (link->file->name == known->name)
                return refuse_cycle(loader, known, at, above);
        return 0;
    }
    if (too_many(loader, at, above) < 0)
        return -1;
    struct profile_file *kept = arena_alloc(loader->arena, sizeof *kept);
    file.by = at;
    *kept = file;
    *SLICE_PUSH(loader->arena, &loader->files) = file;
    return load_text(loader, kept, text, length, above);
}

/* --- by path and by name ------------------------------------------------------------------------------------------ */

static int report(struct loader *loader, struct error *err, struct source at)
{
    struct error *kept = errors_add(loader->errors);
    error_move(kept, err);
    return error_at(kept, at);
}

/* 1: loaded or reported; 0: there is no such file, *err says how. */
static int load_path(struct loader *loader, const char *path, struct source at, const struct chain *above, struct error *err)
{
    struct arena *arena = loader->arena;
    struct stat st;
    const char *cwd = loader->caller->cwd;
    const char *absolute = path[0] == '/' ? path : arena_printf(arena, "%s/%s", strcmp(cwd, "/") ? cwd : "", path);
    AUTO_CLOSE int fd = trust_open(absolute, loader->request->reading ? NOBODY : loader->caller->uid, &st, err);
    if (fd < 0 && (err->code == ENOENT || err->code == ENOTDIR))
        return 0;
    if (fd >= 0 && st.st_size > YAML_LARGEST)
        error_set(err, "%s is %lld bytes long, and a profile has at most 1 MiB", path, (long long)st.st_size);
    size_t length = 0;
    const char *text = error_is_set(err) ? NULL : read_whole(arena, fd, (size_t)st.st_size, &length, err);
    const struct profile_reading *reading = loader->request->reading;
    if (text && reading && reading->instead_of && strcmp(reading->instead_of, path) == 0) {
        text = reading->text;
        length = reading->length;
    }
    if (!text) {
        report(loader, err, at);
        return 1;
    }
    struct profile_file file = {
        .name = arena_strdup(arena, path), .folder = folder_of(arena, path, cwd), .device = st.st_dev, .inode = st.st_ino
    };
    file.trusted = is_searched(loader, &file);
    load_new(loader, file, at, text, length, above);
    return 1;
}

static const char *places(struct loader *loader)
{
    const char *text = "";
    for (size_t i = 0; i < loader->search.count; i++)
        text = arena_printf(loader->arena, "%s%s%s", text, i ? ", " : "", loader->search.items[i]);
    return text;
}

static int not_found(struct loader *loader, const char *name, struct source at)
{
    struct profile_list list = { 0 };
    struct error ignored = { 0 };
    profile_list(loader->arena, &list, &ignored);
    error_fini(&ignored);
    const char **names = arena_alloc(loader->arena, (list.profiles.count + 1) * sizeof *names);
    for (size_t i = 0; i < list.profiles.count; i++)
        names[i] = list.profiles.items[i].name;
    const char *near = text_nearest(name, names, list.profiles.count);
    struct error *err = complain_at(loader, at);
    error_set(err, near ? "there is no profile '%s', did you mean '%s'?" : "there is no profile '%s'", name, near);
    error_note(err, "looked for %s.yaml in %s, and among the built-in ones", name, places(loader));
    const char *here = arena_printf(loader->arena, "%s/%s.yaml", loader->caller->cwd, name);
    if (access(here, F_OK) == 0)
        return error_help(err, "the file %s.yaml is in this folder: a path holds a slash or ends in .yaml, so write ./%s.yaml",
                          name, name);
    return error_help(err, "'cordon profiles' lists those that can be found; a path holds a slash or ends in .yaml");
}

static void notice_hidden(struct loader *loader, const char *name, const char *found, size_t from)
{
    for (size_t i = from; i < loader->search.count; i++) {
        const char *path = arena_printf(loader->arena, "%s/%s.yaml", loader->search.items[i], name);
        if (access(path, F_OK) == 0)
            error_set(errors_add(loader->notices), "%s hides %s", found, path);
    }
    if (built_in_profile(name, NULL))
        error_set(errors_add(loader->notices), "%s hides the built-in profile '%s'", found, name);
}

static int load_name(struct loader *loader, const char *name, struct source at, const struct chain *above)
{
    if (!name[0] || strpbrk(name, "/\n") || name[0] == '.')
        return not_found(loader, name, at);
    for (size_t i = 0; i < loader->search.count; i++) {
        const char *path = arena_printf(loader->arena, "%s/%s.yaml", loader->search.items[i], name);
        struct error err = { 0 };
        /* A folder that others can write matters only where there is a profile in it: /usr/local is the staff's on some hosts.
         */
        int done = access(path, F_OK) == 0 ? load_path(loader, path, at, above, &err) : 0;
        error_fini(&err);
        if (done) {
            notice_hidden(loader, name, path, i + 1);
            return 0;
        }
    }
    size_t length = 0;
    const char *text = built_in_profile(name, &length);
    if (!text)
        return not_found(loader, name, at);
    struct profile_file file = { .name = arena_printf(loader->arena, "%s/%s.yaml", BUILT_IN_FOLDER, name),
                                 .folder = PROFILE_DIR,
                                 .trusted = true };
    return load_new(loader, file, at, text, length, above);
}

static bool is_path(const char *reference)
{
    size_t length = strlen(reference);
    return strchr(reference, '/') || (length > 5 && strcmp(reference + length - 5, ".yaml") == 0);
}

/* `folder` is where a relative path begins; NULL: where the caller stands, and then the path is shown as he wrote it. */
static int load_reference(struct loader *loader, const char *reference, const char *folder, struct source at,
                          const struct chain *above)
{
    if (!is_path(reference))
        return load_name(loader, reference, at, above);
    const char *path = reference;
    if (folder && reference[0] != '/') {
        /* Shown from where the caller stands, as the file that names it is. */
        const char *name = above->file->name, *slash = strrchr(name, '/');
        while (strncmp(reference, "./", 2) == 0)
            reference += 2 + strspn(reference + 2, "/");
        path = slash ? arena_printf(loader->arena, "%.*s/%s", (int)(slash - name), name, reference)
                     : arena_strdup(loader->arena, reference);
    }
    struct error err = { 0 };
    if (load_path(loader, path, at, above, &err))
        return 0;
    if (reference[0] != '/')
        error_help(&err, "a relative path begins at the folder of the %s", folder ? "profile that names it" : "shell");
    return report(loader, &err, at);
}

int load_profile(struct loader *loader)
{
    const char *asked = loader->request->profile ? loader->request->profile : "default";
    load_reference(loader, asked, NULL, (struct source){ 0 }, NULL);
    return loader->tree ? 0 : -1;
}
