#include "profiles/profile.h"

#include "base/cleanup.h"
#include "profiles/fields.h"
#include "profiles/load.h"
#include "profiles/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* --- load --------------------------------------------------------------------------------------------------------- */

static void apply_settings(struct loader *loader)
{
    for (size_t i = 0; i < loader->request->set.count; i++) {
        struct node *layer = layer_from_set(loader, loader->request->set.items[i]);
        if (layer)
            loader->tree = merge_profiles(loader->arena, loader->errors, loader->tree, layer);
    }
}

/* The profile's own name, or the file's without .yaml. */
static const char *settle_name(struct loader *loader)
{
    struct node *name = node_get(loader->tree, "name");
    if (name && name->kind == NODE_SCALAR) {
        expand_profile(loader, NULL, name);
        return name->text;
    }
    const char *file = loader->files.items[0].name, *slash = strrchr(file, '/');
    file = slash ? slash + 1 : file;
    size_t length = strlen(file);
    if (length > 5 && strcmp(file + length - 5, ".yaml") == 0)
        length -= 5;
    return arena_strndup(loader->arena, file, length);
}

static void keep_readable(struct errors *errors)
{
    if (errors->count <= MOST_MISTAKES)
        return;
    size_t more = errors->count - MOST_MISTAKES;
    while (errors->count > MOST_MISTAKES)
        error_fini(&errors->items[--errors->count]);
    error_set(errors_add(errors), "and %zu more mistakes", more);
}

static struct spec *make_spec(struct loader *loader)
{
    struct spec *spec = spec_new(loader->arena);
    spec->tree = loader->tree;
    spec->name = settle_name(loader);
    check_params(loader);
    expand_profile(loader, spec->name, loader->tree);
    struct walk walk = { .arena = loader->arena, .errors = loader->errors, .context = loader, .top = &form_profile };
    rows_read(&walk, &form_profile, loader->tree, spec);
    validate_profile(loader, spec);
    check_host_keys(loader);
    return spec;
}

static void tell_reading(struct loader *loader, struct profile_reading *reading)
{
    reading->broken = loader->broken || !loader->tree;
    for (size_t i = 0; i < loader->files.count; i++) {
        const struct profile_file *file = &loader->files.items[i];
        *SLICE_PUSH(loader->arena, &reading->origins) =
            (struct profile_origin){ .file = file->name, .folder = file->folder, .by = file->by };
    }
}

int profile_load(struct arena *arena, const struct profile_request *request, const struct caller *caller, struct spec **ret,
                 struct errors *errors, struct errors *notices)
{
    struct loader loader = { .arena = arena, .request = request, .caller = caller, .errors = errors, .notices = notices };
    size_t before = errors->count;
    search_path(arena, caller->uid, caller->home, &loader.search);
    struct spec *spec = NULL;
    if (load_profile(&loader) == 0 && !loader.broken) {
        apply_settings(&loader);
        spec = make_spec(&loader);
    }
    if (request->reading)
        tell_reading(&loader, request->reading);
    keep_readable(errors);
    if (errors->count != before || !spec)
        return -1;
    *ret = spec;
    return 0;
}

/* --- list --------------------------------------------------------------------------------------------------------- */

static int is_profile_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

/* The description of a text that may be anything: without one where it cannot be read. */
static const char *description(struct arena *arena, const char *text, size_t length)
{
    struct errors ignored = { 0 };
    const struct node *tree = yaml_read(arena, "", text, length, 1, &ignored);
    errors_fini(&ignored);
    const struct node *node = node_get(tree, "description");
    return node && node->kind == NODE_SCALAR ? node->text : "";
}

static const char *file_description(struct arena *arena, const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > YAML_LARGEST)
        return "";
    char *text = arena_alloc(arena, (size_t)st.st_size + 1);
    ssize_t length = read(fd, text, (size_t)st.st_size);
    return length > 0 ? description(arena, text, (size_t)length) : "";
}

static void add_listing(struct arena *arena, struct profile_list *list, const char *name, const char *path, const char *text)
{
    bool shadowed = false;
    for (size_t i = 0; i < list->profiles.count; i++)
        shadowed = shadowed || strcmp(list->profiles.items[i].name, name) == 0;
    *SLICE_PUSH(arena, &list->profiles) =
        (struct profile_listing){ .name = name, .path = path, .description = text, .shadowed = shadowed };
}

static int list_folder(struct arena *arena, const char *folder, struct profile_list *list, struct error *err)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_profile_file, alphasort);
    if (count < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, errno, "cannot list the profiles in %s", folder);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(arena, "%s/%s", folder, entries[i]->d_name);
        add_listing(arena, list, arena_strndup(arena, entries[i]->d_name, strlen(entries[i]->d_name) - 5), path,
                    file_description(arena, path));
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static const char *home_of_caller(struct arena *arena)
{
    struct caller caller;
    struct error ignored = { 0 };
    const char *home = caller_get(arena, &caller, &ignored) == 0 ? caller.home : NULL;
    error_fini(&ignored);
    return home;
}

int profile_list(struct arena *arena, struct profile_list *ret, struct error *err)
{
    struct strings search = { 0 };
    search_path(arena, geteuid(), home_of_caller(arena), &search);
    for (size_t i = 0; i < search.count; i++)
        if (list_folder(arena, search.items[i], ret, err) < 0)
            return -1;
    for (size_t i = 0; built_in_name(i); i++) {
        size_t length;
        const char *name = built_in_name(i), *text = built_in_profile(name, &length);
        add_listing(arena, ret, name, BUILT_IN_FOLDER, description(arena, text, length));
    }
    return 0;
}

bool profile_exists(const char *name)
{
    struct arena arena = { 0 };
    struct strings search = { 0 };
    bool found = built_in_profile(name, NULL) != NULL;
    search_path(&arena, geteuid(), home_of_caller(&arena), &search);
    for (size_t i = 0; !found && !strchr(name, '/') && name[0] && name[0] != '.' && i < search.count; i++)
        found = access(arena_printf(&arena, "%s/%s.yaml", search.items[i], name), R_OK) == 0;
    arena_free(&arena);
    return found;
}
