/* Memory that is released all at once. A spec and a plan live exactly as long as the command that made them, so neither
 * has fields to free one by one. Running out of memory ends the process (status 125): nothing in a launcher could go on. */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_block *head; /* newest first; NULL is an empty arena */
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
void arena_free(struct arena *arena);

/* A growable array inside an arena: `SLICE(struct thing) things;` and `*SLICE_PUSH(arena, &things) = thing;`. */
#define SLICE(type)                                                                                                            \
    struct {                                                                                                                   \
        type *items;                                                                                                           \
        size_t count, room;                                                                                                    \
    }
#define SLICE_PUSH(arena, slice)                                                                                               \
    ((__typeof__((slice)->items))slice_push((arena), (void **)&(slice)->items, &(slice)->count, &(slice)->room,                \
                                            sizeof *(slice)->items))
void *slice_push(struct arena *arena, void **items, size_t *count, size_t *room, size_t size);

struct strings {
    char **items;
    size_t count, room;
};
