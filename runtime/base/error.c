#include "base/error.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *error_missing_call;

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) {
        fputs("cordon: out of memory\n", stderr);
        _exit(EXIT_CANNOT_START);
    }
    return text;
}

static void replace(char **field, char *text)
{
    free(*field);
    *field = text;
}

int error_set(struct error *err, const char *format, ...)
{
    if (error_is_set(err))
        return -1;
    va_list arguments;
    va_start(arguments, format);
    err->message = format_text(format, arguments);
    va_end(arguments);
    return -1;
}

/* What strerror(3) says, lower-cased at the start so that it reads on as part of the sentence. */
static char *reason(int code)
{
    char *text = strdup(strerror(code));
    if (text && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
        text[0] += 'a' - 'A';
    return text;
}

static void wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrap(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    replace(&err->message, format_text(format, arguments));
    va_end(arguments);
}

int error_errno(struct error *err, int code, const char *format, ...)
{
    if (error_is_set(err))
        return -1;
    va_list arguments;
    va_start(arguments, format);
    AUTO_FREE char *what = format_text(format, arguments);
    va_end(arguments);
    AUTO_FREE char *why = reason(code);
    err->code = code;
    wrap(err, "%s: %s", what, why ? why : "?");
    if (code == ENOSYS && error_missing_call)
        error_note(err, "%s(2) is missing: the kernel is older than 5.14, or a seccomp filter around cordon hides it",
                   error_missing_call);
    return -1;
}

int error_context(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    AUTO_FREE char *context = format_text(format, arguments);
    va_end(arguments);
    AUTO_FREE char *before = err->message;
    err->message = NULL;
    wrap(err, "%s: %s", context, before ? before : "failed");
    return -1;
}

int error_note(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    replace(&err->note, format_text(format, arguments));
    va_end(arguments);
    return -1;
}

int error_help(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    replace(&err->help, format_text(format, arguments));
    va_end(arguments);
    return -1;
}

int error_at(struct error *err, struct source at)
{
    if (!at.file || err->file)
        return -1;
    err->file = strdup(at.file);
    err->line = at.line;
    err->column = at.column;
    return -1;
}

void error_fini(struct error *err)
{
    free(err->file);
    free(err->message);
    free(err->note);
    free(err->help);
    *err = (struct error){ 0 };
}

void error_move(struct error *to, struct error *from)
{
    error_fini(to);
    *to = *from;
    *from = (struct error){ 0 };
}

/* --- printing ----------------------------------------------------------------------------------------------------- */

static void print_escaped(FILE *stream, const char *text) { text_escape(stream, text, strlen(text)); }

static void print_field(FILE *stream, const char *label, const char *text)
{
    if (!text)
        return;
    fprintf(stream, "  %s: ", label);
    print_escaped(stream, text);
    fputc('\n', stream);
}

/* A profile, or another file of ours, has a line that begins so. Somebody else's profile may extend a file of the caller's that
 * is none, and who wrote it may read what is printed. */
static bool is_ours(FILE *file)
{
    char line[512];
    bool found = false, begins = true;
    while (!found && fgets(line, sizeof line, file)) {
        found = begins && strncmp(line + strspn(line, " {-\"'\xef\xbb\xbf"), "cordon", strlen("cordon")) == 0;
        begins = strchr(line, '\n');
    }
    rewind(file);
    return found;
}

/* The line that the error is about, with a caret under the column. Silent where the file cannot be read again: the
 * sentence stands without it. Only regular files: a source may be a pipe, or gone, or somebody else's by now. */
void error_print_place(FILE *stream, struct source at)
{
    struct stat st;
    AUTO_CLOSE int fd = file_open_regular(AT_FDCWD, at.file, 0, &st);
    AUTO_FCLOSE FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file)
        return;
    take_fd(&fd);
    if (!is_ours(file))
        return;
    char line[512];
    int number = 1;
    while (fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, "\n");
        if (number == at.line) {
            if (!line[length] && length == sizeof line - 1)
                return; /* too long to be worth showing */
            fprintf(stream, "%5d | ", at.line);
            text_escape(stream, line, length);
            fputs("\n      | ", stream);
            for (int i = 1; i < at.column && (size_t)i <= length; i++)
                fputc(' ', stream);
            fputs("^\n", stream);
            return;
        }
        number += line[length] == '\n';
    }
}

void error_print(FILE *stream, const struct error *err, const char *severity)
{
    if (err->file && err->line > 0) {
        print_escaped(stream, err->file);
        fprintf(stream, ":%d:%d: %s: ", err->line, err->column, severity);
    } else if (err->file) {
        fputs("cordon: ", stream);
        print_escaped(stream, err->file);
        fputs(": ", stream);
    } else {
        fputs("cordon: ", stream);
    }
    print_escaped(stream, err->message ? err->message : "unknown error");
    fputc('\n', stream);
    if (err->file && err->line > 0)
        error_print_place(stream, (struct source){ .file = err->file, .line = err->line, .column = err->column });
    print_field(stream, "note", err->note);
    print_field(stream, "help", err->help);
}

/* --- many --------------------------------------------------------------------------------------------------------- */

struct error *errors_add(struct errors *errors)
{
    if (errors->count == errors->room) {
        errors->room = errors->room ? errors->room * 2 : 8;
        struct error *grown = reallocarray(errors->items, errors->room, sizeof *errors->items);
        if (!grown) {
            fputs("cordon: out of memory\n", stderr);
            _exit(EXIT_CANNOT_START);
        }
        errors->items = grown;
    }
    struct error *err = &errors->items[errors->count++];
    *err = (struct error){ 0 };
    return err;
}

static int by_place(const void *a, const void *b)
{
    const struct error *x = *(const struct error *const *)a, *y = *(const struct error *const *)b;
    int order = strcmp(x->file ? x->file : "", y->file ? y->file : "");
    if (order)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x < y ? -1 : x > y; /* as they were found */
}

void errors_print(FILE *stream, const struct errors *errors, const char *severity)
{
    AUTO_FREE const struct error **order = calloc(errors->count + 1, sizeof *order);
    if (!order)
        return;
    for (size_t i = 0; i < errors->count; i++)
        order[i] = &errors->items[i];
    qsort(order, errors->count, sizeof *order, by_place);
    for (size_t i = 0; i < errors->count; i++)
        error_print(stream, order[i], severity);
}

void errors_fini(struct errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        error_fini(&errors->items[i]);
    free(errors->items);
    *errors = (struct errors){ 0 };
}
