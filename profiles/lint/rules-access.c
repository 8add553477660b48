/* Rules about mounts, roots and paths that need more than atoms. */
#include "profiles/lint/subject.h"

#include "base/path.h"
#include "plan/syscall-policy.h"
#include "profiles/profile.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static const struct mount_entry *mounts(struct subject *s, size_t index) { return &s->spec->mounts.items[index]; }

static void report_mount(struct subject *s, rule_number rule, size_t index, const char *field, const char *value)
{
    const char *key = arena_printf(s->arena, "mounts[%zu].%s", index, field);
    report(s, rule, said(s, key) ?: arena_printf(s->arena, "mounts[%zu]", index), value);
}

void at_path(struct subject *s, rule_number rule, const char *patterns)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind != MOUNT_HIDE && mounts(s, i)->at && path_matches(patterns, mounts(s, i)->at))
            report_mount(s, rule, i, "at", mounts(s, i)->at);
}

/* A folder that the host looks for profiles in, or one of those that take part. Writable is also what lies above or below it.
 */
void writes_profiles(struct subject *s, rule_number rule)
{
    static const char folders[] =
        "/etc/cordon ~/.config/cordon /usr/share/cordon /usr/local/share/cordon =/etc =/usr =~/.config =~ =/home";
    for (size_t i = 0; i < s->shown.count; i++) {
        const struct shown *shown = &s->shown.items[i];
        bool found = shown->write && path_matches(folders, shown->source);
        for (size_t k = 0; shown->write && !found && k < s->reading->origins.count; k++)
            found = s->reading->origins.items[k].by.file || k == 0
                        ? path_is_below(s->reading->origins.items[k].folder, shown->source)
                        : false;
        if (found)
            report(s, rule, shown->key, shown->source);
    }
}

void tmpfs_without_size(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind == MOUNT_TMPFS && !mounts(s, i)->size)
            report_mount(s, rule, i, "tmpfs", mounts(s, i)->at);
}

void tmpfs_with_exec(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind == MOUNT_TMPFS && mounts(s, i)->exec)
            report_mount(s, rule, i, "exec", mounts(s, i)->at);
}

void creates_in_shared(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->create && mounts(s, i)->source && path_matches("/tmp /var/tmp /dev/shm", mounts(s, i)->source))
            report_mount(s, rule, i, "create", mounts(s, i)->source);
}

void write_and_exec(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind == MOUNT_BIND && mounts(s, i)->write && mounts(s, i)->exec)
            report_mount(s, rule, i, "write", mounts(s, i)->at);
}

const char *writable_with_ids(struct subject *s)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind == MOUNT_BIND && mounts(s, i)->write && mounts(s, i)->owner != OWNER_KEEP)
            return arena_printf(s->arena, "mounts[%zu].write", i);
    return NULL;
}

/* --- hidden paths ------------------------------------------------------------------------------------------------- */

/* What of the host shows at a place inside: the deepest that covers it. */
static const struct shown *shown_above(struct subject *s, const char *at)
{
    const struct shown *best = NULL;
    for (size_t i = 0; i < s->shown.count; i++)
        if (path_is_below(at, s->shown.items[i].at) && (!best || strlen(s->shown.items[i].at) > strlen(best->at)))
            best = &s->shown.items[i];
    return best;
}

/* The path of the host that shows at a place inside; NULL: none of what the profile names. */
static const char *source_of(struct subject *s, const char *at)
{
    const struct shown *best = shown_above(s, at);
    if (best)
        return arena_printf(s->arena, "%s%s", strcmp(best->source, "/") ? best->source : "", at + strlen(best->at));
    return s->spec->root.from == ROOT_HOST && path_matches("/usr /etc /bin /sbin /lib /lib64", at) ? at : NULL;
}

const char *hides_in_writable(struct subject *s)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const char *at = mounts(s, i)->kind == MOUNT_HIDE ? mounts(s, i)->at : NULL;
        const struct shown *shown = at ? shown_above(s, at) : NULL;
        if (shown && shown->write)
            return arena_printf(s->arena, "mounts[%zu].hide", i);
    }
    return NULL;
}

static bool is_hidden(struct subject *s, const char *at)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind == MOUNT_HIDE && mounts(s, i)->at && path_is_below(at, mounts(s, i)->at))
            return true;
    for (size_t i = 0; i < s->spec->root.hide.count; i++)
        if (path_is_below(at, s->spec->root.hide.items[i]))
            return true;
    return false;
}

/* `hidden`, a path of the host, shows through another mount at a place that nothing hides. A few such say enough. */
static void find_again(struct subject *s, rule_number rule, const char *hidden, const char *hidden_at)
{
    int found = 0;
    for (size_t i = 0; i < s->shown.count && found < 16; i++) {
        const struct shown *shown = &s->shown.items[i];
        const char *inside = NULL;
        if (path_is_below(hidden, shown->source))
            inside =
                arena_printf(s->arena, "%s%s", shown->at, hidden + (strcmp(shown->source, "/") ? strlen(shown->source) : 0));
        else if (path_is_below(shown->source, hidden))
            inside = shown->at;
        if (inside && !path_is_below(inside, hidden_at) && !is_hidden(s, inside)) {
            report(s, rule, shown->key, inside);
            found++;
        }
    }
}

void shows_hidden(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const char *at = mounts(s, i)->kind == MOUNT_HIDE ? mounts(s, i)->at : NULL, *source = at ? source_of(s, at) : NULL;
        if (source)
            find_again(s, rule, source, at);
    }
    for (size_t i = 0; i < s->spec->root.hide.count; i++)
        find_again(s, rule, s->spec->root.hide.items[i], s->spec->root.hide.items[i]);
}

static bool shows_below(struct subject *s, const char *at)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++)
        if (mounts(s, i)->kind != MOUNT_HIDE && mounts(s, i)->at && path_is_below(mounts(s, i)->at, at))
            return true;
    return false;
}

/* With a root of its own anything can be there. */
void hides_nothing(struct subject *s, rule_number rule)
{
    if (s->spec->root.from != ROOT_HOST || has_items(s, "root.from"))
        return;
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const struct mount_entry *mount = mounts(s, i);
        bool inside_another = false;
        for (size_t k = 0; mount->at && k < s->spec->mounts.count; k++)
            inside_another |=
                mounts(s, k)->kind != MOUNT_HIDE && mounts(s, k)->at && path_is_below(mount->at, mounts(s, k)->at);
        if (mount->kind == MOUNT_HIDE && mount->at && !inside_another && !source_of(s, mount->at) &&
            !shows_below(s, mount->at) && !path_matches("/proc /sys /dev /tmp /run", mount->at))
            report_mount(s, rule, i, "hide", mount->at);
    }
}

/* --- roots -------------------------------------------------------------------------------------------------------- */

void root_in(struct subject *s, rule_number rule, const char *patterns)
{
    const struct root *root = &s->spec->root;
    if (root->from == ROOT_DIR && root->path && path_matches(patterns, root->path))
        report(s, rule, "root.from", root->path);
}

void image_unpinned(struct subject *s, rule_number rule)
{
    const char *from = text_of(s, "root.from");
    if (from && strncmp(from, "image:", 6) == 0 && !strchr(from, '@'))
        report(s, rule, "root.from", from);
}

void image_file(struct subject *s, rule_number rule)
{
    const char *from = text_of(s, "root.from");
    if (from && strncmp(from, "file:", 5) == 0)
        report(s, rule, "root.from", from);
}

/* --- landlock ----------------------------------------------------------------------------------------------------- */

/* Texts of a list, one by one. */
static const char *item(struct subject *s, const char *key, size_t index)
{
    return text_of(s, arena_printf(s->arena, "%s[%zu]", key, index));
}

void command_not_listed(struct subject *s, rule_number rule)
{
    const char *program = s->spec->app.command.count ? s->spec->app.command.items[0] : NULL, *entry;
    if (!program || *program != '/' || !has_items(s, "paths.execute"))
        return;
    for (size_t i = 0; (entry = item(s, "paths.execute", i)); i++)
        if (path_is_below(program, entry))
            return;
    report(s, rule, "app.command", program);
}

/* Sockets of UDP are open, whatever of the profile opens them. */
const char *ports_beside_udp(struct subject *s)
{
    struct filter_policy policy;
    struct error ignored = { 0 };
    bool made = has_network(s) && said(s, "paths.connect") && syscall_policy_make(s->spec, &policy, &ignored) == 0;
    error_fini(&ignored);
    if (!made)
        return NULL;
    const struct seccomp_data udp = { .nr = SYS_socket,
                                      .arch = policy.architectures[0].audit_architecture,
                                      .args = { AF_INET, SOCK_DGRAM } };
    return filter_policy_decide(&policy, &udp) == SECCOMP_RET_ALLOW ? said(s, "paths.connect") : NULL;
}

const char *workdir_below(struct subject *s, const char *patterns)
{
    return s->spec->app.workdir && path_matches(patterns, s->spec->app.workdir) ? said(s, "app.workdir") : NULL;
}

const char *execute_and_write(struct subject *s)
{
    const char *execute, *write;
    for (size_t i = 0; (execute = item(s, "paths.execute", i)); i++)
        for (size_t k = 0; (write = item(s, "paths.write", k)); k++)
            if (path_is_below(execute, write) || path_is_below(write, execute))
                return arena_printf(s->arena, "paths.write[%zu]", k);
    return NULL;
}

/* Whether a path inside is in a mount that can be written. */
static bool can_write(struct subject *s, const char *path)
{
    const struct mount_entry *best = NULL;
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const struct mount_entry *mount = mounts(s, i);
        if (mount->kind != MOUNT_HIDE && mount->at && path_is_below(path, mount->at) &&
            (!best || strlen(mount->at) > strlen(best->at)))
            best = mount;
    }
    return best ? best->write : path_matches("/tmp /var/tmp /run /dev/shm", path);
}

void loader_in_writable(struct subject *s, rule_number rule)
{
    static const char names[] =
        "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV PERL5LIB PYTHONPATH PYTHONSTARTUP GCONV_PATH PATH";
    for (size_t i = 0; i < s->spec->app.env.count; i++) {
        const struct variable *variable = &s->spec->app.env.items[i];
        if (!variable->name || !variable->value || !path_matches(names, variable->name))
            continue;
        char *copy = arena_strdup(s->arena, variable->value), *rest = copy;
        for (const char *part; (part = strsep(&rest, ": "));) {
            if (*part != '/' || !can_write(s, part))
                continue;
            report(s, rule, arena_printf(s->arena, "app.env.%s", variable->name), part);
            break;
        }
    }
}
