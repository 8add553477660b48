#include "base/elf.h"

#include <elf.h>
#include <endian.h>
#include <string.h>
#include <unistd.h>

#define MOST_HEADERS 128
#define MOST_DYNAMIC 512
#define MOST_TEXT 4096

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ORDER ELFDATA2LSB
#else
#define OWN_ORDER ELFDATA2MSB
#endif

/* The two classes differ in the width of their fields only: both are read as the wide one. */
struct reader {
    int fd;
    bool wide;
    Elf64_Phdr headers[MOST_HEADERS];
    size_t count;
};

static bool read_all(int fd, void *buffer, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX - (uint64_t)size && pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

static bool read_headers(struct reader *reader, uint64_t offset, size_t size, size_t count)
{
    if (count > MOST_HEADERS || size != (reader->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
        return false;
    reader->count = count;
    if (reader->wide)
        return read_all(reader->fd, reader->headers, count * size, offset);
    Elf32_Phdr narrow[MOST_HEADERS];
    if (!read_all(reader->fd, narrow, count * size, offset))
        return false;
    for (size_t i = 0; i < count; i++)
        reader->headers[i] = (Elf64_Phdr){ .p_type = narrow[i].p_type,
                                           .p_offset = narrow[i].p_offset,
                                           .p_vaddr = narrow[i].p_vaddr,
                                           .p_filesz = narrow[i].p_filesz };
    return true;
}

static bool read_header(struct reader *reader, struct elf *elf)
{
    union {
        unsigned char ident[EI_NIDENT];
        Elf64_Ehdr wide;
        Elf32_Ehdr narrow;
    } header;
    if (!read_all(reader->fd, &header, sizeof header.narrow, 0) || memcmp(header.ident, ELFMAG, SELFMAG) != 0 ||
        header.ident[EI_DATA] != OWN_ORDER)
        return false;
    reader->wide = header.ident[EI_CLASS] == ELFCLASS64;
    if (reader->wide && !read_all(reader->fd, &header, sizeof header.wide, 0))
        return false;
    if (!reader->wide && header.ident[EI_CLASS] != ELFCLASS32)
        return false;
    unsigned type = header.wide.e_type; /* up to e_entry the classes are alike */
    elf->machine = header.wide.e_machine;
    elf->bits = reader->wide ? 64 : 32;
    if (type != ET_EXEC && type != ET_DYN)
        return false;
    return reader->wide ? read_headers(reader, header.wide.e_phoff, header.wide.e_phentsize, header.wide.e_phnum)
                        : read_headers(reader, header.narrow.e_phoff, header.narrow.e_phentsize, header.narrow.e_phnum);
}

/* The text at `offset`, which must end within MOST_TEXT and within `room`; NULL where it does not. */
static char *text_at(const struct reader *reader, struct arena *arena, uint64_t offset, uint64_t room)
{
    char text[MOST_TEXT];
    if (offset > INT64_MAX - sizeof text)
        return NULL;
    ssize_t length = pread(reader->fd, text, room < sizeof text ? room : sizeof text, (off_t)offset);
    const char *end = length > 0 ? memchr(text, '\0', (size_t)length) : NULL;
    return end && end != text ? arena_strndup(arena, text, (size_t)(end - text)) : NULL;
}

/* Where in the file an address is loaded from. */
static bool to_offset(const struct reader *reader, uint64_t address, uint64_t *ret)
{
    for (size_t i = 0; i < reader->count; i++) {
        const Elf64_Phdr *header = &reader->headers[i];
        if (header->p_type != PT_LOAD || address < header->p_vaddr || address - header->p_vaddr >= header->p_filesz)
            continue;
        *ret = header->p_offset + (address - header->p_vaddr);
        return *ret >= header->p_offset;
    }
    return false;
}

/* The entries up to DT_NULL, which is not among them. */
static size_t read_entries(const struct reader *reader, const Elf64_Phdr *dynamic, Elf64_Dyn *ret)
{
    const size_t size = reader->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    Elf32_Dyn narrow[MOST_DYNAMIC];
    size_t room = dynamic->p_filesz / size < MOST_DYNAMIC ? (size_t)(dynamic->p_filesz / size) : MOST_DYNAMIC, count = 0;
    if (!read_all(reader->fd, reader->wide ? (void *)ret : narrow, room * size, dynamic->p_offset))
        return 0;
    for (; count < room; count++) {
        if (!reader->wide)
            ret[count] = (Elf64_Dyn){ .d_tag = narrow[count].d_tag, .d_un.d_val = narrow[count].d_un.d_val };
        if (ret[count].d_tag == DT_NULL)
            break;
    }
    return count;
}

static void read_dynamic(const struct reader *reader, const Elf64_Phdr *dynamic, struct arena *arena, struct elf *elf)
{
    Elf64_Dyn entries[MOST_DYNAMIC];
    const size_t count = read_entries(reader, dynamic, entries);
    uint64_t table = 0, size = 0, at;
    for (size_t i = 0; i < count; i++) {
        table = entries[i].d_tag == DT_STRTAB ? entries[i].d_un.d_val : table;
        size = entries[i].d_tag == DT_STRSZ ? entries[i].d_un.d_val : size;
    }
    if (!to_offset(reader, table, &at))
        return;
    for (size_t i = 0; i < count; i++) {
        const int64_t tag = entries[i].d_tag;
        const uint64_t name = entries[i].d_un.d_val;
        if ((tag != DT_NEEDED && tag != DT_RPATH && tag != DT_RUNPATH) || name >= size || at > INT64_MAX - name)
            continue;
        char *text = text_at(reader, arena, at + name, size - name);
        if (text && tag == DT_RPATH)
            elf->rpath = text;
        else if (text && tag == DT_RUNPATH)
            elf->runpath = text;
        else if (text)
            *SLICE_PUSH(arena, &elf->needed) = text;
    }
}

bool elf_read(int fd, struct arena *arena, struct elf *ret)
{
    struct reader reader = { .fd = fd };
    *ret = (struct elf){ 0 };
    if (!read_header(&reader, ret))
        return false;
    for (size_t i = 0; i < reader.count; i++) {
        const Elf64_Phdr *header = &reader.headers[i];
        if (header->p_type == PT_INTERP && !ret->interpreter)
            ret->interpreter = text_at(&reader, arena, header->p_offset, header->p_filesz);
    }
    for (size_t i = 0; i < reader.count; i++)
        if (reader.headers[i].p_type == PT_DYNAMIC) {
            read_dynamic(&reader, &reader.headers[i], arena, ret);
            break;
        }
    return true;
}
