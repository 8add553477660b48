/* Fixes: each takes its finding away, and nothing else of the text: comments, order and style stay. */
#include "profiles/lint/fix.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};
static char folder[] = "/tmp/cordon-lint-XXXXXX";
static const char *name;
static struct arena arena;

static void write_profile(const char *text)
{
    FILE *file = fopen(name, "we");
    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

static const char *fixed_text(const char *text, bool unsafe)
{
    struct lint lint = { .arena = &arena, .caller = &ada, .today = "2026-11-25" };
    struct fixed fixed;
    write_profile(text);
    fix_profile(&lint, name, unsafe, NULL, &fixed);
    return fixed.after;
}

/* How often a rule fires, and whether it has a fix. */
static size_t fires(const char *id, const char *text, bool *ret_fixable)
{
    struct lint lint = { .arena = &arena, .caller = &ada, .today = "2026-11-25" };
    size_t count = 0;
    write_profile(text);
    lint_profile(&lint, name);
    for (size_t i = 0; i < lint.findings.count; i++) {
        if (strcmp(lint.findings.items[i].rule, id) != 0)
            continue;
        count++;
        *ret_fixable = lint.findings.items[i].fix.kind != FIX_NONE;
    }
    return count;
}

static void test_every_fix(void)
{
    int tried = 0;
    for (rule_number i = 0; i < rule_count; i++) {
        struct rule rule = rule_get(i);
        bool fixable = false;
        const char *text = rule.fires ? arena_printf(&arena, "cordon: 1\n%s", rule.fires) : "";
        if (!rule.fires || !fires(rule.id, text, &fixable) || !fixable)
            continue;
        tried++;
        CHECK_NAMED(fires(rule.id, fixed_text(text, true), &fixable) == 0,
                    arena_printf(&arena, "%s is gone after its fix", rule.id));
    }
    CHECK(tried >= 60);
}

static void test_text(void)
{
    CHECK_TEXT(fixed_text("cordon: 1 # one\napp: {umask: 0022, nice: 5} # ä\n", false),
               "cordon: 1 # one\napp: {umask: \"0022\", nice: 5} # ä\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges: {capabilities: [chown, sys-time, kill]} # c\n", false),
               "cordon: 1\nprivileges: {capabilities: [chown, kill]} # c\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges: {capabilities: [chown, sys-time]} # c\n", false),
               "cordon: 1\nprivileges: {capabilities: [chown]} # c\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges: {capabilities: [sys-time], allow: [ping]} # c\n", false),
               "cordon: 1\nprivileges: {allow: [ping]} # c\n");
    /* Left out, the list would be that of the profile below. */
    CHECK_TEXT(fixed_text("cordon: 1\nextends: [default]\nprivileges: {capabilities: [sys-time]} # c\n", false),
               "cordon: 1\nextends: [default]\nprivileges: {capabilities: []} # c\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges: {capabilities: [sys-time]} # c\napp: {nice: 1}\n", false),
               "cordon: 1\napp: {nice: 1}\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges:\n  # above\n  capabilities:\n    # c\n    - chown # d\n    - sys-time # e\n"
                          "    # f\n    - kill\n# g\n",
                          false),
               "cordon: 1\nprivileges:\n  # above\n  capabilities:\n    # c\n    - chown # d\n    # f\n    - kill\n# g\n");
    CHECK_TEXT(fixed_text("cordon: 1\nprivileges:\n  capabilities:\n  - sys-time\n  # after\napp: {nice: 1}", false),
               "cordon: 1\n  # after\napp: {nice: 1}");
    CHECK_TEXT(fixed_text("cordon: 1\napp: {env: {A: |-\n   x}}\n", true), "cordon: 1\napp: {env: {A: |-\n   x}}\n");
    CHECK_TEXT(fixed_text("cordon: 1\nisolate: {pid: inherit} # cordon-lint: allow host-pid: a debugger\n", true),
               "cordon: 1\nisolate: {pid: inherit} # cordon-lint: allow host-pid: a debugger\n");
}

static void test_unsafe(void)
{
    static const char text[] =
        "cordon: 1\nhostnme: web # h\nisolate: {pid: inherit}\nmounts:\n- bind: /etc\n  at: /e\n  write: true\n";
    CHECK_TEXT(fixed_text(text, false), text);
    CHECK_TEXT(fixed_text(text, true),
               "cordon: 1\nhostname: web # h\nisolate: {pid: new}\nmounts:\n- bind: /etc\n  at: /e\n  write: false\n");
    CHECK_TEXT(fixed_text("cordon: 1\nnetwork: {mode: user, egress: [\"0.0.0.0/0:443\"]}\n", true),
               "cordon: 1\nnetwork: {mode: user, egress: []}\n");
    CHECK_TEXT(fixed_text("cordon: 1\nlimits: {stack: 8MB}\n", true), "cordon: 1\nlimits: {stack: 8M}\n");
}

/* Its own ids would make the start fail, as raw-sockets then changes a network that is not its own: no fix at all. */
static void test_no_gain(void)
{
    static const char text[] = "cordon: 1\nusers: {map: host}\nprivileges: {allow: [raw-sockets]}\nnetwork: {mode: host}\n";
    CHECK_TEXT(fixed_text(text, true), text);
}

static void test_extends(void)
{
    const char *below = arena_printf(&arena, "%s/below.yaml", folder);
    FILE *file = fopen(below, "we");
    if (!file)
        return;
    fputs("cordon: 1\nisolate: {pid: inherit}\n", file);
    fclose(file);
    CHECK_TEXT(fixed_text("cordon: 1\nextends: [./below.yaml]\nisolate: {ipc: inherit}\n", true),
               "cordon: 1\nextends: [./below.yaml]\nisolate: {ipc: new}\n");
    unlink(below);
}

static void test_diff(void)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    fix_diff(stream, &arena, "w.yaml", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n", "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nl\n");
    fix_diff(stream, &arena, "w.yaml", "a\n", "a\n");
    fclose(stream);
    CHECK_TEXT(text,
               "--- a/w.yaml\n+++ b/w.yaml\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,5 +8,4 @@\n h\n i\n j\n-k\n l\n");
    free(text);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    name = arena_printf(&arena, "%s/web.yaml", folder);
    test_every_fix();
    test_text();
    test_unsafe();
    test_no_gain();
    test_extends();
    test_diff();
    unlink(name);
    rmdir(folder);
    arena_free(&arena);
    return tap_done();
}
