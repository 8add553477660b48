/* The rows themselves, and that what they parse arrives in the spec. */
#include "base/node.h"
#include "profiles/fields.h"
#include "profiles/load.h"
#include "profiles/profile.h"
#include "profiles/yaml.h"
#include "tap.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

/* --- rows --------------------------------------------------------------------------------------------------------- */

static struct arena arena;
static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada"
};
static int rows_seen, samples_seen;

/* A default or example must be a value that the row takes. */
static void check_sample(const struct row *row, const char *path, const char *kind, const char *text)
{
    struct loader loader = { .arena = &arena, .caller = &ada };
    struct errors errors = { 0 };
    if (!text)
        return;
    char *place = calloc(1, sizeof(struct spec));
    samples_seen++;
    /* Values of the wrong kind of quoting are the reader's to refuse; defaults are shown without quotes, as "0022" is. */
    struct node *node = yaml_read(&arena, "row", yaml_is_ambiguous(text) ? arena_printf(&arena, "\"%s\"", text) : text,
                                  yaml_is_ambiguous(text) ? strlen(text) + 2 : strlen(text), 0, &errors);
    struct walk walk = { .arena = &arena, .errors = &errors, .context = &loader };
    if (node)
        rows_read(&walk, row->form, node, place);
    if (!node || errors.count) {
        CHECK_NAMED(0, arena_printf(&arena, "the %s of %s is a value of it", kind, path));
        printf("# %s: %s\n", text, errors.count ? errors.items[0].message : "no value");
    }
    errors_fini(&errors);
    free(place);
}

static void check_rows(const struct form *form, const char *path)
{
    for (size_t i = 0; i < form->row_count; i++) {
        const struct row *row = &form->rows[i];
        const char *name = arena_printf(&arena, "%s%s%s", path, *path ? "." : "", row->key);
        rows_seen++;
        if (row->offset != ROW_NOWHERE && row->size != row->form->size)
            CHECK_NAMED(0, arena_printf(&arena, "%s: the field has %zu bytes and its form fills %zu", name, row->size,
                                        row->form->size));
        if (!row->doc || row->doc[strlen(row->doc) - 1] != '.')
            CHECK_NAMED(0, arena_printf(&arena, "%s is explained by a sentence", name));
        if (!row->form->rows && !row->example)
            CHECK_NAMED(0, arena_printf(&arena, "%s has an example", name));
        check_sample(row, name, "default", row->preset);
        check_sample(row, name, "example", row->example);
        check_rows(row->form, name);
        if (row->form->items)
            check_rows(row->form->items, arena_printf(&arena, "%s[]", name));
        if (row->form->values)
            check_rows(row->form->values, arena_printf(&arena, "%s.NAME", name));
    }
}

static void check_limit_names(void)
{
    const struct row *limits = rows_get(&form_profile, "limits");
    CHECK(limits->form->row_count == RLIM_NLIMITS);
    for (size_t i = 0; i < RLIM_NLIMITS; i++) {
        const struct row *row = rows_get(limits->form, limit_names[i]);
        if (!row || row->offset != i * sizeof(struct limit))
            CHECK_NAMED(0, arena_printf(&arena, "limits.%s goes to its own place", limit_names[i]));
    }
}

/* --- the spec ----------------------------------------------------------------------------------------------------- */

static struct spec *load_text(const char *text)
{
    static int serial;
    char name[64];
    snprintf(name, sizeof name, "/tmp/cordon-fields-%d-%d.yaml", (int)getpid(), serial++);
    FILE *file = fopen(name, "wxe");
    if (!file)
        return NULL;
    fputs(text, file);
    fclose(file);
    struct profile_request request = { .profile = arena_strdup(&arena, name), .trust = true };
    struct errors errors = { 0 }, notices = { 0 };
    struct spec *spec = NULL;
    profile_load(&arena, &request, &ada, &spec, &errors, &notices);
    errors_print(stdout, &errors, "error");
    errors_fini(&errors);
    errors_fini(&notices);
    unlink(name);
    return spec;
}

static void test_defaults(void)
{
    const struct spec *spec = load_text("cordon: 1\nname: least\n");
    CHECK(spec && spec->app.user.kind == USER_IDS && spec->app.user.uid == 0 && spec->app.user.gid == ID_NONE);
    CHECK(spec && spec->app.umask == 022 && !spec->app.has_nice && !spec->app.groups_keep && spec->root.from == ROOT_HOST);
    CHECK(spec && spec->isolate.user && !spec->isolate.time && spec->users.map == MAP_AUTO && spec->network == NETWORK_NONE);
    CHECK(spec && !spec->hostname && !spec->privileges.capabilities && !spec->limits[RLIMIT_NOFILE].set);
    CHECK_TEXT(spec ? spec->name : NULL, "least");
}

static void test_app(void)
{
    const struct spec *spec = load_text(
        "cordon: 1\nname: a\nhostname: h\nmachine-id: inherit\napp:\n  command: [sh, -c, '']\n  user: \"12:34\"\n  groups: "
        "[ssl-cert, 7]\n"
        "  workdir: /srv\n  umask: \"0077\"\n  terminal: true\n  env: {A: b, C: ''}\n  env-pass: [LANG]\n  init: false\n"
        "  timeout: 2m\n  nice: -5\n  oom-score: 300\n");
    CHECK(spec && spec->app.command.count == 3 && strcmp(spec->app.command.items[1], "-c") == 0 &&
          !*spec->app.command.items[2]);
    CHECK(spec && spec->app.user.uid == 12 && spec->app.user.gid == 34 && spec->app.groups.count == 2 &&
          !spec->app.groups_keep);
    CHECK(spec && spec->app.umask == 077 && spec->app.terminal == TERMINAL_TRUE && spec->app.init == INIT_FALSE);
    CHECK(spec && spec->app.env.count == 2 && strcmp(spec->app.env.items[0].name, "A") == 0 &&
          strcmp(spec->app.env.items[0].value, "b") == 0);
    CHECK(spec && spec->app.env_pass.count == 1 && spec->app.timeout == 120000);
    CHECK(spec && spec->app.has_nice && spec->app.nice == -5 && spec->app.has_oom_score && spec->app.oom_score == 300);
    CHECK_TEXT(spec ? spec->app.workdir : NULL, "/srv");
    CHECK_TEXT(spec ? spec->hostname : NULL, "h");
    CHECK_TEXT(spec ? spec->machine_id : NULL, "inherit");
    spec = load_text("cordon: 1\napp: {user: caller, groups: keep, terminal: false}\nname: a\n");
    CHECK(spec && spec->app.user.kind == USER_CALLER && spec->app.groups_keep && !spec->app.groups.count &&
          spec->app.terminal == TERMINAL_FALSE);
    spec = load_text("cordon: 1\napp: {user: www-data}\nname: a\n");
    CHECK(spec && spec->app.user.kind == USER_NAME && strcmp(spec->app.user.name, "www-data") == 0);
    spec = load_text("cordon: 1\napp: {user: 1000}\nname: a\n");
    CHECK_NAMED(spec && spec->app.user.kind == USER_IDS && spec->app.user.uid == 1000,
                "a name made of digits only is a number");
}

static void test_mounts(void)
{
    const struct spec *spec = load_text(
        "cordon: 1\nname: a\nroot: {from: dir:/srv/root, write: discard, size: 1M, hide: [/usr/src]}\nmounts:\n"
        "  - {bind: www, at: /srv/www}\n  - {tmpfs: 64M, at: /x, mode: \"1777\"}\n  - {volume: v, at: /v, exec: false, "
        "optional: true}\n"
        "  - {hide: /h}\n  - {bind: /w, at: /w, write: true, create: true, owner: keep}\n");
    CHECK(spec && spec->root.from == ROOT_DIR && spec->root.write == WRITE_DISCARD && spec->root.size == 1 << 20 &&
          spec->root.hide.count == 1);
    CHECK_TEXT(spec ? spec->root.path : NULL, "/srv/root");
    const struct spec *shown = load_text("cordon: 1\nname: a\nroot: {show: [/opt]}\n");
    CHECK(shown && shown->root.show.count == 1 && strcmp(shown->root.show.items[0].source, "/opt") == 0 &&
          strcmp(shown->root.show.items[0].at, "/opt") == 0 && !shown->root.show.items[0].write &&
          shown->root.show.items[0].exec && shown->root.show.items[0].owner == OWNER_KEEP);
    if (!CHECK(spec && spec->mounts.count == 5))
        return;
    const struct mount_entry *m = spec->mounts.items;
    CHECK(m[0].kind == MOUNT_BIND && !m[0].write && m[0].exec && m[0].owner == OWNER_AUTO && m[0].where.line == 5);
    CHECK_TEXT(m[0].source, "/tmp/www");
    CHECK(m[1].kind == MOUNT_TMPFS && m[1].size == 64 << 20 && m[1].mode == 01777 && m[1].write && !m[1].exec);
    CHECK(m[2].kind == MOUNT_VOLUME && strcmp(m[2].source, "v") == 0 && m[2].write && !m[2].exec &&
          spec_optional(spec, "mounts[2]"));
    CHECK(m[3].kind == MOUNT_HIDE && strcmp(m[3].at, "/h") == 0);
    CHECK(m[4].write && m[4].create && m[4].owner == OWNER_KEEP && !spec_optional(spec, "mounts[4]"));
}

static void test_security(void)
{
    const struct spec *spec =
        load_text("cordon: 1\nname: a\nusers: {map: [\"0:100000:1000\", \"1000:1000:1\"]}\nisolate: {ipc: inherit, time: new}\n"
                  "privileges: {capabilities: [net-bind-service, chown], allow: [low-ports, kvm], inspection: true}\n"
                  "syscalls:\n  base: strict\n  allow: [\"@io-uring\", {name: socket, args: [{index: 1, op: masked, value: "
                  "0x10, mask: 0xff}]}]\n"
                  "  deny: [personality]\n  on-deny: log\n  architectures: [native, x86]\n"
                  "limits: {files: \"10:20\", core: 0, cpu: 1m, realtime-time: 200ms, stack: 8M, memlock: unlimited}\nnetwork: "
                  "{mode: host}\n");
    if (!CHECK(spec != NULL))
        return;
    CHECK(spec->users.map == MAP_LIST && spec->users.list.count == 2 && spec->users.list.items[0].outside == 100000 &&
          spec->users.list.items[0].count == 1000);
    CHECK(!spec->isolate.ipc && spec->isolate.pid && spec->isolate.time);
    CHECK(spec->privileges.capabilities == (1ULL << 10 | 1) && ALLOWS(spec->privileges.allow, LOW_PORTS) &&
          ALLOWS(spec->privileges.allow, KVM) && spec->privileges.inspection);
    CHECK(spec->syscalls.base == SYSCALLS_STRICT && spec->syscalls.on_deny == DENY_LOG && spec->syscalls.deny.count == 1 &&
          spec->syscalls.architectures.count == 2);
    CHECK(spec->syscalls.allow.count == 2 && spec->syscalls.allow.items[1].args.count == 1 &&
          spec->syscalls.allow.items[1].args.items[0].op == COMPARE_MASKED &&
          spec->syscalls.allow.items[1].args.items[0].value == 16 && spec->syscalls.allow.items[1].args.items[0].mask == 255 &&
          spec->syscalls.allow.items[1].where.line == 8);
    CHECK(spec->limits[RLIMIT_NOFILE].set && spec->limits[RLIMIT_NOFILE].soft == 10 && spec->limits[RLIMIT_NOFILE].hard == 20);
    CHECK(spec->limits[RLIMIT_CPU].soft == 60 && spec->limits[RLIMIT_RTTIME].hard == 200000 &&
          spec->limits[RLIMIT_MEMLOCK].hard == RLIM_INFINITY);
    CHECK(spec->limits[RLIMIT_CORE].set && spec->limits[RLIMIT_CORE].hard == 0 && spec->limits[RLIMIT_STACK].soft == 8 << 20 &&
          spec->network == NETWORK_HOST);
    struct source at = spec_source(spec, "limits.files");
    CHECK(at.line == 12 && at.column == 17);
}

static void test_users_follow(void)
{
    const struct spec *spec = load_text("cordon: 1\nname: a\nisolate: {user: inherit}\n");
    CHECK_NAMED(spec && spec->users.map == MAP_HOST, "isolate.user: inherit is users.map: host");
    spec = load_text("cordon: 1\nname: a\nusers: {map: host}\n");
    CHECK_NAMED(spec && !spec->isolate.user, "and the other way round");
    spec = load_text("cordon: 1\nname: a\nsyscalls: {architectures: [native]}\n");
    CHECK_NAMED(spec && spec->syscalls.architectures.count == 0, "architectures: [native] is what nothing says");
}

/* --- texts made of the rows --------------------------------------------------------------------------------------- */

static void test_texts(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    profile_schema(stream);
    fclose(stream);
    struct json_object *json = json_tokener_parse(text), *properties = NULL, *app = NULL;
    CHECK(json && json_object_object_get_ex(json, "properties", &properties) &&
          json_object_object_get_ex(properties, "app", &app));
    CHECK(json_object_object_length(properties) == (int)form_profile.row_count + 1); /* and optional */
    json_object_put(json);
    free(text);
    text = NULL;
    stream = open_memstream(&text, &length);
    profile_reference(stream);
    fclose(stream);
    CHECK(strstr(text, "*service.stop.timeout*") && strstr(text, "*mounts[].at*") && strstr(text, "*params.NAME.default*"));
    free(text);
}

int main(void)
{
    check_rows(&form_profile, "");
    CHECK(rows_seen > 150 && samples_seen > 200);
    check_limit_names();
    test_defaults();
    test_app();
    test_mounts();
    test_security();
    test_users_follow();
    test_texts();
    arena_free(&arena);
    return tap_done();
}
