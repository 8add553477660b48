/* network, sockets, sysctl: what it reaches. */
#include "profiles/fields.h"

#include "base/text.h"
#include "kernel/sysctl.h"

#include <arpa/inet.h>
#include <string.h>

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static bool is_address(const char *text)
{
    unsigned char buffer[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, buffer) == 1 || inet_pton(AF_INET6, text, buffer) == 1;
}

static int parse_address(struct walk *walk, struct node *node, void *ret)
{
    (void)walk, (void)ret;
    return is_address(node->text) ? 0 : -1;
}

static int parse_cidr(struct walk *walk, struct node *node, void *ret)
{
    char text[64];
    uint64_t bits;
    (void)walk, (void)ret;
    const char *slash = strchr(node->text, '/');
    if (strcmp(node->text, "auto") == 0)
        return 0;
    if (!slash || (size_t)(slash - node->text) >= sizeof text)
        return -1;
    memcpy(text, node->text, (size_t)(slash - node->text));
    text[slash - node->text] = '\0';
    return is_address(text) && text_number(slash + 1, strchr(text, ':') ? 128 : 32, &bits) ? 0 : -1;
}

static int parse_gateway(struct walk *walk, struct node *node, void *ret)
{
    return strcmp(node->text, "auto") == 0 ? 0 : parse_address(walk, node, ret);
}

static int parse_mac(struct walk *walk, struct node *node, void *ret)
{
    const char *text = node->text;
    (void)walk, (void)ret;
    if (strcmp(text, "auto") == 0)
        return 0;
    if (strlen(text) != 17)
        return -1;
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !strchr("0123456789abcdefABCDEF", text[i]))
            return -1;
    return strchr("02468aceACE", text[1]) ? 0 : -1; /* an odd first byte is a group, which no interface can be */
}

/* Names of links: the kernel takes at most 15 bytes, and "%" would be a pattern to it. */
static int parse_link(struct walk *walk, struct node *node, void *ret)
{
    const char *text = node->text;
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    (void)walk, (void)ret;
    return length > 0 && length <= 15 && !text[length] && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 ? 0 : -1;
}

static bool is_host_name(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return length > 0 && length <= 253 && !text[length] && text[0] != '.' && text[0] != '-';
}

static int parse_host_name(struct walk *walk, struct node *node, void *ret)
{
    (void)walk, (void)ret;
    return is_host_name(node->text) ? 0 : -1;
}

static const struct form form_address = { .is = "an address, such as 10.0.0.1 or fd00::1",
                                          .parse = parse_address,
                                          .pattern = "^[0-9a-fA-F.:]+$" };
static const struct form form_cidr = { .is = "auto, or an address with its prefix, such as 10.0.0.2/24",
                                       .parse = parse_cidr,
                                       .pattern = "^(auto|[0-9a-fA-F.:]+/[0-9]+)$" };
static const struct form form_cidrs = { .is = "a list, such as [auto] or [10.0.0.2/24]", .items = &form_cidr };
static const struct form form_addresses = { .is = "a list of addresses, such as [10.0.0.1]", .items = &form_address };
static const struct form form_gateway = { .is = "auto or an address",
                                          .parse = parse_gateway,
                                          .pattern = "^(auto|[0-9a-fA-F.:]+)$" };
static const struct form form_mac = { .is = "auto or an address such as \"02:00:00:12:34:56\"",
                                      .parse = parse_mac,
                                      .pattern = "^(auto|([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})$" };
static const struct form form_link = { .is = "the name of an interface, of at most 15 letters",
                                       .parse = parse_link,
                                       .pattern = "^[A-Za-z0-9._-]{1,15}$" };
static const struct form form_host_name = { .is = "a host name",
                                            .parse = parse_host_name,
                                            .pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]*$" };
static const struct form form_host_names = { .is = "a list of domains, such as [example.org]", .items = &form_host_name };
static const struct form form_hosts = { .is = "a map of names to addresses, such as {db: 10.88.0.7}",
                                        .values = &form_address,
                                        .keys = &form_host_name };

/* --- ports and rules ---------------------------------------------------------------------------------------------- */

static bool is_port(const char *text)
{
    uint64_t port;
    return text_number(text, 65535, &port) && port > 0;
}

/* Cuts off "/tcp" or "/udp". False: another protocol. */
static bool cut_protocol(char *text)
{
    char *slash = strrchr(text, '/');
    if (!slash || (slash[1] >= '0' && slash[1] <= '9'))
        return true;
    *slash = '\0';
    return strcmp(slash + 1, "tcp") == 0 || strcmp(slash + 1, "udp") == 0;
}

/* [ADDRESS:]HOST:INSIDE[/tcp|/udp] */
static int parse_publish(struct walk *walk, struct node *node, void *ret)
{
    char *text = arena_strdup(walk->arena, node->text);
    (void)ret;
    if (!cut_protocol(text))
        return -1;
    char *inside = strrchr(text, ':');
    if (!inside)
        return -1;
    *inside++ = '\0';
    char *host = strrchr(text, ':'), *address = NULL;
    if (host) {
        *host++ = '\0';
        address = text;
    } else {
        host = text;
    }
    if (address && address[0] == '[' && address[strlen(address) - 1] == ']') {
        address[strlen(address) - 1] = '\0';
        address++;
    }
    return is_port(inside) && is_port(host) && (!address || is_address(address)) ? 0 : -1;
}

static bool is_peer(struct walk *walk, char *text)
{
    if (strncmp(text, "container:", 10) == 0)
        return forms_is_name(text + 10);
    if (strncmp(text, "*.", 2) == 0)
        return is_host_name(text + 2);
    if (is_host_name(text) || is_address(text))
        return true;
    size_t length = strlen(text);
    if (length > 2 && text[0] == '[' && text[length - 1] == ']')
        text = arena_strndup(walk->arena, text + 1, length - 2);
    struct node network = { .text = text };
    return strchr(text, '/') && parse_cidr(walk, &network, NULL) == 0;
}

/* PEER:PORT[/PROTOCOL], PEER: a network, a name, *.NAME, localhost, container:NAME */
static int parse_reach(struct walk *walk, struct node *node, void *ret)
{
    char *text = arena_strdup(walk->arena, node->text);
    (void)ret;
    if (!cut_protocol(text))
        return -1;
    char *port = strrchr(text, ':');
    if (port && is_port(port + 1))
        *port = '\0';
    return is_peer(walk, text) ? 0 : -1;
}

static int parse_bandwidth(struct walk *walk, struct node *node, void *ret)
{
    static const char *const units[] = { "Kbit", "Mbit", "Gbit", "K/s", "M/s", "G/s" };
    size_t digits = strspn(node->text, "0123456789");
    (void)walk, (void)ret;
    if (digits == 0 || digits > 9 || node->text[0] == '0')
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(node->text + digits, units[i]) == 0)
            return 0;
    return -1;
}

static const struct word reach_words[] = { { "allow" }, { "deny" }, { NULL } };
static const struct form form_publish = { .is = "a port to publish: \"[ADDRESS:]HOST:INSIDE[/tcp|/udp]\", such as \"8080:80\"",
                                          .parse = parse_publish,
                                          .pattern = "^(.+:)?[0-9]+:[0-9]+(/(tcp|udp))?$" };
static const struct form form_publishes = { .is = "a list of ports, such as [\"8080:80\"]", .items = &form_publish };
static const struct form form_peer = { .is = "a peer: \"10.0.0.0/8:5432/tcp\", \"packages.example.net:443\", "
                                             "\"*.example.org:443\", \"localhost:3000\" or \"container:db:5432\"",
                                       .parse = parse_reach,
                                       .pattern = "^.+$" };
static const struct form form_reach = { .is = "allow, deny, or a list of peers such as [\"packages.example.net:443\"]",
                                        .words = reach_words,
                                        .items = &form_peer };
static const struct form form_bandwidth = { .is = "a rate, such as 100Mbit or 10M/s",
                                            .parse = parse_bandwidth,
                                            .pattern = "^[1-9][0-9]*([KMG]bit|[KMG]/s)$" };

/* --- network ------------------------------------------------------------------------------------------------------ */

static int parse_mode(struct walk *walk, struct node *node, void *ret)
{
    static const char *const words[] = { "none", "host", "user", "bridge", "macvlan", "ipvlan", "shared", "phys" };
    const char *text = node->text;
    if (strncmp(text, "join:", 5) == 0)
        return forms_is_name(text + 5) ? 0 : -1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            int mode = i == 1 ? NETWORK_HOST : NETWORK_NONE; /* the others are refused before a run */
            memcpy(ret, &mode, sizeof mode);
            return 0;
        }
    }
    const char *near = text_nearest(text, words, sizeof words / sizeof *words);
    if (!near)
        return -1;
    walk_error(walk, node->at, "'%s' is not a mode, did you mean '%s'?", text, near);
    return 0;
}

static bool mode_later(const struct node *node) { return strcmp(node->text, "none") != 0 && strcmp(node->text, "host") != 0; }

static int parse_mtu(struct walk *walk, struct node *node, void *ret)
{
    int64_t value;
    (void)walk, (void)ret;
    return forms_integer(node->text, 68, 65535, &value) ? 0 : -1;
}

static int parse_vlan(struct walk *walk, struct node *node, void *ret)
{
    int64_t value;
    (void)walk, (void)ret;
    return forms_integer(node->text, 0, 4094, &value) ? 0 : -1;
}

static const struct form form_mode_word = { .is = "none, host, user, bridge, macvlan, ipvlan, shared, phys or join:CONTAINER",
                                            .size = sizeof(int),
                                            .parse = parse_mode,
                                            .later = mode_later,
                                            .not_yet = "all but none and host",
                                            .pattern = "^(none|host|user|bridge|macvlan|ipvlan|shared|phys|join:.+)$" };
static const struct form form_mtu = { .is = "a number from 68 to 65535", .parse = parse_mtu, .type = SCALAR_INTEGER };
static const struct form form_vlan = { .is = "a number from 0 (none) to 4094", .parse = parse_vlan, .type = SCALAR_INTEGER };

static const struct row dns_rows[] = {
    { "servers", &form_addresses, ROW_NOWHERE, .preset = "[]", .example = "[10.0.0.1]", .doc = "The servers to ask." },
    { "search", &form_host_names, ROW_NOWHERE, .preset = "[]", .example = "[example.org]",
      .doc = "Domains in which short names are looked up." },
    { "hosts", &form_hosts, ROW_NOWHERE, .preset = "{}", .example = "{db: 10.88.0.7}", .doc = "Names that need no server." },
};
static const struct row bandwidth_rows[] = {
    { "in", &form_bandwidth, ROW_NOWHERE, .example = "100Mbit", .doc = "Towards the container." },
    { "out", &form_bandwidth, ROW_NOWHERE, .example = "100Mbit", .doc = "From it." },
};
static const struct form form_dns = { .is = "a map, such as {servers: [10.0.0.1]}", ROWS(dns_rows) };
static const struct form form_bandwidths = { .is = "a map, such as {in: 100Mbit, out: 100Mbit}", ROWS(bandwidth_rows) };

static const struct row network_rows[] = {
    { "mode", &form_mode_word, .offset = 0, .size = sizeof(enum network_mode), .preset = "none", .example = "host",
      .doc = "none: only its own loopback; host: the host's network; user: rootless, through pasta; bridge, macvlan, ipvlan, "
             "shared, phys, join:CONTAINER." },
    { "link", &form_link, ROW_NOWHERE, .flags = ROW_LATER, .preset = "cordon0", .example = "br0",
      .doc = "The bridge, parent or physical interface." },
    { "address", &form_cidrs, ROW_NOWHERE, .flags = ROW_LATER, .preset = "[auto]", .example = "[10.88.0.5/24]",
      .doc = "Its addresses; 'shared' binds it to these of the host." },
    { "gateway", &form_gateway, ROW_NOWHERE, .flags = ROW_LATER, .preset = "auto", .example = "10.88.0.1",
      .doc = "The way out." },
    { "mac", &form_mac, ROW_NOWHERE, .flags = ROW_LATER, .preset = "auto", .example = "\"02:00:00:12:34:56\"",
      .doc = "Its hardware address." },
    { "mtu", &form_mtu, ROW_NOWHERE, .flags = ROW_LATER, .preset = "1500", .example = "9000", .doc = "The largest packet." },
    { "vlan", &form_vlan, ROW_NOWHERE, .flags = ROW_LATER, .preset = "0", .example = "12",
      .doc = "The VLAN of its link; 0: none." },
    { "dns", &form_dns, ROW_NOWHERE, .flags = ROW_LATER, .doc = "How names become addresses." },
    { "publish", &form_publishes, ROW_NOWHERE, .flags = ROW_LATER, .preset = "[]",
      .example = "[\"8080:80\", \"127.0.0.1:5353:53/udp\"]", .doc = "Ports of the host that lead inside." },
    { "egress", &form_reach, ROW_NOWHERE, .flags = ROW_LATER, .preset = "allow",
      .example = "[\"10.0.0.0/8:5432/tcp\", \"*.example.org:443\"]",
      .doc = "allow, deny, or a list, and then everything else is refused and counted." },
    { "ingress", &form_reach, ROW_NOWHERE, .flags = ROW_LATER, .preset = "allow", .example = "deny",
      .doc = "The same for what comes in." },
    { "bandwidth", &form_bandwidths, ROW_NOWHERE, .flags = ROW_LATER, .doc = "How much it may send and receive." },
    { "spoofing", &form_bool, ROW_NOWHERE, .flags = ROW_LATER, .preset = "false", .example = "true",
      .doc = "false: only its own addresses leave it." },
};
const struct form form_network = { .is = "a map, such as {mode: host}", .size = sizeof(enum network_mode), ROWS(network_rows) };

/* --- sockets and sysctl ------------------------------------------------------------------------------------------- */

static int parse_socket(struct walk *walk, struct node *node, void *ret)
{
    size_t mistakes = walk->errors->count;
    rows_read(walk, &form_host_path, node, ret);
    if (walk->errors->count == mistakes && !forms_is_normal_path(node->text))
        error_help(walk_error(walk, node->at, "'%s' holds '..', which cannot be a place inside", node->text),
                   "write the path that it leads to");
    return 0;
}

static const struct form form_socket = {
    .is = "the path of a socket of the host", .size = sizeof(const char *), .parse = parse_socket, .pattern = "^[^~]"
};
static const struct form form_socket_paths = { .is = "a list of paths of the host",
                                               .size = sizeof(struct strings),
                                               .items = &form_socket,
                                               .item_size = sizeof(const char *) };
static const struct row sockets_rows[] = {
    { "abstract", &form_bool, ROW_FIELD(struct sockets, abstract), .preset = "false", .example = "true",
      .doc = "Abstract sockets of the host, with network.mode: host. false is kept by a network of its own, or by Landlock." },
    { "unix", &form_socket_paths, ROW_FIELD(struct sockets, paths), .preset = "[]",
      .example = "[/run/postgresql/.s.PGSQL.5432]", .doc = "Sockets by path; each is also a bind." },
};
const struct form form_sockets = { .is = "a map, such as {unix: [/run/postgresql/.s.PGSQL.5432]}",
                                   .size = sizeof(struct sockets),
                                   ROWS(sockets_rows) };

static int parse_sysctl_key(struct walk *walk, struct node *node, void *ret)
{
    (void)ret;
    const char *text = node->text;
    if (text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")] || strstr(text, "..") ||
        !*text) {
        walk_error(walk, node->at, "'%s' is not the name of a kernel setting", text);
        return 0;
    }
    if (strcmp(text, "kernel.hostname") == 0)
        error_help(walk_error(walk, node->at, "'%s' has a key of its own", text), "write hostname: NAME");
    else if (sysctl_owner(text) == SYSCTL_MACHINE)
        error_help(walk_error(walk, node->at, "'%s' is a setting of the whole machine", text),
                   "only those of a namespace can be set: most of net.*, kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, "
                   "kernel.domainname, "
                   "user.max_*");
    return 0;
}

static void add_sysctl(struct walk *walk, struct node *entry, void *target)
{
    SLICE(struct sysctl_entry) *list = target;
    const char *wanted = sysctl_wants(entry->key, entry->text);
    if (wanted)
        walk_error(walk, entry->at, "'%s' is not %s", entry->text, wanted);
    *SLICE_PUSH(walk->arena, list) = (struct sysctl_entry){ entry->key, entry->text };
}

static const struct form form_sysctl_key = { .is = "a kernel setting",
                                             .parse = parse_sysctl_key,
                                             .pattern = "^[A-Za-z0-9._/-]+$" };
const struct form form_sysctl = { .is = "a map, such as {net.core.somaxconn: 1024}",
                                  .size = sizeof(((struct spec *)0)->sysctl),
                                  .values = &form_text,
                                  .keys = &form_sysctl_key,
                                  .entry = add_sysctl };
