#include "base/elf.h"
#include "tap.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct arena arena;

static int file_of(const void *bytes, size_t size)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    return write(fd, bytes, size) == (ssize_t)size ? fd : -1;
}

/* A library with one load that is the whole file, and a dynamic section. */
struct small {
    Elf64_Ehdr header;
    Elf64_Phdr headers[3];
    Elf64_Dyn dynamic[6];
    char texts[64];
};
#define TEXTS "\0libone.so\0$ORIGIN/lib\0/lib/loader"

static struct small small_file(void)
{
    struct small file = { .header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                                      .e_type = ET_DYN,
                                      .e_machine = EM_X86_64,
                                      .e_phoff = offsetof(struct small, headers),
                                      .e_phentsize = sizeof(Elf64_Phdr),
                                      .e_phnum = 3 } };
    file.headers[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = 0x1000, .p_filesz = sizeof file };
    file.headers[1] =
        (Elf64_Phdr){ .p_type = PT_DYNAMIC, .p_offset = offsetof(struct small, dynamic), .p_filesz = sizeof file.dynamic };
    file.headers[2] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = offsetof(struct small, texts) + 23, .p_filesz = 12 };
    file.dynamic[0] = (Elf64_Dyn){ DT_STRTAB, { 0x1000 + offsetof(struct small, texts) } };
    file.dynamic[1] = (Elf64_Dyn){ DT_STRSZ, { sizeof file.texts } };
    file.dynamic[2] = (Elf64_Dyn){ DT_NEEDED, { 1 } };
    file.dynamic[3] = (Elf64_Dyn){ DT_RUNPATH, { 11 } };
    memcpy(file.texts, TEXTS, sizeof TEXTS);
    return file;
}

static bool read_bytes(const void *bytes, size_t size, struct elf *elf)
{
    int fd = file_of(bytes, size);
    bool result = elf_read(fd, &arena, elf);
    close(fd);
    return result;
}

static void test_small(void)
{
    struct small file = small_file();
    struct elf elf;
    CHECK(read_bytes(&file, sizeof file, &elf));
    CHECK(elf.bits == 64 && elf.machine == EM_X86_64);
    CHECK_TEXT(elf.interpreter, "/lib/loader");
    CHECK(elf.needed.count == 1);
    CHECK_TEXT(elf.needed.count ? elf.needed.items[0] : NULL, "libone.so");
    CHECK_TEXT(elf.runpath, "$ORIGIN/lib");
    CHECK(!elf.rpath);
}

static void test_no_sense(void)
{
    struct small file = small_file();
    struct elf elf;
    CHECK(!read_bytes("#!/bin/sh\n", 10, &elf));
    CHECK(!read_bytes(&file, sizeof file.header - 1, &elf));
    file.header.e_phnum = 0xffff;
    CHECK_NAMED(!read_bytes(&file, sizeof file, &elf), "too many headers");
    file = small_file();
    file.header.e_type = ET_CORE;
    CHECK_NAMED(!read_bytes(&file, sizeof file, &elf), "a core file");
    file = small_file();
    file.header.e_phoff = UINT64_MAX - 8;
    CHECK_NAMED(!read_bytes(&file, sizeof file, &elf), "headers beyond any file");
    file = small_file();
    file.dynamic[1].d_un.d_val = 11;
    file.dynamic[3].d_un.d_val = 12;
    CHECK_NAMED(read_bytes(&file, sizeof file, &elf) && elf.needed.count == 1 && !elf.runpath, "a name beyond its table");
    file = small_file();
    file.dynamic[0].d_un.d_val = 0x10;
    CHECK_NAMED(read_bytes(&file, sizeof file, &elf) && !elf.needed.count, "a table that is not loaded");
    file = small_file();
    memset(file.texts, 'a', sizeof file.texts);
    CHECK_NAMED(read_bytes(&file, sizeof file, &elf) && !elf.needed.count && !elf.interpreter, "a name without an end");
    file = small_file();
    file.headers[1].p_filesz = UINT64_MAX;
    CHECK_NAMED(read_bytes(&file, sizeof file, &elf), "a dynamic section beyond the file");
}

/* Whatever a byte becomes: no crash, and no end that does not come. */
static void test_each_byte(void)
{
    static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    struct elf elf;
    for (size_t i = 0; i < sizeof(struct small); i++)
        for (size_t j = 0; j < sizeof values; j++) {
            struct small file = small_file();
            ((unsigned char *)&file)[i] = values[j];
            read_bytes(&file, sizeof file, &elf);
        }
    CHECK_NAMED(true, "each byte changed");
}

static void test_own(void)
{
    struct elf elf;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool libc = false;
    CHECK(elf_read(fd, &arena, &elf));
    CHECK(elf.interpreter && *elf.interpreter == '/');
    for (size_t i = 0; i < elf.needed.count; i++)
        libc |= strncmp(elf.needed.items[i], "libc.", 5) == 0;
    CHECK(libc);
    close(fd);
}

int main(void)
{
    test_small();
    test_no_sense();
    test_each_byte();
    test_own();
    arena_free(&arena);
    return tap_done();
}
