/* Where arguments decide: the tables beside the groups, and what a capability opens. */
#pragma once
#include "kernel/filter-policy.h"

#define RULE_COMPARES 3

struct syscall_condition {
    const char *name;                              /* the call; of an opening, "call:what" */
    struct filter_compare compares[RULE_COMPARES]; /* all must hold; a mask of 0 ends them */
    uint32_t action;                               /* in order, the first that holds decides */
};

/* Closed whatever a profile says. */
extern const struct syscall_condition syscall_prohibitions[];
extern const size_t syscall_prohibition_count;
/* Closed as well where a profile names TCP ports. */
extern const struct syscall_condition syscall_port_closings[];
extern const size_t syscall_port_closing_count;
/* Where a crash may start nothing of the host's; and where processes outside have numbers and signals are kept in. */
extern const struct syscall_condition syscall_core_closings[];
extern const size_t syscall_core_closing_count;
extern const struct syscall_condition syscall_signal_closings[];
extern const size_t syscall_signal_closing_count;
/* Of calls that a base set contains: what of them is open in it. The rest of such a call is refused. */
extern const struct syscall_condition syscall_guards[];
extern const size_t syscall_guard_count;
/* Parts of a call that a privilege opens: "mount:new" in the rows of allow.c and below. */
extern const struct syscall_condition syscall_openings[];
extern const size_t syscall_opening_count;

struct capability_calls {
    unsigned capability;
    const char *words; /* calls, @groups and openings */
};
extern const struct capability_calls capability_calls[];
extern const size_t capability_calls_count;

/* Which bits of an argument the kernel reads. */
uint64_t syscall_argument_mask(const char *call, unsigned index);
