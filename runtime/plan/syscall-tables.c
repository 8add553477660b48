#include "plan/syscall-tables.h"

#include <string.h>

const char *syscall_name(int call) { return syscall_text + syscall_offsets[call]; }

int syscall_find(const char *name, size_t length)
{
    int low = 0, high = (int)syscall_count - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        int order = strncmp(syscall_name(middle), name, length);
        if (order == 0 && syscall_name(middle)[length])
            order = 1; /* the name goes on: it comes after its own beginning */
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}

const struct syscall_set *syscall_group_find(const char *name)
{
    for (size_t i = 0; i < syscall_group_count; i++)
        if (strcmp(syscall_groups[i].name, name) == 0)
            return &syscall_group_sets[i];
    return NULL;
}
