/* JSON written straight to a stream: for who starts containers, who has no time for a tree of it. */
#pragma once
#include "base/node.h"

#include <stdio.h>

/* What another made, and a line's end: of its texts what would move a terminal, or is not UTF-8, is escaped. */
void json_print(FILE *stream, const char *text);

/* In quotes; NULL is null. Bytes that are not UTF-8 are shown as Latin-1: JSON cannot hold them. */
void json_text(FILE *stream, const char *text);
/* "KEY": with a comma before it unless it is the first. */
void json_key(FILE *stream, bool first, const char *key);
/* A tree as a profile means it: numbers and truths where they were written without quotes. */
void json_node(FILE *stream, const struct node *node);
