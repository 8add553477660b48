#include "spec/spec.h"

#include "base/node.h"

#include <stdarg.h>
#include <string.h>

const char *const limit_names[RLIM_NLIMITS] = {
    [RLIMIT_CPU] = "cpu",
    [RLIMIT_FSIZE] = "file-size",
    [RLIMIT_DATA] = "data",
    [RLIMIT_STACK] = "stack",
    [RLIMIT_CORE] = "core",
    [RLIMIT_RSS] = "rss",
    [RLIMIT_NPROC] = "processes",
    [RLIMIT_NOFILE] = "files",
    [RLIMIT_MEMLOCK] = "memlock",
    [RLIMIT_AS] = "address-space",
    [RLIMIT_LOCKS] = "locks",
    [RLIMIT_SIGPENDING] = "signals",
    [RLIMIT_MSGQUEUE] = "message-queues",
    [RLIMIT_NICE] = "nice",
    [RLIMIT_RTPRIO] = "realtime-priority",
    [RLIMIT_RTTIME] = "realtime-time",
};

const char *const allow_names[ALLOW_COUNT] = {
#define X(name, text) [ALLOW_##name] = text,
    ALLOW_SWITCHES(X)
#undef X
};

#define U RESOURCE_UNSET
static const struct resources no_resources = { .memory = { .max = U, .high = U, .low = U, .min = U, .swap = U },
                                               .cpu = { .max = U, .burst = U, .weight = U },
                                               .processes = U };
#undef U

struct spec *spec_new(struct arena *arena)
{
    struct spec *spec = arena_alloc(arena, sizeof *spec);
    spec->arena = arena;
    spec->name = "default";
    spec->app.user.gid = ID_NONE;
    spec->app.workdir = "/";
    spec->app.umask = 022;
    spec->root.size = 256 << 20;
    spec->isolate =
        (struct isolate){ .pid = true, .ipc = true, .hostname = true, .cgroup = true, .user = true, .signals = true };
    spec->machine_id = "auto";
    spec->resources = no_resources;
    return spec;
}

static const struct node *deepest(const struct spec *spec, const char *key)
{
    char path[256];
    if (!spec->tree || strlen(key) >= sizeof path)
        return NULL;
    strcpy(path, key);
    for (;;) {
        const struct node *node = node_find(spec->tree, path);
        if (node)
            return node;
        char *cut = strrchr(path, '.'), *bracket = strrchr(path, '[');
        if (bracket > cut)
            cut = bracket;
        if (!cut)
            return NULL;
        *cut = '\0';
    }
}

bool spec_says(const struct spec *spec, const char *key) { return spec->tree && node_find(spec->tree, key); }

bool spec_no_cores(const struct spec *spec)
{
    const struct limit *core = &spec->limits[RLIMIT_CORE];
    return core->set ? core->hard == 0 : !spec->privileges.inspection;
}

bool spec_mounts_at(const struct spec *spec, const char *at)
{
    for (size_t i = 0; i < spec->mounts.count; i++)
        if (strcmp(spec->mounts.items[i].at, at) == 0)
            return true;
    for (size_t i = 0; spec->root.from == ROOT_HOST && i < spec->root.show.count; i++)
        if (strcmp(spec->root.show.items[i].at, at) == 0)
            return true;
    return false;
}

struct source spec_source(const struct spec *spec, const char *key)
{
    const struct node *node = deepest(spec, key);
    return node ? node->at : (struct source){ 0 };
}

static bool says_true(const struct node *node)
{
    return node && node->kind == NODE_SCALAR && !node->quoted && strcmp(node->text, "true") == 0;
}

/* An item goes by the name of its list: io[0] by io. */
static bool names(const struct node *list, const char *word)
{
    size_t length = strcspn(word, "[");
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->children.count; i++) {
        const struct node *name = list->children.items[i];
        if (name->kind == NODE_SCALAR && strncmp(name->text, word, length) == 0 && !name->text[length])
            return true;
    }
    return false;
}

static bool is_optional_in(const struct node *map, const char *name)
{
    const struct node *optional = node_get(map, "optional");
    return says_true(optional) || names(optional, name);
}

bool spec_optional(const struct spec *spec, const char *key)
{
    char path[256];
    if (!spec->tree || strlen(key) >= sizeof path)
        return false;
    strcpy(path, key);
    if (says_true(node_get(node_find(spec->tree, path), "optional")))
        return true;
    for (char *dot; (dot = strrchr(path, '.'));) {
        *dot = '\0';
        if (is_optional_in(node_find(spec->tree, path), dot + 1))
            return true;
    }
    return is_optional_in(spec->tree, path);
}

int spec_error(struct error *err, const struct spec *spec, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(spec->arena, format, arguments);
    va_end(arguments);
    error_set(err, "%s: %s", key, text);
    return error_at(err, spec_source(spec, key));
}
