/* What the kernel needs to start a program file. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The path that `path` asks for: of the first line of a script, or the loader of an ELF file. False: it asks for none, or
 * cannot be read. The file may be anybody's: nothing in it is believed but within its bounds. */
bool program_interpreter(const char *path, char *ret, size_t size);
/* The first of the chain (a script's interpreter may itself need a loader) that is not there; false: all are, as far as can be
 * told. */
bool program_missing(const char *path, char *ret, size_t size);
