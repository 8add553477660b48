/* A filter policy as the BPF program that the kernel runs on every system call. */
#pragma once
#include "kernel/filter-policy.h"
#include "kernel/seccomp.h"

struct arena;

/* The code lives in `arena`. Fails where the policy needs more than the kernel's 4096 instructions. */
int filter_program_make(struct arena *arena, const struct filter_policy *policy, struct filter *ret, struct error *err);
