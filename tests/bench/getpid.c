/* getpid: nanoseconds of one getpid(2), the median of many short loops. Run bare and inside: the difference is the filter's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS = 201, CALLS = 20000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(void)
{
    static double times[LOOPS];
    for (int loop = 0; loop < LOOPS; loop++) {
        double start = now();
        for (int i = 0; i < CALLS; i++)
            syscall(SYS_getpid);
        times[loop] = (now() - start) / CALLS;
    }
    qsort(times, LOOPS, sizeof(times[0]), compare);
    printf("%.1f\n", times[LOOPS / 2]);
    return 0;
}
