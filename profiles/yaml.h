/* A strict reader of YAML: libyaml is only the scanner. One document of scalars, lists and maps; no anchors, aliases, tags,
 * merge keys or directives; a duplicate key is an error, and so is a plain scalar that other readers take for something else.
 */
#pragma once
#include "base/node.h"

#define YAML_LARGEST (1 << 20) /* bytes */
#define YAML_DEEPEST 32
#define YAML_MOST_NODES 10000

/* Reads `length` bytes that were in `file`, which is kept in every place. Returns the tree, NULL where there is none to go on
 * with; what it refused is in errors either way. line: of the first line, 1; 0: a single value from the command line, whose
 * places then have neither line nor column. */
struct node *yaml_read(struct arena *arena, const char *file, const char *text, size_t length, int line, struct errors *errors);

/* Whether a plain scalar would have to be quoted to be taken as this text. */
bool yaml_is_ambiguous(const char *plain);
