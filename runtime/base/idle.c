/* A static program that sleeps keeps mapped whatever its start touched, half a megabyte, and where few containers run nobody
 * shares it. Dropping the pages is not enough: each fault brings the sixteen around it along. But never across the bounds of a
 * mapping, so the two pages that the wait itself needs become mappings of their own, by a flag that changes nothing else. */
#include "base/idle.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t idle_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

#define PAGE 4096UL /* larger ones: madvise refuses what is not aligned, and all stays as it was */

static struct {
    struct range {
        uintptr_t start, length;
    } ranges[12];
    size_t count;
    bool ready;
} program;

/* Only what is never written: dropping a page of data would bring back the one in the file. */
static int add_ranges(struct dl_phdr_info *object, size_t size, void *nothing)
{
    (void)size;
    (void)nothing;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || part->p_flags & PF_W || program.count == sizeof program.ranges / sizeof *program.ranges)
            continue;
        uintptr_t start = (object->dlpi_addr + part->p_vaddr) & ~(PAGE - 1);
        uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz + PAGE - 1) & ~(PAGE - 1);
        program.ranges[program.count++] = (struct range){ start, end - start };
    }
    return 0;
}

/* Its own page, and in it nothing but calls of syscall(2), whose page is the other one. */
__attribute__((noinline, aligned(4096))) static long drop_and_call(long number, long a, long b, long c, long d, long e)
{
    for (size_t i = 0; i < program.count; i++)
        syscall(SYS_madvise, program.ranges[i].start, program.ranges[i].length, MADV_DONTNEED);
    return syscall(number, a, b, c, d, e);
}

static void set_apart(uintptr_t function) { madvise((void *)(function & ~(PAGE - 1)), PAGE, MADV_DONTDUMP); }

long idle_call(long number, long a, long b, long c, long d, long e)
{
    if (!program.ready) {
        program.ready = true;
        dl_iterate_phdr(add_ranges, NULL);
        set_apart((uintptr_t)drop_and_call);
        set_apart((uintptr_t)syscall);
    }
    return drop_and_call(number, a, b, c, d, e);
}
