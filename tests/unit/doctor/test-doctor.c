/* Verdicts about hosts that we do not have: facts by hand, and facts read from a made-up root. */
#include "cli/verb.h"
#include "doctor/checks.h"
#include "profiles/fields.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;

/* A host on which everything works, for a plain user. */
static struct facts good(void)
{
    return (struct facts){
        .caller = { .uid = 1000, .gid = 1000, .name = "ann" },
        .own_path = "/usr/bin/cordon",
        .major = 6,
        .minor = 1,
        .release = "6.1.0",
        .user_namespace_of_users = -1,
        .landlock_abi = 6,
        .max_user_namespaces = 1000,
        .unprivileged_userns_clone = -1,
        .apparmor_restrict = -1,
        .apparmor = true,
        .ptrace_scope = 1,
        .core_pattern = "core",
        .cgroup_mount = "/sys/fs/cgroup",
        .cgroup_home = "/user.slice",
        .cgroup_writable = true,
        .subuids = { 100000, 65536 },
        .subgids = { 100000, 65536 },
        .free_ids = 165536,
        .newuidmap = HELPER_GOOD,
        .newgidmap = HELPER_GOOD,
        .install_helpers = "apt-get install uidmap",
    };
}

static struct findings judge(const struct facts *facts)
{
    struct findings findings = { 0 };
    checks_judge(&arena, facts, &findings);
    return findings;
}

static const struct finding *find(const struct findings *findings, const char *check)
{
    for (size_t i = 0; i < findings->items.count; i++)
        if (strcmp(findings->items.items[i].check, check) == 0)
            return &findings->items.items[i];
    return NULL;
}

/* The one gap of this host is `check`, and what is said of it holds these words. */
static void only_gap(const struct facts *facts, const char *check, const char *detail, const char *remedy)
{
    struct findings findings = judge(facts);
    const struct finding *finding = find(&findings, check);
    CHECK_NAMED(findings.gaps == 1 && finding && !finding->ok, arena_printf(&arena, "%s is the only gap", check));
    if (!finding)
        return;
    if (!CHECK_NAMED(strstr(finding->detail, detail), arena_printf(&arena, "%s: '%s' is said", check, detail)))
        printf("# %s\n", finding->detail);
    if (!remedy)
        CHECK_NAMED(!finding->remedy, arena_printf(&arena, "%s has no remedy", check));
    else if (!CHECK_NAMED(finding->remedy && strstr(finding->remedy, remedy),
                          arena_printf(&arena, "%s: the remedy is '%s'", check, remedy)))
        printf("# %s\n", finding->remedy ? finding->remedy : "none");
}

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static void test_good(void)
{
    struct facts facts = good();
    struct findings findings = judge(&facts);
    CHECK(findings.gaps == 0 && findings.essential_gaps == 0);
    CHECK_TEXT(checks_verdict(&arena, &facts, &findings),
               "This host runs containers for the user ann, and nothing that a profile can ask for is missing");
    CHECK_NAMED(!find(&findings, "user-namespaces-of-users") && !find(&findings, "idmapped-mounts"),
                "what only root can have does not concern a user");

    facts.privileged = true;
    facts.caller = (struct caller){ .name = "root" };
    facts.user_namespace_of_users = 0;
    findings = judge(&facts);
    CHECK_NAMED(findings.gaps == 0 && !find(&findings, "subordinate-ids") && !find(&findings, "id-helpers"),
                "root needs neither subordinate ids nor helpers");
    CHECK(find(&findings, "user-namespaces-of-users") && find(&findings, "idmapped-mounts"));
}

static void test_kernel(void)
{
    struct facts facts = good();
    facts.major = 5;
    facts.minor = 13;
    only_gap(&facts, "kernel", "5.14", "newer kernel");
    struct findings findings = judge(&facts);
    CHECK(findings.essential_gaps == 1);
    CHECK_TEXT(checks_verdict(&arena, &facts, &findings), "This host cannot run containers for the user ann: kernel");

    facts = good();
    facts.probes[PROBE_CLONE3] = ENOSYS;
    facts.outer = "docker";
    only_gap(&facts, "clone3", "hidden by a system call filter", "docker run --security-opt seccomp=unconfined");

    facts = good();
    facts.landlock_abi = 0;
    only_gap(&facts, "landlock", "not in this kernel", "lsm=");
    facts.landlock_abi = 2;
    only_gap(
        &facts, "landlock",
        "ABI 2, which cannot deny truncating (ABI 3), keep to TCP ports (ABI 4), deny ioctl on devices (ABI 5), keep signals",
        "boot Linux 6.12");
    facts.landlock_abi = 5;
    only_gap(&facts, "landlock", "ABI 5, which cannot keep signals", "6.12");
    facts = good();
    facts.apparmor = false;
    only_gap(&facts, "label", "neither", "apparmor");
    facts.default_profile = ENOENT; /* does not concern a host without AppArmor */
    facts.selinux = true;
    CHECK(judge(&facts).gaps == 0);
    facts = good();
    facts.default_profile = ENOENT;
    only_gap(&facts, "cordon-default", "not loaded", "/apparmor.d/cordon-default");
}

/* All that is tried inside a user namespace fails with it, and is not said nineteen times. */
static void no_user_namespaces(struct facts *facts, int code)
{
    for (int i = PROBE_USER_NAMESPACE; i < PROBE_COUNT; i++)
        facts->probes[i] = code;
}

static void test_user_namespaces(void)
{
    struct facts facts = good();
    no_user_namespaces(&facts, EPERM);
    facts.unprivileged_userns_clone = 0;
    only_gap(&facts, "user-namespaces", "unprivileged_userns_clone is 0", "sysctl -w kernel.unprivileged_userns_clone=1");

    facts = good();
    no_user_namespaces(&facts, ENOSPC);
    facts.max_user_namespaces = 0;
    only_gap(&facts, "user-namespaces", "max_user_namespaces is 0", "sysctl -w user.max_user_namespaces=15000");

    facts = good();
    no_user_namespaces(&facts, EACCES);
    facts.apparmor_restrict = 1;
    only_gap(&facts, "user-namespaces", "AppArmor", "profile cordon /usr/bin/cordon flags=(unconfined) { userns, }");
    facts.userns_profile = "/etc/apparmor.d/cordon";
    only_gap(&facts, "user-namespaces", "AppArmor", "apparmor_parser -r /etc/apparmor.d/cordon");
    facts = good(); /* it is loaded */
    facts.apparmor_restrict = 1;
    facts.own_label = "cordon (unconfined)";
    struct findings found = judge(&facts);
    CHECK(found.gaps == 0 && strstr(find(&found, "user-namespaces")->detail, "as cordon (unconfined)"));

    facts = good();
    no_user_namespaces(&facts, EPERM);
    only_gap(&facts, "user-namespaces", "Operation not permitted", NULL);

    facts = good(); /* root is not restricted by what restricts users */
    facts.privileged = true;
    facts.user_namespace_of_users = EPERM;
    facts.unprivileged_userns_clone = 0;
    only_gap(&facts, "user-namespaces-of-users", "only root", "sysctl");
    struct findings findings = judge(&facts);
    CHECK(findings.essential_gaps == 0);
}

static void test_outer(void)
{
    struct facts facts = good();
    facts.probes[PROBE_PROC] = EPERM;
    facts.outer = "docker";
    only_gap(&facts, "proc", "parts of /proc are covered", "docker run --security-opt systempaths=unconfined");
    facts.outer = "podman";
    only_gap(&facts, "proc", "the container around cordon", "podman run --security-opt unmask=ALL");
    facts = good();
    facts.caller.uid = 0;
    struct findings findings = judge(&facts);
    CHECK(strstr(checks_verdict(&arena, &facts, &findings), "lacks root's capabilities"));
}

static void test_ids(void)
{
    struct facts facts = good();
    facts.subuids = facts.subgids = (struct id_block){ 0 };
    only_gap(&facts, "subordinate-ids", "/etc/subuid and /etc/subgid",
             "usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ann");
    facts.subuids = good().subuids;
    only_gap(&facts, "subordinate-ids", "in /etc/subgid", "usermod --add-subgids 165536-231071 ann");

    facts = good();
    facts.newuidmap = facts.newgidmap = HELPER_MISSING;
    only_gap(&facts, "id-helpers", "newuidmap is not installed", "apt-get install uidmap");
    facts = good();
    facts.newgidmap = HELPER_POWERLESS;
    only_gap(&facts, "id-helpers", "newgidmap has neither", "setcap cap_setgid=ep /usr/bin/newgidmap");
    facts = good();
    facts.no_new_privileges = true;
    only_gap(&facts, "id-helpers", "no_new_privs", "NoNewPrivileges");
}

static void test_cgroups(void)
{
    struct facts facts = good();
    facts.controllers[CONTROLLER_IO] = CONTROLLER_LEGACY;
    only_gap(&facts, "cgroup-io", "cgroup v1", "cgroup_no_v1=blkio");
    facts.controllers[CONTROLLER_IO] = CONTROLLER_UNDELEGATED;
    only_gap(&facts, "cgroup-io", "not delegated to this user", "Delegate=cpu cpuset io memory pids");
    facts = good();
    facts.controllers[CONTROLLER_MEMORY] = CONTROLLER_DISABLED;
    only_gap(&facts, "cgroup-memory", "turned off", "cgroup_disable=memory");
    facts.controllers[CONTROLLER_MEMORY] = CONTROLLER_UNKNOWN;
    only_gap(&facts, "cgroup-memory", "not in this kernel", "memory");

    facts = good();
    facts.cgroup_writable = false;
    only_gap(&facts, "cgroup", "no cgroup below /sys/fs/cgroup is this user's", "enable-linger ann");
    facts.privileged = true;
    facts.outer = "podman";
    only_gap(&facts, "cgroup", "cannot be written to", "unmask=/sys/fs/cgroup");
    facts = good();
    facts.cgroup_mount = NULL;
    only_gap(&facts, "cgroup", "no cgroup v2", "mount -t cgroup2 none /sys/fs/cgroup");
    facts.cgroup_v1 = true; /* what is there must not be covered */
    only_gap(&facts, "cgroup", "no cgroup v2", "mount -t cgroup2 none /sys/fs/cgroup/unified");
}

static void test_rest(void)
{
    struct facts facts = good();
    facts.core_pattern = "|/usr/share/apport/apport %p";
    only_gap(&facts, "core-files", "/usr/share/apport", "kernel.core_pattern=core");
    facts = good();
    facts.ptrace_scope = 3;
    only_gap(&facts, "ptrace", "nobody", "boot again");
}

/* --- a made-up root ----------------------------------------------------------------------------------------------- */

static char top[] = "/tmp/doctor-XXXXXX";

static void put(const char *path, const char *text)
{
    char *full = arena_printf(&arena, "%s%s", top, path);
    for (char *slash = full + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

static struct facts read_facts(bool privileged)
{
    struct facts facts = { .caller = { .uid = 1000, .name = "ann" }, .privileged = privileged };
    facts_read(&arena, top, &facts);
    return facts;
}

static void test_files(void)
{
    if (!CHECK(mkdtemp(top)))
        return;
    put("/proc/sys/user/max_user_namespaces", "0\n");
    put("/proc/sys/kernel/core_pattern", "|/bin/reporter\n");
    put("/sys/module/apparmor/parameters/enabled", "Y\n");
    put("/proc/self/attr/apparmor/current", "cordon (unconfined)\n");
    put("/.dockerenv", "");
    put("/etc/subuid", "bob:100000:65536\nann:300000:65536\n");
    put("/etc/subgid", "bob:100000:65536\n");
    put("/usr/bin/apt-get", "");
    put("/usr/bin/newuidmap", "");
    chmod(arena_printf(&arena, "%s/usr/bin/newuidmap", top), 0755);
    put("/proc/self/mountinfo",
        "30 1 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n31 30 0:27 / /sys/fs/cgroup/unified rw shared:2 - "
        "cgroup2 cgroup2 rw\n");
    put("/proc/self/cgroup", "4:memory:/a\n0::/job\n");
    put("/proc/cgroups",
        "#subsys_name hierarchy num_cgroups enabled\ncpu\t0\t1\t1\nmemory\t4\t19\t1\nblkio\t0\t1\t0\npids\t0\t1\t1\n");
    put("/sys/fs/cgroup/unified/cgroup.controllers", "cpu pids\n");
    put("/sys/fs/cgroup/unified/cgroup.procs", "");
    put("/sys/fs/cgroup/unified/job/cgroup.controllers", "pids\n");
    put("/sys/fs/cgroup/unified/job/cgroup.procs", "");

    struct facts facts = read_facts(false);
    CHECK(facts.max_user_namespaces == 0 && facts.unprivileged_userns_clone == -1);
    CHECK_TEXT(facts.core_pattern, "|/bin/reporter");
    CHECK(facts.apparmor && !facts.selinux);
    CHECK_TEXT(facts.own_label, "cordon (unconfined)");
    CHECK(!facts.userns_profile);
    CHECK_TEXT(facts.outer, "docker");
    CHECK(facts.subuids.start == 300000 && facts.subgids.count == 0 && facts.free_ids == 365536);
    CHECK(facts.newuidmap == HELPER_POWERLESS && facts.newgidmap == HELPER_MISSING);
    CHECK(begins(facts.install_helpers, "apt-get "));
    CHECK_TEXT(facts.cgroup_mount, "/sys/fs/cgroup/unified");
    CHECK_TEXT(facts.cgroup_home, "/job");
    CHECK(facts.cgroup_writable);
    CHECK(facts.controllers[CONTROLLER_PIDS] == CONTROLLER_GIVEN);
    CHECK(facts.controllers[CONTROLLER_CPU] == CONTROLLER_UNDELEGATED);
    CHECK(facts.controllers[CONTROLLER_MEMORY] == CONTROLLER_LEGACY);
    CHECK(facts.controllers[CONTROLLER_IO] == CONTROLLER_DISABLED);
    CHECK(facts.controllers[CONTROLLER_HUGETLB] == CONTROLLER_UNKNOWN);

    facts = read_facts(true);
    CHECK_TEXT(facts.cgroup_home, "");
    CHECK(facts.controllers[CONTROLLER_CPU] == CONTROLLER_GIVEN);

    put("/sys/fs/cgroup/unified/user.slice/user-1000.slice/user@1000.service/cgroup.controllers", "cpu\n");
    facts = read_facts(false);
    CHECK_TEXT(facts.cgroup_home, "/user.slice/user-1000.slice/user@1000.service");

    pid_t pid = fork();
    if (pid == 0)
        execlp("rm", "rm", "-rf", "--", top, (char *)NULL);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static bool is_key(const char *path)
{
    const struct form *form = &form_profile;
    char *words = arena_strdup(&arena, path), *word;
    while ((word = strsep(&words, "."))) {
        const struct row *row = form ? rows_get(form, word) : NULL;
        if (!row)
            return false;
        form = row->form;
    }
    return true;
}

static bool is_verb(const char *words) /* with the option that asks for it, or without */
{
    return verb_find(arena_strndup(&arena, words, strcspn(words, " ")));
}

static void test_words(void)
{
    struct facts facts = good();
    struct findings findings = judge(&facts);
    facts.privileged = true;
    facts.user_namespace_of_users = 0;
    struct findings more = judge(&facts);
    for (size_t i = 0; i < more.items.count; i++)
        *SLICE_PUSH(&arena, &findings.items) = more.items.items[i];
    for (size_t i = 0; i < findings.items.count; i++)
        for (const char *const *word = findings.items.items[i].needed_for; *word; word++)
            if (!is_verb(*word) && !is_key(*word))
                CHECK_NAMED(false, arena_printf(&arena, "%s is a verb or a key", *word));
    CHECK(is_key("resources.cpu.set") && !is_key("resources.cpus"));
}

int main(void)
{
    test_good();
    test_kernel();
    test_user_namespaces();
    test_outer();
    test_ids();
    test_cgroups();
    test_rest();
    test_files();
    test_words();
    arena_free(&arena);
    return tap_done();
}
