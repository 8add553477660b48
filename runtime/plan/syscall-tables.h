/* What make-syscall-tables.c makes of the groups: every known call by index, in the order of their names. */
#pragma once
#include "plan/syscall-groups.h"

#include <stdint.h>

extern const char syscall_text[];                     /* the names, each with its NUL */
extern const uint16_t syscall_offsets[];              /* of each in syscall_text */
extern const struct syscall_set syscall_group_sets[]; /* beside syscall_groups */

struct syscall_row {
    uint32_t number;
    uint16_t call;
};
/* One for each architecture whose programs run on this machine, rows by number; ends with a NULL. */
struct syscall_table {
    const char *architecture;
    const struct syscall_row *rows;
    size_t count;
};
extern const struct syscall_table syscall_tables[];
