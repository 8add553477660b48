/* A call's answer is found in this order; the first that applies decides:
 *   1. the prohibitions, which nothing opens; also of what would pass by another wall of the profile's, such as paths.connect
 *   2. syscalls.deny
 *   3. what privileges (capabilities, allow, inspection) and syscalls.allow open
 *   4. the base set, for guarded calls only as far as the guards go
 *   5. refused: EPERM, for a socket family EAFNOSUPPORT; ENOSYS for the calls that a program can do without if it believes that
 *      the kernel is older
 * `on-deny: kill` and `log` take the place of EPERM and EAFNOSUPPORT in 2 to 5. ENOSYS stays, since every program asks for
 * clone3 at its first thread, and so do the prohibitions under `log`, which must not let them through.
 *
 * Numbers without a name give ENOSYS, as on a kernel that has not got them. So does x32 unless it is listed: the kernels of
 * most distributions are built without it and answer just that. A foreign architecture is killed: a 32-bit program whose
 * every call fails could not even say so, or end. `base: none` lets every call pass but the prohibitions, syscalls.deny and,
 * unless privileges open them, the calls of privileges.inspection; foreign architectures are `architectures`, as ever. */
#include "plan/syscall-policy.h"

#include "base/text.h"
#include "kernel/architectures.h"
#include "plan/allow.h"
#include "plan/syscall-groups.h"
#include "plan/syscall-rules.h"
#include "plan/syscall-tables.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum level { PROHIBITED, DENIED, ALLOWED, GUARDED, LEVEL_COUNT };

struct pending {
    int call;
    enum level level;
    struct filter_rule rule;
};

struct builder {
    const struct spec *spec;
    struct arena *arena;
    struct syscall_set base, opened, closed;
    struct syscall_set ruled, guarded;   /* has a pending rule; one of level GUARDED */
    struct syscall_set absent, families; /* refused with ENOSYS; whose argument 0 is refused with EAFNOSUPPORT */
    SLICE(struct pending) rules;
    SLICE(struct filter_rule) finished; /* filter_policy.rules */
    bool mounts_in_part;
};

static void set_add_all(struct syscall_set *set, const struct syscall_set *more)
{
    for (size_t i = 0; i < sizeof set->has; i++)
        set->has[i] |= more->has[i];
}

static void set_remove_all(struct syscall_set *set, const struct syscall_set *less)
{
    for (size_t i = 0; i < sizeof set->has; i++)
        set->has[i] &= (unsigned char)~less->has[i];
}

static void add_rule(struct builder *builder, int call, enum level level, const struct filter_compare *compares, size_t count,
                     uint32_t action)
{
    *SLICE_PUSH(builder->arena, &builder->rules) = (struct pending){ call, level, { compares, count, action } };
    syscall_set_add(&builder->ruled, call);
    if (level == GUARDED)
        syscall_set_add(&builder->guarded, call);
}

static int find(const char *name) { return syscall_find(name, strcspn(name, ":")); }

static void add_condition(struct builder *builder, const struct syscall_condition *condition, enum level level)
{
    size_t count = 0;
    while (count < RULE_COMPARES && condition->compares[count].mask)
        count++;
    add_rule(builder, find(condition->name), level, condition->compares, count, condition->action);
}

/* The calls of "mount", "@mount", or of all where the word is an opening the rules of that. */
static void open_word(struct builder *builder, const char *word)
{
    if (*word == '@') {
        set_add_all(&builder->opened, syscall_group_find(word));
    } else if (!strchr(word, ':')) {
        syscall_set_add(&builder->opened, find(word));
    }
    for (size_t i = 0; i < syscall_opening_count; i++)
        if (strcmp(syscall_openings[i].name, word) == 0)
            add_condition(builder, &syscall_openings[i], ALLOWED);
    builder->mounts_in_part |= strncmp(word, "mount:", 6) == 0;
}

static void open_words(struct builder *builder, const char *words)
{
    char *copy = arena_strdup(builder->arena, words), *rest = copy;
    for (const char *word; (word = strsep(&rest, " "));)
        if (*word)
            open_word(builder, word);
}

static void open_capabilities(struct builder *builder)
{
    for (size_t i = 0; i < capability_calls_count; i++)
        if (builder->spec->privileges.capabilities >> capability_calls[i].capability & 1)
            open_words(builder, capability_calls[i].words);
}

static void open_privileges(struct builder *builder)
{
    open_capabilities(builder);
    if (builder->spec->privileges.inspection)
        open_word(builder, "@ptrace");
    for (int i = 0; i < ALLOW_COUNT; i++)
        if (builder->spec->privileges.allow >> i & 1)
            for (const char *const *word = allow_bundles[i].calls; word && *word; word++)
                open_word(builder, *word);
}

static void add_base(struct builder *builder)
{
    if (builder->spec->syscalls.base == SYSCALLS_NONE) {
        for (size_t call = 0; call < syscall_count; call++)
            syscall_set_add(&builder->base, (int)call);
        set_remove_all(&builder->base, syscall_group_find("@ptrace"));
        return;
    }
    bool strict = builder->spec->syscalls.base == SYSCALLS_STRICT;
    builder->base = *syscall_group_find(strict ? "@strict" : "@default");
    if (!strict && builder->spec->isolate.ipc)
        set_add_all(&builder->base, syscall_group_find("@sysv-ipc"));
    for (size_t i = 0; i < syscall_guard_count; i++)
        if (syscall_set_has(&builder->base, find(syscall_guards[i].name)))
            add_condition(builder, &syscall_guards[i], GUARDED);
}

/* syscalls.allow and syscalls.deny. */

static int entry_error(const struct builder *builder, const struct syscall_rule *entry, struct error *err, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));
static int entry_error(const struct builder *builder, const struct syscall_rule *entry, struct error *err, const char *format,
                       ...)
{
    const struct syscalls *syscalls = &builder->spec->syscalls;
    bool deny = entry >= syscalls->deny.items && entry < syscalls->deny.items + syscalls->deny.count;
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(builder->arena, format, arguments);
    va_end(arguments);
    error_set(err, "syscalls.%s[%td]: %s", deny ? "deny" : "allow",
              entry - (deny ? syscalls->deny.items : syscalls->allow.items), text);
    return error_at(err, entry->where);
}

static const char *nearest_name(const char *name)
{
    const char *names[SYSCALLS_MAX] = { NULL };
    size_t count = 0;
    if (*name == '@')
        for (; count < syscall_group_count; count++)
            names[count] = syscall_groups[count].name;
    else
        for (; count < syscall_count; count++)
            names[count] = syscall_name((int)count);
    return text_nearest(name, names, count);
}

static int unknown_name(const struct builder *builder, const struct syscall_rule *entry, struct error *err)
{
    const char *what = *entry->name == '@' ? "group of system calls" : "system call", *nearest = nearest_name(entry->name);
    if (nearest)
        return entry_error(builder, entry, err, "unknown %s '%s', did you mean '%s'?", what, entry->name, nearest);
    entry_error(builder, entry, err, "unknown %s '%s'", what, entry->name);
    return error_help(
        err, "calls have the names of the manual's section 2; the groups, such as @io-uring, are listed in cordon-profile(5)");
}

static int expand_entry(const struct builder *builder, const struct syscall_rule *entry, struct syscall_set *ret,
                        struct error *err)
{
    const struct syscall_set *group = syscall_group_find(entry->name);
    int call = syscall_find(entry->name, strlen(entry->name));
    *ret = group ? *group : (struct syscall_set){ 0 };
    if (call >= 0)
        syscall_set_add(ret, call);
    return group || call >= 0 ? 0 : unknown_name(builder, entry, err);
}

/* An argument is compared as the kernel reads it: of an int, what a program puts into the high half counts for nothing. */
static int convert_compare(const struct builder *builder, const struct syscall_rule *entry, const struct syscall_compare *from,
                           const char *call, struct filter_compare *ret, struct error *err)
{
    static const enum filter_compare_op operators[] = {
        [COMPARE_EQ] = FILTER_EQ, [COMPARE_NE] = FILTER_NE, [COMPARE_LT] = FILTER_LT,     [COMPARE_LE] = FILTER_LE,
        [COMPARE_GT] = FILTER_GT, [COMPARE_GE] = FILTER_GE, [COMPARE_MASKED] = FILTER_EQ,
    };
    if (from->index > 5)
        return entry_error(builder, entry, err, "%s has no argument %u: they are numbered 0 to 5", call, from->index);
    uint64_t width = syscall_argument_mask(call, from->index);
    if (from->value & ~width)
        return entry_error(builder, entry, err, "0x%llx can never be argument %u of %s: the kernel reads %d bits of it",
                           (unsigned long long)from->value, from->index, call, width == 0xffff ? 16 : 32);
    uint64_t mask = from->op == COMPARE_MASKED ? from->mask & width : width;
    if (from->value & ~mask)
        return entry_error(builder, entry, err,
                           "argument %u of %s can never match: the value 0x%llx has bits outside the mask 0x%llx", from->index,
                           call, (unsigned long long)from->value, (unsigned long long)from->mask);
    *ret = (struct filter_compare){ from->index, operators[from->op], mask, from->value };
    return 0;
}

static uint32_t refusal(const struct builder *builder, int call, int code)
{
    if (syscall_set_has(&builder->absent, call))
        return FILTER_ERRNO(ENOSYS);
    switch (builder->spec->syscalls.on_deny) {
    case DENY_KILL:
        return SECCOMP_RET_KILL_PROCESS;
    case DENY_LOG:
        return SECCOMP_RET_LOG;
    case DENY_ERRNO:
        break;
    }
    return FILTER_ERRNO(code);
}

/* What is refused for its argument `index`. A socket's first is the family, and a family that is not there is what programs
 * expect. */
static int refusal_code(const struct builder *builder, int call, unsigned index)
{
    return index == 0 && syscall_set_has(&builder->families, call) ? EAFNOSUPPORT : EPERM;
}

/* An allow entry that only a prohibition could answer would do nothing: that is said. */
static int check_prohibited(const struct builder *builder, const struct syscall_rule *entry, int call,
                            const struct filter_compare *compares, struct error *err)
{
    for (size_t i = 0; i < entry->args.count; i++)
        for (size_t row = 0; row < syscall_prohibition_count; row++) {
            const struct filter_compare *closed = syscall_prohibitions[row].compares;
            if (find(syscall_prohibitions[row].name) == call && compares[i].op == FILTER_EQ &&
                compares[i].index == closed->index && compares[i].mask == closed->mask && compares[i].value == closed->value)
                return entry_error(builder, entry, err,
                                   "typing into a terminal (TIOCSTI, TIOCLINUX) is refused whatever a profile says");
        }
    return 0;
}

static int add_entry_call(struct builder *builder, const struct syscall_rule *entry, enum level level, int call,
                          struct error *err)
{
    if (entry->args.count == 0) {
        syscall_set_add(level == DENIED ? &builder->closed : &builder->opened, call);
        return 0;
    }
    struct filter_compare *compares = arena_alloc(builder->arena, entry->args.count * sizeof *compares);
    for (size_t i = 0; i < entry->args.count; i++)
        if (convert_compare(builder, entry, &entry->args.items[i], syscall_name(call), &compares[i], err) < 0)
            return -1;
    if (level == ALLOWED && check_prohibited(builder, entry, call, compares, err) < 0)
        return -1;
    int code = refusal_code(builder, call, entry->args.count == 1 ? compares[0].index : 1);
    add_rule(builder, call, level, compares, entry->args.count,
             level == DENIED ? refusal(builder, call, code) : SECCOMP_RET_ALLOW);
    return 0;
}

/* On 32-bit x86 a call that is denied could still be made through the number that hides it. */
static void close_multiplexer(struct builder *builder, const struct syscall_set *denied, const char *group,
                              const char *multiplexer)
{
    const struct syscall_set *hidden = syscall_group_find(group);
    for (size_t i = 0; i < sizeof hidden->has; i++)
        if (hidden->has[i] & denied->has[i])
            syscall_set_add(&builder->closed, find(multiplexer));
}

static int add_entry(struct builder *builder, const struct syscall_rule *entry, enum level level, struct error *err)
{
    struct syscall_set calls;
    if (expand_entry(builder, entry, &calls, err) < 0)
        return -1;
    for (size_t call = 0; call < syscall_count; call++)
        if (syscall_set_has(&calls, (int)call) && add_entry_call(builder, entry, level, (int)call, err) < 0)
            return -1;
    if (level == DENIED) {
        close_multiplexer(builder, &calls, "@network-io", "socketcall");
        close_multiplexer(builder, &calls, "@sysv-ipc", "ipc");
    }
    return 0;
}

static int add_entries(struct builder *builder, struct error *err)
{
    const struct syscalls *syscalls = &builder->spec->syscalls;
    for (size_t i = 0; i < syscalls->allow.count; i++)
        if (add_entry(builder, &syscalls->allow.items[i], ALLOWED, err) < 0)
            return -1;
    for (size_t i = 0; i < syscalls->deny.count; i++)
        if (add_entry(builder, &syscalls->deny.items[i], DENIED, err) < 0)
            return -1;
    return 0;
}

/* Which refused calls are answered as by a kernel that has not got them. glibc goes back from clone3 to clone, whose flags the
 * filter can see, and mount(8) from the calls by descriptor to mount(2), where some of that is open. */
static void add_absent(struct builder *builder)
{
    static const char *const always[] = { "clone3", "socketcall", "ipc" };
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        syscall_set_add(&builder->absent, find(always[i]));
    if (builder->mounts_in_part)
        set_add_all(&builder->absent, syscall_group_find("@mount-new"));
}

/* The answer, once for all architectures. */

static uint32_t rule_action(const struct builder *builder, const struct pending *pending)
{
    uint32_t action = pending->rule.action;
    if (pending->level == DENIED || (action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || action == FILTER_ERRNO(0))
        return action;
    if (pending->level == PROHIBITED && builder->spec->syscalls.on_deny == DENY_LOG)
        return action;
    return refusal(builder, pending->call, (int)(action & SECCOMP_RET_DATA));
}

static bool applies(const struct builder *builder, const struct pending *pending, int call)
{
    if (pending->call != call)
        return false;
    bool closed = syscall_set_has(&builder->closed, call), opened = syscall_set_has(&builder->opened, call);
    switch (pending->level) {
    case PROHIBITED: /* what is only said to be done gives way to a refusal */
        return !closed || pending->rule.action != FILTER_ERRNO(0);
    case DENIED:
        return !closed;
    case ALLOWED:
    case GUARDED:
        return !closed && !opened;
    case LEVEL_COUNT:
        break;
    }
    return false;
}

static void add_rules(struct builder *builder, int call, struct filter_call *answer)
{
    answer->first_rule = (uint16_t)builder->finished.count;
    for (enum level level = PROHIBITED; level < LEVEL_COUNT; level++)
        for (size_t i = 0; i < builder->rules.count; i++) {
            const struct pending *pending = &builder->rules.items[i];
            if (pending->level != level || !applies(builder, pending, call))
                continue;
            struct filter_rule *rule = SLICE_PUSH(builder->arena, &builder->finished);
            *rule = pending->rule;
            rule->action = rule_action(builder, pending);
            answer->rule_count++;
        }
}

static struct filter_call answer_for(struct builder *builder, int call)
{
    struct filter_call answer = { 0 };
    bool closed = syscall_set_has(&builder->closed, call);
    bool open = syscall_set_has(&builder->opened, call) ||
                (syscall_set_has(&builder->base, call) && !syscall_set_has(&builder->guarded, call));
    if (open && !closed)
        answer.otherwise = SECCOMP_RET_ALLOW;
    else
        answer.otherwise = refusal(builder, call, closed ? EPERM : refusal_code(builder, call, 0));
    if (syscall_set_has(&builder->ruled, call))
        add_rules(builder, call, &answer);
    return answer;
}

/* Architectures. */

static const struct syscall_table *table_of(const struct architecture *architecture)
{
    const struct syscall_table *table = syscall_tables;
    while (strcmp(table->architecture, architecture->name) != 0)
        table++;
    return table;
}

/* x86_64 and x32 make one list, in this order: the numbers of x32 are the greater ones. */
static void add_calls(struct builder *builder, const struct architecture *architecture, struct filter_architecture *to)
{
    const struct syscall_table *table = table_of(architecture);
    struct filter_call *calls = arena_alloc(builder->arena, (to->count + table->count) * sizeof *calls);
    if (to->count)
        memcpy(calls, to->calls, to->count * sizeof *calls);
    for (size_t i = 0; i < table->count; i++) {
        struct filter_call *call = &calls[to->count++];
        *call = answer_for(builder, table->rows[i].call);
        call->number = table->rows[i].number;
    }
    to->calls = calls;
}

static int unknown_architecture(const struct spec *spec, const char *name, struct error *err)
{
    const char *const *names = architecture_names();
    size_t count = 0;
    while (names[count])
        count++;
    const char *nearest = text_nearest(name, names, count);
    if (nearest)
        return spec_error(err, spec, "syscalls.architectures", "unknown architecture '%s', did you mean '%s'?", name, nearest);
    return spec_error(err, spec, "syscalls.architectures", "unknown architecture '%s'", name);
}

#define X32_BIT 0x40000000U /* of the number: what tells x32 from x86_64 (asm/unistd.h) */
#define ARCHITECTURES_MAX 8 /* more than a machine runs */

/* Those that this machine runs, the native one first. One of another machine is left out: no program here can have it. */
static int choose_architectures(const struct spec *spec, const struct architecture **ret, size_t *ret_count, struct error *err)
{
    const struct architecture *native = architecture_find("native");
    bool has_native = spec->syscalls.architectures.count == 0;
    ret[0] = native;
    *ret_count = 1;
    for (size_t i = 0; i < spec->syscalls.architectures.count; i++) {
        const struct architecture *chosen = architecture_find(spec->syscalls.architectures.items[i]);
        if (!chosen)
            return unknown_architecture(spec, spec->syscalls.architectures.items[i], err);
        has_native |= chosen == native;
        bool there = strcmp(chosen->host, native->host) != 0;
        for (size_t other = 0; other < *ret_count; other++)
            there |= ret[other] == chosen;
        if (!there)
            ret[(*ret_count)++] = chosen;
    }
    if (has_native)
        return 0;
    spec_error(err, spec, "syscalls.architectures", "native is missing");
    return error_help(err, "add native: the launcher itself is a native program, and starts the container's under this filter");
}

static int add_architectures(struct builder *builder, struct filter_policy *ret, struct error *err)
{
    const struct architecture *chosen[ARCHITECTURES_MAX];
    size_t count;
    if (choose_architectures(builder->spec, chosen, &count, err) < 0)
        return -1;
    bool has_x32 = false;
    for (size_t i = 0; i < count; i++)
        has_x32 |= strcmp(chosen[i]->name, "x32") == 0;
    struct filter_architecture *to = arena_alloc(builder->arena, count * sizeof *to);
    *ret = (struct filter_policy){ .architectures = to, .foreign = SECCOMP_RET_KILL_PROCESS };
    for (size_t i = 0; i < count; i++) {
        size_t row = 0;
        while (row < ret->count && to[row].audit_architecture != chosen[i]->audit)
            row++;
        if (row == ret->count)
            ret->count++;
        to[row].audit_architecture = chosen[i]->audit;
        to[row].unknown = builder->spec->syscalls.base == SYSCALLS_NONE ? SECCOMP_RET_ALLOW : FILTER_ERRNO(ENOSYS);
        add_calls(builder, chosen[i], &to[row]);
        /* Those of x32 are none of x86_64's, whose unknown ones base: none lets through; where it is listed too, the two are
         * one. */
        if (!has_x32 && strcmp(chosen[i]->name, "x86_64") == 0)
            to[row].end = X32_BIT;
    }
    ret->rules = builder->finished.items;
    return 0;
}

static bool always(const struct spec *spec) { return spec; }
static bool names_ports(const struct spec *spec) { return spec_says(spec, "paths.connect") || spec_says(spec, "paths.bind"); }
static bool keeps_signals(const struct spec *spec) { return !spec->isolate.pid && spec->isolate.signals; }

static const struct {
    const struct syscall_condition *rows;
    const size_t *count;
    bool (*applies)(const struct spec *spec);
} prohibitions[] = {
    { syscall_prohibitions, &syscall_prohibition_count, always },
    { syscall_port_closings, &syscall_port_closing_count, names_ports },
    { syscall_core_closings, &syscall_core_closing_count, spec_no_cores },
    { syscall_signal_closings, &syscall_signal_closing_count, keeps_signals },
};

int syscall_policy_make(const struct spec *spec, struct filter_policy *ret, struct error *err)
{
    struct builder builder = { .spec = spec, .arena = spec->arena };
    for (size_t i = 0; i < sizeof prohibitions / sizeof *prohibitions; i++)
        for (size_t row = 0; row < *prohibitions[i].count && prohibitions[i].applies(spec); row++)
            add_condition(&builder, &prohibitions[i].rows[row], PROHIBITED);
    syscall_set_add(&builder.families, find("socket"));
    syscall_set_add(&builder.families, find("socketpair"));
    add_base(&builder);
    open_privileges(&builder);
    add_absent(&builder);
    if (add_entries(&builder, err) < 0)
        return -1;
    return add_architectures(&builder, ret, err);
}

bool syscall_policy_adds(const struct spec *spec)
{
    const struct syscalls *syscalls = &spec->syscalls;
    if (syscalls->base == SYSCALLS_NONE || syscalls->allow.count || syscalls->deny.count || syscalls->on_deny != DENY_ERRNO ||
        syscalls->architectures.count > 1 || spec->privileges.inspection || names_ports(spec) || !spec_no_cores(spec) ||
        keeps_signals(spec))
        return true;
    if (syscalls->architectures.count == 1 &&
        architecture_find(syscalls->architectures.items[0]) != architecture_find("native"))
        return true;
    if (syscalls->base == SYSCALLS_DEFAULT && !spec->isolate.ipc)
        return true;
    for (size_t i = 0; i < capability_calls_count; i++)
        if (spec->privileges.capabilities >> capability_calls[i].capability & 1)
            return true;
    for (int i = 0; i < ALLOW_COUNT; i++)
        if (spec->privileges.allow >> i & 1 && allow_bundles[i].calls)
            return true;
    return false;
}
