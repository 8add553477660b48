/* What the rules ask of a profile. An atom answers with the key that says it, or NULL: so atoms combine with ?: and with each
 * other, and every finding has a place. */
#pragma once
#include "base/node.h"
#include "plan/syscall-groups.h"
#include "profiles/lint/config.h"
#include "profiles/lint/lint.h"

/* A path of the host that shows inside: by a bind, root.show or sockets.unix. */
struct shown {
    const char *source, *at, *key;
    bool write, exec;
};

struct subject {
    struct lint *lint;
    struct arena *arena;
    const struct spec *spec;
    const struct node *tree;
    const struct profile_reading *reading;
    const char *profile;
    SLICE(struct shown) shown;
    struct syscall_set open; /* the calls that get through, for at least some arguments */
    bool open_known;
};

/* Loads a profile for judging: 0, or -1 with its mistakes. `s` can be asked either way, of nothing then. */
struct errors;
int subject_load(struct subject *s, struct lint *lint, const char *profile, struct profile_reading *reading,
                 struct errors *errors);

/* --- one value ---------------------------------------------------------------------------------------------------- */
const char *said(struct subject *s, const char *key);
const char *says(struct subject *s, const char *key, const char *value);
bool is(struct subject *s, const char *key, const char *value); /* the same, the row's default included where it is not said */
const char *text_of(struct subject *s, const char *key);        /* NULL: it is no scalar, or not said */
const char *above(struct subject *s, const char *key, int64_t limit); /* an integer that is above the limit */
const char *below(struct subject *s, const char *key, int64_t limit);
/* The first item of a list that matches one of the patterns, which stand between spaces: fnmatch(3), or, where it begins with /
 * or ~, a path and all below it. An item that is a map is known by its `path` or `name`. */
const char *lists(struct subject *s, const char *key, const char *patterns);
const char *has_items(struct subject *s, const char *key);
const char *map_key(struct subject *s, const char *key, const char *patterns); /* of a map of free keys */

/* --- what it may do ----------------------------------------------------------------------------------------------- */
const char *capability(struct subject *s, int number);       /* by itself or through a switch */
const char *named_capability(struct subject *s, int number); /* by itself */
const char *switched(struct subject *s, enum allow_switch number);
const char *call(struct subject *s, const char *name); /* syscalls.allow opens it, for all arguments */
const char *call_with(struct subject *s, const char *name, unsigned index, uint64_t value); /* or where an argument is this */
const char *opens(struct subject *s, const char *name);                                     /* anything does */
const char *any_call(struct subject *s, const char *group); /* syscalls.allow opens one of the group */
const char *host_ids(struct subject *s);
const char *is_service(struct subject *s);
const char *egress_rules(struct subject *s); /* egress is deny or a list */
const char *ingress_rules(struct subject *s);
bool has_network(struct subject *s); /* more than a loopback */

/* --- paths -------------------------------------------------------------------------------------------------------- */
/* Whoever can connect to one of these is root of the host. */
#define ENGINE_SOCKETS                                                                                                         \
    "/run/docker.sock /var/run/docker.sock /run/docker /run/podman /var/run/podman /run/user/*/podman "                        \
    "/run/user/*/docker.sock /run/containerd /run/crio /var/run/crio /run/k3s /run/buildkit "                                  \
    "/var/lib/incus/unix.socket /var/lib/lxd/unix.socket /var/snap/lxd /run/libvirt /var/run/libvirt /run/lxc "                \
    "/run/cordon"
enum access { READ, WRITE };
bool path_matches(const char *patterns, const char *path); /* one of them, or below one; ~ is any home */
const struct shown *shows(struct subject *s, enum access access, const char *patterns);
const char *shows_key(struct subject *s, enum access access, const char *patterns);
const char *writable(struct subject *s);          /* the first folder of the host that can be written */
const char *hides_in_writable(struct subject *s); /* the first hide below something of the host's that can be written */
const char *writable_with_ids(struct subject *s); /* the same, in which started by root ids inside are ids on disk */

/* --- findings ----------------------------------------------------------------------------------------------------- */
/* VALUE, where it is not NULL, stands before the title. Returns the finding, for a fix or what it combines with to be added. */
struct finding *report(struct subject *s, rule_number rule, const char *key, const char *value);
struct finding *report_text(struct subject *s, rule_number rule, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Conditions of rows. Each takes what atoms return; NULL: it does not hold. */
void one(struct subject *s, rule_number rule, const char *key);
void both(struct subject *s, rule_number rule, const char *key, const char *with);
void none(struct subject *s, rule_number rule, const char *key,
          const char *lacking); /* the first is there, the second is not */
void each_path(struct subject *s, rule_number rule, enum access access, const char *patterns);
void each_item(struct subject *s, rule_number rule, const char *list, const char *patterns);

/* After the rules, on the findings from `first` on: comments that take some of them away (suppress.c); before, the rules of
 * the user's own (own.c). */
void ask_own_rules(struct subject *s);
void suppress(struct subject *s, size_t first);

/* Rules that need more than atoms (rules-*.c). */
void rule_without_effect(struct subject *s, rule_number rule);
const char *refused_on_host_network(struct subject *s);
const char *refused_with_host_ids(struct subject *s);
const char *refused_without_host_ids(struct subject *s);
void ids_map_reaches(struct subject *s, rule_number rule, uint32_t first, uint32_t last);
bool runs_as_root(struct subject *s);
void denies_needed(struct subject *s, rule_number rule);
void allows_in_vain(struct subject *s, rule_number rule);

void at_path(struct subject *s, rule_number rule, const char *patterns);
void writes_profiles(struct subject *s, rule_number rule);
void tmpfs_without_size(struct subject *s, rule_number rule);
void tmpfs_with_exec(struct subject *s, rule_number rule);
void creates_in_shared(struct subject *s, rule_number rule);
void shows_hidden(struct subject *s, rule_number rule);
void hides_nothing(struct subject *s, rule_number rule);
void write_and_exec(struct subject *s, rule_number rule);
void root_in(struct subject *s, rule_number rule, const char *patterns);
void image_unpinned(struct subject *s, rule_number rule);
void image_file(struct subject *s, rule_number rule);
void command_not_listed(struct subject *s, rule_number rule);
const char *ports_beside_udp(struct subject *s);
const char *workdir_below(struct subject *s, const char *patterns);
const char *execute_and_write(struct subject *s);
void loader_in_writable(struct subject *s, rule_number rule);

enum peer_kind { PEER_METADATA, PEER_ANY, PEER_WILDCARD, PEER_NO_PORT, PEER_LOOPBACK };
void each_peer(struct subject *s, rule_number rule, enum peer_kind kind);
void publishes_everywhere(struct subject *s, rule_number rule);
void each_sysctl(struct subject *s, rule_number rule, const char *patterns, const char *value);

void optional_wall(struct subject *s, rule_number rule);
void core_files(struct subject *s, rule_number rule);
void env_secrets(struct subject *s, rule_number rule);
void relative_hooks(struct subject *s, rule_number rule);
void hooks_in_writable(struct subject *s, rule_number rule);
void secret_modes(struct subject *s, rule_number rule);
void admins_as_root(struct subject *s, rule_number rule);
void restart_storm(struct subject *s, rule_number rule);
void tiny_limits(struct subject *s, rule_number rule);
const char *required_param(struct subject *s);
