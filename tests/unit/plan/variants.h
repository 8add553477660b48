/* Specs that use every part of the language of filters, for the tests that want many. */
#pragma once
#include "spec/spec.h"

#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct variant_rule {
    const char *name;
    unsigned arg_count;
    struct syscall_compare args[3];
};

struct variant {
    const char *name;
    enum syscall_base base;
    enum on_deny on_deny;
    uint64_t capabilities;
    uint32_t allow_switches;
    bool inspection, share_ipc;
    struct variant_rule allow[3], deny[3];
    const char *architectures[3];
};

#define ON(name) (1U << ALLOW_##name)
#define HAS(name) (UINT64_C(1) << CAP_##name)
/* Of braces in a macro clang-format makes a block of four lines. */
/* clang-format off */
#define ARG(index, op, value) { index, COMPARE_##op, value, 0 }
#define ARG_MASKED(index, mask, value) { index, COMPARE_MASKED, value, mask }
/* clang-format on */

static const struct variant variants[] = {
    { "default" },
    { "strict", .base = SYSCALLS_STRICT },
    { "none", .base = SYSCALLS_NONE },
    { "default, kill", .on_deny = DENY_KILL },
    { "default, log", .on_deny = DENY_LOG },
    { "none, kill", .base = SYSCALLS_NONE, .on_deny = DENY_KILL },
    { "strict, log", .base = SYSCALLS_STRICT, .on_deny = DENY_LOG },
    { "inspection", .inspection = true },
    { "none, inspection", .base = SYSCALLS_NONE, .inspection = true },
    { "shared ipc", .share_ipc = true },
    { "shared ipc, sysv-ipc", .share_ipc = true, .allow_switches = ON(SYSV_IPC) },
    { "strict, every switch", .base = SYSCALLS_STRICT, .allow_switches = (1U << ALLOW_COUNT) - 1 },
    { "default, every switch", .allow_switches = (1U << ALLOW_COUNT) - 1 },
    { "every capability", .capabilities = UINT64_MAX },
    { "strict, every capability", .base = SYSCALLS_STRICT, .capabilities = UINT64_MAX },
    { "nested", .allow_switches = ON(NESTED) },
    { "mount-tmpfs", .allow_switches = ON(MOUNT_TMPFS) },
    { "mount-bind", .allow_switches = ON(MOUNT_BIND) },
    { "raw-sockets", .allow_switches = ON(RAW_SOCKETS) },
    { "strict, raw-sockets", .base = SYSCALLS_STRICT, .allow_switches = ON(RAW_SOCKETS) },
    { "net-admin", .capabilities = HAS(NET_ADMIN) },
    { "x86", .architectures = { "native", "x86" } },
    { "x32", .architectures = { "native", "x32" } },
    { "x86 and x32", .architectures = { "x32", "native", "x86" } },
    { "strict, x86 and x32", .base = SYSCALLS_STRICT, .architectures = { "x86", "x32", "native" } },
    { "none, x86", .base = SYSCALLS_NONE, .architectures = { "native", "x86" } },
    { "none, x86, no sockets", .base = SYSCALLS_NONE, .architectures = { "native", "x86" }, .deny = { { "@network-io" } } },
    { "allow a group", .allow = { { "@io-uring" }, { "quotactl" } } },
    { "allow vsock", .allow = { { "socket", 1, { ARG(0, EQ, AF_VSOCK) } } } },
    { "allow all sockets", .allow = { { "socket" }, { "socketpair" } } },
    { "deny inet", .deny = { { "socket", 1, { ARG(0, EQ, AF_INET) } } } },
    { "deny stream of inet", .deny = { { "socket", 2, { ARG(0, EQ, AF_INET), ARG_MASKED(1, 15, SOCK_STREAM) } } } },
    { "allow ioctl", .base = SYSCALLS_STRICT, .allow = { { "ioctl" } } },
    { "deny TIOCGWINSZ", .deny = { { "ioctl", 1, { ARG(1, EQ, TIOCGWINSZ) } } } },
    { "deny big writes",
      .deny = { { "write", 1, { ARG(2, GT, 0x1234567890) } }, { "read", 1, { ARG(2, GE, 0x1234567890) } } } },
    { "deny small writes", .deny = { { "write", 1, { ARG(2, LT, 0x100000000) } }, { "read", 1, { ARG(2, LE, 0xffffffff) } } } },
    { "deny all but one", .deny = { { "write", 1, { ARG(2, NE, 0x500000005) } }, { "dup", 1, { ARG(0, NE, 7) } } } },
    { "deny a mask", .deny = { { "mmap", 2, { ARG_MASKED(2, 6, 6), ARG(5, LE, 1ULL << 40) } } } },
    { "deny beats allow", .allow = { { "bpf" }, { "mount" } }, .deny = { { "bpf" }, { "mount", 1, { ARG(3, GE, 1) } } } },
    { "deny a group, kill", .on_deny = DENY_KILL, .deny = { { "@file-system" }, { "clone3" } } },
    { "deny compared, log", .on_deny = DENY_LOG, .deny = { { "kill", 2, { ARG(0, LE, 1), ARG(1, GT, 9) } } } },
    { "deny a compared group",
      .deny = { { "@file-system", 3, { ARG(0, NE, 3), ARG(1, GE, 77), ARG_MASKED(2, 0xf0, 0x50) } } } },
    { "none, deny", .base = SYSCALLS_NONE, .deny = { { "personality" }, { "openat", 1, { ARG_MASKED(2, 0x40, 0x40) } } } },
};

static inline void add_variant_rule(struct arena *arena, struct syscalls *syscalls, const struct variant_rule *from, bool deny)
{
    struct syscall_rule *rule = deny ? SLICE_PUSH(arena, &syscalls->deny) : SLICE_PUSH(arena, &syscalls->allow);
    rule->name = from->name;
    for (unsigned i = 0; i < from->arg_count; i++)
        *SLICE_PUSH(arena, &rule->args) = from->args[i];
}

static inline struct spec *variant_spec(struct arena *arena, const struct variant *variant)
{
    struct spec *spec = spec_new(arena);
    spec->isolate.ipc = !variant->share_ipc;
    spec->privileges.capabilities = variant->capabilities;
    spec->privileges.allow = variant->allow_switches;
    spec->privileges.inspection = variant->inspection;
    spec->syscalls.base = variant->base;
    spec->syscalls.on_deny = variant->on_deny;
    for (int i = 0; i < 3; i++) {
        if (variant->allow[i].name)
            add_variant_rule(arena, &spec->syscalls, &variant->allow[i], false);
        if (variant->deny[i].name)
            add_variant_rule(arena, &spec->syscalls, &variant->deny[i], true);
        if (variant->architectures[i])
            *SLICE_PUSH(arena, &spec->syscalls.architectures) = arena_strdup(arena, variant->architectures[i]);
    }
    return spec;
}
