/* root, mounts, devices: what it sees of file systems. */
#include "kernel/devices.h"
#include "profiles/fields.h"

#include "base/text.h"
#include "profiles/load.h"

#include <string.h>

/* --- root --------------------------------------------------------------------------------------------------------- */

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static void root_directory(struct walk *walk, struct node *node, const char *path, struct root *root)
{
    struct node directory = *node;
    directory.text = path;
    rows_read(walk, &form_host_path, &directory, &root->path);
    root->from = ROOT_DIR;
    node->text = arena_printf(walk->arena, "dir:%s", directory.text);
}

static int parse_from(struct walk *walk, struct node *node, void *ret)
{
    struct root *root = ret;
    const char *text = node->text, *rest;
    if (strcmp(text, "host") == 0 || strcmp(text, "empty") == 0) {
        root->from = *text == 'h' ? ROOT_HOST : ROOT_EMPTY;
        return 0;
    }
    if ((rest = after(text, "dir:"))) {
        root_directory(walk, node, rest, root);
        return 0;
    }
    if ((rest = after(text, "image:")) || (rest = after(text, "file:")))
        return *rest ? 0 : -1;
    if (strchr(text, '/')) {
        error_help(walk_error(walk, node->at, "'%s' is not %s", text, "host, empty, dir:PATH, image:NAME or file:PATH"),
                   "for a folder, write dir:%s", text);
        return 0;
    }
    static const char *const words[] = { "host", "empty" };
    const char *near = text_nearest(text, words, 2);
    if (near)
        walk_error(walk, node->at, "'%s' is not a root, did you mean '%s'?", text, near);
    return near ? 0 : -1;
}

static bool from_later(const struct node *node) { return after(node->text, "image:") || after(node->text, "file:"); }

static const struct form form_from = { .is = "host, empty, dir:PATH, image:NAME or file:PATH",
                                       .size = sizeof(struct root),
                                       .parse = parse_from,
                                       .later = from_later,
                                       .not_yet = "image:NAME, file:PATH",
                                       .pattern = "^(host|empty|dir:.+|image:.+|file:.+)$" };

static const struct word write_words[] = {
    { "none", WRITE_NONE }, { "discard", WRITE_DISCARD }, { "direct", WRITE_DIRECT }, { "keep", 0, .later = true }, { NULL }
};
static const struct word seal_words[] = { { "none" }, { "flexible" }, { "fixed" }, { "strict" }, { NULL } };
static const struct form form_write = { .is = "none, discard, direct or keep", .size = sizeof(int), .words = write_words };
static const struct form form_seal = { .is = "none, flexible, fixed or strict", .words = seal_words };

static int parse_show(struct walk *walk, struct node *node, void *ret)
{
    struct mount_entry *mount = ret;
    size_t mistakes = walk->errors->count;
    rows_read(walk, &form_host_path, node, &mount->source);
    if (walk->errors->count == mistakes && !forms_is_normal_path(node->text))
        error_help(walk_error(walk, node->at, "'%s' holds '..', which cannot be a place inside", node->text),
                   "write the path that it leads to");
    mount->at = mount->source;
    mount->kind = MOUNT_BIND;
    mount->exec = true;
    mount->owner = OWNER_KEEP;
    mount->where = node->at;
    return 0;
}

static const struct form form_show = {
    .is = "a path of the host", .size = sizeof(struct mount_entry), .parse = parse_show, .pattern = "^[^~]"
};
static const struct form form_shows = { .is = "a list of paths of the host, such as [/opt]",
                                        .size = sizeof(((struct root *)0)->show),
                                        .items = &form_show,
                                        .item_size = sizeof(struct mount_entry) };

static const struct row root_rows[] = {
    { "from", &form_from, .offset = 0, .size = sizeof(struct root), .preset = "host", .example = "dir:/srv/roots/debian",
      .doc = "host: an allow-list, read-only /usr with /bin, /sbin, /lib*, and /etc, all else empty; dir:PATH; empty; "
             "image:NAME[@SNAPSHOT]; file:PATH." },
    { "write", &form_write, ROW_FIELD(struct root, write), .preset = "none", .example = "discard",
      .doc = "none: read-only; discard: an overlay in memory, gone at exit; direct: into the folder itself, not for host; "
             "keep: kept with the container." },
    { "size", &form_size, ROW_FIELD(struct root, size), .preset = "256M", .example = "1G",
      .doc = "How much 'discard' may hold, and a name for each KiB of it." },
    { "show", &form_shows, ROW_FIELD(struct root, show), .preset = "[]", .example = "[/opt]",
      .doc = "More of the host, read-only." },
    { "hide", &form_paths, ROW_FIELD(struct root, hide), .flags = ROW_GROWS, .preset = "[]", .example = "[/usr/src]",
      .doc = "These show as empty. Layers only add to it. Of a file that is replaced outside meanwhile, hide the folder." },
    { "seal", &form_seal, ROW_NOWHERE, .flags = ROW_LATER, .preset = "none", .example = "fixed",
      .doc = "How much of a writable root is locked, as in immutable zones." },
};
const struct form form_root = { .is = "a map, such as {from: host}", .size = sizeof(struct root), ROWS(root_rows) };

/* --- mounts ------------------------------------------------------------------------------------------------------- */

/* Each kind of mount by the key that says it, with what it starts from and the keys that go with it. */
static const struct mount_kind_row {
    const char *key;
    enum mount_kind kind;
    bool write, exec;
    const char *keys; /* between spaces */
} mount_kinds[] = {
    { "bind", MOUNT_BIND, false, true, " at write exec owner create optional " },
    { "tmpfs", MOUNT_TMPFS, true, false, " at write exec mode optional " },
    { "volume", MOUNT_VOLUME, true, true, " at write exec owner size optional " },
    { "hide", MOUNT_HIDE, false, false, " optional " },
    { "image", MOUNT_BIND, false, true, " at write exec optional " },
};
#define MOUNT_KINDS (sizeof mount_kinds / sizeof *mount_kinds)

static const struct mount_kind_row *mount_kind(const struct node *map)
{
    for (size_t i = 0; i < MOUNT_KINDS; i++)
        if (node_get(map, mount_kinds[i].key))
            return &mount_kinds[i];
    return NULL;
}

static void begin_mount(struct walk *walk, struct node *map, void *target)
{
    struct mount_entry *mount = target;
    const struct mount_kind_row *kind = mount_kind(map);
    (void)walk;
    mount->where = map->at;
    mount->mode = 0755;
    if (!kind)
        return;
    mount->kind = kind->kind;
    mount->write = kind->write;
    mount->exec = kind->exec;
}

static void check_mount_keys(struct walk *walk, const struct node *map, const struct mount_kind_row *kind)
{
    for (size_t i = 0; i < map->children.count; i++) {
        const struct node *entry = map->children.items[i];
        if (strcmp(entry->key, kind->key) == 0 || !rows_get(&form_mounts.items[0], entry->key))
            continue;
        bool other = false;
        for (size_t k = 0; k < MOUNT_KINDS; k++)
            other = other || strcmp(entry->key, mount_kinds[k].key) == 0;
        if (other)
            walk_error(walk, entry->key_at, "is both '%s' and '%s': one entry mounts one thing", kind->key, entry->key);
        else if (!strstr(kind->keys, arena_printf(walk->arena, " %s ", entry->key)))
            error_help(walk_error(walk, entry->key_at, "'%s' has no meaning for '%s'", entry->key, kind->key),
                       "beside '%s' can stand:%.*s", kind->key, (int)strlen(kind->keys) - 1, kind->keys);
    }
}

static void finish_mount(struct walk *walk, struct node *map, void *target)
{
    struct mount_entry *mount = target;
    const struct mount_kind_row *kind = mount_kind(map);
    if (!kind) {
        error_help(walk_error(walk, map->at, "says no kind of mount"),
                   "one of bind, tmpfs, volume, hide, image is needed, such as {bind: /srv, at: /srv}");
        return;
    }
    check_mount_keys(walk, map, kind);
    const struct node *write = node_get(map, "write");
    if (write && write->kind == NODE_SCALAR && strcmp(write->text, "keep") == 0 && strcmp(kind->key, "image") != 0)
        error_help(walk_error(walk, write->at, "write: keep is for images"), "write true or false");
    if (mount->kind != MOUNT_HIDE && !node_get(map, "at"))
        error_help(walk_error(walk, map->at, "the key 'at' is missing"), "at: is the path inside, for example at: %s",
                   mount->source && *mount->source == '/' ? mount->source : "/data");
    if (mount->at && strcmp(mount->at, "/") == 0)
        error_help(walk_error(walk, map->at, "'/' is the root itself"), "root.from says what the root is");
}

static const char *mount_identity(const struct node *item)
{
    const struct node *at = item->kind == NODE_SCALAR ? item : node_get(item, node_get(item, "hide") ? "hide" : "at");
    return at && at->kind == NODE_SCALAR ? at->text : NULL;
}

static const struct word owner_words[] = { { "auto", OWNER_AUTO }, { "map", OWNER_MAP }, { "keep", OWNER_KEEP }, { NULL } };
static const struct form form_owner = { .is = "auto, map or keep", .size = sizeof(int), .words = owner_words };
static const struct word mount_write_words[] = { { "keep", 0, .later = true }, { NULL } };

static int parse_mount_write(struct walk *walk, struct node *node, void *ret) { return form_bool.parse(walk, node, ret); }
static const struct form form_mount_write = { .is = "true or false, for images also keep",
                                              .size = sizeof(bool),
                                              .words = mount_write_words,
                                              .parse = parse_mount_write,
                                              .type = SCALAR_BOOLEAN };

static const struct row mount_rows[] = {
    { "bind", &form_host_path, ROW_FIELD(struct mount_entry, source), .example = "/srv/www",
      .doc = "A file or folder of the host." },
    { "tmpfs", &form_size, ROW_FIELD(struct mount_entry, size), .example = "64M",
      .doc = "An empty folder in memory, of at most this size and a name for each KiB of it; 0: half of the memory." },
    { "volume", &form_name, ROW_FIELD(struct mount_entry, source), .example = "shop-data",
      .doc = "A folder of its own, made in the data folder on first use, owned by app.user, kept." },
    { "hide", &form_path, ROW_FIELD(struct mount_entry, at), .example = "/srv/www/.env",
      .doc = "A file or folder below another mount that shows as empty; one that does not exist yet cannot be made either. The "
             "kernel takes the mask away with the file: where somebody outside may put another in its place (as sed -i does), "
             "hide its folder. Below what can be written it does not hold against a program that may make mount namespaces "
             "(privileges.allow: [nested] and the like)." },
    { "image", &form_name, ROW_NOWHERE, .flags = ROW_LATER, .example = "shop-data", .doc = "An image of the store." },
    { "at", &form_path, ROW_FIELD(struct mount_entry, at), .example = "/srv/www",
      .doc = "Where, inside: absolute, without '.', '..', doubled or trailing slashes. Required but for hide." },
    { "write", &form_mount_write, ROW_FIELD(struct mount_entry, write), .example = "true",
      .doc = "Whether it can be written. Default: false for bind, true for tmpfs and volume. Started by root, what root of the "
             "container makes in a bind is root's on the host too, set-id programs as well: keep users of the host out of "
             "that folder, or write app.user or owner: keep." },
    { "exec", &form_bool, ROW_FIELD(struct mount_entry, exec), .example = "false",
      .doc = "Whether programs can be started from it. Default: true, but false for tmpfs." },
    { "owner", &form_owner, ROW_FIELD(struct mount_entry, owner), .preset = "auto", .example = "keep",
      .doc = "auto: id N on disk is N inside where root and the file system can idmap, else as keep; map: required; keep: "
             "owners as the id map shows them. Of a volume that root starts: auto is map, and keep is mapped where the file "
             "system can." },
    { "create", &form_bool, ROW_FIELD(struct mount_entry, create), .preset = "false", .example = "true",
      .doc = "Make the folder on the host where it is missing." },
    { "size", &form_size, ROW_NOWHERE, .flags = ROW_LATER, .example = "2G", .doc = "How much a volume may hold." },
    { "mode", &form_mode, ROW_FIELD(struct mount_entry, mode), .preset = "0755", .example = "\"1777\"",
      .doc = "The mode of a tmpfs's top folder." },
};
static const struct form form_mount = { .is = "a map, such as {bind: /srv, at: /srv}",
                                        .size = sizeof(struct mount_entry),
                                        ROWS(mount_rows),
                                        .begin = begin_mount,
                                        .finish = finish_mount };
const struct form form_mounts = { .is = "a list of maps, such as [{bind: /srv, at: /srv}]",
                                  .size = sizeof(((struct spec *)0)->mounts),
                                  .items = &form_mount,
                                  .item_size = sizeof(struct mount_entry),
                                  .identity = mount_identity };

/* --- devices ------------------------------------------------------------------------------------------------------ */

#define DEVICE_FORM "a path below /dev, or a CDI name"
#define DEVICE_PATTERN "^(/dev/.+|[^/]+/[^=]+=.+)$"

/* vendor.com/class=name */
static bool is_cdi_name(const struct node *node)
{
    const char *text = node->text, *slash = strchr(text, '/'), *equals = strchr(text, '=');
    return text[0] != '/' && slash && equals && slash < equals && slash > text && equals[1] && forms_one_line(text);
}

static int parse_device_path(struct walk *walk, struct node *node, void *ret)
{
    if (!is_cdi_name(node) && (!after(node->text, "/dev/") || !forms_is_normal_path(node->text)))
        error_help(walk_error(walk, node->at, "'%s' is no device: " DEVICE_FORM, node->text),
                   "such as /dev/fuse, \"/dev/dri/*\" or vendor.com/gpu=0");
    *(const char **)ret = node->text;
    return 0;
}

/* A device alone: the short form. */
static int parse_device(struct walk *walk, struct node *node, void *ret)
{
    return parse_device_path(walk, node, &((struct device_entry *)ret)->path);
}

static const struct word access_words[] = { { "r", DEVICE_READ },
                                            { "w", DEVICE_WRITE },
                                            { "rw", DEVICE_READ | DEVICE_WRITE },
                                            { "rm", DEVICE_READ | DEVICE_MKNOD },
                                            { "wm", DEVICE_WRITE | DEVICE_MKNOD },
                                            { "rwm", DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },
                                            { NULL } };

static void begin_device(struct walk *walk, struct node *node, void *target)
{
    (void)walk, (void)node;
    *(struct device_entry *)target = (struct device_entry){ .access = DEVICE_READ | DEVICE_WRITE };
}

static const struct form form_device_path = { .is = DEVICE_FORM,
                                              .size = sizeof(const char *),
                                              .parse = parse_device_path,
                                              .later = is_cdi_name,
                                              .not_yet = "VENDOR/CLASS=NAME",
                                              .pattern = DEVICE_PATTERN };
static const struct form form_access = { .is = "r, w, rw, or one of these with m", .size = sizeof(int), .words = access_words };
static const struct row device_rows[] = {
    { "path", &form_device_path, ROW_FIELD(struct device_entry, path), .flags = ROW_REQUIRED, .example = "/dev/sda1",
      .doc =
          "The device, or a pattern of glob(7); a link is followed within /dev, and shown under its own name. Of the entries "
          "that mean a device the one that names it holds, before one with a pattern." },
    { "access", &form_access, ROW_FIELD(struct device_entry, access), .preset = "rw", .example = "r",
      .doc = "r, w or rw: what it may be opened for, held by the device filter, or by Landlock where there is none (then not "
             "with a writable root). With m such nodes may also be made: root with users.map: host and the capability mknod." },
};
static const char *device_identity(const struct node *item)
{
    const struct node *path = item->kind == NODE_SCALAR ? item : node_get(item, "path");
    return path && path->kind == NODE_SCALAR ? path->text : NULL;
}
static const struct form form_device = { .is = "a device, such as /dev/fuse or {path: /dev/sda1, access: r}",
                                         .size = sizeof(struct device_entry),
                                         .begin = begin_device,
                                         .parse = parse_device,
                                         .later = is_cdi_name,
                                         .not_yet = "VENDOR/CLASS=NAME",
                                         .pattern = DEVICE_PATTERN,
                                         ROWS(device_rows) };
const struct form form_devices = { .is = "a list of devices, such as [/dev/fuse]",
                                   .size = sizeof(((struct spec *)0)->devices),
                                   .items = &form_device,
                                   .item_size = sizeof(struct device_entry),
                                   .identity = device_identity };
