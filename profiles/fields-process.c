/* app: the program. */
#include "profiles/fields.h"

#include "base/text.h"

#include <string.h>

/* --- user and groups ---------------------------------------------------------------------------------------------- */

#define LARGEST_ID 4294967294U /* 4294967295 is -1: "no change" to every call that takes an id */

static bool is_account_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (!*text || !strchr(letters, *text) || strlen(text) > 32)
        return false;
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return !text[length] || (text[length] == '$' && !text[length + 1]);
}

static bool parse_ids(const char *text, struct user_choice *ret)
{
    char uid[16];
    uint64_t number;
    size_t length = strcspn(text, ":");
    if (length >= sizeof uid)
        return false;
    memcpy(uid, text, length);
    uid[length] = '\0';
    if (!text_number(uid, LARGEST_ID, &number))
        return false;
    ret->kind = USER_IDS;
    ret->uid = (uid_t)number;
    ret->gid = ID_NONE;
    if (!text[length])
        return true;
    if (!text_number(text + length + 1, LARGEST_ID, &number))
        return false;
    ret->gid = (gid_t)number;
    return true;
}

/* A name is never a number, whatever some passwd file says: a root could otherwise name its root user "1000". */
static int parse_user(struct walk *walk, struct node *node, void *ret)
{
    struct user_choice *user = ret;
    (void)walk;
    if (strcmp(node->text, "caller") == 0) {
        *user = (struct user_choice){ .kind = USER_CALLER, .gid = ID_NONE };
        return 0;
    }
    if (is_account_name(node->text)) {
        *user = (struct user_choice){ .kind = USER_NAME, .name = node->text, .gid = ID_NONE };
        return 0;
    }
    return parse_ids(node->text, user) ? 0 : -1;
}

static const struct form form_user = { .is = "a user: a name, a uid, \"UID:GID\" (0 to 4294967294), or caller",
                                       .size = sizeof(struct user_choice),
                                       .parse = parse_user,
                                       .pattern = "^([A-Za-z_][A-Za-z0-9_.-]{0,31}[$]?|[0-9]+(:[0-9]+)?)$" };

static int parse_group(struct walk *walk, struct node *node, void *ret)
{
    uint64_t number;
    (void)walk;
    if (!is_account_name(node->text) && !text_number(node->text, LARGEST_ID, &number))
        return -1;
    *(const char **)ret = node->text;
    return 0;
}

static int parse_groups_word(struct walk *walk, struct node *node, void *ret)
{
    struct app *app = ret;
    (void)walk;
    if (strcmp(node->text, "keep") != 0)
        return -1;
    app->groups_keep = true;
    return 0;
}

static const struct form form_group = { .is = "a group: a name or a number",
                                        .size = sizeof(const char *),
                                        .parse = parse_group,
                                        .pattern = "^([A-Za-z_][A-Za-z0-9_.-]{0,31}[$]?|[0-9]+)$" };
static const struct form form_groups = { .is = "a list of groups, such as [ssl-cert], or keep",
                                         .size = sizeof(struct app),
                                         .parse = parse_groups_word,
                                         .pattern = "^keep$",
                                         .items = &form_group,
                                         .item_size = sizeof(const char *),
                                         .items_at = offsetof(struct app, groups) };

/* --- the environment ---------------------------------------------------------------------------------------------- */

static int parse_variable_name(struct walk *walk, struct node *node, void *ret)
{
    if (!forms_is_environment_name(node->text)) {
        walk_error(walk, node->at, "'%s' is not the name of a variable: it may hold no '=' and no control characters",
                   node->text);
        return 0;
    }
    *(const char **)ret = node->text;
    return 0;
}

static void add_variable(struct walk *walk, struct node *entry, void *target)
{
    struct app *app = target;
    *SLICE_PUSH(walk->arena, &app->env) = (struct variable){ .name = entry->key, .value = entry->text };
}

static const struct form form_variable_name = { .is = "the name of a variable",
                                                .size = sizeof(const char *),
                                                .parse = parse_variable_name,
                                                .pattern = "^[^=\\u0000-\\u001f]+$" };
static const struct form form_env = { .is = "a map of variables to texts, such as {TZ: UTC}",
                                      .size = sizeof(struct app),
                                      .values = &form_anything,
                                      .keys = &form_variable_name,
                                      .entry = add_variable };
static const struct form form_env_pass = { .is = "a list of variables, such as [LC_ALL]",
                                           .size = sizeof(struct strings),
                                           .items = &form_variable_name,
                                           .item_size = sizeof(const char *) };

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static int parse_umask(struct walk *walk, struct node *node, void *ret)
{
    unsigned mode;
    (void)walk;
    if (!text_mode(node->text, &mode) || mode > 0777)
        return -1;
    *(unsigned *)ret = mode;
    return 0;
}

static int parse_nice(struct walk *walk, struct node *node, void *ret)
{
    struct app *app = ret;
    int64_t value;
    (void)walk;
    if (!forms_integer(node->text, -20, 19, &value))
        return -1;
    app->nice = (int)value;
    app->has_nice = true;
    return 0;
}

static int parse_oom_score(struct walk *walk, struct node *node, void *ret)
{
    struct app *app = ret;
    int64_t value;
    (void)walk;
    if (!forms_integer(node->text, -1000, 1000, &value))
        return -1;
    app->oom_score = (int)value;
    app->has_oom_score = true;
    return 0;
}

static const struct word terminal_words[] = {
    { "auto", TERMINAL_AUTO }, { "true", TERMINAL_TRUE }, { "false", TERMINAL_FALSE }, { NULL }
};
static const struct word init_words[] = {
    { "true", INIT_TRUE }, { "false", INIT_FALSE }, { "system", INIT_SYSTEM, .later = true }, { NULL }
};
static const struct word arch_words[] = { { "native" },  { "amd64" }, { "i386" },    { "arm64" },    { "arm" }, { "riscv64" },
                                          { "ppc64el" }, { "s390x" }, { "loong64" }, { "mips64el" }, { NULL } };

static const struct form form_umask = {
    .is = "a umask in octal, \"0000\" to \"0777\"", .size = sizeof(unsigned), .parse = parse_umask, .pattern = "^0?[0-7]{1,3}$"
};
static const struct form form_terminal = { .is = "auto, true or false", .size = sizeof(int), .words = terminal_words };
static const struct form form_init = { .is = "true, false or system", .size = sizeof(int), .words = init_words };
static const struct form form_nice = {
    .is = "a number from -20 to 19", .size = sizeof(struct app), .parse = parse_nice, .type = SCALAR_INTEGER
};
static const struct form form_oom_score = {
    .is = "a number from -1000 to 1000", .size = sizeof(struct app), .parse = parse_oom_score, .type = SCALAR_INTEGER
};
static const struct form form_arch = { .is = "native or the name of an architecture", .words = arch_words };

#define WHOLE(type) .offset = 0, .size = sizeof(type)

static const struct row app_rows[] = {
    { "command", &form_argv, ROW_FIELD(struct app, command), .preset = "[]", .example = "[nginx, -g, daemon off;]",
      .doc = "The program and its arguments; what follows -- on the command line replaces it. None at all: on a terminal the "
             "shell of app.user, as the root's passwd names it, or /bin/sh; else an error." },
    { "user", &form_user, ROW_FIELD(struct app, user), .preset = "0", .example = "www-data",
      .doc = "A name, \"UID\" or \"UID:GID\", looked up inside the root; caller: the caller's own id and name. 0 is root of "
             "the container only." },
    { "groups", &form_groups, WHOLE(struct app), .preset = "[]", .example = "[ssl-cert]",
      .doc = "Supplementary groups, exactly these. keep: a plain user without subordinate gids cannot drop his own and must "
             "say so, or have none. Kept by root, they open nothing more of the host: what others may not read there is hidden "
             "then." },
    { "workdir", &form_path, ROW_FIELD(struct app, workdir), .preset = "/", .example = "/srv",
      .doc = "Its working directory, inside." },
    { "umask", &form_umask, ROW_FIELD(struct app, umask), .preset = "0022", .example = "\"0077\"",
      .doc = "Mode bits that new files do not get." },
    { "terminal", &form_terminal, ROW_FIELD(struct app, terminal), .preset = "auto", .example = "true",
      .doc = "A terminal of the container's own, safe from injection, with job control; auto: where the caller has one." },
    { "env", &form_env, WHOLE(struct app), .preset = "{}", .example = "{TZ: UTC}",
      .doc = "Variables. The environment starts with PATH, HOME, USER, LANG and, on a terminal, TERM; nothing leaks in." },
    { "env-pass", &form_env_pass, ROW_FIELD(struct app, env_pass), .preset = "[]", .example = "[LC_ALL]",
      .doc = "Variables copied from the caller where set." },
    { "init", &form_init, ROW_FIELD(struct app, init), .preset = "true", .example = "false",
      .doc = "true: a tiny reaper is PID 1; false: the app is PID 1, can outlive a cordon that was killed, and with "
             "isolate.pid: inherit leaves behind what it does not end itself; system: the app "
             "is an init such as systemd." },
    { "timeout", &form_time, ROW_FIELD(struct app, timeout), .preset = "0", .example = "5m",
      .doc = "The longest that the whole run may take; 0: no limit." },
    { "nice", &form_nice, WHOLE(struct app), .example = "5",
      .doc = "Its priority; without it, the caller's. Below 0: set before entering the user namespace, root or the caller's "
             "own limits allowing." },
    { "oom-score", &form_oom_score, WHOLE(struct app), .example = "500",
      .doc = "How soon the kernel picks it when memory ends (oom_score_adj); without it, as the caller. Below the caller's: as "
             "with "
             "nice." },
    { "arch", &form_arch, ROW_NOWHERE, .flags = ROW_LATER, .preset = "native", .example = "arm64",
      .doc = "Foreign programs through a binfmt handler private to this container." },
};
const struct form form_app = { .is = "a map, such as {command: [nginx]}", .size = sizeof(struct app), ROWS(app_rows) };
