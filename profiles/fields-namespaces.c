/* isolate, users, machine-id: which of the kernel's resources are its own. */
#include "profiles/fields.h"

#include "base/text.h"

#include <string.h>

/* --- isolate ------------------------------------------------------------------------------------------------------ */

static bool joins(const char *text) { return strncmp(text, "join:", 5) == 0; }

static int parse_share(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    if (joins(node->text))
        return forms_is_name(node->text + 5) ? 0 : -1;
    if (strcmp(node->text, "new") != 0 && strcmp(node->text, "inherit") != 0)
        return -1;
    *(bool *)ret = node->text[0] == 'n';
    return 0;
}

static bool share_later(const struct node *node) { return joins(node->text); }

static const struct form form_share = { .is = "new, inherit or join:CONTAINER",
                                        .size = sizeof(bool),
                                        .parse = parse_share,
                                        .later = share_later,
                                        .not_yet = "join:CONTAINER",
                                        .pattern = "^(new|inherit|join:.+)$" };

/* What is no namespace has none to join. */
static int parse_reached(struct walk *walk, struct node *node, void *ret)
{
    return joins(node->text) ? -1 : parse_share(walk, node, ret);
}

static const struct form form_reached = {
    .is = "new or inherit", .size = sizeof(bool), .parse = parse_reached, .pattern = "^(new|inherit)$"
};

static const struct row isolate_rows[] = {
    { "pid", &form_share, ROW_FIELD(struct isolate, pid), .preset = "new", .example = "inherit",
      .doc = "Processes. A fresh /proc needs its own." },
    { "ipc", &form_share, ROW_FIELD(struct isolate, ipc), .preset = "new", .example = "inherit",
      .doc = "System V IPC and POSIX message queues." },
    { "hostname", &form_share, ROW_FIELD(struct isolate, hostname), .preset = "new", .example = "inherit",
      .doc = "Host and domain name." },
    { "cgroup", &form_share, ROW_FIELD(struct isolate, cgroup), .preset = "new", .example = "inherit",
      .doc = "The view of the cgroup tree." },
    { "user", &form_share, ROW_FIELD(struct isolate, user), .preset = "new", .example = "inherit",
      .doc = "User and group ids. inherit is users.map: host under its other name; the two must agree." },
    { "time", &form_share, ROW_FIELD(struct isolate, time), .preset = "inherit", .example = "new",
      .doc = "The clocks that count from the start of the machine." },
    { "signals", &form_reached, ROW_FIELD(struct isolate, signals), .preset = "new", .example = "inherit",
      .doc =
          "With isolate.pid: inherit, whether it may send signals to processes outside: new keeps it from that, by "
          "Landlock, and "
          "from setting their limits, by the filter. Of its own user it can still change how they are scheduled, and, through "
          "/proc, which of them the kernel ends when memory does." },
};
static const struct alias isolate_aliases[] = {
    { "net", "network.mode" }, { "network", "network.mode" }, { "uts", "hostname" },
    { "mnt", "root" },         { "mount", "root" },           { NULL, NULL },
};
const struct form form_isolate = {
    .is = "a map, such as {ipc: inherit}", .size = sizeof(struct isolate), ROWS(isolate_rows), .aliases = isolate_aliases
};

/* --- users -------------------------------------------------------------------------------------------------------- */

static const struct word map_words[] = {
    { "auto", MAP_AUTO }, { "single", MAP_SINGLE }, { "keep", MAP_KEEP }, { "host", MAP_HOST }, { NULL }
};

static int parse_range(struct walk *walk, struct node *node, void *ret)
{
    char text[64], *part = text, *numbers[3];
    uint64_t values[3];
    (void)walk;
    if (strlen(node->text) >= sizeof text)
        return -1;
    strcpy(text, node->text);
    for (size_t i = 0; i < 3; i++) {
        numbers[i] = strsep(&part, ":");
        if (!numbers[i] || !text_number(numbers[i], UINT32_MAX - 1, &values[i]))
            return -1;
    }
    if (part || values[2] == 0 || values[0] + values[2] > UINT32_MAX || values[1] + values[2] > UINT32_MAX)
        return -1;
    *(struct id_range *)ret = (struct id_range){ (uint32_t)values[0], (uint32_t)values[1], (uint32_t)values[2] };
    return 0;
}

static void finish_map(struct walk *walk, struct node *node, void *target)
{
    struct users *users = target;
    if (node->kind != NODE_LIST)
        return;
    users->map = MAP_LIST;
    if (!node->children.count)
        error_help(walk_error(walk, node->at, "maps no id at all"),
                   "write auto, single, keep or host, or ranges such as [\"0:100000:65536\"]");
}

static const struct form form_range = { .is = "a range \"INSIDE:OUTSIDE:COUNT\", such as \"0:100000:65536\"",
                                        .size = sizeof(struct id_range),
                                        .parse = parse_range,
                                        .pattern = "^[0-9]+:[0-9]+:[0-9]+$" };
static const struct form form_map = { .is = "auto, single, keep, host, or a list of ranges such as [\"0:100000:65536\"]",
                                      .size = sizeof(struct users),
                                      .words = map_words,
                                      .items = &form_range,
                                      .item_size = sizeof(struct id_range),
                                      .items_at = offsetof(struct users, list),
                                      .finish = finish_map };

/* The words are stored as an int at the start of the field. */
_Static_assert(offsetof(struct users, map) == 0 && sizeof(enum map_kind) == sizeof(int), "struct users begins with map");

static const struct row users_rows[] = {
    { "map", &form_map, .offset = 0, .size = sizeof(struct users), .preset = "auto", .example = "keep",
      .doc = "auto: as root, 65536 ids from root's line in /etc/subuid, or else a free locked block; as a user, the caller and "
             "his "
             "subordinate ids, or, without any, single. single: one id, the caller is app.user inside. keep: as auto, but the "
             "caller is "
             "app.user, by default under his own number. host: no mapping, root only. Or a list of at most 8 "
             "\"INSIDE:OUTSIDE:COUNT\"." },
};
const struct form form_users = { .is = "a map, such as {map: keep}", .size = sizeof(struct users), ROWS(users_rows) };

/* --- machine-id --------------------------------------------------------------------------------------------------- */

static int parse_machine_id(struct walk *walk, struct node *node, void *ret)
{
    const char *text = node->text;
    (void)walk;
    bool hex = strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
    if (!hex && strcmp(text, "auto") != 0 && strcmp(text, "inherit") != 0)
        return -1;
    *(const char **)ret = text;
    return 0;
}

const struct form form_machine_id = { .is = "auto, inherit or 32 hexadecimal digits in lower case",
                                      .size = sizeof(const char *),
                                      .parse = parse_machine_id,
                                      .pattern = "^(auto|inherit|[0-9a-f]{32})$" };
