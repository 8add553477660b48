/* Built and run at build time: copies the hand-written head of the manual, then appends the reference of keys. */
#include "profiles/profile.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *head = argc == 3 ? fopen(argv[1], "r") : NULL, *out = head ? fopen(argv[2], "w") : NULL;
    if (!out)
        return 1;
    for (int c; (c = getc(head)) != EOF;)
        putc(c, out);
    profile_reference(out);
    fclose(head);
    return fclose(out) ? 1 : 0;
}
