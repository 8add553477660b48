#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 0 in builds with sanitizers: each piece is an allocation of its own then, so that what goes beyond its end is seen. */
#ifndef ARENA_BLOCK_SIZE
#define ARENA_BLOCK_SIZE 8192
#endif

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    max_align_t data[];
};

/* The first block of the first arena: most commands need no other. Not from malloc, which would write zeroes over what is zero,
 * page by page. */
static union {
    struct arena_block block;
    max_align_t room[32768 / sizeof(max_align_t)];
} first;

static void *must_calloc(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) {
        static const char text[] = "cordon: out of memory\n";
        ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
        (void)ignored;
        _exit(125);
    }
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);
    if (size > (size_t)1 << 40) /* never a real request; keeps the sums below from wrapping */
        abort();
    size = (size + align - 1) / align * align;
    if (ARENA_BLOCK_SIZE && !arena->head && !first.block.size) {
        first.block.size = sizeof first - sizeof first.block;
        arena->head = &first.block;
    }
    struct arena_block *block = arena->head;
    if (!block || block->size - block->used < size) {
        size_t room = size > ARENA_BLOCK_SIZE / 4 ? size : ARENA_BLOCK_SIZE;
        block = must_calloc(sizeof *block + room);
        block->size = room;
        /* A large block goes behind the current one, whose rest stays in use. */
        if (arena->head && room != ARENA_BLOCK_SIZE) {
            block->next = arena->head->next;
            arena->head->next = block;
        } else {
            block->next = arena->head;
            arena->head = block;
        }
    }
    void *memory = (char *)block->data + block->used;
    block->used += size;
    return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text) { return text ? arena_strndup(arena, text, strlen(text)) : NULL; }

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length >= 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void *slice_push(struct arena *arena, void **items, size_t *count, size_t *room, size_t size)
{
    if (*count == *room) {
        size_t wanted = *room ? *room * 2 : 8;
        void *grown = arena_alloc(arena, wanted * size);
        if (*count)
            memcpy(grown, *items, *count * size);
        *items = grown;
        *room = wanted;
    }
    return (char *)*items + (*count)++ * size;
}

void arena_free(struct arena *arena)
{
    while (arena->head) {
        struct arena_block *next = arena->head->next;
        if (arena->head != &first.block) /* which is not used again: it is no longer zero */
            free(arena->head);
        arena->head = next;
    }
}
