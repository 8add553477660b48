#include "network/loopback.h"

#include "base/cleanup.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* One ioctl: netlink would need libnl, a socket, a message and its answer for the one flag that is set here. */
int loopback_up(struct error *err)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK };
    AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        return error_errno(err, errno, "bring up the loopback interface");
    return 0;
}
