/* Scope-exit ownership: what a declaration marks is released when its scope ends, unless it is taken out first. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void cleanup_free(void *pointer) { free(*(void **)pointer); }
static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
static inline void cleanup_fclose(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

/* Hands a descriptor over to whoever outlives this scope. */
static inline int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

#define AUTO_FREE CLEANUP(cleanup_free)
#define AUTO_CLOSE CLEANUP(cleanup_close)
#define AUTO_FCLOSE CLEANUP(cleanup_fclose)
