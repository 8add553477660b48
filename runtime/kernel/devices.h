/* Device nodes of the host, as /dev has them. No link is followed out of /dev, and no folder entered that others may write to:
 * a name there could be anybody's link to a disk. */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

/* As the kernel's device programs number them. */
enum device_access { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };

struct device {
    const char *real; /* below /dev, after its links: "sr0" of cdrom */
    bool block;
    unsigned major, minor;
};

/* What `name` below /dev is. NULL, or what is wrong with it: a clause that follows the name. */
const char *device_find(struct arena *arena, const char *name, struct device *ret);

/* All names below /dev that the pattern (glob(7)) stands for and that are devices, sorted. */
void device_glob(struct arena *arena, const char *pattern, struct strings *ret);
bool device_is_pattern(const char *name);

/* "rw" */
const char *device_access_text(unsigned access, char ret[4]);
