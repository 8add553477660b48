#include "cli/settings.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* What YAML takes for a line break or refuses as not printable, and what the reader refuses as deceptive. */
static bool needs_escape(uint32_t point)
{
    return point < 0x20 || point == 0x7f || text_is_deceptive(point) || point == 0xfffe || point == 0xffff;
}

char *setting_quote(struct arena *arena, const char *text, struct error *err)
{
    AUTO_FREE char *buffer = NULL;
    size_t size;
    FILE *stream = open_memstream(&buffer, &size);
    if (!stream) {
        error_set(err, "out of memory");
        return NULL;
    }
    fputc('"', stream);
    size_t length = 1;
    for (const char *at = text, *end = text + strlen(text); at < end; at += length) {
        uint32_t point;
        length = text_utf8(at, (size_t)(end - at), &point);
        if (length == 0)
            break;
        if (point == '"' || point == '\\')
            fprintf(stream, "\\%c", (int)point);
        else if (needs_escape(point))
            text_escape_point(stream, point);
        else if (strncmp(at, "${", 2) == 0)
            fputs("$$", stream); /* the language's escape of a literal ${ */
        else
            fwrite(at, 1, length, stream);
    }
    fputc('"', stream);
    fclose(stream);
    if (length == 0) {
        error_set(err, "'%s' is not UTF-8 text, and a profile can hold nothing else", text);
        return NULL;
    }
    return arena_strdup(arena, buffer);
}

static char *quoted(struct arena *arena, const char *key, const char *text, struct error *err)
{
    char *value = setting_quote(arena, text, err);
    return value ? arena_printf(arena, "%s=%s", key, value) : NULL;
}

char *setting_plain(struct arena *arena, const char *argument, struct error *err)
{
    const char *equals = strchr(argument, '=');
    if (equals && equals != argument)
        return arena_strdup(arena, argument);
    if (argument[0] == '-' && argument[1] && !equals)
        return arena_strdup(arena, argument); /* takes the whole key away */
    error_set(err, "'%s' is not of the form KEY=VALUE", argument);
    error_help(err, "for instance --set app.env.TZ=UTC, or --set +mounts='{bind: /srv, at: /srv}' to add to a list");
    return NULL;
}

/* A path on the command line is relative to where the caller stands, one in a profile to the profile's folder. */
static char *absolute(struct arena *arena, const char *path, struct error *err)
{
    if (path[0] == '/')
        return arena_strdup(arena, path);
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof cwd) || cwd[0] != '/') {
        error_set(err, "'%s' is relative, and the folder that you are in cannot be named", path);
        return NULL;
    }
    while (strncmp(path, "./", 2) == 0)
        for (path += 2; *path == '/';)
            path++;
    if (strcmp(path, ".") == 0 || !*path)
        return arena_strdup(arena, cwd);
    return arena_printf(arena, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
}

char *setting_root(struct arena *arena, const char *argument, struct error *err)
{
    char *path = absolute(arena, argument, err);
    return path ? quoted(arena, "root.from", arena_printf(arena, "dir:%s", path), err) : NULL;
}

char *setting_image(struct arena *arena, const char *argument, struct error *err)
{
    return quoted(arena, "root.from", arena_printf(arena, "image:%s", argument), err);
}

/* SRC:DST[:rw]. A path that holds a colon cannot be written so: --set has a form for it. */
char *setting_mount(struct arena *arena, const char *argument, struct error *err)
{
    char *source = arena_strdup(arena, argument), *parts[3] = { source };
    size_t count = 1;
    for (char *colon = source; (colon = strchr(colon, ':')) && count < 4; count++) {
        *colon++ = '\0';
        if (count < 3)
            parts[count] = colon;
    }
    if (count < 2 || count > 3 || !parts[0][0] || parts[1][0] != '/') {
        error_set(err, "'%s' is not of the form SRC:DST or SRC:DST:rw, DST an absolute path", argument);
        error_help(err,
                   "--mount ./data:/data:rw; a path with a colon: --set '+mounts={bind: \"/a:b\", at: /data, write: true}'");
        return NULL;
    }
    if (count == 3 && strcmp(parts[2], "rw") != 0 && strcmp(parts[2], "ro") != 0) {
        error_set(err, "'%s' ends in ':%s', but only ':rw' and ':ro' (the default) can stand there", argument, parts[2]);
        return NULL;
    }
    char *path = absolute(arena, parts[0], err);
    char *bind = path ? setting_quote(arena, path, err) : NULL;
    char *at = bind ? setting_quote(arena, parts[1], err) : NULL;
    bool write = count == 3 && strcmp(parts[2], "rw") == 0;
    return at ? arena_printf(arena, "+mounts=[{\"bind\": %s, \"at\": %s, \"write\": %s}]", bind, at, write ? "true" : "false")
              : NULL;
}

char *setting_publish(struct arena *arena, const char *argument, struct error *err)
{
    char *value = setting_quote(arena, argument, err);
    return value ? arena_printf(arena, "+network.publish=[%s]", value) : NULL;
}

/* The name is part of the key, so it may hold nothing that a key could. */
char *setting_env(struct arena *arena, const char *argument, struct error *err)
{
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
    const char *equals = strchr(argument, '=');
    if (!equals) {
        error_set(err, "'%s' is not of the form NAME=VALUE", argument);
        error_help(err, "to copy it from your environment: --set +app.env-pass=%s", argument);
        return NULL;
    }
    size_t length = (size_t)(equals - argument), head = strspn(argument, LETTERS);
    if (head == 0 || head + strspn(argument + head, LETTERS "0123456789") < length) {
        error_set(err, "'%.*s' is no name of a variable: letters, digits and _, no digit first", (int)length, argument);
        return NULL;
    }
    return quoted(arena, arena_printf(arena, "app.env.%.*s", (int)length, argument), equals + 1, err);
}

char *setting_user(struct arena *arena, const char *argument, struct error *err)
{
    return quoted(arena, "app.user", argument, err);
}

char *setting_network(struct arena *arena, const char *argument, struct error *err)
{
    return quoted(arena, "network.mode", argument, err);
}

char *setting_terminal(struct arena *arena, const char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    return arena_strdup(arena, "app.terminal=true");
}
