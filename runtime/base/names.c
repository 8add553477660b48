#include "base/names.h"

#include <linux/mount.h>
#include <linux/sched.h>

const struct name_bit namespace_names[] = {
    { "user", CLONE_NEWUSER }, { "mount", CLONE_NEWNS },   { "pid", CLONE_NEWPID },   { "network", CLONE_NEWNET }, { "ipc", CLONE_NEWIPC },
    { "hostname", CLONE_NEWUTS }, { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME }, { 0 },
};

const struct name_bit mount_attribute_names[] = {
    { "ro", MOUNT_ATTR_RDONLY }, { "nosuid", MOUNT_ATTR_NOSUID }, { "nodev", MOUNT_ATTR_NODEV }, { "noexec", MOUNT_ATTR_NOEXEC }, { 0 },
};

const struct name_bit capability_names[] = {
    { "chown", UINT64_C(1) << 0 }, { "dac-override", UINT64_C(1) << 1 }, { "dac-read-search", UINT64_C(1) << 2 },
    { "fowner", UINT64_C(1) << 3 }, { "fsetid", UINT64_C(1) << 4 }, { "kill", UINT64_C(1) << 5 },
    { "setgid", UINT64_C(1) << 6 }, { "setuid", UINT64_C(1) << 7 }, { "setpcap", UINT64_C(1) << 8 },
    { "linux-immutable", UINT64_C(1) << 9 }, { "net-bind-service", UINT64_C(1) << 10 },
    { "net-broadcast", UINT64_C(1) << 11 }, { "net-admin", UINT64_C(1) << 12 }, { "net-raw", UINT64_C(1) << 13 },
    { "ipc-lock", UINT64_C(1) << 14 }, { "ipc-owner", UINT64_C(1) << 15 }, { "sys-module", UINT64_C(1) << 16 },
    { "sys-rawio", UINT64_C(1) << 17 }, { "sys-chroot", UINT64_C(1) << 18 }, { "sys-ptrace", UINT64_C(1) << 19 },
    { "sys-pacct", UINT64_C(1) << 20 }, { "sys-admin", UINT64_C(1) << 21 }, { "sys-boot", UINT64_C(1) << 22 },
    { "sys-nice", UINT64_C(1) << 23 }, { "sys-resource", UINT64_C(1) << 24 }, { "sys-time", UINT64_C(1) << 25 },
    { "sys-tty-config", UINT64_C(1) << 26 }, { "mknod", UINT64_C(1) << 27 }, { "lease", UINT64_C(1) << 28 },
    { "audit-write", UINT64_C(1) << 29 }, { "audit-control", UINT64_C(1) << 30 }, { "setfcap", UINT64_C(1) << 31 },
    { "mac-override", UINT64_C(1) << 32 }, { "mac-admin", UINT64_C(1) << 33 }, { "syslog", UINT64_C(1) << 34 },
    { "wake-alarm", UINT64_C(1) << 35 }, { "block-suspend", UINT64_C(1) << 36 }, { "audit-read", UINT64_C(1) << 37 },
    { "perfmon", UINT64_C(1) << 38 }, { "bpf", UINT64_C(1) << 39 }, { "checkpoint-restore", UINT64_C(1) << 40 }, { 0 },
};

char *names_join(struct arena *arena, const struct name_bit *table, uint64_t bits, const char *between)
{
    char *text = arena_strdup(arena, "");
    for (; table->name; table++) {
        if ((bits & table->bit) != table->bit)
            continue;
        text = arena_printf(arena, "%s%s%s", text, *text ? between : "", table->name);
        bits &= ~table->bit;
    }
    return bits ? arena_printf(arena, "%s%s0x%llx", text, *text ? between : "", (unsigned long long)bits) : text;
}
