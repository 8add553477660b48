/* Ids and users: the values of app.user, app.groups and users.map, and the files that say whose ids are whose: /etc/passwd and
 * /etc/group of a root, which is untrusted, and /etc/subuid. The first line is the user, the second a group, those after it are
 * ranges up to an empty line, and the rest is such a file. */
#include "base/passwd.h"
#include "fuzz.h"
#include "plan/host.h"
#include "profiles/fields.h"

static struct node *push(struct arena *arena, struct node *parent, const char *key, enum node_kind kind, const char *text)
{
    struct node *node = node_new(arena, kind, (struct source){ "fuzz.yaml", 1, 1 });
    node->key = key;
    node->text = text;
    if (parent)
        *SLICE_PUSH(arena, &parent->children) = node;
    return node;
}

static void read_users(struct arena *arena, const char *user, const char *group, char **rest)
{
    struct errors errors = { 0 };
    struct walk walk = { .arena = arena, .errors = &errors, .top = &form_profile };
    struct node *top = push(arena, NULL, NULL, NODE_MAP, NULL);
    struct node *app = push(arena, top, "app", NODE_MAP, NULL);
    struct node *users = push(arena, top, "users", NODE_MAP, NULL), *map = NULL;
    char *line;
    push(arena, app, "user", NODE_SCALAR, user);
    push(arena, push(arena, app, "groups", NODE_LIST, NULL), NULL, NODE_SCALAR, group);
    while ((line = strsep(rest, "\n")) && *line) {
        map = map ? map : push(arena, users, "map", NODE_LIST, NULL);
        push(arena, map, NULL, NODE_SCALAR, line);
    }
    struct spec *spec = spec_new(arena);
    rows_read(&walk, &form_profile, top, spec);
    for (size_t i = 0; i < spec->users.list.count; i++) {
        struct id_range range = spec->users.list.items[i];
        PROMISE(errors.count ||
                (range.count && range.inside <= UINT32_MAX - range.count && range.outside <= UINT32_MAX - range.count));
    }
    fuzz_print(&errors);
}

static void read_files(struct arena *arena, const char *user, const char *group, const char *text)
{
    static int folder = -1;
    static char subuid[4200];
    if (folder < 0) {
        folder = open(fuzz_folder(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        PROMISE(mkdirat(folder, "etc", 0700) == 0);
        snprintf(subuid, sizeof subuid, "%s/etc/passwd", fuzz_folder()); /* one text is read as all three */
    }
    fuzz_write(folder, "etc/passwd", text, strlen(text));
    fuzz_write(folder, "etc/group", text, strlen(text));
    struct error err = { 0 };
    struct passwd_entry entry;
    gid_t gid;
    if (passwd_by_name(folder, user, arena, &entry, &err) == 1)
        PROMISE(strcmp(entry.name, user) == 0 && entry.uid != (uid_t)-1 && entry.gid != (gid_t)-1 && entry.home && entry.shell);
    static const uid_t uids[] = { 0, 1000 };
    for (size_t i = 0; i < 2; i++)
        if (passwd_by_uid(folder, uids[i], arena, &entry, &err) == 1)
            PROMISE(entry.uid == uids[i] && entry.gid != (gid_t)-1 && entry.name && entry.home && entry.shell);
    if (group_by_name(folder, group, &gid, &err) == 1)
        PROMISE(gid != (gid_t)-1);
    error_fini(&err);

    struct caller caller = { .uid = 1000, .name = user };
    struct id_block block = host_subordinate(arena, subuid, &caller);
    PROMISE(!block.count || (block.start > 0 && block.start < UINT32_MAX - block.count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    char *rest = arena_strndup(&arena, (const char *)data, size);
    const char *user = strsep(&rest, "\n"), *group = rest ? strsep(&rest, "\n") : "";
    read_users(&arena, user, group, &rest);
    if (rest && *rest)
        read_files(&arena, user, group, rest);
    arena_free(&arena);
    return 0;
}
