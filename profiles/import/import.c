#include "profiles/import/import.h"

#include "base/text.h"
#include "profiles/fields.h"
#include "profiles/yaml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- what it is --------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

enum import_kind import_kind_find(const char *word)
{
    static const char *const names[] = {
        [IMPORT_FIREJAIL] = "firejail", [IMPORT_BWRAP] = "bwrap", [IMPORT_SYSTEMD] = "systemd"
    };
    for (int i = IMPORT_FIREJAIL; i <= IMPORT_SYSTEMD; i++)
        if (strcmp(names[i], word) == 0)
            return (enum import_kind)i;
    return IMPORT_UNKNOWN;
}

enum import_kind import_kind_of(const char *file, const char *text)
{
    if (ends_with(file, ".profile") || ends_with(file, ".inc") || ends_with(file, ".local"))
        return IMPORT_FIREJAIL;
    if (ends_with(file, ".service") || strstr(text, "[Service]"))
        return IMPORT_SYSTEMD;
    if (strstr(text, "bwrap "))
        return IMPORT_BWRAP;
    return strstr(text, "caps.drop") || strstr(text, "noblacklist ") || strstr(text, "private-") ? IMPORT_FIREJAIL
                                                                                                 : IMPORT_UNKNOWN;
}

const char *import_name(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(arena, slash ? slash + 1 : path), *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    for (char *p = name; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : strchr("abcdefghijklmnopqrstuvwxyz0123456789.", *p) ? *p : '-';
    name += strspn(name, ".-");
    name[strlen(name) < 63 ? strlen(name) : 63] = '\0';
    return forms_is_name(name) ? name : NULL;
}

/* --- entries ------------------------------------------------------------------------------------------------------ */

static struct import_entry *find(const struct import *import, const char *key)
{
    for (size_t i = 0; i < import->entries.count; i++)
        if (strcmp(import->entries.items[i].key, key) == 0)
            return &import->entries.items[i];
    return NULL;
}

bool import_has(const struct import *import, const char *key)
{
    const struct import_entry *entry = find(import, key);
    return entry && entry->values.count;
}

static struct import_entry *made(struct import *import, const char *key, bool list)
{
    struct import_entry *entry = find(import, key);
    if (!entry) {
        entry = SLICE_PUSH(import->arena, &import->entries);
        *entry = (struct import_entry){ .key = arena_strdup(import->arena, key) };
    }
    entry->list = list;
    return entry;
}

void import_set(struct import *import, const char *key, const char *yaml)
{
    struct import_entry *entry = made(import, key, false);
    entry->values.count = 0;
    *SLICE_PUSH(import->arena, &entry->values) = arena_strdup(import->arena, yaml);
}

void import_append(struct import *import, const char *key, const char *yaml)
{
    *SLICE_PUSH(import->arena, &made(import, key, true)->values) = arena_strdup(import->arena, yaml);
}

void import_add(struct import *import, const char *key, const char *yaml)
{
    const struct import_entry *entry = made(import, key, true);
    for (size_t i = 0; i < entry->values.count; i++)
        if (strcmp(entry->values.items[i], yaml) == 0)
            return;
    import_append(import, key, yaml);
}

void import_drop(struct import *import, const char *key)
{
    struct import_entry *entry = find(import, key);
    if (entry)
        entry->values.count = 0;
}

void import_note(struct import *import, enum import_loss loss, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(import->arena, format, arguments);
    va_end(arguments);
    enum { MOST = 1000 }; /* a stranger's file may be made of them */
    for (size_t i = 0; i < import->notes.count; i++)
        if (strcmp(import->notes.items[i].text, text) == 0)
            return;
    if (import->notes.count > MOST)
        return;
    if (import->notes.count == MOST)
        text = "and more, which is not told: the file is hardly what it is taken for";
    *SLICE_PUSH(import->arena, &import->notes) = (struct import_note){ loss, import->file, import->line, text };
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    static const char *const taken[] = { "~", "null", "Null", "NULL", "true", "false", "True", "False", "TRUE", "FALSE" };
    if (!*text || text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.+-=@")] ||
        strchr("-=@.+", *text) || yaml_is_ambiguous(text))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(text, taken[i]) == 0)
            return false;
    return true;
}

static const char *quoted(struct import *import, const char *text, bool expands)
{
    char *buffer = NULL;
    size_t size;
    FILE *stream = open_memstream(&buffer, &size);
    if (!stream)
        return "\"\"";
    fputc('"', stream);
    for (size_t left = strlen(text), n; left; text += n, left -= n) {
        uint32_t point = (unsigned char)*text;
        n = text_utf8(text, left, &point);
        bool odd = !n || point < 0x20 || point == 0x7f || text_is_deceptive(point);
        n = n ? n : 1;
        if (!expands && strncmp(text, "${", 2) == 0)
            fputs("$$", stream);
        else if (odd && point < 0x100)
            fprintf(stream, "\\x%02x", point);
        else if (odd)
            text_escape_point(stream, point);
        else if (*text == '"' || *text == '\\')
            fprintf(stream, "\\%c", *text);
        else
            fwrite(text, 1, n, stream);
    }
    fputc('"', stream);
    fclose(stream);
    const char *copy = arena_strdup(import->arena, buffer);
    free(buffer);
    return copy;
}

const char *import_text(struct import *import, const char *text) { return is_plain(text) ? text : quoted(import, text, false); }
const char *import_path(struct import *import, const char *path) { return is_plain(path) ? path : quoted(import, path, true); }

/* Absolute, or begun by an expansion that is; no ".", "..", doubled slashes. */
static bool can_be_path(const char *path)
{
    if (strncmp(path, "${", 2) == 0 && strchr(path, '}'))
        path = strchr(path, '}') + 1;
    return (!*path || forms_is_normal_path(path)) && strcmp(path, "/") != 0;
}

static const char *without_slash(struct import *import, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return arena_strndup(import->arena, path, length);
}

/* The mount at this place, of the kind; NULL where there is none. */
static char **mount_at(struct import *import, const char *kind, const char *at)
{
    struct import_entry *entry = find(import, "mounts");
    const char *place = arena_printf(import->arena, "at: %s", import_path(import, at));
    for (size_t i = 0; entry && i < entry->values.count; i++) {
        const char *found = strstr(entry->values.items[i], place);
        if (found && (found[strlen(place)] == ',' || found[strlen(place)] == '}') &&
            strncmp(entry->values.items[i] + 1, kind, strlen(kind)) == 0)
            return &entry->values.items[i];
    }
    return NULL;
}

/* One place is one mount. */
static void drop_mount(struct import *import, const char *at)
{
    struct import_entry *mounts = find(import, "mounts");
    const char *hide = arena_printf(import->arena, "{hide: %s", import_path(import, at));
    for (size_t i = 0; mounts && i < mounts->values.count;) {
        char **mount = &mounts->values.items[i];
        bool hidden = strncmp(*mount, hide, strlen(hide)) == 0 && strchr(",}", (*mount)[strlen(hide)]);
        if (!hidden && mount != mount_at(import, "", at)) {
            i++;
            continue;
        }
        memmove(mount, mount + 1, (mounts->values.count - i - 1) * sizeof *mount);
        mounts->values.count--;
    }
}

bool import_write_not(struct import *import, const char *at)
{
    static const char write[] = ", write: true";
    char **mount = mount_at(import, "bind", without_slash(import, at));
    const char *found = mount ? strstr(*mount, write) : NULL;
    if (found)
        *mount = arena_printf(import->arena, "%.*s%s", (int)(found - *mount), *mount, found + strlen(write));
    return mount;
}

void import_hide(struct import *import, const char *path, const char *more)
{
    path = without_slash(import, path);
    if (!can_be_path(path)) {
        import_note(import, IMPORT_LOST, "%s: not a path that can be hidden", path);
        return;
    }
    drop_mount(import, path); /* what was to show, and a hide of the same */
    bool shows = import_has(import, "root.from");
    for (const char *end = path + 1; !shows; end++) {
        end += strcspn(end, "/");
        shows = mount_at(import, "bind", arena_strndup(import->arena, path, (size_t)(end - path)));
        if (!*end)
            break;
    }
    if (shows)
        import_add(import, "mounts", arena_printf(import->arena, "{hide: %s%s}", import_path(import, path), more));
}

void import_tmpfs(struct import *import, const char *at, const char *size, const char *more)
{
    at = without_slash(import, at);
    drop_mount(import, at);
    import_add(import, "mounts", arena_printf(import->arena, "{tmpfs: %s, at: %s%s}", size, import_path(import, at), more));
}

void import_bind(struct import *import, const char *source, const char *at, const char *more)
{
    source = without_slash(import, source);
    at = without_slash(import, at);
    if (strpbrk(source, "*?[")) {
        import_note(import, IMPORT_LOST, "%s: a pattern cannot be bound; name what it stands for", source);
        return;
    }
    if (!can_be_path(at) || (!can_be_path(source) && strcmp(source, "/") != 0)) {
        import_note(import, IMPORT_LOST, "%s: not a path that can be bound", source);
        return;
    }
    drop_mount(import, at); /* the later one wins, as it would lie over the other */
    import_add(import, "mounts",
               arena_printf(import->arena, "{bind: %s, at: %s%s}", import_path(import, source), import_path(import, at), more));
}

bool import_mounts(struct import *import, const char *at) { return mount_at(import, "", at); }

bool import_shows(struct import *import, const char *path)
{
    for (const char *end = path + 1;; end++) {
        end += strcspn(end, "/");
        const char *folder = import_path(import, arena_strndup(import->arena, path, (size_t)(end - path)));
        char **mount = mount_at(import, "bind", arena_strndup(import->arena, path, (size_t)(end - path)));
        const char *same = arena_printf(import->arena, "{bind: %s, at: %s", folder, folder);
        if (mount && strncmp(*mount, same, strlen(same)) == 0)
            return true;
        if (!*end)
            return false;
    }
}

bool import_system_shows(const char *path)
{
    static const char *const folders[] = { "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if (strncmp(path, folders[i], length) == 0 && (!path[length] || path[length] == '/'))
            return true;
    }
    return false;
}

/* --- what runs ---------------------------------------------------------------------------------------------------- */

static bool is_later(const char *key, const struct import_entry *entry)
{
    const struct form *form = &form_profile;
    char part[64];
    for (size_t length; *key; key += length + (key[length] == '.')) {
        length = strcspn(key, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, key);
        const struct row *row = form->rows ? rows_get(form, part) : NULL;
        if (!row)
            return false;
        if (row->flags & ROW_LATER)
            return true;
        form = row->form;
    }
    struct node value = { .kind = NODE_SCALAR, .text = entry->values.items[0] };
    if (form->later && !entry->list && form->later(&value))
        return true;
    for (const struct word *word = form->words; word && word->text; word++)
        if (word->later && !entry->list && strcmp(word->text, entry->values.items[0]) == 0)
            return true;
    return false;
}

void import_check_available(struct import *import)
{
    const char *keys = "";
    for (size_t i = 0; i < import->entries.count; i++) {
        const struct import_entry *entry = &import->entries.items[i];
        if (entry->values.count && is_later(entry->key, entry))
            keys = arena_printf(import->arena, "%s%s%s", keys, *keys ? ", " : "", entry->key);
    }
    import->line = 0;
    if (*keys)
        import_note(import, IMPORT_NEAR,
                    "not available yet in this version, so that `run` refuses the profile until they are out: %s", keys);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

char **import_words(struct arena *arena, const char *text)
{
    struct strings words = { 0 };
    char *word = arena_alloc(arena, strlen(text) + 1), *to = word;
    bool open = false;
    char quote = '\0';
    for (const char *p = text;; p++) {
        bool space = !quote && (!*p || strchr(" \t\n\r", *p));
        if (space && open) {
            *to++ = '\0';
            *SLICE_PUSH(arena, &words) = word;
            word = to;
            open = false;
        }
        if (!*p)
            break;
        if (space)
            continue;
        open = true;
        if (*p == '\\' && quote != '\'' && p[1]) {
            p++;
            if (*p == '\n' && !quote) {
                open = to != word;
                continue;
            }
            *to++ = *p;
        } else if (quote ? *p == quote : *p == '"' || *p == '\'') {
            quote = quote ? '\0' : *p;
        } else {
            *to++ = *p;
        }
    }
    *SLICE_PUSH(arena, &words) = NULL;
    return words.items;
}

/* --- printing ----------------------------------------------------------------------------------------------------- */

/* Sections in the order of the reference. */
static const char sections[][16] = { "name",      "description", "app",     "root",       "mounts",   "devices", "isolate",
                                     "hostname",  "machine-id",  "users",   "privileges", "syscalls", "paths",   "label",
                                     "resources", "limits",      "network", "sockets",    "service",  "desktop" };

static void print_list(FILE *stream, const struct import_entry *entry, int indent)
{
    bool maps = entry->values.items[0][0] == '{';
    if (!maps)
        fputs(" [", stream);
    for (size_t i = 0; i < entry->values.count; i++)
        fprintf(stream, maps ? "\n%*s- %s" : "%*s%s%s", maps ? indent + 2 : 0, "",
                maps ? entry->values.items[i]
                : i  ? ", "
                     : "",
                maps ? "" : entry->values.items[i]);
    fputs(maps ? "\n" : "]\n", stream);
}

/* Entries below `prefix` ("app."), their next parts as keys. Neighbours are sought, since readers add them in any order. */
static void print_below(FILE *stream, const struct import *import, const char *prefix, int indent)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < import->entries.count; i++) {
        const struct import_entry *entry = &import->entries.items[i];
        if (!entry->values.count || strncmp(entry->key, prefix, length) != 0)
            continue;
        const char *rest = entry->key + length;
        bool free_key = strcmp(prefix, "app.env.") == 0 || strcmp(prefix, "sysctl.") == 0;
        size_t part = free_key ? strlen(rest) : strcspn(rest, ".");
        bool seen = false; /* its map was printed with an earlier one */
        for (size_t k = 0; k < i && rest[part]; k++)
            seen |= import->entries.items[k].values.count &&
                    strncmp(import->entries.items[k].key, entry->key, length + part + 1) == 0;
        if (seen)
            continue;
        const char *key = arena_strndup(import->arena, rest, part);
        fprintf(stream, "%*s%s:", indent, "", free_key ? import_text((struct import *)(uintptr_t)import, key) : key);
        if (rest[part]) {
            fputc('\n', stream);
            print_below(stream, import, arena_printf(import->arena, "%s%s.", prefix, key), indent + 2);
        } else if (entry->list) {
            print_list(stream, entry, indent);
        } else {
            fprintf(stream, " %s\n", entry->values.items[0]);
        }
    }
}

static void print_section(FILE *stream, const struct import *import, const char *section)
{
    const struct import_entry *entry = find(import, section);
    const char *prefix = arena_printf(import->arena, "%s.", section);
    if (entry && entry->values.count) {
        fprintf(stream, "%s:", section);
        if (entry->list)
            print_list(stream, entry, 0);
        else
            fprintf(stream, " %s\n", entry->values.items[0]);
    }
    for (size_t i = 0; i < import->entries.count; i++) {
        if (!import->entries.items[i].values.count || strncmp(import->entries.items[i].key, prefix, strlen(prefix)) != 0)
            continue;
        fprintf(stream, "%s:\n", section);
        print_below(stream, import, prefix, 2);
        return;
    }
}

void import_print(FILE *stream, const struct import *import)
{
    fputs("# Imported", stream);
    if (import->file) {
        fputs(" from ", stream);
        text_escape(stream, import->file, strlen(import->file));
    }
    fputs("; read it before it is trusted.\n", stream);
    for (size_t i = 0; i < import->notes.count; i++) {
        const struct import_note *note = &import->notes.items[i];
        fprintf(stream, "#   %s: ", note->loss == IMPORT_LOST ? "lost" : "near");
        text_escape(stream, note->text, strlen(note->text));
        fputc('\n', stream);
    }
    fputs("cordon: 1\n", stream);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(stream, import, sections[i]);
}
