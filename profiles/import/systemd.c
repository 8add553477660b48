/* The sandbox settings of a systemd unit, its command and its limits. */
#include "profiles/import/import.h"

#include "base/names.h"
#include "base/text.h"
#include "profiles/fields.h"

#include <ctype.h>
#include <string.h>

struct unit {
    struct import *import;
    bool network_own, addresses, families, inet;
    bool other_user;                 /* than root */
    bool dynamic;                    /* DynamicUser= */
    bool bounded;                    /* by CapabilityBoundingSet= */
    bool kept_out;                   /* of the system, by ProtectSystem= or a root of its own */
    bool calls, groups;              /* SystemCallFilter= allows these */
    struct strings bounding, hidden; /* capabilities; InaccessiblePaths=, as written */
};

typedef void handler(struct unit *unit, const char *name, const char *value);

static bool is_on(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0 || strcmp(value, "1") == 0;
}

/* Specifiers that have a counterpart; the others stay, and are told. */
static const char *expanded(struct unit *unit, const char *value)
{
    static const struct {
        const char *from, *to;
    } names[] = {
        { "%h", "${home}" },    { "%u", "${user}" },  { "%U", "${uid}" },  { "%i", "${instance}" }, { "%I", "${instance}" },
        { "%n", "${name}" },    { "%N", "${name}" },  { "%p", "${name}" }, { "%t", "/run" },        { "%S", "/var/lib" },
        { "%C", "/var/cache" }, { "%L", "/var/log" }, { "%%", "%" }
    };
    struct arena *arena = unit->import->arena;
    char *text = arena_alloc(arena, 16 * strlen(value) + 1), *to = text;
    while (*value) {
        size_t i = 0, count = sizeof names / sizeof *names;
        while (*value == '%' && i < count && strncmp(value, names[i].from, 2) != 0)
            i++;
        if (*value == '%' && i < count) {
            if (strcmp(names[i].to, "${instance}") == 0)
                import_note(unit->import, IMPORT_NEAR,
                            "%.2s: ${instance}; `run` refuses it until instances are available: a param can stand there",
                            value);
            to = stpcpy(to, names[i].to);
            value += 2;
        } else {
            if (*value == '%')
                import_note(unit->import, IMPORT_LOST, "%.2s: a specifier without a counterpart", value);
            *to++ = *value++;
        }
    }
    return text;
}

static void nothing(struct unit *unit, const char *name, const char *value) { (void)unit, (void)name, (void)value; }
static void lost(struct unit *unit, const char *name, const char *value)
{
    import_note(unit->import, IMPORT_LOST, "%s=%s: no counterpart", name, value);
}

/* "$$" is a dollar; before "{" it is so in a profile too, and stays. True: there is another, and so a variable. */
static bool take_dollars(char *word)
{
    bool variable = false;
    char *to = word;
    for (const char *at = word; *at; at++) {
        *to++ = *at;
        if (*at == '$' && at[1] != '$')
            variable = true;
        else if (*at == '$' && *++at && at[1] == '{')
            *to++ = '$';
    }
    *to = '\0';
    return variable;
}

/* "@" has the name that it is to believe it was called by as its second word; "+" and "!" pass the settings by. */
static void on_exec(struct unit *unit, const char *name, const char *value)
{
    struct import *import = unit->import;
    size_t signs = strspn(value, "-@:+!|");
    if (import_has(import, "app.command"))
        import_note(import, IMPORT_LOST, "%s: another one before it; this is the command", name);
    for (size_t i = 0; i < signs; i++)
        if (strchr("+!", value[i]))
            import_note(import, IMPORT_LOST, "%s=%c…: it passed the unit's restrictions by; here they hold", name, value[i]);
    bool named = memchr(value, '@', signs);
    import_drop(import, "app.command");
    size_t index = 0;
    for (char **words = import_words(import->arena, value + signs); *words; words++, index++) {
        bool variable = take_dollars(*words);
        if (named && index == 1)
            import_note(import, IMPORT_LOST, "%s=@…: it is called by its own name, not %s", name, *words);
        else if (variable)
            import_note(import, IMPORT_LOST, "%s: %s stands for what a variable holds: write that out", name, *words);
        else
            import_append(import, "app.command", import_path(import, expanded(unit, *words)));
    }
}

static void on_user(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    unit->other_user = strcmp(value, "root") != 0 && strcmp(value, "0") != 0;
    import_set(unit->import, "app.user", import_path(unit->import, expanded(unit, value)));
}

static void on_environment(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    for (char **words = import_words(unit->import->arena, expanded(unit, value)); *words; words++) {
        char *equals = strchr(*words, '=');
        if (!equals || equals == *words)
            continue;
        *equals = '\0';
        import_set(unit->import, arena_printf(unit->import->arena, "app.env.%s", *words),
                   import_path(unit->import, equals + 1));
    }
}

static void each_word(struct unit *unit, const char *value, const char *key)
{
    for (char **words = import_words(unit->import->arena, value); *words; words++)
        import_add(unit->import, key, import_text(unit->import, *words));
}

static void on_pass(struct unit *unit, const char *name, const char *value)
{
    (void)name, each_word(unit, value, "app.env-pass");
}

static void on_workdir(struct unit *unit, const char *name, const char *value)
{
    const char *path = expanded(unit, value + (*value == '-'));
    if (*path == '/' && forms_is_normal_path(path))
        import_set(unit->import, "app.workdir", import_text(unit->import, path));
    else
        lost(unit, name, value);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void each_path(struct unit *unit, const char *value, const char *more)
{
    for (char **words = import_words(unit->import->arena, expanded(unit, value)); *words; words++) {
        bool optional = **words == '-';
        const char *path = *words + optional, *colon = strchr(path, ':');
        path += *path == '+';
        const char *at = path;
        if (colon) {
            at = arena_strndup(unit->import->arena, colon + 1, strcspn(colon + 1, ":"));
            path = arena_strndup(unit->import->arena, path, (size_t)(colon - path));
        }
        import_bind(unit->import, path, at,
                    arena_printf(unit->import->arena, "%s%s", more, optional ? ", optional: true" : ""));
    }
}

static void on_write(struct unit *unit, const char *name, const char *value)
{
    (void)name, each_path(unit, value, ", write: true");
}
static void on_read(struct unit *unit, const char *name, const char *value) { (void)name, each_path(unit, value, ""); }

static void on_hide(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    for (char **words = import_words(unit->import->arena, expanded(unit, value)); *words; words++)
        *SLICE_PUSH(unit->import->arena, &unit->hidden) = *words;
}

/* What the root from the host shows, or what was bound. */
static void hide(struct unit *unit, const char *word)
{
    const char *path = word + strspn(word, "-+");
    bool optional = word[strspn(word, "+")] == '-';
    if (!forms_is_normal_path(path) || strcmp(path, "/") == 0)
        import_note(unit->import, IMPORT_LOST, "InaccessiblePaths=%s: not a path that can be hidden", word);
    else if (!import_has(unit->import, "root.from") && import_system_shows(path))
        import_add(unit->import, "root.hide", import_text(unit->import, path));
    else
        import_hide(unit->import, path, optional ? ", optional: true" : "");
}

static void on_tmpfs(struct unit *unit, const char *name, const char *value)
{
    struct arena *arena = unit->import->arena;
    for (char **words = import_words(arena, value); *words; words++) {
        char *options = *words + strcspn(*words, ":");
        bool read_only = false;
        if (*options)
            *options++ = '\0';
        for (char *option; (option = strsep(&options, ","));) {
            read_only |= strcmp(option, "ro") == 0;
            if (*option && strcmp(option, "ro") != 0 && strcmp(option, "rw") != 0)
                import_note(unit->import, IMPORT_LOST, "%s=%s: the option %s", name, *words, option);
        }
        if (forms_is_normal_path(*words) && strcmp(*words, "/") != 0)
            import_tmpfs(unit->import, *words, "64M", read_only ? ", write: false" : "");
        else
            lost(unit, name, *words);
    }
}

/* StateDirectory=x: /var/lib/x, made where it is missing; RuntimeDirectory: gone with the run, so in memory. */
static void on_directory(struct unit *unit, const char *name, const char *value)
{
    static const struct {
        const char *name, *folder;
    } places[] = { { "StateDirectory", "/var/lib" },
                   { "CacheDirectory", "/var/cache" },
                   { "LogsDirectory", "/var/log" },
                   { "ConfigurationDirectory", "/etc" },
                   { "RuntimeDirectory", "/run" } };
    struct arena *arena = unit->import->arena;
    for (char **words = import_words(arena, expanded(unit, value)); *words; words++) {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            if (strcmp(places[i].name, name) != 0)
                continue;
            const char *path = arena_printf(arena, "%s/%.*s", places[i].folder, (int)strcspn(*words, ":"), *words);
            if (strcmp(places[i].folder, "/run") == 0)
                import_tmpfs(unit->import, path, "16M", "");
            else if (strcmp(places[i].folder, "/etc") != 0)
                import_bind(unit->import, path, path, ", write: true, create: true");
        }
    }
}

static void on_protect_system(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    unit->kept_out = strcmp(value, "no") != 0 && strcmp(value, "false") != 0;
}

static void on_protect_home(struct unit *unit, const char *name, const char *value)
{
    if (!is_on(value) && strcmp(value, "tmpfs") != 0)
        import_note(unit->import, IMPORT_NEAR, "%s=%s: homes do not show here; bind what of them is needed", name, value);
}

static void on_dynamic_user(struct unit *unit, const char *name, const char *value)
{
    (void)name, unit->dynamic = is_on(value);
}

static void on_set_id(struct unit *unit, const char *name, const char *value)
{
    if (is_on(value))
        import_note(unit->import, IMPORT_LOST,
                    "%s=%s: no counterpart; no program that it starts gains by such a mode, but on disk it can leave some",
                    name, value);
}

static void on_root(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    unit->kept_out = true;
    import_set(unit->import, "root.from",
               import_path(unit->import, arena_printf(unit->import->arena, "dir:%s", expanded(unit, value))));
}

/* --- rights ------------------------------------------------------------------------------------------------------- */

static const char *capability_name(struct unit *unit, const char *word)
{
    char *name = arena_strdup(unit->import->arena, word);
    for (char *p = name; *p; p++)
        *p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
    name += strncmp(name, "cap-", 4) == 0 ? 4 : 0;
    for (int i = 0; i < CAPABILITY_COUNT; i++)
        if (strcmp(capability_names[i], name) == 0)
            return capability_names[i];
    return NULL;
}

static void on_ambient(struct unit *unit, const char *name, const char *value)
{
    if (*value == '~') {
        lost(unit, name, value);
        return;
    }
    for (char **words = import_words(unit->import->arena, value); *words; words++)
        if (capability_name(unit, *words))
            import_add(unit->import, "privileges.capabilities", capability_name(unit, *words));
}

/* As root, what stays in the bounding set is what the service has; another user has what is ambient. A list of what is taken
 * away says nothing that is needed. */
static void on_bounding(struct unit *unit, const char *name, const char *value)
{
    unit->bounded = true;
    if (*value == '~')
        import_note(unit->import, IMPORT_NEAR, "%s=~…: all capabilities are dropped; add the ones that are missed", name);
    for (char **words = import_words(unit->import->arena, *value == '~' ? "" : value); *words; words++)
        if (capability_name(unit, *words))
            *SLICE_PUSH(unit->import->arena, &unit->bounding) =
                arena_strdup(unit->import->arena, capability_name(unit, *words));
}

static void on_no_new(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    if (!is_on(value))
        import_set(unit->import, "privileges.new-privileges", "true");
}

static void on_calls(struct unit *unit, const char *name, const char *value)
{
    bool deny = *value == '~';
    (void)name;
    for (char **words = import_words(unit->import->arena, value + deny); *words; words++) {
        (*words)[strcspn(*words, ":")] = '\0';
        if (strcmp(*words, "@system-service") == 0 || (**words == '@' && !deny))
            import_note(unit->import, IMPORT_NEAR, "SystemCallFilter=%s: the default set stands for it", *words);
        else if (**words == '@')
            import_note(unit->import, IMPORT_NEAR, "SystemCallFilter=~%s: the default set leaves most of such groups out",
                        *words);
        else if (**words)
            import_add(unit->import, deny ? "syscalls.deny" : "syscalls.allow", import_text(unit->import, *words));
        unit->groups |= !deny && **words == '@';
        unit->calls |= !deny && **words && **words != '@';
    }
}

static void on_families(struct unit *unit, const char *name, const char *value)
{
    static const char *const kept[] = { "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_BLUETOOTH", "AF_CAN", "AF_ALG" };
    if (*value == '~') {
        lost(unit, name, value);
        return;
    }
    unit->families = true;
    unit->inet |= strstr(value, "AF_INET") != NULL;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strstr(value, kept[i]))
            import_add(unit->import, "syscalls.allow",
                       arena_printf(unit->import->arena, "{name: socket, args: [{index: 0, op: eq, value: %s}]}", kept[i]));
}

static void on_network(struct unit *unit, const char *name, const char *value)
{
    (void)name, unit->network_own |= is_on(value);
}

static void on_addresses(struct unit *unit, const char *name, const char *value)
{
    if (strcmp(name, "IPAddressDeny") == 0) {
        if (strcmp(value, "any") == 0)
            unit->addresses = true;
        else
            lost(unit, name, value);
        return;
    }
    for (char **words = import_words(unit->import->arena, value); *words; words++)
        if (strcmp(*words, "localhost") == 0 || strchr(*words, '.') || strchr(*words, ':'))
            import_add(unit->import, "network.egress", import_text(unit->import, *words));
}

static void on_namespace(struct unit *unit, const char *name, const char *value)
{
    if (strcmp(name, "RestrictNamespaces") == 0 && !is_on(value))
        import_note(unit->import, IMPORT_NEAR,
                    "RestrictNamespaces=%s: namespaces cannot be made here; privileges.allow: [nested] opens them", value);
}

/* --- limits and life ---------------------------------------------------------------------------------------------- */

static void on_memory(struct unit *unit, const char *name, const char *value)
{
    uint64_t bytes;
    if (!text_size(value, &bytes) || !bytes)
        lost(unit, name, value);
    else
        import_set(unit->import, strcmp(name, "MemoryHigh") == 0 ? "resources.memory.high" : "resources.memory.max", value);
}

static void on_quota(struct unit *unit, const char *name, const char *value)
{
    unsigned percent;
    char rest;
    if (sscanf(value, "%u%c", &percent, &rest) == 2 && rest == '%' && percent > 0 && percent < 100000)
        import_set(unit->import, "resources.cpu", arena_printf(unit->import->arena, "%u.%02u", percent / 100, percent % 100));
    else
        lost(unit, name, value);
}

static void on_number(struct unit *unit, const char *name, const char *value)
{
    static const struct {
        const char *name, *key;
        int64_t least, most;
    } rows[] = { { "TasksMax", "resources.processes", 1, 4194304 },
                 { "Nice", "app.nice", -20, 19 },
                 { "OOMScoreAdjust", "app.oom-score", -1000, 1000 } };
    int64_t number;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (forms_integer(value, rows[i].least, rows[i].most, &number))
            import_set(unit->import, rows[i].key, value);
        else
            lost(unit, name, value);
    }
}

static void on_limit(struct unit *unit, const char *name, const char *value)
{
    static const struct {
        const char *name, *key;
    } rows[] = { { "LimitNOFILE", "limits.files" },    { "LimitNPROC", "limits.processes" },
                 { "LimitCORE", "limits.core" },       { "LimitMEMLOCK", "limits.memlock" },
                 { "LimitSTACK", "limits.stack" },     { "LimitFSIZE", "limits.file-size" },
                 { "LimitAS", "limits.address-space" } };
    const char *text = strcmp(value, "infinity") == 0 ? "unlimited" : value;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            import_set(unit->import, rows[i].key, import_text(unit->import, text));
}

static void on_umask(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    import_set(unit->import, "app.umask", import_text(unit->import, value));
}

static void on_restart(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    import_set(unit->import, "service.restart.when",
               strcmp(value, "no") == 0       ? "never"
               : strcmp(value, "always") == 0 ? "always"
                                              : "on-failure");
}

/* "5", "5s", "1min": in words of the language. */
static void on_time(struct unit *unit, const char *name, const char *value)
{
    const char *key = strcmp(name, "RestartSec") == 0 ? "service.restart.delay" : "service.stop.timeout";
    size_t digits = strspn(value, "0123456789");
    const char *end = value + digits;
    const char *suffix = !*end || strcmp(end, "s") == 0 || strcmp(end, "sec") == 0 ? "s"
                         : strcmp(end, "ms") == 0                                  ? "ms"
                         : strcmp(end, "min") == 0                                 ? "m"
                                                                                   : NULL;
    if (digits && digits < 9 && suffix)
        import_set(unit->import, key, arena_printf(unit->import->arena, "%.*s%s", (int)digits, value, suffix));
    else
        lost(unit, name, value);
}

static void on_signal(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    import_set(unit->import, "service.stop.signal",
               import_text(unit->import, strncmp(value, "SIG", 3) == 0 ? value + 3 : value));
}

static void on_type(struct unit *unit, const char *name, const char *value)
{
    if (strncmp(value, "notify", 6) == 0)
        import_set(unit->import, "service.ready", "notify");
    else if (strcmp(value, "forking") == 0 || strcmp(value, "dbus") == 0)
        lost(unit, name, value);
}

static void on_wanted(struct unit *unit, const char *name, const char *value)
{
    (void)name, (void)value, import_set(unit->import, "service.autostart", "true");
}

static void on_device(struct unit *unit, const char *name, const char *value)
{
    char **words = import_words(unit->import->arena, value);
    if (!words[0] || strncmp(words[0], "/dev/", 5) != 0) {
        lost(unit, name, value);
        return;
    }
    if (strstr(" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx ",
               arena_printf(unit->import->arena, " %s ", words[0])))
        return;
    const char *access = words[1] && !strchr(words[1], 'w') ? "r" : words[1] && !strchr(words[1], 'r') ? "w" : NULL;
    import_add(unit->import, "devices",
               access ? arena_printf(unit->import->arena, "{path: %s, access: %s}", import_text(unit->import, words[0]), access)
                      : import_text(unit->import, words[0]));
}

static void on_label(struct unit *unit, const char *name, const char *value)
{
    const char *module = strcmp(name, "AppArmorProfile") == 0 ? "apparmor" : "selinux";
    if (*value == '-') /* left out where it cannot be had */
        import_add(unit->import, "label.optional", module);
    import_set(unit->import, arena_printf(unit->import->arena, "label.%s", module),
               import_text(unit->import, value + (*value == '-')));
}

static void on_description(struct unit *unit, const char *name, const char *value)
{
    (void)name;
    import_set(unit->import, "description", import_text(unit->import, value));
}

/* Rows name their handler by a number, and hold their texts themselves: without a pointer in it the table needs no relocation
 * when the program, of which this is a rare part, starts. */
/* Each time that clang-format sees such a list it makes another of it. */
/* clang-format off */
#define HANDLERS(X)                                                                                                            \
    X(on_description) X(on_exec) X(on_user) X(on_environment) X(on_pass) X(on_workdir) X(on_umask) X(on_write) X(on_read)      \
    X(on_hide) X(on_tmpfs) X(on_directory) X(on_protect_system) X(on_root) X(on_bounding) X(on_ambient) X(on_no_new)           \
    X(on_calls) X(on_families) X(on_network) X(on_addresses) X(on_namespace) X(on_memory) X(on_quota) X(on_number)             \
    X(on_limit) X(on_restart) X(on_time) X(on_signal) X(on_type) X(on_wanted) X(on_device) X(on_label) X(on_protect_home)       \
    X(on_dynamic_user) X(on_set_id) X(nothing) X(lost)
/* clang-format on */
enum handler_number {
#define X(name) DO_##name,
    HANDLERS(X)
#undef X
};

static const struct {
    char name[27];
    uint8_t handler;
} rows[] = {
    { "Description", DO_on_description },
    { "ExecStart", DO_on_exec },
    { "User", DO_on_user },
    { "Environment", DO_on_environment },
    { "PassEnvironment", DO_on_pass },
    { "WorkingDirectory", DO_on_workdir },
    { "UMask", DO_on_umask },
    { "ReadWritePaths", DO_on_write },
    { "ReadWriteDirectories", DO_on_write },
    { "BindPaths", DO_on_write },
    { "ReadOnlyPaths", DO_on_read },
    { "BindReadOnlyPaths", DO_on_read },
    { "InaccessiblePaths", DO_on_hide },
    { "TemporaryFileSystem", DO_on_tmpfs },
    { "StateDirectory", DO_on_directory },
    { "CacheDirectory", DO_on_directory },
    { "LogsDirectory", DO_on_directory },
    { "RuntimeDirectory", DO_on_directory },
    { "ConfigurationDirectory", DO_on_directory },
    { "ProtectSystem", DO_on_protect_system },
    { "RootDirectory", DO_on_root },
    { "CapabilityBoundingSet", DO_on_bounding },
    { "AmbientCapabilities", DO_on_ambient },
    { "NoNewPrivileges", DO_on_no_new },
    { "SystemCallFilter", DO_on_calls },
    { "RestrictAddressFamilies", DO_on_families },
    { "PrivateNetwork", DO_on_network },
    { "IPAddressAllow", DO_on_addresses },
    { "IPAddressDeny", DO_on_addresses },
    { "RestrictNamespaces", DO_on_namespace },
    { "MemoryMax", DO_on_memory },
    { "MemoryLimit", DO_on_memory },
    { "MemoryHigh", DO_on_memory },
    { "CPUQuota", DO_on_quota },
    { "TasksMax", DO_on_number },
    { "Nice", DO_on_number },
    { "OOMScoreAdjust", DO_on_number },
    { "LimitNOFILE", DO_on_limit },
    { "LimitNPROC", DO_on_limit },
    { "LimitCORE", DO_on_limit },
    { "LimitMEMLOCK", DO_on_limit },
    { "LimitSTACK", DO_on_limit },
    { "LimitFSIZE", DO_on_limit },
    { "LimitAS", DO_on_limit },
    { "Restart", DO_on_restart },
    { "RestartSec", DO_on_time },
    { "TimeoutStopSec", DO_on_time },
    { "KillSignal", DO_on_signal },
    { "Type", DO_on_type },
    { "WantedBy", DO_on_wanted },
    { "DeviceAllow", DO_on_device },
    { "AppArmorProfile", DO_on_label },
    { "SELinuxContext", DO_on_label },
    /* The default of every profile, or nothing to a container. */
    { "Documentation", DO_nothing },
    { "DynamicUser", DO_on_dynamic_user },
    { "PrivateTmp", DO_nothing },
    { "PrivateDevices", DO_nothing },
    { "PrivateUsers", DO_nothing },
    { "PrivateMounts", DO_nothing },
    { "PrivateIPC", DO_nothing },
    { "ProtectHome", DO_on_protect_home },
    { "ProtectKernelTunables", DO_nothing },
    { "ProtectKernelModules", DO_nothing },
    { "ProtectKernelLogs", DO_nothing },
    { "ProtectControlGroups", DO_nothing },
    { "ProtectClock", DO_nothing },
    { "ProtectHostname", DO_nothing },
    { "ProtectProc", DO_nothing },
    { "ProcSubset", DO_nothing },
    { "RestrictSUIDSGID", DO_on_set_id },
    { "RestrictRealtime", DO_nothing },
    { "LockPersonality", DO_nothing },
    { "SystemCallArchitectures", DO_nothing },
    { "SystemCallErrorNumber", DO_nothing },
    { "RemoveIPC", DO_nothing },
    { "DevicePolicy", DO_nothing },
    { "MountAPIVFS", DO_nothing },
    { "KeyringMode", DO_nothing },
    { "SecureBits", DO_nothing },
};

static void call(int number, struct unit *unit, const char *name, const char *value)
{
    static handler *const functions[] = {
#define X(name) [DO_##name] = name,
        HANDLERS(X)
#undef X
    };
    functions[number](unit, name, value);
}

static void take_setting(struct unit *unit, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            if (!*value && rows[i].handler == DO_on_exec)
                import_drop(unit->import, "app.command");
            else if (*value)
                call(rows[i].handler, unit, name, value);
            else if (rows[i].handler != DO_nothing)
                import_note(unit->import, IMPORT_LOST, "%s=: what was said before it would be taken back, and is not", name);
            return;
        }
    }
    /* Without its value: it may be another file than who calls this believes. */
    bool plain = strlen(name) < 40 && !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")];
    import_note(unit->import, IMPORT_LOST, "%s: no counterpart", plain ? name : "a line that is no setting");
}

static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* "Name=value", a line that ends in a backslash going on in the next. */
static void take_lines(struct unit *unit, char *text)
{
    for (char *line; (line = strsep(&text, "\n"));) {
        unit->import->line++;
        int first = unit->import->line;
        for (char *end = line + strlen(line); end > line && end[-1] == '\\' && text;) {
            const char *next = strsep(&text, "\n");
            size_t length = strlen(next);
            end[-1] = ' ';
            memmove(end, next, length + 1);
            end += length;
            unit->import->line++;
        }
        line = trimmed(line);
        char *equals = strchr(line, '=');
        if (!*line || strchr("#;[", *line) || !equals)
            continue;
        *equals = '\0';
        int last = unit->import->line;
        unit->import->line = first;
        take_setting(unit, trimmed(line), trimmed(equals + 1));
        unit->import->line = last;
    }
}

void import_systemd(struct import *import, const char *file, const char *text)
{
    struct unit unit = { .import = import };
    import->file = file;
    take_lines(&unit, arena_strdup(import->arena, text));
    import->line = 0;
    for (size_t i = 0; i < unit.hidden.count; i++)
        hide(&unit, unit.hidden.items[i]);
    if (unit.dynamic && !unit.other_user)
        import_note(import, IMPORT_LOST,
                    "DynamicUser=: no user is made for it; here it is root of the container: name another in app.user");
    unit.other_user |= unit.dynamic;
    for (size_t i = 0; i < unit.bounding.count && !unit.other_user; i++)
        import_add(import, "privileges.capabilities", unit.bounding.items[i]);
    if (!unit.other_user && !unit.bounded)
        import_note(
            import, IMPORT_NEAR,
            "no User= and no CapabilityBoundingSet=: root with every capability; here it has none but those it is given");
    if (!unit.kept_out)
        import_note(import, IMPORT_NEAR,
                    "no ProtectSystem=: the unit could write the system; here it is read-only, and most of it does not show");
    if (unit.calls && !unit.groups) {
        import_set(import, "syscalls.base", "strict");
        import_note(import, IMPORT_NEAR, "SystemCallFilter: the strict set, and with it the calls that are named");
    }
    if (unit.network_own || (unit.families && !unit.inet)) {
        import_drop(import, "network.egress");
    } else if (unit.addresses && !import_has(import, "network.egress")) {
        import_note(import, IMPORT_NEAR, "IPAddressDeny=any: no network at all");
    } else if (unit.addresses && import_has(import, "network.egress")) {
        import_set(import, "network.mode", "user");
        import_note(import, IMPORT_NEAR,
                    "IPAddressAllow: a network of its own with these as egress, where the unit had the host's");
    } else {
        import_drop(import, "network.egress");
        import_set(import, "network.mode", "host");
    }
}
