/* From the text of a profile to a plan: read, merged, expanded, checked, and planned for a machine's root, a user with
 * subordinate ids and one without, whose facts are those of tests/plans/hosts. Whatever a profile says ends in a plan or in
 * sentences. */
#include "../unit/plan/facts.h"
#include "fuzz.h"
#include "plan/plan.h"
#include "profiles/profile.h"

static const char *const names[] = { "root", "user", "single" };
#define HOSTS (sizeof names / sizeof *names)

static const struct node *facts[HOSTS];
static int folder;

static void prepare(void)
{
    static struct arena kept;
    PROMISE(fuzz_nowhere());
    for (size_t i = 0; i < HOSTS; i++) {
        facts[i] = read_facts(&kept, arena_printf(&kept, "%s/%s.yaml", FACTS, names[i]));
        PROMISE(facts[i]);
    }
    folder = open(fuzz_folder(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void print_plan(const struct plan *plan, struct error *err)
{
    PROMISE(!!plan != error_is_set(err));
    if (plan) {
        plan_print(fuzz_nowhere(), plan);
        plan_print_json(fuzz_nowhere(), plan);
    } else {
        error_print(fuzz_nowhere(), err, "error");
    }
    error_fini(err);
}

/* Each host has a spec of its own, since a plan may complete it. */
static bool plan_on(const struct node *host)
{
    struct arena arena = { 0 };
    struct errors errors = { 0 }, notices = { 0 };
    struct error err = { 0 };
    struct spec *spec = NULL;
    struct caller caller = caller_of(host);
    /* Whose the file is does not matter here (tests/unit and the attacks look at that): any user but root may read what he
     * likes. */
    struct caller reader = caller;
    reader.uid = 1000;
    reader.cwd = fuzz_folder();
    struct profile_request request = { .profile = "./fuzz.yaml", .trust = true };
    bool loaded = profile_load(&arena, &request, &reader, &spec, &errors, &notices) == 0;
    PROMISE(loaded == !errors.count);
    fuzz_print(&errors);
    fuzz_print(&notices);
    if (loaded) {
        profile_show(fuzz_nowhere(), spec);
        profile_check_available(spec, &errors);
        fuzz_print(&errors);
        print_plan(plan_make(spec, host_of(&arena, host, spec, &caller), &err), &err);
    }
    arena_free(&arena);
    return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!facts[0])
        prepare();
    fuzz_write(folder, "fuzz.yaml", data, size);
    for (size_t i = 0; i < HOSTS && plan_on(facts[i]); i++)
        ;
    return 0;
}
