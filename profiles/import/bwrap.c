/* A command line of bubblewrap: it begins with nothing and adds, as a profile with an empty root does. */
#include "profiles/import/import.h"

#include "base/names.h"
#include "profiles/fields.h"

#include <string.h>

struct state {
    struct import *import;
    bool network, pid, ipc, uts, cgroup; /* unshared */
    bool host_root, clear_env;
    const char *uid, *gid;
    SLICE(char **) links; /* the two words of --symlink */
};

static const char *optional_if(const char *word) { return strstr(word, "-try") ? ", optional: true" : ""; }

/* The root itself, bound as "/". */
static void bind_root(struct state *state, const char *source, bool write)
{
    state->host_root = true;
    import_set(state->import, "root.from", import_path(state->import, arena_printf(state->import->arena, "dir:%s", source)));
    import_set(state->import, "root.write", write ? "direct" : "none");
    if (strcmp(source, "/") == 0)
        import_note(state->import, IMPORT_NEAR,
                    "the host's whole root is the container's: root.from: host shows programs only, and is safer");
}

static void on_bind(struct state *state, const char *word, char **args)
{
    bool write = strncmp(word, "--bind", 6) == 0 || strncmp(word, "--dev-bind", 10) == 0;
    if (strcmp(args[1], "/") == 0)
        bind_root(state, args[0], write);
    else
        import_bind(state->import, args[0], args[1],
                    arena_printf(state->import->arena, "%s%s", write ? ", write: true" : "", optional_if(word)));
    if (strncmp(word, "--dev-bind", 10) == 0)
        import_note(state->import, IMPORT_NEAR, "%s %s: device nodes below it do not work; list them in devices", word,
                    args[0]);
}

static void on_tmpfs(struct state *state, const char *word, char **args)
{
    (void)word;
    size_t length = strlen(args[0]);
    while (length > 1 && args[0][length - 1] == '/')
        args[0][--length] = '\0';
    if (strcmp(args[0], "/") == 0)
        return;
    if (!forms_is_normal_path(args[0]) && strncmp(args[0], "${home}", 7) != 0) {
        import_note(state->import, IMPORT_LOST, "--tmpfs %s: not a path; what it covered shows", args[0]);
        return;
    }
    import_tmpfs(state->import, args[0], "64M", ", exec: true");
    import_note(state->import, IMPORT_NEAR, "--tmpfs: of 64M; bubblewrap's may take half of the memory");
}

static void on_remount(struct state *state, const char *word, char **args)
{
    if (strcmp(args[0], "/") == 0 && state->host_root)
        import_set(state->import, "root.write", "none");
    else if (!import_write_not(state->import, args[0]))
        import_note(state->import, IMPORT_LOST,
                    "%s %s: nothing is bound there; what lies above it can be written to as it says", word, args[0]);
}

static void on_setenv(struct state *state, const char *word, char **args)
{
    (void)word;
    if (*args[0] && !strchr(args[0], '='))
        import_set(state->import, arena_printf(state->import->arena, "app.env.%s", args[0]),
                   import_path(state->import, args[1]));
}

static void on_chdir(struct state *state, const char *word, char **args)
{
    (void)word;
    if (forms_is_normal_path(args[0]) || strncmp(args[0], "${home}", 7) == 0)
        import_set(state->import, "app.workdir", import_path(state->import, args[0]));
    else
        import_note(state->import, IMPORT_LOST, "--chdir %s: not an absolute path", args[0]);
}

static void on_hostname(struct state *state, const char *word, char **args)
{
    (void)word;
    import_set(state->import, "hostname", import_path(state->import, args[0]));
}

static void on_label(struct state *state, const char *word, char **args)
{
    (void)word;
    import_set(state->import, "label.selinux", import_text(state->import, args[0]));
}

static void on_user(struct state *state, const char *word, char **args)
{
    if (strcmp(word, "--uid") == 0)
        state->uid = args[0];
    else
        state->gid = args[0];
}

static void on_capability(struct state *state, const char *word, char **args)
{
    char *name = arena_strdup(state->import->arena, args[0]);
    if (strcmp(word, "--cap-drop") == 0)
        return;
    for (char *p = name; *p; p++)
        *p = *p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    name += strncmp(name, "cap-", 4) == 0 ? 4 : 0;
    for (int i = 0; i < CAPABILITY_COUNT; i++) {
        if (strcmp(capability_names[i], name) == 0) {
            import_add(state->import, "privileges.capabilities", name);
            return;
        }
    }
    import_note(state->import, IMPORT_LOST, "--cap-add %s: name the capabilities", args[0]);
}

static void on_unshare(struct state *state, const char *word, char **args)
{
    bool all = strcmp(word, "--unshare-all") == 0;
    (void)args;
    state->network |= all || strcmp(word, "--unshare-net") == 0;
    state->pid |= all || strcmp(word, "--unshare-pid") == 0;
    state->ipc |= all || strcmp(word, "--unshare-ipc") == 0;
    state->uts |= all || strcmp(word, "--unshare-uts") == 0;
    state->cgroup |= all || strncmp(word, "--unshare-cgroup", 16) == 0;
}

static void on_share_net(struct state *state, const char *word, char **args) { (void)word, (void)args, state->network = false; }
static void on_pid_1(struct state *state, const char *word, char **args)
{
    (void)word, (void)args, import_set(state->import, "app.init", "false");
}
static void nothing(struct state *state, const char *word, char **args) { (void)state, (void)word, (void)args; }

static void lost(struct state *state, const char *word, char **args)
{
    (void)args;
    import_note(state->import, IMPORT_LOST, "%s: no counterpart", word);
}

static void on_clear(struct state *state, const char *word, char **args) { (void)word, (void)args, state->clear_env = true; }

static void on_symlink(struct state *state, const char *word, char **args)
{
    (void)word;
    *SLICE_PUSH(state->import->arena, &state->links) = args;
}

/* What a link leads to is bound in its place, where that shows what the host has there: /lib64 to usr/lib64. */
static void place_link(struct state *state, char **args)
{
    struct import *import = state->import;
    const char *slash = strrchr(args[1], '/');
    const char *target =
        *args[0] == '/' || !slash ? args[0] : arena_printf(import->arena, "%.*s/%s", (int)(slash - args[1]), args[1], args[0]);
    if (state->host_root && forms_is_normal_path(target))
        import_note(import, IMPORT_LOST, "--symlink %s %s: the root has its own links", args[0], args[1]);
    else if (forms_is_normal_path(target) && forms_is_normal_path(args[1]) && import_shows(import, target))
        import_bind(import, target, args[1], ", optional: true");
    else
        import_note(import, IMPORT_LOST, "--symlink %s %s: cordon makes no links; bind what it leads to at %s", args[0],
                    args[1], args[1]);
}

/* An empty folder. In memory are /tmp, /var/tmp and /run without asking. */
static void on_dir(struct state *state, const char *word, char **args)
{
    static const char *const there[] = { "/tmp", "/var/tmp", "/run", "/var", "/proc", "/dev", "/sys", "/etc", "/" };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        if (strcmp(args[0], there[i]) == 0)
            return;
    if (!forms_is_normal_path(args[0]) && strncmp(args[0], "${home}", 7) != 0) {
        import_note(state->import, IMPORT_LOST, "%s %s: not a path", word, args[0]);
        return;
    }
    if (import_mounts(state->import, args[0]))
        return; /* it is there */
    import_tmpfs(state->import, args[0], "1M", "");
    import_note(state->import, IMPORT_NEAR, "%s: a folder in memory, of 1M", word);
}

/* Rows name their handler by a number, and hold their texts themselves: without a pointer in it the table needs no relocation
 * when the program, of which this is a rare part, starts. */
/* Each time that clang-format sees such a list it makes another of it. */
/* clang-format off */
#define HANDLERS(X)                                                                                                            \
    X(on_bind) X(on_tmpfs) X(on_remount) X(on_setenv) X(nothing) X(on_chdir) X(on_hostname) X(on_user) X(on_capability) X(on_unshare)        \
    X(on_share_net) X(on_pid_1) X(on_symlink) X(on_clear) X(on_dir) X(on_label) X(lost)
/* clang-format on */
enum handler_number {
#define X(name) DO_##name,
    HANDLERS(X)
#undef X
};

static const struct {
    char word[28];
    uint8_t count; /* of its arguments */
    uint8_t handler;
} rows[] = {
    { "--bind", 2, DO_on_bind },
    { "--bind-try", 2, DO_on_bind },
    { "--ro-bind", 2, DO_on_bind },
    { "--ro-bind-try", 2, DO_on_bind },
    { "--dev-bind", 2, DO_on_bind },
    { "--dev-bind-try", 2, DO_on_bind },
    { "--tmpfs", 1, DO_on_tmpfs },
    { "--setenv", 2, DO_on_setenv },
    { "--unsetenv", 1, DO_nothing },
    { "--clearenv", 0, DO_on_clear },
    { "--chdir", 1, DO_on_chdir },
    { "--hostname", 1, DO_on_hostname },
    { "--uid", 1, DO_on_user },
    { "--gid", 1, DO_on_user },
    { "--exec-label", 1, DO_on_label },
    { "--cap-add", 1, DO_on_capability },
    { "--cap-drop", 1, DO_on_capability },
    { "--unshare-all", 0, DO_on_unshare },
    { "--unshare-net", 0, DO_on_unshare },
    { "--unshare-pid", 0, DO_on_unshare },
    { "--unshare-ipc", 0, DO_on_unshare },
    { "--unshare-uts", 0, DO_on_unshare },
    { "--unshare-cgroup", 0, DO_on_unshare },
    { "--unshare-cgroup-try", 0, DO_on_unshare },
    { "--unshare-user", 0, DO_nothing },
    { "--unshare-user-try", 0, DO_nothing },
    { "--share-net", 0, DO_on_share_net },
    { "--as-pid-1", 0, DO_on_pid_1 },
    { "--proc", 1, DO_nothing },
    { "--dev", 1, DO_nothing },
    { "--mqueue", 1, DO_nothing },
    { "--dir", 1, DO_on_dir },
    { "--die-with-parent", 0, DO_nothing },
    { "--new-session", 0, DO_nothing },
    { "--disable-userns", 0, DO_nothing },
    { "--assert-userns-disabled", 0, DO_nothing },
    { "--symlink", 2, DO_on_symlink },
    { "--remount-ro", 1, DO_on_remount },
    { "--size", 1, DO_lost },
    { "--perms", 1, DO_lost },
    { "--chmod", 2, DO_lost },
    { "--file", 2, DO_lost },
    { "--bind-data", 2, DO_lost },
    { "--ro-bind-data", 2, DO_lost },
    { "--bind-fd", 2, DO_lost },
    { "--ro-bind-fd", 2, DO_lost },
    { "--seccomp", 1, DO_lost },
    { "--add-seccomp-fd", 1, DO_lost },
    { "--args", 1, DO_lost },
    { "--argv0", 1, DO_lost },
    { "--lock-file", 1, DO_lost },
    { "--sync-fd", 1, DO_lost },
    { "--block-fd", 1, DO_lost },
    { "--info-fd", 1, DO_lost },
    { "--json-status-fd", 1, DO_lost },
    { "--userns", 1, DO_lost },
    { "--userns2", 1, DO_lost },
    { "--pidns", 1, DO_lost },
    { "--userns-block-fd", 1, DO_lost },
    { "--file-label", 1, DO_lost },
    { "--overlay-src", 1, DO_lost },
    { "--overlay", 3, DO_lost },
    { "--tmp-overlay", 1, DO_lost },
    { "--ro-overlay", 1, DO_lost },
    { "--level-prefix", 0, DO_nothing },
};

static void call(int number, struct state *state, const char *word, char **args)
{
    static void (*const functions[])(struct state *, const char *, char **) = {
#define X(name) [DO_##name] = name,
        HANDLERS(X)
#undef X
    };
    functions[number](state, word, args);
}

static char **take_option(struct state *state, char **words)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].word, words[0]) != 0)
            continue;
        for (int k = 1; k <= rows[i].count; k++) {
            if (words[k])
                continue;
            import_note(state->import, IMPORT_LOST, "%s: it needs %d more words", words[0], rows[i].count - k + 1);
            return words + k;
        }
        call(rows[i].handler, state, words[0], words + 1);
        return words + 1 + rows[i].count;
    }
    import_note(state->import, IMPORT_LOST, "%s: not known", words[0]);
    return words + 1;
}

/* "${" as a profile says it. */
static char *literally(struct import *import, const char *text)
{
    char *copy = arena_alloc(import->arena, 2 * strlen(text) + 1), *to = copy;
    for (; *text; *to++ = *text++)
        if (strncmp(text, "${", 2) == 0)
            *to++ = '$';
    return copy;
}

/* Of a script: what the shell would put in. The rest cannot be known, and ${ of a profile's is another thing. */
static char **shell_variables(struct import *import, char **words)
{
    static const struct {
        const char *from, *to;
    } known[] = { { "$HOME", "${home}" }, { "${HOME}", "${home}" }, { "$USER", "${user}" }, { "${USER}", "${user}" } };
    struct strings kept = { 0 };
    for (; *words; words++) {
        const char *text = *words, *sign = strchr(text, '$');
        for (size_t i = 0; sign && i < sizeof known / sizeof *known; i++) {
            size_t length = strlen(known[i].from);
            if (sign != text || strncmp(text, known[i].from, length) != 0 || !strchr("/", text[length]))
                continue;
            text = arena_printf(import->arena, "%s%s", known[i].to, text + length);
            sign = strchr(text + strlen(known[i].to), '$');
        }
        if (sign)
            import_note(import, IMPORT_NEAR, "%s: kept as it is written; what a shell was to put there, write out", *words);
        *SLICE_PUSH(import->arena, &kept) = sign ? literally(import, *words) : arena_strdup(import->arena, text);
    }
    *SLICE_PUSH(import->arena, &kept) = NULL;
    return kept.items;
}

static void finish(struct state *state)
{
    struct import *import = state->import;
    static const char *const keys[] = { "isolate.pid", "isolate.ipc", "isolate.hostname", "isolate.cgroup" };
    const bool own[] = { state->pid, state->ipc, state->uts, state->cgroup };
    for (size_t i = 0; i < state->links.count; i++)
        place_link(state, state->links.items[i]);
    if (!state->clear_env)
        import_note(import, IMPORT_NEAR,
                    "no --clearenv: bubblewrap hands on the caller's environment; here app.env-pass names "
                    "what of it is");
    if (!import_has(import, "app.workdir"))
        import_note(import, IMPORT_NEAR,
                    "no --chdir: bubblewrap stays in the caller's folder where that shows; here it begins in /");
    for (size_t i = 0; i < 4; i++)
        if (!own[i])
            import_set(import, keys[i], "inherit");
    if (!own[2])
        import_drop(import, "hostname");
    if (!state->network)
        import_set(import, "network.mode", "host");
    if (!state->host_root)
        import_set(import, "root.from", "empty");
    if (state->uid || state->gid)
        import_set(import, "app.user",
                   import_text(import, state->gid
                                           ? arena_printf(import->arena, "%s:%s", state->uid ? state->uid : "0", state->gid)
                                           : state->uid));
    else
        import_set(import, "app.user", "caller");
    import_set(import, "users.map", "keep");
}

void import_bwrap(struct import *import, char **words)
{
    struct state state = { .import = import };
    words = shell_variables(import, words);
    while (*words && strncmp(*words, "--", 2) == 0 && (*words)[2])
        words = take_option(&state, words);
    words += *words && strcmp(*words, "--") == 0;
    for (; *words; words++)
        import_append(import, "app.command", import_path(import, *words));
    finish(&state);
}
