#include "base/json.h"

#include "base/text.h"

#include <string.h>

/* Of what is beyond the first 65536, the two halves. */
static void put_escaped(FILE *stream, uint32_t point)
{
    if (point > 0xffff)
        fprintf(stream, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
    else
        fprintf(stream, "\\u%04x", point);
}

static void put_point(FILE *stream, uint32_t point, const char *bytes, size_t length)
{
    if (point == '"' || point == '\\')
        fprintf(stream, "\\%c", (int)point);
    else if (point < 0x20 || point == 0x7f || text_is_deceptive(point))
        put_escaped(stream, point);
    else
        fwrite(bytes, 1, length, stream);
}

/* Most texts are plain to their end, and go out in one piece. */
static size_t plain_length(const char *text)
{
    size_t length = 0;
    for (unsigned char c; (c = (unsigned char)text[length]) >= 0x20 && c < 0x7f && c != '"' && c != '\\';)
        length++;
    return length;
}

void json_print(FILE *stream, const char *text)
{
    uint32_t point = 0;
    for (size_t n; *text; text += n) {
        n = text_utf8(text, strnlen(text, 4), &point);
        if (n > 1 && !text_is_deceptive(point))
            fwrite(text, 1, n, stream);
        else if (n > 1 || !n)
            put_escaped(stream, n ? point : (unsigned char)*text);
        else
            putc(*text, stream);
        n += !n;
    }
    putc('\n', stream);
}

void json_text(FILE *stream, const char *text)
{
    if (!text) {
        fputs("null", stream);
        return;
    }
    fputc_unlocked('"', stream);
    while (*text) {
        size_t plain = plain_length(text), n = 0;
        uint32_t point = 0;
        fwrite_unlocked(text, 1, plain, stream);
        text += plain;
        if (!*text)
            break;
        if ((n = text_utf8(text, strnlen(text, 4), &point)))
            put_point(stream, point, text, n);
        else
            fprintf(stream, "\\u%04x", (unsigned char)*text);
        text += n ? n : 1;
    }
    fputc_unlocked('"', stream);
}

void json_key(FILE *stream, bool first, const char *key)
{
    fputs(first ? "" : ",", stream);
    json_text(stream, key);
    fputc(':', stream);
}

static void put_scalar(FILE *stream, const struct node *node)
{
    uint64_t number;
    bool truth = strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0;
    if (node->null)
        fputs("null", stream);
    else if (!node->quoted && (truth || text_number(node->text, INT64_MAX, &number)))
        fputs(node->text, stream);
    else
        json_text(stream, node->text);
}

void json_node(FILE *stream, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        put_scalar(stream, node);
        return;
    }
    bool map = node->kind == NODE_MAP;
    fputc(map ? '{' : '[', stream);
    for (size_t i = 0; i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        if (map)
            json_key(stream, i == 0, child->key);
        else
            fputs(i ? "," : "", stream);
        json_node(stream, child);
    }
    fputc(map ? '}' : ']', stream);
}
