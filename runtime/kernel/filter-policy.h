/* What the system call filter decides, by number and architecture. It can be asked directly, which is what the unit tests
 * compare every compiled program with; filter-program makes the kernel's form of it. */
#pragma once
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SECCOMP_RET_… as the kernel has them; an errno is in the low bits. */
#define FILTER_ERRNO(code) (SECCOMP_RET_ERRNO | (uint32_t)(code))

enum filter_compare_op { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE };

/* (argument & mask) OP value, unsigned. The mask says how wide the kernel reads an argument: of an int it sees the low half
 * only, so a comparison of all 64 bits would be passed by anything in the high half (CVE-2019-10063). */
struct filter_compare {
    unsigned index;
    enum filter_compare_op op;
    uint64_t mask, value;
};

/* Holds where all of its comparisons do. */
struct filter_rule {
    const struct filter_compare *compares;
    size_t count;
    uint32_t action;
};

/* The first of its rules that holds decides, else `otherwise`. Small, since a policy has hundreds and a fresh page costs a
 * launcher more than all that is computed on it. */
struct filter_call {
    uint32_t number;
    uint32_t otherwise;
    uint16_t first_rule, rule_count; /* in filter_policy.rules */
};

/* One value of seccomp_data.arch. x86_64 and x32 share theirs, and differ by bit 30 of the number. */
struct filter_architecture {
    uint32_t audit_architecture;
    const struct filter_call *calls; /* ascending numbers, none twice */
    size_t count;
    uint32_t unknown; /* for every number that is not listed */
    uint32_t end;     /* not 0: from this number on nothing is listed, and they give ENOSYS (x32's, beside x86_64) */
};

struct filter_policy {
    const struct filter_architecture *architectures; /* the native one first: it is checked first */
    size_t count;
    uint32_t foreign; /* for every other architecture */
    const struct filter_rule *rules;
    bool told; /* as a program: an errno is left to a listener (kernel/notify.h), which must answer with the same */
};

/* The action for one call. */
uint32_t filter_policy_decide(const struct filter_policy *policy, const struct seccomp_data *data);
/* The call's row, or NULL. */
const struct filter_call *filter_policy_find(const struct filter_architecture *architecture, uint32_t number);
