#include "cli/output.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 32

static bool color_wanted = true;

int output_level(const char *name, enum level *ret, struct error *err)
{
    static const char *const names[] = { "error", "warning" };
    *ret = LEVEL_WARNING;
    if (!name)
        return 0;
    for (int i = LEVEL_ERROR; i <= LEVEL_WARNING; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum level)i;
            return 0;
        }
    }
    return error_set(err, "--log-level '%s' is neither error nor warning", name);
}

void output_set_color(bool wanted) { color_wanted = wanted; }

bool output_color(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return color_wanted && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

int output_close(struct error *err)
{
    bool failed = ferror(stdout); /* of an earlier write, whose errno is gone */
    if (fclose(stdout) != 0)
        return error_errno(err, errno, "write to standard output");
    return failed ? error_set(err, "write to standard output: not all of it could be written") : 0;
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static const struct output_cell *cell_at(const struct output_table *table, size_t row, size_t column)
{
    return &table->cells.items[row * table->column_count + column];
}

/* As text. What a cell holds may come from files of other people: no control character of theirs reaches the terminal. */
static void print_cell(FILE *stream, const struct output_cell *cell)
{
    for (const char *const *word = cell->list; word && *word; word++) {
        fputs(word == cell->list ? "" : ",", stream);
        text_escape(stream, *word, strlen(*word));
    }
    if (cell->list)
        return;
    const char *text = cell->is_bool ? cell->truth ? "yes" : "no" : cell->text ? cell->text : "-";
    text_escape(stream, text, strlen(text));
}

/* Columns on a terminal, not bytes: continuation bytes of UTF-8 take no room. */
static int width(const struct output_cell *cell)
{
    AUTO_FREE char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return 0;
    print_cell(stream, cell);
    fclose(stream);
    int count = 0;
    for (const char *at = text; *at; at++)
        count += ((unsigned char)*at & 0xc0) != 0x80;
    return count;
}

static void print_row(const struct output_table *table, const struct output_cell *cells, const int *widths)
{
    for (size_t column = 0; column < table->column_count; column++) {
        print_cell(stdout, &cells[column]);
        if (column + 1 < table->column_count)
            printf("%*s", widths[column] - width(&cells[column]) + 2, "");
    }
}

static int print_table(const struct output_table *table, size_t rows)
{
    struct output_cell heads[MAX_COLUMNS];
    char names[MAX_COLUMNS][32] = { 0 };
    int widths[MAX_COLUMNS];
    for (size_t column = 0; column < table->column_count; column++) {
        for (size_t i = 0; table->columns[column][i] && i + 1 < sizeof names[column]; i++)
            names[column][i] = (char)toupper((unsigned char)table->columns[column][i]);
        heads[column] = (struct output_cell){ .text = names[column] };
        widths[column] = width(&heads[column]);
        for (size_t row = 0; row < rows; row++)
            if (width(cell_at(table, row, column)) > widths[column])
                widths[column] = width(cell_at(table, row, column));
    }
    bool color = output_color(stdout);
    fputs(color ? "\033[1m" : "", stdout);
    print_row(table, heads, widths);
    fputs(color ? "\033[0m\n" : "\n", stdout);
    for (size_t row = 0; row < rows; row++) {
        print_row(table, cell_at(table, row, 0), widths);
        fputc('\n', stdout);
    }
    return 0;
}

static struct json_object *json_cell(const struct output_cell *cell)
{
    if (cell->is_bool)
        return json_object_new_boolean(cell->truth);
    if (cell->is_number && cell->text)
        return json_object_new_int64(strtoll(cell->text, NULL, 10));
    if (!cell->list)
        return cell->text ? json_object_new_string(cell->text) : NULL;
    struct json_object *array = json_object_new_array();
    for (const char *const *word = cell->list; array && *word; word++)
        json_object_array_add(array, json_object_new_string(*word));
    return array;
}

static int print_json(const struct output_table *table, size_t rows, struct error *err)
{
    struct json_object *array = json_object_new_array();
    for (size_t row = 0; array && row < rows; row++) {
        struct json_object *object = json_object_new_object();
        json_object_array_add(array, object);
        for (size_t column = 0; object && column < table->column_count; column++) {
            const struct output_cell *cell = cell_at(table, row, column);
            json_object_object_add(object, table->columns[column], json_cell(cell));
        }
    }
    const char *text = json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        json_print(stdout, text);
    json_object_put(array);
    return text ? 0 : error_set(err, "out of memory");
}

/* `fields` is a list of columns with commas between; fills `order` with their numbers. */
static int choose_columns(const struct output_table *table, const char *fields, size_t *order, size_t *ret_count,
                          struct error *err)
{
    *ret_count = 0;
    for (const char *at = fields;;) {
        size_t length = strcspn(at, ","), column = 0;
        while (column < table->column_count &&
               (strlen(table->columns[column]) != length || strncmp(table->columns[column], at, length) != 0))
            column++;
        if (column == table->column_count || *ret_count == MAX_COLUMNS) {
            error_set(err, "--format: '%.*s' is neither table, json nor a field", (int)length, at);
            error_help(err, "the fields can be seen with --format json; several with commas between");
            return -1;
        }
        order[(*ret_count)++] = column;
        if (!at[length])
            return 0;
        at += length + 1;
    }
}

int output_table(const struct output_table *table, const char *format, struct error *err)
{
    size_t rows = table->cells.count / table->column_count, order[MAX_COLUMNS], count;
    if (!format || strcmp(format, "table") == 0)
        return print_table(table, rows);
    if (strcmp(format, "json") == 0)
        return print_json(table, rows, err);
    if (choose_columns(table, format, order, &count, err) < 0)
        return -1;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < count; i++) {
            fputs(i ? "\t" : "", stdout);
            print_cell(stdout, cell_at(table, row, order[i]));
        }
        fputc('\n', stdout);
    }
    return 0;
}
