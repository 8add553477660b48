# The filter, asked from inside by numbers and bad arguments: EPERM is its word, anything else the kernel's own.
load ../helpers/container

# Every capability that one of these calls asks for, so that a refusal cannot be a missing capability's. A capability opens the calls
# that are useless without it.
capabilities='privileges.capabilities=[sys-admin, sys-ptrace, sys-chroot, sys-boot, sys-time, sys-module, sys-rawio, sys-pacct, bpf, perfmon, syslog, dac-read-search]'

# Denied by default, and by the kernel itself never with EPERM or ENOSYS to one who has these capabilities in a container of his own.
denied='mount umount2 move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr pivot_root chroot setns unshare-user userfaultfd
    keyctl add_key request_key quotactl personality io_uring_setup ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd'
# Denied too; the bare kernel refuses them in any user namespace, or does not have them.
denied_twice='bpf perf_event_open kexec_load open_by_handle_at init_module finit_module delete_module swapon swapoff reboot settimeofday
    clock_settime acct syslog iopl ioperm lookup_dcookie'

# answers WORD… : `WORD=ANSWER` for each call, from one start with the --set given in $sets.
answers() {
    inside "${sets[@]}" -- sh -c 'for word; do echo "$word=$(/probe call $word)"; done' sh "$@"
}

# as_list WORD…: for a list in YAML; the names of the calls, not of the prober's variants.
as_list() {
    printf '%s, ' "$@" | sed 's/unshare-user/unshare/; s/, $//'
}

@test "calls that reach beyond a container are EPERM (AC-45, AC-47, AC-50)" {
    local word sets=()
    # shellcheck disable=SC2086
    answers $denied $denied_twice
    assert_success
    for word in $denied $denied_twice; do
        case $word in
        io_uring_setup) assert_line --regexp '^io_uring_setup=(EPERM|ENOSYS)$' ;; # ENOSYS lets programs fall back
        *) assert_line "$word=EPERM" ;;
        esac
    done
}

@test "the same calls are the kernel's own again where the profile allows them" {
    # shellcheck disable=SC2086
    local word sets=("$capabilities" "syscalls.allow=[$(as_list $denied)]")
    # shellcheck disable=SC2086
    answers $denied
    assert_success
    for word in $denied; do
        assert_line --regexp "^$word="
        refute_line "$word=EPERM"
        refute_line "$word=ENOSYS"
    done
}

@test "deny closes them also for one who holds every capability" {
    # shellcheck disable=SC2086
    local word sets=("$capabilities" "syscalls.deny=[$(as_list $denied $denied_twice)]")
    # shellcheck disable=SC2086
    answers $denied $denied_twice
    assert_success
    for word in $denied $denied_twice; do
        assert_line "$word=EPERM"
    done
}

@test "as root with the host's ids as well: denied by the filter, not by a user namespace" {
    requires root
    local word sets=(users.map=host)
    # shellcheck disable=SC2086
    answers $denied $denied_twice
    for word in $denied $denied_twice; do
        [ "$word" = io_uring_setup ] || assert_line "$word=EPERM"
    done
    sets+=("$capabilities" 'syscalls.allow=[bpf, open_by_handle_at, swapon, swapoff, acct, syslog, settimeofday, clock_settime, reboot]')
    answers bpf open_by_handle_at swapon swapoff acct syslog settimeofday clock_settime reboot
    assert_success
    refute_output --partial EPERM
}

@test "unknown and future calls are ENOSYS, and so is clone3 (AC-45, AC-46)" {
    local sets=()
    answers future clone3
    assert_line future=ENOSYS
    assert_line clone3=ENOSYS
}

@test "what programs need is open" {
    local sets=()
    answers memfd_create openat
    assert_line memfd_create=EFAULT
    assert_line openat=EFAULT
    inside -- sh -c '/probe clone; /probe thread; /probe socket inet; /probe socket inet6; /probe socket unix; /probe ioctl fionread </dev/null'
    assert_line --index 0 ok
    assert_line --index 2 ok
    assert_line --index 3 ok
    assert_line --index 4 ok
}

@test "clone and unshare with any namespace flag are EPERM (AC-45)" {
    local name
    for name in user mnt pid net ipc cgroup uts; do
        inside -- sh -c "/probe clone $name; /probe unshare $name"
        assert_output $'EPERM\nEPERM'
    done
    inside "$capabilities" 'syscalls.allow=[clone, unshare]' -- sh -c '/probe clone uts; /probe unshare uts'
    assert_output $'ok\nok'
}

@test "socket families outside the set are EAFNOSUPPORT (AC-46, AC-48)" {
    local family
    for family in alg vsock packet bluetooth can xdp key 60; do
        inside -- /probe socket "$family"
        assert_output EAFNOSUPPORT
    done
}

@test "a family comes back with one rule about the argument (AC-48)" {
    [ "$("$PROBE" socket vsock)" = ok ] || skip "this kernel has no AF_VSOCK"
    inside 'syscalls.allow=[{name: socket, args: [{index: 0, op: eq, value: AF_VSOCK}]}]' -- sh -c '/probe socket vsock; /probe socket bluetooth'
    assert_output $'ok\nEAFNOSUPPORT'
}

@test "a rule about an argument compares all 64 bits" {
    inside 'syscalls.deny=[{name: personality, args: [{index: 0, op: eq, value: 262144}]}]' 'syscalls.allow=[personality]' -- /probe call personality
    assert_output EPERM
}

@test "TIOCSTI types nothing: not on stdin, not with high bits set (AC-39, AC-40)" {
    inside -- sh -c '/probe ioctl tiocsti; /probe ioctl tiocsti64'
    assert_output $'EPERM\nEPERM'
    inside app.terminal=true -- sh -c '/probe ioctl tiocsti /dev/tty; /probe ioctl tiocsti64 /dev/tty'
    refute_output --partial ok
}

@test "TIOCLINUX is refused (AC-41)" {
    inside -- /probe ioctl tioclinux
    assert_output EPERM
}

@test "the 32-bit entry of a 64-bit program kills or refuses (AC-44)" {
    requires arch:x86_64
    inside -- /probe int80
    [ "$status" -ne 0 ] || refute_output ok
    refute_output ok
}

@test "x32 numbers are refused (AC-44)" {
    requires arch:x86_64
    inside -- /probe call x32
    case $status:$output in 0:ok) fail 'x32 getpid worked' ;; esac
    case $output in '' | EPERM | ENOSYS | *'Bad system call'*) ;; *) fail "$output" ;; esac
}

@test "the filter covers every thread (AC-51)" {
    inside -- /probe thread
    assert_output EPERM
}

@test "the filter outlives an exec and cannot be taken off, and another can be put on top" {
    inside -- sh -c 'exec sh -c "grep ^Seccomp: /proc/self/status; /probe call mount"'
    assert_line --regexp '^Seccomp:[[:space:]]2$'
    assert_line EPERM
}

@test "on-deny: kill ends the process by SIGSYS" {
    inside syscalls.on-deny=kill -- /probe call mount
    assert_equal "$status" 159
}

@test "on-deny: log lets the call through" {
    inside syscalls.on-deny=log -- /probe call mount
    assert_output EFAULT
}

@test "deny closes what the base opens" {
    inside 'syscalls.deny=[memfd_create]' -- sh -c '/probe call memfd_create; /probe call openat'
    assert_output $'EPERM\nEFAULT'
}

@test "base: strict is narrower than default and runs a plain program" {
    inside syscalls.base=strict -- sh -c 'cat /etc/hostname >/dev/null && /probe call mount'
    assert_output EPERM
    inside -- /probe shm
    local default=$output
    inside syscalls.base=strict -- /probe socket inet
    [ "$output" != ok ] || [ "$default" = ok ]
}

@test "an unknown call in a profile is refused at its place, with the nearest name" {
    local file
    file=$(profile unknown-call <<'YAML'
syscalls:
  allow: [mont]
YAML
    )
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:3:[0-9]+: error: .*mont"
    assert_output --partial mount
}

@test "ptrace and process_vm of the app's own children: refused without inspection, granted with it or with debug" {
    inside -- /probe trace
    assert_output EPERM
    inside privileges.inspection=true -- /probe trace
    assert_output ok
    inside 'privileges.allow=[debug]' -- /probe trace
    assert_output ok
}

@test "personality: the query and the default are open, a change is not (AC-50)" {
    run_cordon -- setarch "$(uname -m)" true
    assert_success
    inside -- /probe call personality
    assert_output EPERM
}
