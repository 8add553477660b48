#include "plan/plan-syscalls.h"

#include "kernel/architectures.h"
#include "kernel/filter-program.h"
#include "plan/builtin-filters.h"
#include "plan/syscall-policy.h"
#include "plan/syscall-tables.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int compile(const struct spec *spec, const struct filter_policy *policy, struct filter *ret, struct error *err)
{
    if (filter_program_make(spec->arena, policy, ret, err) == 0)
        return 0;
    error_at(err, spec_source(spec, "syscalls"));
    return error_help(err, "name groups instead of single calls, compare fewer arguments, or list fewer architectures");
}

int plan_filter(const struct spec *spec, struct filter *ret, bool *ret_builtin, struct error *err)
{
    *ret_builtin = !syscall_policy_adds(spec);
    if (*ret_builtin) {
        *ret = spec->syscalls.base == SYSCALLS_STRICT ? builtin_filter_strict : builtin_filter_default;
        return 0;
    }
    struct filter_policy policy;
    return syscall_policy_make(spec, &policy, err) < 0 ? -1 : compile(spec, &policy, ret, err);
}

/* The app hands its listener over by sendmsg, under the filter already: refused, that would wait for ever. */
static bool may_hand_over(const struct filter_policy *policy)
{
    const struct filter_call *call = filter_policy_find(&policy->architectures[0], SYS_sendmsg);
    const struct seccomp_data data = { .nr = SYS_sendmsg,
                                       .arch = policy->architectures[0].audit_architecture,
                                       .args = { 0, 0, MSG_NOSIGNAL } };
    for (size_t i = 0; call && i < call->rule_count; i++) {
        const struct filter_rule *rule = &policy->rules[call->first_rule + i];
        for (size_t k = 0; k < rule->count; k++)
            if (rule->compares[k].index != 2)
                return false;
    }
    return call && filter_policy_decide(policy, &data) == SECCOMP_RET_ALLOW;
}

int plan_told_filter(const struct spec *spec, struct filter *ret, const struct filter_policy **ret_policy, struct error *err)
{
    struct filter_policy *policy = arena_alloc(spec->arena, sizeof *policy);
    if (spec->syscalls.on_deny != DENY_ERRNO) {
        spec_error(err, spec, "syscalls.on-deny", "--why counts what is answered with an errno, and with this nothing is");
        return error_help(err, "write --set syscalls.on-deny=errno for this run");
    }
    if (syscall_policy_make(spec, policy, err) < 0)
        return -1;
    if (!may_hand_over(policy)) {
        spec_error(err, spec, "syscalls",
                   "with --why sendmsg must be open: the app's last step is to hand over by it what --why listens to");
        return error_help(err, "leave --why out, or open sendmsg for this run");
    }
    policy->told = true;
    *ret_policy = policy;
    return compile(spec, policy, ret, err);
}

static bool lets_through(uint32_t action) { return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG; }

static bool is_open(const struct filter_policy *policy, const struct filter_call *call)
{
    for (size_t i = 0; i < call->rule_count; i++)
        if (lets_through(policy->rules[call->first_rule + i].action))
            return true;
    return lets_through(call->otherwise);
}

static bool opens(const struct filter_policy *policy, const struct syscall_table *table, int call)
{
    const uint32_t audit = architecture_find(table->architecture)->audit;
    for (size_t i = 0; i < policy->count; i++)
        for (size_t k = 0; policy->architectures[i].audit_architecture == audit && k < table->count; k++) {
            const struct filter_call *found =
                table->rows[k].call == call ? filter_policy_find(&policy->architectures[i], table->rows[k].number) : NULL;
            if (found && is_open(policy, found))
                return true;
        }
    return false;
}

bool plan_may_mount(const struct spec *spec) { return syscall_policy_adds(spec) && plan_filter_opens(spec, "mount fsmount"); }

bool plan_filter_opens(const struct spec *spec, const char *calls)
{
    struct filter_policy policy;
    struct error err = { 0 };
    if (syscall_policy_make(spec, &policy, &err) < 0) {
        error_fini(&err);
        return false;
    }
    for (size_t length; *calls; calls += length, calls += strspn(calls, " ")) {
        length = strcspn(calls, " ");
        int call = syscall_find(calls, length);
        for (const struct syscall_table *table = syscall_tables; call >= 0 && table->architecture; table++)
            if (opens(&policy, table, call))
                return true;
    }
    return false;
}

int plan_open_calls(const struct spec *spec, struct syscall_set *ret, struct error *err)
{
    struct filter_policy policy;
    const char *native = architecture_find("native")->name;
    if (syscall_policy_make(spec, &policy, err) < 0)
        return -1;
    for (const struct syscall_table *table = syscall_tables; table->architecture; table++) {
        if (strcmp(table->architecture, native) != 0)
            continue;
        for (size_t i = 0; i < table->count; i++) {
            const struct filter_call *found = filter_policy_find(&policy.architectures[0], (uint32_t)table->rows[i].number);
            if (found && is_open(&policy, found))
                syscall_set_add(ret, table->rows[i].call);
        }
    }
    return 0;
}
