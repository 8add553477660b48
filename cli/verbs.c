/* The table of verbs and the rows of their options: the one place where the command line is written down. */
#include "cli/settings.h"
#include "cli/verb.h"

#include <string.h>

#define AT(field) offsetof(struct options, field)
#define GROUP(name, text, ...)                                                                                                 \
    static const struct option_row name##_rows[] = { __VA_ARGS__ };                                                            \
    static const struct option_group name = { text, name##_rows, sizeof name##_rows / sizeof *name##_rows }

GROUP(global_group, "Global options, before the verb",
      { "state", 0, "DIR", "where running containers are kept track of",
        "Default: */run/cordon* for root, else *$XDG_RUNTIME_DIR/cordon* (not below /tmp or /var/tmp), */run/user/UID/cordon*, "
        "or "
        "*~/.local/state/cordon*.",
        "@directory", OPTION_TEXT, AT(state), NULL },
      { "data", 0, "DIR", "where volumes are kept",
        "Default: */var/lib/cordon* for root, else *$XDG_DATA_HOME/cordon* or *~/.local/share/cordon*.", "@directory",
        OPTION_TEXT, AT(data), NULL },
      { "log-level", 0, "LEVEL", "warning (the default), or error: errors only", NULL, "warning error", OPTION_TEXT,
        AT(log_level), NULL },
      { "no-color", 0, NULL, "no colours, even on a terminal", "The variable *NO_COLOR* does the same.", NULL, OPTION_FLAG,
        AT(no_color), NULL },
      { "version", 0, NULL, "print the version", NULL, NULL, OPTION_FLAG, AT(version), NULL },
      { "help", 'h', NULL, "print this help", NULL, NULL, OPTION_FLAG, AT(help), NULL });

GROUP(help_group, "Help", { "help", 'h', NULL, "print this help", NULL, NULL, OPTION_FLAG, AT(help), NULL });

GROUP(profile_group, "What the profile is given",
      { "set", 0, "KEY=VALUE", "change one key of the profile",
        "VALUE is YAML. *+KEY=VALUE* adds to a list, *-KEY* or *-KEY=VALUE* takes away. May be given several times; each comes "
        "after the "
        "profile, in order.",
        NULL, OPTION_SETTING, AT(settings), setting_plain },
      { "param", 0, "NAME=VALUE", "give a parameter that the profile declares", "The profile uses it as *${param:NAME}*.", NULL,
        OPTION_LIST, AT(params), NULL },
      { "trust", 0, NULL, "let a profile from anywhere act on the host",
        "Without it, what acts on the host (hooks, rules that run programs, secrets, stop commands) works only from profiles "
        "in the search path.",
        NULL, OPTION_FLAG, AT(trust), NULL });

GROUP(run_group, "Options",
      { "profile", 'p', "PROFILE", "a name or a path (default: the profile 'default')",
        "A path holds a / or ends in .yaml; a name is looked up, see FILES.", "@profile", OPTION_TEXT, AT(profile), NULL },
      { "name", 0, "NAME", "the container's name (default: the profile's and six digits)",
        "Needs --rm: containers that are kept are not available yet.", NULL, OPTION_TEXT, AT(name), NULL },
      { "rm", 0, NULL, "leave nothing behind", "Implied without --name.", NULL, OPTION_FLAG, AT(remove), NULL },
      { "terminal", 't', NULL, "a terminal of the container's own, always", "Short for --set app.terminal=true.", NULL,
        OPTION_SETTING, AT(settings), setting_terminal },
      { "why", 0, NULL, "say at the end which system calls were refused, and how often",
        "A refused call then waits until it has been counted, and gets the same answer as ever; what is allowed costs no more. "
        "Only one filter may have such a listener: inside a container that runs with it, neither *--why* nor another program's "
        "can be had. A call that a signal interrupts while it waits may end with EINTR.",
        NULL, OPTION_FLAG, AT(why), NULL },
      { "detach", 'd', NULL, "run in the background (not available yet)", NULL, NULL, OPTION_FLAG, AT(detach), NULL },
      { "dry-run", 0, NULL, "print what would be done, as plan does", NULL, NULL, OPTION_FLAG, AT(dry_run), NULL });

GROUP(short_group, "Short forms of --set",
      { "root", 0, "DIR", "the root file system: a folder of the host", "Short for --set root.from=dir:DIR.", "@directory",
        OPTION_SETTING, AT(settings), setting_root },
      { "image", 0, "NAME", "the root file system: an image (not available yet)", NULL, NULL, OPTION_SETTING, AT(settings),
        setting_image },
      { "mount", 0, "SRC:DST[:rw]", "show a file or folder of the host",
        "Read-only without *:rw*. A relative SRC begins where you stand. Short for --set '+mounts=[{bind: SRC, at: DST}]'.",
        "@file", OPTION_SETTING, AT(settings), setting_mount },
      { "env", 0, "NAME=VALUE", "set a variable of the environment",
        "Short for --set app.env.NAME=VALUE; VALUE is taken as it stands.", NULL, OPTION_SETTING, AT(settings), setting_env },
      { "user", 0, "USER", "who the command runs as: name, uid, uid:gid, caller",
        "Looked up inside the root. Short for --set app.user=USER.", "@user", OPTION_SETTING, AT(settings), setting_user },
      { "network", 0, "MODE", "none (the default) or host", "Short for --set network.mode=MODE.", "none host", OPTION_SETTING,
        AT(settings), setting_network },
      { "publish", 0, "PORTS", "such as 8080:80 (not available yet)", NULL, NULL, OPTION_SETTING, AT(settings),
        setting_publish });

GROUP(plan_group, "Output",
      { "format", 0, "FORM", "text (the default) or json", NULL, "text json", OPTION_TEXT, AT(format), NULL });
GROUP(json_group, "Output", { "format", 0, "FORM", "json (the default)", NULL, "json", OPTION_TEXT, AT(format), NULL });
GROUP(table_group, "Output",
      { "format", 0, "FORM", "table (the default), json, or names of fields with commas between", NULL, "table json",
        OPTION_TEXT, AT(format), NULL });

GROUP(lint_group, "Output",
      { "format", 0, "FORM[=FILE]", "text (the default), json, sarif or github; may be given several times",
        "With *=FILE* it goes there instead of to standard output.", "text json sarif github", OPTION_LIST, AT(formats), NULL },
      { "fail-on", 0, "SEVERITY", "end with status 1 from this severity on (default: high)",
        "One of *error*, *high*, *medium*, *low*, *info*; *never* for a report only.", "error high medium low info never",
        OPTION_TEXT, AT(fail_on), NULL });
GROUP(
    lint_fix_group, "Mending",
    { "fix", 0, NULL, "change the profiles where that takes nothing from the program, and show the other changes",
      "Comments, order and style stay. Each change is judged by linting again, and only made where it takes findings away and "
      "adds none. What a profile extends is not changed.",
      NULL, OPTION_FLAG, AT(fix), NULL },
    { "unsafe", 0, NULL, "with --fix: make the other changes too", NULL, NULL, OPTION_FLAG, AT(unsafe), NULL },
    { "dry-run", 0, NULL, "with --fix: show all changes as a diff, and make none", NULL, NULL, OPTION_FLAG, AT(dry_run),
      NULL });
GROUP(lint_judgement_group, "Judgement",
      { "config", 0, "FILE", "severities and rules of your own (default: .cordon-lint.yaml of this folder)", NULL, "@file",
        OPTION_TEXT, AT(config), NULL },
      { "baseline", 0, "FILE", "pass over what an earlier report has: one of --format json=FILE", NULL, "@file", OPTION_TEXT,
        AT(baseline), NULL });
GROUP(lint_profile_group, "What the profiles are given",
      { "param", 0, "NAME=VALUE", "give a parameter that the profile declares",
        "Values that hold a param which is neither given nor has a default are not judged.", NULL, OPTION_LIST, AT(params),
        NULL });

GROUP(score_group, "Output",
      { "format", 0, "FORM", "text (the default) or json", NULL, "text json", OPTION_TEXT, AT(format), NULL },
      { "why", 0, NULL, "print every way that is open, and the formula", NULL, NULL, OPTION_FLAG, AT(why), NULL },
      { "host", 0, NULL, "say whether it would run here, without running it", NULL, NULL, OPTION_FLAG, AT(host), NULL },
      { "kernel", 0, "VERSION", "say whether Linux of this version, such as 5.15, has what it asks for", NULL, NULL,
        OPTION_TEXT, AT(kernel), NULL });

GROUP(diff_group, "Output",
      { "format", 0, "FORM", "text (the default) or json", NULL, "text json", OPTION_TEXT, AT(format), NULL },
      { "fail-on", 0, "WHAT", "end with status 1 on any difference (the default), on widening only, or never", NULL,
        "any widening never", OPTION_TEXT, AT(fail_on), NULL });

GROUP(import_group, "Options",
      { "from", 0, "KIND", "firejail, bwrap or systemd (default: what the file looks like)", NULL, "firejail bwrap systemd",
        OPTION_TEXT, AT(from), NULL });

#define OPTIONS(name, ...) static const struct option_group *const name[] = { __VA_ARGS__, &help_group, NULL }
OPTIONS(run_options, &run_group, &short_group, &profile_group);
OPTIONS(plan_options, &plan_group, &run_group, &short_group, &profile_group);
OPTIONS(show_options, &profile_group);
OPTIONS(score_options, &score_group, &lint_profile_group);
OPTIONS(diff_options, &diff_group, &lint_profile_group);
OPTIONS(import_options, &import_group);
OPTIONS(table_options, &table_group);
OPTIONS(lint_options, &lint_group, &lint_fix_group, &lint_judgement_group, &lint_profile_group);
OPTIONS(json_options, &json_group);
static const struct option_group *const no_options[] = { &help_group, NULL };
const struct option_group *const global_options[] = { &global_group, NULL };

#define COMMAND_WORDS "[--] [COMMAND [ARG…]]"

const struct verb verbs[] = {
    { "run", COMMAND_WORDS, "contain a command, wait for it, return its exit status", "@command", run_options, 0, -1, true,
      false, cmd_run },
    { "plan", COMMAND_WORDS, "print every step that run would take, and why", "@command", plan_options, 0, -1, false, false,
      cmd_plan },
    { "ps", "", "list the containers that run", NULL, table_options, 0, 0, false, false, cmd_ps },
    { "inspect", "NAME", "say of a container what was asked, planned and applied", NULL, json_options, 1, 1, false, false,
      cmd_inspect },
    { "show", "PROFILE", "print the merged profile, each value with its origin", "@profile", show_options, 1, 1, false, false,
      cmd_show },
    { "lint", "PROFILE…", "judge profiles: what they let an attacker do, and where they say so", "@profile", lint_options, 1,
      -1, false, false, cmd_lint, .mixed = true },
    { "explain", "[RULE…]", "say what a rule of lint is about; without one, list all", "@rule", table_options, 0, -1, false,
      false, cmd_explain, .mixed = true },
    { "score", "PROFILE", "say how exposed a profile leaves the host, and whether it would run", "@profile", score_options, 1,
      1, false, false, cmd_score, .mixed = true },
    { "diff", "OLD NEW", "say what a profile lets a program do that another did not", "@profile", diff_options, 2, 2, false,
      false, cmd_diff, .mixed = true },
    { "import", "FILE | bwrap ARG…", "make a profile of a firejail profile, a bwrap command line or a systemd unit", "@file",
      import_options, 1, -1, false, false, cmd_import },
    { "profiles", "", "list the profiles that a name can find", NULL, table_options, 0, 0, false, false, cmd_profiles },
    { "schema", "", "print the JSON Schema of the profile language", NULL, no_options, 0, 0, false, false, cmd_schema },
    { "doctor", "", "say what this host can do, and how to close each gap", NULL, table_options, 0, 0, false, false,
      cmd_doctor },
    { "completions", "SHELL", "print the completions for bash, zsh or fish", "bash zsh fish", no_options, 1, 1, false, false,
      cmd_completions },
    { "manual", "PAGE", "fill a page of the manual with what this table knows", "@file", no_options, 1, 1, false, true,
      cmd_manual },
/* Words of the command line whose verbs are not built yet. */
/* clang-format off */
#define LATER(word, is_run) { word, "", "not available yet", NULL, no_options, 0, -1, is_run, true, NULL }
    LATER("create", false), LATER("start", false), LATER("stop", false), LATER("restart", false), LATER("kill", false),
    LATER("rm", false), LATER("rename", false), LATER("exec", true), LATER("shell", true), LATER("attach", false),
    LATER("logs", false), LATER("cp", false), LATER("stats", false),
    LATER("top", false), LATER("events", false), LATER("wait", false), LATER("pause", false), LATER("resume", false),
    LATER("update", false), LATER("apply", false), LATER("rules", false), LATER("test", false),
    LATER("learn", false), LATER("why", false), LATER("verify", false), LATER("try", true), LATER("image", false),
    LATER("net", false), LATER("unit", false), LATER("wrap", false), LATER("checkpoint", false), LATER("restore", false),
    LATER("migrate", false),
#undef LATER
    /* clang-format on */
    { 0 },
};

const struct verb *verb_find(const char *name)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

int verb_usage_status(const struct verb *verb) { return verb->runs ? EXIT_CANNOT_START : 2; }
int verb_failure_status(const struct verb *verb) { return verb->runs ? EXIT_CANNOT_START : 1; }

int verb_fail(struct error *err, int status)
{
    error_print(stderr, err, "error");
    int wanted = err->status;
    error_fini(err);
    return wanted ? wanted : status;
}
