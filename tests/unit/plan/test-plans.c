/* Golden plans: every PROFILE+HOST.plan in tests/plans is what `cordon plan` prints for that profile on a host with those
 * facts. No privilege is needed, and none is asked about: the facts come from tests/plans/hosts/HOST.yaml.
 *
 * `test-plans FOLDER --update` writes what is printed now; read the difference before it is committed. */
#include "base/file.h"
#include "plan/host-cgroup.h"
#include "plan/host.h"
#include "plan/plan.h"
#include "profiles/profile.h"
#include "profiles/yaml.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena arena;

static const char *text_of(const struct node *facts, const char *key, const char *otherwise)
{
    const struct node *node = node_get(facts, key);
    return node ? node->text : otherwise;
}

static unsigned number_of(const struct node *facts, const char *key, unsigned otherwise)
{
    const struct node *node = node_get(facts, key);
    return node ? (unsigned)strtoul(node->text, NULL, 10) : otherwise;
}

static bool is_true(const struct node *facts, const char *key) { return strcmp(text_of(facts, key, "false"), "true") == 0; }

/* subuids: [100000, 65536] */
static struct id_block block_of(const struct node *facts, const char *key)
{
    const struct node *node = node_get(facts, key);
    if (!node || node->children.count != 2)
        return (struct id_block){ 0 };
    return (struct id_block){ (uint32_t)strtoul(node->children.items[0]->text, NULL, 10),
                              (uint32_t)strtoul(node->children.items[1]->text, NULL, 10) };
}

static void load_top(struct host *host, const struct node *facts)
{
    const struct node *top = node_get(facts, "top");
    for (size_t i = 0; top && i < top->children.count; i++) {
        const struct node *entry = top->children.items[i];
        *SLICE_PUSH(&arena, &host->top) = (struct top_entry){ entry->key, entry->null ? NULL : entry->text };
    }
}

/* The one account that the facts describe is app.user's too, where the profile asks for it. */
static void load_user(struct host *host, const struct node *facts, const struct spec *spec)
{
    const struct node *accounts = node_get(facts, "accounts");
    for (size_t i = 0; accounts && i < accounts->children.count; i++) {
        const struct node *account = accounts->children.items[i];
        uid_t uid = number_of(account, "uid", 0);
        bool wanted = spec->app.user.kind == USER_NAME     ? strcmp(spec->app.user.name, account->key) == 0
                      : spec->app.user.kind == USER_CALLER ? uid == host->caller.uid
                                                           : uid == spec->app.user.uid;
        if (!wanted)
            continue;
        host->user_found = true;
        host->user = (struct passwd_entry){ account->key, text_of(account, "home", "/"), "/bin/sh", uid,
                                            number_of(account, "gid", uid) };
    }
}

static struct node *read_facts(const char *path)
{
    struct errors errors = { 0 };
    char *text = file_read_small(AT_FDCWD, path, 1 << 16, &arena);
    struct node *facts = text ? yaml_read(&arena, path, text, strlen(text), 1, &errors) : NULL;
    errors_print(stdout, &errors, "error");
    return errors.count ? NULL : facts;
}

/* cgroup: {backend: scope, controllers: cpu memory} */
static const struct cgroup_facts *cgroup_of(const struct node *facts, const struct spec *spec)
{
    static const char *const backends[] = { [CGROUP_NONE] = "none", [CGROUP_FILES] = "files", [CGROUP_SCOPE] = "scope" };
    const struct node *node = node_get(facts, "cgroup");
    struct cgroup_facts *cgroup = arena_alloc(&arena, sizeof *cgroup);
    for (int i = 0; i < 3; i++)
        if (strcmp(text_of(node, "backend", "none"), backends[i]) == 0)
            cgroup->backend = (enum cgroup_backend)i;
    cgroup->controllers = text_of(node, "controllers", "");
    cgroup->base = text_of(node, "base", "/sys/fs/cgroup");
    cgroup->inside = is_true(node, "inside");
    cgroup->why = "nobody gives it one";
    cgroup->help = "ask for one";
    cgroup->processors = 4;
    for (size_t i = 0; i < spec->resources.io.count; i++)
        *SLICE_PUSH(&arena, &cgroup->disks) = (struct io_disk){ .path = spec->resources.io.items[i].device, .major = 254 };
    return cgroup;
}

static struct host *host_of(const struct node *facts, const struct spec *spec, const struct caller *caller)
{
    struct host *host = arena_alloc(&arena, sizeof *host);
    host->caller = *caller;
    host->subuids = block_of(facts, "subuids");
    host->subgids = block_of(facts, "subuids");
    host->has_newuidmap = is_true(facts, "newuidmap");
    host->terminal = is_true(facts, "terminal");
    host->term = "xterm";
    host->privileged = host->all_ids = caller->uid == 0;
    host->may_raise_limits = is_true(facts, "may-raise-limits");
    host->machine_id = "0123456789abcdef0123456789abcdef\n";
    host->resolv_conf = "nameserver 192.0.2.53\n";
    host->hosts = "127.0.0.1 localhost\n";
    host->landlock = (int)number_of(facts, "landlock", 0);
    host->now.boottime = host->now.monotonic = 5000;
    host->state = "/run/cordon";
    host->data = "/var/lib/cordon";
    for (int i = 0; i < RLIM_NLIMITS; i++)
        host->limits[i] = (struct rlimit){ 4096, 65536 };
    host->limits[RLIMIT_CORE] = (struct rlimit){ 0, RLIM_INFINITY };
    load_top(host, facts);
    load_user(host, facts, spec);
    host->cgroup = spec_says(spec, "resources") ? cgroup_of(facts, spec) : NULL;
    host->groups.ids = arena_alloc(&arena, sizeof(gid_t) * (spec->app.groups.count + 1));
    for (size_t i = 0; i < spec->app.groups.count; i++)
        host->groups.ids[host->groups.count++] = (gid_t)strtoul(spec->app.groups.items[i], NULL, 10);
    return host;
}

static struct caller caller_of(const struct node *facts)
{
    struct caller caller = { .uid = number_of(facts, "uid", 0), .known = true, .shell = "/bin/sh", .cwd = "/" };
    caller.gid = number_of(facts, "gid", caller.uid);
    caller.name = text_of(facts, "name", "root");
    caller.home = text_of(facts, "home", "/root");
    static gid_t extra[] = { 27, 100 };
    caller.groups = extra;
    caller.group_count = is_true(facts, "groups") ? 2 : 0;
    return caller;
}

/* What the command would print: the plan, or the error that it ends with. */
static char *printed(const char *folder, const char *profile, const char *host_name)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    struct errors errors = { 0 }, notices = { 0 };
    struct error err = { 0 };
    struct spec *spec = NULL;
    const struct node *facts = read_facts(arena_printf(&arena, "%s/hosts/%s.yaml", folder, host_name));
    struct caller caller = caller_of(facts);
    caller.cwd = folder;
    /* The folder must not be part of what is compared. */
    struct profile_request request = { .profile = arena_printf(&arena, "./%s.yaml", profile), .trust = true };
    if (facts && profile_load(&arena, &request, &caller, &spec, &errors, &notices) == 0) {
        const struct plan *plan = plan_make(spec, host_of(facts, spec, &caller), &err);
        if (plan)
            plan_print(stream, plan);
        else
            error_print(stream, &err, "error");
    }
    errors_print(stream, &errors, "error");
    fclose(stream);
    return text;
}

static void update(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    fputs(text, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    const char *folder = realpath(argc > 1 ? argv[1] : "tests/plans", NULL);
    bool write = argc > 2 && strcmp(argv[2], "--update") == 0;
    struct dirent **entries;
    int count = folder && chdir(folder) == 0 ? scandir(".", &entries, NULL, alphasort) : -1;
    if (count < 0) {
        printf("Bail out! no plans\n");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name, *plus = strchr(name, '+'), *end = strstr(name, ".plan");
        if (!plus || !end)
            continue;
        char *profile = arena_strndup(&arena, name, (size_t)(plus - name));
        char *host = arena_strndup(&arena, plus + 1, (size_t)(end - plus - 1));
        char *got = printed(folder, profile, host);
        if (write)
            update(name, got);
        char *wanted = file_read_small(AT_FDCWD, name, 1 << 20, &arena);
        bool same = wanted && strcmp(got, wanted) == 0;
        CHECK_NAMED(same, name);
        if (!same)
            printf("# printed now:\n%s# end\n", got);
        free(got);
    }
    return tap_done();
}
