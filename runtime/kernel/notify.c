#include "kernel/notify.h"

#include "base/weak.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* The kernel's structures may be longer than those known here, and what it is given must be zeros. */
union room {
    struct seccomp_notif call;
    struct seccomp_notif_resp answer;
    unsigned char bytes[512];
};

bool notify_is_listener(int fd)
{
    uint64_t none = 0; /* ids begin above it, so that a listener does not know it; other files do not know the request */
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) < 0 && errno == ENOENT;
}

bool notify_next(int listener, struct waiting_call *ret)
{
    union room room;
    memset(&room, 0, sizeof room);
    /* ENOENT: it was killed since; the kernel does not wait for the next one then. */
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &room.call) < 0)
        return false;
    *ret = (struct waiting_call){ room.call.id, room.call.data };
    return true;
}

void notify_refuse(int listener, uint64_t id, int code)
{
    union room room;
    memset(&room, 0, sizeof room);
    room.answer.id = id;
    room.answer.error = -code;
    if (weak("refuse")) {
        room.answer.error = 0;
        room.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &room.answer);
}
