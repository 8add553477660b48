/* The profiles below cases/, each in every form, against what is written beside it: NAME.text, .json, .sarif, .github. In SARIF
 * the rules, which are the whole catalogue, stand as their number. CORDON_UPDATE=1 in the environment writes the files. */
#include "profiles/lint/report.h"
#include "tap.h"

#include <dirent.h>
#include <json-c/json.h>
#include <stdlib.h>

static const struct caller ada = {
    .uid = 1000, .gid = 1000, .name = "ada", .home = "/home/ada", .shell = "/bin/sh", .cwd = "/home/ada/src"
};

static const char *whole(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = arena_alloc(arena, 1 << 17);
    text[fread(text, 1, (1 << 17) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static const char *without_rules(struct arena *arena, const char *text)
{
    struct json_object *root = json_tokener_parse(text), *runs, *tool, *driver, *rules;
    if (!json_object_object_get_ex(root, "runs", &runs) ||
        !json_object_object_get_ex(json_object_array_get_idx(runs, 0), "tool", &tool) ||
        !json_object_object_get_ex(tool, "driver", &driver) || !json_object_object_get_ex(driver, "rules", &rules))
        return "no rules";
    CHECK_NAMED(json_object_array_length(rules) == rule_count, "every rule is declared, not only those that fired");
    json_object_object_add(driver, "rules", json_object_new_string("all"));
    const char *copy = arena_printf(
        arena, "%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(root);
    return copy;
}

static void check(const char *path, const struct report_format *format)
{
    struct arena arena = { 0 };
    struct lint lint = { .arena = &arena, .caller = &ada, .today = "2026-11-25" };
    char *text = NULL, *cwd = realpath(".", NULL);
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    struct caller caller = ada;
    caller.cwd = cwd;
    lint.caller = &caller;
    lint_profile(&lint, path);
    format->print(stream, &lint, false);
    fclose(stream);
    const char *got = strcmp(format->name, "sarif") == 0 ? without_rules(&arena, text) : text;
    const char *beside = arena_printf(&arena, "%.*s.%s", (int)strlen(path) - 5, path, format->name);
    FILE *file = getenv("CORDON_UPDATE") ? fopen(beside, "we") : NULL;
    if (file) {
        fputs(got, file);
        fclose(file);
    }
    const char *wanted = whole(&arena, beside);
    if (!tap_check(wanted && strcmp(got, wanted) == 0, beside, __FILE__, __LINE__))
        printf("# got:\n%s\n# wanted:\n%s\n", got, wanted ? wanted : "(no file)");
    free(text);
    free(cwd);
    arena_free(&arena);
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

int main(void)
{
    struct dirent **entries;
    char path[300];
    int count = scandir("cases", &entries, is_profile, alphasort);
    CHECK(count > 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "cases/%s", entries[i]->d_name);
        for (size_t k = 0; k < report_format_count; k++)
            check(path, &report_formats[k]);
        free(entries[i]);
    }
    free(entries);
    return tap_done();
}
