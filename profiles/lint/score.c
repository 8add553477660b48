#include "profiles/lint/score.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The published formula. Numbers of the rows below are judgements; what they are judged by is the record of the field: which
 * ways out were taken, and how often (attack cases and CVEs of the rules that name the same keys). */
const char score_formula[] = "exposure = 100 x (1 - product over the ways of (1 - gain x open)). A way is what an attacker "
                             "goes; gain is what it ends in (1: the "
                             "host, 0.7: other people's files, 0.5: services of the network, 0.3: the host is starved), open "
                             "is how far the profile leaves it "
                             "open, from 0 to 1. Steps of one way are multiplied, doors beside each other in one way are not "
                             "added: the widest counts; but of what reaches the "
                             "kernel each adds its part to what is still closed. So one way to the host that is wholly "
                             "open is 100, whatever else the profile closes.";

struct way {
    double open;
    const char *key, *because;
};

/* The widest of the doors. */
static void door(struct way *way, double open, const char *key, const char *because)
{
    if (key && open > way->open)
        *way = (struct way){ open, key, because };
}

/* Holes in the kernel add up: each call that is opened is one more piece of code. */
static void reach(struct way *way, double more, const char *key, const char *because)
{
    if (!key)
        return;
    way->open = 1 - (1 - way->open) * (1 - more);
    way->key = key;
    way->because = because;
}

static struct way kernel_code(struct subject *s)
{
    struct way way = { is(s, "syscalls.base", "strict") ? 0.05 : 0.10, said(s, "syscalls.base"),
                       "the calls of the filter's base set" };
    door(&way, 0.9, says(s, "syscalls.base", "none"), "no filter of system calls");
    door(&way, 0.9, says(s, "syscalls.on-deny", "log"), "a filter that lets through what it denies");
    if (way.open >= 0.9)
        return way;
    reach(&way, 0.03, any_call(s, "@ptrace"), "ptrace and its like");
    reach(&way, 0.05, call(s, "userfaultfd"), "userfaultfd");
    reach(&way, 0.08, any_call(s, "@keyring"), "the kernel's keys");
    reach(&way, 0.10, capability(s, CAP_NET_ADMIN), "nftables and netlink");
    reach(&way, 0.10, switched(s, ALLOW_PERF) ?: call(s, "perf_event_open"), "performance counters");
    reach(&way, 0.15, call(s, "fsconfig") ?: call(s, "mount"), "the calls that mount");
    reach(&way, 0.15, call_with(s, "socket", 0, AF_ALG), "the kernel's crypto sockets");
    reach(&way, 0.20, capability(s, CAP_BPF) ?: call(s, "bpf"), "bpf");
    reach(&way, 0.20, switched(s, ALLOW_IO_URING) ?: call(s, "io_uring_setup"), "io_uring");
    reach(&way, 0.25, switched(s, ALLOW_NESTED) ?: switched(s, ALLOW_SYSTEM) ?: call(s, "unshare") ?: call(s, "clone3"), "user namespaces");
    return way;
}

static struct way power(struct subject *s)
{
    struct way way = { 0 };
    const char *host = host_ids(s);
    const char *whole = capability(s, CAP_SYS_MODULE) ?: capability(s, CAP_SYS_RAWIO) ?: capability(s, CAP_SYS_ADMIN) ?: capability(s, CAP_MKNOD)
                        ?: capability(s, CAP_DAC_READ_SEARCH) ?: capability(s, CAP_SYS_PTRACE);
    door(&way, 0.15, capability(s, CAP_SYS_ADMIN), "cap-sys-admin, in a user namespace");
    door(&way, 0.10, says(s, "privileges.new-privileges", "true"), "set-id programs");
    if (!host)
        return way;
    door(&way, runs_as_root(s) ? 0.5 : 0.2, host, "the host's own ids");
    door(&way, 1.0, whole, "a capability that is root, with the host's own ids");
    return way;
}

static struct way doors(struct subject *s)
{
    struct way way = { 0 };
    door(&way, 1.0, shows_key(s, READ, ENGINE_SOCKETS " =/run =/var/run =/run/user =/run/user/[0-9]* =/"),
         "the socket of a container engine");
    door(&way, 0.9,
         shows_key(s, READ,
                   "/run/systemd/private =/run/systemd /run/user/*/systemd /run/user/*/bus =/run/user =/run/user/[0-9]*"),
         "a bus that starts programs outside");
    door(&way, 0.8, shows_key(s, READ, "/tmp/.X11-unix") ?: says(s, "desktop.x11", "true"), "an X server");
    door(&way, 0.8,
         lists(s, "desktop.dbus.talk", "=* =org.* org.freedesktop.systemd1* org.freedesktop.Flatpak =org.freedesktop.*"),
         "names that start programs outside");
    door(&way, 0.4, shows_key(s, READ, "/run/dbus /var/run/dbus"), "the system bus");
    door(&way, 0.2, shows_key(s, READ, "/run/user/*/pulse /run/user/*/wayland-* /run/user/*/pipewire-*"), "a desktop socket");
    return way;
}

static struct way written(struct subject *s)
{
    struct way way = { 0 };
    door(&way, 1.0,
         shows_key(s, WRITE, "=/ /etc /usr /bin /sbin /lib /lib64 /boot /root =/var =/var/lib /run/systemd /sys /proc"),
         "writes what the host runs");
    door(&way, 0.9,
         shows_key(s, WRITE,
                   "=~ =/home ~/.bashrc ~/.profile ~/.ssh ~/.config/autostart ~/.config/systemd ~/.local/bin =~/.config"),
         "writes what the next login runs");
    door(&way, 0.05, writable(s), "a folder of the host that it writes");
    return way;
}

static struct way hardware(struct subject *s)
{
    struct way way = { 0 };
    door(&way, 1.0,
         lists(s, "devices", "/dev/sd* /dev/vd* /dev/nvme* /dev/dm-* /dev/mapper /dev/mem /dev/kmem /dev/port =/dev/*"),
         "disks or memory");
    door(&way, 0.8, lists(s, "devices", "/dev/input /dev/uinput /dev/hidraw* /dev/tty[0-9]* /dev/vcs* /dev/console"),
         "keys or consoles");
    door(&way, 0.15, lists(s, "devices", "/dev/dri /dev/nvidia* /dev/kfd /dev/bus /dev/vfio"), "a large driver");
    door(&way, 0.1, switched(s, ALLOW_KVM) ?: lists(s, "devices", "/dev/kvm"), "the kernel's virtual machines");
    return way;
}

static struct way processes(struct subject *s)
{
    struct way way = { 0 };
    const char *seen = says(s, "isolate.pid", "inherit");
    door(&way, 0.3, seen, "processes of the host");
    door(&way, 1.0,
         seen && (host_ids(s) || capability(s, CAP_SYS_PTRACE) || says(s, "privileges.inspection", "true")) ? seen : NULL,
         "processes of the host, and the means to change them");
    return way;
}

static const char *secret_key(struct subject *s)
{
    return shows_key(
        s, READ,
        "=/ =/home =~ =/root =/etc ~/.ssh ~/.gnupg ~/.aws ~/.kube ~/.docker ~/.netrc ~/.mozilla ~/.config/google-chrome "
        "~/.password-store ~/.config/gcloud /etc/shadow /etc/ssl/private /etc/ssh /root/.ssh");
}

/* Two steps: something to read, and a way for it to leave. */
static struct way leaving(struct subject *s)
{
    struct way way = { 0 };
    const char *secret = secret_key(s);
    double out = !has_network(s)   ? 0
                 : egress_rules(s) ? 0.2
                                   : 1.0,
           worth = secret                    ? 1.0
                   : has_items(s, "secrets") ? 0.4
                   : s->shown.count          ? 0.15
                                             : 0;
    const char *key = secret ?: has_items(s, "secrets");
    if (!key && s->shown.count)
        key = s->shown.items[0].key;
    door(&way, out * worth, key,
         out > 0.5 ? "what it reads, with a network that goes anywhere" : "what it reads, with a network that is limited");
    door(&way, 0.3, secret, "keys or a home, which it reads");
    return way;
}

static struct way network(struct subject *s)
{
    struct way way = { 0 };
    door(&way, 1.0, says(s, "sockets.abstract", "true"), "abstract sockets of the host's services");
    door(&way, 0.6, says(s, "network.mode", "host"), "the host's own network and loopback");
    door(&way, 0.3, has_network(s) && !egress_rules(s) ? said(s, "network.mode") : NULL, "all that the host can route to");
    door(&way, 0.1, has_network(s) ? said(s, "network.mode") : NULL, "the peers of its egress list");
    return way;
}

static struct way starving(struct subject *s)
{
    if (said(s, "resources.memory") && said(s, "resources.processes"))
        return (struct way){ 0.05, "resources", "what its limits leave" };
    return (struct way){ is_service(s) ? 0.6 : 0.15, is_service(s) ?: "resources", "no limits of memory and processes" };
}

static const struct {
    char name[40];
    double gain;
} way_rows[SCORE_PATHS] = { { "a hole in the kernel", 1.0 },
                            { "power that was granted", 1.0 },
                            { "a door of the host", 1.0 },
                            { "files that are run outside", 1.0 },
                            { "hardware", 1.0 },
                            { "processes outside", 1.0 },
                            { "secrets that leave", 0.7 },
                            { "services of the network", 0.5 },
                            { "the host is starved", 0.3 } };

static int by_share(const void *a, const void *b)
{
    const struct score_path *x = a, *y = b;
    double left = x->gain * x->open, right = y->gain * y->open;
    return left < right ? 1 : left > right ? -1 : 0;
}

void score_profile(struct subject *s, struct score *ret)
{
    const struct way ways[SCORE_PATHS] = { kernel_code(s), power(s),   doors(s),   written(s), hardware(s),
                                           processes(s),   leaving(s), network(s), starving(s) };
    struct score score = { .profile = s->profile };
    double closed = 1;
    for (size_t i = 0; i < SCORE_PATHS; i++) {
        struct score_path *path = &score.paths[i];
        *path = (struct score_path){ way_rows[i].name, way_rows[i].gain, ways[i].open, ways[i].key, ways[i].because, { 0 } };
        if (path->open <= 0)
            path->name = NULL;
        if (path->key)
            path->at = spec_source(s->spec, path->key);
        closed *= 1 - path->gain * path->open;
    }
    qsort(score.paths, SCORE_PATHS, sizeof *score.paths, by_share);
    score.exposure = (int)(100 * (1 - closed) + 0.5);
    if (!ret->profile || score.exposure > ret->exposure)
        *ret = score;
}

/* --- kernels ------------------------------------------------------------------------------------------------------ */

static void need(struct kernel_need *list, size_t *count, size_t room, struct kernel_need need)
{
    if (need.key && *count < room)
        list[(*count)++] = need;
}

static int by_version(const void *a, const void *b)
{
    const struct kernel_need *x = a, *y = b;
    return (y->major - x->major) * 1000 + y->minor - x->minor;
}

static const char *mount_says(struct subject *s, const char *field, const char *value)
{
    for (size_t i = 0; i < s->spec->mounts.count; i++) {
        const char *key = says(s, arena_printf(s->arena, "mounts[%zu].%s", i, field), value);
        if (key)
            return key;
    }
    return NULL;
}

size_t score_kernel_needs(struct subject *s, struct kernel_need *ret, size_t room)
{
    size_t count = 0;
    need(ret, &count, room, (struct kernel_need){ 5, 14, "cordon", "what cordon itself needs (mount_setattr, cgroup.kill)" });
    need(ret, &count, room, (struct kernel_need){ 5, 12, mount_says(s, "owner", "map"), "mounts with mapped owners" });
    need(ret, &count, room,
         (struct kernel_need){ 5, 11, says(s, "root.write", "discard"), "an overlay inside a user namespace" });
    need(ret, &count, room,
         spec_optional(s->spec, "paths")
             ? (struct kernel_need){ 5, 13, said(s, "paths"), "Landlock" }
             : (struct kernel_need){ 6, 10, said(s, "paths"), "Landlock that denies truncating and ioctl" });
    need(ret, &count, room,
         (struct kernel_need){ 6, 12, says(s, "isolate.signals", "new"), "Landlock that scopes signals (ABI 6)" });
    need(ret, &count, room,
         (struct kernel_need){ 6, 12, says(s, "network.mode", "host") ? says(s, "sockets.abstract", "false") : NULL,
                               "Landlock that scopes abstract sockets (ABI 6)" });
    need(ret, &count, room, (struct kernel_need){ 5, 14, said(s, "resources.cpu.burst"), "cpu.max.burst" });
    need(ret, &count, room, (struct kernel_need){ 5, 19, says(s, "root.write", "keep"), "idmapped layers of an overlay" });
    need(ret, &count, room, (struct kernel_need){ 5, 6, says(s, "isolate.time", "new"), "time namespaces" });
    qsort(ret, count, sizeof *ret, by_version);
    return count;
}
