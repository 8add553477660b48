/* Each profile becomes a list of grants: sentences about what it allows. What only the new one has is gained. Paths are covered
 * by what lies above them, and numbers by larger ones. */
#include "profiles/lint/compare.h"

#include "base/path.h"
#include "base/rows.h"
#include "base/text.h"
#include "plan/plan-syscalls.h"
#include "plan/syscall-tables.h"
#include "profiles/lint/grants.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CALLS 12 /* that one sentence names */

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
    struct grants before = grants_of(old), after = grants_of(new);
    compare_grants(&before, &after, true, ret);
    compare_grants(&after, &before, false, ret);
    compare_calls(old, new, ret);
    compare_limits(old, new, ret);
    compare_rest(old, new, ret);
}
