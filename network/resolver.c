#include "network/resolver.h"

const char *resolver_conf(const char *host) { return host ? host : "# no network: no name servers\n"; }

const char *resolver_hosts(struct arena *arena, const char *hostname, const char *host)
{
    static const char local[] = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    return arena_printf(arena, "%s127.0.1.1 %s\n", host ? host : local, hostname);
}
