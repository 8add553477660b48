/* Files that somebody hostile wrote, and some that nobody did. */
#include "kernel/program.h"
#include "tap.h"

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/program-XXXXXX";

static const char *asks(const void *content, size_t size)
{
    static char interpreter[64];
    FILE *file = fopen(path, "w");
    if (file) {
        fwrite(content, 1, size, file);
        fclose(file);
    }
    return program_interpreter(path, interpreter, sizeof interpreter) ? interpreter : NULL;
}
#define ASKS(text) asks(text, sizeof(text) - 1)

struct elf {
    Elf64_Ehdr header;
    Elf64_Phdr part;
    char name[16];
};

static struct elf good(void)
{
    struct elf elf = { .header = { .e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 },
                       .part = { .p_type = PT_INTERP, .p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), .p_filesz = 8 },
                       .name = "/lib/ld" };
    memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
    elf.header.e_ident[EI_CLASS] = ELFCLASS64;
    return elf;
}

int main(void)
{
    int fd = mkstemp(path);
    if (!CHECK(fd >= 0))
        return tap_done();
    CHECK_TEXT(ASKS("#!/bin/sh\n"), "/bin/sh");
    CHECK_TEXT(ASKS("#! \t/bin/sh -e\nfalse\n"), "/bin/sh");
    CHECK_TEXT(ASKS("#!/a"), "/a");
    CHECK(!ASKS("#!\n/bin/sh\n"));
    CHECK(!ASKS(""));
    CHECK(!ASKS("echo\n"));

    struct elf elf = good();
    CHECK_TEXT(asks(&elf, sizeof elf), "/lib/ld");
    elf.part.p_type = PT_LOAD;
    CHECK(!asks(&elf, sizeof elf));
    elf = good();
    elf.part.p_filesz = 1 << 20; /* longer than there is room */
    CHECK(!asks(&elf, sizeof elf));
    elf = good();
    elf.part.p_filesz = 7; /* without its end */
    CHECK(!asks(&elf, sizeof elf));
    elf = good();
    elf.header.e_phoff = UINT64_MAX - 8;
    CHECK(!asks(&elf, sizeof elf));
    elf = good();
    CHECK(!asks(&elf, sizeof elf.header + 4)); /* cut off */
    CHECK(!asks(&elf, 20));
    unlink(path);
    close(fd);
    return tap_done();
}
