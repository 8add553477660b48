/* Random policies against their programs: many calls, long rules, jumps too far for one byte, several architectures. */
#include "kernel/filter-program.h"

#include "base/arena.h"
#include "bpf.h"
#include "tap.h"

#include <linux/audit.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252ULL;

static uint32_t next_random(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 20) % below;
}

static uint64_t some_value(void)
{
    static const uint64_t values[] = { 0,          1,           2,           0x7fffffff,         0x80000000,
                                       0xffffffff, 0x100000000, 0x100000001, 0x7fffffffffffffff, 0x8000000000000000,
                                       UINT64_MAX };
    return next_random(4) ? values[next_random(sizeof values / sizeof values[0])] : state;
}

static uint64_t some_mask(void)
{
    static const uint64_t masks[] = { UINT64_MAX, UINT64_MAX, 0xffffffff, 0xffff, 0xf, 0xffffffff00000000, 0xf0f0f0f0f0f0f0f0 };
    return masks[next_random(sizeof masks / sizeof masks[0])];
}

static uint32_t some_action(void)
{
    static const uint32_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, FILTER_ERRNO(1), FILTER_ERRNO(38),
                                        SECCOMP_RET_LOG };
    return actions[next_random(sizeof actions / sizeof actions[0])];
}

static struct filter_rule some_rule(struct arena *arena)
{
    size_t count = 1 + next_random(3);
    struct filter_compare *compares = arena_alloc(arena, count * sizeof *compares);
    for (size_t i = 0; i < count; i++) {
        uint64_t mask = some_mask();
        compares[i] =
            (struct filter_compare){ next_random(6), (enum filter_compare_op)next_random(6), mask, some_value() & mask };
        if (next_random(8) == 0)
            compares[i].value |= 1ULL << 33; /* may lie outside the mask: then equal never holds */
    }
    return (struct filter_rule){ compares, count, some_action() };
}

/* `rules` is shared by the architectures of a policy. */
static struct filter_architecture some_architecture(struct arena *arena, uint32_t audit, size_t call_count, size_t rule_count)
{
    struct filter_call *calls = arena_alloc(arena, (call_count + 1) * sizeof *calls);
    uint32_t number = next_random(3);
    for (size_t i = 0; i < call_count; i++) {
        calls[i] = (struct filter_call){ .number = number, .otherwise = some_action() };
        if (rule_count && next_random(4) == 0) {
            calls[i].first_rule = (uint16_t)next_random((uint32_t)rule_count);
            calls[i].rule_count = (uint16_t)(1 + next_random((uint32_t)(rule_count - calls[i].first_rule) > 6 ? 6 : 1));
        }
        number += 1 + (next_random(5) == 0 ? next_random(20) : 0) + (next_random(200) == 0 ? 0x10000000 : 0);
    }
    return (struct filter_architecture){ audit, calls, call_count, some_action() };
}

static struct filter_policy some_policy(struct arena *arena, size_t call_count, size_t rule_count)
{
    static const uint32_t audits[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_S390X /* big-endian: not run here */ };
    size_t count = 1 + next_random(2);
    struct filter_architecture *architectures = arena_alloc(arena, count * sizeof *architectures);
    struct filter_rule *rules = arena_alloc(arena, (rule_count + 1) * sizeof *rules);
    for (size_t i = 0; i < rule_count; i++)
        rules[i] = some_rule(arena);
    for (size_t i = 0; i < count; i++)
        architectures[i] = some_architecture(arena, audits[i], call_count, rule_count);
    return (struct filter_policy){ architectures, count, SECCOMP_RET_KILL_PROCESS, rules };
}

static bool same(const struct filter *filter, const struct filter_policy *policy, const struct seccomp_data *data)
{
    return bpf_run(filter->code, filter->count, data, NULL) == filter_policy_decide(policy, data);
}

static bool same_call(const struct filter *filter, const struct filter_policy *policy, uint32_t audit, uint32_t number)
{
    for (int i = 0; i < 24; i++) {
        struct seccomp_data data = { .nr = (int)number, .arch = audit };
        for (int argument = 0; argument < 6; argument++)
            data.args[argument] = some_value();
        if (!same(filter, policy, &data))
            return false;
    }
    return true;
}

static bool same_everywhere(const struct filter *filter, const struct filter_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct filter_architecture *architecture = &policy->architectures[i];
        for (size_t call = 0; call < architecture->count; call++)
            for (uint32_t number = architecture->calls[call].number - 1; number != architecture->calls[call].number + 2;
                 number++)
                if (!same_call(filter, policy, architecture->audit_architecture, number))
                    return false;
        if (!same_call(filter, policy, architecture->audit_architecture, UINT32_MAX))
            return false;
    }
    return same_call(filter, policy, AUDIT_ARCH_AARCH64, 3) && same_call(filter, policy, 0, 0);
}

static void test_random(const char *name, size_t call_count, size_t rule_count, int rounds)
{
    bool good = true;
    size_t longest = 0, made = 0;
    for (int round = 0; round < rounds; round++) {
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct filter filter;
        struct filter_policy policy = some_policy(&arena, call_count, rule_count);
        if (filter_program_make(&arena, &policy, &filter, &err) == 0) {
            made++;
            longest = filter.count > longest ? filter.count : longest;
            good = good && same_everywhere(&filter, &policy);
        }
        error_fini(&err);
        arena_free(&arena);
    }
    CHECK_NAMED(good && made > 0, name);
    printf("# %zu of %d policies fit, the longest program has %zu instructions\n", made, rounds, longest);
}

static void test_too_long(void)
{
    struct arena arena = { 0 };
    struct error err = { 0 };
    struct filter filter;
    struct filter_policy policy = some_policy(&arena, 4000, 300);
    CHECK(filter_program_make(&arena, &policy, &filter, &err) < 0 && strstr(err.message, "4096"));
    error_fini(&err);
    arena_free(&arena);
}

/* Without any call: one answer for every number. */
static void test_empty(void)
{
    struct arena arena = { 0 };
    struct error err = { 0 };
    struct filter filter;
    struct filter_architecture architectures[] = { { AUDIT_ARCH_X86_64, NULL, 0, SECCOMP_RET_KILL_PROCESS },
                                                   { AUDIT_ARCH_I386, NULL, 0, SECCOMP_RET_ALLOW } };
    struct filter_policy policy = { architectures, 2, SECCOMP_RET_KILL_PROCESS, NULL };
    CHECK(filter_program_make(&arena, &policy, &filter, &err) == 0 && same_everywhere(&filter, &policy));
    arena_free(&arena);
}

int main(void)
{
    test_random("no calls", 0, 0, 4);
    test_random("one call", 1, 1, 200);
    test_random("plain calls", 400, 0, 20);
    test_random("calls with few rules", 40, 6, 100);
    test_random("calls with many rules", 120, 40, 30);
    test_random("as many as fit", 400, 100, 10);
    test_too_long();
    test_empty();
    return tap_done();
}
