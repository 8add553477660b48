/* The channel between the launcher and what it starts (AC-74): what is not exactly a message is refused, whatever its bytes,
 * and its descriptors are closed. */
#include "base/channel.h"
#include "tap.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER 40 /* ten words: kind, fd_count, code, status, line, column, and the lengths of four texts */

static int ends[2];

static int receive(struct message *message)
{
    struct error err = { 0 };
    int result = channel_receive(ends[1], message, &err);
    error_fini(&err);
    return result;
}

static int receive_bytes(const void *bytes, size_t size)
{
    struct message message;
    if (send(ends[0], bytes, size, 0) != (ssize_t)size)
        return -2;
    int result = receive(&message);
    message_fini(&message);
    return result;
}

static size_t error_message(char *bytes, size_t size)
{
    const struct error error = {
        .code = 2, .status = 127, .file = (char[]){ "a.yaml" }, .line = 3, .column = 4, .message = (char[]){ "app.user: no" }
    };
    channel_send_error(ends[0], &error);
    return (size_t)recv(ends[1], bytes, size, 0);
}

static void test_whole(void)
{
    struct message message;
    struct error err = { 0 };
    int folder = open("/", O_PATH | O_CLOEXEC);
    CHECK(channel_send(ends[0], MESSAGE_TERMINAL, &folder, 1, &err) == 0 && receive(&message) == 1);
    CHECK(message.kind == MESSAGE_TERMINAL && message.fd_count == 1 && fcntl(message.fds[0], F_GETFD) == FD_CLOEXEC);
    message_fini(&message);

    char bytes[8192];
    size_t size = error_message(bytes, sizeof bytes);
    CHECK(size == HEADER + strlen("a.yaml") + strlen("app.user: no"));
    CHECK(send(ends[0], bytes, size, 0) == (ssize_t)size && receive(&message) == 1);
    CHECK(message.kind == MESSAGE_ERROR && message.error.status == 127 && message.error.line == 3);
    CHECK_TEXT(message.error.file, "a.yaml");
    CHECK_TEXT(message.error.message, "app.user: no");
    CHECK_TEXT(message.error.note, NULL);
    message_fini(&message);
    close(folder);
}

/* A sentence of any length arrives cut, not as something else. */
static void test_long(void)
{
    char *text = malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    const struct error error = { .file = text, .message = text, .note = text, .help = text };
    struct message message;
    channel_send_error(ends[0], &error);
    CHECK(receive(&message) == 1 && strlen(message.error.message) == 1024 && strlen(message.error.help) == 1024);
    message_fini(&message);
    free(text);
}

static void test_malformed(void)
{
    char bytes[8192];
    uint32_t words[10];
    size_t size = error_message(bytes, sizeof bytes);
    memcpy(words, bytes, HEADER);
    static const struct {
        const char *name;
        unsigned word;
        uint32_t value;
    } changes[] = {
        { "kind 0 is none", 0, 0 },
        { "nor is one too high", 0, MESSAGE_ERROR + 1 },
        { "a descriptor that did not come", 1, 1 },
        { "more than there can be", 1, UINT32_MAX },
        { "a text longer than it may be", 6, 1025 },
        { "a text that runs beyond the end", 7, 1000 },
        { "a length that wraps around", 7, UINT32_MAX },
        { "texts that leave something over", 7, 1 },
        { "a text that is not there", 9, 1 },
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint32_t changed[10];
        memcpy(changed, words, HEADER);
        changed[changes[i].word] = changes[i].value;
        memcpy(bytes, changed, HEADER);
        CHECK_NAMED(receive_bytes(bytes, size) == -1, changes[i].name);
    }
    memcpy(bytes, words, HEADER);
    bytes[HEADER + 1] = '\0';
    CHECK_NAMED(receive_bytes(bytes, size) == -1, "a NUL within a text");
    CHECK_NAMED(receive_bytes(bytes, HEADER - 1) == -1, "half a header");
    memset(bytes, 'x', sizeof bytes);
    CHECK_NAMED(receive_bytes(bytes, sizeof bytes) == -1, "more than any message holds");
}

static void test_descriptors(void)
{
    uint32_t words[10] = { 99, 1 };
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec part = { words, sizeof words };
    struct msghdr wire = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
    };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&wire);
    int folder = open("/", O_PATH | O_CLOEXEC), next = dup(folder);
    struct message message;
    *rights = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
    memcpy(CMSG_DATA(rights), &folder, sizeof folder);
    close(next); /* the number that what comes will get */
    CHECK(sendmsg(ends[0], &wire, 0) == HEADER && receive(&message) == -1);
    CHECK_NAMED(fcntl(next, F_GETFD) < 0, "what came with no message is closed");
    close(folder);
}

/* Any bytes, from a fixed seed: read or refused, and whatever is read is within its bounds. */
static void test_any(void)
{
    char whole[8192], bytes[8192];
    size_t size = error_message(whole, sizeof whole);
    bool sound = true;
    srandom(1);
    for (int i = 0; i < 20000; i++) {
        size_t length = i % 3 ? size : (size_t)random() % size + 1;
        memcpy(bytes, whole, length);
        for (long changes = random() % 4 + 1; changes > 0; changes--)
            bytes[(size_t)random() % length] = (char)random();
        struct message message;
        if (send(ends[0], bytes, length, 0) != (ssize_t)length)
            sound = false;
        int result = receive(&message);
        if (result == 1)
            sound = sound && message.kind >= MESSAGE_GO && message.kind <= MESSAGE_ERROR && message.fd_count == 0 &&
                    (!message.error.message || strlen(message.error.message) <= 1024);
        else
            sound = sound && result == -1 && !message.error.message;
        message_fini(&message);
    }
    CHECK_NAMED(sound, "20000 changed messages are read or refused");
}

/* The other side says why and ends, without having read what was sent to it. */
static void test_last_words(void)
{
    struct message message;
    struct error err = { 0 };
    int saved[2] = { ends[0], ends[1] };
    if (channel_pair(ends, &err) < 0)
        return;
    CHECK(channel_send(ends[1], MESSAGE_GO, NULL, 0, &err) == 0);
    channel_send_error(ends[0], &(struct error){ .message = (char[]){ "why" }, .status = 125 });
    close(ends[0]);
    CHECK(receive(&message) == 1 && message.kind == MESSAGE_ERROR);
    CHECK_TEXT(message.error.message, "why");
    message_fini(&message);
    CHECK(receive(&message) == 0);
    close(ends[1]);
    ends[0] = saved[0];
    ends[1] = saved[1];
}

int main(void)
{
    struct error err = { 0 };
    CHECK(channel_pair(ends, &err) == 0);
    test_whole();
    test_long();
    test_malformed();
    test_descriptors();
    test_last_words();
    test_any();
    return tap_done();
}
