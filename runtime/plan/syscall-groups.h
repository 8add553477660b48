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

/* Every call that some group names has an index below this: what is in no group is unknown, and does not exist for a program. */
#define SYSCALLS_MAX 768
struct syscall_set {
    unsigned char has[SYSCALLS_MAX / 8];
};
static inline bool syscall_set_has(const struct syscall_set *set, int call) { return set->has[call / 8] >> (call % 8) & 1; }

size_t syscall_count(void);
const char *syscall_name(int call);
/* The index of a call of `length` characters, or -1. */
int syscall_find(const char *name, size_t length);
/* All calls of a group. False where there is none of that name. */
bool syscall_group_expand(const char *name, struct syscall_set *ret);
