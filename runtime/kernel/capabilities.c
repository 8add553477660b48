#include "kernel/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libcap's cap_set_proc allocates and reads the kernel's version first; this is one call where the start of every container
 * passes. */
int capabilities_set(uint64_t kept, uint64_t until_exec, struct error *err)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    uint64_t now = kept | until_exec;
    for (int i = 0; i < 2; i++)
        data[i] = (struct __user_cap_data_struct){ .effective = (uint32_t)(now >> 32 * i),
                                                   .permitted = (uint32_t)(now >> 32 * i),
                                                   .inheritable = (uint32_t)(kept >> 32 * i) };
    if (syscall(SYS_capset, &header, data) < 0)
        return error_errno(err, errno, "set the capabilities");
    return 0;
}

int capabilities_bound(uint64_t kept, struct error *err)
{
    /* Up to the first that the kernel does not know; it knows them without a gap. */
    for (int capability = 0; capability < 64; capability++) {
        if (kept >> capability & 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, capability) < 0) {
            if (errno == EINVAL)
                return 0;
            return error_errno(err, errno, "drop capability %d from the bounding set", capability);
        }
    }
    return 0;
}

int capabilities_ambient(uint64_t kept, struct error *err)
{
    for (int capability = 0; kept >> capability && capability < 64; capability++)
        if (kept >> capability & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
            return error_errno(err, errno, "keep capability %d", capability);
    return 0;
}

int capabilities_keep_across_setuid(struct error *err)
{
    if (prctl(PR_SET_KEEPCAPS, 1) < 0)
        return error_errno(err, errno, "keep the capabilities across the change of user");
    return 0;
}
