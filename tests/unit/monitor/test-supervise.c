/* This program is the shell of a terminal of its own (a pty whose master it also holds, so that it is the user too); the
 * supervisor is a job of it, with a container of one init and one app. */
#include "base/channel.h"
#include "base/syscalls.h"
#include "kernel/signals.h"
#include "monitor/supervise.h"
#include "setup/init.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

static int user, tty; /* both ends of the terminal */

/* What a case wants; the job is forked, so it sees it. */
static struct {
    bool own_pids, pty, background, without_init;
    int input, output; /* -1: the terminal */
    int reader;        /* of the output, not for the job to hold */
    void (*body)(void);
    void (*setup)(int channel); /* in the first process, before there is an app */
    uint64_t timeout;
    unsigned late; /* microseconds until the supervisor looks */
} run;

static int alive[2];
static int app_channel; /* the app's copy, for hostile ones */

/* --- inside ------------------------------------------------------------------------------------------------------- */

static int make_pty(int *ret_master)
{
    *ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    grantpt(*ret_master);
    unlockpt(*ret_master);
    return ioctl(*ret_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void send_fd(int channel, int fd)
{
    struct error err = { 0 };
    channel_send(channel, MESSAGE_TERMINAL, &fd, 1, &err);
}

static _Noreturn void first_process(int channel)
{
    prctl(PR_SET_PDEATHSIG, run.own_pids ? SIGKILL : INIT_END);
    struct init_args args = { .channel = channel, .terminal = -1, .own_pids = run.own_pids };
    if (run.setup)
        run.setup(channel);
    if (run.pty) {
        int master;
        args.terminal = make_pty(&master);
        ioctl(master, TIOCSWINSZ, &(struct winsize){ .ws_row = 24, .ws_col = 80 }); /* as terminal_open does */
        send_fd(channel, master);
        close(master);
    }
    init_prepare(&args);
    if (run.pty) {
        ioctl(args.terminal, TIOCSCTTY, 0);
        for (int fd = 0; fd < 3; fd++)
            dup2(args.terminal, fd);
    }
    if (run.without_init) {
        close(channel); /* as exec would */
        close(args.terminal);
        signals_restore();
        run.body();
        _exit(0);
    }
    args.app = fork();
    if (args.app == 0) {
        init_join(args.terminal);
        signals_restore();
        app_channel = channel;
        run.body();
        _exit(0);
    }
    init_run(&args);
}

static int launch(void)
{
    int pair[2];
    struct error err = { 0 };
    struct supervise_args args = { .own_pids = run.own_pids, .timeout = run.timeout };
    signals_block();
    if (channel_pair(pair, &err) < 0)
        return 201;
    struct clone_args clone = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&args.pidfd, .exit_signal = SIGCHLD };
    if (run.own_pids)
        clone.flags |= CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0);
    args.pid = sys_clone3(&clone);
    if (args.pid < 0)
        return 202;
    if (args.pid == 0) {
        close(pair[0]);
        close(alive[0]);
        first_process(pair[1]);
    }
    close(pair[1]);
    close(alive[1]);
    args.channel = pair[0];
    usleep(run.late);
    int status = supervise(&args, &err);
    if (waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG) == 0 || errno != ECHILD)
        return 203; /* not reaped */
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    if (sigismember(&mask, SIGTERM))
        return 204; /* not put back */
    if (status < 0)
        status = error_is_set(&err) ? err.status + 100 : 205;
    error_fini(&err);
    return status;
}

/* --- the shell ---------------------------------------------------------------------------------------------------- */

static struct termios cooked;

static bool is_cooked(void)
{
    struct termios now;
    return tcgetattr(tty, &now) == 0 && now.c_lflag == cooked.c_lflag && now.c_iflag == cooked.c_iflag &&
           now.c_oflag == cooked.c_oflag;
}

static bool eventually(bool (*condition)(void))
{
    for (int i = 0; i < 300; i++, usleep(10000))
        if (condition())
            return true;
    return false;
}
static bool is_raw(void)
{
    struct termios now;
    return tcgetattr(tty, &now) == 0 && !(now.c_lflag & (ICANON | ECHO | ISIG));
}

static pid_t start_job(void)
{
    fflush(stdout);
    if (pipe2(alive, O_CLOEXEC) < 0)
        return -1;
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        if (!run.background)
            tcsetpgrp(tty, getpid());
        signal(SIGTTOU, SIG_DFL);
        dup2(run.input < 0 ? tty : run.input, 0);
        dup2(run.output < 0 ? tty : run.output, 1);
        close(user);
        if (run.reader >= 0)
            close(run.reader);
        _exit(launch());
    }
    setpgid(job, job);
    if (!run.background)
        tcsetpgrp(tty, job);
    close(alive[1]);
    return job;
}

static int end_job(pid_t job)
{
    int status = -1;
    for (int i = 0; i < 3000; i++, usleep(10000)) {
        if (waitpid(job, &status, WNOHANG) == job) {
            tcsetpgrp(tty, getpgrp());
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        }
    }
    kill(job, SIGKILL);
    waitpid(job, &status, 0);
    tcsetpgrp(tty, getpgrp());
    return -1; /* it hung */
}

static bool stops(pid_t job)
{
    int status = 0;
    for (int i = 0; i < 300; i++, usleep(10000)) {
        if (waitpid(job, &status, WUNTRACED | WNOHANG) == job) {
            tcsetpgrp(tty, getpgrp());
            return WIFSTOPPED(status);
        }
    }
    return false;
}

static void foreground(pid_t job, bool with_signal)
{
    tcsetpgrp(tty, job);
    if (with_signal)
        kill(-job, SIGCONT);
}

static bool nobody_is_left(void)
{
    struct pollfd fd = { alive[0], POLLIN, 0 };
    char bytes[64];
    while (poll(&fd, 1, 3000) == 1) {
        if (read(alive[0], bytes, sizeof bytes) <= 0) {
            close(alive[0]);
            return true;
        }
    }
    close(alive[0]);
    return false;
}

static bool is_ready(void)
{
    struct pollfd fd = { alive[0], POLLIN, 0 };
    char byte;
    return poll(&fd, 1, 3000) == 1 && read(alive[0], &byte, 1) == 1;
}

/* Reads what the terminal shows until `text` was in it. */
static bool shows(const char *text)
{
    char seen[8192];
    size_t length = 0;
    struct pollfd fd = { user, POLLIN, 0 };
    while (length < sizeof seen - 1 && poll(&fd, 1, 2000) == 1) {
        ssize_t n = read(user, seen + length, sizeof seen - 1 - length);
        if (n <= 0)
            return false;
        length += (size_t)n;
        if (memmem(seen, length, text, strlen(text)))
            return true;
    }
    return false;
}

static bool types(const char *text) { return write(user, text, strlen(text)) == (ssize_t)strlen(text); }

static void reset(void (*body)(void), bool own_pids, bool pty)
{
    run = (__typeof__(run)){ .own_pids = own_pids, .pty = pty, .input = -1, .output = -1, .reader = -1, .body = body };
    tcflush(tty, TCIOFLUSH);
    tcsetattr(tty, TCSANOW, &cooked);
}

/* --- what runs inside --------------------------------------------------------------------------------------------- */

static _Noreturn void stay(void)
{
    alarm(20); /* should it be forgotten */
    for (;;)
        pause();
}
static void ready(void)
{
    if (write(alive[1], "r", 1) != 1)
        _exit(90);
}
static void on_signal(int sig) { _exit(40 + sig % 10); }
static void exits(void) { _exit(7); }
static void kills_itself(void) { kill(getpid(), SIGKILL); }
static void waits(void)
{
    signal(SIGTERM, on_signal); /* 45 */
    signal(SIGUSR2, on_signal); /* 42 */
    signal(SIGHUP, on_signal);  /* 41 */
    ready();
    stay();
}
static void ignores(void)
{
    signal(SIGTERM, SIG_IGN);
    ready();
    stay();
}
static void echoes_line(void)
{
    char line[64];
    struct winsize size = { 0 };
    ioctl(0, TIOCGWINSZ, &size);
    printf("size %dx%d\n", size.ws_row, size.ws_col);
    fflush(stdout);
    ready();
    while (!fgets(line, sizeof line, stdin) && errno == EINTR)
        clearerr(stdin);
    printf("line %s", line);
    fflush(stdout);
    _exit(5);
}
static void tells_size(int sig)
{
    (void)sig;
    struct winsize size = { 0 };
    ioctl(0, TIOCGWINSZ, &size);
    dprintf(1, "now %dx%d\n", size.ws_row, size.ws_col);
    _exit(6);
}
static void waits_resize(void)
{
    signal(SIGWINCH, tells_size);
    ready();
    stay();
}
static void writes_much(void)
{
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    for (size_t done = 0; done < sizeof block;) {
        ssize_t n = write(1, block + done, sizeof block - done);
        if (n < 0)
            _exit(91);
        done += (size_t)n;
    }
    _exit(8);
}
static void writes_some(void)
{
    static char block[12000]; /* more than the pipe takes, and no more than supervisor and pty hold */
    memset(block, 'x', sizeof block);
    for (size_t done = 0; done < sizeof block;) {
        ssize_t n = write(1, block + done, sizeof block - done);
        done += n < 0 ? 0 : (size_t)n;
    }
    _exit(8);
}
static void leaves_terminal(void)
{
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    ready();
    usleep(400000);
    _exit(7);
}
static void counts_input(void)
{
    struct termios own;
    tcgetattr(0, &own);
    int count = 0, n;
    char bytes[64];
    while ((n = (int)read(0, bytes, sizeof bytes)) > 0)
        count += n;
    _exit(count);
}
static void writes_until_hangup(void)
{
    signal(SIGHUP, on_signal);
    for (;;) {
        if (write(1, "y", 1) < 0)
            sleep(2); /* EIO, and the signal is on its way */
        usleep(1000);
    }
}
static void has_daemon(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            stay();
        _exit(0);
    }
    wait(NULL);
    ready();
    stay();
}
static void is_hostile(void)
{
    int other;
    int slave = make_pty(&other);
    char garbage[3] = { 0 };
    struct error err = { 0 };
    send_fd(app_channel, other);
    close(other);
    channel_send_error(app_channel, &(struct error){ .message = (char[]){ "lie" }, .status = 126 });
    if (write(app_channel, garbage, sizeof garbage) < 0)
        errno = 0;
    channel_send(app_channel, MESSAGE_STOPPED, NULL, 0, &err);
    error_fini(&err);
    close(slave);
    echoes_line();
}
static void stops_once(void)
{
    raise(SIGSTOP);
    channel_send_error(app_channel, &(struct error){ .message = (char[]){ "lie" }, .status = 126 });
    usleep(300000);
    _exit(9);
}

/* --- cases -------------------------------------------------------------------------------------------------------- */

static void test_statuses(bool own)
{
    pid_t job;
    reset(exits, own, false);
    CHECK((job = start_job()) > 0 && end_job(job) == 7 && nobody_is_left());
    reset(kills_itself, own, false);
    CHECK((job = start_job()) > 0 && end_job(job) == 128 + SIGKILL && nobody_is_left());
    reset(waits, own, false);
    CHECK((job = start_job()) > 0 && is_ready() && kill(job, SIGTERM) == 0 && end_job(job) == 45 && nobody_is_left());
    CHECK((job = start_job()) > 0 && is_ready() && kill(job, SIGUSR2) == 0 && end_job(job) == 42 && nobody_is_left());
}

static void test_timeout(bool own, bool pty)
{
    reset(waits, own, pty);
    run.timeout = 200;
    pid_t job = start_job();
    CHECK(is_ready() && end_job(job) == 124 && nobody_is_left() && is_cooked());
    if (!pty)
        return;
    reset(ignores, own, pty);
    run.timeout = 100;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    job = start_job();
    CHECK(end_job(job) == 124 && nobody_is_left() && is_cooked());
    clock_gettime(CLOCK_MONOTONIC, &to);
    CHECK(to.tv_sec - from.tv_sec >= 2 && to.tv_sec - from.tv_sec <= 5);
}

static void sends_error(int channel)
{
    channel_send_error(channel, &(struct error){ .message = (char[]){ "no such program" }, .status = 127 });
    sleep(5);
}
static void sends_odd_status(int channel)
{
    channel_send_error(channel, &(struct error){ .message = (char[]){ "odd" }, .status = 3 });
    _exit(0);
}
static void sends_no_pty(int channel)
{
    int fake[2];
    if (pipe2(fake, O_CLOEXEC) == 0 && write(fake[1], "fake", 4) == 4)
        send_fd(channel, fake[0]);
}

static void test_messages(bool own)
{
    pid_t job;
    reset(exits, own, false);
    run.setup = sends_error;
    CHECK((job = start_job()) > 0 && end_job(job) == 227 && nobody_is_left());
    run.setup = sends_odd_status;
    CHECK((job = start_job()) > 0 && end_job(job) == 225 && nobody_is_left());
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    int to[2];
    char byte;
    if (nothing < 0 || pipe2(to, O_CLOEXEC) < 0)
        return;
    run.setup = sends_no_pty;
    run.input = nothing;
    run.output = to[1];
    CHECK((job = start_job()) > 0 && end_job(job) == 100 && nobody_is_left()); /* nobody would see what it prints: no start */
    close(nothing);
    close(to[1]);
    CHECK(read(to[0], &byte, 1) == 0); /* nothing of it was shown */
    close(to[0]);
    reset(stops_once, own, true);
    CHECK((job = start_job()) > 0 && stops(job));
    foreground(job, true);
    CHECK(end_job(job) == 9 && nobody_is_left() && is_cooked());

    reset(is_hostile, own, true);
    job = start_job();
    CHECK(shows("size 24x80") && eventually(is_raw) && types("more\r") && shows("line more") && end_job(job) == 5);
    CHECK(nobody_is_left() && is_cooked());
}

static void test_relay(bool own)
{
    pid_t job;
    reset(echoes_line, own, true);
    CHECK((job = start_job()) > 0 && shows("size 24x80\r\n"));
    CHECK(is_raw());
    CHECK(types("hello\r") && shows("line hello\r\n") && end_job(job) == 5 && nobody_is_left() && is_cooked());

    reset(waits_resize, own, true);
    job = start_job();
    CHECK(is_ready() && ioctl(user, TIOCSWINSZ, &(struct winsize){ .ws_row = 50, .ws_col = 132 }) == 0 && shows("now 50x132"));
    CHECK(end_job(job) == 6 && nobody_is_left() && is_cooked());
    ioctl(user, TIOCSWINSZ, &(struct winsize){ .ws_row = 24, .ws_col = 80 });

    reset(waits, own, true);
    job = start_job();
    CHECK(is_ready() && eventually(is_raw) && types("\003") && end_job(job) == 128 + SIGINT && nobody_is_left() && is_cooked());
}

static void test_job_control(bool own)
{
    reset(echoes_line, own, true);
    pid_t job = start_job();
    CHECK(is_ready() && eventually(is_raw) && types("\032") && stops(job));
    CHECK(is_cooked());
    kill(-job, SIGCONT); /* bg */
    usleep(50000);
    CHECK(is_cooked());
    foreground(job, true);
    CHECK(eventually(is_raw) && types("again\r") && shows("line again") && end_job(job) == 5 && nobody_is_left() &&
          is_cooked());

    /* `cordon run … &` and then fg, where a shell sends no SIGCONT since the job runs */
    reset(echoes_line, own, true);
    run.background = true;
    job = start_job();
    CHECK(is_ready() && (usleep(50000), is_cooked()));
    CHECK(shows("size 24x80"));
    foreground(job, false);
    CHECK(eventually(is_raw) && types("late\r") && shows("line late") && end_job(job) == 5 && nobody_is_left() && is_cooked());

    /* without a pty, Ctrl-Z comes as a signal to our group */
    reset(waits, own, false);
    job = start_job();
    CHECK(is_ready() && types("\032") && stops(job));
    foreground(job, true);
    CHECK(kill(job, SIGTERM) == 0 && end_job(job) == 45 && nobody_is_left());
}

static bool uses_no_time(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    return clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &used) == 0 && used.tv_sec == 0 &&
           used.tv_nsec < 50000000;
}

static void test_output(bool own)
{
    int to[2];
    reset(writes_much, own, true);
    if (pipe2(to, O_CLOEXEC) < 0)
        return;
    run.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    run.output = to[1];
    run.reader = to[0];
    pid_t job = start_job();
    close(to[1]);
    usleep(300000); /* the pipe and the pty are full by now */
    CHECK(uses_no_time(job));
    static char bytes[65536];
    size_t total = 0;
    for (ssize_t n; (n = read(to[0], bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            total += bytes[i] == 'x';
    close(run.input);
    CHECK(total == 1 << 20);
    CHECK(end_job(job) == 8 && nobody_is_left());
    close(to[0]);

    reset(writes_until_hangup, own, true);
    if (pipe2(to, O_CLOEXEC) < 0)
        return;
    run.output = to[1];
    run.reader = to[0];
    job = start_job();
    close(to[1]);
    CHECK(read(to[0], bytes, 1) == 1);
    close(to[0]);
    CHECK(end_job(job) == 41 && nobody_is_left() && is_cooked());
}

/* The caller's terminal goes away while we are in its foreground, or in no group of it. */
static void test_hangup(bool own, unsigned late)
{
    reset(waits, own, true);
    run.late = late;
    run.input = make_pty(&run.reader);
    pid_t job = start_job();
    CHECK(is_ready());
    close(run.input);
    close(run.reader);
    CHECK(end_job(job) == 41 && nobody_is_left());
}

/* The kernel tells a background job nothing of that. In a session of its own, as this one's terminal is still needed. */
static void test_hangup_in_background(bool own)
{
    fflush(stdout);
    pid_t other = fork();
    if (other == 0) {
        setsid();
        signal(SIGHUP, SIG_IGN);
        tty = make_pty(&user);
        if (ioctl(tty, TIOCSCTTY, 0) < 0)
            _exit(1);
        reset(waits, own, true);
        run.background = true;
        pid_t job = start_job();
        bool is_running = is_ready();
        usleep(50000);
        close(user);
        _exit(is_running && end_job(job) == 41 && nobody_is_left() ? 0 : 2);
    }
    int status = -1;
    CHECK(waitpid(other, &status, 0) == other && status == 0);
}

static void test_last_output(bool own)
{
    int to[2];
    reset(writes_some, own, true);
    if (pipe2(to, O_CLOEXEC) < 0 || fcntl(to[1], F_SETPIPE_SZ, 4096) < 0)
        return;
    run.output = to[1];
    run.reader = to[0];
    pid_t job = start_job();
    close(to[1]);
    CHECK(nobody_is_left() && usleep(100000) == 0); /* before anything is read */
    static char bytes[16000];
    size_t total = 0;
    for (ssize_t n; (n = read(to[0], bytes, sizeof bytes)) > 0;)
        total += (size_t)n;
    CHECK(total == 12000 && end_job(job) == 8 && is_cooked());
    close(to[0]);
}

/* The app is the first process: nobody speaks on the channel, and nobody keeps the terminal open for it. */
static void test_without_init(bool own)
{
    reset(leaves_terminal, own, true);
    run.without_init = true;
    pid_t job = start_job();
    CHECK(is_ready() && (usleep(300000), uses_no_time(job)));
    CHECK(end_job(job) == 7 && nobody_is_left() && is_cooked());
}

/* Past the second after which init and supervisor give their memory back. */
static void test_long(bool own)
{
    reset(waits, own, false);
    pid_t job = start_job();
    CHECK(is_ready() && (usleep(1300000), kill(job, SIGTERM) == 0) && end_job(job) == 45 && nobody_is_left());
    run.timeout = 1500;
    CHECK((job = start_job()) > 0 && end_job(job) == 124 && nobody_is_left());
}

static void test_input_end(bool own)
{
    static const struct {
        const char *text;
        int count;
    } cases[] = { { "", 0 }, { "abc\n", 4 }, { "abc", 3 } };
    for (size_t i = 0; i < 3; i++) {
        int from[2];
        reset(counts_input, own, true);
        if (pipe2(from, O_CLOEXEC) < 0 || write(from[1], cases[i].text, strlen(cases[i].text)) < 0)
            return;
        run.input = from[0];
        close(from[1]);
        pid_t job = start_job();
        close(from[0]);
        CHECK(end_job(job) == cases[i].count && nobody_is_left());
    }
}

static void test_deaths(bool own)
{
    reset(has_daemon, own, true);
    pid_t job = start_job();
    CHECK(is_ready() && eventually(is_raw) && kill(job, SIGKILL) == 0 && end_job(job) == 1000 + SIGKILL);
    CHECK(nobody_is_left());
    reset(has_daemon, own, true);
    job = start_job();
    CHECK(is_ready() && eventually(is_raw) && kill(job, SIGSEGV) == 0 && end_job(job) == 1000 + SIGSEGV);
    CHECK(is_cooked() && nobody_is_left());
}

static bool can_have_pids(void)
{
    int pidfd = -1;
    struct clone_args clone = { .flags = CLONE_PIDFD | CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0),
                                .pidfd = (uintptr_t)&pidfd,
                                .exit_signal = SIGCHLD };
    pid_t pid = sys_clone3(&clone);
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return false;
    close(pidfd);
    return waitpid(pid, NULL, 0) == pid;
}

static int shell(void)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    signal(SIGTTOU, SIG_IGN);
    setsid();
    tty = make_pty(&user);
    if (tty < 0 || ioctl(tty, TIOCSCTTY, 0) < 0 || ioctl(user, TIOCSWINSZ, &size) < 0 || tcgetattr(tty, &cooked) < 0) {
        printf("ok 1 # SKIP no terminal to be had: %s\n1..1\n", strerror(errno));
        return 0;
    }
    for (int own = 0; own < 2; own++) {
        if (own && !can_have_pids()) {
            printf("ok %d # SKIP no pid namespace: %s\n", ++tap_count, strerror(errno));
            break;
        }
        test_statuses(own);
        test_messages(own);
        test_relay(own);
        test_job_control(own);
        test_output(own);
        test_hangup(own, 0);
        test_hangup(own, 300000); /* before the supervisor has taken the terminal */
        test_hangup_in_background(own);
        test_last_output(own);
        test_without_init(own);
        test_long(own);
        test_input_end(own);
        test_timeout(own, false);
        test_timeout(own, true);
        test_deaths(own);
    }
    return tap_done();
}

int main(void)
{
    /* in a child, since it must lead a session */
    pid_t pid = fork();
    if (pid == 0) {
        int status = shell();
        fflush(stdout);
        _exit(status);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status ? 1 : 0;
}
