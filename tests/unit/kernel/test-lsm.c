/* How labels are read, and to what they are never written. That the kernel sets them: tests/integration/labels.bats. */
#include "kernel/lsm.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char top[] = "/tmp/lsm-XXXXXX";

static void test_confines(void)
{
    CHECK(lsm_confines("web (enforce)"));
    CHECK(lsm_confines("web (kill)"));
    CHECK(lsm_confines("/usr/bin/my prog (enforce)"));
    CHECK(lsm_confines("a//&b (mixed)"));
    CHECK(lsm_confines("system_u:system_r:container_t:s0"));
    CHECK(!lsm_confines("unconfined"));
    CHECK(!lsm_confines("cordon (unconfined)"));
    CHECK(!lsm_confines("web (complain)"));
}

static void test_apparmor(void)
{
    CHECK(lsm_holds(LSM_APPARMOR, "web (enforce)", "web"));
    CHECK(lsm_holds(LSM_APPARMOR, "unconfined", "unconfined"));
    CHECK(lsm_holds(LSM_APPARMOR, "web//worker (enforce)", "web//worker"));
    CHECK(lsm_holds(LSM_APPARMOR, "session//&web (enforce)", "web"));
    CHECK(lsm_holds(LSM_APPARMOR, "web//&session (enforce)", "&web"));
    CHECK(lsm_holds(LSM_APPARMOR, "a//&b//&c (mixed)", "c//&a"));
    CHECK(lsm_holds(LSM_APPARMOR, "my prog (enforce)", "my prog"));
    CHECK(!lsm_holds(LSM_APPARMOR, "webs (enforce)", "web"));
    CHECK(!lsm_holds(LSM_APPARMOR, "exec web", "web"));
    CHECK(!lsm_holds(LSM_APPARMOR, "a//&b (enforce)", "a//&c"));
    CHECK(!lsm_holds(LSM_APPARMOR, "", "web"));
    CHECK(!lsm_holds(LSM_APPARMOR, "unconfined", "web"));
}

static void test_selinux(void)
{
    static const char asked[] = "system_u:system_r:container_t:s0-s0:c1";
    CHECK(lsm_holds(LSM_SELINUX, "system_u:system_r:container_t:s0:c1", asked)); /* as the kernel writes levels */
    CHECK(lsm_holds(LSM_SELINUX, "system_u:system_r:container_t", "system_u:system_r:container_t"));
    CHECK(!lsm_holds(LSM_SELINUX, "system_u:system_r:container_tt:s0", asked));
    CHECK(!lsm_holds(LSM_SELINUX, "system_u:system_r:init_t:s0", asked));
    CHECK(!lsm_holds(LSM_SELINUX, "", asked));
}

static int folder(const char *path)
{
    return open(arena_printf(&arena, "%s/%s", top, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void test_files(void)
{
    static const char *const folders[] = { "thread-self", "thread-self/attr", "thread-self/attr/apparmor" };
    if (!CHECK(mkdtemp(top)))
        return;
    for (size_t i = 0; i < 3; i++)
        mkdir(arena_printf(&arena, "%s/%s", top, folders[i]), 0755);
    const char *current = arena_printf(&arena, "%s/thread-self/attr/apparmor/current", top);
    const char *exec = arena_printf(&arena, "%s/thread-self/attr/apparmor/exec", top);
    FILE *file = fopen(current, "w");
    if (!CHECK(file))
        return;
    fputs("web (enforce)\n", file);
    fclose(file);
    fclose(fopen(exec, "w"));

    struct error err = { 0 };
    struct stat st;
    int process = folder("thread-self"), proc = folder("");
    CHECK_TEXT(lsm_label(process, LSM_APPARMOR, &arena), "web (enforce)");
    CHECK(!lsm_label(process, LSM_SELINUX, &arena) || access("/sys/fs/selinux/enforce", F_OK) == 0);
    CHECK(!lsm_label(proc, LSM_APPARMOR, &arena));

    CHECK_NAMED(lsm_label_exec(proc, LSM_APPARMOR, "web", false, &err) < 0 && strstr(err.message, "mounted over"),
                "what is no procfs takes no label");
    CHECK(stat(exec, &st) == 0 && st.st_size == 0);
    error_fini(&err);
    char *longer = arena_alloc(&arena, 5000);
    memset(longer, 'x', 4999);
    CHECK(lsm_label_exec(proc, LSM_APPARMOR, longer, false, &err) < 0 && strstr(err.message, "longer"));
    error_fini(&err);
    close(process);
    close(proc);
    unlink(current);
    unlink(exec);
    for (size_t i = 3; i-- > 0;)
        rmdir(arena_printf(&arena, "%s/%s", top, folders[i]));
    rmdir(top);
}

int main(void)
{
    test_confines();
    test_apparmor();
    test_selinux();
    test_files();
    arena_free(&arena);
    return tap_done();
}
