/* What the fuzz targets share. A target is libFuzzer's one function, called with input after input: a finding is a crash, what
 * a sanitizer reports, a leak, or a PROMISE of the code under test that does not hold. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
static inline _Noreturn void fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: a promise is broken: %s\n", file, line, promise);
    abort();
}

/* What is printed is made, escaped and thrown away. */
static inline FILE *fuzz_nowhere(void)
{
    static FILE *stream;
    if (!stream)
        stream = fopen("/dev/null", "we");
    return stream;
}

/* Reports that there is an error with a sentence, as its reader would see it, and frees it. */
static inline void fuzz_print(struct errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        PROMISE(error_is_set(&errors->items[i]));
    errors_print(fuzz_nowhere(), errors, "error");
    errors_fini(errors);
}

/* A folder of this process's own below $TMPDIR, for what is read from a file. */
static char fuzz_folder_path[4096];

static inline void fuzz_folder_remove(void)
{
    static const char *const names[] = { "/etc/passwd", "/etc/group", "/fuzz.yaml" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[sizeof fuzz_folder_path + 16];
        snprintf(path, sizeof path, "%s%s", fuzz_folder_path, names[i]);
        unlink(path);
    }
    char etc[sizeof fuzz_folder_path + 16];
    snprintf(etc, sizeof etc, "%s/etc", fuzz_folder_path);
    rmdir(etc);
    rmdir(fuzz_folder_path);
}

static inline const char *fuzz_folder(void)
{
    if (fuzz_folder_path[0])
        return fuzz_folder_path;
    const char *top = getenv("TMPDIR");
    snprintf(fuzz_folder_path, sizeof fuzz_folder_path, "%s/cordon-fuzz.XXXXXX", top ? top : "/tmp");
    PROMISE(mkdtemp(fuzz_folder_path));
    atexit(fuzz_folder_remove);
    return fuzz_folder_path;
}

static inline void fuzz_write(int folder, const char *name, const void *bytes, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    PROMISE(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}
