#include "cli/hints.h"

#include "base/text.h"
#include "profiles/profile.h"

#include <string.h>

#define MAX_VERBS 64

/* What other programs of the kind call it. */
static const struct {
    const char *theirs, *ours;
} translations[] = {
    { "-v", "--mount SRC:DST:rw" },
    { "--volume", "--mount SRC:DST:rw" },
    { "--bind", "--mount SRC:DST:rw" },
    { "--ro-bind", "--mount SRC:DST" },
    { "--tmpfs", "--set '+mounts=[{tmpfs: 64M, at: DIR}]'" },
    { "-e", "--env NAME=VALUE" },
    { "--setenv", "--env NAME=VALUE" },
    { "-u", "--user USER" },
    { "--uid", "--user USER" },
    { "-w", "--set app.workdir=DIR" },
    { "--workdir", "--set app.workdir=DIR" },
    { "--chdir", "--set app.workdir=DIR" },
    { "-i", "not needed: standard input is always the command's" },
    { "--interactive", "not needed: standard input is always the command's" },
    { "--tty", "--terminal" },
    { "--net", "--network MODE" },
    { "--hostname", "--set hostname=NAME" },
    { "--cap-add", "--set +privileges.capabilities=[NAME]" },
    { "--privileged", "--set +privileges.allow=[SWITCH], for one thing each" },
    { "-m", "--set resources.memory=64M" },
    { "--memory", "--set resources.memory=64M" },
    { "--ulimit", "--set limits.NAME=N" },
    { "--rlimit", "--set limits.NAME=N" },
    { "--timeout", "--set app.timeout=10s" },
    { "--read-only", "not needed: the root is read-only unless root.write says otherwise" },
    { "--entrypoint", "not needed: the command stands after --" },
};

static const char *translation(const char *typed)
{
    size_t length = strncmp(typed, "--", 2) == 0 ? strcspn(typed, "=") : 2;
    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++)
        if (strlen(translations[i].theirs) == length && strncmp(translations[i].theirs, typed, length) == 0)
            return translations[i].ours;
    return NULL;
}

bool hint_is_profile(const char *word)
{
    size_t length = strlen(word);
    return profile_exists(word) || (length > 5 && strcmp(word + length - 5, ".yaml") == 0);
}

int hint_unknown_verb(const char *word)
{
    struct error err = { 0 };
    const char *names[MAX_VERBS], *later[MAX_VERBS];
    size_t count = 0, later_count = 0;
    for (const struct verb *verb = verbs; verb->name && count + later_count < MAX_VERBS; verb++) {
        if (!verb->handler)
            later[later_count++] = verb->name;
        else if (!verb->hidden)
            names[count++] = verb->name;
    }
    const char *nearest = text_nearest(word, names, count);
    if (!nearest)
        nearest = text_nearest(word, later, later_count);
    if (nearest)
        error_set(&err, "unknown verb '%s', did you mean '%s'?", word, nearest);
    else
        error_set(&err, "unknown verb '%s'", word);
    if (hint_is_profile(word))
        error_help(&err, "to run a profile: cordon run -p %s", word);
    else if (!nearest)
        error_help(&err, "to contain a command: cordon run -- %s; `cordon --help` lists the verbs", word);
    return verb_fail(&err, 2);
}

/* That of the verb which was meant, as far as it can be seen. */
static int usage_status(char **words)
{
    for (; *words && strcmp(*words, "--") != 0; words++)
        if (verb_find(*words))
            return verb_usage_status(verb_find(*words));
    return 2;
}

int hint_wrong_global_option(struct error *err, const char *typed, char **words)
{
    if (options_find(verb_find("run")->options, typed) && !options_find(global_options, typed))
        error_help(err, "the options of a verb stand after it: cordon run %s …", typed);
    else if (!err->help)
        error_help(err, "`cordon --help` lists the options");
    return verb_fail(err, usage_status(words));
}

int hint_wrong_option(struct error *err, const struct verb *verb, const char *typed)
{
    bool known = options_find(verb->options, typed);
    if (!known && options_find(global_options, typed))
        error_help(err, "global options stand before the verb: cordon %s … %s", typed, verb->name);
    else if (!known && verb->complete && strcmp(verb->complete, "@command") == 0 && translation(typed))
        error_help(err, translation(typed)[0] == '-' ? "here that is %s" : "%s", translation(typed));
    else if (!err->help)
        error_help(err, "`cordon %s --help` lists the options", verb->name);
    return verb_fail(err, verb_usage_status(verb));
}

int hint_wrong_count(const struct verb *verb, int count)
{
    struct error err = { 0 };
    if (count < verb->least)
        error_set(&err, "'%s' needs %s", verb->name, verb->arguments);
    else if (verb->most == 0)
        error_set(&err, "'%s' takes no arguments", verb->name);
    else if (verb->most == 1)
        error_set(&err, "'%s' takes one %s only", verb->name, verb->arguments);
    else
        error_set(&err, "'%s' takes no more than %s", verb->name, verb->arguments);
    error_help(&err, "usage: cordon %s [OPTIONS]%s%s", verb->name, *verb->arguments ? " " : "", verb->arguments);
    return verb_fail(&err, verb_usage_status(verb));
}
