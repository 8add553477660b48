#include "base/channel.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* On the wire: this header, then for an error its texts one after the other, each `length[i]` bytes and without a NUL. */
enum { TEXT_FILE, TEXT_MESSAGE, TEXT_NOTE, TEXT_HELP, TEXT_COUNT };

struct header {
    uint32_t kind, fd_count;
    int32_t code, status, line, column;
    uint32_t length[TEXT_COUNT]; /* 0: not set */
};

#define TEXT_MAX 1024 /* four of them and the header on a stack: a page more is a fault more in every start */
#define WIRE_MAX (sizeof(struct header) + TEXT_COUNT * TEXT_MAX)

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(CHANNEL_MAX_FDS * sizeof(int))];
};

int channel_pair(int ret[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0)
        return error_errno(err, errno, "make a channel to the container");
    return 0;
}

static ssize_t send_wire(int fd, struct iovec *part, const int *fds, size_t fd_count)
{
    union control control;
    struct msghdr wire = { .msg_iov = part, .msg_iovlen = 1 };
    if (fd_count) {
        memset(&control, 0, sizeof control);
        wire.msg_control = control.bytes;
        wire.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&wire);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, fd_count * sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(fd, &wire, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
}

int channel_send(int fd, enum message_kind kind, const int *fds, size_t fd_count, struct error *err)
{
    struct header header = { .kind = kind, .fd_count = (uint32_t)fd_count };
    struct iovec part = { &header, sizeof header };
    if (fd_count > CHANNEL_MAX_FDS)
        return error_set(err, "more than %d descriptors to hand over", CHANNEL_MAX_FDS);
    if (send_wire(fd, &part, fds, fd_count) < 0)
        return error_errno(err, errno, "speak to the other side of the launch");
    return 0;
}

/* By write(2), which every filter that lets a program run lets through: this may be said with the app's filter installed. */
void channel_send_error(int fd, const struct error *error)
{
    const char *texts[TEXT_COUNT] = {
        [TEXT_FILE] = error->file, [TEXT_MESSAGE] = error->message, [TEXT_NOTE] = error->note, [TEXT_HELP] = error->help
    };
    struct {
        struct header header;
        char texts[TEXT_COUNT * TEXT_MAX];
    } wire = { .header = { .kind = MESSAGE_ERROR,
                           .code = error->code,
                           .status = error->status,
                           .line = error->line,
                           .column = error->column } };
    size_t used = 0;
    for (int i = 0; i < TEXT_COUNT; i++) {
        size_t length = texts[i] ? strnlen(texts[i], TEXT_MAX) : 0;
        wire.header.length[i] = (uint32_t)length;
        if (length)
            memcpy(wire.texts + used, texts[i], length);
        used += length;
    }
    while (write(fd, &wire, sizeof wire.header + used) < 0 && errno == EINTR)
        ;
}

static int malformed(struct message *message, struct error *err)
{
    message_fini(message);
    return error_set(err, "the other side of the launch sent what is no message");
}

static int take_texts(struct message *message, const struct header *header, const char *texts, size_t size)
{
    char **fields[TEXT_COUNT] = { [TEXT_FILE] = &message->error.file,
                                  [TEXT_MESSAGE] = &message->error.message,
                                  [TEXT_NOTE] = &message->error.note,
                                  [TEXT_HELP] = &message->error.help };
    for (int i = 0; i < TEXT_COUNT; i++) {
        size_t length = header->length[i];
        if (length > TEXT_MAX || length > size || memchr(texts, '\0', length))
            return -1;
        if (length) {
            *fields[i] = strndup(texts, length);
            if (!*fields[i])
                return -1;
        }
        texts += length;
        size -= length;
    }
    return size == 0 ? 0 : -1;
}

int channel_receive(int fd, struct message *ret, struct error *err)
{
    union {
        struct header header;
        char bytes[WIRE_MAX];
    } wire;
    union control control;
    struct iovec part = { wire.bytes, sizeof wire.bytes };
    struct msghdr in = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
    };

    *ret = (struct message){ 0 };
    ssize_t n;
    /* ECONNRESET: the other side ended with something unread. It is told once, and before what that side has said: read on. */
    do
        n = recvmsg(fd, &in, MSG_CMSG_CLOEXEC);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n == 0)
        return 0;
    if (n < 0)
        return error_errno(err, errno, "hear from the other side of the launch");

    for (struct cmsghdr *c = CMSG_FIRSTHDR(&in); c; c = CMSG_NXTHDR(&in, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            ret->fd_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(ret->fds, CMSG_DATA(c), ret->fd_count * sizeof(int));
        }
    }
    const struct header *header = &wire.header;
    if ((size_t)n < sizeof *header || in.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || header->kind < MESSAGE_GO ||
        header->kind > MESSAGE_ERROR || header->fd_count != ret->fd_count)
        return malformed(ret, err);
    ret->kind = (enum message_kind)header->kind;
    ret->error.code = header->code;
    ret->error.status = header->status;
    ret->error.line = header->line;
    ret->error.column = header->column;
    if (take_texts(ret, header, wire.bytes + sizeof *header, (size_t)n - sizeof *header) < 0)
        return malformed(ret, err);
    return 1;
}

void message_fini(struct message *message)
{
    for (size_t i = 0; i < message->fd_count; i++)
        if (message->fds[i] >= 0)
            close(message->fds[i]);
    error_fini(&message->error);
    *message = (struct message){ 0 };
}
