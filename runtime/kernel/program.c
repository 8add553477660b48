#include "kernel/program.h"

#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* As execve(2) reads it: spaces and tabs around, one argument after, at most a line of 255 bytes. */
static bool of_script(const char *head, char *ret, size_t size)
{
    const char *at = head + 2 + strspn(head + 2, " \t");
    size_t length = strcspn(at, " \t\n");
    if (!length || length >= size)
        return false;
    memcpy(ret, at, length);
    ret[length] = '\0';
    return true;
}

/* 64 and 32 bits differ in nothing but the widths of the fields. */
#define OF_ELF(bits)                                                                                                           \
    static bool of_elf##bits(int fd, const void *head, char *ret, size_t size)                                                 \
    {                                                                                                                          \
        Elf##bits##_Ehdr header;                                                                                               \
        memcpy(&header, head, sizeof header);                                                                                  \
        for (unsigned i = 0; i < header.e_phnum && i < 256; i++) {                                                             \
            Elf##bits##_Phdr part;                                                                                             \
            off_t at = (off_t)(header.e_phoff + (uint64_t)i * sizeof part);                                                    \
            if (header.e_phentsize != sizeof part || pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part)                \
                return false;                                                                                                  \
            if (part.p_type != PT_INTERP)                                                                                      \
                continue;                                                                                                      \
            if (part.p_filesz < 2 || part.p_filesz > size ||                                                                   \
                pread(fd, ret, part.p_filesz, (off_t)part.p_offset) != (ssize_t)part.p_filesz)                                 \
                return false;                                                                                                  \
            return ret[part.p_filesz - 1] == '\0' && *ret;                                                                     \
        }                                                                                                                      \
        return false;                                                                                                          \
    }
OF_ELF(64)
OF_ELF(32)

bool program_interpreter(const char *path, char *ret, size_t size)
{
    char head[256] = "";
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || read(fd, head, sizeof head - 1) < (ssize_t)sizeof(Elf32_Ehdr)) {
        if (fd < 0 || head[0] != '#')
            return false; /* a script may be shorter than any header */
    }
    if (head[0] == '#' && head[1] == '!')
        return of_script(head, ret, size);
    if (memcmp(head, ELFMAG, SELFMAG) != 0)
        return false;
    return head[EI_CLASS] == ELFCLASS64 ? of_elf64(fd, head, ret, size) : of_elf32(fd, head, ret, size);
}

bool program_missing(const char *path, char *ret, size_t size)
{
    enum { CHAIN_MAX = 6 }; /* one more than the kernel goes along */
    char asking[4096];
    if (strlen(path) >= sizeof asking)
        return false;
    memcpy(asking, path, strlen(path) + 1);
    for (int i = 0; i < CHAIN_MAX && program_interpreter(asking, ret, size); i++) {
        if (access(ret, F_OK) < 0)
            return errno == ENOENT || errno == ENOTDIR;
        if (strlen(ret) >= sizeof asking)
            return false;
        memcpy(asking, ret, strlen(ret) + 1);
    }
    return false;
}
