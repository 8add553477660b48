/* import: what another program contains an application by, as a profile on standard output; what was lost on standard error. */
#include "base/passwd.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "profiles/import/import.h"
#include "profiles/lint/layout.h"

#include <errno.h>
#include <string.h>

static int check_kind(const struct options *options, enum import_kind *ret, struct error *err)
{
    *ret = options->from ? import_kind_find(options->from) : IMPORT_UNKNOWN;
    if (options->from && *ret == IMPORT_UNKNOWN)
        return error_set(err, "--from '%s' is not one of firejail, bwrap, systemd", options->from);
    return 0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* `words` begin with the program's name, perhaps with a path. */
static int import_command(struct import *import, char **words, struct error *err)
{
    while (*words && strcmp(last_part(*words), "bwrap") != 0)
        words++;
    if (!*words)
        return error_set(err, "there is no bwrap in this command line");
    import_bwrap(import, words + 1);
    return 0;
}

static int import_file(struct import *import, const char *file, enum import_kind kind, struct error *err)
{
    size_t length;
    const char *text = layout_read(import->arena, file, &length);
    if (!text)
        return error_errno(err, errno, "read %s", file);
    if (strlen(text) != length)
        return error_set(err, "%s holds a NUL byte, and is no text", file);
    import->file = file;
    if (kind == IMPORT_UNKNOWN)
        kind = import_kind_of(file, text);
    switch (kind) {
    case IMPORT_FIREJAIL:
        import_firejail(import, file, text);
        return 0;
    case IMPORT_SYSTEMD:
        import_systemd(import, file, text);
        return 0;
    case IMPORT_BWRAP:
        return import_command(import, import_words(import->arena, text), err);
    case IMPORT_UNKNOWN:
        break;
    }
    error_set(err, "%s is neither a firejail profile, nor a bwrap command line, nor a systemd unit", file);
    return error_help(err, "say which it is with --from");
}

static void print_notes(const struct import *import)
{
    for (size_t i = 0; i < import->notes.count; i++) {
        const struct import_note *note = &import->notes.items[i];
        if (note->file) {
            text_escape(stderr, note->file, strlen(note->file));
            fprintf(stderr, note->line ? ":%d: " : ": ", note->line);
        }
        fputs(note->loss == IMPORT_LOST ? "lost: " : "near: ", stderr);
        text_escape(stderr, note->text, strlen(note->text));
        fputc('\n', stderr);
    }
}

/* What a command line starts. */
static const char *import_command_name(const struct import *import)
{
    for (size_t i = 0; i < import->entries.count; i++)
        if (strcmp(import->entries.items[i].key, "app.command") == 0 && import->entries.items[i].values.count)
            return import->entries.items[i].values.items[0];
    return "imported";
}

int cmd_import(struct command *command)
{
    struct error err = { 0 };
    struct import import = { .arena = command->arena };
    enum import_kind kind;
    if (check_kind(&command->options, &kind, &err) < 0)
        return verb_fail(&err, verb_usage_status(command->verb));
    bool words = command->count > 1 || strcmp(last_part(command->arguments[0]), "bwrap") == 0;
    if ((words ? import_command(&import, command->arguments, &err) : import_file(&import, command->arguments[0], kind, &err)) <
        0)
        return verb_fail(&err, verb_failure_status(command->verb));
    const char *name = import_name(command->arena, import.file ? import.file : last_part(import_command_name(&import)));
    if (name && !import_has(&import, "name"))
        import_set(&import, "name", import_text(&import, name));
    import_check_available(&import);
    import_print(stdout, &import);
    print_notes(&import);
    return output_close(&err) < 0 ? verb_fail(&err, verb_failure_status(command->verb)) : 0;
}
