#include "base/names.h"

#include <linux/mount.h>
#include <linux/sched.h>

const struct name_bit namespace_names[] = {
    { "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },  { "pid", CLONE_NEWPID },
    { "network", CLONE_NEWNET },   { "ipc", CLONE_NEWIPC },   { "hostname", CLONE_NEWUTS },
    { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME }, { 0 },
};

const struct name_bit mount_attribute_names[] = {
    { "ro", MOUNT_ATTR_RDONLY },
    { "nosuid", MOUNT_ATTR_NOSUID },
    { "nodev", MOUNT_ATTR_NODEV },
    { "noexec", MOUNT_ATTR_NOEXEC },
    { 0 },
};

const char *const capability_names[CAPABILITY_COUNT] = {
    "chown",
    "dac-override",
    "dac-read-search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux-immutable",
    "net-bind-service",
    "net-broadcast",
    "net-admin",
    "net-raw",
    "ipc-lock",
    "ipc-owner",
    "sys-module",
    "sys-rawio",
    "sys-chroot",
    "sys-ptrace",
    "sys-pacct",
    "sys-admin",
    "sys-boot",
    "sys-nice",
    "sys-resource",
    "sys-time",
    "sys-tty-config",
    "mknod",
    "lease",
    "audit-write",
    "audit-control",
    "setfcap",
    "mac-override",
    "mac-admin",
    "syslog",
    "wake-alarm",
    "block-suspend",
    "audit-read",
    "perfmon",
    "bpf",
    "checkpoint-restore",
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
