#include "profiles/lint/layout.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "profiles/yaml.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

char *layout_read(struct arena *arena, const char *file, size_t *ret_length)
{
    struct stat st;
    return file_read_regular(arena, AT_FDCWD, file, 0, YAML_LARGEST, &st, ret_length);
}

/* --- making it ---------------------------------------------------------------------------------------------------- */

/* libyaml counts characters. Marks only go forward, so the way from the last one is walked. */
struct maker {
    struct arena *arena;
    struct layout *layout;
    yaml_parser_t parser;
    size_t index, byte;
    uint32_t parent, depth, key, key_end; /* where the next value hangs; the key that was read for it */
    bool in_map, have_key;
};

static uint32_t byte_of(struct maker *maker, yaml_mark_t mark)
{
    const struct layout *layout = maker->layout;
    if (mark.index < maker->index)
        maker->index = maker->byte = 0;
    while (maker->index < mark.index && maker->byte < layout->length) {
        do
            maker->byte++;
        while (maker->byte < layout->length && ((unsigned char)layout->text[maker->byte] & 0xc0) == 0x80);
        maker->index++;
    }
    return (uint32_t)maker->byte;
}

static struct span *span_at(struct maker *maker, uint32_t index) { return &maker->layout->spans.items[index]; }

static uint32_t add(struct maker *maker, const yaml_event_t *event, bool scalar, bool flow, bool list)
{
    uint32_t index = (uint32_t)maker->layout->spans.count, parent = maker->parent;
    struct span span = { .parent = parent, .next = SPAN_NONE, .last = SPAN_NONE, .scalar = scalar, .flow = flow, .list = list };
    span.start = byte_of(maker, event->start_mark);
    span.end = byte_of(maker, event->end_mark);
    span.key = maker->have_key ? maker->key : SPAN_NONE;
    span.key_end = maker->have_key ? maker->key_end : SPAN_NONE;
    *SLICE_PUSH(maker->arena, &maker->layout->spans) = span;
    if (parent != SPAN_NONE) {
        uint32_t before = span_at(maker, parent)->last;
        if (before != SPAN_NONE)
            span_at(maker, before)->next = index;
        span_at(maker, parent)->last = index;
    }
    maker->have_key = false;
    return index;
}

/* A collection ends where its bracket does, or, as a block, with the last value in it: libyaml's own end of a block lies behind
 * the comments that follow. */
static void close_collection(struct maker *maker, const yaml_event_t *event)
{
    struct span *span = span_at(maker, maker->parent);
    if (span->flow)
        span->end = byte_of(maker, event->end_mark);
    else if (span->last != SPAN_NONE)
        span->end = span_at(maker, span->last)->end;
    maker->parent = span->parent;
}

static bool waits_for_key(struct maker *maker)
{
    return maker->parent != SPAN_NONE && !span_at(maker, maker->parent)->list && !maker->have_key;
}

static void take(struct maker *maker, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        if (waits_for_key(maker)) {
            maker->key = byte_of(maker, event->start_mark);
            maker->key_end = byte_of(maker, event->end_mark);
            maker->have_key = true;
        } else {
            add(maker, event, true, false, false);
        }
        break;
    case YAML_SEQUENCE_START_EVENT:
        maker->parent = add(maker, event, false, event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, true);
        break;
    case YAML_MAPPING_START_EVENT:
        maker->parent = add(maker, event, false, event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, false);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_collection(maker, event);
        break;
    default:
        break;
    }
}

void layout_make(struct arena *arena, const char *text, size_t length, struct layout *ret)
{
    struct maker maker = { .arena = arena, .layout = ret, .parent = SPAN_NONE };
    *ret = (struct layout){ .text = text, .length = length };
    if (!yaml_parser_initialize(&maker.parser))
        return;
    yaml_parser_set_input_string(&maker.parser, (const unsigned char *)text, length);
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&maker.parser, &event)) {
            ret->broken = true;
            break;
        }
        /* Nothing that this language takes is deeper or longer, and what is odd about keys the reader has refused. */
        bool odd = event.type == YAML_ALIAS_EVENT || ret->spans.count > YAML_MOST_NODES ||
                   ((event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT) &&
                    (waits_for_key(&maker) || ++maker.depth > YAML_MOST_NODES));
        ret->broken = ret->broken || odd;
        end = odd || event.type == YAML_STREAM_END_EVENT;
        if (!odd)
            take(&maker, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&maker.parser);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool byte_at(const struct layout *layout, int line, int column, uint32_t *ret)
{
    size_t byte = 0;
    for (int i = 1; i < line; i++) {
        const char *end = memchr(layout->text + byte, '\n', layout->length - byte);
        if (!end)
            return false;
        byte = (size_t)(end - layout->text) + 1;
    }
    for (int i = 1; i < column && byte < layout->length; i++)
        do
            byte++;
        while (byte < layout->length && ((unsigned char)layout->text[byte] & 0xc0) == 0x80);
    *ret = (uint32_t)byte;
    return true;
}

uint32_t layout_find(const struct layout *layout, int line, int column)
{
    uint32_t byte, by_key = SPAN_NONE;
    if (line < 1 || !byte_at(layout, line, column, &byte))
        return SPAN_NONE;
    for (uint32_t i = 0; i < layout->spans.count; i++) {
        if (layout->spans.items[i].start == byte && i > 0)
            return i;
        if (layout->spans.items[i].key == byte)
            by_key = i;
    }
    return by_key;
}

void layout_place(const struct layout *layout, uint32_t byte, int *ret_line, int *ret_column)
{
    *ret_line = *ret_column = 1;
    for (uint32_t i = 0; i < byte && i < layout->length; i++) {
        if (layout->text[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        } else if (((unsigned char)layout->text[i] & 0xc0) != 0x80) {
            ++*ret_column;
        }
    }
}

bool layout_is_in_scalar(const struct layout *layout, uint32_t byte)
{
    for (size_t i = 0; i < layout->spans.count; i++) {
        const struct span *span = &layout->spans.items[i];
        if (span->scalar && span->start <= byte && byte < span->end)
            return true;
    }
    return false;
}
