#include "plan/allow.h"

#include "plan/plan-syscalls.h"
#include "plan/syscall-groups.h"
#include "plan/syscall-rules.h"
#include "tap.h"

#include <linux/capability.h>

static struct arena arena;

static bool opening_exists(const char *word)
{
    for (size_t i = 0; i < syscall_opening_count; i++)
        if (strcmp(syscall_openings[i].name, word) == 0)
            return true;
    return *word == '@' ? syscall_group_find(word) != NULL : syscall_find(word, strlen(word)) >= 0;
}

/* Each row is filled, names what exists, and has an effect. */
static void test_rows(void)
{
    for (int i = 0; i < ALLOW_COUNT; i++) {
        const struct allow_bundle *bundle = &allow_bundles[i];
        bool known = true;
        for (const char *const *word = bundle->calls; word && *word; word++)
            known = known && opening_exists(*word);
        CHECK_NAMED(known, allow_names[i]);
        CHECK_NAMED(bundle->reason && bundle->reason[0], allow_names[i]);
        CHECK_NAMED(bundle->capabilities || bundle->calls || bundle->devices || bundle->sysctl, allow_names[i]);
        CHECK_NAMED(!bundle->sysctl == !bundle->sysctl_value, allow_names[i]);
        CHECK_NAMED(bundle->capabilities >> (CAP_LAST_CAP + 1) == 0, allow_names[i]);
    }
}

static void test_capabilities(void)
{
    struct spec *spec = spec_new(&arena);
    CHECK(allow_capabilities(spec) == 0);
    spec->privileges.capabilities = UINT64_C(1) << CAP_NET_BIND_SERVICE;
    spec->privileges.allow = 1U << ALLOW_RAW_SOCKETS | 1U << ALLOW_IO_URING;
    CHECK(allow_capabilities(spec) == (UINT64_C(1) << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_NET_RAW));
    CHECK(spec->privileges.capabilities == UINT64_C(1) << CAP_NET_BIND_SERVICE);
    /* A switch that brings a capability opens its own calls, not all of the capability's. */
    spec->privileges.allow = 1U << ALLOW_SET_HOSTNAME;
    CHECK(plan_filter_opens(spec, "sethostname") && !plan_filter_opens(spec, "mount") && !plan_filter_opens(spec, "bpf"));
    /* root is no way to what docker's root has not got either. */
    spec->privileges.allow = 1U << ALLOW_ROOT;
    uint64_t root = allow_capabilities(spec);
    CHECK(!(root >> CAP_SYS_ADMIN & 1) && !(root >> CAP_MKNOD & 1) && !(root >> CAP_NET_RAW & 1) &&
          !(root >> CAP_SYS_PTRACE & 1));
    CHECK(!plan_filter_opens(spec, "mount") && plan_filter_opens(spec, "chroot") && plan_filter_opens(spec, "setuid"));
}

static void test_ping_groups(void)
{
    static const struct id_range whole[] = { { 0, 100000, 65536 } };
    static const struct id_range single[] = { { 1000, 1000, 1 } };
    static const struct id_range caller_below[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
    static const struct id_range keep[] = { { 0, 100000, 1000 }, { 1000, 1000, 1 }, { 1001, 101000, 64536 } };
    CHECK_TEXT(allow_ping_groups(&arena, whole, 1), "0 65535");
    CHECK_TEXT(allow_ping_groups(&arena, single, 1), "1000 1000");
    CHECK_TEXT(allow_ping_groups(&arena, caller_below, 2), "0 65536");
    CHECK_TEXT(allow_ping_groups(&arena, keep, 3), "1000 65536"); /* 1000 is the lowest outside */
}

int main(void)
{
    test_rows();
    test_capabilities();
    test_ping_groups();
    arena_free(&arena);
    return tap_done();
}
