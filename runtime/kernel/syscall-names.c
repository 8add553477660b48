#include "kernel/syscall-names.h"

#include <seccomp.h>
#include <stdbool.h>
#include <string.h>

static const struct architecture architectures[] = {
    /* name      alias      seccomp_data.arch     libseccomp's token    runs on */
    { "x86_64", "amd64", SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, "x86_64" },
    { "x32", NULL, SCMP_ARCH_X86_64, SCMP_ARCH_X32, "x86_64" },
    { "x86", "i386", SCMP_ARCH_X86, SCMP_ARCH_X86, "x86_64" },
    { "arm64", "aarch64", SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64, "arm64" },
    { "arm", NULL, SCMP_ARCH_ARM, SCMP_ARCH_ARM, "arm64" },
    { "riscv64", NULL, SCMP_ARCH_RISCV64, SCMP_ARCH_RISCV64, "riscv64" },
};
#define ARCHITECTURE_COUNT (sizeof architectures / sizeof architectures[0])

/* The build-time program is told which machine it makes filters for. */
#ifdef NATIVE
#elif defined __x86_64__ && !defined __ILP32__
#define NATIVE "x86_64"
#elif defined __aarch64__ && defined __ORDER_LITTLE_ENDIAN__
#define NATIVE "arm64"
#elif defined __riscv && __riscv_xlen == 64
#define NATIVE "riscv64"
#else
#error "runtime/kernel/syscall-names.c has no row for this architecture"
#endif

/* What libseccomp 2.5.4 does not know. Since Linux 5.1 a new call has the same number everywhere (x32 adds its bit). */
static const struct {
    const char *name;
    int number;
} newer[] = {
    { "cachestat", 451 },       { "fchmodat2", 452 },        { "map_shadow_stack", 453 }, { "futex_wake", 454 },
    { "futex_wait", 455 },      { "futex_requeue", 456 },    { "statmount", 457 },        { "listmount", 458 },
    { "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
    { "setxattrat", 463 },      { "getxattrat", 464 },       { "listxattrat", 465 },      { "removexattrat", 466 },
    { "open_tree_attr", 467 },  { "file_getattr", 468 },     { "file_setattr", 469 },
};

/* libseccomp gives these no number on x86, where they also exist behind socketcall and ipc. The filter refuses those two, so
 * the direct ones are what 32-bit programs have. */
static const struct {
    const char *name;
    int number;
} direct_x86[] = {
    { "socket", 359 },      { "socketpair", 360 },  { "bind", 361 },        { "connect", 362 },  { "listen", 363 },
    { "accept4", 364 },     { "getsockopt", 365 },  { "setsockopt", 366 },  { "getsockname", 367 },
    { "getpeername", 368 }, { "sendto", 369 },      { "sendmsg", 370 },     { "recvfrom", 371 }, { "recvmsg", 372 },
    { "shutdown", 373 },    { "semget", 393 },      { "semctl", 394 },      { "shmget", 395 },   { "shmctl", 396 },
    { "shmat", 397 },       { "shmdt", 398 },       { "msgget", 399 },      { "msgsnd", 400 },   { "msgrcv", 401 },
    { "msgctl", 402 },
};

const struct architecture *architecture_find(const char *name)
{
    if (strcmp(name, "native") == 0)
        name = NATIVE;
    for (size_t i = 0; i < ARCHITECTURE_COUNT; i++)
        if (strcmp(architectures[i].name, name) == 0 || (architectures[i].alias && strcmp(architectures[i].alias, name) == 0))
            return &architectures[i];
    return NULL;
}

const char *const *architecture_names(void)
{
    static const char *names[2 * ARCHITECTURE_COUNT + 2];
    size_t count = 0;
    names[count++] = "native";
    for (size_t i = 0; i < ARCHITECTURE_COUNT; i++) {
        names[count++] = architectures[i].name;
        if (architectures[i].alias)
            names[count++] = architectures[i].alias;
    }
    return names;
}

int64_t syscall_number(const struct architecture *architecture, const char *name)
{
    int number = seccomp_syscall_resolve_name_arch(architecture->library, name);
    if (number >= 0)
        return number;
    if (architecture->library == SCMP_ARCH_X86)
        for (size_t i = 0; i < sizeof direct_x86 / sizeof direct_x86[0]; i++)
            if (strcmp(direct_x86[i].name, name) == 0)
                return direct_x86[i].number;
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
        if (strcmp(newer[i].name, name) == 0)
            return newer[i].number | (architecture->library == SCMP_ARCH_X32 ? 0x40000000 : 0);
    return -1;
}
