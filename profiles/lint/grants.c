#include "profiles/lint/grants.h"

#include "base/names.h"
#include "base/rows.h"
#include "plan/allow.h"

#include <string.h>

static void add(struct grants *grants, enum grant_kind kind, const char *key, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void add(struct grants *grants, enum grant_kind kind, const char *key, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *what = arena_vprintf(grants->s->arena, format, arguments);
    va_end(arguments);
    *SLICE_PUSH(grants->s->arena, &grants->list) = (struct grant){ kind, what, key, path };
}

static void add_paths(struct grants *grants)
{
    struct subject *s = grants->s;
    for (size_t i = 0; i < s->shown.count; i++) {
        const struct shown *shown = &s->shown.items[i];
        add(grants, GRANT_READ, shown->key, shown->source, "may read %s of the host", shown->source);
        if (shown->write)
            add(grants, GRANT_WRITE, shown->key, shown->source, "may write %s of the host", shown->source);
    }
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (s->spec->mounts.items[i].kind == MOUNT_HIDE && s->spec->mounts.items[i].at)
            add(grants, GRANT_HIDDEN, arena_printf(s->arena, "mounts[%zu]", i), s->spec->mounts.items[i].at,
                "sees what is at %s", s->spec->mounts.items[i].at);
    for (size_t i = 0; i < s->spec->root.hide.count; i++)
        add(grants, GRANT_HIDDEN, arena_printf(s->arena, "root.hide[%zu]", i), s->spec->root.hide.items[i],
            "sees what is at %s", s->spec->root.hide.items[i]);
}

/* Where programs can be started from, and what is kept. */
static void add_mounts(struct grants *grants)
{
    struct subject *s = grants->s;
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const struct mount_entry *mount = &s->spec->mounts.items[i];
        const char *key = arena_printf(s->arena, "mounts[%zu]", i);
        if (mount->kind == MOUNT_HIDE || !mount->at)
            continue;
        if (mount->exec && mount->kind == MOUNT_BIND)
            add(grants, GRANT_EXECUTE, key, mount->source, "may start programs from %s of the host", mount->source);
        else if (mount->exec)
            add(grants, GRANT_WORDS, key, NULL, "may start programs from %s", mount->at);
        if (mount->kind == MOUNT_VOLUME && mount->source)
            add(grants, GRANT_WORDS, key, NULL, "has the volume %s%s", mount->source, mount->write ? ", and writes it" : "");
    }
}

/* The three lists of paths, each for itself. */
static void add_lists_of_paths(struct grants *grants)
{
    static const char keys[][14] = { "paths.read", "paths.write", "paths.execute" };
    struct subject *s = grants->s;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *path;
        for (size_t k = 0; (path = text_of(s, arena_printf(s->arena, "%s[%zu]", keys[i], k))); k++)
            add(grants, GRANT_PATHS, arena_printf(s->arena, "%s[%zu]", keys[i], k), path, "may %s what is below %s",
                keys[i] + strlen("paths."), path);
    }
}

static const char *text_at(const struct node *item, const char *key)
{
    const struct node *node = item->kind == NODE_MAP ? node_get(item, key) : NULL;
    return node && node->kind == NODE_SCALAR ? node->text : NULL;
}

/* A call that is open for some arguments. Those that are open for all, compare_calls finds. */
static void add_conditions(struct grants *grants)
{
    struct subject *s = grants->s;
    const struct node *list = node_find(s->tree, "syscalls.allow");
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->children.count; i++)
        if (list->children.items[i]->kind == NODE_MAP)
            add(grants, GRANT_CALL, arena_printf(s->arena, "syscalls.allow[%zu]", i), text_at(list->children.items[i], "name"),
                "may make the system call %s", rows_flow(s->arena, list->children.items[i]));
}

static void add_privileges(struct grants *grants)
{
    struct subject *s = grants->s;
    for (int i = 0; i < CAPABILITY_COUNT; i++)
        if (capability(s, i))
            add(grants, GRANT_WORDS, capability(s, i), NULL, "has the capability %s", capability_names[i]);
    for (int i = 0; i < ALLOW_COUNT; i++)
        if (switched(s, (enum allow_switch)i))
            add(grants, GRANT_WORDS, switched(s, (enum allow_switch)i), NULL, "is allowed %s: %s", allow_names[i],
                allow_bundles[i].reason);
}

/* Keys with a few words: the value that allows more, and what that is. */
static const struct {
    char key[28], value[10];
    const char *what;
} word_rows[] = {
    { "privileges.new-privileges", "true", "may start set-id programs with what they gain" },
    { "privileges.inspection", "true", "may look into other processes of the container" },
    { "isolate.pid", "inherit", "sees the processes of the host" },
    { "isolate.signals", "inherit", "may send signals to processes of the host" },
    { "isolate.ipc", "inherit", "shares the host's System V IPC and message queues" },
    { "isolate.hostname", "inherit", "shares the host's name" },
    { "isolate.cgroup", "inherit", "sees the host's tree of cgroups" },
    { "machine-id", "inherit", "knows the host's machine id" },
    { "syscalls.on-deny", "log", "may make the system calls that the filter denies" },
    { "syscalls.base", "none", "may make nearly every system call" },
    { "root.write", "direct", "may change its root for the runs to come" },
    { "root.write", "discard", "may change its root for the time of the run" },
    { "sockets.abstract", "true", "reaches abstract sockets of the host" },
    { "network.spoofing", "true", "may send with addresses that are not its own" },
    { "app.groups", "keep", "keeps the caller's supplementary groups" },
    { "app.user", "caller", "runs as the caller" },
    { "desktop.wayland", "true", "reaches the compositor" },
    { "desktop.x11", "true", "reaches an X server" },
    { "desktop.audio", "true", "plays and records sound" },
    { "desktop.gpu", "true", "reaches the graphics driver" },
    { "service.autostart", "true", "starts with the machine" },
};

static void add_words(struct grants *grants)
{
    struct subject *s = grants->s;
    for (size_t i = 0; i < sizeof word_rows / sizeof *word_rows; i++)
        if (says(s, word_rows[i].key, word_rows[i].value))
            add(grants, GRANT_WORDS, word_rows[i].key, NULL, "%s", word_rows[i].what);
    if (host_ids(s))
        add(grants, GRANT_WORDS, host_ids(s), NULL, "has the host's own user ids");
    for (size_t i = 0; i < s->spec->users.list.count; i++)
        add(grants, GRANT_WORDS, arena_printf(s->arena, "users.map[%zu]", i), NULL,
            "owns what the ids %u to %u of the host own", s->spec->users.list.items[i].outside,
            s->spec->users.list.items[i].outside + s->spec->users.list.items[i].count - 1);
}

/* Lists of which each item is a grant. */
static const struct {
    char key[24];
    const char *what; /* %s: the item */
} list_rows[] = {
    { "devices", "may use the device %s" },
    { "app.env-pass", "gets the caller's variable %s" },
    { "app.groups", "is in the group %s" },
    { "network.publish", "can be reached by the port %s" },
    { "desktop.dbus.talk", "may talk to %s on the session bus" },
    { "desktop.dbus.own", "may own %s on the session bus" },
    { "syscalls.architectures", "may make system calls of %s" },
    { "secrets", "gets the secret %s" },
};

static void add_lists(struct grants *grants)
{
    struct subject *s = grants->s;
    for (size_t i = 0; i < sizeof list_rows / sizeof *list_rows; i++) {
        const struct node *list = node_find(s->tree, list_rows[i].key);
        for (size_t k = 0; list && list->kind == NODE_LIST && k < list->children.count; k++) {
            const struct node *item = list->children.items[k], *name = node_get(item, "path");
            name = item->kind == NODE_SCALAR ? item : name ? name : node_get(item, "name");
            if (!name || name->kind != NODE_SCALAR || strcmp(name->text, "native") == 0)
                continue;
            const char *mark = strstr(list_rows[i].what, "%s"), *access = text_at(item, "access");
            if (i == 0 && (!access || strchr(access, 'w')))
                add(grants, GRANT_WORDS, arena_printf(s->arena, "devices[%zu]", k), NULL, "may write to the device %s",
                    name->text);
            const char *from = text_at(item, "from");
            add(grants, GRANT_WORDS, arena_printf(s->arena, "%s[%zu]", list_rows[i].key, k), NULL, "%.*s%s%s%s%s",
                (int)(mark - list_rows[i].what), list_rows[i].what, name->text, mark + 2, from ? ", from " : "", from ?: "");
        }
    }
}

/* Kept by paths, by TCP only; without the list every port is open. */
static void add_ports(struct grants *grants, const char *key, const uint16_t *ports, size_t count, const char *what)
{
    struct subject *s = grants->s;
    if (!said(s, key))
        add(grants, GRANT_WORDS, "network.mode", NULL, "may %s every TCP port", what);
    for (size_t i = 0; i < count; i++)
        add(grants, GRANT_WORDS, arena_printf(s->arena, "%s[%zu]", key, i), NULL, "may %s TCP port %u", what, ports[i]);
}

static void add_network(struct grants *grants)
{
    struct subject *s = grants->s;
    const char *mode = text_of(s, "network.mode");
    if (!has_network(s) || !mode)
        return;
    add(grants, GRANT_WORDS, "network.mode", NULL,
        strcmp(mode, "host") == 0 ? "shares the host's network" : "has a network (%s)", mode);
    const struct paths *paths = &s->spec->paths;
    add_ports(grants, "paths.connect", paths->connect.items, paths->connect.count, "connect to");
    add_ports(grants, "paths.bind", paths->bind.items, paths->bind.count, "bind");
    const struct node *list = egress_rules(s) ? node_find(s->tree, "network.egress") : NULL;
    if (!egress_rules(s))
        add(grants, GRANT_WORDS, said(s, "network.egress") ?: "network.mode", NULL, "reaches every address");
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->children.count; i++)
        if (list->children.items[i]->kind == NODE_SCALAR)
            add(grants, GRANT_WORDS, arena_printf(s->arena, "network.egress[%zu]", i), NULL, "reaches %s",
                list->children.items[i]->text);
}

/* What stands between it and the rest is gone where a profile does not say it: then it may do this. */
static void add_walls(struct grants *grants)
{
    struct subject *s = grants->s;
    if (!spec_says(s->spec, "paths"))
        add(grants, GRANT_WORDS, "paths", NULL, "may do with every file that it sees what the file's mode lets it (no paths)");
    const struct label *label = &s->spec->label;
    if (!(label->apparmor && *label->apparmor) && !(label->selinux && *label->selinux))
        add(grants, GRANT_WORDS, "label", NULL, "has no label that a policy of the host's holds");
}

static void add_root(struct grants *grants)
{
    struct subject *s = grants->s;
    if (s->spec->root.from == ROOT_HOST && !(text_of(s, "root.from") && strcmp(text_of(s, "root.from"), "host") != 0))
        add(grants, GRANT_WORDS, "root.from", NULL, "sees the host's programs and /etc");
}

struct grants grants_of(struct subject *s)
{
    struct grants grants = { .s = s };
    add_root(&grants);
    add_walls(&grants);
    add_paths(&grants);
    add_mounts(&grants);
    add_lists_of_paths(&grants);
    add_conditions(&grants);
    add_privileges(&grants);
    add_words(&grants);
    add_lists(&grants);
    add_network(&grants);
    return grants;
}
