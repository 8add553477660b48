/* The scalar texts, base/text.h and profiles/forms.c: what is taken is wholly of the form, and what is not touches nothing. */
#include "base/text.h"
#include "fuzz.h"
#include "profiles/fields.h"

#include <inttypes.h>

#define UNTOUCHED 0x5a5a5a5a5a5a5a5aULL

/* A number has one spelling: what is read is what would be written. */
static void check_number(const char *text)
{
    static const uint64_t most[] = { 0, 7, UINT32_MAX, UINT64_MAX };
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        uint64_t number = UNTOUCHED;
        char again[32];
        bool taken = text_number(text, most[i], &number);
        snprintf(again, sizeof again, "%" PRIu64, number);
        PROMISE(taken ? number <= most[i] && strcmp(again, text) == 0 : number == UNTOUCHED);
    }
    int64_t integer;
    PROMISE(!forms_integer(text, -20, 19, &integer) || (integer >= -20 && integer <= 19));
}

static void check_units(const char *text)
{
    uint64_t bytes = UNTOUCHED, milliseconds = UNTOUCHED;
    char digits[32] = "";
    size_t length = strspn(text, "0123456789");
    snprintf(digits, sizeof digits, "%.*s", (int)(length < 31 ? length : 31), text);
    bool size = text_size(text, &bytes), duration = text_duration(text, &milliseconds);
    uint64_t number = strtoull(digits, NULL, 10);
    PROMISE(size ? length && length <= 20 && bytes >= number && (number == 0 || bytes % number == 0) : bytes == UNTOUCHED);
    PROMISE(duration ? length && length <= 20 && milliseconds >= number : milliseconds == UNTOUCHED);
    PROMISE(!(size && duration) || strcmp(text, "0") == 0);

    unsigned mode = 12345;
    if (text_mode(text, &mode))
        PROMISE(mode <= 07777 && mode == strtoul(text, NULL, 8) && text[strspn(text, "01234567")] == '\0');
    else
        PROMISE(mode == 12345);
}

static void check_words(const char *text)
{
    size_t length = strlen(text);
    if (forms_is_normal_path(text))
        PROMISE(text[0] == '/' && !strstr(text, "//") && !strstr(text, "/../") && !strstr(text, "/./") &&
                (length == 1 || text[length - 1] != '/') && forms_one_line(text));
    if (forms_is_name(text))
        PROMISE(length >= 1 && length <= 63 && !strchr(text, '/') && text[0] != '.' && text[0] != '-');
    if (forms_is_environment_name(text))
        PROMISE(length && !strchr(text, '='));
}

/* What a terminal is shown holds nothing that it would obey. */
static void check_escape(const char *bytes, size_t size)
{
    char *shown = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&shown, &length);
    text_escape(stream, bytes, size);
    fclose(stream);
    for (size_t at = 0, n; at < length; at += n) {
        uint32_t point = 0;
        n = text_utf8(shown + at, length - at, &point);
        PROMISE(n >= 1 && point >= 0x20 && point != 0x7f && !text_is_deceptive(point));
    }
    free(shown);
}

/* The first line is the word, the others are the candidates. */
static void check_nearest(char *text)
{
    const char *candidates[16];
    size_t count = 0;
    char *word = strsep(&text, "\n"), *line;
    while (count < 16 && (line = strsep(&text, "\n")))
        candidates[count++] = line;
    const char *near = text_nearest(word, candidates, count);
    bool one = !near;
    for (size_t i = 0; i < count; i++)
        one = one || near == candidates[i];
    PROMISE(one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    check_number(text);
    check_units(text);
    check_words(text);
    check_escape((const char *)data, size);
    check_nearest(text);
    free(text);
    return 0;
}
