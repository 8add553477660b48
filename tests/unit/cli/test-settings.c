#include "cli/settings.h"
#include "tap.h"

#include <limits.h>
#include <unistd.h>
#include <yaml.h>

typedef char *(*setting)(struct arena *, const char *, struct error *);

struct row {
    setting make;
    const char *argument;
    const char *wanted; /* NULL: refused, and the sentence holds `says` */
    const char *says;
};

static const struct row rows[] = {
    { setting_plain, "a.b=c=d", "a.b=c=d", NULL },
    { setting_plain, "+mounts={bind: /srv, at: /srv}", "+mounts={bind: /srv, at: /srv}", NULL },
    { setting_plain, "-mounts", "-mounts", NULL },
    { setting_plain, "a.b", NULL, "KEY=VALUE" },
    { setting_plain, "=x", NULL, "KEY=VALUE" },
    { setting_plain, "-", NULL, "KEY=VALUE" },
    { setting_root, "/srv/root", "root.from=\"dir:/srv/root\"", NULL },
    { setting_image, "debian", "root.from=\"image:debian\"", NULL },
    { setting_mount, "/a:/b", "+mounts=[{\"bind\": \"/a\", \"at\": \"/b\", \"write\": false}]", NULL },
    { setting_mount, "/a:/b:rw", "+mounts=[{\"bind\": \"/a\", \"at\": \"/b\", \"write\": true}]", NULL },
    { setting_mount, "/a:/b:ro", "+mounts=[{\"bind\": \"/a\", \"at\": \"/b\", \"write\": false}]", NULL },
    { setting_mount, "/a\", \"at\":/b", "+mounts=[{\"bind\": \"/a\\\", \\\"at\\\"\", \"at\": \"/b\", \"write\": false}]",
      NULL },
    { setting_mount, "/a", NULL, "SRC:DST" },
    { setting_mount, "/a:", NULL, "SRC:DST" },
    { setting_mount, ":/b", NULL, "SRC:DST" },
    { setting_mount, "/a:b", NULL, "absolute" },
    { setting_mount, "/a:/b:Z", NULL, "':Z'" },
    { setting_mount, "/a:/b:", NULL, "':'" },
    { setting_mount, "/a:/b:/c:rw", NULL, "SRC:DST" },
    { setting_mount, "/a:/b:rw:rw:rw:rw", NULL, "SRC:DST" },
    { setting_env, "TZ=UTC", "app.env.TZ=\"UTC\"", NULL },
    { setting_env, "EMPTY=", "app.env.EMPTY=\"\"", NULL },
    { setting_env, "A=b=c", "app.env.A=\"b=c\"", NULL },
    { setting_env, "A=${uid} $${x} ${", "app.env.A=\"$${uid} $$${x} $${\"", NULL },
    { setting_env, "A", NULL, "NAME=VALUE" },
    { setting_env, "=x", NULL, "name of a variable" },
    { setting_env, "1A=x", NULL, "name of a variable" },
    { setting_env, "a.b=x", NULL, "name of a variable" },
    { setting_env, "a\tb=x", NULL, "name of a variable" },
    { setting_env, "A=\xff", NULL, "UTF-8" },
    { setting_env, "A=\xed\xa0\x80", NULL, "UTF-8" },
    { setting_user, "1000:1000", "app.user=\"1000:1000\"", NULL },
    { setting_network, "host", "network.mode=\"host\"", NULL },
    { setting_publish, "127.0.0.1:80:80", "+network.publish=[\"127.0.0.1:80:80\"]", NULL },
    { setting_terminal, NULL, "app.terminal=true", NULL },
};

static void check_rows(struct arena *arena)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { 0 };
        const char *got = rows[i].make(arena, rows[i].argument, &err);
        const char *name = rows[i].argument ? rows[i].argument : "(flag)";
        if (rows[i].wanted)
            tap_equal(got, rows[i].wanted, name, __FILE__, __LINE__);
        else
            CHECK_NAMED(!got && err.message && strstr(err.message, rows[i].says), name);
        error_fini(&err);
    }
}

/* What libyaml reads from "k: VALUE": the text of the one scalar, or NULL where there is anything else. */
static const char *read_back(struct arena *arena, const char *value)
{
    const char *text = arena_printf(arena, "k: %s", value), *found = NULL;
    yaml_parser_t parser;
    yaml_document_t document;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    if (yaml_parser_load(&parser, &document)) {
        yaml_node_t *root = yaml_document_get_root_node(&document);
        if (root && root->type == YAML_MAPPING_NODE && root->data.mapping.pairs.top - root->data.mapping.pairs.start == 1) {
            yaml_node_t *node = yaml_document_get_node(&document, root->data.mapping.pairs.start->value);
            if (node->type == YAML_SCALAR_NODE)
                found = arena_strndup(arena, (const char *)node->data.scalar.value, node->data.scalar.length);
        }
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return found;
}

/* Whatever the argument is, YAML reads it as one string and as it was. */
static void check_hostile(struct arena *arena)
{
    static const char *const hostile[] = {
        "plain",
        "\u202e1\ufe0f\u3164\U000e0041",
        "a: b",
        "a #b",
        "*alias",
        "&anchor x",
        "!!int 3",
        "{a: b}",
        "[a, b]",
        "\", \"x\"",
        "\\\"",
        "\\",
        "'",
        "yes",
        "~",
        "0x10",
        "1:30",
        "line\nnew",
        "tab\t",
        "\r",
        "\x01\x1b",
        "\x7f",
        "\xc2\x85",
        "\xc2\x9b",
        "\xe2\x80\xa8",
        "\xef\xbb\xbf",
        "- a",
        "? a",
        "%TAG",
        "---\n...",
        "ü€\U0001F600",
        " lead and trail ",
        "\xef\xbf\xbf",
        "|\n  a",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct error err = { 0 };
        const char *quoted = setting_quote(arena, hostile[i], &err);
        tap_equal(quoted ? read_back(arena, quoted) : NULL, hostile[i], "is one string of YAML", __FILE__, __LINE__);
        error_fini(&err);
    }
}

static void check_relative(struct arena *arena)
{
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof cwd))
        return;
    struct error err = { 0 };
    CHECK_TEXT(setting_root(arena, "rootfs", &err), arena_printf(arena, "root.from=\"dir:%s/rootfs\"", cwd));
    CHECK_TEXT(setting_root(arena, ".//rootfs", &err), arena_printf(arena, "root.from=\"dir:%s/rootfs\"", cwd));
    CHECK_TEXT(setting_root(arena, ".", &err), arena_printf(arena, "root.from=\"dir:%s\"", cwd));
    CHECK_TEXT(setting_root(arena, "./", &err), arena_printf(arena, "root.from=\"dir:%s\"", cwd));
    CHECK_TEXT(setting_mount(arena, "../x:/x", &err),
               arena_printf(arena, "+mounts=[{\"bind\": \"%s/../x\", \"at\": \"/x\", \"write\": false}]", cwd));
    if (chdir("/") == 0)
        CHECK_TEXT(setting_root(arena, "srv", &err), "root.from=\"dir:/srv\"");
    CHECK(!error_is_set(&err));
}

int main(void)
{
    struct arena arena = { 0 };
    check_rows(&arena);
    check_hostile(&arena);
    check_relative(&arena);
    arena_free(&arena);
    return tap_done();
}
