/* Writes builtin-filters.c: runs at build time, on the machine that builds. */
#include "kernel/filter-program.h"
#include "plan/syscall-policy.h"

#include <stdlib.h>

static int write_filter(FILE *stream, const char *name, enum syscall_base base)
{
    struct arena arena = { 0 };
    struct spec *spec = spec_new(&arena);
    struct filter_policy policy;
    struct filter filter;
    struct error err = { 0 };
    spec->syscalls.base = base;
    if (syscall_policy_make(spec, &policy, &err) < 0 || filter_program_make(&arena, &policy, &filter, &err) < 0) {
        error_print(stderr, &err, "error");
        return -1;
    }
    fprintf(stream, "\nstatic const struct sock_filter %s_code[] = {\n", name);
    for (size_t i = 0; i < filter.count; i++)
        fprintf(stream, "    { 0x%02x, %u, %u, 0x%08x },\n", filter.code[i].code, filter.code[i].jt, filter.code[i].jf,
                filter.code[i].k);
    fprintf(stream, "};\nconst struct filter builtin_filter_%s = { %s_code, %zu };\n", name, name, filter.count);
    arena_free(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *stream = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!stream) {
        fputs("usage: make-filters FILE\n", stderr);
        return EXIT_FAILURE;
    }
    fputs("/* Made by make-filters.c. */\n#include \"plan/builtin-filters.h\"\n", stream);
    if (write_filter(stream, "default", SYSCALLS_DEFAULT) < 0 || write_filter(stream, "strict", SYSCALLS_STRICT) < 0)
        return EXIT_FAILURE;
    return fclose(stream) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
