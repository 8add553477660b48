/* Each profile becomes a list of grants: sentences about what it allows. What only the new one has is gained. Paths are covered
 * by what lies above them, and numbers by larger ones. */
#include "profiles/lint/compare.h"

#include "base/names.h"
#include "base/rows.h"
#include "base/text.h"
#include "plan/allow.h"
#include "plan/plan-syscalls.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CALLS 12 /* that one sentence names */

enum grant_kind {
    GRANT_WORDS, /* the same sentence, or not there */
    GRANT_READ,  /* a path of the host: of the one above everything below */
    GRANT_WRITE,
    GRANT_EXECUTE,
    GRANT_HIDDEN, /* a path that does not show: more of it is less */
    GRANT_PATHS,  /* a path inside, of paths.read, .write and .execute */
    GRANT_CALL,   /* a system call, in `path`, for some arguments */
};

struct grant {
    enum grant_kind kind;
    const char *what, *key, *path;
};
struct grants {
    struct subject *s;
    SLICE(struct grant) list;
};

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

/* --- collecting --------------------------------------------------------------------------------------------------- */

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

static struct grants collect(struct subject *s)
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

/* --- comparing ---------------------------------------------------------------------------------------------------- */

#define DIFFERENCE(list, s, key, what)                                                                                         \
    *SLICE_PUSH((s)->arena, &(list)) = (struct difference) { what, key, spec_source((s)->spec, key) }

/* "may bind every TCP port" covers "may bind TCP port 80". */
static bool is_port_of(const char *one, const char *all)
{
    const char *port = strstr(one, "TCP port "), *every = strstr(all, "every TCP port");
    return port && every && port - one == every - all && strncmp(one, all, (size_t)(port - one)) == 0;
}

/* One above it, of the same list; each of the three lists of paths lets read too. */
static bool is_above(const struct grant *other, const struct grant *grant)
{
    if (other->kind != grant->kind || !path_is_below(grant->path, other->path))
        return false;
    return grant->kind != GRANT_PATHS || strncmp(grant->key, "paths.read[", 11) == 0 ||
           strncmp(grant->key, other->key, strcspn(grant->key, "[") + 1) == 0;
}

static bool is_covered(const struct grant *grant, const struct grants *by)
{
    if (grant->kind == GRANT_PATHS && !spec_says(by->s->spec, "paths"))
        return true;
    if (grant->kind == GRANT_CALL && grant->path && call(by->s, grant->path))
        return true;
    for (size_t i = 0; i < by->list.count; i++) {
        const struct grant *other = &by->list.items[i];
        if (grant->kind == GRANT_WORDS || grant->kind == GRANT_CALL ? strcmp(grant->what, other->what) == 0
                                                                    : is_above(other, grant))
            return true;
        if (grant->kind == GRANT_WORDS && strncmp(grant->what, "reaches ", 8) == 0 &&
            strcmp(other->what, "reaches every address") == 0)
            return true;
        if (grant->kind == GRANT_WORDS && is_port_of(grant->what, other->what))
            return true;
    }
    return false;
}

/* What `more` has and `less` does not; of hidden paths the other way round. */
static void compare_grants(const struct grants *less, const struct grants *more, bool gained, struct comparison *ret)
{
    for (size_t i = 0; i < more->list.count; i++) {
        const struct grant *grant = &more->list.items[i];
        if (is_covered(grant, less))
            continue;
        if (gained != (grant->kind == GRANT_HIDDEN))
            DIFFERENCE(ret->gains, more->s, grant->key, grant->what);
        else
            DIFFERENCE(ret->loses, more->s, grant->key, grant->what);
    }
}

static const char *listed_calls(struct arena *arena, const struct syscall_set *has, const struct syscall_set *lacks,
                                size_t *ret_count)
{
    const char *text = "";
    *ret_count = 0;
    for (int i = 0; i < (int)syscall_count; i++) {
        if (!syscall_set_has(has, i) || syscall_set_has(lacks, i))
            continue;
        if (++*ret_count <= MOST_CALLS)
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", syscall_name(i));
    }
    return *ret_count > MOST_CALLS ? arena_printf(arena, "%s and %zu more", text, *ret_count - MOST_CALLS) : text;
}

static void compare_calls(struct subject *old, struct subject *new, struct comparison *ret)
{
    struct syscall_set before = { 0 }, after = { 0 };
    struct error ignored = { 0 };
    bool known = plan_open_calls(old->spec, &before, &ignored) == 0 && plan_open_calls(new->spec, &after, &ignored) == 0;
    error_fini(&ignored);
    size_t more, less;
    const char *gained = listed_calls(new->arena, &after, &before, &more),
               *lost = listed_calls(new->arena, &before, &after, &less);
    if (known && more)
        DIFFERENCE(ret->gains, new, "syscalls", arena_printf(new->arena, "may make the system calls %s", gained));
    if (known && less)
        DIFFERENCE(ret->loses, new, "syscalls", arena_printf(new->arena, "may make the system calls %s", lost));
}

/* Numbers of which more is wider, and of which saying nothing is the widest. */
static const struct {
    char key[24];
    const char *what;
} limit_rows[] = {
    { "resources.memory", "memory" },
    { "resources.memory.swap", "swap" },
    { "resources.cpu", "processors" },
    { "resources.processes", "processes" },
    { "resources.disk", "disk" },
    { "limits.files", "open files" },
    { "limits.processes", "processes" },
    { "limits.core", "core files" },
    { "limits.memlock", "locked memory" },
    { "limits.stack", "stack" },
    { "limits.file-size", "bytes in one file" },
    { "limits.address-space", "addresses" },
};

/* Of "SOFT:HARD" the hard one: that far a program goes by itself. */
static bool amount(const char *text, double *ret)
{
    uint64_t value;
    char *end;
    if (text && strchr(text, ':'))
        text = strchr(text, ':') + 1;
    if (!text || strcmp(text, "unlimited") == 0)
        return false;
    if (text_size(text, &value)) {
        *ret = (double)value;
        return true;
    }
    *ret = strtod(text, &end);
    return end != text;
}

/* A resource's one value stands for its `max`; beside a limit of memory there is no swap unless it is said. */
static const char *limit_text(struct subject *s, const char *key)
{
    const char *text = text_of(s, key) ?: text_of(s, arena_printf(s->arena, "%s.max", key));
    return text || strcmp(key, "resources.memory.swap") != 0 || !said(s, "resources.memory") ? text : "0";
}

static void compare_limits(struct subject *old, struct subject *new, struct comparison *ret)
{
    for (size_t i = 0; i < sizeof limit_rows / sizeof *limit_rows; i++) {
        const char *key = limit_rows[i].key, *was = limit_text(old, key), *is_now = limit_text(new, key);
        double before = 0, after = 0;
        bool bounded = amount(was, &before), stays = amount(is_now, &after);
        if ((!bounded && !stays) || (bounded && stays && before == after))
            continue;
        bool wider = !stays || (bounded && after > before);
        const char *now = stays ? is_now : "any amount", *then = bounded ? was : "any amount";
        const char *what =
            arena_printf(new->arena, wider ? "may use more %s: %s, before %s" : "may use more %s: %s before, now %s",
                         limit_rows[i].what, wider ? now : then, wider ? then : now);
        if (wider)
            DIFFERENCE(ret->gains, new, key, what);
        else
            DIFFERENCE(ret->loses, new, key, what);
    }
}

static bool tells_of(const struct difference *differences, size_t count, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < count; i++)
        if (strncmp(differences[i].key, key, length) == 0 && strchr(".[", differences[i].key[length]))
            return true;
    return false;
}

static void compare_key(struct subject *old, struct subject *new, const char *key, struct comparison *ret)
{
    const struct node *was = node_find(old->tree, key), *now = node_find(new->tree, key);
    const char *before = was ? rows_flow(new->arena, was) : "(not said)",
               *after = now ? rows_flow(new->arena, now) : "(not said)";
    if (strcmp(before, after) == 0)
        return;
    const char *what = strlen(before) + strlen(after) > 160
                           ? arena_printf(new->arena, "%s is another", key)
                           : arena_printf(new->arena, "%s was %s and is %s", key, before, after);
    DIFFERENCE(ret->other, new, key, what);
}

/* Keys that neither widen nor narrow by themselves, but are not the same. */
static void compare_rest(struct subject *old, struct subject *new, struct comparison *ret)
{
    static const char keys[][24] = { "app.command",     "app.user",    "app.workdir",    "app.env", "app.init", "root.from",
                                     "hostname",        "hooks",       "sysctl",         "checks",  "service",  "label",
                                     "paths",           "name",        "app.timeout",    "rules",   "admins",   "network.link",
                                     "network.address", "network.dns", "network.ingress" };
    /* "No difference" must not be said of two that differ: what of these was not told yet. */
    static const char sections[][12] = { "app",     "root",     "mounts",     "devices", "isolate",   "machine-id",
                                         "users",   "syscalls", "privileges", "limits",  "resources", "sockets",
                                         "secrets", "clock",    "desktop",    "log" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        compare_key(old, new, keys[i], ret);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (!tells_of(ret->gains.items, ret->gains.count, sections[i]) &&
            !tells_of(ret->loses.items, ret->loses.count, sections[i]) &&
            !tells_of(ret->other.items, ret->other.count, sections[i]))
            compare_key(old, new, sections[i], ret);
}

void compare_profiles(struct subject *old, struct subject *new, struct comparison *ret)
{
    struct grants before = collect(old), after = collect(new);
    compare_grants(&before, &after, true, ret);
    compare_grants(&after, &before, false, ret);
    compare_calls(old, new, ret);
    compare_limits(old, new, ret);
    compare_rest(old, new, ret);
}
