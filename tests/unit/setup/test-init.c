/* Each case runs with pids of its own and with shared ones; the former need a user namespace or root. */
#include "base/channel.h"
#include "base/syscalls.h"
#include "setup/init.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct container {
    pid_t pid;
    int pidfd, channel;
};

#ifdef __SANITIZE_ADDRESS__
#define FILTERED "Seccomp:\t" /* see init.c */
#else
#define FILTERED "Seccomp:\t2\n"
#endif

static int alive[2]; /* everybody inside holds the writing end: it reads as ended when nobody is left */

static size_t slurp(const char *what, pid_t pid, char *buffer, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, room - 1);
    if (fd >= 0)
        close(fd);
    buffer[n < 0 ? 0 : n] = '\0';
    return n < 0 ? 0 : (size_t)n;
}

static bool shows_title(pid_t pid)
{
    char text[4096];
    return slurp("cmdline", pid, text, sizeof text) == sizeof "cordon-init" && strcmp(text, "cordon-init") == 0;
}

static bool first_title_was_right; /* looked at before anything else in the app */

static pid_t clone_first(bool own_pids, int *ret_pidfd)
{
    struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)ret_pidfd, .exit_signal = SIGCHLD };
    if (own_pids)
        args.flags |= CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0);
    return sys_clone3(&args);
}

static bool start(struct container *c, bool own_pids, void (*body)(void))
{
    int pair[2];
    struct error err = { 0 };
    if (channel_pair(pair, &err) < 0 || pipe(alive) < 0)
        return false;
    c->pid = clone_first(own_pids, &c->pidfd);
    if (c->pid < 0)
        return false;
    if (c->pid == 0) {
        close(pair[0]);
        close(alive[0]);
        struct init_args args = { .channel = pair[1], .terminal = -1, .own_pids = own_pids };
        init_prepare(&args);
        args.app = fork();
        if (args.app == 0) {
            close(pair[1]);
            init_join(args.terminal);
            first_title_was_right = shows_title(getppid());
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            body();
            _exit(0);
        }
        usleep(10000); /* the app must wait, however late init is */
        init_run(&args);
    }
    close(pair[1]);
    close(alive[1]);
    c->channel = pair[0];
    return true;
}

static int end(struct container *c)
{
    int status = -1;
    if (waitpid(c->pid, &status, 0) != c->pid)
        return -1;
    close(c->pidfd);
    close(c->channel);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool nobody_is_left(void)
{
    struct pollfd fd = { alive[0], POLLIN, 0 };
    bool ended = poll(&fd, 1, 2000) == 1 && fd.revents & POLLHUP && !(fd.revents & POLLIN);
    close(alive[0]);
    return ended;
}

static bool is_ready(void)
{
    char byte;
    return read(alive[0], &byte, 1) == 1;
}

/* --- what runs inside --------------------------------------------------------------------------------------------- */

static _Noreturn void stay(void)
{
    alarm(20); /* should it be forgotten */
    for (;;)
        pause();
}
static void exits(void) { _exit(7); }
static void kills_itself(void) { kill(getpid(), SIGTERM); }
static void on_signal(int sig) { _exit(sig == SIGUSR1 ? 41 : sig == SIGTERM ? 42 : 43); }
static void waits(void)
{
    signal(SIGTERM, on_signal);
    signal(SIGUSR1, on_signal);
    if (write(alive[1], "r", 1) == 1)
        stay();
}
static void tells_init(void)
{
    signal(SIGUSR1, on_signal);
    kill(getppid(), SIGUSR1);
    sleep(5);
}
static void child_waits(void)
{
    signal(SIGINT, SIG_IGN); /* before the child can say that it is ready */
    if (fork() == 0) {       /* of the same group */
        signal(SIGINT, SIG_DFL);
        if (write(alive[1], "r", 1) == 1)
            stay();
        _exit(0);
    }
    int status = 0;
    wait(&status);
    _exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT ? 44 : 45);
}
static void leaves_daemons(void)
{
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            setsid();
            if (fork() == 0) {
                fork();
                stay();
            }
            _exit(0);
        }
        wait(NULL);
    }
    _exit(3);
}
static void makes_orphans(void)
{
    pid_t orphans[10];
    int from[2];
    if (pipe(from) < 0)
        _exit(90);
    for (size_t i = 0; i < 10; i++) {
        if (fork() == 0) {
            pid_t pid = fork();
            if (pid > 0 && write(from[1], &pid, sizeof pid) != sizeof pid)
                _exit(91);
            _exit(0);
        }
        wait(NULL);
        if (read(from[0], &orphans[i], sizeof orphans[i]) != sizeof orphans[i])
            _exit(92);
    }
    for (int tries = 0; tries < 200; tries++, usleep(10000)) {
        int left = 0;
        for (size_t i = 0; i < 10; i++)
            left += kill(orphans[i], 0) == 0; /* a zombie still takes it */
        if (left == 0)
            _exit(46);
    }
    _exit(93);
}
static void stops_and_exits(void)
{
    raise(SIGSTOP);
    _exit(9);
}

/* --- cases -------------------------------------------------------------------------------------------------------- */

static bool wait_stopped(struct container *c)
{
    struct message message;
    struct error err = { 0 };
    struct pollfd fd = { c->channel, POLLIN, 0 };
    bool stopped =
        poll(&fd, 1, 2000) == 1 && channel_receive(c->channel, &message, &err) == 1 && message.kind == MESSAGE_STOPPED;
    error_fini(&err);
    return stopped;
}

static void test_endings(bool own)
{
    struct container c;
    CHECK(start(&c, own, exits) && end(&c) == 7 && nobody_is_left());
    CHECK(start(&c, own, kills_itself) && end(&c) == 128 + SIGTERM && nobody_is_left());
    CHECK(start(&c, own, makes_orphans) && end(&c) == 46 && nobody_is_left());
    CHECK(start(&c, own, leaves_daemons) && end(&c) == 3 && nobody_is_left());
}

static void test_signals(bool own)
{
    struct container c;
    CHECK(start(&c, own, waits) && is_ready() && sys_pidfd_send_signal(c.pidfd, SIGTERM) == 0 && end(&c) == 42);
    CHECK(nobody_is_left());
    CHECK(start(&c, own, tells_init) && end(&c) == 41 && nobody_is_left());
    CHECK(start(&c, own, child_waits) && is_ready() && sys_pidfd_send_signal(c.pidfd, SIGINT) == 0 && end(&c) == 44);
    CHECK(nobody_is_left());
    CHECK(start(&c, own, waits) && is_ready() && sys_pidfd_send_signal(c.pidfd, INIT_END) == 0 && end(&c) == 128 + SIGKILL);
    CHECK(nobody_is_left());
}

static void test_stop(bool own)
{
    struct container c;
    CHECK(start(&c, own, stops_and_exits) && wait_stopped(&c));
    CHECK(sys_pidfd_send_signal(c.pidfd, SIGCONT) == 0 && end(&c) == 9 && nobody_is_left());
}

/* A supervisor that does not read its channel must not keep init from its work. */
static void test_full_channel(bool own)
{
    struct container c;
    CHECK(start(&c, own, waits) && is_ready());
    for (int i = 0; i < 2000; i++) {
        sys_pidfd_send_signal(c.pidfd, i % 2 ? SIGCONT : SIGTSTP);
        if (i % 2 == 0)
            usleep(100);
    }
    sys_pidfd_send_signal(c.pidfd, SIGCONT);
    CHECK(sys_pidfd_send_signal(c.pidfd, SIGTERM) == 0 && end(&c) == 42 && nobody_is_left());
}

static int count_descriptors(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return count;
}

static void sees_title(void) { _exit(first_title_was_right ? 47 : 94); }

static void test_view(bool own)
{
    struct container c;
    char status[8192];
    CHECK(start(&c, own, waits) && is_ready());
    CHECK(shows_title(c.pid));
    /* The app does not wait for init to confine itself. */
    for (int tries = 0; tries < 500; tries++) {
        slurp("status", c.pid, status, sizeof status);
        if (strstr(status, FILTERED))
            break;
        usleep(10000);
    }
    CHECK(strstr(status, "Name:\tcordon-init\n") && strstr(status, "NoNewPrivs:\t1\n") && strstr(status, FILTERED));
    CHECK(strstr(status, "CapInh:\t0000000000000000\n") && strstr(status, "CapAmb:\t0000000000000000\n"));
    CHECK(strstr(status, "CapEff:\t0000000000000020\n") || strstr(status, "CapEff:\t0000000000000000\n"));
    CHECK(strstr(status, "CapPrm:\t0000000000000020\n") || strstr(status, "CapPrm:\t0000000000000000\n"));
    CHECK(count_descriptors(c.pid) <= 1); /* the channel; there is no terminal here, and a user may not look */
    char environment[8192];
    size_t n = slurp("environ", c.pid, environment, sizeof environment);
    CHECK(!memmem(environment, n, "SECRET", 6) &&
          !memmem(environment, n, "xxxx", 4)); /* root may read it, others see nothing */
    kill(c.pid, SIGTERM);
    CHECK(end(&c) == 42 && nobody_is_left());
    if (!own)
        CHECK(start(&c, own, sees_title) && end(&c) == 47 && nobody_is_left());
}

/* The title must be exact however long the words were. */
static int run_again(char *name, char *argument)
{
    static char big[3 * 4096] = "SECRET=";
    memset(big + 7, 'x', sizeof big - 8);
    execve("/proc/self/exe", (char *[]){ name, argument, NULL }, (char *[]){ (char[]){ "X=1" }, big, NULL });
    return 99;
}

int main(int argc, char **argv)
{
#ifdef __SANITIZE_ADDRESS__
    /* It looks at init from outside: at its title, its descriptors and the filter that it puts on. */
    puts("1..1\nok 1 - init # SKIP with a sanitizer's runtime in it, init looks different from outside");
    return 0;
#endif
    init_remember_argv(argc, argv);
    if (getenv("X")) {
        test_view(false);
        return tap_done();
    }
    static char name[] = "t", longer[] = "a-command-line-that-is-longer-than-the-title", exact[] = "123456789";
    char *const arguments[] = { NULL, longer, exact };
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            dup2(STDERR_FILENO, STDOUT_FILENO);
            _exit(run_again(name, arguments[i]));
        }
        int status = -1;
        waitpid(pid, &status, 0);
        CHECK_NAMED(status == 0, i == 0   ? "a short command line is wiped"
                                 : i == 1 ? "a long one is"
                                          : "one of the title's length is");
    }
    for (int own = 0; own < 2; own++) {
        int pidfd = -1;
        pid_t probe = clone_first(own, &pidfd);
        if (probe == 0)
            _exit(0);
        if (probe < 0) {
            printf("ok %d # SKIP no pid namespace: %s\n", ++tap_count, strerror(errno));
            continue;
        }
        waitpid(probe, NULL, 0);
        close(pidfd);
        test_endings(own);
        test_signals(own);
        test_stop(own);
        test_full_channel(own);
        test_view(own);
    }
    return tap_done();
}
