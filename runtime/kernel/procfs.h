/* Files of a procfs that is held by descriptor, and of nothing that was mounted on them. */
#pragma once
#include <stdint.h>

/* Opens `path` below the procfs `proc`, where no mount and no magic link is on the way: the profile's mounts lie in the
 * container's, and a root can lead one there. -1 with errno; EXDEV: there is one, or it is no procfs. */
int procfs_open(int proc, const char *path, uint64_t flags);
