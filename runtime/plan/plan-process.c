/* The app as a process: what is executed, with which environment, under which init. */
#include "base/weak.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* --- environment -------------------------------------------------------------------------------------------------- */

struct environment {
    struct arena *arena;
    struct strings list;
};

static void set(struct environment *env, const char *name, const char *value)
{
    char *text = arena_printf(env->arena, "%s=%s", name, value);
    size_t length = strlen(name);
    for (size_t i = 0; i < env->list.count; i++) {
        if (strncmp(env->list.items[i], name, length) == 0 && env->list.items[i][length] == '=') {
            env->list.items[i] = text;
            return;
        }
    }
    *SLICE_PUSH(env->arena, &env->list) = text;
}

static const char *callers(const struct host *host, const char *name)
{
    size_t length = strlen(name);
    for (char **entry = host->environment; entry && *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static void plan_environment(struct plan *plan)
{
    const struct app *app = &plan->spec->app;
    const struct host *host = plan->host;
    struct environment env = { .arena = plan->arena };
    for (char **entry = weak("environment") ? host->environment : NULL; entry && *entry; entry++)
        *SLICE_PUSH(plan->arena, &env.list) = arena_strdup(plan->arena, *entry); /* init wipes it */
    set(&env, "PATH", DEFAULT_PATH);
    set(&env, "HOME", host->user_found && host->user.home[0] == '/' ? host->user.home : "/");
    set(&env, "USER", host->user_found ? host->user.name : arena_printf(plan->arena, "%u", plan->uid));
    set(&env, "LANG", "C.UTF-8");
    if (plan->terminal)
        set(&env, "TERM", host->term ? host->term : "dumb");
    for (size_t i = 0; i < app->env_pass.count; i++) {
        const char *value = callers(host, app->env_pass.items[i]);
        if (value)
            set(&env, app->env_pass.items[i], value);
    }
    for (size_t i = 0; i < app->env.count; i++)
        set(&env, app->env.items[i].name, app->env.items[i].value);
    *SLICE_PUSH(plan->arena, &env.list) = NULL;
    plan->envp = env.list.items;
}

/* --- command ------------------------------------------------------------------------------------------------------ */

static int plan_command(struct plan *plan, struct error *err)
{
    struct strings argv = { 0 };
    const struct app *app = &plan->spec->app;
    for (size_t i = 0; i < app->command.count; i++)
        *SLICE_PUSH(plan->arena, &argv) = arena_strdup(plan->arena, app->command.items[i]); /* init wipes what main was given */
    if (argv.count == 0 && !plan->terminal) {
        error_set(err, "nothing to run: there is no command, and no terminal for a shell");
        return error_help(err, "write one after `--`, as in: cordon run -- ls -l /");
    }
    if (argv.count == 0) {
        const char *shell = plan->host->user_found && plan->host->user.shell[0] == '/' ? plan->host->user.shell : "/bin/sh";
        *SLICE_PUSH(plan->arena, &argv) = arena_strdup(plan->arena, shell);
    }
    *SLICE_PUSH(plan->arena, &argv) = NULL;
    plan->argv = argv.items;
    return 0;
}

static void plan_priority(struct plan *plan)
{
    const struct app *app = &plan->spec->app;
    if (app->has_nice && app->nice != plan->host->nice)
        plan_step(plan, ACTION_SET_NICE, "app.nice", "from outside, where the right to go below is")->number =
            (uint64_t)(int64_t)app->nice;
    if (app->has_oom_score && app->oom_score != plan->host->oom_score)
        plan_step(plan, ACTION_SET_OOM_SCORE, "app.oom-score", "from outside, where the right to go below is")->number =
            (uint64_t)(int64_t)app->oom_score;
}

int plan_process(struct plan *plan, struct error *err)
{
    const struct app *app = &plan->spec->app;
    plan->terminal = app->terminal == TERMINAL_TRUE || (app->terminal == TERMINAL_AUTO && plan->host->terminal);
    if (plan_command(plan, err) < 0)
        return -1;
    plan_environment(plan);
    plan_priority(plan);
    if (plan->terminal)
        plan_step(plan, ACTION_TERMINAL, "app.terminal",
                  "a terminal of its own: what runs inside cannot type into the caller's");
    if (app->init != INIT_FALSE)
        plan_step(plan, ACTION_INIT, "app.init", "PID 1 reaps and passes signals on");
    else if (!plan->spec->isolate.pid && !plan->group)
        plan_step(plan, ACTION_LEFT_OUT, "app.init", "with the pids of the host only init, or a control group, ends them")
            ->from = "the end of processes that the app leaves behind";
    plan_step(plan, ACTION_EXEC, "app.command", "");
    return 0;
}
