/* Facts about mounts: where their places really are inside, whether what they show can be opened, and what of the way to it the
 * app could have changed. */
#pragma once
#include "plan/host.h"

/* Fills host->settled, host->unreachable and host->held. root: the root's folder where it is one of the host's, else -1. */
void host_gather_mounts(struct host *host, const struct spec *spec, int root, struct arena *arena);
