/* score and diff: what the numbers keep to, and what is said about two profiles. */
#include "profiles/lint/compare.h"
#include "profiles/lint/score.h"
#include "profiles/profile.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};
static char folder[] = "/tmp/cordon-lint-XXXXXX";
static struct arena arena;
static struct lint lint = { .arena = &arena, .caller = &ada };
static struct profile_reading readings[8];

static struct subject *load(const char *body)
{
    static int next;
    const char *path = arena_printf(&arena, "%s/web.yaml", folder);
    struct subject *s = arena_alloc(&arena, sizeof *s);
    struct errors errors = { 0 };
    FILE *file = fopen(path, "we");
    if (file) {
        fprintf(file, "cordon: 1\n%s", body);
        fclose(file);
    }
    CHECK_NAMED(subject_load(s, &lint, path, &readings[next++ % 8], &errors) == 0, body);
    errors_fini(&errors);
    return s;
}

static struct score scored(const char *body)
{
    struct score score = { 0 };
    score_profile(load(body), &score);
    return score;
}

static void test_score(void)
{
    int plain = scored("").exposure, strict = scored("syscalls: {base: strict}\n").exposure;
    CHECK(plain > 0 && plain < 20 && strict < plain);
    struct score engine = scored("sockets: {unix: [/run/docker.sock]}\n");
    CHECK(engine.exposure == 100);
    CHECK_TEXT(engine.paths[0].key, "sockets.unix[0]");
    CHECK(engine.paths[0].at.line == 2);
    CHECK_NAMED(scored("sockets: {unix: [/run/docker.sock]}\nsyscalls: {base: strict}\nresources: {memory: 1M, processes: 2}\n")
                        .exposure == 100,
                "one way that is wholly open is 100, whatever else is closed");
    CHECK(scored("isolate: {pid: inherit}\n").exposure <
          scored("isolate: {pid: inherit}\nprivileges: {inspection: true}\n").exposure);
    CHECK(scored("users: {map: host}\n").exposure <
          scored("users: {map: host}\nprivileges: {capabilities: [mknod]}\n").exposure);
    CHECK(scored("privileges: {capabilities: [mknod]}\n").exposure == plain);
    CHECK_NAMED(scored("mounts: [{bind: /home/ada/.aws, at: /a}]\n").exposure <
                    scored("mounts: [{bind: /home/ada/.aws, at: /a}]\nnetwork: {mode: user}\n").exposure,
                "a secret and a way out are more than the secret");
    CHECK(scored("resources: {memory: 1M, processes: 2}\n").exposure < plain);
    struct kernel_need needs[8];
    CHECK(score_kernel_needs(load("root: {write: discard}\npaths: {read: [/usr]}\n"), needs, 8) == 3 && needs[0].major == 6);
    CHECK(score_kernel_needs(load("paths: {read: [/usr], optional: true}\n"), needs, 8) == 2 && needs[0].major == 5);
    CHECK(score_kernel_needs(load("isolate: {pid: inherit, signals: new}\n"), needs, 8) == 2 && needs[0].minor == 12);
}

static const char *told(const char *old, const char *new)
{
    struct comparison comparison = { 0 };
    const char *text = "";
    compare_profiles(load(old), load(new), &comparison);
    for (size_t i = 0; i < comparison.gains.count; i++)
        text = arena_printf(&arena, "%s+ %s; ", text, comparison.gains.items[i].what);
    for (size_t i = 0; i < comparison.loses.count; i++)
        text = arena_printf(&arena, "%s- %s; ", text, comparison.loses.items[i].what);
    for (size_t i = 0; i < comparison.other.count; i++)
        text = arena_printf(&arena, "%s~ %s; ", text, comparison.other.items[i].what);
    return text;
}

static void test_compare(void)
{
    CHECK_TEXT(told("", ""), "");
    CHECK_TEXT(told("network: {mode: none}\n", ""), "");
    CHECK_TEXT(
        told("network: {mode: host}\n", "network: {mode: host}\npaths: {connect: [443]}\n"),
        "- may do with every file that it sees what the file's mode lets it (no paths); - may connect to every TCP port; "
        "~ paths was (not said) and is {connect: [443]}; ");
    /* What goes away may be a wall. */
    CHECK_TEXT(
        told("paths: {read: [/usr]}\n", ""),
        "+ may do with every file that it sees what the file's mode lets it (no paths); ~ paths was {read: [/usr]} and is "
        "(not said); ");
    CHECK_TEXT(told("label: {apparmor: x}\n", ""),
               "+ has no label that a policy of the host's holds; ~ label was {apparmor: x} and is (not said); ");
    CHECK_TEXT(told("devices: [{path: /dev/fuse, access: r}]\n", "devices: [/dev/fuse]\n"),
               "+ may write to the device /dev/fuse; ");
    CHECK_TEXT(told("devices: [/dev/fuse]\n", "devices: [{path: /dev/fuse, access: r}]\n"),
               "- may write to the device /dev/fuse; ");
    CHECK_TEXT(told("network: {mode: host}\npaths: {connect: [80], bind: [80]}\n",
                    "network: {mode: host}\npaths: {connect: [443], bind: [80]}\n"),
               "+ may connect to TCP port 443; - may connect to TCP port 80; ~ paths was {connect: [80], bind: [80]} and is "
               "{connect: [443], bind: [80]}; ");
    CHECK_TEXT(told("mounts: [{bind: /srv, at: /srv}]\n", "mounts: [{bind: /srv/www, at: /srv/www}]\n"),
               "- may read /srv of the host; - may start programs from /srv of the host; ");
    CHECK_TEXT(told("mounts: [{bind: /srv, at: /srv, exec: false}]\n", "mounts: [{bind: /srv, at: /srv}]\n"),
               "+ may start programs from /srv of the host; ");
    CHECK_TEXT(told("mounts: [{volume: a, at: /srv}]\n", "mounts: [{volume: b, at: /srv}]\n"),
               "+ has the volume b, and writes it; - has the volume a, and writes it; ");
    CHECK_TEXT(told("mounts: [{tmpfs: 1M, at: /srv}]\n", "mounts: [{tmpfs: 2M, at: /srv}]\n"),
               "~ mounts was [{tmpfs: 1M, at: /srv}] and is [{tmpfs: 2M, at: /srv}]; ");
    CHECK_TEXT(told("paths: {read: [/usr, /etc]}\n", "paths: {read: [/]}\n"),
               "+ may read what is below /; "
               "~ paths was {read: [/usr, /etc]} and is {read: [/]}; ");
    CHECK_NAMED(!strstr(told("paths: {read: [/usr]}\n", "paths: {read: [/usr, /usr/bin]}\n"), "+ "),
                "what is below is no more");
    CHECK_NAMED(
        strstr(told("paths: {read: [/srv]}\n", "paths: {read: [/srv], write: [/srv]}\n"), "+ may write what is below /srv"),
        "each list stands for itself");
    CHECK_NAMED(!strstr(told("paths: {write: [/srv]}\n", "paths: {write: [/srv], read: [/srv]}\n"), "+ "), "who writes reads");
    CHECK_TEXT(told("resources: {memory: 256M}\n", "resources: {memory: {max: 256M, swap: 64M}}\n"),
               "+ may use more swap: 64M, before 0; ");
    CHECK_NAMED(!strstr(told("syscalls: {allow: [keyctl]}\n",
                             "syscalls: {allow: [{name: keyctl, args: [{index: 0, op: eq, value: 1}]}]}\n"),
                        "+ "),
                "some arguments are less than all");
    CHECK_TEXT(told("", "syscalls: {allow: [{name: socket, args: [{index: 0, op: eq, value: AF_ALG}]}]}\n"),
               "+ may make the system call {name: socket, args: [{index: 0, op: eq, value: AF_ALG}]}; ");
    CHECK_TEXT(told("secrets: [{name: k, from: /etc/cordon/a}]\n", "secrets: [{name: k, from: /etc/cordon/b}]\n"),
               "+ gets the secret k, from /etc/cordon/b; - gets the secret k, from /etc/cordon/a; ");
    CHECK_TEXT(told("users: {map: auto}\n", "users: {map: keep}\n"), "~ users was {map: auto} and is {map: keep}; ");
    CHECK_TEXT(told("resources: {memory: 256M}\n", "resources: {memory: {max: 256M}}\n"),
               "~ resources was {memory: 256M} and is {memory: {max: 256M}}; ");
    CHECK_TEXT(told("limits: {files: \"32:64\"}\n", "limits: {files: \"32:128\"}\n"),
               "+ may use more open files: 32:128, before 32:64; ");
    CHECK_TEXT(told("mounts: [{bind: /srv, at: /srv}]\n", "mounts: [{bind: /srv, at: /srv, write: true}]\n"),
               "+ may write /srv of the host; ");
    CHECK_TEXT(told("mounts: [{bind: /srv, at: /srv}, {hide: /srv/a}]\n", "mounts: [{bind: /srv, at: /srv}]\n"),
               "+ sees what is at /srv/a; ");
    CHECK_TEXT(told("network: {mode: host}\n", "network: {mode: host, egress: [\"192.0.2.1:443\"]}\n"),
               "- reaches every address; ");
    CHECK_TEXT(told("network: {mode: host, egress: [\"192.0.2.1:443\"]}\n", "network: {mode: host}\n"),
               "+ reaches every address; ");
    CHECK_TEXT(told("resources: {memory: 64M}\n", ""),
               "+ may use more memory: any amount, before 64M; + may use more swap: any amount, before 0; ");
    CHECK_TEXT(told("limits: {files: 64}\n", "limits: {files: 32}\n"), "- may use more open files: 64 before, now 32; ");
    CHECK_TEXT(told("syscalls: {deny: [personality]}\n", ""), "+ may make the system calls personality; ");
    CHECK_TEXT(told("privileges: {capabilities: [chown]}\n", ""), "- has the capability chown; ");
    CHECK_TEXT(told("app: {user: caller}\n", "app: {nice: 1}\n"),
               "- runs as the caller; ~ app.user was caller and is (not said); ");
    CHECK_TEXT(told("root: {from: dir:/srv/r}\n", ""),
               "+ sees the host's programs and /etc; ~ root.from was dir:/srv/r and is (not said); ");
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    test_score();
    test_compare();
    unlink(arena_printf(&arena, "%s/web.yaml", folder));
    rmdir(folder);
    arena_free(&arena);
    return tap_done();
}
