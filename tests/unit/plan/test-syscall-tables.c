/* The groups as they are written, and the tables made of them. */
#include "plan/syscall-tables.h"

#include "base/arena.h"
#include "kernel/architectures.h"
#include "plan/plan-syscalls.h"
#include "plan/syscall-rules.h"
#include "tap.h"

#include <seccomp.h>
#include <stdlib.h>
#include <sys/syscall.h>

static struct arena arena;

static bool in_group(const char *group, const char *call)
{
    int index = syscall_find(call, strlen(call));
    return index >= 0 && syscall_set_has(syscall_group_find(group), index);
}

static void test_names(void)
{
    bool ordered = true, found = true;
    for (int i = 0; i < (int)syscall_count; i++) {
        ordered = ordered && (i == 0 || strcmp(syscall_name(i - 1), syscall_name(i)) < 0);
        found = found && syscall_find(syscall_name(i), strlen(syscall_name(i))) == i;
    }
    CHECK(ordered);
    CHECK(found);
    CHECK(syscall_find("mount:new", 5) == syscall_find("mount", 5) && syscall_find("moun", 4) < 0 &&
          syscall_find("mount2", 6) < 0);
    CHECK(syscall_find("", 0) < 0 && syscall_find("zzz", 3) < 0 && syscall_find("read", 4) != syscall_find("readv", 5));
}

/* Every call that libseccomp knows on an architecture of this machine is in a group, under its number. */
static void test_against_library(void)
{
    for (const struct syscall_table *table = syscall_tables; table->architecture; table++) {
        const struct architecture *architecture = architecture_find(table->architecture);
        bool complete = true, ascending = true;
        size_t row = 0;
        uint32_t base = strcmp(table->architecture, "x32") == 0 ? 0x40000000 : 0;
        for (uint32_t number = base; number < base + 1024; number++) {
            while (row < table->count && table->rows[row].number < number)
                row++;
            char *name = seccomp_syscall_resolve_num_arch(architecture->library, (int)number);
            if (name && (row == table->count || table->rows[row].number != number ||
                         strcmp(syscall_name(table->rows[row].call), name) != 0)) {
                printf("# %s: %s is %u\n", table->architecture, name, number);
                complete = false;
            }
            free(name);
        }
        for (size_t i = 1; i < table->count; i++)
            ascending = ascending && table->rows[i - 1].number < table->rows[i].number;
        CHECK_NAMED(complete && table->count > 300,
                    arena_printf(&arena, "%s: all that libseccomp knows, and its numbers", table->architecture));
        CHECK_NAMED(ascending, arena_printf(&arena, "%s: ascending", table->architecture));
    }
}

static void test_newer(void)
{
    static const struct {
        const char *name;
        uint32_t number;
    } newer[] = { { "cachestat", 451 },      { "fchmodat2", 452 },    { "statmount", 457 },      { "mseal", 462 },
                  { "open_tree_attr", 467 }, { "file_setattr", 469 }, { "openat2", SYS_openat2 } };
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++) {
        bool there = false;
        for (size_t row = 0; row < syscall_tables[0].count; row++)
            there |= syscall_tables[0].rows[row].number == newer[i].number &&
                     strcmp(syscall_name(syscall_tables[0].rows[row].call), newer[i].name) == 0;
        CHECK_NAMED(there, newer[i].name);
    }
}

static void test_groups(void)
{
    CHECK(in_group("@mount", "fsconfig") && in_group("@mount", "open_tree_attr") && !in_group("@mount", "read"));
    CHECK(in_group("@process", "clone3") && !in_group("@default", "clone3") && !in_group("@strict", "clone3"));
    CHECK(in_group("@ipc", "shmget") && in_group("@ipc", "mq_open")); /* groups of groups */
    CHECK(!in_group("@default", "move_pages") && in_group("@default", "mbind"));
    CHECK(!syscall_group_find("@nothing") && !syscall_group_find("mount"));
    for (size_t i = 0; i < syscall_group_count; i++)
        CHECK_NAMED(syscall_groups[i].name[0] == '@' && syscall_group_find(syscall_groups[i].name) &&
                        syscall_groups[i].meaning[0],
                    syscall_groups[i].name);
    for (size_t call = 0; call < syscall_count; call++)
        CHECK_NAMED(in_group("@swap", syscall_name((int)call)) == (strncmp(syscall_name((int)call), "swapo", 5) == 0),
                    syscall_name((int)call));
    for (size_t call = 0; call < syscall_count; call++)
        if (syscall_set_has(syscall_group_find("@strict"), (int)call) && !in_group("@default", syscall_name((int)call)))
            CHECK_NAMED(0, syscall_name((int)call)); /* strict opens nothing that default refuses */
}

/* The tables of conditions and capabilities name what exists: the code relies on it. */
static bool exists(const char *word)
{
    for (size_t i = 0; i < syscall_opening_count; i++)
        if (strcmp(syscall_openings[i].name, word) == 0)
            return true;
    return *word == '@' ? syscall_group_find(word) != NULL : syscall_find(word, strlen(word)) >= 0;
}

static bool all_known(const struct syscall_condition *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (syscall_find(rows[i].name, strcspn(rows[i].name, ":")) < 0)
            return false;
    return true;
}

static void test_rules(void)
{
    CHECK(all_known(syscall_prohibitions, syscall_prohibition_count) && all_known(syscall_guards, syscall_guard_count));
    CHECK(all_known(syscall_openings, syscall_opening_count));
    CHECK(all_known(syscall_port_closings, syscall_port_closing_count));
    CHECK(all_known(syscall_core_closings, syscall_core_closing_count));
    CHECK(all_known(syscall_signal_closings, syscall_signal_closing_count));
    for (size_t i = 0; i < capability_calls_count; i++) {
        char *rest = arena_strdup(&arena, capability_calls[i].words);
        for (const char *word; (word = strsep(&rest, " "));)
            if (*word)
                CHECK_NAMED(exists(word), word);
    }
    CHECK(syscall_argument_mask("ioctl", 1) == 0xffffffff && syscall_argument_mask("ioctl", 2) == UINT64_MAX);
    CHECK(syscall_argument_mask("fchmod", 1) == 0xffff && syscall_argument_mask("read", 2) == UINT64_MAX);
    CHECK(syscall_argument_mask("mount", 3) == UINT64_MAX && syscall_argument_mask("ctl", 0) == UINT64_MAX);
    CHECK(syscall_argument_mask("accept", 0) == 0xffffffff && syscall_argument_mask("writev", 0) == 0xffffffff);
}

int main(void)
{
    test_names();
    test_against_library();
    test_newer();
    test_groups();
    test_rules();
    arena_free(&arena);
    return tap_done();
}
