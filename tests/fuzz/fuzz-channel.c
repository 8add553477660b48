/* What the launcher hears from a container, base/channel.h: the first byte says how many descriptors come along, the others are
 * the message. Whatever comes, no descriptor stays open and nothing is read that was not sent. */
#include "base/channel.h"
#include "fuzz.h"

#include <sys/socket.h>

static int lowest_free(void)
{
    int fd = fcntl(0, F_DUPFD, 0);
    close(fd);
    return fd;
}

static void send_bytes(int to, const uint8_t *bytes, size_t size, size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE((CHANNEL_MAX_FDS + 8) * sizeof(int))];
    } control = { 0 };
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    struct msghdr wire = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd_count) {
        wire.msg_control = control.bytes;
        wire.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&wire);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        for (size_t i = 0; i < fd_count; i++)
            memcpy(CMSG_DATA(rights) + i * sizeof(int), &to, sizeof to);
    }
    PROMISE(sendmsg(to, &wire, MSG_NOSIGNAL) == (ssize_t)size);
}

static void check_message(const struct message *message, size_t size)
{
    const char *const texts[] = { message->error.file, message->error.message, message->error.note, message->error.help };
    size_t length = 0;
    PROMISE(message->kind >= MESSAGE_GO && message->kind <= MESSAGE_ERROR && message->fd_count <= CHANNEL_MAX_FDS);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        length += texts[i] ? strlen(texts[i]) : 0;
    PROMISE(length < size);
    for (size_t i = 0; i < message->fd_count; i++)
        PROMISE(fcntl(message->fds[i], F_GETFD) == FD_CLOEXEC);
    if (error_is_set(&message->error))
        error_print(fuzz_nowhere(), &message->error, "error");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ends[2] = { -1, -1 };
    struct error err = { 0 };
    struct message message;
    if (ends[0] < 0)
        PROMISE(channel_pair(ends, &err) == 0 && fuzz_nowhere());
    if (size < 2 || size > 16384)
        return 0;
    int before = lowest_free();
    send_bytes(ends[0], data + 1, size - 1, data[0] % (CHANNEL_MAX_FDS + 8));
    int result = channel_receive(ends[1], &message, &err);
    PROMISE(result == 1 || (result == -1 && error_is_set(&err)));
    if (result == 1)
        check_message(&message, size);
    message_fini(&message);
    error_fini(&err);
    PROMISE(lowest_free() == before);
    return 0;
}
