#include "base/file.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char *reading(const char *path, size_t limit, struct arena *arena)
{
    errno = 0;
    return file_read_small(AT_FDCWD, path, limit, arena);
}

int main(void)
{
    struct arena arena = { 0 };
    char path[] = "/tmp/cordon-test-file-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "a text\n", 7) == 7);
    CHECK_TEXT(reading(path, 64, &arena), "a text\n");
    CHECK_TEXT(reading(path, 3, &arena), "a t");
    close(fd);
    unlink(path);

    CHECK_TEXT(reading(path, 64, &arena), NULL);
    CHECK(errno == ENOENT);
    CHECK_TEXT(reading("/tmp", 64, &arena), NULL);
    CHECK(errno == EISDIR);
    CHECK_TEXT(reading("/dev/null", 64, &arena), NULL);
    CHECK(errno == EINVAL);
    /* It opens, and nothing is mapped at its beginning: what could be read until then is not the whole. */
    CHECK_TEXT(reading("/proc/self/mem", 64, &arena), NULL);
    CHECK(errno == EIO);
    arena_free(&arena);
    return tap_done();
}
