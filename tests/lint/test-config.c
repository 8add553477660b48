/* .cordon-lint.yaml and baselines. */
#include "profiles/lint/config.h"
#include "profiles/lint/report.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};
static char folder[] = "/tmp/cordon-lint-XXXXXX";
static struct arena arena;

static const char *file(const char *name, const char *text)
{
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    FILE *stream = fopen(path, "we");
    if (stream) {
        fputs(text, stream);
        fclose(stream);
    }
    return path;
}

/* Which rules fire, each as "SEVERITY RULE KEY"; suppressed ones in brackets. */
static const char *found(const char *config_text, const char *profile, const char *baseline)
{
    struct lint_config config = { 0 };
    struct errors errors = { 0 };
    struct error err = { 0 };
    struct lint lint = { .arena = &arena, .caller = &ada, .config = &config, .today = "2026-11-25" };
    const char *text = "";
    if (config_text && lint_config_read(&arena, file("config.yaml", config_text), &config, &errors) < 0) {
        for (size_t i = 0; i < errors.count; i++)
            text = arena_printf(&arena, "%s%s; ", text, errors.items[i].message);
        errors_fini(&errors);
        return text;
    }
    lint_profile(&lint, file("web.yaml", profile));
    if (baseline && lint_baseline(&lint, baseline, &err) < 0)
        text = arena_printf(&arena, "%s; ", err.message);
    error_fini(&err);
    for (size_t i = 0; i < lint.findings.count; i++) {
        const struct finding *finding = &lint.findings.items[i];
        text = arena_printf(&arena, finding->suppressed ? "%s(%s %s %s); " : "%s%s %s %s; ", text,
                            severity_names[finding->severity], finding->rule, finding->key ? finding->key : "-");
    }
    return text;
}

#define HOST "cordon: 1\nnetwork: {mode: host}\n"

static void test_config(void)
{
    CHECK_TEXT(found(NULL, HOST, NULL), "medium network-host network.mode; ");
    CHECK_TEXT(found("cordon-lint: 1\nrules: {network-host: low}\n", HOST, NULL), "low network-host network.mode; ");
    CHECK_TEXT(found("cordon-lint: 1\nrules: {network-host: ignore}\n", HOST, NULL), "");
    CHECK_TEXT(found("cordon-lint: 1\nrules: {types-key: ignore}\n", "cordon: 1\nx: y\n", NULL), "error types-key -; ");
    CHECK_TEXT(found("cordon-lint: 1\nrules: {no-such: low, caps-bpf: loud}\nown: 1\n", HOST, NULL),
               "rules: there is no rule 'no-such'; rules.caps-bpf: 'loud' is not one of info, low, medium, high, ignore; did "
               "you mean 'low'?; "
               "own: must be a list, not a single value; ");
    CHECK_TEXT(found("cordon-lint: 1\nown: [{id: caps-bpf, key: a, message: b, is: c, absent: true}]\n", HOST, NULL),
               "own[0].id: 'caps-bpf' is a rule of cordon's; own[0]: needs a condition of one kind; ");
}

#define OWN(condition) "cordon-lint: 1\nrules: {network-host: ignore}\nown: [{id: own-x, message: bad, " condition "}]\n"

static void test_own(void)
{
    CHECK_TEXT(found(OWN("key: network.mode, is: [host, phys], severity: high"), HOST, NULL), "high own-x network.mode; ");
    CHECK_TEXT(found(OWN("key: network.mode, is: none"), HOST, NULL), "");
    CHECK_TEXT(found(OWN("key: network.mode, is-not: none"), HOST, NULL), "medium own-x network.mode; ");
    CHECK_TEXT(found(OWN("key: network.mode, is-not: [none, host]"), HOST, NULL), "");
    CHECK_TEXT(found(OWN("key: description, absent: true"), HOST, NULL), "medium own-x description; ");
    CHECK_TEXT(found(OWN("key: network, present: true"), HOST, NULL), "medium own-x network; ");
    CHECK_TEXT(found(OWN("key: \"mounts[*].bind\", matches-not: /srv/*"),
                     "cordon: 1\nmounts: [{bind: /srv/a, at: /a}, {bind: /opt, at: /b}]\n", NULL),
               "medium own-x mounts[1].bind; ");
    CHECK_TEXT(found(OWN("key: app.env.*, matches: \"*x*\""), "cordon: 1\napp: {env: {A.B: axb, C: d}}\n", NULL),
               "medium own-x app.env.\"A.B\"; ");
    CHECK_TEXT(found(OWN("key: limits.files, above: 1K"), "cordon: 1\nlimits: {files: 1025}\n", NULL),
               "medium own-x limits.files; ");
    CHECK_TEXT(found(OWN("key: limits.files, below: 1K"), "cordon: 1\nlimits: {files: 1025}\n", NULL), "");
    CHECK_TEXT(found(OWN("key: limits.files, above: 2048"), "cordon: 1\nlimits: {files: \"1024:4096\"}\n", NULL),
               "medium own-x limits.files; ");
    CHECK_TEXT(found(OWN("key: limits.files, above: 1M"), "cordon: 1\nlimits: {files: unlimited}\n", NULL),
               "medium own-x limits.files; ");
    CHECK_TEXT(
        found(OWN("key: resources.cpu, above: 1.5"), "cordon: 1\nresources: {cpu: 1.75, memory: 1G, processes: 9}\n", NULL),
        "medium own-x resources.cpu; ");
    CHECK_TEXT(found(OWN("key: app.nice, below: 0"), "cordon: 1\napp: {nice: -5}\n", NULL), "medium own-x app.nice; ");
    CHECK_TEXT(found(OWN("key: app.timeout, above: 10m"), "cordon: 1\napp: {timeout: 1h}\n", NULL),
               "medium own-x app.timeout; ");
    CHECK_TEXT(found(OWN("key: app.timeout, above: 10m"), "cordon: 1\napp: {timeout: 10s}\n", NULL), "");
    CHECK_TEXT(found(OWN("key: app.timeout, above: 10 minutes"), HOST, NULL),
               "own[0].above: '10 minutes' is not a number, a size such as 64M, or a time such as 10m; ");
    CHECK_TEXT(found(OWN("key: network.mode, is: host"),
                     "cordon: 1\nnetwork: {mode: host} # cordon-lint: allow own-x: here it is\n", NULL),
               "(medium own-x network.mode); ");
}

static void test_baseline(void)
{
    const char *one =
        file("one.json", "{\"findings\": [{\"rule\": \"network-host\", \"key\": \"network.mode\", \"file\": \"x\"}]}");
    CHECK_NAMED(found(NULL, HOST, one)[0] != '(', "a finding of another file is not in the baseline");
    const char *mine =
        file("mine.json", arena_printf(&arena,
                                       "{\"findings\": [{\"rule\": \"network-host\", \"key\": \"network.mode\", \"line\": 9, "
                                       "\"file\": \"%s/web.yaml\", \"message\": \"'host' %s\"}]}",
                                       folder, rule_get(rule_find("network-host")).title));
    CHECK_TEXT(found(NULL, HOST, mine), "(medium network-host network.mode); ");
    CHECK_NAMED(strstr(found(NULL, HOST, file("bad.json", "[1]")), "is no baseline"), "what is no report is refused");
    CHECK_NAMED(strstr(found(NULL, HOST, "/no/such"), "/no/such"), "a baseline that is not there is refused");
    unlink(one);
    unlink(mine);
}

static void test_shared(void)
{
    struct lint lint = { .arena = &arena, .caller = &ada, .today = "2026-11-25" };
    file("below.yaml", HOST);
    lint_profile(&lint, file("web.yaml", "cordon: 1\nextends: [./below.yaml]\n"));
    CHECK(lint.findings.count == 1 && lint.findings.items[0].chain.count == 1);
    lint_profile(&lint, file("config.yaml", "cordon: 1\nextends: [./below.yaml]\nisolate: {ipc: inherit}\n"));
    CHECK_NAMED(lint.findings.count == 2, "what several profiles extend is judged once");
    unlink(arena_printf(&arena, "%s/below.yaml", folder));
}

int main(void)
{
    static const char *const names[] = { "config.yaml", "web.yaml", "bad.json" };
    if (!mkdtemp(folder))
        return 1;
    test_config();
    test_own();
    test_baseline();
    test_shared();
    for (size_t i = 0; i < 3; i++)
        unlink(arena_printf(&arena, "%s/%s", folder, names[i]));
    rmdir(folder);
    arena_free(&arena);
    return tap_done();
}
