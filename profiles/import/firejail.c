/* A firejail profile. There what is not forbidden shows: the home, /tmp, the host's network. Here what is not named does not.
 * So most of what it forbids is the default, and what it names as needed (whitelist, noblacklist, mkdir) becomes binds. */
#include "profiles/import/import.h"

#include "base/file.h"
#include "base/names.h"
#include "profiles/fields.h"
#include "profiles/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MOST_INCLUDES 64

struct reader {
    struct import *import;
    struct strings ignored;                      /* of `ignore`: lines that begin so are passed over */
    struct strings included;                     /* each is read once */
    struct strings read_only, blacklist, spared; /* spared: of noblacklist */
    bool net, home, whitelists, dbus, no_sound, no_graphics, x11_none;
};

typedef void handler(struct reader *reader, const char *rest);

static bool begins(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

/* ${HOME}/x and ~/x, ${DOWNLOADS} and so on: what they are here. NULL: it names none. */
static const char *expanded(struct reader *reader, const char *path)
{
    static const struct {
        const char *from, *to;
    } names[] = { { "${HOME}", "${home}" },
                  { "~", "${home}" },
                  { "${DESKTOP}", "${home}/Desktop" },
                  { "${DOCUMENTS}", "${home}/Documents" },
                  { "${DOWNLOADS}", "${home}/Downloads" },
                  { "${MUSIC}", "${home}/Music" },
                  { "${PICTURES}", "${home}/Pictures" },
                  { "${VIDEOS}", "${home}/Videos" },
                  { "${RUNUSER}", "/run/user/${uid}" },
                  { "${PATH}", "/usr/bin" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (begins(path, names[i].from) && strchr("/", path[strlen(names[i].from)]))
            return arena_printf(reader->import->arena, "%s%s", names[i].to, path + strlen(names[i].from));
    return *path == '/' ? path : NULL;
}

/* What the root from the host shows anyway, or has of its own. */
static bool shows_anyway(const char *path)
{
    static const char *const own[] = { "/tmp", "/dev", "/proc", "/sys", "/var/tmp", "/run/resolvconf" };
    bool shows = import_system_shows(path);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        shows |= begins(path, own[i]) && strchr("/", path[strlen(own[i])]);
    return shows;
}

static void need_home(struct reader *reader)
{
    if (!reader->home)
        import_note(reader->import, IMPORT_NEAR,
                    "firejail shows the home but for its blacklist; here only what whitelist, noblacklist and mkdir name");
    reader->home = true;
}

static void show(struct reader *reader, const char *path, const char *more)
{
    const char *place = expanded(reader, path);
    if (!place) {
        import_note(reader->import, IMPORT_LOST, "%s: no path that is known here", path);
        return;
    }
    if (shows_anyway(place))
        return;
    if (strcmp(place, "${home}") == 0)
        import_note(reader->import, IMPORT_NEAR, "the whole home shows: bind less");
    if (begins(place, "${home}"))
        need_home(reader);
    import_bind(reader->import, place, place, more);
}

/* --- handlers ----------------------------------------------------------------------------------------------------- */

static void nothing(struct reader *reader, const char *rest) { (void)reader, (void)rest; }
static void on_whitelist(struct reader *reader, const char *rest)
{
    reader->whitelists = true;
    show(reader, rest, ", write: true, optional: true");
}
static void on_whitelist_ro(struct reader *reader, const char *rest)
{
    reader->whitelists = true;
    show(reader, rest, ", optional: true");
}

static void on_noblacklist(struct reader *reader, const char *rest)
{
    *SLICE_PUSH(reader->import->arena, &reader->spared) = arena_strdup(reader->import->arena, rest);
    show(reader, rest, ", write: true, optional: true");
}

static void on_mkdir(struct reader *reader, const char *rest) { show(reader, rest, ", write: true, create: true"); }

/* Only of what shows: whether it does, is known when all has been read. */
static void on_read_only(struct reader *reader, const char *rest)
{
    *SLICE_PUSH(reader->import->arena, &reader->read_only) = arena_strdup(reader->import->arena, rest);
}
static void on_blacklist(struct reader *reader, const char *rest)
{
    *SLICE_PUSH(reader->import->arena, &reader->blacklist) = arena_strdup(reader->import->arena, rest);
}

static void protect(struct reader *reader, const char *rest)
{
    const char *place = expanded(reader, rest);
    if (place && !shows_anyway(place) && !import_write_not(reader->import, place) && !reader->whitelists)
        show(reader, rest, ", optional: true");
}

static void hide(struct reader *reader, const char *rest)
{
    const char *place = expanded(reader, rest);
    if (!place || begins(place, "/tmp") || begins(place, "/dev") || begins(place, "/proc") || begins(place, "/sys"))
        return; /* it does not show here anyway */
    for (size_t i = 0; i < reader->spared.count; i++)
        if (strcmp(reader->spared.items[i], rest) == 0 || strcmp(expanded(reader, reader->spared.items[i]) ?: "", place) == 0)
            return;
    if (strpbrk(place, "*?[") && !shows_anyway(place) && !reader->whitelists)
        return;
    if (strpbrk(place, "*?["))
        import_note(reader->import, IMPORT_LOST,
                    "blacklist %s: a pattern; what it hid shows where it lies in something that does", rest);
    else if (!shows_anyway(place))
        import_hide(reader->import, place, ", optional: true");
    else if (forms_is_normal_path(place))
        import_add(reader->import, "root.hide", import_text(reader->import, place));
}

static void on_caps_keep(struct reader *reader, const char *rest)
{
    char *copy = arena_strdup(reader->import->arena, rest);
    for (char *name; (name = strsep(&copy, ", "));) {
        for (char *p = name; *p; p++)
            *p = *p == '_' ? '-' : *p;
        bool known = false;
        for (int i = 0; i < CAPABILITY_COUNT; i++)
            known |= strcmp(capability_names[i], name) == 0;
        if (known)
            import_add(reader->import, "privileges.capabilities", name);
        else if (*name)
            import_note(reader->import, IMPORT_LOST, "caps.keep %s: not a capability", name);
    }
}

static void on_seccomp(struct reader *reader, const char *rest)
{
    char *copy = arena_strdup(reader->import->arena, rest);
    for (char *name; (name = strsep(&copy, ", "));) {
        const char *list = *name == '!' ? "syscalls.allow" : "syscalls.deny";
        name += *name == '!';
        if (!*name)
            continue;
        if (*name == '@' || strchr(name, '$') || strchr(name, ':'))
            import_note(reader->import, IMPORT_NEAR, "seccomp %s: firejail's group; the default set of calls stands for it",
                        name);
        else
            import_add(reader->import, list, import_text(reader->import, name));
    }
}

static void on_seccomp_keep(struct reader *reader, const char *rest)
{
    import_note(reader->import, IMPORT_NEAR, "seccomp.keep: the strict set, and with it the calls that are named");
    import_set(reader->import, "syscalls.base", "strict");
    char *copy = arena_strdup(reader->import->arena, rest);
    for (char *name; (name = strsep(&copy, ", "));)
        if (*name == '@' || strchr(name, '$'))
            import_note(reader->import, IMPORT_LOST, "seccomp.keep %s: firejail's group; name the calls", name);
        else if (*name)
            import_add(reader->import, "syscalls.allow", import_text(reader->import, name));
}

static void on_error_action(struct reader *reader, const char *rest)
{
    import_set(reader->import, "syscalls.on-deny",
               strcmp(rest, "kill") == 0  ? "kill"
               : strcmp(rest, "log") == 0 ? "log"
                                          : "errno");
}

static void on_protocol(struct reader *reader, const char *rest)
{
    static const struct {
        const char *word, *family;
    } families[] = { { "packet", "AF_PACKET" }, { "bluetooth", "AF_BLUETOOTH" } };
    for (size_t i = 0; i < 2; i++) /* what programs ask of netlink, the default set lets them */
        if (strstr(rest, families[i].word))
            import_add(reader->import, "syscalls.allow",
                       arena_printf(reader->import->arena, "{name: socket, args: [{index: 0, op: eq, value: %s}]}",
                                    families[i].family));
    if (!strstr(rest, "inet"))
        reader->net = true; /* it cannot use one: none is the default */
}

static void on_net(struct reader *reader, const char *rest)
{
    reader->net = true;
    if (strcmp(rest, "none") == 0)
        return;
    import_set(reader->import, "network.mode", "macvlan");
    import_set(reader->import, "network.link", import_text(reader->import, rest));
}

static void on_private_bin(struct reader *reader, const char *rest)
{
    (void)rest;
    import_note(reader->import, IMPORT_NEAR,
                "private-bin: all programs of the host's root can be started; paths.execute would limit that");
}

static void on_private_etc(struct reader *reader, const char *rest)
{
    (void)rest;
    import_note(reader->import, IMPORT_NEAR, "private-etc: all of /etc shows, read-only; root.hide takes parts of it away");
}

static void on_private(struct reader *reader, const char *rest)
{
    if (!*rest)
        return;
    const char *place = expanded(reader, rest);
    if (place)
        import_bind(reader->import, place, "${home}", ", write: true");
    need_home(reader);
}

static void on_talk(struct reader *reader, const char *rest)
{
    import_add(reader->import, "desktop.dbus.talk", import_text(reader->import, rest));
}
static void on_own(struct reader *reader, const char *rest)
{
    import_add(reader->import, "desktop.dbus.own", import_text(reader->import, rest));
}
static void on_dbus(struct reader *reader, const char *rest)
{
    (void)rest;
    reader->dbus = true; /* none, or a filter whose names follow */
}

static void on_env(struct reader *reader, const char *rest)
{
    const char *equals = strchr(rest, '=');
    if (equals && equals > rest)
        import_set(reader->import, arena_printf(reader->import->arena, "app.env.%.*s", (int)(equals - rest), rest),
                   import_text(reader->import, equals + 1));
}

static void on_timeout(struct reader *reader, const char *rest)
{
    unsigned hours, minutes, seconds;
    if (sscanf(rest, "%u:%u:%u", &hours, &minutes, &seconds) == 3)
        import_set(reader->import, "app.timeout",
                   arena_printf(reader->import->arena, "%us", (hours * 60 + minutes) * 60 + seconds));
}

static void on_name(struct reader *reader, const char *rest)
{
    if (forms_is_name(rest))
        import_set(reader->import, "name", import_text(reader->import, rest));
}

static void on_cpu(struct reader *reader, const char *rest)
{
    import_set(reader->import, "resources.cpu.set", import_text(reader->import, rest));
}

static void on_no_sound(struct reader *reader, const char *rest) { (void)rest, reader->no_sound = true; }
static void on_no_graphics(struct reader *reader, const char *rest) { (void)rest, reader->no_graphics = true; }
static void on_x11(struct reader *reader, const char *rest) { reader->x11_none |= strcmp(rest, "none") == 0; }
static void on_ignore(struct reader *reader, const char *rest)
{
    *SLICE_PUSH(reader->import->arena, &reader->ignored) = arena_strdup(reader->import->arena, rest);
}

static void on_mdwx(struct reader *reader, const char *rest)
{
    (void)rest;
    import_note(reader->import, IMPORT_LOST, "memory-deny-write-execute: memory can be written and then run");
}

static void on_tmpfs(struct reader *reader, const char *rest)
{
    const char *place = expanded(reader, rest);
    if (place && !shows_anyway(place) && !strpbrk(place, "*?["))
        import_tmpfs(reader->import, place, "64M", "");
}

static void on_include(struct reader *reader, const char *rest);

/* A number that goes to a key as it is. */
static const struct {
    const char *word, *key;
} number_rows[] = { { "rlimit-as", "limits.address-space" },
                    { "rlimit-cpu", NULL },
                    { "rlimit-fsize", "limits.file-size" },
                    { "rlimit-nofile", "limits.files" },
                    { "rlimit-nproc", "limits.processes" },
                    { "rlimit-sigpending", "limits.signals" },
                    { "nice", "app.nice" } };

/* Rows name their handler by a number, and hold their texts themselves: without a pointer in it the table needs no relocation
 * when the program, of which this is a rare part, starts. */
/* Each time that clang-format sees such a list it makes another of it. */
/* clang-format off */
#define HANDLERS(X)                                                                                                            \
    X(on_include) X(on_whitelist) X(on_whitelist_ro) X(on_noblacklist) X(on_read_only) X(on_mkdir) X(on_blacklist) X(on_tmpfs) X(on_caps_keep) X(on_seccomp)        \
    X(on_seccomp_keep) X(on_error_action) X(on_protocol) X(on_net) X(on_private) X(on_private_bin) X(on_private_etc)           \
    X(on_dbus) X(on_talk) X(on_own) X(on_env) X(on_timeout) X(on_name) X(on_cpu) X(on_no_sound) X(on_no_graphics) X(on_x11)    \
    X(on_ignore) X(on_mdwx) X(nothing)
/* clang-format on */
enum handler_number {
#define X(name) DO_##name,
    HANDLERS(X)
#undef X
};

static const struct directive {
    char word[28];
    uint8_t handler;
    uint8_t loss;
    char note[100]; /* what is different; empty: it is the default, or the handler says it */
} directives[] = {
    { "include", DO_on_include },
    { "whitelist", DO_on_whitelist },
    { "noblacklist", DO_on_noblacklist },
    { "whitelist-ro", DO_on_whitelist_ro },
    { "read-only", DO_on_read_only },
    { "read-write", DO_on_whitelist },
    { "mkdir", DO_on_mkdir },
    { "mkfile", DO_on_whitelist },
    { "blacklist", DO_on_blacklist },
    { "blacklist-nolog", DO_on_blacklist },
    { "tmpfs", DO_on_tmpfs },
    { "caps.keep", DO_on_caps_keep },
    { "seccomp", DO_on_seccomp },
    { "seccomp.drop", DO_on_seccomp },
    { "seccomp.keep", DO_on_seccomp_keep },
    { "seccomp-error-action", DO_on_error_action },
    { "protocol", DO_on_protocol },
    { "net", DO_on_net },
    { "private", DO_on_private },
    { "private-bin", DO_on_private_bin },
    { "private-etc", DO_on_private_etc },
    { "dbus-user", DO_on_dbus },
    { "dbus-user.talk", DO_on_talk },
    { "dbus-user.own", DO_on_own },
    { "env", DO_on_env },
    { "timeout", DO_on_timeout },
    { "name", DO_on_name },
    { "cpu", DO_on_cpu },
    { "nosound", DO_on_no_sound },
    { "no3d", DO_on_no_graphics },
    { "x11", DO_on_x11 },
    { "ignore", DO_on_ignore },
    { "memory-deny-write-execute", DO_on_mdwx },
    { "caps.drop", DO_nothing },
    { "caps", DO_nothing },
    { "nonewprivs", DO_nothing },
    { "noroot", DO_nothing },
    { "nogroups", DO_nothing },
    { "shell", DO_nothing },
    { "seccomp.block-secondary", DO_nothing },
    { "seccomp.32", DO_nothing },
    { "restrict-namespaces", DO_nothing },
    { "private-dev", DO_nothing },
    { "private-tmp", DO_nothing },
    { "private-cache", DO_nothing },
    { "disable-mnt", DO_nothing },
    { "machine-id", DO_nothing },
    { "ipc-namespace", DO_nothing },
    { "dbus-system", DO_nothing },
    { "nodbus", DO_on_dbus },
    { "nodvd", DO_nothing },
    { "notv", DO_nothing },
    { "nou2f", DO_nothing },
    { "novideo", DO_nothing },
    { "noinput", DO_nothing },
    { "noprinters", DO_nothing },
    { "noautopulse", DO_nothing },
    { "quiet", DO_nothing },
    { "join-or-start", DO_nothing },
    { "nowhitelist", DO_nothing },
    { "allusers", DO_nothing },
    { "noexec", DO_nothing, IMPORT_NEAR, "noexec: what is bound can be run from; exec: false forbids it" },
    { "hostname", DO_nothing, IMPORT_NEAR, "hostname: the name of the profile is its host name" },
    { "netfilter", DO_nothing, IMPORT_LOST,
      "netfilter: firejail's packet filter; network.egress and ingress say what may pass" },
    { "tracelog", DO_nothing, IMPORT_LOST, "tracelog: `cordon run --why` tells at the end of a run what was refused" },
    { "apparmor", DO_nothing, IMPORT_LOST, "apparmor: firejail's label is its own; name one of yours in label.apparmor" },
    { "apparmor-replace", DO_nothing, IMPORT_LOST,
      "apparmor: firejail's label is its own; name one of yours in label.apparmor" },
    { "private-lib", DO_nothing, IMPORT_NEAR, "private-lib: all libraries of the host's root show" },
    { "private-opt", DO_nothing, IMPORT_NEAR, "private-opt: bind the parts of /opt that are needed" },
    { "private-srv", DO_nothing, IMPORT_NEAR, "private-srv: bind the parts of /srv that are needed" },
    { "private-cwd", DO_nothing, IMPORT_NEAR, "private-cwd: app.workdir says where it begins" },
    { "writable-var", DO_nothing, IMPORT_NEAR, "writable-var: bind the parts of /var that are needed" },
    { "writable-var-log", DO_nothing, IMPORT_NEAR, "writable-var-log: bind the parts of /var/log that are needed" },
    { "writable-run-user", DO_nothing, IMPORT_NEAR, "writable-run-user: bind the parts of /run/user that are needed" },
    { "writable-etc", DO_nothing, IMPORT_LOST, "writable-etc: /etc of the host is never writable" },
    { "allow-debuggers", DO_nothing, IMPORT_NEAR, "allow-debuggers: add privileges.allow: [debug] while debugging" },
    { "dbus-system.talk", DO_nothing, IMPORT_LOST, "dbus-system.talk: the system bus is not there" },
    { "dbus-system.own", DO_nothing, IMPORT_LOST, "dbus-system.own: the system bus is not there" },
    { "deterministic-shutdown", DO_nothing, IMPORT_NEAR, "deterministic-shutdown: a run ends with its command" },
    { "deterministic-exit-code", DO_nothing },
};

/* --- lines -------------------------------------------------------------------------------------------------------- */

static bool is_ignored(const struct reader *reader, const char *line)
{
    for (size_t i = 0; i < reader->ignored.count; i++)
        if (begins(line, reader->ignored.items[i]) && strchr(" ", line[strlen(reader->ignored.items[i])]))
            return true;
    return false;
}

static bool take_number(struct reader *reader, const char *word, const char *rest)
{
    for (size_t i = 0; i < sizeof number_rows / sizeof *number_rows; i++) {
        if (strcmp(number_rows[i].word, word) != 0)
            continue;
        int64_t value;
        if (!forms_integer(rest, -20, INT64_MAX, &value))
            import_note(reader->import, IMPORT_LOST, "%s %s: not a number", word, rest);
        else if (number_rows[i].key)
            import_set(reader->import, number_rows[i].key, rest);
        else
            import_set(reader->import, "limits.cpu", arena_printf(reader->import->arena, "%ss", rest));
        return true;
    }
    return false;
}

static void call(int number, struct reader *reader, const char *rest)
{
    static handler *const functions[] = {
#define X(name) [DO_##name] = name,
        HANDLERS(X)
#undef X
    };
    functions[number](reader, rest);
}

static void take_line(struct reader *reader, char *line)
{
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length && strchr(" \t\r", line[length - 1]))
        line[--length] = '\0';
    if (!*line || *line == '#' || is_ignored(reader, line))
        return;
    size_t word_length = strcspn(line, " \t");
    const char *word = arena_strndup(reader->import->arena, line, word_length),
               *rest = line + word_length + strspn(line + word_length, " \t");
    if (*word == '?') {
        import_note(reader->import, IMPORT_LOST, "%s: a condition; decide it and write what follows", word);
        return;
    }
    if (take_number(reader, word, rest))
        return;
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (strcmp(directives[i].word, word) != 0)
            continue;
        if (directives[i].note[0])
            import_note(reader->import, (enum import_loss)directives[i].loss, "%s", directives[i].note);
        call(directives[i].handler, reader, rest);
        return;
    }
    bool plain = word_length < 32 && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-.")];
    import_note(reader->import, IMPORT_LOST, "%s: not known", plain ? word : "a line that is no directive");
}

static void take_text(struct reader *reader, const char *file, const char *text)
{
    const char *outer_file = reader->import->file;
    int outer_line = reader->import->line;
    char *copy = arena_strdup(reader->import->arena, text);
    reader->import->file = file;
    reader->import->line = 0;
    for (char *line; (line = strsep(&copy, "\n"));) {
        reader->import->line++;
        take_line(reader, line);
    }
    reader->import->file = outer_file;
    reader->import->line = outer_line;
}

static bool is_read(const struct reader *reader, const char *path)
{
    for (size_t i = 0; i < reader->included.count; i++)
        if (strcmp(reader->included.items[i], path) == 0)
            return true;
    return false;
}

/* What is not understood is told by its words, and who wrote the profile may read that: nothing is read for him but files
 * beside it, and firejail's own. */
static const char *included(struct import *import, const char *path, const char *rest)
{
    static const char own[] = "/etc/firejail/";
    struct stat st;
    size_t length;
    const bool theirs = !begins(path, own);
    errno = EACCES;
    if (strstr(rest, "..") || (theirs && strchr(rest, '/')))
        return NULL;
    const char *text = file_read_regular(import->arena, AT_FDCWD, path, theirs ? O_NOFOLLOW : 0, YAML_LARGEST, &st, &length);
    return text && strlen(text) == length ? text : NULL;
}

/* Beside the file that names it. What disables is the default here; what is local need not be there. */
static void on_include(struct reader *reader, const char *rest)
{
    struct import *import = reader->import;
    if (begins(rest, "disable-"))
        return;
    if (begins(rest, "allow-")) {
        import_note(import, IMPORT_NEAR,
                    "include %s: not read; programs show without it, what it allows below the home does not", rest);
        return;
    }
    const char *slash = strrchr(import->file, '/');
    const char *path =
        *rest == '/' || !slash ? rest : arena_printf(import->arena, "%.*s/%s", (int)(slash - import->file), import->file, rest);
    if (is_read(reader, path))
        return;
    const char *text = reader->included.count < MOST_INCLUDES ? included(import, path, rest) : NULL;
    if (!text) {
        bool may_be_missing = begins(rest, "whitelist-") || strstr(rest, ".local");
        if (!may_be_missing || errno != ENOENT || reader->included.count == MOST_INCLUDES)
            import_note(import, IMPORT_LOST, "include %s: it cannot be read, or lies elsewhere", rest);
        return;
    }
    *SLICE_PUSH(import->arena, &reader->included) = arena_strdup(import->arena, path);
    take_text(reader, path, text);
}

static void finish(struct reader *reader)
{
    struct import *import = reader->import;
    import->line = 0;
    for (size_t i = 0; i < reader->read_only.count; i++)
        protect(reader, reader->read_only.items[i]);
    for (size_t i = 0; i < reader->blacklist.count; i++)
        hide(reader, reader->blacklist.items[i]);
    if (!reader->net) {
        import_set(import, "network.mode", "host");
        import_note(import, IMPORT_NEAR, "no net: firejail shares the host's network then, so network.mode is host");
    }
    if (reader->home) {
        import_set(import, "app.user", "caller");
        import_set(import, "users.map", "keep");
    }
    if (!reader->dbus)
        import_note(
            import, IMPORT_LOST,
            "the session bus, which firejail shows where the profile says nothing of it: name what is needed in desktop.dbus");
    if (reader->x11_none)
        return;
    import_set(import, "desktop.wayland", "true");
    import_note(import, IMPORT_NEAR, "Wayland only: an X server shows the keys of every program (desktop.x11 would)");
    if (!reader->no_sound)
        import_set(import, "desktop.audio", "true");
    if (!reader->no_graphics)
        import_set(import, "desktop.gpu", "true");
}

void import_firejail(struct import *import, const char *file, const char *text)
{
    struct reader reader = { .import = import };
    import->file = file;
    *SLICE_PUSH(import->arena, &reader.included) = arena_strdup(import->arena, file);
    take_text(&reader, file, text);
    finish(&reader);
}
