#include "base/text.h"

#include "base/weak.h"

#include <string.h>

size_t text_utf8(const char *bytes, size_t length, uint32_t *ret_point)
{
    const unsigned char *text = (const unsigned char *)bytes;
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

    for (size_t n = 1; n <= 4 && n <= length; n++) {
        if ((text[0] & forms[n - 1].mask) != forms[n - 1].lead)
            continue;
        uint32_t point = text[0] & (unsigned char)~forms[n - 1].mask;
        for (size_t i = 1; i < n; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (text[i] & 0x3f);
        }
        if (point < forms[n - 1].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
        *ret_point = point;
        return n;
    }
    return 0;
}

/* The controls beyond ASCII, what ends lines, what turns the direction, and what Unicode lets be shown as nothing
 * (Default_Ignorable_Code_Point). */
bool text_is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x80, 0x9f },       { 0xad, 0xad },       { 0x34f, 0x34f },     { 0x61c, 0x61c },   { 0x115f, 0x1160 },
        { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e }, { 0x2060, 0x206f },
        { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
        { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && point >= ranges[i].first; i++)
        if (point <= ranges[i].last)
            return true;
    return false;
}

void text_escape_point(FILE *stream, uint32_t point)
{
    fprintf(stream, point > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)point);
}

void text_escape(FILE *stream, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        uint32_t point = 0;
        size_t n = text_utf8(text + i, length - i, &point);
        if (weak("escape")) {
            putc(text[i], stream);
            n = 1;
        } else if (n == 0) {
            fprintf(stream, "\\x%02x", bytes[i]);
            n = 1;
        } else if (point == '\n') {
            fputs("\\n", stream);
        } else if (point == '\t') {
            fputs("\\t", stream);
        } else if (point < 0x20 || point == 0x7f) {
            fprintf(stream, "\\x%02x", (unsigned)point);
        } else if (text_is_deceptive(point)) {
            text_escape_point(stream, point);
        } else {
            fwrite(text + i, 1, n, stream);
        }
        i += n;
    }
}

#define LONGEST_WORD 64

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each count one. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST_WORD || m > LONGEST_WORD)
        return SIZE_MAX;
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t least = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < least)
                least = above[j] + 1;
            if (row[j - 1] + 1 < least)
                least = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            row[j] = least;
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[m];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(word) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);
        if (d < least + (nearest ? 0 : 1) && d < strlen(word)) {
            least = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

/* Reads decimal digits without a needless leading zero; returns what follows, or NULL. */
static const char *digits(const char *text, uint64_t *ret_number)
{
    const char *p = text;
    uint64_t number = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return NULL;
        number = number * 10 + digit;
    }
    if (p == text || (text[0] == '0' && p - text > 1))
        return NULL;
    *ret_number = number;
    return p;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool with_unit(const char *text, const struct unit *units, size_t count, uint64_t *ret_value)
{
    uint64_t number;
    const char *rest = digits(text, &number);
    if (!rest)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rest, units[i].name) == 0 && number <= UINT64_MAX / units[i].factor) {
            *ret_value = number * units[i].factor;
            return true;
        }
    }
    return false;
}

bool text_size(const char *text, uint64_t *ret_bytes)
{
    static const struct unit units[] = { { "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { "T", 1ULL << 40 } };
    return with_unit(text, units, sizeof units / sizeof *units, ret_bytes);
}

bool text_duration(const char *text, uint64_t *ret_milliseconds)
{
    static const struct unit units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    if (strcmp(text, "0") == 0) {
        *ret_milliseconds = 0;
        return true;
    }
    uint64_t milliseconds;
    /* What is reckoned with it, in nanoseconds or as a time to come, must have room. */
    if (!with_unit(text, units, sizeof units / sizeof *units, &milliseconds) || milliseconds > INT64_MAX / 1000000)
        return false;
    *ret_milliseconds = milliseconds;
    return true;
}

bool text_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number;
    const char *rest = digits(text, &number);
    if (!rest || *rest || (number > max && !weak("overflow")))
        return false;
    *ret_number = number;
    return true;
}

bool text_mode(const char *text, unsigned *ret_mode)
{
    unsigned mode = 0;
    size_t n = strlen(text);
    if (n == 0 || n > 5)
        return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '7')
            return false;
        mode = mode * 8 + (unsigned)(*p - '0');
    }
    if (mode > 07777)
        return false;
    *ret_mode = mode;
    return true;
}
