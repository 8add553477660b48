/* Golden plans: every PROFILE+HOST.plan in tests/plans is what `cordon plan` prints for that profile on a host with those
 * facts. No privilege is needed, and none is asked about: the facts come from tests/plans/hosts/HOST.yaml.
 *
 * `test-plans FOLDER --update` writes what is printed now; read the difference before it is committed. */
#include "facts.h"
#include "plan/plan.h"
#include "plan/steps.h"
#include "profiles/profile.h"
#include "tap.h"

#include <dirent.h>
#include <unistd.h>

static struct arena arena;

/* A tree is somebody's to open, which no line of a plan says. */
static void print_unopened(FILE *stream, const struct plan *plan)
{
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct step *step = &plan->steps.items[i];
        bool tree = step->action == ACTION_TREE || step->action == ACTION_OVERLAY || step->action == ACTION_ROOT_TREE ||
                    step->action == ACTION_ROOT_OVERLAY || step->action == ACTION_OWN_VOLUME;
        if (tree && step->tree < 0 && step->opened < 0)
            fprintf(stream, "nobody opens %s\n", step->from);
    }
}

/* What the command would print: the plan, or the error that it ends with. */
static char *printed(const char *folder, const char *profile, const char *host_name)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    struct errors errors = { 0 }, notices = { 0 };
    struct error err = { 0 };
    struct spec *spec = NULL;
    const struct node *facts = read_facts(&arena, arena_printf(&arena, "%s/hosts/%s.yaml", folder, host_name));
    struct caller caller = caller_of(facts);
    caller.cwd = folder;
    /* The folder must not be part of what is compared. */
    struct profile_request request = { .profile = arena_printf(&arena, "./%s.yaml", profile), .trust = true };
    if (facts && profile_load(&arena, &request, &caller, &spec, &errors, &notices) == 0) {
        const struct plan *plan = plan_make(spec, host_of(&arena, facts, spec, &caller), &err);
        if (plan) {
            plan_print(stream, plan);
            print_unopened(stream, plan);
        } else {
            error_print(stream, &err, "error");
        }
    }
    errors_print(stream, &errors, "error");
    fclose(stream);
    return text;
}

static void update(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    fputs(text, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    const char *folder = realpath(argc > 1 ? argv[1] : "tests/plans", NULL);
    bool write = argc > 2 && strcmp(argv[2], "--update") == 0;
    struct dirent **entries;
    int count = folder && chdir(folder) == 0 ? scandir(".", &entries, NULL, alphasort) : -1;
    if (count < 0) {
        printf("Bail out! no plans\n");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name, *plus = strchr(name, '+'), *end = strstr(name, ".plan");
        if (!plus || !end)
            continue;
        char *profile = arena_strndup(&arena, name, (size_t)(plus - name));
        char *host = arena_strndup(&arena, plus + 1, (size_t)(end - plus - 1));
        char *got = printed(folder, profile, host);
        if (write)
            update(name, got);
        char *wanted = file_read_small(AT_FDCWD, name, 1 << 20, &arena);
        bool same = wanted && strcmp(got, wanted) == 0;
        CHECK_NAMED(same, name);
        if (!same)
            printf("# printed now:\n%s# end\n", got);
        free(got);
    }
    return tap_done();
}
