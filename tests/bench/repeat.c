/* repeat ROUNDS NAME COMMAND ARG… [: NAME COMMAND ARG…]…
 * Starts each command once a round, in an order shuffled anew each time, and prints `NAME MEDIAN` in microseconds from before
 * the spawn to the end. Interleaved, so that a slow minute of the machine hits all alike: only ratios within one run mean
 * something. */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { COMMANDS_MAX = 16, WARM_UP = 3 };

struct command {
    const char *name;
    char **argv;
    double *times;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double time_once(const struct command *command)
{
    pid_t pid;
    int status;
    double start = now();
    if (posix_spawnp(&pid, command->argv[0], NULL, NULL, command->argv, environ) != 0 || waitpid(pid, &status, 0) < 0 ||
        status != 0) {
        fprintf(stderr, "repeat: %s did not end well\n", command->name);
        exit(1);
    }
    return now() - start;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static size_t split(int argc, char **argv, struct command *commands)
{
    size_t count = 0;
    for (int i = 2; i < argc && count < COMMANDS_MAX; i++) {
        commands[count++] = (struct command){ .name = argv[i], .argv = argv + i + 1 };
        while (i < argc && strcmp(argv[i], ":") != 0)
            i++;
        if (i < argc)
            argv[i] = NULL;
    }
    return count;
}

int main(int argc, char **argv)
{
    struct command commands[COMMANDS_MAX];
    size_t count = split(argc, argv, commands), order[COMMANDS_MAX];
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds <= 0 || count == 0)
        return fputs("usage: repeat ROUNDS NAME COMMAND ARG... [: NAME COMMAND ARG...]...\n", stderr), 2;
    for (size_t i = 0; i < count; i++) {
        commands[i].times = calloc((size_t)rounds, sizeof(double));
        order[i] = i;
        for (int warm = 0; warm < WARM_UP; warm++)
            time_once(&commands[i]);
    }
    for (long round = 0; round < rounds; round++) {
        for (size_t i = count - 1; i > 0; i--) {
            size_t other = (size_t)random() % (i + 1), kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        for (size_t i = 0; i < count; i++)
            commands[order[i]].times[round] = time_once(&commands[order[i]]);
    }
    for (size_t i = 0; i < count; i++) {
        qsort(commands[i].times, (size_t)rounds, sizeof(double), compare);
        printf("%s %.1f\n", commands[i].name, commands[i].times[rounds / 2]);
    }
    return 0;
}
