/* Writes syscall-tables.c from the groups and libseccomp's numbers: runs at build time, on the machine that builds. Looked up
 * by name at every start, the numbers alone would cost more than half a millisecond. */
#include "base/arena.h"
#include "kernel/architectures.h"
#include "kernel/new-calls.h"
#include "plan/syscall-tables.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libseccomp gives these no number on x86, where they also exist behind socketcall and ipc. The filter refuses those two, so
 * the direct ones are what 32-bit programs have. */
static const struct {
    const char *name;
    int number;
} direct_x86[] = {
    { "socket", 359 },   { "socketpair", 360 }, { "bind", 361 },       { "connect", 362 },     { "listen", 363 },
    { "accept4", 364 },  { "getsockopt", 365 }, { "setsockopt", 366 }, { "getsockname", 367 }, { "getpeername", 368 },
    { "sendto", 369 },   { "sendmsg", 370 },    { "recvfrom", 371 },   { "recvmsg", 372 },     { "shutdown", 373 },
    { "semget", 393 },   { "semctl", 394 },     { "shmget", 395 },     { "shmctl", 396 },      { "shmat", 397 },
    { "shmdt", 398 },    { "msgget", 399 },     { "msgsnd", 400 },     { "msgrcv", 401 },      { "msgctl", 402 },
    { "recvmmsg", 337 }, { "sendmmsg", 345 },
};

static int64_t resolve(const struct architecture *architecture, const char *name)
{
    int number = seccomp_syscall_resolve_name_arch(architecture->library, name);
    if (number >= 0)
        return number;
    if (architecture->library == SCMP_ARCH_X86)
        for (size_t i = 0; i < sizeof direct_x86 / sizeof direct_x86[0]; i++)
            if (strcmp(direct_x86[i].name, name) == 0)
                return direct_x86[i].number;
    for (size_t i = 0; i < NEW_CALLS; i++)
        if (strcmp(new_calls[i].name, name) == 0)
            return new_calls[i].number | (architecture->library == SCMP_ARCH_X32 ? 0x40000000 : 0);
    return -1;
}

/* The names, in order, each once. */
static SLICE(const char *) names;
static struct arena arena;

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static char *words_of(const struct syscall_group *group) { return arena_strdup(&arena, group->words); }

static void collect_names(void)
{
    for (size_t i = 0; i < syscall_group_count; i++) {
        char *rest = words_of(&syscall_groups[i]);
        for (char *word; (word = strsep(&rest, " "));)
            if (*word != '@' && *word != '-')
                *SLICE_PUSH(&arena, &names) = word;
    }
    qsort(names.items, names.count, sizeof *names.items, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < names.count; i++)
        if (kept == 0 || strcmp(names.items[kept - 1], names.items[i]) != 0)
            names.items[kept++] = names.items[i];
    names.count = kept;
}

static void fail(const char *what, const char *word)
{
    fprintf(stderr, "syscall-groups.c: %s '%s'\n", what, word);
    exit(EXIT_FAILURE);
}

static size_t index_of(const char *name)
{
    const char **found = bsearch(&name, names.items, names.count, sizeof *names.items, by_name);
    if (!found)
        fail("no group has the call that is taken out,", name);
    return (size_t)(found - names.items);
}

static void expand(const char *name, struct syscall_set *set);

static void apply(const char *word, struct syscall_set *set)
{
    struct syscall_set members = { 0 };
    bool take = *word == '-';
    word += take;
    if (*word == '@')
        expand(word, &members);
    else
        syscall_set_add(&members, (int)index_of(word));
    for (size_t i = 0; i < sizeof set->has; i++)
        set->has[i] = (unsigned char)(take ? set->has[i] & ~members.has[i] : set->has[i] | members.has[i]);
}

static void expand(const char *name, struct syscall_set *set)
{
    size_t group = 0;
    while (group < syscall_group_count && strcmp(syscall_groups[group].name, name) != 0)
        group++;
    if (group == syscall_group_count)
        fail("no group", name);
    char *rest = words_of(&syscall_groups[group]);
    for (char *word; (word = strsep(&rest, " "));)
        apply(word, set);
}

static void write_names(FILE *stream)
{
    fprintf(stream, "\nconst size_t syscall_count = %zu;\nconst char syscall_text[] =\n", names.count);
    for (size_t i = 0; i < names.count; i++)
        fprintf(stream, "    \"%s\\0\"\n", names.items[i]);
    fputs("    ;\nconst uint16_t syscall_offsets[] = {", stream);
    size_t offset = 0;
    for (size_t i = 0; i < names.count; offset += strlen(names.items[i++]) + 1)
        fprintf(stream, "%s%zu,", i % 16 ? " " : "\n    ", offset);
    fputs("\n};\n", stream);
}

static void write_groups(FILE *stream)
{
    fputs("\nconst struct syscall_set syscall_group_sets[] = {\n", stream);
    for (size_t i = 0; i < syscall_group_count; i++) {
        struct syscall_set set = { 0 };
        expand(syscall_groups[i].name, &set);
        fputs("    { {", stream);
        for (size_t byte = 0; byte < sizeof set.has; byte++)
            fprintf(stream, " %u,", set.has[byte]);
        fprintf(stream, " } }, /* %s */\n", syscall_groups[i].name);
    }
    fputs("};\n", stream);
}

static int by_number(const void *left, const void *right)
{
    const struct syscall_row *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static size_t write_rows(FILE *stream, const struct architecture *architecture)
{
    struct syscall_row rows[SYSCALLS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < names.count; i++) {
        int64_t number = resolve(architecture, names.items[i]);
        if (number >= 0)
            rows[count++] = (struct syscall_row){ (uint32_t)number, (uint16_t)i };
    }
    /* cppcheck-suppress uninitvar ; all that is sorted was written above */
    qsort(rows, count, sizeof *rows, by_number);
    fprintf(stream, "\nstatic const struct syscall_row %s[] = {", architecture->name);
    for (size_t i = 0; i < count; i++) {
        if (i && rows[i].number == rows[i - 1].number)
            fail("two names for one number, the second being", names.items[rows[i].call]);
        fprintf(stream, "%s{ %u, %u },", i % 8 ? " " : "\n    ", rows[i].number, rows[i].call);
    }
    fputs("\n};\n", stream);
    return count;
}

static void write_tables(FILE *stream)
{
    size_t counts[16] = { 0 };
    const char *host = architecture_find("native")->host;
    for (size_t i = 0; i < architecture_count; i++)
        if (strcmp(architectures[i].host, host) == 0)
            counts[i] = write_rows(stream, &architectures[i]);
    fputs("\nconst struct syscall_table syscall_tables[] = {\n", stream);
    for (size_t i = 0; i < architecture_count; i++)
        if (strcmp(architectures[i].host, host) == 0)
            fprintf(stream, "    { \"%s\", %s, %zu },\n", architectures[i].name, architectures[i].name, counts[i]);
    fputs("    { NULL, NULL, 0 },\n};\n", stream);
}

int main(int argc, char **argv)
{
    FILE *stream = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!stream) {
        fputs("usage: make-syscall-tables FILE\n", stderr);
        return EXIT_FAILURE;
    }
    collect_names();
    if (names.count > SYSCALLS_MAX)
        fail("more calls than SYSCALLS_MAX has room for, at", names.items[SYSCALLS_MAX]);
    fputs("/* Made by make-syscall-tables.c. */\n#include \"plan/syscall-tables.h\"\n", stream);
    write_names(stream);
    write_groups(stream);
    write_tables(stream);
    arena_free(&arena);
    return fclose(stream) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
