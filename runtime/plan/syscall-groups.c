/* The system calls of Linux by what they are for. Names are systemd's where it has such a group, and hold the same calls
 * unless the comment says otherwise. A line reads: name, meaning, members; a member may be another group, and -member takes
 * something out again. Every call that is known belongs to a group; one that is in none is answered as by an older kernel.
 *
 * What a container may call is at the end: @default and @strict. Some of the calls in them are open for certain arguments
 * only; those are the rows of syscall-rules.c. */
#include "plan/syscall-groups.h"

const struct syscall_group syscall_groups[] = {
    { "@start", "what every program needs to start, to run its own code and to end",
      "arch_prctl brk cacheflush execve execveat exit exit_group futex futex_requeue futex_time64 futex_wait futex_waitv "
      "futex_wake get_robust_list get_thread_area get_tls getegid getegid32 geteuid geteuid32 getgid getgid32 getpid "
      "getppid getrandom gettid getuid getuid32 madvise membarrier mincore mmap mmap2 mprotect mremap munmap prctl "
      "remap_file_pages restart_syscall riscv_flush_icache rseq rt_sigreturn sched_yield set_robust_list set_thread_area "
      "set_tid_address set_tls sigreturn" },
    { "@information", "asking about oneself, the clock and the machine",
      "capget clock_getres clock_getres_time64 clock_gettime clock_gettime64 get_mempolicy getcpu getgroups getgroups32 "
      "getpgid getpgrp getpriority getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid gettimeofday "
      "ioprio_get lsm_get_self_attr lsm_list_modules oldolduname olduname prlimit64 riscv_hwprobe sched_get_priority_max "
      "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
      "sched_rr_get_interval_time64 sysinfo time times ugetrlimit uname" },
    { "@basic-io", "reading and writing what is open",
      "_llseek close close_range dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv write "
      "writev" },
    { "@file-system", "files and folders: opening, making, naming, their modes, times and attributes",
      "access cachestat chdir chmod close copy_file_range creat faccessat faccessat2 fadvise64 fadvise64_64 "
      "arm_fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fcntl fcntl64 fgetxattr file_getattr file_setattr "
      "flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 futimesat "
      "getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch "
      "ioctl lgetxattr link linkat listmount listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir "
      "mkdirat mknod mknodat newfstatat oldfstat oldlstat oldstat open openat openat2 readahead readdir readlink "
      "readlinkat removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat "
      "splice stat stat64 statfs statfs64 statmount statx symlink symlinkat tee truncate truncate64 umask unlink "
      "unlinkat utime utimensat utimensat_time64 utimes vmsplice" },
    { "@sync", "writing to the disk what is in memory",
      "arm_sync_file_range fdatasync fsync msync sync sync_file_range syncfs" },
    { "@aio", "asynchronous reading and writing, the old way; systemd counts io_uring with it",
      "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit" },
    { "@io-uring", "asynchronous calls through shared memory, which no filter can see",
      "io_uring_enter io_uring_register io_uring_setup" },
    { "@io-event", "waiting until something can be read or written",
      "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old "
      "eventfd eventfd2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select" },
    { "@signal", "receiving signals",
      "pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 sgetmask "
      "sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigsuspend ssetmask" },
    { "@timer", "sleeping and being woken",
      "alarm clock_nanosleep clock_nanosleep_time64 getitimer nanosleep setitimer timer_create timer_delete "
      "timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
      "timerfd_gettime64 timerfd_settime timerfd_settime64" },
    { "@namespaces", "making and entering namespaces", "clone3 setns unshare" },
    { "@process", "processes and threads: making, signalling, awaiting them",
      "clone clone3 fork kill personality pidfd_open pidfd_send_signal process_madvise process_mrelease rt_sigqueueinfo "
      "rt_tgsigqueueinfo setns setpgid setsid tgkill tkill unshare vfork wait4 waitid waitpid" },
    { "@resources", "limits, priorities, processors and where memory lies",
      "ioprio_set mbind migrate_pages move_pages nice sched_setaffinity sched_setattr sched_setparam sched_setscheduler "
      "set_mempolicy set_mempolicy_home_node setpriority setrlimit" },
    { "@memlock", "keeping memory from being swapped out, within the limit", "mlock mlock2 mlockall munlock munlockall" },
    { "@memory", "protecting parts of memory from oneself",
      "map_shadow_stack memfd_secret mseal pkey_alloc pkey_free pkey_mprotect" },
    { "@pkey", "memory protection keys", "pkey_alloc pkey_free pkey_mprotect" },
    { "@sandbox", "giving up rights", "landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp" },
    { "@chown", "giving files to another user", "chown chown32 fchown fchown32 fchownat lchown lchown32" },
    { "@setuid", "becoming another user",
      "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid "
      "setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32" },
    { "@posix-ipc", "pipes, memory files and message queues",
      "memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
      "mq_timedsend_time64 mq_unlink pipe pipe2" },
    { "@sysv-ipc", "shared memory, semaphores and queues of System V",
      "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget" },
    { "@ipc", "all of @posix-ipc and @sysv-ipc; systemd counts process_vm_readv and process_vm_writev with it",
      "@posix-ipc @sysv-ipc" },
    { "@network-io", "sockets; socketcall, which hides what it does, is in @multiplexer",
      "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 "
      "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketpair" },
    { "@multiplexer", "many calls behind one number, of which a filter sees only that (32-bit x86)", "ipc socketcall" },

    /* From here on nothing is in @default, but for what its line names. */
    { "@clock", "setting the clock; adjtimex and clock_adjtime also read it",
      "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime" },
    { "@cpu-emulation", "segments and modes of older processors", "modify_ldt vm86 vm86old" },
    { "@ptrace", "looking into other processes: privileges.inspection",
      "kcmp pidfd_getfd process_vm_readv process_vm_writev ptrace" },
    { "@debug", "debugging and profiling", "@ptrace lookup_dcookie perf_event_open" },
    { "@bpf", "programs inside the kernel, and handling other programs' page faults", "bpf perf_event_open userfaultfd" },
    { "@keyring", "keys held by the kernel, which no namespace separates", "add_key keyctl request_key" },
    { "@module", "kernel modules", "delete_module finit_module init_module" },
    { "@mount", "changing what is mounted where, and the root",
      "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree open_tree_attr pivot_root umount "
      "umount2" },
    { "@mount-new", "the mount calls that work by descriptor",
      "fsconfig fsmount fsopen fspick mount_setattr move_mount open_tree open_tree_attr" },
    { "@handles", "opening files by number, past every mount", "name_to_handle_at open_by_handle_at" },
    { "@quota", "disk quotas and accounting", "acct quotactl quotactl_fd" },
    { "@raw-io", "the machine's ports and buses", "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write" },
    { "@reboot", "stopping the machine, or starting another kernel", "kexec_file_load kexec_load reboot" },
    { "@swap", "swap areas", "swapoff swapon" },
    { "@hostname", "the names of the machine", "setdomainname sethostname" },
    { "@privileged", "what needs a capability",
      "@chown @clock @module @quota @raw-io @reboot @setuid @swap _sysctl bpf capset chroot fanotify_init fanotify_mark "
      "lsm_set_self_attr nfsservctl open_by_handle_at pivot_root setdomainname sethostname syslog vhangup" },
    { "@obsolete", "what Linux no longer has, or should not have",
      "_sysctl afs_syscall bdflush break breakpoint create_module ftime get_kernel_syms getpmsg gtty idle lock "
      "lookup_dcookie mpx nfsservctl prof profil putpmsg query_module security stty sysfs tuxcall ulimit uselib usr26 "
      "usr32 ustat vserver" },

    /* What a program on its own machine expects to work as an ordinary user, in a container of its own. Not in it: what reaches
     * past namespaces (keys, handles, clocks, modules), what changes what the container sees (mounts, namespaces), what looks
     * into other processes, and what has been the way to most kernel bugs while few programs need it (bpf, perf, userfaultfd,
     * io_uring). System V IPC is harmless in a namespace of one's own, and open there: databases need it. */
    { "@default", "what a container may call unless its profile says otherwise",
      "@start @information @basic-io @file-system @sync @aio @io-event @signal @timer @process -clone3 -setns @resources "
      "-migrate_pages -move_pages @memlock @memory @sandbox @chown @setuid @posix-ipc @network-io adjtimex clock_adjtime "
      "clock_adjtime64 capset" },

    /* What a batch program needs that reads files, computes and writes files, with children and pipes between them: shells,
     * compilers, interpreters. No sockets but pairs, no other user, no device or owner of files, no priorities, no locked
     * memory, no message queues; what is left cannot reach past what the container was given. */
    { "@strict", "the smaller set for batch programs",
      "@start @information @basic-io @file-system -file_setattr -fsetxattr -lsetxattr -setxattr -setxattrat "
      "-fremovexattr -lremovexattr -removexattr -removexattrat -mknod -mknodat -vmsplice -listmount -statmount @sync "
      "@io-event @signal @timer @process -clone3 -setns -unshare -process_madvise -process_mrelease -rt_sigqueueinfo "
      "-rt_tgsigqueueinfo mseal map_shadow_stack @pkey @sandbox memfd_create pipe pipe2 sched_setaffinity setpriority "
      "setrlimit socketpair getpeername getsockname getsockopt recv recvfrom recvmsg send sendmsg sendto setsockopt "
      "shutdown" },
};
const size_t syscall_group_count = sizeof syscall_groups / sizeof syscall_groups[0];
