#include "plan/allow.h"

#include <linux/capability.h>
#include <stddef.h>

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define LIST(...)                                                                                                              \
    (const char *const[]) { __VA_ARGS__, NULL }

const struct allow_bundle allow_bundles[ALLOW_COUNT] = {
    [ALLOW_PING] = {
        .sysctl = "net.ipv4.ping_group_range", .sysctl_value = "0 2147483647", .needs_own_network = true,
        .reason = "every group may open ICMP echo sockets",
    },
    [ALLOW_LOW_PORTS] = {
        .sysctl = "net.ipv4.ip_unprivileged_port_start", .sysctl_value = "0", .needs_own_network = true,
        .reason = "ports below 1024 need no capability",
    },
    [ALLOW_RAW_SOCKETS] = {
        .capabilities = CAP(NET_RAW), .calls = LIST("socket:raw"), .needs_own_network = true,
        .reason = "raw IP and packet sockets on its own network",
    },
    [ALLOW_SYSV_IPC] = {
        .calls = LIST("@sysv-ipc"),
        .reason = "System V shared memory, semaphores and queues, also in a shared namespace and under the strict set",
    },
    [ALLOW_MLOCK] = {
        .capabilities = CAP(IPC_LOCK), .calls = LIST("@memlock"), .needs_host_ids = true,
        .reason = "any amount of memory may be kept from being swapped out; up to limits.memlock needs no switch",
    },
    [ALLOW_CHOWN] = {
        .capabilities = CAP(CHOWN) | CAP(FOWNER) | CAP(FSETID), .calls = LIST("@chown"),
        .reason = "files may be given to any user of the container, and anyone's modes and times changed",
    },
    [ALLOW_CHANGE_USER] = {
        .capabilities = CAP(SETUID) | CAP(SETGID) | CAP(KILL), .calls = LIST("@setuid"),
        .reason = "a program may become any user of the container, as daemons do when they give up root, and signal any",
    },
    [ALLOW_ROOT] = {
        .capabilities = CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(KILL) | CAP(SETGID) | CAP(SETUID) |
                        CAP(SETPCAP) | CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT) | CAP(AUDIT_WRITE) | CAP(SETFCAP),
        .calls = LIST("@chown", "@setuid", "chroot", "socket:audit"),
        .reason = "root of the container may what package managers and daemons expect, to its own files and processes",
    },
    [ALLOW_SYSTEM] = {
        .capabilities = CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | CAP(FSETID) | CAP(KILL) |
                        CAP(SETGID) | CAP(SETUID) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) | CAP(NET_ADMIN) | CAP(NET_RAW) |
                        CAP(SYS_CHROOT) | CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | CAP(SYS_RESOURCE) | CAP(SYS_BOOT) |
                        CAP(AUDIT_WRITE) | CAP(SETFCAP),
        .calls = LIST("@chown", "@setuid", "@mount", "@namespaces", "clone", "@hostname", "@handles", "@ptrace", "@keyring",
                      "reboot", "vhangup", "fanotify_init", "fanotify_mark", "socket:netlink", "socket:raw"),
        .needs_own_hostname = true, .needs_own_ids = true,
        .reason = "an init such as systemd mounts, makes namespaces and stops the container",
    },
    [ALLOW_NESTED] = {
        /* Without it root of the container could not make a user namespace that has a root (user_namespaces(7), since 5.12). */
        .capabilities = CAP(SETFCAP),
        .calls = LIST("@mount", "@namespaces", "clone", "@hostname"), .bares_proc = true,
        .reason = "containers inside: user namespaces, and mounts within them; the kernel's code for both can be reached",
    },
    [ALLOW_DEBUG] = {
        .calls = LIST("@ptrace", "personality"),
        .reason = "debuggers may look into and change the other processes of the container, and turn off address randomisation",
    },
    [ALLOW_FUSE] = {
        .capabilities = CAP(SYS_ADMIN), .calls = LIST("mount:new", "umount", "umount2"), .devices = LIST("/dev/fuse"), .needs_own_ids = true,
        .reason = "file systems made by programs may be mounted, and unmounted again; what cordon mounted stays",
    },
    [ALLOW_KVM] = {
        .devices = LIST("/dev/kvm"),
        .reason = "virtual machines with the processor's help",
    },
    [ALLOW_IO_URING] = {
        .calls = LIST("@io-uring"),
        .gate = "io_uring_disabled", .gate_probe = PROBE_IO_URING, /* Linux 6.6 */
        .reason = "io_uring, whose operations no filter sees: rules for reading, writing, opening and sockets do not reach them",
    },
    [ALLOW_PERF] = {
        .calls = LIST("perf_event_open"),
        .gate = "perf_event_paranoid", .gate_open = 2, .gate_probe = PROBE_PERF,
        .reason = "performance counters, as far as kernel.perf_event_paranoid lets an ordinary user",
    },
    [ALLOW_SET_HOSTNAME] = {
        .capabilities = CAP(SYS_ADMIN), .calls = LIST("@hostname"), .needs_own_hostname = true, .needs_own_ids = true,
        .reason = "root of the container may change its host name",
    },
    [ALLOW_MOUNT_TMPFS] = {
        .capabilities = CAP(SYS_ADMIN), .calls = LIST("mount:new"), .needs_own_ids = true,
        .reason = "new file systems may be mounted, of all kinds that a user namespace may; what is mounted stays",
    },
    [ALLOW_MOUNT_BIND] = {
        .capabilities = CAP(SYS_ADMIN), .calls = LIST("mount:new", "mount:bind", "umount", "umount2"), .needs_own_ids = true,
        .reason = "also binds and unmounting, of what was mounted inside: what cordon mounted stays",
    },
    [ALLOW_REALTIME] = {
        .calls = LIST("sched_setattr", "sched_setparam", "sched_setscheduler"),
        .reason = "realtime scheduling: such a program can keep a processor from all others",
    },
};

char *allow_ping_groups(struct arena *arena, const struct id_range *ranges, size_t count)
{
    uint64_t low = UINT64_MAX, high = 0;
    uint32_t low_inside = 0, high_inside = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t first = ranges[i].outside, last = first + ranges[i].count - 1;
        if (ranges[i].count == 0)
            continue;
        if (first < low) {
            low = first;
            low_inside = ranges[i].inside;
        }
        if (last >= high) {
            high = last;
            high_inside = ranges[i].inside + ranges[i].count - 1;
        }
    }
    return arena_printf(arena, "%u %u", low_inside, high_inside);
}

uint64_t allow_capabilities(const struct spec *spec)
{
    uint64_t capabilities = spec->privileges.capabilities;
    for (int i = 0; i < ALLOW_COUNT; i++)
        if (spec->privileges.allow >> i & 1)
            capabilities |= allow_bundles[i].capabilities;
    return capabilities;
}
