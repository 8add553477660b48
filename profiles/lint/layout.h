/* Where in the text of a file its values stand, byte by byte: for comments, which the tree does not hold, and for changing a
 * file without writing it anew. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define SPAN_NONE ((uint32_t)-1)

struct span {
    uint32_t start, end;         /* of the value; of a block collection, the end of the last value in it */
    uint32_t key, key_end;       /* of its key; SPAN_NONE where it is no entry of a map */
    uint32_t parent, next, last; /* indices; `last`: the last child */
    bool scalar, flow, list;
};

struct layout {
    const char *text;
    size_t length;
    SLICE(struct span) spans; /* parents before their children */
    bool broken;              /* the text is no YAML from some place on */
};

/* The whole of a regular file; NULL where it cannot be read or is larger than a profile. */
char *layout_read(struct arena *arena, const char *file, size_t *ret_length);
void layout_make(struct arena *arena, const char *text, size_t length, struct layout *ret);

/* The span whose value, or else whose key, begins at a line and column; SPAN_NONE. */
uint32_t layout_find(const struct layout *layout, int line, int column);
/* From a byte to a line and column, both from 1; columns are characters. */
void layout_place(const struct layout *layout, uint32_t byte, int *ret_line, int *ret_column);
bool layout_is_in_scalar(const struct layout *layout, uint32_t byte);
