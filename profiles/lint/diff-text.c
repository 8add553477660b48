/* A unified diff of two texts of lines. Only the middle, between what both begin and end with, is compared line by line. */
#include "profiles/lint/fix.h"

#include "base/text.h"

#include <string.h>

#define CONTEXT 3
#define LARGEST (4 << 20) /* cells of the table; beyond that the middle is replaced as a whole */

struct line {
    const char *text;
    size_t length;
};
struct lines {
    SLICE(struct line) list;
};

static struct lines split(struct arena *arena, const char *text)
{
    struct lines lines = { 0 };
    while (*text) {
        size_t length = strcspn(text, "\n");
        *SLICE_PUSH(arena, &lines.list) = (struct line){ text, length };
        text += length + (text[length] == '\n');
    }
    return lines;
}

static bool is_equal(const struct line *a, const struct line *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* ' ' both, '-' the old one, '+' the new one. */
struct step {
    char sign;
    const struct line *line;
};
struct script {
    SLICE(struct step) steps;
};

static void put(struct arena *arena, struct script *script, char sign, const struct line *line)
{
    *SLICE_PUSH(arena, &script->steps) = (struct step){ sign, line };
}

/* The longest common subsequence, by the table from the end. */
static void compare_middle(struct arena *arena, struct script *script, const struct line *a, size_t n, const struct line *b,
                           size_t m)
{
    size_t i = 0, k = 0;
    if (n && m && n * m <= LARGEST) {
        uint32_t *table = arena_alloc(arena, (n + 1) * (m + 1) * sizeof *table);
#define CELL(x, y) table[(x) * (m + 1) + (y)]
        for (size_t x = n; x-- > 0;)
            for (size_t y = m; y-- > 0;)
                CELL(x, y) = is_equal(&a[x], &b[y])             ? CELL(x + 1, y + 1) + 1
                             : CELL(x + 1, y) >= CELL(x, y + 1) ? CELL(x + 1, y)
                                                                : CELL(x, y + 1);
        while (i < n && k < m) {
            if (is_equal(&a[i], &b[k])) {
                put(arena, script, ' ', &a[i++]);
                k++;
            } else if (CELL(i + 1, k) >= CELL(i, k + 1)) {
                put(arena, script, '-', &a[i++]);
            } else {
                put(arena, script, '+', &b[k++]);
            }
        }
#undef CELL
    }
    while (i < n)
        put(arena, script, '-', &a[i++]);
    while (k < m)
        put(arena, script, '+', &b[k++]);
}

static struct script compare(struct arena *arena, const struct lines *a, const struct lines *b)
{
    struct script script = { 0 };
    size_t n = a->list.count, m = b->list.count, head = 0, tail = 0;
    while (head < n && head < m && is_equal(&a->list.items[head], &b->list.items[head]))
        put(arena, &script, ' ', &a->list.items[head++]);
    while (tail < n - head && tail < m - head && is_equal(&a->list.items[n - 1 - tail], &b->list.items[m - 1 - tail]))
        tail++;
    compare_middle(arena, &script, a->list.items + head, n - head - tail, b->list.items + head, m - head - tail);
    for (; tail; tail--)
        put(arena, &script, ' ', &a->list.items[n - tail]);
    return script;
}

/* From `first`, the end of one hunk: changes that are no further apart than their contexts belong together. */
static size_t hunk_end(const struct script *script, size_t first)
{
    size_t last = first, i = first;
    for (; i < script->steps.count && i <= last + 2 * CONTEXT; i++)
        if (script->steps.items[i].sign != ' ')
            last = i;
    return last + CONTEXT + 1 < script->steps.count ? last + CONTEXT + 1 : script->steps.count;
}

static void print_hunk(FILE *stream, const struct script *script, size_t from, size_t to, size_t old_line, size_t new_line)
{
    size_t old_count = 0, new_count = 0;
    for (size_t i = from; i < to; i++) {
        old_count += script->steps.items[i].sign != '+';
        new_count += script->steps.items[i].sign != '-';
    }
    fprintf(stream, "@@ -%zu,%zu +%zu,%zu @@\n", old_count ? old_line : old_line - 1, old_count,
            new_count ? new_line : new_line - 1, new_count);
    for (size_t i = from; i < to; i++) {
        fputc(script->steps.items[i].sign, stream);
        text_escape(stream, script->steps.items[i].line->text, script->steps.items[i].line->length);
        fputc('\n', stream);
    }
}

void fix_diff(FILE *stream, struct arena *arena, const char *file, const char *before, const char *after)
{
    if (strcmp(before, after) == 0)
        return;
    struct lines a = split(arena, before), b = split(arena, after);
    struct script script = compare(arena, &a, &b);
    const char *slash = *file == '/' ? "" : "/";
    fprintf(stream, "--- a%s", slash);
    text_escape(stream, file, strlen(file));
    fprintf(stream, "\n+++ b%s", slash);
    text_escape(stream, file, strlen(file));
    fputc('\n', stream);
    size_t old_line = 1, new_line = 1, done = 0;
    for (size_t i = 0; i < script.steps.count; i++) {
        if (script.steps.items[i].sign == ' ')
            continue;
        size_t from = i > done + CONTEXT ? i - CONTEXT : done, to = hunk_end(&script, i);
        for (; done < from; done++)
            old_line++, new_line++;
        print_hunk(stream, &script, from, to, old_line, new_line);
        for (; done < to; done++) {
            old_line += script.steps.items[done].sign != '+';
            new_line += script.steps.items[done].sign != '-';
        }
        i = to - 1;
    }
}
