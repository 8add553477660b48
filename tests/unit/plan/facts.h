/* A host's facts from a file of tests/plans/hosts, for plans that are the same on every machine: nothing is asked of this one.
 */
#pragma once
#include "base/file.h"
#include "plan/allow.h"
#include "plan/host-cgroup.h"
#include "plan/host-devices.h"
#include "plan/host.h"
#include "plan/plan-syscalls.h"
#include "profiles/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

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

static void load_top(struct arena *arena, struct host *host, const struct node *facts)
{
    const struct node *top = node_get(facts, "top");
    for (size_t i = 0; top && i < top->children.count; i++) {
        const struct node *entry = top->children.items[i];
        *SLICE_PUSH(arena, &host->top) = (struct top_entry){ entry->key, entry->null ? NULL : entry->text };
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

/* apparmor: the caller's own label; apparmor-profiles: what is loaded */
static void load_labels(struct host *host, const struct node *facts, const struct spec *spec)
{
    const struct node *profiles = node_get(facts, "apparmor-profiles");
    host->labels[LSM_APPARMOR] = text_of(facts, "apparmor", NULL);
    host->labels[LSM_SELINUX] = text_of(facts, "selinux", NULL);
    host->no_such_profile = host->labels[LSM_APPARMOR] && spec->label.apparmor && *spec->label.apparmor;
    for (size_t i = 0; profiles && spec->label.apparmor && i < profiles->children.count; i++)
        if (strcmp(profiles->children.items[i]->text, spec->label.apparmor) == 0)
            host->no_such_profile = false;
}

static struct node *read_facts(struct arena *arena, const char *path)
{
    struct errors errors = { 0 };
    char *text = file_read_small(AT_FDCWD, path, 1 << 16, arena);
    struct node *facts = text ? yaml_read(arena, path, text, strlen(text), 1, &errors) : NULL;
    errors_print(stdout, &errors, "error");
    return errors.count ? NULL : facts;
}

/* cgroup: {backend: scope, controllers: cpu memory} */
static const struct cgroup_facts *cgroup_of(struct arena *arena, const struct node *facts, const struct spec *spec)
{
    static const char *const backends[] = { [CGROUP_NONE] = "none", [CGROUP_FILES] = "files", [CGROUP_SCOPE] = "scope" };
    const struct node *node = node_get(facts, "cgroup");
    struct cgroup_facts *cgroup = arena_alloc(arena, sizeof *cgroup);
    for (int i = 0; i < 3; i++)
        if (strcmp(text_of(node, "backend", "none"), backends[i]) == 0)
            cgroup->backend = (enum cgroup_backend)i;
    cgroup->controllers = text_of(node, "controllers", "");
    cgroup->base = text_of(node, "base", "/sys/fs/cgroup");
    cgroup->inside = is_true(node, "inside");
    cgroup->why = "nobody gives it one";
    cgroup->help = "ask for one";
    cgroup->processors = 4;
    cgroup->has_swap = is_true(node, "swap");
    cgroup->own = text_of(node, "own", NULL);
    cgroup->own_holds = !is_true(node, "threaded");
    for (size_t i = 0; i < spec->resources.io.count; i++)
        *SLICE_PUSH(arena, &cgroup->disks) =
            (struct io_disk){ .path = spec->resources.io.items[i].device,
                              .major = 254,
                              .weigher = strcmp(text_of(node, "weigher", ""), "none") == 0 ? WEIGHER_NONE : WEIGHER_COST };
    return cgroup;
}

/* devices: {dri/card0: c 226:0, cdrom: b 11:0 sr0}; what is not named there is not there */
static void load_device(struct arena *arena, struct device_facts *facts, const struct node *nodes, const char *name,
                        size_t entry)
{
    bool pattern = device_is_pattern(name), found = false;
    for (size_t i = 0; nodes && i < nodes->children.count; i++) {
        const struct node *node = nodes->children.items[i];
        struct device_fact fact = { .name = node->key, .entry = entry, .pattern = pattern };
        char kind = 'c', real[64] = "";
        if (fnmatch(name, node->key, FNM_PATHNAME | FNM_PERIOD) != 0)
            continue;
        sscanf(node->text, "%c %u:%u %63s", &kind, &fact.device.major, &fact.device.minor, real);
        fact.device.block = kind == 'b';
        fact.device.real = *real ? arena_strdup(arena, real) : node->key;
        *SLICE_PUSH(arena, &facts->found) = fact;
        found = true;
    }
    if (!found)
        *SLICE_PUSH(arena, &facts->found) = (struct device_fact){
            .name = name, .why = pattern ? "matches no device here" : "does not exist here", .entry = entry
        };
}

static struct device_facts *devices_of(struct arena *arena, const struct node *facts, const struct spec *spec)
{
    struct device_facts *devices = arena_alloc(arena, sizeof *devices);
    const struct node *nodes = node_get(facts, "devices");
    for (size_t i = 0; i < spec->devices.count; i++)
        load_device(arena, devices, nodes, spec->devices.items[i].path + 5, i);
    for (size_t which = 0; which < ALLOW_COUNT; which++) {
        const char *const *path = spec->privileges.allow >> which & 1 ? allow_bundles[which].devices : NULL;
        for (; path && *path; path++)
            load_device(arena, devices, nodes, *path + 5, spec->devices.count + which);
    }
    return devices;
}

static struct host *host_of(struct arena *arena, const struct node *facts, const struct spec *spec, const struct caller *caller)
{
    struct host *host = arena_alloc(arena, sizeof *host);
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
    host->hosts = "127.0.0.1 localhost"; /* without an end of line */
    host->name = spec->isolate.hostname ? NULL : "machine";
    host->landlock = (int)number_of(facts, "landlock", 0);
    load_labels(host, facts, spec);
    for (int i = 0; i < ALLOW_COUNT; i++)
        if ((host->gates[i].value = (int)number_of(node_get(facts, "gates"), allow_names[i], 0)))
            host->gates[i].code = EACCES;
    host->now.boottime = host->now.monotonic = 5000;
    host->state = "/run/cordon";
    host->data = "/var/lib/cordon";
    for (int i = 0; i < RLIM_NLIMITS; i++)
        host->limits[i] = (struct rlimit){ 4096, 65536 };
    host->core_socket = is_true(facts, "core-socket");
    host->limits[RLIMIT_CORE] = (struct rlimit){ 0, is_true(facts, "no-cores") ? 0 : RLIM_INFINITY };
    load_top(arena, host, facts);
    load_user(host, facts, spec);
    bool group = spec_says(spec, "resources") || (host->privileged && devices_filter_key(spec)) || plan_may_mount(spec);
    host->cgroup = group ? cgroup_of(arena, facts, spec) : NULL;
    host->devices = devices_of(arena, facts, spec);
    host->groups.ids = arena_alloc(arena, sizeof(gid_t) * (spec->app.groups.count + 1));
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
