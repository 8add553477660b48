/* What the tests run inside a container: each word of the command line tries one thing and prints what the kernel said, `ok` or
 * the name of the errno, so that a test can tell a refusal by the filter (EPERM, ENOSYS) from any other. Static: it runs in an
 * empty root. It looks with system calls only, starts no program and never changes the host even where nothing holds it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD_POINTER 8L /* not NULL, which some calls accept, and never mapped */
#define ROOT ((long)"/")

static int report(long result)
{
    puts(result >= 0 ? "ok" : strerrorname_np(errno));
    return result >= 0 ? 0 : 1;
}

static long number(const char *text) { return text ? strtol(text, NULL, 0) : 0; }

/* Arguments with which the bare kernel, asked by someone with every capability, gives an answer that is neither EPERM nor
 * ENOSYS, and does nothing. So EPERM inside is the filter's word, also in a container whose root holds the capability. */
static const struct {
    const char *name;
    long call, arguments[6];
} calls[] = {
    { "mount", SYS_mount, { BAD_POINTER, BAD_POINTER, BAD_POINTER } },
    { "umount2", SYS_umount2, { BAD_POINTER, 0x7fffffff } },
    { "move_mount", SYS_move_mount, { -1, BAD_POINTER, -1, BAD_POINTER, 0 } },
    { "open_tree", SYS_open_tree, { -1, BAD_POINTER, 0 } },
    { "fsopen", SYS_fsopen, { BAD_POINTER, 0 } },
    { "fsconfig", SYS_fsconfig, { -1, 0, 0, 0, 0 } },
    { "fsmount", SYS_fsmount, { -1, 0, 0 } },
    { "fspick", SYS_fspick, { -1, BAD_POINTER, 0 } },
    { "mount_setattr", SYS_mount_setattr, { -1, BAD_POINTER, 0x7fffffff } },
    { "pivot_root", SYS_pivot_root, { BAD_POINTER, BAD_POINTER } },
    { "chroot", SYS_chroot, { BAD_POINTER } },
    { "setns", SYS_setns, { -1, 0 } },
    { "unshare", SYS_unshare, { 1 } },
    { "unshare-user", SYS_unshare, { CLONE_NEWUSER | 1 } },
    { "bpf", SYS_bpf, { 9999, BAD_POINTER, 8 } },
    { "perf_event_open", SYS_perf_event_open, { BAD_POINTER, 0, 0, -1, 0 } },
    { "userfaultfd", SYS_userfaultfd, { 0x7fffffff } },
    { "keyctl", SYS_keyctl, { 9999 } },
    { "add_key", SYS_add_key, { BAD_POINTER, BAD_POINTER, BAD_POINTER, 1, 0 } },
    { "request_key", SYS_request_key, { BAD_POINTER, BAD_POINTER, BAD_POINTER, 0 } },
    { "kexec_load", SYS_kexec_load, { 0, 99, BAD_POINTER, 0 } },
    { "quotactl", SYS_quotactl, { -1, BAD_POINTER, 0, 0 } },
    { "open_by_handle_at", SYS_open_by_handle_at, { -1, BAD_POINTER, 0 } },
    { "name_to_handle_at", SYS_name_to_handle_at, { -1, BAD_POINTER, BAD_POINTER, BAD_POINTER, 0 } },
    { "personality", SYS_personality, { 0x0040000 } }, /* ADDR_NO_RANDOMIZE */
    { "init_module", SYS_init_module, { BAD_POINTER, 1, BAD_POINTER } },
    { "finit_module", SYS_finit_module, { -1, BAD_POINTER, 0 } },
    { "delete_module", SYS_delete_module, { BAD_POINTER, 0 } },
    { "swapon", SYS_swapon, { BAD_POINTER, -1 } },
    { "swapoff", SYS_swapoff, { BAD_POINTER } },
    { "reboot", SYS_reboot, { 0, 0, 0 } },
    { "settimeofday", SYS_settimeofday, { BAD_POINTER, BAD_POINTER } },
    { "clock_settime", SYS_clock_settime, { -1, BAD_POINTER } },
    { "adjtimex", SYS_adjtimex, { BAD_POINTER } },
    { "acct", SYS_acct, { BAD_POINTER } },
    { "syslog", SYS_syslog, { 99 } },
    { "io_uring_setup", SYS_io_uring_setup, { 1, BAD_POINTER } },
    { "io_uring_enter", SYS_io_uring_enter, { -1 } },
    { "io_uring_register", SYS_io_uring_register, { -1 } },
    { "ptrace", SYS_ptrace, { PTRACE_PEEKDATA, 0x7fffffff } },
    { "process_vm_readv", SYS_process_vm_readv, { 0x7fffffff, BAD_POINTER, 0, BAD_POINTER, 0, 0 } },
    { "process_vm_writev", SYS_process_vm_writev, { 0x7fffffff, BAD_POINTER, 0, BAD_POINTER, 0, 1 } },
    { "kcmp", SYS_kcmp, { 0x7fffffff, 0x7fffffff, 0, 0, 0 } },
    { "pidfd_getfd", SYS_pidfd_getfd, { -1, 0, 0 } },
    { "mount-root", SYS_mount, { 0, ROOT, 0, MS_SHARED | MS_PRIVATE } }, /* both at once: EINVAL, after the security modules */
    { "umount-root", SYS_umount2, { ROOT, MNT_EXPIRE } },                /* EINVAL, after them */
    { "pivot-root", SYS_pivot_root, { ROOT, ROOT } },                    /* EBUSY, after them */
    { "iopl", SYS_iopl, { 99 } },
    { "ioperm-own", SYS_ioperm, { 0x80, 1, 1 } }, /* had, and not used */
    { "ioperm", SYS_ioperm, { -1, -1, 0 } },
    { "lookup_dcookie", 212, { 0, BAD_POINTER, 0 } },
    { "memfd_create", SYS_memfd_create, { BAD_POINTER, 0 } },
    { "openat", SYS_openat, { -1, BAD_POINTER, 0 } },
    { "clone3", SYS_clone3, { BAD_POINTER, 64 } },
    { "future", 4000, { 0 } }, /* no kernel has it yet */
    { "x32", 0x40000000 | SYS_getpid, { 0 } },
};

static int try_call(char **words)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const long *a = calls[i].arguments;
        if (strcmp(calls[i].name, words[1]) == 0)
            return report(syscall(calls[i].call, a[0], a[1], a[2], a[3], a[4], a[5]));
    }
    fprintf(stderr, "probe: no such call: %s\n", words[1]);
    return 2;
}

static const struct {
    const char *name;
    int family, type, protocol;
} sockets[] = {
    { "inet", AF_INET, SOCK_DGRAM, 0 },
    { "inet6", AF_INET6, SOCK_DGRAM, 0 },
    { "unix", AF_UNIX, SOCK_STREAM, 0 },
    { "alg", AF_ALG, SOCK_SEQPACKET, 0 },
    { "vsock", AF_VSOCK, SOCK_STREAM, 0 },
    { "packet", AF_PACKET, SOCK_RAW, 0 },
    { "netlink", AF_NETLINK, SOCK_RAW, 0 },
    { "raw", AF_INET, SOCK_RAW, IPPROTO_ICMP },
    { "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
    { "bluetooth", AF_BLUETOOTH, SOCK_RAW, 0 },
    { "can", AF_CAN, SOCK_RAW, 1 },
    { "xdp", AF_XDP, SOCK_RAW, 0 },
    { "key", AF_KEY, SOCK_RAW, 2 },
};

static int try_socket(char **words)
{
    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
        if (strcmp(sockets[i].name, words[1]) == 0)
            return report(socket(sockets[i].family, sockets[i].type, sockets[i].protocol));
    return report(socket((int)number(words[1]), SOCK_DGRAM, 0));
}

/* Listens at the first port, of loopback, then connects to the second in some way. */
static int try_tcp(char **words)
{
    enum { MPTCP = 262 };
    const int by_mptcp = strcmp(words[3], "mptcp") == 0, by_sending = strcmp(words[3], "fastopen") == 0;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_port = htons((uint16_t)number(words[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 1) < 0) {
        fputs("bind ", stdout);
        return report(-1);
    }
    int fd = socket(AF_INET, SOCK_STREAM, by_mptcp ? MPTCP : 0);
    at.sin_port = htons((uint16_t)number(words[2]));
    if (fd < 0)
        return report(-1);
    if (strcmp(words[3], "smc") == 0)
        return report(setsockopt(fd, IPPROTO_TCP, 31 /* TCP_ULP */, "smc", 3));
    return report(by_sending ? sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&at, sizeof at)
                             : connect(fd, (struct sockaddr *)&at, sizeof at));
}

static int try_truncate(char **words) { return report(truncate(words[1], 0)); }

/* The flags of every namespace by name, through clone (which seccomp can see into) and unshare. */
static const struct {
    const char *name;
    long flag;
} namespaces[] = {
    { "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },        { "pid", CLONE_NEWPID }, { "net", CLONE_NEWNET },
    { "ipc", CLONE_NEWIPC },   { "cgroup", CLONE_NEWCGROUP }, { "uts", CLONE_NEWUTS },
};

static long namespace_flag(const char *name)
{
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        if (strcmp(namespaces[i].name, name) == 0)
            return namespaces[i].flag;
    return 0;
}

static int try_clone(char **words)
{
    long flag = words[1] ? namespace_flag(words[1]) : 0;
    long pid = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return report(pid);
}

static int try_unshare(char **words) { return report(syscall(SYS_unshare, namespace_flag(words[1]))); }

/* With the exit status only: what a call does that kills. int 0x80 is the 32-bit entry, here with getpid's number. */
static int try_int80(char **words)
{
    (void)words;
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    errno = result < 0 ? (int)-result : 0;
    return report(result < 0 ? -1 : 0);
#else
    return report(0);
#endif
}

static int try_ioctl(char **words)
{
    char type = '#';
    struct {
        char code, rest[15];
    } selection = { .code = 6 }; /* TIOCL_GETSHIFTSTATE: of what TIOCLINUX does, it only looks */
    int fd = words[2] ? open(words[2], O_RDWR | O_NOCTTY) : 0;
    if (strcmp(words[1], "tiocsti") == 0)
        return report(syscall(SYS_ioctl, fd, (unsigned long)TIOCSTI, &type));
    if (strcmp(words[1], "tiocsti64") == 0)
        return report(syscall(SYS_ioctl, fd, (unsigned long)TIOCSTI + 0x100000000UL, &type));
    if (strcmp(words[1], "tioclinux") == 0)
        return report(syscall(SYS_ioctl, fd, (unsigned long)TIOCLINUX, &selection));
    return report(syscall(SYS_ioctl, fd, (unsigned long)FIONREAD, &selection));
}

static int list_descriptors(char **words)
{
    (void)words;
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d ", fd);
    putchar('\n');
    return 0;
}

static int try_open(char **words)
{
    int flags = O_RDONLY;
    if (words[2] && strchr(words[2], 'w'))
        flags = O_WRONLY;
    if (words[2] && strchr(words[2], 'c'))
        flags = O_WRONLY | O_CREAT;
    if (words[2] && strchr(words[2], 't'))
        flags |= O_TRUNC;
    return report(open(words[1], flags, 0600));
}

/* One byte, since a file may open and then refuse. */
static int try_read(char **words)
{
    char byte;
    int fd = open(words[1], O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return report(-1);
    ssize_t length = read(fd, &byte, 1);
    puts(length < 0 ? strerrorname_np(errno) : length == 0 ? "empty" : "ok");
    return 0;
}

/* In one call, as the files of security modules demand. */
static int try_write(char **words)
{
    int fd = open(words[1], O_WRONLY);
    return report(fd < 0 ? -1 : write(fd, words[2], strlen(words[2])));
}

static int try_mkdir(char **words) { return report(mkdir(words[1], 0700)); }

static int try_chown(char **words) { return report(chown(words[1], (uid_t)number(words[2]), (gid_t)number(words[2]))); }

static int try_mknod(char **words)
{
    dev_t device = (dev_t)number(words[3]) << 8 | (dev_t)number(words[4]);
    return report(mknod(words[1], (words[2][0] == 'b' ? S_IFBLK : S_IFCHR) | 0600, device));
}

static int try_setuid(char **words)
{
    return report(setresuid((uid_t)number(words[1]), (uid_t)number(words[1]), (uid_t)number(words[1])));
}

static int try_setgroups(char **words)
{
    (void)words;
    return report(syscall(SYS_setgroups, 0, NULL));
}

static int try_hostname(char **words) { return report(sethostname(words[1], strlen(words[1]))); }

static int try_bind_port(char **words)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)number(words[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return report(fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int try_connect(char **words)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)number(words[2])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (strcmp(words[1], "loopback") != 0)
        address.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, documentation: leads nowhere */
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return report(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* A name that begins with @ is an abstract one. */
static socklen_t unix_address(struct sockaddr_un *address, const char *name)
{
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, name, sizeof(address->sun_path) - 1);
    if (name[0] != '@')
        return sizeof(*address);
    address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static int try_connect_unix(char **words)
{
    struct sockaddr_un address = { 0 };
    socklen_t size = unix_address(&address, words[1]);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return report(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, size));
}

/* Listens, says so, and waits to be killed. */
static int listen_unix(char **words)
{
    struct sockaddr_un address = { 0 };
    socklen_t size = unix_address(&address, words[1]);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 4) < 0)
        return report(-1);
    puts("ready");
    fflush(stdout);
    alarm(60);
    pause();
    return 0;
}

static int try_mlock(char **words)
{
    size_t size = (size_t)number(words[1]);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return report(memory == MAP_FAILED ? -1 : mlock(memory, size));
}

static int try_realtime(char **words)
{
    (void)words;
    return report(sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }));
}

static int try_shm(char **words)
{
    (void)words;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id >= 0)
        shmctl(id, IPC_RMID, NULL);
    return report(id);
}

/* An object with a key that stays: whoever looks for leaks must not find it on the host. */
static int leave_shm(char **words) { return report(shmget((key_t)number(words[1]), 4096, IPC_CREAT | 0600)); }

static int try_perf(char **words)
{
    (void)words;
    struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
                                          .size = sizeof(attributes),
                                          .config = PERF_COUNT_SW_TASK_CLOCK,
                                          .exclude_kernel = 1,
                                          .exclude_hv = 1 };
    return report(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

static int try_ring(char **words)
{
    (void)words;
    unsigned parameters[32] = { 0 }; /* struct io_uring_params, 120 bytes */
    return report(syscall(SYS_io_uring_setup, 1, parameters));
}

static int try_trace(char **words)
{
    (void)words;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    long result = ptrace(PTRACE_SEIZE, child, NULL, NULL);
    int reason = errno;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    errno = reason;
    return report(result);
}

static int try_seize(char **words) { return report(ptrace(PTRACE_SEIZE, (pid_t)number(words[1]), NULL, NULL)); }

static int try_getfd(char **words)
{
    int pidfd = (int)syscall(SYS_pidfd_open, number(words[1]), 0);
    return report(pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, number(words[2]), 0));
}

static int try_kill(char **words) { return report(kill((pid_t)number(words[1]), (int)number(words[2]))); }

/* `key add NAME` in a session keyring of its own, then runs the rest of the words; `key find NAME` looks from where it is. */
static int keys(char **words)
{
    if (strcmp(words[1], "find") == 0)
        return report(syscall(SYS_request_key, "user", words[2], NULL, 0));
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
        syscall(SYS_add_key, "user", words[2], "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
        return report(-1);
    execvp(words[3], words + 3);
    return report(-1);
}

/* That many children at once, if it may; they end with the container. */
static int try_forks(char **words)
{
    long made = 0;
    for (pid_t child; made < number(words[1]) && (child = fork()) >= 0; made++)
        if (child == 0) {
            alarm(60);
            pause();
            _exit(0);
        }
    printf("%ld\n", made);
    return 0;
}

static void *thread_main(void *result)
{
    long *out = result;
    out[0] = syscall(SYS_mount, BAD_POINTER, BAD_POINTER, BAD_POINTER, 0, 0);
    out[1] = errno;
    return NULL;
}

static int try_thread(char **words)
{
    (void)words;
    long result[2] = { -1, ENOSYS };
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, thread_main, result);
    if (failed) {
        errno = failed;
        return report(-1);
    }
    pthread_join(thread, NULL);
    errno = (int)result[1];
    return report(result[0]);
}

static int try_nice(char **words) { return report(setpriority(PRIO_PROCESS, 0, (int)number(words[1]))); }

static int print_capabilities(char **words)
{
    (void)words;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return report(-1);
    printf("effective %08x%08x securebits %d dumpable %d\n", data[1].effective, data[0].effective, prctl(PR_GET_SECUREBITS),
           prctl(PR_GET_DUMPABLE));
    return 0;
}

/* Ends by the signal itself, with its default action. */
static int die(char **words)
{
    int signal_number = (int)number(words[1]);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return 0;
}

static void ignore(int signal_number) { (void)signal_number; }

/* Holds a lease on a file of its own: who opens it waits, or is told to come again. */
static int hold_lease(char **words)
{
    int fd = open(words[1], O_RDWR);
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        return report(-1);
    signal(SIGIO, SIG_IGN);
    puts("ready");
    fflush(stdout);
    alarm(60);
    pause();
    return 0;
}

/* Exchanges two names some ten thousand times a second, until it is killed: whoever looks at one and then uses it gets the
 * other. */
static int swap(char **words)
{
    alarm(280); /* shorter than a test may take */
    for (;;) {
        if (renameat2(AT_FDCWD, words[1], AT_FDCWD, words[2], RENAME_EXCHANGE) < 0)
            return report(-1);
        usleep(20); /* there are two processors, and the other side needs one and the kernel's lock */
    }
}

/* Says that it is there, waits for one signal, prints its number and ends with the status given. */
static int wait_signal(char **words)
{
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGCHLD, ignore);
    puts("ready");
    fflush(stdout);
    int got = 0;
    alarm(60);
    sigwait(&set, &got);
    printf("got %d\n", got);
    return (int)number(words[1]);
}

/* `without CALL,CALL COMMAND…`: runs it as on a kernel that does not have them. */
static int without(char **words)
{
    static const struct {
        const char *name;
        unsigned number;
    } hidden[] = {
        { "openat2", SYS_openat2 },         { "open_tree", SYS_open_tree },
        { "move_mount", SYS_move_mount },   { "mount_setattr", SYS_mount_setattr },
        { "fsopen", SYS_fsopen },           { "clone3", SYS_clone3 },
        { "close_range", SYS_close_range }, { "fsconfig", SYS_fsconfig },
        { "fsmount", SYS_fsmount },         { "pivot_root", SYS_pivot_root },
    };
    enum { COUNT = sizeof(hidden) / sizeof(hidden[0]) };
    struct sock_filter code[2 * COUNT + 2];
    unsigned short n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT; i++) {
        if (!strstr(words[1], hidden[i].name))
            continue;
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, hidden[i].number, 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { n, code };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return report(-1);
    execvp(words[2], words + 2);
    return report(-1);
}

/* The kernel's own word, beside what cordon says of it. */
static int landlock_abi(char **words)
{
    (void)words;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1L /* LANDLOCK_CREATE_RULESET_VERSION */);
    printf("%ld\n", abi < 0 ? 0 : abi);
    return 0;
}

/* What lies below the mount on FOLDER/NAME, in a copy of FOLDER's mount that has no other on it. */
static int clone_tree(char **words)
{
    char byte;
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, words[1], 1 /* OPEN_TREE_CLONE */);
    int fd = tree < 0 ? -1 : openat(tree, words[2], O_RDONLY | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, &byte, 1);
    if (length == 0)
        errno = ENODATA;
    return report(length > 0 ? 0 : -1);
}

static int move_mounted(char **words)
{
    int from = (int)syscall(SYS_open_tree, AT_FDCWD, words[1], 0);
    return report(from < 0 ? -1 : syscall(SYS_move_mount, from, "", AT_FDCWD, words[2], 4 /* MOVE_MOUNT_F_EMPTY_PATH */));
}

/* A filter of its own that leaves mount to a listener: `listen` as that listener, which lets it go on; else without one. */
static int own_filter(char **words)
{
    struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 1),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
    struct sock_fprog program = { sizeof code / sizeof *code, code };
    unsigned long flags = strcmp(words[1], "listen") == 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    long result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    result = result < 0 ? result : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return report(flags || result < 0 ? result : syscall(SYS_mount, BAD_POINTER, BAD_POINTER, BAD_POINTER, 0, 0));
}

/* As many processes that ask for nothing but what is refused, for ever. */
static _Noreturn int flood(char **words)
{
    for (long i = number(words[1]); i > 0; i--)
        if (fork() == 0)
            for (;;)
                syscall(SYS_mount, BAD_POINTER, BAD_POINTER, BAD_POINTER, 0, 0);
    puts("flooding");
    fflush(stdout);
    for (;;)
        pause();
}

static const struct {
    const char *name;
    int words;
    int (*run)(char **words);
} probes[] = {
    { "own-filter", 1, own_filter },
    { "landlock", 0, landlock_abi },
    { "clone-tree", 2, clone_tree },
    { "move-mounted", 2, move_mounted },
    { "flood", 1, flood },
    { "tcp", 3, try_tcp },
    { "truncate", 1, try_truncate },

    { "call", 1, try_call },
    { "socket", 1, try_socket },
    { "clone", 0, try_clone },
    { "unshare", 1, try_unshare },
    { "int80", 0, try_int80 },
    { "ioctl", 1, try_ioctl },
    { "fds", 0, list_descriptors },
    { "open", 1, try_open },
    { "read", 1, try_read },
    { "write", 2, try_write },
    { "mkdir", 1, try_mkdir },
    { "chown", 2, try_chown },
    { "mknod", 4, try_mknod },
    { "setuid", 1, try_setuid },
    { "setgroups", 0, try_setgroups },
    { "hostname", 1, try_hostname },
    { "port", 1, try_bind_port },
    { "connect", 2, try_connect },
    { "unix", 1, try_connect_unix },
    { "listen", 1, listen_unix },
    { "lease", 1, hold_lease },
    { "mlock", 1, try_mlock },
    { "realtime", 0, try_realtime },
    { "shm", 0, try_shm },
    { "leave-shm", 1, leave_shm },
    { "perf", 0, try_perf },
    { "ring", 0, try_ring },
    { "trace", 0, try_trace },
    { "seize", 1, try_seize },
    { "getfd", 2, try_getfd },
    { "kill", 2, try_kill },
    { "key", 2, keys },
    { "thread", 0, try_thread },
    { "nice", 1, try_nice },
    { "caps", 0, print_capabilities },
    { "die", 1, die },
    { "signal", 1, wait_signal },
    { "swap", 2, swap },
    { "forks", 1, try_forks },
    { "without", 2, without },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(probes) / sizeof(probes[0]); i++)
        if (strcmp(probes[i].name, argv[1]) == 0 && argc - 2 >= probes[i].words)
            return probes[i].run(argv + 1);
    fprintf(stderr, "probe: what? (%s)\n", argc > 1 ? argv[1] : "");
    return 2;
}
