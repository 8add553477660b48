#include "kernel/architectures.h"

#include <seccomp.h>
#include <string.h>

const struct architecture architectures[] = {
    /* name      alias      seccomp_data.arch     libseccomp's token    runs on */
    { "x86_64", "amd64", SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, "x86_64" },
    { "x32", NULL, SCMP_ARCH_X86_64, SCMP_ARCH_X32, "x86_64" },
    { "x86", "i386", SCMP_ARCH_X86, SCMP_ARCH_X86, "x86_64" },
    { "arm64", "aarch64", SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64, "arm64" },
    { "arm", NULL, SCMP_ARCH_ARM, SCMP_ARCH_ARM, "arm64" },
    { "riscv64", NULL, SCMP_ARCH_RISCV64, SCMP_ARCH_RISCV64, "riscv64" },
};
#define COUNT (sizeof architectures / sizeof architectures[0])
const size_t architecture_count = COUNT;

/* The build-time program is told which machine it makes filters for. */
#ifdef NATIVE
#elif defined __x86_64__ && !defined __ILP32__
#define NATIVE "x86_64"
#elif defined __aarch64__ && defined __ORDER_LITTLE_ENDIAN__
#define NATIVE "arm64"
#elif defined __riscv && __riscv_xlen == 64
#define NATIVE "riscv64"
#else
#error "runtime/kernel/architectures.c has no row for this architecture"
#endif

const struct architecture *architecture_find(const char *name)
{
    if (strcmp(name, "native") == 0)
        name = NATIVE;
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(architectures[i].name, name) == 0 || (architectures[i].alias && strcmp(architectures[i].alias, name) == 0))
            return &architectures[i];
    return NULL;
}

const char *const *architecture_names(void)
{
    static const char *names[2 * COUNT + 2];
    size_t count = 0;
    names[count++] = "native";
    for (size_t i = 0; i < COUNT; i++) {
        names[count++] = architectures[i].name;
        if (architectures[i].alias)
            names[count++] = architectures[i].alias;
    }
    return names;
}
