/* service, hooks, log, secrets, admins, desktop, clock, checks: its life beside other things. */
#include "profiles/fields.h"

#include "base/text.h"

#include <string.h>

static bool begins(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

/* --- clock -------------------------------------------------------------------------------------------------------- */

static int parse_offset(struct walk *walk, struct node *node, void *ret)
{
    uint64_t value;
    (void)walk;
    bool behind = node->text[0] == '-';
    if (!text_duration(node->text + behind, &value) || value > INT64_MAX)
        return -1;
    *(int64_t *)ret = behind ? -(int64_t)value : (int64_t)value;
    return 0;
}

static const struct form form_offset = { .is = "a time, such as 10s or -5m",
                                         .size = sizeof(int64_t),
                                         .parse = parse_offset,
                                         .pattern = "^-?(0|(0|[1-9][0-9]*)(ms|s|m|h))$" };
static const struct row clock_rows[] = {
    { "boottime", &form_offset, ROW_FIELD(struct clocks, boottime), .preset = "0s", .example = "1h",
      .doc = "Added to CLOCK_BOOTTIME." },
    { "monotonic", &form_offset, ROW_FIELD(struct clocks, monotonic), .preset = "0s", .example = "1h",
      .doc = "Added to CLOCK_MONOTONIC." },
};
const struct form form_clock = { .is = "a map, such as {boottime: 1h}", .size = sizeof(struct clocks), ROWS(clock_rows) };

/* --- service ------------------------------------------------------------------------------------------------------ */

static int parse_ready(struct walk *walk, struct node *node, void *ret)
{
    uint64_t port;
    const char *text = node->text;
    (void)walk, (void)ret;
    if (strcmp(text, "exec") == 0 || strcmp(text, "notify") == 0)
        return 0;
    if (begins(text, "port:"))
        return text_number(text + 5, 65535, &port) && port ? 0 : -1;
    return begins(text, "file:") && forms_is_normal_path(text + 5) ? 0 : -1;
}

/* 5/1m */
static int parse_frequency(struct walk *walk, struct node *node, void *ret)
{
    char count[16];
    uint64_t value;
    size_t length = strcspn(node->text, "/");
    (void)walk, (void)ret;
    if (length >= sizeof count || !node->text[length])
        return -1;
    memcpy(count, node->text, length);
    count[length] = '\0';
    return text_number(count, 1000000, &value) && value && text_duration(node->text + length + 1, &value) && value ? 0 : -1;
}

static int parse_signal(struct walk *walk, struct node *node, void *ret)
{
    static const char *const names[] = { "HUP",  "INT",  "QUIT", "ILL",  "TRAP",   "ABRT", "BUS",   "FPE",  "KILL", "USR1",
                                         "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "CHLD", "CONT",  "STOP", "TSTP", "TTIN",
                                         "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS" };
    (void)ret;
    const char *text = node->text + (begins(node->text, "SIG") ? 3 : 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return 0;
    if (begins(text, "RTMIN+") && strlen(text) <= 8 && text[6] && !text[6 + strspn(text + 6, "0123456789")])
        return 0;
    const char *near = text_nearest(text, names, sizeof names / sizeof *names);
    if (!near)
        return -1;
    walk_error(walk, node->at, "'%s' is not a signal, did you mean '%s'?", node->text, near);
    return 0;
}

static const struct word priority_words[] = { { "high" }, { "normal" }, { "low" }, { NULL } };
static const struct word when_words[] = { { "never" }, { "on-failure" }, { "always" }, { NULL } };
static const struct word health_words[] = { { "restart" }, { "stop" }, { "log" }, { NULL } };
static const struct word idle_words[] = { { "freeze" }, { "stop" }, { NULL } };

static const struct form form_priority = { .is = "high, normal or low", .words = priority_words };
static const struct form form_ready = { .is = "exec, notify, port:NUMBER or file:/PATH",
                                        .parse = parse_ready,
                                        .pattern = "^(exec|notify|port:[0-9]+|file:/.+)$" };
static const struct form form_restart_when = { .is = "never, on-failure or always", .words = when_words };
static const struct form form_frequency = { .is = "a number of times in a time, such as 5/1m",
                                            .parse = parse_frequency,
                                            .pattern = "^[1-9][0-9]*/[0-9]+(ms|s|m|h)$" };
static const struct form form_signal = { .is = "a signal, such as TERM",
                                         .parse = parse_signal,
                                         .pattern = "^(SIG)?[A-Z0-9]+([+][0-9]+)?$" };
static const struct form form_health_do = { .is = "restart, stop or log", .words = health_words };
static const struct form form_idle_do = { .is = "freeze or stop", .words = idle_words };

static const struct row restart_rows[] = {
    { "when", &form_restart_when, ROW_NOWHERE, .preset = "on-failure", .example = "always",
      .doc = "never, on-failure or always." },
    { "delay", &form_time, ROW_NOWHERE, .preset = "1s", .example = "5s", .doc = "How long to wait before." },
    { "limit", &form_frequency, ROW_NOWHERE, .preset = "5/1m", .example = "3/10m", .doc = "How often, in which time." },
};
static const struct row stop_rows[] = {
    { "signal", &form_signal, ROW_NOWHERE, .preset = "TERM", .example = "QUIT", .doc = "What asks it to end." },
    { "timeout", &form_time, ROW_NOWHERE, .preset = "10s", .example = "1m", .doc = "How long it has for that." },
    { "command", &form_argv, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[/usr/sbin/nginx, -s, quit]",
      .doc = "A command that stops it, before the signal. Acts on the host: only from profiles in the search path, or with "
             "--trust." },
};
static const struct row health_rows[] = {
    { "command", &form_argv, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "[curl, -fsS, \"http://localhost/\"]",
      .doc = "Run inside; 0 is well." },
    { "every", &form_time, ROW_NOWHERE, .preset = "30s", .example = "1m", .doc = "How often." },
    { "timeout", &form_time, ROW_NOWHERE, .preset = "5s", .example = "10s", .doc = "How long it may take." },
    { "retries", &form_number, ROW_NOWHERE, .preset = "3", .example = "5", .doc = "How many failures in a row count." },
    { "do", &form_health_do, ROW_NOWHERE, .preset = "restart", .example = "log", .doc = "What happens then." },
};
static const struct row idle_rows[] = {
    { "after", &form_time, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "10m", .doc = "How long nothing happened." },
    { "do", &form_idle_do, ROW_NOWHERE, .preset = "freeze", .example = "stop",
      .doc = "Thawed by the next connection to a published port, or by any verb." },
};
static const struct form form_restart = { .is = "a map, such as {when: on-failure}", ROWS(restart_rows) };
static const struct form form_stop = { .is = "a map, such as {signal: TERM, timeout: 10s}", ROWS(stop_rows) };
static const struct form form_health = { .is = "a map, such as {command: [true]}", ROWS(health_rows) };
static const struct form form_idle = { .is = "a map, such as {after: 10m, do: freeze}", ROWS(idle_rows) };

static const struct row service_rows[] = {
    { "autostart", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true", .doc = "Started with the machine." },
    { "priority", &form_priority, ROW_NOWHERE, .preset = "normal", .example = "high",
      .doc = "high, normal or low, among those started together." },
    { "needs", &form_names, ROW_NOWHERE, .preset = "[]", .example = "[shop-db]",
      .doc = "Started before it, stopped after it; cycles are an error." },
    { "ready", &form_ready, ROW_NOWHERE, .preset = "exec", .example = "notify",
      .doc = "When it counts as started: exec, notify (sd_notify), port:80, file:/run/ready." },
    { "restart", &form_restart, ROW_NOWHERE, .doc = "What happens when it ends." },
    { "stop", &form_stop, ROW_NOWHERE, .doc = "How it is asked to end." },
    { "health", &form_health, ROW_NOWHERE, .doc = "How it is known to be well." },
    { "idle", &form_idle, ROW_NOWHERE, .doc = "What happens when it has nothing to do." },
};
const struct form form_service = { .is = "a map, such as {autostart: true}", ROWS(service_rows) };

/* --- hooks -------------------------------------------------------------------------------------------------------- */

static const struct form form_hook = { .is = "a list of commands, such as [[/usr/bin/logger, started]]", .items = &form_argv };
static const struct row hooks_rows[] = {
    { "prepare", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/prepare]]",
      .doc = "On the host, before anything." },
    { "prestart", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/prestart]]",
      .doc = "On the host: resources exist, nothing runs." },
    { "created", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/created]]",
      .doc = "On the host: namespaces exist." },
    { "start", &form_hook, ROW_NOWHERE, .preset = "[]", .example = "[[/usr/bin/prepare-database]]", .doc = "Inside." },
    { "poststart", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/announce]]",
      .doc = "On the host." },
    { "prestop", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/withdraw]]",
      .doc = "On the host." },
    { "stop", &form_hook, ROW_NOWHERE, .preset = "[]", .example = "[[/usr/bin/flush]]", .doc = "Inside." },
    { "poststop", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/poststop]]",
      .doc = "On the host." },
    { "release", &form_hook, ROW_NOWHERE, .flags = ROW_HOST, .preset = "[]", .example = "[[/usr/local/bin/release]]",
      .doc = "On the host, after everything is gone." },
};
const struct form form_hooks = { .is = "a map, such as {start: [[/usr/bin/prepare]]}", ROWS(hooks_rows) };

/* --- log, secrets, admins, desktop -------------------------------------------------------------------------------- */

static const struct word log_words[] = { { "file" }, { "journal" }, { "none" }, { NULL } };
static const struct form form_log_to = { .is = "file, journal or none", .words = log_words };
static const struct row log_rows[] = {
    { "to", &form_log_to, ROW_NOWHERE, .preset = "file", .example = "journal", .doc = "file, journal or none." },
    { "size", &form_size, ROW_NOWHERE, .preset = "10M", .example = "1M", .doc = "When a new file is begun." },
    { "keep", &form_number, ROW_NOWHERE, .preset = "3", .example = "7", .doc = "How many old ones are kept." },
};
const struct form form_log = { .is = "a map, such as {to: journal}", ROWS(log_rows) };

static const char *secret_identity(const struct node *item)
{
    const struct node *name = node_get(item, "name");
    return name && name->kind == NODE_SCALAR ? name->text : NULL;
}

static int parse_secret_name(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    *(const char **)ret = node->text;
    size_t length = strspn(node->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return length && length <= 128 && !node->text[length] && node->text[0] != '.' ? 0 : -1;
}

static const struct form form_secret_name = { .is = "the name of a file: letters, digits, '.', '_' and '-'",
                                              .size = sizeof(const char *),
                                              .parse = parse_secret_name,
                                              .pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$" };
static void begin_secret(struct walk *walk, struct node *map, void *target)
{
    (void)walk, (void)map;
    ((struct secret *)target)->mode = 0400;
}

static void finish_secret(struct walk *walk, struct node *map, void *target)
{
    if (((struct secret *)target)->mode & ~0777U)
        error_help(walk_error(walk, node_get(map, "mode")->at, "is more than the rights of a file"), "write at most \"0777\"");
}

static const struct row secret_rows[] = {
    { "name", &form_secret_name, ROW_FIELD(struct secret, name), .flags = ROW_REQUIRED, .example = "db-password",
      .doc = "It is shown at /run/secrets/NAME." },
    { "from", &form_host_path, ROW_FIELD(struct secret, from), .flags = ROW_REQUIRED, .example = "/etc/cordon/secrets/db",
      .doc = "The file of the host: of at most 1 MiB, and one that not everyone may read." },
    { "mode", &form_mode, ROW_FIELD(struct secret, mode), .preset = "0400", .example = "\"0440\"", .doc = "Its mode inside." },
};
static const struct form form_secret = { .is = "a map, such as {name: db-password, from: /etc/cordon/secrets/db}",
                                         .size = sizeof(struct secret),
                                         ROWS(secret_rows),
                                         .begin = begin_secret,
                                         .finish = finish_secret };
const struct form form_secrets = { .is = "a list of maps, such as [{name: db-password, from: /etc/cordon/secrets/db}]",
                                   .size = sizeof(((struct spec *)0)->secrets),
                                   .items = &form_secret,
                                   .item_size = sizeof(struct secret),
                                   .identity = secret_identity };

static const struct word admin_words[] = { { "login" }, { "manage" }, { "configure" }, { "clone" }, { NULL } };
static const struct form form_right = { .is = "login, manage, configure or clone", .words = admin_words };
static const struct form form_rights = { .is = "a list of rights, such as [login, manage]", .items = &form_right };
const struct form form_admins = { .is = "a map of users to lists, such as {alice: [login, manage]}",
                                  .values = &form_rights,
                                  .keys = &form_word };

static const struct row dbus_rows[] = {
    { "talk", &form_texts, ROW_NOWHERE, .preset = "[]", .example = "[org.freedesktop.Notifications]",
      .doc = "Names that it may talk to." },
    { "own", &form_texts, ROW_NOWHERE, .preset = "[]", .example = "[org.example.Shop]", .doc = "Names that it may own." },
};
static const struct form form_dbus = { .is = "a map, such as {talk: [org.freedesktop.Notifications]}", ROWS(dbus_rows) };
static const struct row desktop_rows[] = {
    { "wayland", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true",
      .doc = "The compositor, through a restricted socket." },
    { "x11", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true", .doc = "An X server." },
    { "audio", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true", .doc = "Sound." },
    { "gpu", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true", .doc = "Render nodes." },
    { "dbus", &form_dbus, ROW_NOWHERE, .doc = "The session bus, filtered." },
};
const struct form form_desktop = { .is = "a map, such as {wayland: true}", ROWS(desktop_rows) };

/* --- checks ------------------------------------------------------------------------------------------------------- */

/* "read /etc/hosts": what is tried, and on what. */
static int parse_attempt(struct walk *walk, struct node *node, void *ret)
{
    static const char *const verbs[] = { "read", "write", "execute", "connect", "listen", "call" };
    size_t length = strcspn(node->text, " ");
    (void)ret;
    if (!forms_one_line(node->text))
        return -1;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i]) == length && strncmp(verbs[i], node->text, length) == 0)
            return node->text[length] && node->text[length + 1] ? 0 : -1;
    const char *near = text_nearest(arena_strndup(walk->arena, node->text, length), verbs, sizeof verbs / sizeof *verbs);
    if (!near)
        return -1;
    walk_error(walk, node->at, "'%s' begins with no verb of checks, did you mean '%s'?", node->text, near);
    return 0;
}

static void finish_check(struct walk *walk, struct node *map, void *target)
{
    (void)target;
    if (!node_get(map, "can") == !node_get(map, "cannot"))
        error_help(walk_error(walk, map->at, "must say one of 'can' and 'cannot'"),
                   "such as {can: read /etc/hosts}, or {cannot: write /usr/bin/env}");
}

static const struct form form_attempt = {
    .is = "what is tried: read, write, execute, connect, listen or call, and on what, such as read /etc/hosts",
    .parse = parse_attempt,
    .pattern = "^(read|write|execute|connect|listen|call) .+$"
};
static const struct row check_rows[] = {
    { "can", &form_attempt, ROW_NOWHERE, .example = "read /etc/hosts", .doc = "What must be possible inside." },
    { "cannot", &form_attempt, ROW_NOWHERE, .example = "connect 192.0.2.1:53", .doc = "What must be refused." },
};
static const struct form form_check = { .is = "a map, such as {can: read /etc/hosts}",
                                        ROWS(check_rows),
                                        .finish = finish_check };
const struct form form_checks = { .is = "a list of maps, such as [{cannot: write /usr/bin/env}]", .items = &form_check };
