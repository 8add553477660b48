/* Kernel settings that belong to a namespace: the only ones that a container may have of its own. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum sysctl_owner {
    SYSCTL_MACHINE, /* no namespace's */
    SYSCTL_NETWORK,
    SYSCTL_IPC,
    SYSCTL_USER, /* of the user namespace: how much of what is counted for a user it may take from who made it (namespaces(7))
                  */
    SYSCTL_DOMAIN_NAME, /* of the UTS namespace, by setdomainname(2): its file is the host root's alone */
};

/* Whose setting it is. Names are as sysctl(8) takes them: net.ipv4.ip_forward, or with slashes, where a name has dots in it. */
enum sysctl_owner sysctl_owner(const char *name);
/* Two spellings of one. */
bool sysctl_is_same(const char *name, const char *other);
/* Whether `value` can be one of it at all: NULL, or what it should be ("a number from 0 to 65535"). The kernel has the last
 * word. */
const char *sysctl_wants(const char *name, const char *value);

/* Below `proc`, a descriptor of a procfs. */
int sysctl_write(int proc, const char *name, const char *value, struct error *err);
