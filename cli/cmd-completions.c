/* Completions for three shells, each printed from the verb table. What an argument can be is one of a few words ("@profile" …)
 * that every shell has its own name for. */
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"

#include <string.h>

static bool is_offered(const struct verb *verb) { return !verb->hidden; }

/* For each row of a verb's groups, help included. */
typedef void (*row_printer)(const struct option_row *row, const struct verb *verb);
static void each_row(const struct option_group *const *groups, const struct verb *verb, row_printer print)
{
    for (; *groups; groups++)
        for (size_t i = 0; i < (*groups)->count; i++)
            print(&(*groups)->rows[i], verb);
}

/* Inside a single-quoted word of any of the three shells; [ ] and : would end a field of zsh's _arguments. */
static void print_quoted(const char *text, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(also, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

/* --- bash --------------------------------------------------------------------------------------------------------- */

static void bash_name(const struct option_row *row, const struct verb *verb)
{
    (void)verb;
    printf(" --%s", row->name);
    if (row->letter)
        printf(" -%c", row->letter);
}

static void bash_taking(const struct option_row *row, const struct verb *verb)
{
    if (row->argument)
        bash_name(row, verb);
}

static void bash_argument(const struct option_row *row, const struct verb *verb)
{
    (void)verb;
    if (!row->argument)
        return;
    if (row->letter)
        printf("            -%c|--%s) ", row->letter, row->name);
    else
        printf("            --%s) ", row->name);
    printf("offer='%s' ;;\n", row->complete ? row->complete : "");
}

static void bash_case(const char *pattern, const char *arguments, const struct option_group *const *groups,
                      const struct verb *verb)
{
    printf("    %s)\n        options='", pattern);
    each_row(groups, verb, bash_name);
    fputs(" '\n        taking='", stdout);
    each_row(groups, verb, bash_taking);
    printf(" '\n        arguments='%s'\n        case $before in\n", arguments);
    each_row(groups, verb, bash_argument);
    fputs("        esac\n        ;;\n", stdout);
}

static void print_bash(void)
{
    fputs("# bash completion for cordon, printed by `cordon completions bash`\n"
          "# compgen -W would expand them, and a profile's file may be called $(anything).yaml\n"
          "_cordon_lines()\n{\n"
          "    local line\n"
          "    while IFS= read -r line; do\n"
          "        [[ $line = \"$1\"* ]] && COMPREPLY+=(\"$line\")\n"
          "    done < <(cordon \"${@:2}\" 2>/dev/null)\n"
          "}\n\n"
          "_cordon_offer()\n{\n"
          "    case $1 in\n"
          "    @profile) COMPREPLY=($(compgen -f -X '!*.yaml' -- \"$2\") $(compgen -d -S / -- \"$2\"))\n"
          "              _cordon_lines \"$2\" profiles --format name ;;\n"
          "    @rule) _cordon_lines \"$2\" explain --format rule ;;\n"
          "    @file) COMPREPLY=($(compgen -f -- \"$2\")) ;;\n"
          "    @directory) COMPREPLY=($(compgen -d -- \"$2\")) ;;\n"
          "    @user) COMPREPLY=($(compgen -W caller -u -- \"$2\")) ;;\n"
          "    @command) COMPREPLY=($(compgen -c -- \"$2\")) ;;\n"
          "    *) COMPREPLY=($(compgen -W \"$1\" -- \"$2\")) ;;\n"
          "    esac\n}\n\n"
          "_cordon()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= at\n"
          "    local options= taking= arguments= offer=\n"
          "    COMPREPLY=()\n"
          "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
          "        case ${COMP_WORDS[at]} in\n",
          stdout);
    for (size_t i = 0; i < global_options[0]->count; i++)
        if (global_options[0]->rows[i].argument)
            printf("        --%s) ((at++)) ;;\n", global_options[0]->rows[i].name);
    fputs("        -*) ;;\n"
          "        *) verb=${COMP_WORDS[at]}; break ;;\n"
          "        esac\n"
          "    done\n"
          "    case $verb in\n",
          stdout);
    bash_case("''", "", global_options, NULL);
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (is_offered(verb))
            bash_case(verb->name, verb->complete ? verb->complete : "", verb->options, verb);
    fputs("    *) return ;;\n    esac\n"
          "    if [[ ! $verb ]]; then\n        arguments='",
          stdout);
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (is_offered(verb))
            printf("%s ", verb->name);
    fputs("'\n"
          "    else\n"
          "        # where a command is contained, the first word that is no option begins what belongs to it\n"
          "        for ((at++; at < COMP_CWORD; at++)); do\n"
          "            case ${COMP_WORDS[at]} in\n"
          "            --) ((at++)); break ;;\n"
          "            -*) [[ $taking = *\" ${COMP_WORDS[at]} \"* ]] && ((at++)) ;;\n"
          "            *) [[ $arguments = @command ]] && break ;;\n"
          "            esac\n"
          "        done\n"
          "        if ((at < COMP_CWORD)); then\n"
          "            _cordon_offer @file \"$current\"\n"
          "            return\n"
          "        fi\n"
          "    fi\n"
          "    if ((at > COMP_CWORD)); then # the argument of the option before\n"
          "        _cordon_offer \"$offer\" \"$current\"\n"
          "    elif [[ $current = -* && ${COMP_WORDS[at-1]} != -- ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
          "    else\n"
          "        _cordon_offer \"$arguments\" \"$current\"\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _cordon cordon\n",
          stdout);
}

/* --- zsh ---------------------------------------------------------------------------------------------------------- */

static const char *zsh_action(const char *complete)
{
    static const char *const names[][2] = { { "@profile", "_cordon_profiles" },
                                            { "@file", "_files" },
                                            { "@directory", "_files -/" },
                                            { "@user", "_users" },
                                            { "@rule", "_cordon_rules" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(complete, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

static void zsh_argument(const char *name, const char *complete)
{
    putchar(':');
    print_quoted(name, "[]:");
    putchar(':');
    if (!complete)
        return;
    if (zsh_action(complete))
        fputs(zsh_action(complete), stdout);
    else
        printf("(%s)", complete);
}

static void zsh_option(const struct option_row *row, const struct verb *verb)
{
    (void)verb;
    bool repeats = row->kind == OPTION_LIST || (row->kind == OPTION_SETTING && row->argument);
    fputs("            ", stdout);
    if (row->letter)
        printf("'%s(-%c --%s)'{-%c,--%s}'", repeats ? "*" : "", row->letter, row->name, row->letter, row->name);
    else
        printf("'%s--%s", repeats ? "*" : "", row->name);
    putchar('[');
    print_quoted(row->help, "[]");
    putchar(']');
    if (row->argument)
        zsh_argument(row->argument, row->complete);
    fputs("' \\\n", stdout);
}

static void print_zsh(void)
{
    fputs("#compdef cordon\n# zsh completion for cordon, printed by `cordon completions zsh`\n"
          "_cordon_profiles()\n{\n"
          "    local -a names\n"
          "    names=(${(f)\"$(cordon profiles --format name 2>/dev/null)\"})\n"
          "    _alternative 'names:profile:compadd -a names' 'files:file:_files -g \"*.yaml\"'\n"
          "}\n\n"
          "_cordon_rules()\n{\n"
          "    local -a names\n"
          "    names=(${(f)\"$(cordon explain --format rule 2>/dev/null)\"})\n"
          "    compadd -a names\n"
          "}\n\n"
          "_cordon()\n{\n"
          "    local context state state_descr line\n"
          "    typeset -A opt_args\n"
          "    _arguments -C -S \\\n",
          stdout);
    each_row(global_options, NULL, zsh_option);
    fputs("        '1:verb:->verb' '*::arguments:->arguments'\n"
          "    case $state in\n"
          "    verb)\n        local -a verbs\n        verbs=(\n",
          stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (!is_offered(verb))
            continue;
        printf("            '%s:", verb->name);
        print_quoted(verb->summary, ":");
        fputs("'\n", stdout);
    }
    fputs("        )\n        _describe verb verbs ;;\n    arguments)\n        case $words[1] in\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (!is_offered(verb))
            continue;
        printf("        %s) _arguments -S %s\\\n", verb->name, verb->mixed ? "" : "-A '-*' ");
        each_row(verb->options, verb, zsh_option);
        if (verb->complete && strcmp(verb->complete, "@command") == 0) {
            fputs("            '*::command:_normal' ;;\n", stdout);
        } else {
            fputs(verb->most == 1 ? "            '1" : "            '*", stdout);
            zsh_argument(*verb->arguments ? verb->arguments : " ", verb->complete);
            fputs("' ;;\n", stdout);
        }
    }
    fputs("        esac ;;\n    esac\n}\n_cordon \"$@\"\n", stdout);
}

/* --- fish --------------------------------------------------------------------------------------------------------- */

static void fish_argument(const char *complete)
{
    static const char *const actions[][2] = {
        { "@profile", " -f -a '(cordon profiles --format name 2>/dev/null; __fish_complete_suffix .yaml)'" },
        { "@file", " -F" },
        { "@directory", " -f -a '(__fish_complete_directories)'" },
        { "@user", " -f -a '(__fish_complete_users)'" },
        { "@rule", " -f -a '(cordon explain --format rule 2>/dev/null)'" },
        { "@command", " -f -a '(__fish_complete_subcommand --fcs-skip=2)'" },
    };
    for (size_t i = 0; complete && i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(complete, actions[i][0]) == 0) {
            fputs(actions[i][1], stdout);
            return;
        }
    }
    if (complete)
        printf(" -f -a '%s'", complete);
    else
        fputs(" -f", stdout);
}

static void fish_option(const struct option_row *row, const struct verb *verb)
{
    printf("complete -c cordon -n '%s%s' -l %s", verb ? "__fish_seen_subcommand_from " : "__fish_use_subcommand",
           verb ? verb->name : "", row->name);
    if (row->letter)
        printf(" -s %c", row->letter);
    if (row->argument) {
        fputs(" -r", stdout);
        fish_argument(row->complete);
    }
    fputs(" -d '", stdout);
    print_quoted(row->help, "");
    fputs("'\n", stdout);
}

static void print_fish(void)
{
    fputs("# fish completion for cordon, printed by `cordon completions fish`\ncomplete -c cordon -f\n", stdout);
    each_row(global_options, NULL, fish_option);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        if (!is_offered(verb))
            continue;
        printf("complete -c cordon -n __fish_use_subcommand -f -a %s -d '", verb->name);
        print_quoted(verb->summary, "");
        fputs("'\n", stdout);
        each_row(verb->options, verb, fish_option);
        if (verb->complete) {
            printf("complete -c cordon -n '__fish_seen_subcommand_from %s'", verb->name);
            fish_argument(verb->complete);
            putchar('\n');
        }
    }
}

int cmd_completions(struct command *command)
{
    static const char *const names[] = { "bash", "zsh", "fish" };
    static void (*const printers[])(void) = { print_bash, print_zsh, print_fish };
    struct error err = { 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(command->arguments[0], names[i]) != 0)
            continue;
        printers[i]();
        return output_close(&err) < 0 ? verb_fail(&err, verb_failure_status(command->verb)) : 0;
    }
    const char *nearest = text_nearest(command->arguments[0], names, sizeof names / sizeof *names);
    error_set(&err, "there are completions for bash, zsh and fish, not for '%s'", command->arguments[0]);
    if (nearest)
        error_help(&err, "did you mean '%s'?", nearest);
    return verb_fail(&err, verb_usage_status(command->verb));
}
