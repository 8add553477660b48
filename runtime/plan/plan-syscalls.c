#include "plan/plan-syscalls.h"

#include "kernel/filter-program.h"
#include "kernel/syscall-names.h"
#include "plan/builtin-filters.h"
#include "plan/syscall-groups.h"
#include "plan/syscall-policy.h"

#include <stdlib.h>
#include <string.h>

int plan_filter(const struct spec *spec, struct filter *ret, bool *ret_builtin, struct error *err)
{
    *ret_builtin = !syscall_policy_adds(spec);
    if (*ret_builtin) {
        *ret = spec->syscalls.base == SYSCALLS_STRICT ? builtin_filter_strict : builtin_filter_default;
        return 0;
    }
    struct filter_policy policy;
    if (syscall_policy_make(spec, &policy, err) < 0)
        return -1;
    if (filter_program_make(spec->arena, &policy, ret, err) == 0)
        return 0;
    error_at(err, spec_source(spec, "syscalls"));
    return error_help(err, "name groups instead of single calls, compare fewer arguments, or list fewer architectures");
}

static bool lets_through(uint32_t action) { return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG; }

bool plan_filter_opens(const struct spec *spec, const char *call)
{
    struct filter_policy policy;
    struct error err = { 0 };
    int64_t number = syscall_number(architecture_find("native"), call);
    if (number < 0 || syscall_policy_make(spec, &policy, &err) < 0) {
        error_fini(&err);
        return false;
    }
    const struct filter_call *found = filter_policy_find(&policy.architectures[0], (uint32_t)number);
    if (!found)
        return lets_through(policy.architectures[0].unknown);
    for (size_t i = 0; i < found->count; i++)
        if (lets_through(found->rules[i].action))
            return true;
    return lets_through(found->otherwise);
}

const char *const *syscall_group_names(void)
{
    static const char **names;
    if (names)
        return names;
    const char **made = calloc(syscall_group_count + 1, sizeof *made);
    for (size_t i = 0; made && i < syscall_group_count; i++)
        made[i] = syscall_groups[i].name;
    names = made;
    return names;
}

const char *const *syscall_group_members(const char *group)
{
    static struct {
        const char *name;
        const char **members;
    } made[64];
    struct syscall_set set;
    if (!syscall_group_expand(group, &set))
        return NULL;
    size_t row = 0;
    while (made[row].name && strcmp(made[row].name, group) != 0)
        row++;
    if (made[row].name)
        return made[row].members;
    size_t count = 0;
    const char **members = calloc(syscall_count() + 1, sizeof *members);
    for (size_t call = 0; members && call < syscall_count(); call++)
        if (syscall_set_has(&set, (int)call))
            members[count++] = syscall_name((int)call);
    made[row].name = strdup(group);
    made[row].members = members;
    return members;
}
