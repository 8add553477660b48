/* Rules about the network, the host and services that need more than atoms. */
#include "profiles/lint/subject.h"

#include "base/path.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const struct node *list_of(struct subject *s, const char *key)
{
    static const struct node empty = { .kind = NODE_LIST };
    const struct node *list = node_find(s->tree, key);
    return list && list->kind == NODE_LIST ? list : &empty;
}

/* --- peers -------------------------------------------------------------------------------------------------------- */

struct peer {
    char host[256]; /* without the port */
    bool has_port, is_v4;
    uint32_t network;
    int bits; /* of the prefix; -1: it is a name */
};

/* -1: no prefix of such an address. */
static int prefix(const char *digits, int most)
{
    unsigned long bits = digits ? strtoul(digits, NULL, 10) : (unsigned long)most;
    return bits <= (unsigned long)most ? (int)bits : -1;
}

static void read_peer(const char *text, struct peer *peer)
{
    struct in6_addr v6;
    struct in_addr v4;
    *peer = (struct peer){ .bits = -1 };
    snprintf(peer->host, sizeof peer->host, "%s", text);
    char *protocol = strrchr(peer->host, '/');
    if (protocol && (protocol[1] < '0' || protocol[1] > '9'))
        *protocol = '\0';
    char *colon = strrchr(peer->host, ':');
    bool bare_v6 = inet_pton(AF_INET6, peer->host, &v6) == 1;
    if (!bare_v6 && colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")]) {
        *colon = '\0';
        peer->has_port = true;
    }
    char address[256], *slash;
    snprintf(address, sizeof address, "%s", peer->host + (peer->host[0] == '['));
    if (address[0] && address[strlen(address) - 1] == ']')
        address[strlen(address) - 1] = '\0';
    if ((slash = strchr(address, '/')))
        *slash++ = '\0';
    if (inet_pton(AF_INET, address, &v4) == 1) {
        peer->is_v4 = true;
        peer->network = ntohl(v4.s_addr);
        peer->bits = prefix(slash, 32);
    } else if (inet_pton(AF_INET6, address, &v6) == 1) {
        peer->bits = prefix(slash, 128);
    }
}

static bool holds_v4(const struct peer *peer, uint32_t address)
{
    if (!peer->is_v4 || peer->bits <= 0 || peer->bits > 32)
        return false;
    uint32_t mask = ~UINT32_C(0) << (32 - peer->bits);
    return (address & mask) == (peer->network & mask);
}

/* Names that anyone can have something below: top domains and services that give names away. */
static bool is_public_wildcard(const char *host)
{
    static const char shared[] =
        "=github.io =githubusercontent.com =gitlab.io =pages.dev =workers.dev =herokuapp.com =vercel.app "
        "=netlify.app =web.app =firebaseapp.com =appspot.com =run.app =cloudfront.net =amazonaws.com "
        "=s3.amazonaws.com =azurewebsites.net =blob.core.windows.net =windows.net =ngrok.io =ngrok-free.app "
        "=trycloudflare.com =fly.dev =onrender.com =readthedocs.io =googleusercontent.com =co.uk =com.br =co.jp "
        "=duckdns.org =nip.io =sslip.io";
    return strncmp(host, "*.", 2) == 0 && (!strchr(host + 2, '.') || path_matches(shared, host + 2));
}

static bool is_of_kind(const struct peer *peer, enum peer_kind kind)
{
    switch (kind) {
    case PEER_METADATA:
        return holds_v4(peer, 0xa9fea9fe) || strcmp(peer->host, "metadata.google.internal") == 0;
    case PEER_ANY:
        return peer->bits == 0 || strcmp(peer->host, "*") == 0;
    case PEER_WILDCARD:
        return is_public_wildcard(peer->host);
    case PEER_NO_PORT:
        return !peer->has_port && strncmp(peer->host, "container:", 10) != 0;
    case PEER_LOOPBACK:
        return holds_v4(peer, 0x7f000001) || strcmp(peer->host, "localhost") == 0 || strcmp(peer->host, "[::1]") == 0;
    }
    return false;
}

void each_peer(struct subject *s, rule_number rule, enum peer_kind kind)
{
    const struct node *list = list_of(s, "network.egress");
    for (size_t i = 0; i < list->children.count; i++) {
        const struct node *item = list->children.items[i];
        struct peer peer;
        if (item->kind != NODE_SCALAR || item->refused)
            continue;
        read_peer(item->text, &peer);
        if (is_of_kind(&peer, kind))
            report(s, rule, arena_printf(s->arena, "network.egress[%zu]", i), item->text);
    }
}

/* "8080:80" without an address before it. */
void publishes_everywhere(struct subject *s, rule_number rule)
{
    const struct node *list = list_of(s, "network.publish");
    for (size_t i = 0; i < list->children.count; i++) {
        const char *text = list->children.items[i]->kind == NODE_SCALAR ? list->children.items[i]->text : "";
        const char *colon = strchr(text, ':');
        bool everywhere =
            colon && (!strchr(colon + 1, ':') || strncmp(text, "0.0.0.0:", 8) == 0 || strncmp(text, "[::]:", 5) == 0);
        if (everywhere)
            report(s, rule, arena_printf(s->arena, "network.publish[%zu]", i), text);
    }
}

void each_sysctl(struct subject *s, rule_number rule, const char *patterns, const char *value)
{
    const struct node *map = node_find(s->tree, "sysctl");
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->children.count; i++) {
        const struct node *entry = map->children.items[i];
        if (entry->kind == NODE_SCALAR && path_matches(patterns, entry->key) && strcmp(entry->text, value) == 0)
            report(s, rule, arena_printf(s->arena, "sysctl.\"%s\"", entry->key), NULL);
    }
}

/* --- walls and limits --------------------------------------------------------------------------------------------- */

static bool names(const struct node *optional, const char *key)
{
    if (!optional)
        return false;
    if (optional->kind == NODE_SCALAR)
        return strcmp(optional->text, "true") == 0;
    for (size_t i = 0; i < optional->children.count; i++)
        if (optional->children.items[i]->kind == NODE_SCALAR && (!key || strcmp(optional->children.items[i]->text, key) == 0))
            return true;
    return false;
}

void optional_wall(struct subject *s, rule_number rule)
{
    static const char walls[][16] = { "paths", "label", "isolate", "sockets", "privileges" };
    for (size_t i = 0; i < sizeof walls / sizeof *walls; i++) {
        const char *key = arena_printf(s->arena, "%s.optional", walls[i]);
        if (names(node_find(s->tree, key), NULL))
            report(s, rule, key, NULL);
    }
    const struct node *all = node_get(s->tree, "optional");
    for (size_t i = 0; i < sizeof walls / sizeof *walls; i++)
        if (names(all, walls[i]))
            report(s, rule, "optional", walls[i]);
    if (names(node_find(s->tree, "resources.optional"), "memory") && is_service(s))
        report(s, rule, "resources.optional", "memory");
    if (names(all, "resources") && is_service(s))
        report(s, rule, "optional", "resources");
}

void core_files(struct subject *s, rule_number rule)
{
    const struct limit *limit = &s->spec->limits[RLIMIT_CORE];
    if (limit->set && limit->hard > 1)
        report(s, rule, "limits.core", text_of(s, "limits.core"));
}

void tiny_limits(struct subject *s, rule_number rule)
{
    static const struct {
        char key[24];
        uint64_t least;
    } rows[] = { { "resources.memory", 512 << 10 },
                 { "resources.memory.max", 512 << 10 },
                 { "limits.address-space", 2 << 20 },
                 { "limits.stack", 64 << 10 },
                 { "limits.files", 4 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = text_of(s, rows[i].key);
        uint64_t value;
        if (text && text_size(text, &value) && value < rows[i].least)
            report(s, rule, rows[i].key, text);
    }
}

/* --- services ----------------------------------------------------------------------------------------------------- */

static bool ends_like_secret(const char *name)
{
    return path_matches(
        "*PASSWORD *PASSWD *_PASS *SECRET *SECRET_KEY *_TOKEN TOKEN *API_KEY *APIKEY *PRIVATE_KEY *ACCESS_KEY *CREDENTIALS "
        "*_password *_secret *_token *_api_key",
        name);
}

void env_secrets(struct subject *s, rule_number rule)
{
    for (size_t i = 0; i < s->spec->app.env.count; i++) {
        const struct variable *variable = &s->spec->app.env.items[i];
        bool is_file = variable->value && (*variable->value == '/' || !*variable->value);
        if (variable->name && variable->value && !is_file && ends_like_secret(variable->name))
            report(s, rule, arena_printf(s->arena, "app.env.%s", variable->name), NULL);
    }
}

/* Each program of hooks that runs on the host: (stage, index, its path). */
static void each_hook(struct subject *s, rule_number rule,
                      void (*judge)(struct subject *, rule_number, const char *, const char *))
{
    static const char stages[][12] = { "prepare", "prestart", "created", "poststart", "prestop", "poststop", "release" };
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        const char *stage = arena_printf(s->arena, "hooks.%s", stages[i]), *program;
        for (size_t k = 0; k < list_of(s, stage)->children.count; k++) {
            const char *key = arena_printf(s->arena, "%s[%zu][0]", stage, k);
            if ((program = text_of(s, key)))
                judge(s, rule, key, program);
        }
    }
}

static void judge_relative(struct subject *s, rule_number rule, const char *key, const char *program)
{
    if (*program != '/')
        report(s, rule, key, program);
}

static void judge_writable(struct subject *s, rule_number rule, const char *key, const char *program)
{
    for (size_t i = 0; i < s->shown.count; i++) {
        if (!s->shown.items[i].write || !path_is_below(program, s->shown.items[i].source))
            continue;
        struct finding *finding = report(s, rule, key, program);
        finding->with = spec_source(s->spec, s->shown.items[i].key);
        finding->with_key = s->shown.items[i].key;
        return;
    }
}

void relative_hooks(struct subject *s, rule_number rule) { each_hook(s, rule, judge_relative); }
void hooks_in_writable(struct subject *s, rule_number rule) { each_hook(s, rule, judge_writable); }

void secret_modes(struct subject *s, rule_number rule)
{
    const struct node *list = list_of(s, "secrets");
    for (size_t i = 0; i < list->children.count; i++) {
        const struct node *mode = node_get(list->children.items[i], "mode");
        unsigned value;
        if (mode && mode->kind == NODE_SCALAR && text_mode(mode->text, &value) && value & 0007)
            report(s, rule, arena_printf(s->arena, "secrets[%zu].mode", i), mode->text);
    }
}

void admins_as_root(struct subject *s, rule_number rule)
{
    const struct node *map = node_find(s->tree, "admins");
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->children.count; i++) {
        const char *key = arena_printf(s->arena, "admins.\"%s\"", map->children.items[i]->key);
        one(s, rule, lists(s, key, "configure clone"));
    }
}

void restart_storm(struct subject *s, rule_number rule)
{
    const char *delay = text_of(s, "service.restart.delay");
    uint64_t value;
    if (delay && text_duration(delay, &value) && value == 0 && !says(s, "service.restart.when", "never"))
        report(s, rule, "service.restart.delay", NULL);
}

const char *required_param(struct subject *s)
{
    const struct node *map = node_find(s->tree, "params");
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->children.count; i++) {
        const char *key = arena_printf(s->arena, "params.\"%s\"", map->children.items[i]->key);
        if (says(s, arena_printf(s->arena, "%s.required", key), "true"))
            return key;
    }
    return NULL;
}
