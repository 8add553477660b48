/* One loop over: the process, the channel, signals, and the console. A turn serves them in this order, and the process last:
 *
 *     channel: an error that was sent before the process ended must be heard before its end is believed
 *     signals, console
 *     process: it has ended
 *
 * What the channel is believed. Until the app's exec its other end is held by our own code; after it, by init alone (the app's
 * copy is close-on-exec), or by nobody where there is no init. We cannot see the exec, so we go by what each message could do,
 * were its sender hostile:
 *
 *   - TERMINAL: once, before anything else, one descriptor, and only the master of a pty. A later one could put another
 *     terminal in place.
 *   - LISTENER: once, where one is waited for, one descriptor, and only the listener of a filter. Whatever comes out of it is
 *     refused.
 *   - STOPPED: at any time. It stops us, as the app's own stopping should; SIGCONT goes on.
 *   - ERROR: not after STOPPED, since then the app had been started. It ends the run with a sentence, shown escaped, and one of
 *     three statuses: no more than the app can do by writing and exiting.
 *
 * Anything else, and anything that is not of its form, closes the channel: from there on nothing is heard. With the first it is
 * the end: one that cannot be received, or a terminal that cannot be taken over, could be all that is seen of the app. */
#include "monitor/supervise.h"

#include "base/channel.h"
#include "base/cleanup.h"
#include "base/idle.h"
#include "base/syscalls.h"
#include "kernel/signals.h"
#include "monitor/console.h"
#include "monitor/refusals.h"
#include "setup/init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define STATUS_TIMED_OUT 124
#define INIT_PATIENCE 10000 /* nobody but init ends the rest: thousands, or what holds much memory, take their time */

/* What a container that ran out of time gets, and how long it then has. */
static const struct {
    int sig;
    bool shared_pids_only;
    uint64_t patience;
} escalation[] = { { SIGTERM, false, 2000 }, { INIT_END, true, INIT_PATIENCE }, { SIGKILL, false, UINT64_MAX } };

enum { FD_PROCESS, FD_CHANNEL, FD_SIGNALS, FD_REFUSALS, FD_CONSOLE, FD_COUNT = FD_CONSOLE + CONSOLE_FDS };

struct supervisor {
    const struct supervise_args *args;
    int channel; /* -1: nothing is heard any more */
    int signals;
    bool heard, was_stopped;
    /* When it was sent SIGTSTP, as by Ctrl-Z where it has the terminal's place but not the terminal, and what ends; as
     * idle_now() has it; 0: not */
    uint64_t asked_to_stop, asked_to_end;
    bool gone; /* the container; what is left is output */
    struct console *console;
    uint64_t deadline; /* UINT64_MAX: none */
    bool stands;       /* the app stopped itself, and we went on */
    size_t step;       /* of escalation; 0: still in time */
};

/* --- signals ------------------------------------------------------------------------------------------------------ */

static void send_signal(const struct supervisor *s, int sig)
{
    sys_pidfd_send_signal(s->args->pidfd, sig); /* ESRCH: it has ended */
}

/* --- stop and continue -------------------------------------------------------------------------------------------- */

/* What was asked for a while ago is not why something happens now. */
static bool is_meant(uint64_t asked) { return asked && idle_now() - asked < WHILE_MEANT; }

static void go_on(struct supervisor *s)
{
    s->stands = false;
    console_continue(s->console); /* before the app, which may draw at once */
    send_signal(s, SIGCONT);
}

/* As Ctrl-Z would have done, had the terminal not been raw: to the whole group, so that a script around us stops too. In an
 * orphaned group the kernel drops it, since nobody could continue us; then the app must not stay stopped either. */
static void stop_with(struct supervisor *s)
{
    bool whole_group = console_holds_terminal(s->console);
    /* An app that stops itself must not stop the clock of its own time limit; who typed Ctrl-Z may. */
    bool typed = console_take_suspend(s->console);
    s->stands = s->deadline != UINT64_MAX && !typed && !is_meant(s->asked_to_stop);
    if (s->stands && is_meant(s->asked_to_end))
        return go_on(s); /* it stopped before it heard of it */
    if (s->stands)
        return;
    s->asked_to_stop = 0;
    sigset_t stop, cont;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigemptyset(&cont);
    sigaddset(&cont, SIGCONT);
    console_release(s->console);
    kill(whole_group ? 0 : getpid(), SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL); /* here we stand until somebody continues us */
    sigprocmask(SIG_BLOCK, &stop, NULL);
    sigtimedwait(&cont, NULL, &(struct timespec){ 0 });
    go_on(s);
}

/* Returns the last one that wants an end, or 0. */
static int take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    int end = 0;
    while (read(s->signals, &info, sizeof info) == sizeof info) {
        int sig = (int)info.ssi_signo;
        if (sig == SIGTSTP || sig == SIGCONT)
            s->asked_to_stop = sig == SIGTSTP ? idle_now() : 0;
        if (sig == SIGWINCH && s->console)
            console_resize(s->console);
        else if (sig == SIGCONT)
            go_on(s);
        else if (sig == SIGTSTP && (s->gone || s->stands))
            stop_with(s);
        else
            send_signal(s, sig);
        if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
            continue;
        end = sig;
        s->asked_to_end = idle_now();
        if (s->stands && !s->gone) /* stopped, it would not hear of it */
            go_on(s);
    }
    return end;
}

/* --- the channel -------------------------------------------------------------------------------------------------- */

/* It is sent before anything of a stranger's runs: one that cannot be taken is a start that failed. */
static bool take_console(struct supervisor *s, struct message *message, struct error *err)
{
    if (s->heard || message->fd_count != 1)
        return false;
    s->console = console_new(take_fd(&message->fds[0]));
    if (!s->console)
        error_errno(err, errno, "take over the container's terminal");
    return s->console != NULL;
}

static int fail(struct message *message, struct error *err)
{
    error_move(err, &message->error);
    if (!error_is_set(err))
        error_set(err, "the container could not be started, and its first process does not say why");
    if (err->status != EXIT_CANNOT_EXECUTE && err->status != EXIT_NOT_FOUND)
        err->status = EXIT_CANNOT_START;
    return -1;
}

/* -1: the start failed, with err. */
static int hear(struct supervisor *s, struct error *err)
{
    struct message message;
    struct error nonsense = { 0 };
    int result = 0;
    int received = channel_receive(s->channel, &message, &nonsense);
    bool believed = received > 0;
    if (received < 0 &&
        !s->heard) { /* what it could have been is not known: the terminal, without which nothing is seen of the app */
        error_move(err, &nonsense);
        result = -1;
    }
    error_fini(&nonsense);
    if (believed && message.kind == MESSAGE_TERMINAL) {
        believed = take_console(s, &message, err);
        result = error_is_set(err) ? -1 : 0;
    } else if (believed && message.kind == MESSAGE_LISTENER) {
        believed = s->args->refusals && message.fd_count == 1 && refusals_take(s->args->refusals, &message.fds[0]);
    } else if (believed && message.kind == MESSAGE_STOPPED) {
        s->was_stopped = true;
        stop_with(s);
    } else if (believed && message.kind == MESSAGE_ERROR && !s->was_stopped) {
        result = fail(&message, err);
    } else {
        believed = false;
    }
    s->heard = true;
    message_fini(&message);
    if (!believed)
        s->channel = -1; /* the caller's to close */
    return result;
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void escalate(struct supervisor *s)
{
    while (escalation[s->step].shared_pids_only && s->args->own_pids)
        s->step++;
    send_signal(s, escalation[s->step].sig);
    send_signal(s, SIGCONT); /* what is stopped would not hear the first */
    uint64_t patience = escalation[s->step].patience;
    s->deadline = patience == UINT64_MAX ? UINT64_MAX : idle_now() + patience;
    s->step++;
}

static int time_left(const struct supervisor *s, int other)
{
    if (s->deadline == UINT64_MAX)
        return other;
    uint64_t at = idle_now(), left = s->deadline > at ? s->deadline - at : 0;
    int ours = left > 3600000 ? 3600000 : (int)left;
    return other >= 0 && other < ours ? other : ours;
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static int wait_events(const struct supervisor *s, struct pollfd *fds, int tick)
{
    enum { WHILE_BUSY = 1000 };
    int timeout = time_left(s, tick);
    if (timeout >= 0 && timeout <= WHILE_BUSY)
        return poll(fds, FD_COUNT, timeout);
    int ready = poll(fds, FD_COUNT, WHILE_BUSY);
    if (ready != 0)
        return ready;
    timeout = time_left(s, tick);
    struct timespec rest = { timeout / 1000, timeout % 1000 * 1000000L };
    return (int)idle_call(SYS_ppoll, (long)(uintptr_t)fds, FD_COUNT, timeout < 0 ? 0 : (long)(uintptr_t)&rest, 0, 0);
}

/* 0: goes on; 1: the process has ended; -1: the start failed, or we cannot go on. */
static int turn(struct supervisor *s, struct error *err)
{
    /* The process stands first: once poll has found it ended, all that it ever sent lies in the channel that is looked at next.
     */
    struct pollfd fds[FD_COUNT] = { [FD_PROCESS] = { s->args->pidfd, POLLIN, 0 },
                                    [FD_CHANNEL] = { s->channel, POLLIN, 0 },
                                    [FD_SIGNALS] = { s->signals, POLLIN, 0 },
                                    [FD_REFUSALS] = { s->args->refusals ? s->args->refusals->listener : -1, POLLIN, 0 } };
    int tick = console_poll(s->console, fds + FD_CONSOLE);
    if (wait_events(s, fds, tick) < 0)
        return errno == EINTR ? 0 : error_errno(err, errno, "wait for the container");
    bool spoke = fds[FD_CHANNEL].revents;
    if (spoke && hear(s, err) < 0)
        return -1;
    if (fds[FD_SIGNALS].revents)
        take_signals(s);
    if (fds[FD_REFUSALS].revents)
        refusals_answer(s->args->refusals, fds[FD_REFUSALS].revents);
    if (s->deadline != UINT64_MAX && idle_now() >= s->deadline)
        escalate(s);
    if (spoke)
        return 0; /* there may be more to hear; and we may have stood stopped, so what poll said of the console is old */
    console_relay(s->console, fds + FD_CONSOLE);
    /* A stopped app takes no keys: who types Ctrl-Z now gets the terminal back all the same, and can continue it. */
    if (s->stands && console_has_suspend(s->console))
        stop_with(s);
    return fds[FD_PROCESS].revents ? 1 : 0;
}

/* What was written last is still in the pty. Whoever takes our output may take its time, as with any program that ends; a pty
 * that stays open though nobody of the container is left to hold it may not: SILENCE is in all, so that somebody outside, whom
 * the app gave its end to, cannot keep us by a byte now and then. */
static void drain(struct supervisor *s)
{
    enum { SILENCE = 500 };
    uint64_t waited = 0;
    s->gone = true;
    console_end_input(s->console);
    while (!console_is_drained(s->console)) {
        struct pollfd fds[1 + CONSOLE_FDS] = { { s->signals, POLLIN, 0 } };
        console_poll(s->console, fds + 1);
        bool waits_for_output = fds[1 + CONSOLE_OUTPUT].fd >= 0;
        uint64_t began = idle_now();
        int ready = poll(fds, COUNT(fds), waits_for_output ? -1 : (int)(SILENCE - waited));
        if (!waits_for_output)
            waited += idle_now() - began;
        if (ready == 0 || (fds[0].revents && take_signals(s)))
            return;
        console_relay(s->console, fds + 1);
        if (waited >= SILENCE)
            return;
    }
}

static void end_container(const struct supervisor *s)
{
    struct pollfd process = { s->args->pidfd, POLLIN, 0 };
    if (!s->args->own_pids) {
        send_signal(s, INIT_END);
        poll(&process, 1, INIT_PATIENCE);
    }
    send_signal(s, SIGKILL);
}

/* The status, or -1: who ignores SIGCHLD for good in this process, or waits for children, has taken it away. */
static int reap(const struct supervisor *s, struct error *err)
{
    siginfo_t info = { 0 };
    int result;
    do
        result = waitid(P_PIDFD, (id_t)s->args->pidfd, &info, WEXITED | __WALL);
    while (result < 0 && errno == EINTR);
    if (result < 0)
        return error_is_set(err) ? -1 : error_errno(err, errno, "learn how the container ended");
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* What came too late for the container is not for us either: taken, or it would strike when the mask is put back. */
static void finish_signals(const struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (s->signals >= 0 && read(s->signals, &info, sizeof info) == sizeof info)
        ;
    signals_restore();
}

int supervise(const struct supervise_args *args, struct error *err)
{
    sigset_t set = signals_forwarded();
    AUTO_CLOSE int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    struct supervisor s = { .args = args,
                            .channel = args->channel,
                            .signals = signals,
                            .deadline = args->timeout ? idle_now() + args->timeout : UINT64_MAX };
    int ended = signals < 0 ? error_errno(err, errno, "make a descriptor that tells of signals") : 0;
    while (ended == 0)
        ended = turn(&s, err);
    if (ended < 0)
        end_container(&s);
    int status = reap(&s, err);
    drain(&s);
    if (console_lost(s.console) && !error_is_set(err))
        error_errno(err, console_lost(s.console), "print what the container's terminal shows");
    console_free(s.console);
    finish_signals(&s);
    if (ended < 0)
        return -1;
    return s.step ? STATUS_TIMED_OUT : status;
}
