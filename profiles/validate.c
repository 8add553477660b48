/* What concerns several keys at once, one small function a rule. Each runs on a spec whose values are of the right form. */
#include "profiles/fields.h"
#include "profiles/load.h"

#include "base/text.h"
#include "kernel/sysctl.h"

#include <stdlib.h>
#include <string.h>

struct subject {
    struct loader *loader;
    struct spec *spec;
};

/* A new error "KEY: SENTENCE" at the value of the key. */
static struct error *complain(struct subject *subject, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static struct error *complain(struct subject *subject, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(subject->loader->arena, format, arguments);
    va_end(arguments);
    struct error *err = errors_add(subject->loader->errors);
    spec_error(err, subject->spec, key, "%s", text);
    return err;
}

static bool is_said(const struct subject *subject, const char *key) { return node_find(subject->spec->tree, key) != NULL; }

/* --- names -------------------------------------------------------------------------------------------------------- */

static void check_name(struct subject *subject)
{
    const char *name = subject->spec->name;
    if (forms_is_name(name) || is_said(subject, "name")) /* one that was written has been judged by its row */
        return;
    struct error *err = errors_add(subject->loader->errors);
    error_set(err, "name: '%s', from the name of the file, is not %s", name, form_name.is);
    error_help(err, "rename the file, or write a name: into it");
}

static void check_hostname(struct subject *subject)
{
    const char *name = subject->spec->hostname;
    if (!name)
        return;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    if (strlen(name) > 64)
        error_help(complain(subject, "hostname", "the name has %zu bytes", strlen(name)), "the kernel takes at most 64");
    else if (!*name || name[length] || strchr(".-", *name))
        error_help(complain(subject, "hostname", "'%s' is not a host name", name),
                   "letters, digits, '.', '-' and '_', beginning with a letter or digit");
    else if (!subject->spec->isolate.hostname)
        error_help(complain(subject, "hostname", "cannot be set where isolate.hostname is inherit"),
                   "leave one of the two out");
}

/* --- users -------------------------------------------------------------------------------------------------------- */

static void check_users_agree(struct subject *subject)
{
    struct spec *spec = subject->spec;
    bool map = is_said(subject, "users.map"), user = is_said(subject, "isolate.user");
    if (map && user && (spec->users.map == MAP_HOST) == spec->isolate.user) {
        struct error *err = complain(subject, "isolate.user", "does not agree with users.map");
        error_help(err, spec->isolate.user ? "users.map: host means isolate.user: inherit; leave one of the two out"
                                           : "isolate.user: inherit means users.map: host; leave one of the two out");
    } else if (user && !spec->isolate.user) {
        spec->users.map = MAP_HOST;
    } else if (map && spec->users.map == MAP_HOST) {
        spec->isolate.user = false;
    }
}

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
    return (uint64_t)a < (uint64_t)b + b_count && (uint64_t)b < (uint64_t)a + a_count;
}

static void check_ranges(struct subject *subject)
{
    const struct users *users = &subject->spec->users;
    for (size_t i = 0; i < users->list.count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct id_range *a = &users->list.items[i], *b = &users->list.items[k];
            bool inside = overlap(a->inside, a->count, b->inside, b->count);
            if (!inside && !overlap(a->outside, a->count, b->outside, b->count))
                continue;
            char key[40];
            snprintf(key, sizeof key, "users.map[%zu]", i);
            complain(subject, key, "overlaps users.map[%zu] in the ids %s", k, inside ? "inside" : "outside");
            break;
        }
    }
    if (users->list.count > ID_RANGES_MOST)
        complain(subject, "users.map", "a map has at most %d ranges", ID_RANGES_MOST);
}

/* --- file systems ------------------------------------------------------------------------------------------------- */

static void check_root_write(struct subject *subject)
{
    const struct root *root = &subject->spec->root;
    if (root->from == ROOT_HOST && root->write == WRITE_DIRECT && is_said(subject, "root.write"))
        error_help(
            complain(subject, "root.write", "direct would write into the host itself, which root.from: host does not offer"),
            "use discard, or a root of its own: root.from: dir:PATH");
}

static void check_root_show(struct subject *subject)
{
    const struct root *root = &subject->spec->root;
    if (root->from != ROOT_HOST && root->show.count)
        error_help(
            complain(subject, "root.show", "it shows more of the host where root.from is host, and this root is another"),
            "bind it: mounts: [{bind: PATH, at: PATH}]");
}

static const struct mount_entry *earlier_at(const struct spec *spec, size_t index)
{
    for (size_t k = 0; k < index; k++)
        if (spec->mounts.items[k].at && strcmp(spec->mounts.items[k].at, spec->mounts.items[index].at) == 0)
            return &spec->mounts.items[k];
    return NULL;
}

static void check_mounts_differ(struct subject *subject)
{
    struct spec *spec = subject->spec;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct mount_entry *mount = &spec->mounts.items[i];
        const struct mount_entry *other = mount->at ? earlier_at(spec, i) : NULL;
        if (!other)
            continue;
        struct error *err = errors_add(subject->loader->errors);
        error_set(err, "mounts: '%s' is there twice", mount->at);
        if (other->where.line)
            error_note(err, "the first one is at %s:%d:%d", other->where.file, other->where.line, other->where.column);
        error_help(err, "keep one of the two: only the last would be seen");
        error_at(err, mount->where);
    }
}

/* The mask would be covered again: what shows is said in one place, what does not in another, and both cannot hold. */
static void check_sockets_show(struct subject *subject)
{
    const struct spec *spec = subject->spec;
    for (size_t i = 0; i < spec->sockets.paths.count; i++) {
        const char *path = spec->sockets.paths.items[i];
        bool hidden = false;
        for (size_t k = 0; k < spec->root.hide.count; k++)
            hidden |= strcmp(spec->root.hide.items[k], path) == 0;
        for (size_t k = 0; k < spec->mounts.count; k++)
            hidden |= spec->mounts.items[k].kind == MOUNT_HIDE && spec->mounts.items[k].at &&
                      strcmp(spec->mounts.items[k].at, path) == 0;
        if (hidden)
            error_help(
                complain(subject, arena_printf(subject->loader->arena, "sockets.unix[%zu]", i), "'%s' is also hidden", path),
                "keep one of the two");
    }
}

/* Of two items that mean the same thing the one that comes last would count, and a layer above replaces the first alone. Those
 * of mounts are looked at as paths. */
static void check_items_differ(struct subject *subject)
{
    static const char *const keys[] = { "devices", "secrets" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct form *form = rows_get(&form_profile, keys[i])->form;
        const struct node *list = node_get(subject->spec->tree, keys[i]);
        for (size_t k = 1; list && list->kind == NODE_LIST && k < list->children.count; k++) {
            const char *name = form->identity(list->children.items[k]);
            for (size_t earlier = 0; name && earlier < k; earlier++) {
                const char *other = form->identity(list->children.items[earlier]);
                if (!other || strcmp(name, other) != 0)
                    continue;
                error_help(
                    complain(subject, arena_printf(subject->loader->arena, "%s[%zu]", keys[i], k), "'%s' is there twice", name),
                    "keep one of the two");
                break;
            }
        }
    }
}

static void check_settings_differ(struct subject *subject)
{
    const struct spec *spec = subject->spec;
    for (size_t i = 1; i < spec->sysctl.count; i++)
        for (size_t k = 0; k < i; k++)
            if (sysctl_is_same(spec->sysctl.items[i].name, spec->sysctl.items[k].name))
                error_help(complain(subject, arena_printf(subject->loader->arena, "sysctl.\"%s\"", spec->sysctl.items[i].name),
                                    "is '%s' in another spelling", spec->sysctl.items[k].name),
                           "keep one of the two");
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static bool is_option(struct source at) { return at.file && strncmp(at.file, "--set ", 6) == 0; }

/* A value wins over what is passed (plan_environment), as an option does over the profile: so only that is clear. */
static void check_env_once(struct subject *subject)
{
    const struct app *app = &subject->spec->app;
    const struct node *values = node_find(subject->spec->tree, "app.env");
    for (size_t i = 0; i < app->env_pass.count; i++) {
        for (size_t k = 0; k < app->env.count; k++) {
            if (strcmp(app->env_pass.items[i], app->env.items[k].name) != 0)
                continue;
            char key[40];
            snprintf(key, sizeof key, "app.env-pass[%zu]", i);
            const struct node *value = node_get(values, app->env.items[k].name);
            if (value && is_option(value->at) && !is_option(spec_source(subject->spec, key)))
                continue;
            error_help(complain(subject, key, "'%s' is also given a value in app.env", app->env_pass.items[i]),
                       "keep one of the two");
        }
    }
}

static bool is_zero(const struct node *node)
{
    uint64_t value;
    return !node || node->kind != NODE_SCALAR || (text_duration(node->text + (node->text[0] == '-'), &value) && value == 0);
}

static void check_clock(struct subject *subject)
{
    static const char *const keys[] = { "clock.boottime", "clock.monotonic" };
    for (size_t i = 0; i < 2; i++)
        if (!subject->spec->isolate.time && !is_zero(node_find(subject->spec->tree, keys[i])))
            error_help(complain(subject, keys[i], "an offset needs clocks of its own"), "write isolate: {time: new}");
}

static void check_abstract_sockets(struct subject *subject)
{
    const struct node *sockets = node_get(subject->spec->tree, "sockets");
    if (forms_says_true(sockets, "abstract") && subject->spec->network != NETWORK_HOST)
        error_help(complain(subject, "sockets.abstract", "the host's abstract sockets belong to its network"),
                   "they come with network: {mode: host}");
}

static void check_signals(struct subject *subject)
{
    const struct spec *spec = subject->spec;
    if (spec->isolate.pid && is_said(subject, "isolate.signals") && !spec->isolate.signals)
        error_help(complain(subject, "isolate.signals", "processes outside have no number that it could send a signal to"),
                   "it goes with isolate.pid: inherit");
}

static void check_memory_order(struct subject *subject)
{
    static const char *const keys[] = { "high", "low", "min" };
    const struct node *memory = node_find(subject->spec->tree, "resources.memory");
    const struct node *max = node_get(memory, "max");
    uint64_t most, value;
    if (!max || max->kind != NODE_SCALAR || !text_size(max->text, &most))
        return;
    for (size_t i = 0; i < 3; i++) {
        const struct node *node = node_get(memory, keys[i]);
        if (node && node->kind == NODE_SCALAR && text_size(node->text, &value) && value > most)
            complain(subject, arena_printf(subject->loader->arena, "resources.memory.%s", keys[i]), "%s is above max, %s",
                     node->text, max->text);
    }
}

static void check_disks(struct subject *subject)
{
    static const char *const keys[] = { "read", "write", "read-ops", "write-ops", "weight" };
    const struct node *io = node_find(subject->spec->tree, "resources.io");
    for (size_t i = 0; io && io->kind == NODE_LIST && i < io->children.count; i++) {
        bool limited = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            limited = limited || node_get(io->children.items[i], keys[k]);
        if (!limited && node_get(io->children.items[i], "device"))
            error_help(complain(subject, arena_printf(subject->loader->arena, "resources.io[%zu]", i), "limits nothing"),
                       "say read, write, read-ops, write-ops or weight");
    }
}

static void (*const checks[])(struct subject *) = {
    check_name,          check_hostname,     check_users_agree,  check_ranges,           check_root_write, check_root_show,
    check_mounts_differ, check_env_once,     check_clock,        check_abstract_sockets, check_signals,    check_memory_order,
    check_disks,         check_sockets_show, check_items_differ, check_settings_differ,
};

void validate_profile(struct loader *loader, struct spec *spec)
{
    struct subject subject = { .loader = loader, .spec = spec };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        checks[i](&subject);
}
