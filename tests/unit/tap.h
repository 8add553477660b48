/* A test program in C: `int main(void) { CHECK(…); return tap_done(); }`. Each CHECK is one line of TAP. */
#pragma once
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline int tap_check(int passed, const char *what, const char *file, int line)
{
    tap_count++;
    if (!passed)
        tap_failed++;
    printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, what);
    if (!passed)
        printf("# at %s:%d\n", file, line);
    return passed;
}
#define CHECK(condition) tap_check(!!(condition), #condition, __FILE__, __LINE__)
#define CHECK_NAMED(condition, name) tap_check(!!(condition), (name), __FILE__, __LINE__)

static inline int tap_equal(const char *got, const char *wanted, const char *what, const char *file, int line)
{
    int passed = got && wanted ? strcmp(got, wanted) == 0 : got == wanted;
    tap_check(passed, what, file, line);
    if (!passed)
        printf("# got:    %s\n# wanted: %s\n", got ? got : "(null)", wanted ? wanted : "(null)");
    return passed;
}
#define CHECK_TEXT(got, wanted) tap_equal((got), (wanted), #got " is " #wanted, __FILE__, __LINE__)

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed ? 1 : 0;
}
