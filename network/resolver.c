#include "network/resolver.h"

#include <string.h>

const char *resolver_conf(const char *host) { return host ? host : "# no network: no name servers\n"; }

const char *resolver_hosts(struct arena *arena, const char *hostname, const char *host)
{
    static const char local[] = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    const char *names = host ? host : local;
    size_t length = strlen(names);
    /* A file need not end with a newline: its last name would be another one. */
    return arena_printf(arena, "%s%s127.0.1.1 %s\n", names, length && names[length - 1] != '\n' ? "\n" : "", hostname);
}
