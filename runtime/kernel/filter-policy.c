#include "kernel/filter-policy.h"

#include <errno.h>

static bool holds(const struct filter_compare *compare, const struct seccomp_data *data)
{
    uint64_t argument = data->args[compare->index] & compare->mask;
    switch (compare->op) {
    case FILTER_EQ:
        return argument == compare->value;
    case FILTER_NE:
        return argument != compare->value;
    case FILTER_LT:
        return argument < compare->value;
    case FILTER_LE:
        return argument <= compare->value;
    case FILTER_GT:
        return argument > compare->value;
    case FILTER_GE:
        return argument >= compare->value;
    }
    return false;
}

static bool rule_holds(const struct filter_rule *rule, const struct seccomp_data *data)
{
    for (size_t i = 0; i < rule->count; i++)
        if (!holds(&rule->compares[i], data))
            return false;
    return true;
}

const struct filter_call *filter_policy_find(const struct filter_architecture *architecture, uint32_t number)
{
    size_t low = 0, high = architecture->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (architecture->calls[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < architecture->count && architecture->calls[low].number == number ? &architecture->calls[low] : NULL;
}

uint32_t filter_policy_decide(const struct filter_policy *policy, const struct seccomp_data *data)
{
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->architectures[i].audit_architecture != data->arch)
            continue;
        const struct filter_call *call = filter_policy_find(&policy->architectures[i], (uint32_t)data->nr);
        if (!call && policy->architectures[i].end && (uint32_t)data->nr >= policy->architectures[i].end)
            return FILTER_ERRNO(ENOSYS);
        if (!call)
            return policy->architectures[i].unknown;
        const struct filter_rule *rules = policy->rules + call->first_rule;
        for (size_t rule = 0; rule < call->rule_count; rule++)
            if (rule_holds(&rules[rule], data))
                return rules[rule].action;
        return call->otherwise;
    }
    return policy->foreign;
}
