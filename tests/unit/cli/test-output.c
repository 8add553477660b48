#include "cli/output.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const columns[] = { "name", "path", "hidden" };

/* What `format` prints of two rows, or its error; in a child, because the table goes to standard output. */
static char *printed(struct arena *arena, const char *format, int *ret_status)
{
    int pipe_fds[2];
    if (pipe(pipe_fds) < 0)
        return NULL;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct output_table table = { .columns = columns, .column_count = 3 };
        static const struct output_cell cells[] = {
            { .text = "ä" },      { .text = "/x\033[31m" }, { .is_bool = true, .truth = true },
            { .text = "longer" }, { .text = NULL },         { .is_bool = true }
        };
        struct error err = { 0 };
        dup2(pipe_fds[1], 1);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
            *SLICE_PUSH(arena, &table.cells) = cells[i];
        int result = output_table(&table, format, &err);
        if (result < 0)
            puts(err.message);
        output_close(&err);
        _exit(result < 0);
    }
    close(pipe_fds[1]);
    char *text = arena_alloc(arena, 4096);
    size_t length = 0;
    for (ssize_t n; (n = read(pipe_fds[0], text + length, 4095 - length)) > 0;)
        length += (size_t)n;
    close(pipe_fds[0]);
    waitpid(pid, ret_status, 0);
    return text;
}

/* Unbuffered, the write fails before the end and nothing is left for it: only the stream remembers. */
static int close_status(const char *path, int flags, int buffering)
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct error err = { 0 };
        int fd = open(path, flags);
        dup2(fd, 1);
        setvbuf(stdout, NULL, buffering, BUFSIZ);
        puts("something");
        _exit(output_close(&err) < 0 && strstr(err.message, "write to standard output: ") ? 1 : 0);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

int main(void)
{
    struct arena arena = { 0 };
    int status;
    CHECK_TEXT(printed(&arena, NULL, &status), "NAME    PATH        HIDDEN\n"
                                               "ä       /x\\x1b[31m  yes\n"
                                               "longer  -           no\n");
    CHECK_TEXT(printed(&arena, "hidden,name", &status), "yes\tä\nno\tlonger\n");
    CHECK_TEXT(printed(&arena, "name,nope", &status), "--format: 'nope' is neither table, json nor a field\n");
    CHECK(WEXITSTATUS(status) == 1);
    const char *json = printed(&arena, "json", &status);
    CHECK(strstr(json, "\"hidden\":true") && strstr(json, "\"path\":null") && strstr(json, "\"name\":\"ä\""));

    enum level level;
    struct error err = { 0 };
    CHECK(output_level(NULL, &level, &err) == 0 && level == LEVEL_WARNING);
    CHECK(output_level("error", &level, &err) == 0 && level == LEVEL_ERROR);
    CHECK(output_level("loud", &level, &err) < 0);
    error_fini(&err);

    CHECK(close_status("/dev/full", O_WRONLY, _IOFBF) == 1);
    CHECK(close_status("/dev/full", O_WRONLY, _IONBF) == 1);
    CHECK(close_status("/dev/null", O_RDONLY, _IOFBF) == 1);
    CHECK(close_status("/dev/null", O_WRONLY, _IOFBF) == 0);
    arena_free(&arena);
    return tap_done();
}
