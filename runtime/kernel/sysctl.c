#include "kernel/sysctl.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first row that a name begins with decides; one without '.' at its end is the whole name. `numbers`: how many of them, 0:
 * the kernel alone judges the value. What only looks like a namespace's setting stands before the folder that it is in: the
 * kernel shows those to a new network namespace read-only, or lets them act on all. */
static const struct sysctl {
    const char *name;
    enum sysctl_owner owner;
    unsigned numbers;
    uint64_t most;
    const char *is;
} table[] = {
    { "kernel.domainname", SYSCTL_DOMAIN_NAME, 0, 0, NULL },
    { "user.max_", SYSCTL_USER, 1, INT32_MAX, "a number" },
    { "kernel.sem", SYSCTL_IPC, 4, INT32_MAX, "four numbers, such as 250 32000 32 128" },
    { "kernel.shmmax", SYSCTL_IPC, 1, UINT64_MAX, "a number of bytes" },
    { "kernel.shmall", SYSCTL_IPC, 1, UINT64_MAX, "a number of pages" },
    { "kernel.shmmni", SYSCTL_IPC, 1, 1 << 24, "a number up to 16777216" },
    { "kernel.shm_rmid_forced", SYSCTL_IPC, 1, 1, "0 or 1" },
    { "kernel.msgmax", SYSCTL_IPC, 1, INT32_MAX, "a number of bytes" },
    { "kernel.msgmnb", SYSCTL_IPC, 1, INT32_MAX, "a number of bytes" },
    { "kernel.msgmni", SYSCTL_IPC, 1, 1 << 24, "a number up to 16777216" },
    { "fs.mqueue.", SYSCTL_IPC, 1, INT32_MAX, "a number" },
    { "net.core.somaxconn", SYSCTL_NETWORK, 1, INT32_MAX, "a number" },
    { "net.core.optmem_max", SYSCTL_NETWORK, 1, INT32_MAX, "a number of bytes" },
    { "net.core.txrehash", SYSCTL_NETWORK, 1, 1, "0 or 1" },
    { "net.core.xfrm_", SYSCTL_NETWORK, 1, INT32_MAX, "a number" },
    { "net.ipv4.tcp_mem", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.udp_mem", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.tcp_max_orphans", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.tcp_low_latency", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.tcp_available_congestion_control", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.tcp_available_ulp", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.inet_peer_", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.ipfrag_secret_interval", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.route.", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv4.ip_forward", SYSCTL_NETWORK, 1, 1, "0 or 1" },
    { "net.ipv4.ip_local_port_range", SYSCTL_NETWORK, 2, UINT16_MAX, "two ports, such as 32768 60999" },
    { "net.ipv4.ip_unprivileged_port_start", SYSCTL_NETWORK, 1, UINT16_MAX, "a number from 0 to 65535" },
    { "net.ipv4.ping_group_range", SYSCTL_NETWORK, 2, INT32_MAX, "two group ids, such as 0 65535" },
    { "net.ipv4.tcp_rmem", SYSCTL_NETWORK, 3, INT32_MAX, "three numbers, such as 4096 131072 6291456" },
    { "net.ipv4.tcp_wmem", SYSCTL_NETWORK, 3, INT32_MAX, "three numbers, such as 4096 16384 4194304" },
    { "net.ipv4.", SYSCTL_NETWORK, 0, 0, NULL },
    { "net.ipv6.route.", SYSCTL_NETWORK, 1, INT32_MAX, "a number" },
    { "net.ipv6.mld_max_msf", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv6.ip6frag_secret_interval", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.ipv6.", SYSCTL_NETWORK, 0, 0, NULL },
    { "net.netfilter.nf_conntrack_max", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.netfilter.nf_conntrack_buckets", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.netfilter.nf_log.", SYSCTL_MACHINE, 0, 0, NULL },
    { "net.netfilter.nf_conntrack_", SYSCTL_NETWORK, 1, INT32_MAX, "a number" },
    { "net.unix.max_dgram_qlen", SYSCTL_NETWORK, 1, INT32_MAX, "a number" },
    { "net.mptcp.", SYSCTL_NETWORK, 0, 0, NULL },
    { "net.sctp.", SYSCTL_NETWORK, 0, 0, NULL },
};

/* sysctl(8): whichever of the two comes first separates, and the other stands for itself in it. */
static bool slashes_separate(const char *name) { return name[strcspn(name, "./")] == '/'; }

/* With dots as separators, and a '/' for each dot in a part of the name. */
static bool dotted(const char *name, char text[128])
{
    bool swap = slashes_separate(name);
    size_t length = strlen(name);
    if (length >= 128)
        return false;
    for (size_t i = 0; i <= length; i++)
        text[i] = (char)(swap && name[i] == '/' ? '.' : swap && name[i] == '.' ? '/' : name[i]);
    return true;
}

static const struct sysctl *find(const char *name)
{
    char text[128];
    if (!dotted(name, text) || !*text || text[strlen(text) - 1] == '.' || strstr(text, "..") || strstr(text, "//"))
        return NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t length = strlen(table[i].name);
        bool prefix = strchr("._", table[i].name[length - 1]);
        if (strncmp(text, table[i].name, length) == 0 && (prefix ? text[length] != '\0' : text[length] == '\0'))
            return &table[i];
    }
    return NULL;
}

bool sysctl_is_same(const char *name, const char *other)
{
    char text[2][128];
    return dotted(name, text[0]) && dotted(other, text[1]) && strcmp(text[0], text[1]) == 0;
}

enum sysctl_owner sysctl_owner(const char *name)
{
    const struct sysctl *row = find(name);
    return row ? row->owner : SYSCTL_MACHINE;
}

const char *sysctl_wants(const char *name, const char *value)
{
    const struct sysctl *row = find(name);
    unsigned count = 0;
    if (!row || !row->numbers)
        return *value ? NULL : "a value";
    for (const char *at = value; *(at += strspn(at, " ")); count++) {
        char number[24];
        uint64_t parsed;
        size_t length = strcspn(at, " ");
        if (length >= sizeof number)
            return row->is;
        memcpy(number, at, length);
        number[length] = '\0';
        if (!text_number(number, row->most, &parsed))
            return row->is;
        at += length;
    }
    return count == row->numbers ? NULL : row->is;
}

static int no_such_setting(const char *name, struct error *err)
{
    error_set(err, "this kernel has no setting %s, or none that belongs to a namespace", name);
    if (strncmp(name, "net.core.", 9) == 0 || strncmp(name, "net/core/", 9) == 0)
        error_note(err,
                   "older kernels, as Linux 6.1, show net.core to no user namespace but the host's: root with users.map: host");
    return -1;
}

int sysctl_write(int proc, const char *name, const char *value, struct error *err)
{
    char text[128] = "", path[136];
    if (!dotted(name, text))
        return error_set(err, "%s: the name is too long", name);
    for (char *p = text; *p; p++)
        *p = (char)(*p == '.' ? '/' : *p == '/' ? '.' : *p);
    snprintf(path, sizeof path, "sys/%s", text);
    AUTO_CLOSE int fd = procfs_open(proc, path, O_WRONLY | O_NOFOLLOW);
    if (fd >= 0 && write(fd, value, strlen(value)) >= 0)
        return 0;
    int code = errno;
    if (code == ENOENT)
        return no_such_setting(name, err);
    error_errno(err, code, "set %s to %s", name, value);
    if ((code == EACCES || code == EPERM) && sysctl_owner(name) == SYSCTL_IPC)
        error_note(err, "before Linux 6.9 only the host's root may write it: root with users.map: host");
    return -1;
}
