/* From what a profile says to what the filter decides, by number. */
#pragma once
#include "kernel/filter-policy.h"
#include "spec/spec.h"

/* Lives in the arena of the spec. An entry that cannot be had is an error at its place. */
int syscall_policy_make(const struct spec *spec, struct filter_policy *ret, struct error *err);
/* False where the spec says nothing that changes the answers of its base set. */
bool syscall_policy_adds(const struct spec *spec);
