/* "# cordon-lint: allow RULE[, RULE…] [until YYYY-MM-DD]: REASON": at the end of a line, about what that line says; on a line
 * of its own, about the entry that begins below it, with all that is in that entry. Only what stands in a comment counts, and a
 * reason must be there. What is wrong with one, has expired, or meets nothing is itself a finding. */
#include "profiles/lint/catalogue.h"
#include "profiles/lint/layout.h"
#include "profiles/lint/subject.h"
#include "profiles/profile.h"

#include "base/text.h"

#include <string.h>

#define MARK "cordon-lint:"

struct suppression {
    const char *rule, *until, *reason;
    int line, column, first, last; /* where it is written, and which lines it is about */
    bool used;
};
struct suppressions {
    struct subject *s;
    const char *file;
    struct layout layout;
    bool own; /* the file is the profile that was asked for: only then what is wrong is said */
    SLICE(struct suppression) list;
};

static void complain(struct suppressions *all, rule_number rule, int line, int column, const char *message, const char *word)
{
    if (!all->own)
        return;
    struct finding *finding = report_text(all->s, rule, NULL, "%s%s%s", message, word ? " " : "", word ? word : "");
    finding->at = (struct source){ .file = all->file, .line = line, .column = column };
}

/* --- reading one -------------------------------------------------------------------------------------------------- */

static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

static const char *nearest(struct arena *arena, const char *id)
{
    const char **names = arena_alloc(arena, rule_count * sizeof *names);
    for (rule_number i = 0; i < rule_count; i++)
        names[i] = rule_get(i).id;
    return text_nearest(id, names, rule_count);
}

static bool is_known(struct suppressions *all, const char *id)
{
    return rule_find(id) != RULE_NONE || lint_config_has(all->s->lint->config, id);
}

/* "RULE, RULE until DATE" */
static void read_rules(struct suppressions *all, struct suppression form, char *words)
{
    struct arena *arena = all->s->arena;
    char *until = strstr(words, " until ");
    if (until) {
        *until = '\0';
        form.until = until + strlen(" until ");
        if (!is_date(form.until)) {
            complain(all, RULE_syntax_suppression, form.line, form.column,
                     "the day is not of the form YYYY-MM-DD:", form.until);
            return;
        }
    }
    for (char *id; (id = strsep(&words, ", "));) {
        if (!*id)
            continue;
        if (!is_known(all, id)) {
            const char *near = nearest(arena, id);
            complain(all, RULE_syntax_suppression, form.line, form.column, "there is no rule",
                     near ? arena_printf(arena, "'%s', did you mean '%s'?", id, near) : arena_printf(arena, "'%s'", id));
            continue;
        }
        form.rule = id;
        *SLICE_PUSH(arena, &all->list) = form;
    }
}

static void read_form(struct suppressions *all, struct suppression form, const char *text, size_t length)
{
    char *copy = arena_strndup(all->s->arena, text, length), *words = copy + strspn(copy, " "), *colon = strchr(words, ':');
    while (length && (copy[length - 1] == ' ' || copy[length - 1] == '\r'))
        copy[--length] = '\0';
    if (strncmp(words, "allow ", 6) != 0) {
        complain(all, RULE_syntax_suppression, form.line, form.column, "after cordon-lint: comes: allow RULE: REASON", NULL);
        return;
    }
    if (!colon || !colon[1 + strspn(colon + 1, " ")]) {
        complain(all, RULE_syntax_suppression, form.line, form.column, "a reason is missing: allow RULE: REASON", NULL);
        return;
    }
    *colon = '\0';
    form.reason = colon + 1 + strspn(colon + 1, " ");
    read_rules(all, form, words + 6);
}

/* --- the lines that it is about ----------------------------------------------------------------------------------- */

struct line {
    const char *text;
    size_t length;
    int number;
};

/* From none (all 0) to the first, and so on; false behind the last. */
static bool next_line(const struct layout *layout, struct line *line)
{
    const char *end = layout->text + layout->length, *start = line->text ? line->text + line->length + 1 : layout->text;
    if (!start || start >= end)
        return false;
    const char *stop = memchr(start, '\n', (size_t)(end - start));
    *line = (struct line){ start, (size_t)((stop ? stop : end) - start), line->number + 1 };
    return true;
}

static size_t indent_of(const struct line *line)
{
    size_t i = 0;
    while (i < line->length && line->text[i] == ' ')
        i++;
    return i;
}

static bool is_blank(const struct line *line)
{
    size_t i = indent_of(line);
    return i == line->length || line->text[i] == '#' || line->text[i] == '\r';
}

/* The entry that begins on the next line behind `line` which says something: up to where a line stands no deeper than it. */
struct entry_lines {
    int first, last;
};

static struct entry_lines find_below(const struct layout *layout, struct line line)
{
    bool more;
    while ((more = next_line(layout, &line)) && is_blank(&line))
        ;
    struct entry_lines found = { line.number + !more, line.number + !more };
    if (!more)
        return found;
    size_t indent = indent_of(&line);
    bool item = line.text[indent] == '-';
    while (next_line(layout, &line)) {
        size_t deep = indent_of(&line);
        if (is_blank(&line))
            continue;
        if (deep < indent ||
            (deep == indent && (item || line.text[deep] != '-'))) /* a list may begin in the column of its key */
            break;
        found.last = line.number;
    }
    return found;
}

static void find_all(struct suppressions *all)
{
    const struct layout *layout = &all->layout;
    struct entry_lines below = { 0 };
    for (struct line line = { 0 }; next_line(layout, &line);) {
        const char *mark = memmem(line.text, line.length, MARK, strlen(MARK));
        const char *hash = mark ? memrchr(line.text, '#', (size_t)(mark - line.text)) : NULL;
        if (!hash || hash + 1 + strspn(hash + 1, " ") != mark || (hash > line.text && hash[-1] != ' ' && hash[-1] != '\t') ||
            layout_is_in_scalar(layout, (uint32_t)(hash - layout->text)))
            continue;
        struct suppression form = {
            .line = line.number, .column = (int)(hash - line.text) + 1, .first = line.number, .last = line.number
        };
        if (is_blank(&line)) {
            if (below.first <= line.number) /* else another one right above is about the same entry */
                below = find_below(layout, line);
            form.last = below.last;
        }
        read_form(all, form, mark + strlen(MARK), (size_t)(line.text + line.length - mark) - strlen(MARK));
    }
}

/* --- applying them ------------------------------------------------------------------------------------------------ */

static bool has_expired(const struct suppression *form, const char *today)
{
    return form->until && strcmp(today, form->until) > 0;
}

static void apply(struct suppressions *all, struct finding *finding)
{
    if (finding->severity == SEVERITY_ERROR || !finding->at.file || strcmp(finding->at.file, all->file) != 0)
        return;
    for (size_t i = 0; i < all->list.count; i++) {
        struct suppression *form = &all->list.items[i];
        if (strcmp(form->rule, finding->rule) != 0 || finding->at.line < form->first || finding->at.line > form->last)
            continue;
        form->used = true;
        if (!has_expired(form, all->s->lint->today))
            finding->suppressed = form->reason;
    }
}

static void judge(struct suppressions *all)
{
    for (size_t i = 0; i < all->list.count; i++) {
        const struct suppression *form = &all->list.items[i];
        if (!form->used)
            complain(all, RULE_syntax_suppression_idle, form->line, form->column, "meets no finding of", form->rule);
        else if (has_expired(form, all->s->lint->today))
            complain(all, RULE_syntax_suppression_expired, form->line, form->column,
                     arena_printf(all->s->arena, "held until %s for", form->until), form->rule);
    }
}

void suppress(struct subject *s, size_t first)
{
    for (size_t i = 0; i < s->reading->origins.count; i++) {
        struct suppressions all = { .s = s, .file = s->reading->origins.items[i].file, .own = i == 0 };
        size_t length;
        const char *text = lint_text(s->lint, all.file, &length);
        if (!text || !memmem(text, length, MARK, strlen(MARK)))
            continue;
        layout_make(s->arena, text, length, &all.layout);
        find_all(&all);
        size_t count = s->lint->findings.count;
        for (size_t k = first; k < count; k++)
            apply(&all, &s->lint->findings.items[k]);
        judge(&all);
    }
}
