/* Every filter is run by an interpreter for every number, architecture and telling argument, and compared with the policy that
 * it was made from; the policies themselves are compared with what the tables promise, by name. */
#include "plan/plan-syscalls.h"

#include "../kernel/bpf.h"
#include "base/text.h"
#include "kernel/filter-program.h"
#include "plan/allow.h"
#include "plan/builtin-filters.h"
#include "plan/syscall-groups.h"
#include "plan/syscall-policy.h"
#include "tap.h"

#include <errno.h>
#include <linux/audit.h>

#include "variants.h"

/* Program against policy. */

static const uint32_t architectures[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,    AUDIT_ARCH_AARCH64,
                                          AUDIT_ARCH_ARM,    AUDIT_ARCH_RISCV64, 0,
                                          0xffffffff };

static bool same(const struct filter *filter, const struct filter_policy *policy, const struct seccomp_data *data)
{
    uint32_t program = bpf_run(filter->code, filter->count, data, NULL), wanted = filter_policy_decide(policy, data);
    if (program != wanted)
        printf("# arch 0x%x number 0x%x arguments %llx %llx %llx %llx: program 0x%x, policy 0x%x\n", data->arch,
               (unsigned)data->nr, (unsigned long long)data->args[0], (unsigned long long)data->args[1],
               (unsigned long long)data->args[2], (unsigned long long)data->args[3], program, wanted);
    return program == wanted;
}

/* Values at the edges of every comparison in the call's rules, with and without something in the high half. */
static size_t edges(const struct filter_rule *rules, size_t rule_count, uint64_t *values, size_t room)
{
    static const uint64_t always[] = { 0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX };
    size_t count = 0;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        values[count++] = always[i];
    for (size_t rule = 0; rule < rule_count; rule++)
        for (size_t i = 0; i < rules[rule].count; i++) {
            const struct filter_compare *compare = &rules[rule].compares[i];
            const uint64_t near[] = {
                compare->value - 1,          compare->value, compare->value + 1, compare->value | 1ULL << 32,
                compare->value ^ 1ULL << 63, compare->mask,  ~compare->mask,     compare->value | ~compare->mask
            };
            for (size_t n = 0; n < sizeof near / sizeof near[0] && count < room; n++)
                values[count++] = near[n];
        }
    return count;
}

/* Every value in each argument that a rule looks at, with the others at some values of their own. */
static bool same_arguments(const struct filter *filter, const struct filter_policy *policy, struct seccomp_data data,
                           const struct filter_call *call)
{
    uint64_t values[256];
    size_t count = edges(policy->rules + call->first_rule, call->rule_count, values, 256);
    bool good = true;
    for (size_t background = 0; background < count; background++)
        for (unsigned argument = 0; argument < 6; argument++)
            for (size_t i = 0; i < count; i++) {
                for (unsigned other = 0; other < 6; other++)
                    data.args[other] = values[(background + other) % count];
                data.args[argument] = values[i];
                good = same(filter, policy, &data) && good;
            }
    return good;
}

static bool same_number(const struct filter *filter, const struct filter_policy *policy, uint32_t architecture, uint32_t number)
{
    struct seccomp_data data = { .nr = (int)number, .arch = architecture };
    bool good = same(filter, policy, &data);
    for (size_t i = 0; i < policy->count; i++) {
        const struct filter_call *call = filter_policy_find(&policy->architectures[i], number);
        if (policy->architectures[i].audit_architecture == architecture && call && call->rule_count)
            good = same_arguments(filter, policy, data, call) && good;
    }
    return good;
}

static bool same_everywhere(const struct filter *filter, const struct filter_policy *policy)
{
    static const uint32_t far[] = { 0xf0001, 0xf0005, 0x7fffffff, 0x80000000, 0xc0000000, 0xfffffffe, 0xffffffff };
    bool good = true;
    for (size_t i = 0; i < sizeof architectures / sizeof architectures[0]; i++) {
        for (uint32_t number = 0; number < 1024; number++) {
            good = same_number(filter, policy, architectures[i], number) && good;
            good = same_number(filter, policy, architectures[i], number | 0x40000000) && good;
        }
        for (size_t n = 0; n < sizeof far / sizeof far[0]; n++)
            good = same_number(filter, policy, architectures[i], far[n]) && good;
    }
    return good;
}

static void test_program(const char *name, const struct spec *spec)
{
    struct filter_policy policy;
    struct filter filter;
    bool builtin;
    struct error err = { 0 };
    bool made = syscall_policy_make(spec, &policy, &err) == 0 && plan_filter(spec, &filter, &builtin, &err) == 0;
    if (!made)
        error_print(stdout, &err, "# error");
    tap_check(made && same_everywhere(&filter, &policy), arena_printf(spec->arena, "%s: program and policy agree", name),
              __FILE__, __LINE__);
    tap_check(made && filter.count <= BPF_MAXINSNS, arena_printf(spec->arena, "%s: short enough", name), __FILE__, __LINE__);
}

static void test_programs(void)
{
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct arena arena = { 0 };
        test_program(variants[i].name, variant_spec(&arena, &variants[i]));
        arena_free(&arena);
    }
}

static void test_builtin(enum syscall_base base, const struct filter *builtin)
{
    struct arena arena = { 0 };
    struct spec *spec = spec_new(&arena);
    struct filter_policy policy;
    struct filter made, given;
    struct error err = { 0 };
    bool is_builtin = false;
    spec->syscalls.base = base;
    CHECK(syscall_policy_make(spec, &policy, &err) == 0 && filter_program_make(&arena, &policy, &made, &err) == 0);
    CHECK(made.count == builtin->count && memcmp(made.code, builtin->code, made.count * sizeof *made.code) == 0);
    CHECK(plan_filter(spec, &given, &is_builtin, &err) == 0 && is_builtin && given.code == builtin->code);
    spec->privileges.inspection = true;
    CHECK(plan_filter(spec, &given, &is_builtin, &err) == 0 && !is_builtin && given.code != builtin->code);
    arena_free(&arena);
}

int main(void)
{
    test_programs();
    test_builtin(SYSCALLS_DEFAULT, &builtin_filter_default);
    test_builtin(SYSCALLS_STRICT, &builtin_filter_strict);
    return tap_done();
}
