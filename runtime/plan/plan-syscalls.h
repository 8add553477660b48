/* syscalls: from the profile's words to the filter. Pure. */
#pragma once
#include "kernel/filter-policy.h"
#include "kernel/seccomp.h"
#include "spec/spec.h"

/* The program for this spec: the base set, what privileges (capabilities, allow, inspection) and syscalls.allow open, what
 * syscalls.deny closes. *ret_builtin: it is one of those compiled in at build time. The code lives in the arena of the spec or
 * in the program. */
int plan_filter(const struct spec *spec, struct filter *ret, bool *ret_builtin, struct error *err);

/* The same for spec->why, with the policy by which its listener answers. */
int plan_told_filter(const struct spec *spec, struct filter *ret, const struct filter_policy **ret_policy, struct error *err);

/* Whether the finished policy lets one of these calls ("mount umount2") through for at least some arguments, on one of its
 * architectures. */
bool plan_filter_opens(const struct spec *spec, const char *calls);

/* Whether the app could mount the tree of control groups. */
bool plan_may_mount(const struct spec *spec);

/* Every call that the finished policy lets through for at least some arguments. -1: there is no such policy, *err says why. */
struct syscall_set;
int plan_open_calls(const struct spec *spec, struct syscall_set *ret, struct error *err);
