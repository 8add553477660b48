/* Every row of the catalogue: its firing example fires, its quiet one does not, both are profiles without mistakes; and what a
 * row must say is there. */
#include "profiles/lint/lint.h"
#include "tap.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};
static char folder[] = "/tmp/cordon-lint-XXXXXX";
static char name[64];

/* -1: a mistake in it; else whether the rule fires. */
static int fires(const char *id, const char *body)
{
    struct arena arena = { 0 };
    struct lint lint = { .arena = &arena, .caller = &ada, .today = "2026-11-25" };
    int result = 0;
    FILE *file = fopen(name, "we");
    if (!file)
        return -1;
    fprintf(file, "cordon: 1\n%s", body);
    fclose(file);
    lint_profile(&lint, name);
    for (size_t i = 0; i < lint.findings.count; i++) {
        const struct finding *finding = &lint.findings.items[i];
        if (strcmp(finding->rule, id) == 0 && result == 0)
            result = 1;
        if (strcmp(finding->rule, id) == 0 && (!finding->at.line || !finding->message || !finding->remedy))
            result = -1;
        if (finding->severity == SEVERITY_ERROR) {
            printf("# %s\n", finding->message);
            result = -1;
        }
    }
    arena_free(&arena);
    return result;
}

/* "capabilities-…" would be long: a family may be cut in its ids, but the first letters stay. */
static int is_well_formed(const struct rule *rule)
{
    size_t length = strspn(rule->id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    int attack = strstr(rule->refs, "AC-") || strstr(rule->refs, "start");
    size_t end = strlen(rule->reason);
    return !rule->id[length] && rule->id[0] == rule->family[0] && attack && *rule->title && end > 20 &&
           rule->reason[end - 1] == '.' && isupper((unsigned char)rule->remedy[0]) &&
           rule->remedy[strlen(rule->remedy) - 1] != '.';
}

static void check_rule(rule_number number)
{
    struct rule rule = rule_get(number);
    char title[160];
    snprintf(title, sizeof title, "%s: has an id, an attack or a start that fails, a reason and a remedy", rule.id);
    CHECK_NAMED(is_well_formed(&rule) && rule_find(rule.id) == number, title);
    if (!rule.fires)
        return;
    snprintf(title, sizeof title, "%s fires on its example", rule.id);
    if (!CHECK_NAMED(fires(rule.id, rule.fires) == 1, title))
        printf("# %s\n", rule.fires);
    snprintf(title, sizeof title, "%s is quiet on the other", rule.id);
    if (!CHECK_NAMED(fires(rule.id, rule.quiet) == 0, title))
        printf("# %s\n", rule.quiet);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(name, sizeof name, "%s/web.yaml", folder);
    for (rule_number i = 0; i < rule_count; i++)
        check_rule(i);
    CHECK(rule_count >= 80);
    CHECK_NAMED(fires("caps-sys-admin", "app: {command: [true]}\n") == 0, "a profile that asks for nothing is clean");
    CHECK_NAMED(fires("sockets-engine", "mounts: [{bind: /srv/../run/docker.sock, at: /s}]\n") == 1,
                "a path is what it leads to");
    CHECK_NAMED(fires("host-optional", "optional: [paths]\npaths: {read: [/usr]}\n") == 1,
                "a wall that the top leaves out is told");
    CHECK_NAMED(fires("caps-without-effect", "privileges: {capabilities: [syslog, bpf, perfmon]}\n") == 0,
                "a capability that opens calls is not without effect");
    CHECK_NAMED(fires("caps-own-network", "privileges: {allow: [ping]}\nnetwork: {mode: host}\nusers: {map: host}\n") == 1,
                "a switch that sets the network is refused on the host's, whatever the ids");
    CHECK_NAMED(fires("mounts-profiles", "mounts: [{bind: ../.., at: /src, write: true}]\n") == 1, "a path above is, too");
    unlink(name);
    rmdir(folder);
    return tap_done();
}
