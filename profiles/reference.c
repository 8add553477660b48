/* The rows as the key reference of cordon-profile(5), in scdoc. */
#include "profiles/fields.h"
#include "profiles/profile.h"

#include <string.h>

void profile_reference_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\_*`", *text))
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void print_not_yet(FILE *stream, struct arena *arena, const struct form *form)
{
    const char *text = form_not_yet(arena, form);
    if (text)
        fputs(" Not available yet: ", stream), profile_reference_text(stream, text), fputc('.', stream);
}

static void print_sample(FILE *stream, const char *label, const char *text)
{
    if (!text)
        return;
    fprintf(stream, " %s: _", label);
    profile_reference_text(stream, text);
    fputs("_.", stream);
}

static void print_row(FILE *stream, struct arena *arena, const char *path, const struct row *row)
{
    fputs("*", stream);
    profile_reference_text(stream, path);
    fputs("*", stream);
    if (row->flags & ROW_REQUIRED)
        fputs(" (required)", stream);
    if (row->flags & ROW_LATER)
        fputs(" (not available yet)", stream);
    fputs("\n\t", stream);
    profile_reference_text(stream, row->doc);
    print_not_yet(stream, arena, row->form);
    if (!row->form->rows || row->form->parse) {
        fputs(" Value: ", stream);
        profile_reference_text(stream, row->form->is);
        fputc('.', stream);
    }
    print_sample(stream, "Default", row->preset);
    print_sample(stream, "Example", row->example);
    fputs("\n\n", stream);
}

/* What is below one key, each with its whole path: lists show as KEY[], maps of free keys as KEY.NAME. */
static void print_rows(FILE *stream, struct arena *arena, const char *path, const struct form *form)
{
    for (size_t i = 0; i < form->row_count; i++) {
        const struct row *row = &form->rows[i];
        const char *key = arena_printf(arena, "%s%s%s", path, *path ? "." : "", row->key);
        if (!*path && (row->form->rows || row->form->items || row->form->values))
            fprintf(stream, "## %s\n\n", row->key);
        print_row(stream, arena, key, row);
        if (row->form->rows)
            print_rows(stream, arena, key, row->form);
        if (row->form->items && row->form->items->rows)
            print_rows(stream, arena, arena_printf(arena, "%s[]", key), row->form->items);
        if (row->form->values && row->form->values->rows)
            print_rows(stream, arena, arena_printf(arena, "%s.NAME", key), row->form->values);
    }
}

void profile_reference(FILE *stream)
{
    struct arena arena = { 0 };
    print_rows(stream, &arena, "", &form_profile);
    arena_free(&arena);
}
