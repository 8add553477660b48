/* What an ELF file asks for before its own first instruction: its loader, and the libraries that the loader looks for. The file
 * may be anything, and may change while it is read: everything is bounded, and what makes no sense is an ELF file that asks
 * for nothing, or none at all. */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

struct elf {
    int bits; /* 32 or 64 */
    unsigned machine;
    const char *interpreter;     /* NULL: none */
    const char *rpath, *runpath; /* folders with colons between; NULL: none */
    struct strings needed;
};

/* False: no ELF program or library of this machine's byte order. The strings are the arena's. */
bool elf_read(int fd, struct arena *arena, struct elf *ret);
