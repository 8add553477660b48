/* The channel between the launcher and what it starts: whole messages (SOCK_SEQPACKET), each with a kind, perhaps
 * descriptors, perhaps an error with its sentence. A message that is not exactly of the form is an error, never a guess: the
 * other end is a process that runs inside, and after exec perhaps a hostile one. */
#pragma once
#include "base/error.h"

#include <stddef.h>

enum message_kind {
    MESSAGE_GO = 1,   /* launcher to child: the id maps stand; with the mount trees that the launcher opened for it */
    MESSAGE_TERMINAL, /* child to launcher: the master of the container's pty */
    MESSAGE_STOPPED,  /* init to launcher: the app was stopped from its terminal */
    MESSAGE_LOCKED,   /* child to launcher: the second user namespace exists and wants its maps */
    MESSAGE_LISTENER, /* app to launcher, right before its exec: the listener of its system call filter */
    MESSAGE_ERROR,    /* child to launcher: what failed, as a struct error */
};

#define CHANNEL_MAX_FDS 64

struct message {
    enum message_kind kind;
    int fds[CHANNEL_MAX_FDS]; /* owned by the receiver, close-on-exec */
    size_t fd_count;
    struct error error; /* MESSAGE_ERROR */
};

int channel_pair(int ret[2], struct error *err);
int channel_send(int fd, enum message_kind kind, const int *fds, size_t fd_count, struct error *err);
/* Never fails loudly: the process that calls it is about to end and has nobody else to tell. */
void channel_send_error(int fd, const struct error *error);
/* Waits. 1: a message; 0: the other end is gone; -1: error, what came is not a message included. */
int channel_receive(int fd, struct message *ret, struct error *err);
void message_fini(struct message *message); /* closes descriptors that were not taken (set to -1) */
