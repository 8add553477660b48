/* Text: escaping what comes from outside, nearest names, and the strict scalar forms of the profile language. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Length of the valid UTF-8 sequence at text, its code point in *ret_point; 0 where the bytes are not one. */
size_t text_utf8(const char *text, size_t length, uint32_t *ret_point);
/* Marks that reorder what a terminal shows, or are not seen themselves: a path could read as another one (Trojan Source). */
bool text_is_deceptive(uint32_t point);
/* \u202e or \U000e0041, as C, YAML and shells know them. */
void text_escape_point(FILE *stream, uint32_t point);

/* Writes `text` with control characters, bytes that are not UTF-8 and deceptive marks as escapes (\n, \x1b, \u202e). */
void text_escape(FILE *stream, const char *text, size_t length);

/* The candidate at the smallest edit distance from `word` if it is near enough to be a slip of the finger, else NULL. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

/* Each returns false where `text` is not wholly of the form; what is returned then is not touched.
 * size: bytes, or K M G T (powers of 1024). duration: ms s m h, in milliseconds; "0" alone needs no unit.
 * number: decimal, no sign, no leading zero. */
bool text_size(const char *text, uint64_t *ret_bytes);
bool text_duration(const char *text, uint64_t *ret_milliseconds);
bool text_number(const char *text, uint64_t max, uint64_t *ret_number);
/* Octal file mode, "0" to "7777", as in mode: "1777". */
bool text_mode(const char *text, unsigned *ret_mode);
