/* What is below import/, as profiles, each against NAME.expected (the notes are comments of it), and each a profile without
 * mistakes. CORDON_UPDATE=1 writes the files. Where firejail's own profiles are installed (or CORDON_FIREJAIL names their
 * folder), all of them. */
#include "profiles/import/import.h"
#include "profiles/lint/lint.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};

static char *whole(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = arena_alloc(arena, 1 << 18);
    text[fread(text, 1, (1 << 18) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static const char *imported(struct arena *arena, const char *path)
{
    struct import import = { .arena = arena, .file = path };
    char *buffer = NULL, *text = whole(arena, path);
    size_t size;
    char **words = import_words(arena, text);
    switch (import_kind_of(path, text)) {
    case IMPORT_FIREJAIL:
        import_firejail(&import, path, text);
        break;
    case IMPORT_SYSTEMD:
        import_systemd(&import, path, text);
        break;
    case IMPORT_BWRAP:
        while (*words && !strstr(*words, "bwrap"))
            words++;
        import_bwrap(&import, words + 1);
        break;
    case IMPORT_UNKNOWN:
        return "";
    }
    if (import_name(arena, path) && !import_has(&import, "name"))
        import_set(&import, "name", import_text(&import, import_name(arena, path)));
    import_check_available(&import);
    FILE *stream = open_memstream(&buffer, &size);
    import_print(stream, &import);
    fclose(stream);
    const char *copy = arena_strdup(arena, buffer);
    free(buffer);
    return copy;
}

/* The first mistake in it, or "". */
static const char *mistake(struct arena *arena, const char *text)
{
    char name[] = "/tmp/cordon-import-XXXXXX.yaml";
    int fd = mkstemps(name, 5);
    FILE *file = fd >= 0 ? fdopen(fd, "we") : NULL;
    if (!file)
        return "cannot be written";
    fputs(text, file);
    fclose(file);
    struct lint lint = { .arena = arena, .caller = &ada, .today = "2026-11-25" };
    lint_profile(&lint, name);
    unlink(name);
    for (size_t i = 0; i < lint.findings.count; i++)
        if (lint.findings.items[i].severity == SEVERITY_ERROR)
            return lint.findings.items[i].message;
    return "";
}

static void check(const char *name)
{
    struct arena arena = { 0 };
    const char *path = arena_printf(&arena, "import/%s", name), *beside = arena_printf(&arena, "%s.expected", path);
    const char *got = imported(&arena, path);
    FILE *file = getenv("CORDON_UPDATE") ? fopen(beside, "we") : NULL;
    if (file) {
        fputs(got, file);
        fclose(file);
    }
    const char *wanted = whole(&arena, beside);
    CHECK_TEXT(got, wanted);
    CHECK_TEXT(mistake(&arena, got), "");
    arena_free(&arena);
}

static int is_firejail(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 8 && strcmp(entry->d_name + length - 8, ".profile") == 0;
}

static void check_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_firejail, alphasort), good = 0;
    for (int i = 0; i < count; i++) {
        struct arena arena = { 0 };
        const char *text = imported(&arena, arena_printf(&arena, "%s/%s", folder, entries[i]->d_name)),
                   *wrong = mistake(&arena, text);
        good += !*wrong;
        if (*wrong)
            printf("# %s: %s\n", entries[i]->d_name, wrong);
        arena_free(&arena);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    printf("# %d of %d profiles of %s\n", good, count > 0 ? count : 0, folder);
    if (count > 0)
        CHECK_NAMED(good == count, "every profile of firejail's own becomes one without mistakes");
}

int main(void)
{
    static const char *const names[] = { "player.profile", "below.profile", "keep.profile",  "shell.bwrap",    "covered.bwrap",
                                         "web.service",    "hard.service",  "loose.service", "dynamic.service" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check(names[i]);
    check_folder(getenv("CORDON_FIREJAIL") ? getenv("CORDON_FIREJAIL") : "/etc/firejail");
    return tap_done();
}
