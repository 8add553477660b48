/* System calls by name, in groups. The table in syscall-groups.c is the policy: read it first. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct syscall_group {
    const char *name;    /* "@mount" */
    const char *meaning; /* one line, for the manual */
    const char *words;   /* calls and groups in order; -word takes away what came before it */
};
extern const struct syscall_group syscall_groups[];
extern const size_t syscall_group_count;

/* Every call that some group names has an index below syscall_count, made at build time. A call that is in no group is unknown,
 * and does not exist for a program. */
#define SYSCALLS_MAX 512
struct syscall_set {
    unsigned char has[SYSCALLS_MAX / 8];
};
static inline bool syscall_set_has(const struct syscall_set *set, int call) { return set->has[call / 8] >> (call % 8) & 1; }
static inline void syscall_set_add(struct syscall_set *set, int call)
{
    set->has[call / 8] |= (unsigned char)(1U << (call % 8));
}

extern const size_t syscall_count;
const char *syscall_name(int call);
/* The index of a call, or -1. `length`: of `name`, which need not end there. */
int syscall_find(const char *name, size_t length);
/* All calls of a group; NULL where there is none of that name. */
const struct syscall_set *syscall_group_find(const char *name);
