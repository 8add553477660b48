/* The filters in the kernel: each call is really made, in a child without and in one with the filter. Arguments are such that
 * nothing happens if a call comes through. Names in brackets are cases of the attack list. */
#include "plan/plan-syscalls.h"
#include "tap.h"

#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "variants.h"

#define BAD 1L /* an address that nothing is at */
#define HIGH 0x100000000L

struct attempt {
    const char *name;
    long number, args[5];
    int wanted; /* errno; 0: the call comes through, whatever the kernel then says */
};

static const struct attempt attempts[] = {
    { "TIOCSTI [39]", SYS_ioctl, { -1, TIOCSTI, BAD }, EPERM },
    { "TIOCSTI with something in the high half [40]", SYS_ioctl, { -1, TIOCSTI | HIGH, BAD }, EPERM },
    { "TIOCSTI with the sign bit [40]", SYS_ioctl, { -1, TIOCSTI | (1L << 63), BAD }, EPERM },
    { "TIOCLINUX [41]", SYS_ioctl, { -1, TIOCLINUX, BAD }, EPERM },
    { "TIOCLINUX with something in the high half [41]", SYS_ioctl, { -1, TIOCLINUX | HIGH, BAD }, EPERM },
    { "TIOCGWINSZ", SYS_ioctl, { -1, TIOCGWINSZ, BAD }, 0 },
    { "x32 read [44]", 0x40000000, { -1, BAD, 0 }, ENOSYS },
    { "x32 ioctl TIOCSTI [44]", 0x40000000 | 514, { -1, TIOCSTI, BAD }, ENOSYS },
    { "clone of a user namespace [45]", SYS_clone, { CLONE_NEWUSER | CLONE_SIGHAND, 0, 0, 0, 0 }, EPERM },
    { "clone of a mount namespace, high half set [45]", SYS_clone, { CLONE_NEWNS | CLONE_SIGHAND | HIGH, 0, 0, 0, 0 }, EPERM },
    { "clone3 [45]", SYS_clone3, { BAD, 0 }, ENOSYS },
    { "number 470 [46]", 470, { 0 }, ENOSYS },
    { "number 1023 [46]", 1023, { 0 }, ENOSYS },
    { "number -2 [46]", -2, { 0 }, ENOSYS },
    { "socket of a family that is none [46]", SYS_socket, { 77, SOCK_STREAM, 0 }, EAFNOSUPPORT },
    { "mount [47]", SYS_mount, { BAD, BAD, BAD, 0, BAD }, EPERM },
    { "umount2 [47]", SYS_umount2, { BAD, 0 }, EPERM },
    { "move_mount [47]", SYS_move_mount, { -1, BAD, -1, BAD, 0 }, EPERM },
    { "open_tree [47]", SYS_open_tree, { -1, BAD, 0 }, EPERM },
    { "open_tree_attr [47]", 467, { -1, BAD, 0, BAD, 0 }, EPERM },
    { "fsopen [47]", SYS_fsopen, { BAD, 0 }, EPERM },
    { "fsconfig [47]", SYS_fsconfig, { -1, 0, BAD, BAD, 0 }, EPERM },
    { "fsmount [47]", SYS_fsmount, { -1, 0, 0 }, EPERM },
    { "fspick [47]", SYS_fspick, { -1, BAD, 0 }, EPERM },
    { "mount_setattr [47]", SYS_mount_setattr, { -1, BAD, 0, BAD, 0 }, EPERM },
    { "pivot_root [47]", SYS_pivot_root, { BAD, BAD }, EPERM },
    { "chroot [47]", SYS_chroot, { BAD }, EPERM },
    { "setns [47]", SYS_setns, { -1, 0 }, EPERM },
    { "unshare of a user namespace [47]", SYS_unshare, { CLONE_NEWUSER }, EPERM },
    { "unshare of a time namespace [47]", SYS_unshare, { CLONE_NEWTIME }, EPERM },
    { "AF_ALG [48]", SYS_socket, { AF_ALG, SOCK_SEQPACKET, 0 }, EAFNOSUPPORT },
    { "AF_ALG with something in the high half [48]", SYS_socket, { AF_ALG | HIGH, SOCK_SEQPACKET, 0 }, EAFNOSUPPORT },
    { "AF_VSOCK [48]", SYS_socket, { AF_VSOCK, SOCK_STREAM, 0 }, EAFNOSUPPORT },
    { "AF_PACKET [48]", SYS_socket, { AF_PACKET, SOCK_RAW, 0 }, EAFNOSUPPORT },
    { "AF_NETLINK, audit [48]", SYS_socket, { AF_NETLINK, SOCK_RAW, NETLINK_AUDIT }, EAFNOSUPPORT },
    { "AF_NETLINK, route [48]", SYS_socket, { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE }, 0 },
    { "AF_UNIX [48]", SYS_socket, { AF_UNIX, SOCK_STREAM, 0 }, 0 },
    { "AF_INET, raw [48]", SYS_socket, { AF_INET, SOCK_RAW, 1 }, EPERM },
    { "io_uring_setup [49]", SYS_io_uring_setup, { 4, BAD }, EPERM },
    { "io_uring_enter [49]", SYS_io_uring_enter, { -1, 0, 0, 0, 0 }, EPERM },
    { "bpf [50]", SYS_bpf, { -1, BAD, 0 }, EPERM },
    { "perf_event_open [50]", SYS_perf_event_open, { BAD, 0, -1, -1, 0 }, EPERM },
    { "userfaultfd [50]", SYS_userfaultfd, { -1 }, EPERM },
    { "keyctl [50]", SYS_keyctl, { -1 }, EPERM },
    { "add_key [50]", SYS_add_key, { BAD, BAD, BAD, 1, 0 }, EPERM },
    { "request_key [50]", SYS_request_key, { BAD, BAD, BAD, 0 }, EPERM },
    { "kexec_load [50]", SYS_kexec_load, { 0, 9999, BAD, 0 }, EPERM },
    { "ptrace [50]", SYS_ptrace, { -1, -1, 0, 0 }, EPERM },
    { "process_vm_readv [50]", SYS_process_vm_readv, { -1, BAD, 1, BAD, 1 }, EPERM },
    { "process_vm_writev [50]", SYS_process_vm_writev, { -1, BAD, 1, BAD, 1 }, EPERM },
    { "kcmp [50]", SYS_kcmp, { -1, -1, 0, 0, 0 }, EPERM },
    { "pidfd_getfd [50]", SYS_pidfd_getfd, { -1, -1, 0 }, EPERM },
    { "quotactl [50]", SYS_quotactl, { -1, BAD, 0, BAD }, EPERM },
    { "open_by_handle_at [50]", SYS_open_by_handle_at, { -1, BAD, 0 }, EPERM },
    { "name_to_handle_at [50]", SYS_name_to_handle_at, { -1, BAD, BAD, BAD, 0 }, EPERM },
    { "personality, ADDR_NO_RANDOMIZE [50]", SYS_personality, { ADDR_NO_RANDOMIZE }, EPERM },
    { "personality, asked [50]", SYS_personality, { 0xffffffff }, 0 },
    { "unshare of the file table", SYS_unshare, { CLONE_FILES }, 0 },
    { "statx", SYS_statx, { -1, BAD, 0, 0, BAD }, 0 },
    { "futex", SYS_futex, { BAD, 1, 0, 0, 0 }, 0 },
};
#define ATTEMPT_COUNT (sizeof attempts / sizeof attempts[0])

static void install(const struct spec *spec)
{
    struct filter filter;
    struct error err = { 0 };
    bool builtin;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || plan_filter(spec, &filter, &builtin, &err) < 0 ||
        seccomp_install(&filter, spec->syscalls.on_deny == DENY_KILL, &err) < 0) { /* with and without the flag */
        error_print(stderr, &err, "error");
        _exit(99);
    }
}

/* Runs `work` in a child, behind the filter of `spec` unless that is NULL. Returns the wait status. */
static int in_child(const struct spec *spec, void (*work)(void *), void *argument)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (spec)
            install(spec);
        work(argument);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static int attempt_errno(const struct attempt *attempt)
{
    const long *args = attempt->args;
    errno = 0;
    long result = syscall(attempt->number, args[0], args[1], args[2], args[3], args[4]);
    return result < 0 ? errno : 0;
}

static void attempt_all(void *results)
{
    int *errnos = results;
    for (size_t i = 0; i < ATTEMPT_COUNT; i++)
        errnos[i] = attempt_errno(&attempts[i]);
}

static int *shared_results(void)
{
    return mmap(NULL, ATTEMPT_COUNT * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static bool as_wanted(const struct attempt *attempt, int bare, int filtered)
{
    return attempt->wanted ? filtered == attempt->wanted : filtered == bare;
}

static void test_attempts(void)
{
    struct arena arena = { 0 };
    int *bare = shared_results(), *filtered = shared_results();
    size_t refused = 0, told_apart = 0;
    CHECK(in_child(NULL, attempt_all, bare) == 0 && in_child(spec_new(&arena), attempt_all, filtered) == 0);
    for (size_t i = 0; i < ATTEMPT_COUNT; i++) {
        if (!CHECK_NAMED(as_wanted(&attempts[i], bare[i], filtered[i]), attempts[i].name))
            printf("# without the filter: %s, with it: %s\n", strerror(bare[i]), strerror(filtered[i]));
        refused += attempts[i].wanted != 0;
        told_apart += attempts[i].wanted && bare[i] != attempts[i].wanted;
    }
    /* As an ordinary user the kernel itself says EPERM to some, and a call that it has not got is ENOSYS anyway. */
    printf("# %zu of %zu refusals are the filter's own\n", told_apart, refused);
    CHECK(told_apart > refused / 2);
    munmap(bare, ATTEMPT_COUNT * sizeof *bare);
    munmap(filtered, ATTEMPT_COUNT * sizeof *filtered);
    arena_free(&arena);
}

/* on-deny and the other architecture. */

static void call_mount(void *errnos)
{
    *(int *)errnos = attempt_errno(&(struct attempt){ "", SYS_mount, { BAD, BAD, BAD, 0, BAD }, 0 });
}

static bool killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

static void test_on_deny(void)
{
    struct arena arena = { 0 };
    int *errnos = shared_results();
    CHECK(killed(in_child(variant_spec(&arena, &(struct variant){ .on_deny = DENY_KILL }), call_mount, errnos)));
    *errnos = 0;
    CHECK(in_child(variant_spec(&arena, &(struct variant){ .on_deny = DENY_LOG }), call_mount, errnos) == 0 &&
          *errnos == EFAULT);
    CHECK(in_child(variant_spec(&arena, &(struct variant){ .base = SYSCALLS_NONE }), call_mount, errnos) == 0 &&
          *errnos == EFAULT);
    munmap(errnos, ATTEMPT_COUNT * sizeof *errnos);
    arena_free(&arena);
}

#ifdef __x86_64__
/* What a 32-bit program, or 64-bit code that wants around the filter, would do. */
static long call_32(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void getpid_32(void *results) { *(int *)results = (int)call_32(20, 0, 0, 0); }

static void several_32(void *results)
{
    int *result = results;
    result[0] = (int)call_32(20, 0, 0, 0);                              /* getpid */
    result[1] = (int)call_32(21, BAD, BAD, BAD);                        /* mount */
    result[2] = (int)call_32(54, -1, TIOCSTI, 0);                       /* ioctl */
    result[3] = (int)call_32(102, 1, 0, 0);                             /* socketcall */
    result[4] = (int)call_32(359, AF_ALG, SOCK_SEQPACKET, 0);           /* socket */
    result[5] = (int)call_32(120, CLONE_NEWUSER | CLONE_SIGHAND, 0, 0); /* clone */
    result[6] = (int)call_32(435, BAD, 0, 0);                           /* clone3 */
    result[7] = (int)call_32(4, -1, BAD, 0);                            /* write */
}

static void test_x86(void)
{
    struct arena arena = { 0 };
    int *results = shared_results();
    in_child(NULL, getpid_32, results);
    if (results[0] > 0) { /* else the kernel has no 32-bit calls */
        static const int wanted[] = { 0, -EPERM, -EPERM, -ENOSYS, -EAFNOSUPPORT, -EPERM, -ENOSYS, -EBADF };
        CHECK_NAMED(killed(in_child(spec_new(&arena), getpid_32, results)), "int 0x80 is killed where x86 is not listed [44]");
        struct spec *spec = variant_spec(&arena, &(struct variant){ .architectures = { "native", "x86" } });
        CHECK(in_child(spec, several_32, results) == 0 && results[0] > 0);
        for (int i = 1; i < 8; i++)
            if (!CHECK_NAMED(results[i] == wanted[i], "the same policy through int 0x80 [44]"))
                printf("# attempt %d: got %d, wanted %d\n", i, results[i], wanted[i]);
    }
    munmap(results, ATTEMPT_COUNT * sizeof *results);
    arena_free(&arena);
}
#else
static void test_x86(void) {}
#endif

/* Threads and children. */

static void *mount_in_thread(void *errnos)
{
    call_mount(errnos);
    return NULL;
}

static void start_thread(void *errnos)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, mount_in_thread, errnos) != 0) /* glibc asks for clone3 first */
        _exit(1);
    pthread_join(thread, NULL);
}

static void start_child(void *errnos) { in_child(NULL, call_mount, errnos); }

static void test_inherited(void)
{
    struct arena arena = { 0 };
    struct spec *spec = spec_new(&arena);
    int *errnos = shared_results();
    CHECK(in_child(spec, start_thread, errnos) == 0 && *errnos == EPERM);
    *errnos = 0;
    CHECK(in_child(spec, start_child, errnos) == 0 && *errnos == EPERM);
    munmap(errnos, ATTEMPT_COUNT * sizeof *errnos);
    arena_free(&arena);
}

/* Programs start under both sets; their output goes nowhere. */

static void run_program(void *argv)
{
    char **words = argv;
    if (!freopen("/dev/null", "w", stdout))
        _exit(98);
    execvp(words[0], words);
    _exit(errno == ENOENT ? 77 : 98);
}

static void test_programs(void)
{
    static const char *const scripts[] = {
        "echo a | cat",
        "ls -l / | sort | head -n 3",
        "grep -q root /etc/passwd",
        "x=$(date) && test -n \"$x\"",
        "f=$(mktemp) && cp /etc/passwd \"$f\" && mv \"$f\" \"$f.x\" && rm \"$f.x\"",
        "if command -v python3; then python3 -c 'import threading, subprocess, json, os; t = "
        "threading.Thread(target=os.getpid); "
        "t.start(); t.join(); subprocess.run([\"true\"], check=True)'; fi",
        "if command -v perl; then perl -e 'print 1'; fi",
    };
    for (enum syscall_base base = SYSCALLS_DEFAULT; base <= SYSCALLS_STRICT; base++)
        for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
            struct arena arena = { 0 };
            struct spec *spec = variant_spec(&arena, &(struct variant){ .base = base });
            char *argv[] = { arena_strdup(&arena, "sh"), arena_strdup(&arena, "-c"), arena_strdup(&arena, scripts[i]), NULL };
            CHECK_NAMED(in_child(spec, run_program, argv) == 0,
                        arena_printf(&arena, "%s: %s", base == SYSCALLS_STRICT ? "strict" : "default", scripts[i]));
            arena_free(&arena);
        }
}

/* What the kernel refuses to install is told with its reason. */
static void install_plainly(void *unused)
{
    (void)unused;
    struct arena arena = { 0 };
    struct filter filter;
    struct error err = { 0 };
    bool builtin;
    bool planned = plan_filter(spec_new(&arena), &filter, &builtin, &err) == 0;
    bool dropped = setgid(65534) == 0 && setuid(65534) == 0;
    bool refused = seccomp_install(&filter, false, &err) < 0;
    bool told =
        refused && strstr(err.message, "install the system call filter") && err.help && strstr(err.help, "no_new_privs");
    _exit(planned && (dropped || geteuid() != 0) && told ? 0 : 1);
}

static void test_refused(void)
{
    struct error err = { 0 };
    CHECK(in_child(NULL, install_plainly, NULL) == 0);
    CHECK(seccomp_install(&(struct filter){ NULL, 0 }, false, &err) < 0);
    error_fini(&err);
}

int main(void)
{
    test_attempts();
    test_on_deny();
    test_x86();
    test_inherited();
    test_programs();
    test_refused();
    return tap_done();
}
