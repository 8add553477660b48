#include "base/text.h"
#include "tap.h"

#include <stdlib.h>

static const char *escaped(const char *text)
{
    static char buffer[256];
    FILE *stream = fmemopen(buffer, sizeof buffer, "w");
    text_escape(stream, text, strlen(text));
    fclose(stream);
    return buffer;
}

static void test_escape(void)
{
    CHECK_TEXT(escaped("plain"), "plain");
    CHECK_TEXT(escaped("a\nb\tc"), "a\\nb\\tc");
    CHECK_TEXT(escaped("\033[2J"), "\\x1b[2J");
    CHECK_TEXT(escaped("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    CHECK_TEXT(escaped("\xff\xc3"), "\\xff\\xc3");
    CHECK_TEXT(escaped("\xe2\x80\xae"
                       "exe"),
               "\\u202e"
               "exe");
    CHECK_TEXT(escaped("\xe3\x85\xa4\xf3\xa0\x81\x81\xef\xb8\x8f"), "\\u3164\\U000e0041\\ufe0f"); /* not seen at all */
    CHECK(!text_is_deceptive(0x4e00) && !text_is_deceptive(0x1f600) && !text_is_deceptive(0xe1000));
    CHECK_TEXT(escaped("\xc0\x80"), "\\xc0\\x80"); /* an overlong NUL is not UTF-8 */
}

static void test_nearest(void)
{
    static const char *const keys[] = { "hostname", "name", "mounts", "machine-id" };
    CHECK_TEXT(text_nearest("hostnme", keys, 4), "hostname");
    CHECK_TEXT(text_nearest("mount", keys, 4), "mounts");
    CHECK_TEXT(text_nearest("nmae", keys, 4), "name");
    CHECK_TEXT(text_nearest("zzzzzz", keys, 4), NULL);
    CHECK_TEXT(text_nearest("x", keys, 4), NULL);
}

static void test_scalars(void)
{
    uint64_t value = 0;
    CHECK(text_size("64M", &value) && value == 64 << 20);
    CHECK(text_size("0", &value) && value == 0);
    CHECK(!text_size("-1", &value) && !text_size("", &value) && !text_size("64MB", &value) && !text_size("064M", &value));
    CHECK(!text_size("18446744073709551616", &value) && !text_size("16777216T", &value));
    CHECK(text_duration("500ms", &value) && value == 500);
    CHECK(text_duration("2h", &value) && value == 7200000);
    CHECK(text_duration("0", &value) && value == 0);
    CHECK(!text_duration("5", &value) && !text_duration("5 s", &value));
    value = 7;
    CHECK(!text_duration("506744073709550ms", &value) && value == 7); /* too long: what is returned is not touched */
    unsigned mode = 0;
    CHECK(text_mode("1777", &mode) && mode == 01777);
    CHECK(!text_mode("8", &mode) && !text_mode("", &mode) && !text_mode("77777", &mode));
    CHECK(text_number("65535", 65535, &value) && value == 65535);
    CHECK(!text_number("65536", 65535, &value) && !text_number("+1", 9, &value) && !text_number("1 ", 9, &value));
}

int main(void)
{
    test_escape();
    test_nearest();
    test_scalars();
    return tap_done();
}
