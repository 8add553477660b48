/* Every profile below good/ and bad/, loaded as a plain user ada would, against the exact text that must come of it. Comments
 * of the form "#! --set KEY=VALUE" in a profile are options of that load. */
#include "profiles/profile.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

static const char *whole(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = arena_alloc(arena, 1 << 17);
    size_t length = fread(text, 1, (1 << 17) - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void read_options(struct arena *arena, const char *path, struct profile_request *request)
{
    FILE *file = fopen(path, "re");
    char line[1024];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "#! --set ", 9) == 0)
            *SLICE_PUSH(arena, &request->set) = arena_strdup(arena, line + 9);
        else if (strncmp(line, "#! --param ", 11) == 0)
            *SLICE_PUSH(arena, &request->params) = arena_strdup(arena, line + 11);
        else if (strcmp(line, "#! --trust") == 0)
            request->trust = true;
        else if (strncmp(line, "#! --instance ", 14) == 0)
            request->instance = arena_strdup(arena, line + 14);
    }
    if (file)
        fclose(file);
}

/* What is said about the profile: its mistakes; or, where it has none, the profile as understood, then what run would refuse.
 */
static const char *outcome(struct arena *arena, const char *path, int *ret_status)
{
    struct caller caller = {
        .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada"
    };
    struct profile_request request = { .profile = path };
    struct errors errors = { 0 }, notices = { 0 };
    struct spec *spec = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    char *cwd = realpath(".", NULL);
    caller.cwd = cwd;
    read_options(arena, path, &request);
    *ret_status = profile_load(arena, &request, &caller, &spec, &errors, &notices);
    errors_print(stream, &notices, "notice");
    if (*ret_status == 0) {
        profile_show(stream, spec);
        profile_check_available(spec, &errors);
    }
    errors_print(stream, &errors, "error");
    fclose(stream);
    errors_fini(&errors);
    errors_fini(&notices);
    /* The folders of the sources and of the installation are not the same everywhere. */
    const struct {
        const char *real, *shown;
    } folders[] = { { cwd, "HERE" }, { PROFILE_DIR, "PROFILES" } };
    char *copy = arena_alloc(arena, 2 * length + 1), *to = copy;
    for (char *p = text; *p;) {
        size_t i = 0;
        while (i < 2 && strncmp(p, folders[i].real, strlen(folders[i].real)) != 0)
            i++;
        if (i == 2) {
            *to++ = *p++;
            continue;
        }
        to = stpcpy(to, folders[i].shown);
        p += strlen(folders[i].real);
    }
    free(text);
    free(cwd);
    return copy;
}

static void check(const char *folder, const char *name, int wanted_status)
{
    struct arena arena = { 0 };
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    const char *expected_path = arena_printf(&arena, "%.*s.expected", (int)(strlen(path) - strlen(".yaml")), path);
    int status = 1;
    const char *got = outcome(&arena, path, &status);
    if (getenv("CORDON_UPDATE")) {
        FILE *file = fopen(expected_path, "we");
        if (file) {
            fputs(got, file);
            fclose(file);
        }
    }
    const char *wanted = whole(&arena, expected_path);
    int passed = wanted && strcmp(got, wanted) == 0 && status == wanted_status;
    tap_check(passed, path, __FILE__, __LINE__);
    if (!passed)
        printf("# status %d, wanted %d; got:\n%s\n# wanted:\n%s\n", status, wanted_status, got, wanted ? wanted : "(no file)");
    arena_free(&arena);
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int check_all(const char *folder, int wanted_status)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_profile, alphasort);
    for (int i = 0; i < count; i++) {
        check(folder, entries[i]->d_name, wanted_status);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count;
}

int main(void)
{
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    setenv("EDITOR", "vi", 1);
    CHECK_NAMED(check_all("good", 0) >= 10, "the good profiles were found");
    CHECK_NAMED(check_all("bad", -1) >= 60, "the bad profiles were found");
    return tap_done();
}
