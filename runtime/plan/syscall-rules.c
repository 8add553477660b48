#include "plan/syscall-rules.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define INT 0xffffffffULL /* the kernel reads 32 bits */
#define ALL UINT64_MAX
/* Of braces in a macro clang-format makes a block of four lines. */
/* clang-format off */
#define IS(index, value) { index, FILTER_EQ, INT, value }
#define BITS(index, mask, value) { index, FILTER_EQ, mask, value }
#define NOT(index, value) { index, FILTER_NE, ALL, value }
#define UP_TO(index, mask, value) { index, FILTER_LE, mask, value }
#define IS_NOT(index, value) { index, FILTER_NE, INT, value }
/* clang-format on */

#define ALLOW SECCOMP_RET_ALLOW
#define REFUSE FILTER_ERRNO(EPERM)
#define NO_FAMILY FILTER_ERRNO(EAFNOSUPPORT)
#define PROTOCOL_SMC 256 /* Linux 6.11 */

/* Both put characters into a terminal's input. Inside, the terminal is the container's own; a descriptor that the caller
 * handed in need not be. Only the low half of the request is looked at, as the kernel does. */
const struct syscall_condition syscall_prohibitions[] = {
    { "ioctl", { IS(1, TIOCSTI) }, REFUSE },
    { "ioctl", { IS(1, TIOCLINUX) }, REFUSE },
};
const size_t syscall_prohibition_count = COUNT(syscall_prohibitions);

/* TCP that Landlock does not see: MPTCP and SMC, which are spoken as TCP where the other side knows no better (from Linux 5.17
 * on a socket becomes one of SMC by TCP_ULP too), and a connection made by sending. Each is answered as by a kernel that has
 * not got it, since programs then take plain TCP. The kernel reads what socketcall is about from memory, where no filter can.
 */
const struct syscall_condition syscall_port_closings[] = {
    { "socket", { IS(2, IPPROTO_MPTCP) }, FILTER_ERRNO(EPROTONOSUPPORT) },
    { "socket", { IS(0, AF_INET), IS(2, PROTOCOL_SMC) }, FILTER_ERRNO(EPROTONOSUPPORT) },
    { "socket", { IS(0, AF_INET6), IS(2, PROTOCOL_SMC) }, FILTER_ERRNO(EPROTONOSUPPORT) },
    { "socket", { IS(0, AF_SMC) }, NO_FAMILY },
    { "setsockopt", { IS(1, SOL_TCP), IS(2, TCP_ULP) }, FILTER_ERRNO(ENOPROTOOPT) },
    { "sendto", { BITS(3, MSG_FASTOPEN, MSG_FASTOPEN) }, FILTER_ERRNO(EOPNOTSUPP) },
    { "sendmsg", { BITS(2, MSG_FASTOPEN, MSG_FASTOPEN) }, FILTER_ERRNO(EOPNOTSUPP) },
    { "sendmmsg", { BITS(3, MSG_FASTOPEN, MSG_FASTOPEN) }, FILTER_ERRNO(EOPNOTSUPP) },
    { "socketcall", { { 0 } }, FILTER_ERRNO(ENOSYS) },
};
const size_t syscall_port_closing_count = COUNT(syscall_port_closings);

/* The wall at a crash is a soft limit of 1 (plan-security.c), which every program may lower, and at 0 the kernel starts the
 * host's core_pattern program again. Programs that keep secrets set it to 0 and end where they cannot: they are told that it
 * was done, and what they want, no core file, they have. One that also asks what it was would read memory that nobody wrote.
 * Raising it, which the kernel would refuse, is answered the same: the values are in memory, where no filter looks. */
const struct syscall_condition syscall_core_closings[] = {
    { "setrlimit", { IS(0, RLIMIT_CORE) }, FILTER_ERRNO(0) },
    { "prlimit64", { IS(1, RLIMIT_CORE), NOT(2, 0), NOT(3, 0) }, REFUSE },
    { "prlimit64", { IS(1, RLIMIT_CORE), NOT(2, 0) }, FILTER_ERRNO(0) },
};
const size_t syscall_core_closing_count = COUNT(syscall_core_closings);

/* Whose ids are the caller's may set the limits of all his processes that have a number here, and at the limit of processor
 * time the kernel sends SIGXCPU and SIGKILL: Landlock, which keeps signals in, is not asked. */
const struct syscall_condition syscall_signal_closings[] = {
    { "prlimit64", { IS_NOT(0, 0), NOT(2, 0) }, REFUSE },
};
const size_t syscall_signal_closing_count = COUNT(syscall_signal_closings);

/* CLONE_NEWTIME is not among them: its bit is part of the exit signal here, and unshare and clone3 alone know it. Of the
 * flags of clone the kernel reads the low half. */
#define NEW_NAMESPACES                                                                                                         \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | (uint64_t)CLONE_NEWNET)
/* What unshare may undo: sharing with the other threads of the same process. */
#define OWN_SHARES (CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)
#define TYPE 0xfULL /* of a socket; the rest are SOCK_CLOEXEC and SOCK_NONBLOCK */

const struct syscall_condition syscall_guards[] = {
    { "clone", { BITS(0, NEW_NAMESPACES, 0) }, ALLOW },
    { "unshare", { BITS(0, ~(uint64_t)OWN_SHARES, 0), NOT(0, 0) }, ALLOW },

    { "socket", { IS(0, AF_UNIX) }, ALLOW },
    { "socket", { IS(0, AF_INET), UP_TO(1, TYPE, SOCK_DGRAM) }, ALLOW }, /* SOCK_STREAM is 1, SOCK_DGRAM 2 */
    { "socket", { IS(0, AF_INET6), UP_TO(1, TYPE, SOCK_DGRAM) }, ALLOW },
    { "socket", { IS(0, AF_INET), BITS(1, TYPE, SOCK_SEQPACKET) }, ALLOW },
    { "socket", { IS(0, AF_INET6), BITS(1, TYPE, SOCK_SEQPACKET) }, ALLOW },
    { "socket", { IS(0, AF_INET) }, REFUSE }, /* raw, and SOCK_PACKET, which is another name for AF_PACKET */
    { "socket", { IS(0, AF_INET6) }, REFUSE },
    { "socket", { IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE) }, ALLOW }, /* getaddrinfo and if_nameindex ask it */
    { "socketpair", { IS(0, AF_UNIX) }, ALLOW },

    /* PER_LINUX, PER_LINUX32, each also with UNAME26, and asking. */
    { "personality", { IS(0, 0) }, ALLOW },
    { "personality", { IS(0, 8) }, ALLOW },
    { "personality", { IS(0, 0x20000) }, ALLOW },
    { "personality", { IS(0, 0x20008) }, ALLOW },
    { "personality", { IS(0, INT) }, ALLOW },
};
const size_t syscall_guard_count = COUNT(syscall_guards);

#define MOUNT_CHANGES ((uint64_t)MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

const struct syscall_condition syscall_openings[] = {
    { "socket:raw", { IS(0, AF_INET), BITS(1, TYPE, SOCK_RAW) }, ALLOW },
    { "socket:raw", { IS(0, AF_INET6), BITS(1, TYPE, SOCK_RAW) }, ALLOW },
    { "socket:raw", { IS(0, AF_PACKET) }, ALLOW },
    { "socket:netlink", { IS(0, AF_NETLINK) }, ALLOW },
    { "socket:audit", { IS(0, AF_NETLINK), IS(2, NETLINK_AUDIT) }, ALLOW },
    /* A file system mounted anew, and a part of the tree shown again; neither changes what is mounted already. */
    { "mount:new", { BITS(3, MOUNT_CHANGES, 0) }, ALLOW },
    { "mount:bind", { BITS(3, MOUNT_CHANGES, MS_BIND) }, ALLOW },
};
const size_t syscall_opening_count = COUNT(syscall_openings);

/* What is useless without the capability, and is opened with it. The kernel still checks the capability. */
const struct capability_calls capability_calls[] = {
    { CAP_DAC_READ_SEARCH, "@handles" },
    { CAP_NET_RAW, "socket:raw" },
    { CAP_NET_ADMIN, "socket:netlink" },
    { CAP_AUDIT_WRITE, "socket:audit" },
    { CAP_AUDIT_CONTROL, "socket:audit" },
    { CAP_CHOWN, "@chown" },
    { CAP_SETUID, "@setuid" },
    { CAP_SETGID, "@setuid" },
    { CAP_IPC_LOCK, "@memlock" },
    { CAP_MKNOD, "mknod mknodat" },
    { CAP_SYS_CHROOT, "chroot" },
    { CAP_SYS_PTRACE, "@ptrace process_madvise" },
    { CAP_SYS_PACCT, "acct" },
    { CAP_SYS_ADMIN, "@mount-new mount umount umount2 pivot_root @namespaces clone @hostname quotactl quotactl_fd bpf "
                     "fanotify_init fanotify_mark lookup_dcookie perf_event_open syslog" },
    { CAP_SYS_BOOT, "reboot" },
    { CAP_SYS_MODULE, "@module" },
    { CAP_SYS_NICE, "@resources" },
    { CAP_SYS_RAWIO, "ioperm iopl" },
    { CAP_SYS_TIME, "@clock" },
    { CAP_SYS_TTY_CONFIG, "vhangup" },
    { CAP_SYSLOG, "syslog" },
    { CAP_BPF, "bpf" },
    { CAP_PERFMON, "perf_event_open bpf" },
};
const size_t capability_calls_count = COUNT(capability_calls);

/* One letter an argument: i 32 bits (int and the like), m 16 bits (umode_t), w all 64. Calls that are not here, and
 * arguments behind the last letter, are 64 bits wide. */
static const char argument_widths[] =
    " accept:i accept4:iwwi access:wi add_key:wwwwi adjtimex:w alarm:i arch_prctl:i bind:iwi bpf:iwi cachestat:iwwi "
    "chmod:wm chown:wii clock_adjtime:i clock_getres:i clock_gettime:i clock_nanosleep:ii clock_settime:i clone:i "
    "close:i close_range:iii connect:iwi copy_file_range:iwiwwi creat:wm delete_module:wi dup:i dup2:ii dup3:iii "
    "epoll_create:i epoll_create1:i epoll_ctl:iii epoll_pwait:iwii epoll_pwait2:iwi epoll_wait:iwii eventfd:i "
    "eventfd2:ii execveat:iwwwi exit:i exit_group:i faccessat:iwi faccessat2:iwii fadvise64:iwwi fallocate:ii "
    "fanotify_init:ii fanotify_mark:iiwi fchdir:i fchmod:im fchmodat:iwm fchmodat2:iwmi fchown:iii fchownat:iwiii "
    "fcntl:ii fdatasync:i fgetxattr:i file_getattr:iwwwi file_setattr:iwwwi finit_module:iwi flistxattr:i flock:ii "
    "fremovexattr:i fsconfig:iiwwi fsetxattr:iwwwi fsmount:iii fsopen:wi fspick:iwi fstat:i fstatfs:i fsync:i "
    "ftruncate:i futex:wii futex_requeue:wiii futex_wait:wwwiwi futex_waitv:wiiwi futex_wake:wwii futimesat:i "
    "get_mempolicy:w get_robust_list:i getdents:iwi getdents64:iwi getgroups:i getitimer:i getpeername:i getpgid:i "
    "getpriority:ii getrandom:wwi getrlimit:i getrusage:i getsid:i getsockname:i getsockopt:iii getxattrat:iwi "
    "inotify_add_watch:iwi inotify_init1:i inotify_rm_watch:ii io_setup:i io_uring_enter:iiii io_uring_register:iiwi "
    "io_uring_setup:i ioctl:ii ioperm:wwi iopl:i ioprio_get:ii ioprio_set:iii kcmp:iii kexec_file_load:ii keyctl:i "
    "kill:ii landlock_add_rule:iiwi landlock_create_ruleset:wwi landlock_restrict_self:ii lchown:wii linkat:iwiwi "
    "listen:ii listmount:wwwi listxattrat:iwi lseek:iwi lsetxattr:wwwwi lsm_get_self_attr:iwwi lsm_list_modules:wwi "
    "lsm_set_self_attr:iwii madvise:wwi map_shadow_stack:wwi mbind:wwwwwi membarrier:iii memfd_create:wi "
    "memfd_secret:i migrate_pages:i mkdir:wm mkdirat:iwm mknod:wmi mknodat:iwmi mlock2:wwi mlockall:i modify_ldt:i "
    "mount_setattr:iwi move_mount:iwiwi move_pages:iwwwwi mq_getsetattr:i mq_notify:i mq_open:wim mq_timedreceive:i "
    "mq_timedsend:iwwi msgctl:ii msgget:ii msgrcv:iwwwi msgsnd:iwwi msync:wwi name_to_handle_at:iwwwi "
    "newfstatat:iwwi open:wim open_by_handle_at:iwi open_tree:iwi open_tree_attr:iwi openat:iwim openat2:i "
    "perf_event_open:wiii personality:i pidfd_getfd:iii pidfd_open:ii pidfd_send_signal:iiwi pipe2:wi pkey_alloc:w "
    "pkey_free:i pkey_mprotect:wwwi poll:wii ppoll:wi prctl:i pread64:i preadv:i preadv2:iwwwwi prlimit64:ii "
    "process_madvise:iwwii process_mrelease:ii process_vm_readv:i process_vm_writev:i pselect6:i pwrite64:i "
    "pwritev:i pwritev2:iwwwwi quotactl:iwi quotactl_fd:iii read:i readahead:i readlink:wwi readlinkat:iwwi readv:i "
    "reboot:iii recvfrom:iwwi recvmmsg:iwii recvmsg:iwi removexattrat:iwi renameat:iwiw renameat2:iwiwi "
    "request_key:wwwi rseq:wiii rt_sigaction:i rt_sigprocmask:i rt_sigqueueinfo:ii rt_tgsigqueueinfo:iii "
    "sched_get_priority_max:i sched_get_priority_min:i sched_getaffinity:ii sched_getattr:iwii sched_getparam:i "
    "sched_getscheduler:i sched_rr_get_interval:i sched_setaffinity:ii sched_setattr:iwi sched_setparam:i "
    "sched_setscheduler:ii seccomp:ii select:i semctl:iii semget:iii semop:iwi semtimedop:iwi sendfile:ii "
    "sendmmsg:iwii sendmsg:iwi sendto:iwwiwi set_mempolicy:i setdomainname:wi setfsgid:i setfsuid:i setgid:i "
    "setgroups:i sethostname:wi setitimer:i setns:ii setpgid:ii setpriority:iii setregid:ii setresgid:iii "
    "setresuid:iii setreuid:ii setrlimit:i setsockopt:iiiwi setuid:i setxattr:wwwwi setxattrat:iwi shmat:iwi "
    "shmctl:ii shmget:iwi shutdown:ii signalfd:iww signalfd4:iwwi socket:iii socketpair:iii splice:iwiwwi "
    "statmount:wwwi statx:iwii swapon:wi symlinkat:wi sync_file_range:iwwi syncfs:i sysfs:i syslog:iwi tee:iiwi "
    "tgkill:iii timer_create:i timer_delete:i timer_getoverrun:i timer_gettime:i timer_settime:ii timerfd_create:ii "
    "timerfd_gettime:i timerfd_settime:ii tkill:ii umask:i umount2:wi unlinkat:iwi userfaultfd:i ustat:i "
    "utimensat:iwwi vmsplice:iwwi wait4:iwi waitid:iiwi write:i writev:i ";

uint64_t syscall_argument_mask(const char *call, unsigned index)
{
    char entry[64];
    snprintf(entry, sizeof entry, " %s:", call);
    const char *widths = strstr(argument_widths, entry);
    if (!widths)
        return UINT64_MAX;
    widths += strlen(entry);
    if (strcspn(widths, " ") <= index)
        return UINT64_MAX;
    return widths[index] == 'm' ? 0xffff : widths[index] == 'i' ? INT : UINT64_MAX;
}
