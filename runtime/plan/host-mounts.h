/* Facts about mounts: where their places really are inside, and whether what they show can be opened. */
#pragma once
#include "plan/host.h"

/* Whether `at`, without its first slash, is where the kernel's files and the container's own /dev are: the root has nothing to
 * say there, and no link of its own leads there. */
bool host_is_kernels(const char *at);
/* Fills host->settled and host->unreachable. root: the root's folder where it is one of the host's, else -1. */
void host_gather_mounts(struct host *host, const struct spec *spec, int root, struct arena *arena);
