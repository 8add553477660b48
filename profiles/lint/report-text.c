/* Findings as compilers print theirs, and rules as a page to read. What comes from files is escaped (AC-42). */
#include "profiles/lint/report.h"

#include "base/text.h"

#include <string.h>

#define WIDTH 96

static const char severity_colors[SEVERITY_COUNT][8] = { "\033[36m", "\033[34m", "\033[33m", "\033[31m", "\033[1;31m" };

static void escaped(FILE *stream, const char *text) { text_escape(stream, text, strlen(text)); }

/* Colours where they are wanted. */
static const char *on(bool color, const char *code) { return color ? code : ""; }

/* Words in lines of at most WIDTH; the first continues a line that has `column` letters, the others begin with `indent`. */
static void wrap(FILE *stream, const char *text, size_t column, size_t indent)
{
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, " ");
        if (p != text && column + 1 + length > WIDTH) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (p != text) {
            fputc(' ', stream);
            column++;
        }
        text_escape(stream, p, length);
        column += length;
        p += length + strspn(p + length, " ");
    }
    fputc('\n', stream);
}

static void labelled(FILE *stream, const char *label, const char *text, bool color)
{
    if (!text)
        return;
    fprintf(stream, "  %s%s:%s ", on(color, "\033[1m"), label, on(color, "\033[0m"));
    wrap(stream, text, strlen(label) + 4, strlen(label) + 4);
}

static void print_place(FILE *stream, struct source at)
{
    escaped(stream, at.file ? at.file : "?");
    if (at.line)
        fprintf(stream, ":%d:%d", at.line, at.column);
}

static void print_head(FILE *stream, const struct finding *finding, bool color)
{
    fputs(on(color, "\033[1m"), stream);
    print_place(stream, finding->at);
    fprintf(stream, ": %s%s:%s ", on(color, severity_colors[finding->severity]), severity_names[finding->severity],
            on(color, "\033[0m"));
    if (finding->key) {
        escaped(stream, finding->key);
        fputs(": ", stream);
    }
    escaped(stream, finding->message);
    fprintf(stream, " %s[%s]%s\n", on(color, "\033[2m"), finding->rule, on(color, "\033[0m"));
}

static void print_finding(FILE *stream, const struct finding *finding, bool color)
{
    print_head(stream, finding, color);
    if (finding->at.line)
        error_print_place(stream, finding->at);
    if (finding->with_key) {
        fputs("  with: ", stream);
        escaped(stream, finding->with_key);
        fputs(" at ", stream);
        print_place(stream, finding->with);
        fputc('\n', stream);
    }
    for (size_t i = 0; i < finding->chain.count; i++) {
        fputs("  from: ", stream);
        escaped(stream, finding->chain.items[i]);
        fputc('\n', stream);
    }
    labelled(stream, "note", finding->reason, color);
    labelled(stream, "help", finding->remedy, color);
}

static void print_sum(FILE *stream, const struct lint *lint)
{
    size_t counts[SEVERITY_COUNT] = { 0 }, total = 0, suppressed = 0;
    for (size_t i = 0; i < lint->findings.count; i++) {
        bool kept = !lint->findings.items[i].suppressed;
        counts[lint->findings.items[i].severity] += kept;
        total += kept;
        suppressed += !kept;
    }
    if (!total && !suppressed)
        return;
    fprintf(stream, "%zu finding%s", total, total == 1 ? "" : "s");
    const char *between = ": ";
    for (int i = SEVERITY_COUNT; i-- > 0;) {
        if (!counts[i])
            continue;
        fprintf(stream, "%s%zu %s", between, counts[i], severity_names[i]);
        between = ", ";
    }
    if (suppressed)
        fprintf(stream, "%s%zu suppressed", total ? "; " : ", ", suppressed);
    if (total)
        fputs(". `cordon explain RULE` says more about one", stream);
    fputs("\n", stream);
}

int report_text_form(FILE *stream, const struct lint *lint, bool color)
{
    for (size_t i = 0; i < lint->findings.count; i++)
        if (!lint->findings.items[i].suppressed)
            print_finding(stream, &lint->findings.items[i], color);
    print_sum(stream, lint);
    return 0;
}

/* --- a rule ------------------------------------------------------------------------------------------------------- */

static void print_example(FILE *stream, const char *label, const char *text, bool color)
{
    if (!text)
        return;
    fprintf(stream, "\n%s%s%s\n", on(color, "\033[1m"), label, on(color, "\033[0m"));
    while (*text) {
        size_t length = strcspn(text, "\n");
        fprintf(stream, "    %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void report_rule(FILE *stream, const struct rule *rule, bool color)
{
    fprintf(stream, "%s%s%s: ", on(color, "\033[1m"), rule->id, on(color, "\033[0m"));
    wrap(stream, rule->title, strlen(rule->id) + 2, 4);
    fprintf(stream, "\nseverity %s, confidence %s, family %s\n", severity_names[rule->severity],
            confidence_names[rule->confidence], rule->family);
    fputs("see ", stream);
    wrap(stream, rule->refs, 4, 4);
    fputc('\n', stream);
    wrap(stream, rule->reason, 0, 0);
    labelled(stream, "help", rule->remedy, color);
    print_example(stream, "It fires on", rule->fires, color);
    print_example(stream, "and not on", rule->quiet, color);
}
