/* Built and run at build time: copies the hand-written head of the manual, then appends the reference of keys and of the names
 * that some of them take. */
#include "plan/allow.h"
#include "plan/syscall-groups.h"
#include "profiles/profile.h"

#include <stdio.h>

static void print_name(FILE *stream, const char *name, const char *meaning)
{
    fputs("*", stream);
    profile_reference_text(stream, name);
    fputs("*\n\t", stream);
    profile_reference_text(stream, meaning);
    fputs("\n\n", stream);
}

static void print_switches(FILE *stream)
{
    fputs("# SWITCHES\n\nWhat each of _privileges.allow_ opens; one that is not available yet is named there:\n\n", stream);
    for (size_t i = 0; i < ALLOW_COUNT; i++)
        print_name(stream, allow_names[i], allow_bundles[i].reason);
}

static void print_groups(FILE *stream)
{
    fputs("# SYSTEM CALLS\n\nThe groups that _syscalls.allow_ and _syscalls.deny_ take beside the names of section 2 of the "
          "manual:\n\n",
          stream);
    for (size_t i = 0; i < syscall_group_count; i++)
        print_name(stream, syscall_groups[i].name, syscall_groups[i].meaning);
}

int main(int argc, char **argv)
{
    FILE *head = argc == 3 ? fopen(argv[1], "r") : NULL, *out = head ? fopen(argv[2], "w") : NULL;
    if (!out)
        return 1;
    for (int c; (c = getc(head)) != EOF;)
        putc(c, out);
    profile_reference(out);
    print_switches(out);
    print_groups(out);
    fclose(head);
    return fclose(out) ? 1 : 0;
}
