/* The system call filter: from rules by number to a BPF program, and into the kernel. Knows no profile. */
#pragma once
#include "base/error.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

struct filter {
    const struct sock_filter *code;
    size_t count;
};

/* Installs it on the calling thread; needs no_new_privs or CAP_SYS_ADMIN. `log`: refusals that log are recorded by the kernel.
 */
int seccomp_install(const struct filter *filter, bool log, struct error *err);
/* The same of a program that leaves refusals to a listener: returns that, close-on-exec. From here on a refused call waits for
 * whoever reads it. */
int seccomp_install_told(const struct filter *filter, struct error *err);
