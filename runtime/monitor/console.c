/* Two buffers, each read only when it is empty: whoever does not take its bytes holds up the other side and nothing else, as a
 * pipe would. The caller's descriptors are shared with its shell, so they are never made non-blocking; output gets an open
 * file of its own where that is possible. */
#include "monitor/console.h"

#include "base/cleanup.h"
#include "base/idle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    TICK = 300,          /* ms between looks at what sends no event */
    CHUNK = 512,         /* of a write that could wait: what a pipe or terminal that polls as writable is almost sure to take */
    ROUNDS = 8,          /* of reading in one turn, so that signals are not kept waiting by much output */
    LAST_BYTES = 1 << 18 /* what the kernel can hold of a pty is far less: more comes from somebody who should be gone */
};

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

struct buffer {
    size_t start, end;
};

struct console {
    int master; /* -1: hung up */
    int output; /* an own open file, or STDOUT_FILENO */
    int lost;   /* the errno with which nothing more could be written to it; 0: none */
    size_t chunk;
    bool input_is_terminal, raw, saved; /* saved: `before` is what to give back */
    bool input_ended, input_in_line;    /* in_line: the last byte was not the end of one */
    bool slave_closed, ending;
    uint64_t suspend_typed; /* when, as idle_now() has it; 0: not */
    size_t last_bytes;
    struct termios before;
    struct sigaction pipe_before, crash_before[COUNT(crashes)];
    struct buffer to_app, from_app;
    char input[4096], screen[16384]; /* last, and not zeroed: what is never used takes no memory */
};

/* --- the caller's terminal ---------------------------------------------------------------------------------------- */

/* Without job control (no controlling terminal, or another) there is no background either. */
static bool is_in_foreground(void)
{
    pid_t group = tcgetpgrp(STDIN_FILENO);
    return group < 0 || group == getpgrp();
}

static const struct termios *restore_on_crash;

static void crash(int sig)
{
    tcsetattr(STDIN_FILENO, TCSANOW, restore_on_crash);
    raise(sig); /* SA_RESETHAND: now it ends us */
}

static void guard_crashes(struct console *console)
{
    struct sigaction action = { .sa_handler = crash, .sa_flags = SA_RESETHAND | SA_NODEFER };
    restore_on_crash = &console->before;
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigaction(crashes[i], &action, &console->crash_before[i]);
}

static void unguard_crashes(struct console *console)
{
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigaction(crashes[i], &console->crash_before[i], NULL);
}

/* Closing the master does to the container what the loss of a real terminal does, SIGHUP included. */
static void hang_up(struct console *console)
{
    if (console->master >= 0)
        close(console->master);
    console->master = -1;
    console->to_app = console->from_app = (struct buffer){ 0 };
}

/* It fails where the terminal itself was hung up: a background job hears of that in no other way. */
static void take_terminal(struct console *console)
{
    if (!console->input_is_terminal || console->raw || console->ending || !is_in_foreground())
        return;
    if (!console->saved && tcgetattr(STDIN_FILENO, &console->before) < 0) {
        hang_up(console);
        return;
    }
    struct termios raw = console->before;
    cfmakeraw(&raw);
    if (!isatty(STDOUT_FILENO))
        raw.c_oflag = console->before.c_oflag; /* our output goes elsewhere, and whoever it goes to may write here */
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0) {
        hang_up(console);
        return;
    }
    if (!console->saved)
        guard_crashes(console);
    console->saved = console->raw = true;
    console_resize(console);
}

bool console_holds_terminal(const struct console *console) { return console && console->raw; }

/* An app that took the key for itself must not make use of it later on. */
bool console_has_suspend(const struct console *console)
{
    return console && console->suspend_typed && idle_now() - console->suspend_typed < WHILE_MEANT;
}

int console_lost(const struct console *console) { return console ? console->lost : 0; }

bool console_take_suspend(struct console *console)
{
    bool typed = console_has_suspend(console);
    if (console)
        console->suspend_typed = 0;
    return typed;
}

void console_release(struct console *console)
{
    if (!console || !console->saved)
        return;
    if (console->raw)
        tcsetattr(STDIN_FILENO, TCSANOW,
                  &console->before); /* SIGTTOU is blocked; not DRAIN, which a stalled terminal never ends */
    unguard_crashes(console);
    console->saved = console->raw = false;
}

/* If SIGSTOP stopped us we could not give it back, the shell took it and set its own modes: they are not ours to change until
 * we are in the foreground, and `before` still holds what it was in the beginning. */
void console_continue(struct console *console)
{
    if (!console)
        return;
    console->raw = false;
    take_terminal(console);
}

void console_resize(struct console *console)
{
    struct winsize size;
    if (!console || console->master < 0)
        return;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
            ioctl(console->master, TIOCSWINSZ, &size);
            return;
        }
    }
}

/* --- making it ---------------------------------------------------------------------------------------------------- */

/* A regular file never makes us wait, and opened again it would lose its offset and O_APPEND. Opening fails where the terminal
 * belongs to another user, and for sockets: then small pieces must do. */
static void choose_output(struct console *console)
{
    struct stat st;
    console->output = STDOUT_FILENO;
    console->chunk = CHUNK;
    if (fstat(STDOUT_FILENO, &st) < 0 || S_ISSOCK(st.st_mode))
        return;
    if (S_ISFIFO(st.st_mode) || isatty(STDOUT_FILENO)) {
        int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
            return;
        console->output = fd;
    }
    console->chunk = sizeof console->screen;
}

static bool is_master(int fd)
{
    unsigned number;
    return ioctl(fd, TIOCGPTN, &number) == 0;
}

struct console *console_new(int master)
{
    struct console *console = is_master(master) ? malloc(sizeof *console) : NULL;
    if (!console) {
        close(master);
        return NULL;
    }
    memset(console, 0, offsetof(struct console, input));
    console->master = master;
    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    choose_output(console);
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, &console->pipe_before);
    console->input_is_terminal = isatty(STDIN_FILENO);
    /* EIO: it was a terminal, and was hung up while the container started. Taken for a file at its end it would only say
     * Ctrl-D. */
    if (!console->input_is_terminal && errno == EIO)
        hang_up(console);
    take_terminal(console);
    console_resize(console);
    return console;
}

void console_free(struct console *console)
{
    if (!console)
        return;
    console_release(console);
    hang_up(console);
    if (console->output != STDOUT_FILENO)
        close(console->output);
    sigaction(SIGPIPE, &console->pipe_before, NULL);
    free(console);
}

/* --- moving bytes ------------------------------------------------------------------------------------------------- */

static bool is_empty(const struct buffer *buffer) { return buffer->start == buffer->end; }

static bool wants_input(const struct console *console)
{
    return !console->input_ended && is_empty(&console->to_app) && !console->slave_closed &&
           (!console->input_is_terminal || console->raw);
}

/* Nobody wakes us when the slave is opened again, nor when a shell takes a job that already runs to the foreground (bash then
 * sends no SIGCONT). A descriptor that nothing is wanted of is left out: its POLLHUP would come without end. */
int console_poll(const struct console *console, struct pollfd fds[CONSOLE_FDS])
{
    for (int i = 0; i < CONSOLE_FDS; i++)
        fds[i] = (struct pollfd){ .fd = -1 };
    if (!console || console->master < 0)
        return -1;
    short master = (short)((is_empty(&console->from_app) ? POLLIN : 0) | (is_empty(&console->to_app) ? 0 : POLLOUT));
    if (wants_input(console))
        fds[CONSOLE_INPUT] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    if (master && !console->slave_closed)
        fds[CONSOLE_MASTER] = (struct pollfd){ .fd = console->master, .events = master };
    if (!is_empty(&console->from_app))
        fds[CONSOLE_OUTPUT] = (struct pollfd){ .fd = console->output, .events = POLLOUT };
    return console->slave_closed || (console->input_is_terminal && !console->raw && !console->ending) ? TICK : -1;
}

/* A terminal has no end of file, only a character that says so to who reads by lines; and in the midst of a line the first
 * one only hands over the line. */
static void end_input(struct console *console)
{
    struct termios pty;
    char end = 'D' & 0x1f;
    if (tcgetattr(console->master, &pty) == 0 && pty.c_cc[VEOF] != _POSIX_VDISABLE)
        end = (char)pty.c_cc[VEOF];
    console->input[0] = console->input[1] = end;
    console->to_app = (struct buffer){ 0, console->input_in_line ? 2 : 1 };
    console->input_ended = true;
}

static void read_input(struct console *console)
{
    ssize_t n = read(STDIN_FILENO, console->input, sizeof console->input);
    if (n > 0) {
        console->to_app = (struct buffer){ 0, (size_t)n };
        const int suspend = console->saved ? console->before.c_cc[VSUSP] : 'Z' & 0x1f;
        if (console->input_is_terminal && suspend != _POSIX_VDISABLE && memchr(console->input, suspend, (size_t)n))
            console->suspend_typed = idle_now();
        console->input_in_line = console->input[n - 1] != '\n' && console->input[n - 1] != '\r';
    } else if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return; /* EAGAIN: the caller's file may be non-blocking */
    } else if (n < 0 && errno == EIO && console->input_is_terminal && !is_in_foreground()) {
        console->raw = false; /* lost to another group: SIGTTIN, were it not blocked */
    } else if (console->input_is_terminal) {
        hang_up(console); /* raw, it knows no other end */
    } else {
        end_input(console);
    }
}

static void write_input(struct console *console)
{
    struct buffer *buffer = &console->to_app;
    if (is_empty(buffer) || console->master < 0)
        return;
    ssize_t n = write(console->master, console->input + buffer->start, buffer->end - buffer->start);
    if (n >= 0)
        buffer->start += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        *buffer = (struct buffer){ 0 }; /* EIO: nobody holds the slave */
}

static bool can_write(const struct console *console)
{
    struct pollfd fd = { .fd = console->output, .events = POLLOUT };
    return console->chunk != CHUNK || poll(&fd, 1, 0) == 1;
}

/* Where the output is gone, so is the terminal: closing the master does to the container what a hang-up does, SIGHUP included.
 */
static void write_output(struct console *console)
{
    struct buffer *buffer = &console->from_app;
    while (!is_empty(buffer) && can_write(console)) {
        size_t left = buffer->end - buffer->start;
        ssize_t n = write(console->output, console->screen + buffer->start, left < console->chunk ? left : console->chunk);
        if (n >= 0)
            buffer->start += (size_t)n;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR) {
            console->lost = errno == EPIPE ? 0 : errno; /* a reader that has seen enough is none */
            hang_up(console);
        }
    }
}

static void relay_output(struct console *console)
{
    for (int round = 0; round < ROUNDS; round++) {
        write_output(console);
        if (!is_empty(&console->from_app) || console->master < 0)
            return;
        ssize_t n = read(console->master, console->screen, sizeof console->screen);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            console->slave_closed = false;
            return;
        }
        console->slave_closed = n <= 0; /* EIO; what was written before comes first */
        if (n <= 0)
            return;
        console->from_app = (struct buffer){ 0, (size_t)n };
        console->last_bytes += console->ending ? (size_t)n : 0;
    }
}

void console_relay(struct console *console, const struct pollfd fds[CONSOLE_FDS])
{
    if (!console || console->master < 0)
        return;
    if (console->input_is_terminal && !console->raw)
        take_terminal(console);
    if (fds[CONSOLE_INPUT].revents && wants_input(console))
        read_input(console);
    write_input(console);
    if (fds[CONSOLE_MASTER].revents || fds[CONSOLE_OUTPUT].revents || console->slave_closed)
        relay_output(console);
}

void console_end_input(struct console *console)
{
    if (!console)
        return;
    console->ending = console->input_ended = true;
    console->to_app = (struct buffer){ 0 };
    console->slave_closed = false; /* look once more */
}

bool console_is_drained(const struct console *console)
{
    if (!console || console->master < 0)
        return true;
    return is_empty(&console->from_app) && (console->slave_closed || console->last_bytes > LAST_BYTES);
}
