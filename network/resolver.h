/* /etc/resolv.conf and /etc/hosts of a container. */
#pragma once
#include "base/arena.h"

/* `host`: the content of the host's file where the network is the host's; NULL: no network, and no servers to ask. */
const char *resolver_conf(const char *host);
const char *resolver_hosts(struct arena *arena, const char *hostname, const char *host);
