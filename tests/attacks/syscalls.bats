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

unfiltered() {
    weakly 'filter system calls' "$@"
}

# answers WORD… : `WORD=ANSWER` for each call, from one start with the --set given in $sets.
answers() {
    inside "${sets[@]}" -- sh -c 'for word; do echo "$word=$(/probe call $word)"; done' sh "$@"
}

# as_list WORD…: for a list in YAML; the names of the calls, not of the prober's variants.
as_list() {
    printf '%s, ' "$@" | sed 's/unshare-user/unshare/; s/, $//'
}

@test "the 32-bit entry of a 64-bit program kills or refuses (AC-44)" {
    requires arch:x86_64
    unfiltered inside -- /probe int80
    local without=$output
    inside -- sh -c '/probe int80; exit 5'
    assert_failure 5
    refute_output ok
    [ "$without" = ok ] || skip "this kernel has no 32-bit entry"
}

@test "x32 numbers are refused (AC-44)" {
    requires arch:x86_64
    unfiltered inside -- /probe call x32
    local without=$output
    inside -- /probe call x32
    case $status:$output in 0:ok) fail 'x32 getpid worked' ;; esac
    case $output in '' | EPERM | ENOSYS | *'Bad system call'*) ;; *) fail "$output" ;; esac
    [ "$without" = ok ] || skip "this kernel has no x32 calls"
}

@test "calls that reach beyond a container are EPERM (AC-45, AC-47, AC-49, AC-50)" {
    local word sets=("$capabilities")
    # shellcheck disable=SC2086
    unfiltered answers $denied
    for word in $denied; do
        assert_line --regexp "^$word="
        refute_line "$word=EPERM"
        refute_line "$word=ENOSYS"
    done
    sets=()
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

@test "the same calls are closed by deny also to one who holds every capability (AC-47, AC-50)" {
    # shellcheck disable=SC2086
    local word sets=("$capabilities" "syscalls.allow=[$(as_list $denied)]")
    # shellcheck disable=SC2086
    answers $denied
    for word in $denied; do
        refute_line "$word=EPERM"
    done
    # shellcheck disable=SC2086
    sets=("$capabilities" "syscalls.deny=[$(as_list $denied $denied_twice)]")
    # shellcheck disable=SC2086
    answers $denied $denied_twice
    assert_success
    for word in $denied $denied_twice; do
        assert_line "$word=EPERM"
    done
}

@test "as root with the host's ids as well: denied by the filter, not by a user namespace (AC-47, AC-50)" {
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

@test "clone and unshare with any namespace flag are EPERM (AC-45)" {
    local all='for name in user mnt pid net ipc cgroup uts; do echo "$name $(/probe clone $name) $(/probe unshare $name)"; done'
    # A user namespace asks for no capability, and brings those that all the others ask for: only the filter stands before it.
    unfiltered inside -- sh -c "$all"
    assert_line 'user ok ok'
    inside "$capabilities" -- sh -c "$all"
    assert_output "$(printf '%s ok ok\n' user mnt pid net ipc cgroup uts)"
    inside -- sh -c "$all"
    assert_output "$(printf '%s EPERM EPERM\n' user mnt pid net ipc cgroup uts)"
}

@test "clone3 is ENOSYS, which hides its flags from nobody (AC-45, AC-46)" {
    local sets=()
    unfiltered answers clone3
    assert_output clone3=EFAULT
    answers clone3
    assert_output clone3=ENOSYS
}

@test "unknown and future calls are ENOSYS, so that programs fall back (AC-46)" {
    local sets=()
    answers future
    assert_output future=ENOSYS
}

@test "socket families outside the set are EAFNOSUPPORT (AC-46, AC-48)" {
    local family bitten=
    for family in alg vsock packet bluetooth can xdp key 60; do # not netlink: programs list their links by it
        unfiltered inside 'privileges.capabilities=[net-raw, net-admin]' -- /probe socket "$family"
        [ "$output" != ok ] || bitten="$bitten $family"
        inside 'privileges.capabilities=[]' -- /probe socket "$family"
        assert_output EAFNOSUPPORT
    done
    [ -n "$bitten" ] || fail 'this attack bites nobody'
}

@test "a family comes back with one rule about the argument, the others do not (AC-48)" {
    [ "$("$PROBE" socket vsock)" = ok ] || skip "this kernel has no AF_VSOCK"
    inside 'syscalls.allow=[{name: socket, args: [{index: 0, op: eq, value: AF_VSOCK}]}]' -- sh -c '/probe socket vsock; /probe socket bluetooth'
    assert_output $'ok\nEAFNOSUPPORT'
}

@test "io_uring is closed by default, whole, also to one who could pass a ring's rules by (AC-49)" {
    inside -- /probe ring
    case $output in EPERM | ENOSYS) ;; *) fail "$output" ;; esac
    local sets=()
    answers io_uring_setup io_uring_enter io_uring_register
    assert_line --regexp '^io_uring_register=E'
    refute_output --partial EBADF
    refute_output --partial EFAULT
    sets=('syscalls.deny=["@io-uring"]' 'privileges.allow=[io-uring]')
    answers io_uring_setup io_uring_enter io_uring_register
    assert_line --regexp '^io_uring_register=E'
    refute_output --partial EBADF
    refute_output --partial EFAULT
    inside 'privileges.allow=[io-uring]' -- /probe ring
    assert_output ok
}

@test "personality: the query and the default are open, a change is not (AC-50)" {
    local sets=()
    unfiltered answers personality
    refute_output personality=EPERM
    run_cordon -- setarch "$(uname -m)" true
    assert_success
    answers personality
    assert_output personality=EPERM
}

@test "the filter covers every thread (AC-51)" {
    unfiltered inside -- /probe thread
    assert_output EFAULT
    inside -- /probe thread
    assert_output EPERM
}

@test "the filter is the app's, not the launcher's needs: nothing that set it up is left open (AC-51)" {
    local word sets=()
    # What the last stages call after or just before it.
    local own='mount umount2 move_mount open_tree mount_setattr pivot_root unshare-user setns keyctl'
    # shellcheck disable=SC2086
    unfiltered answers $own
    refute_line keyctl=EPERM
    # shellcheck disable=SC2086
    answers $own
    for word in $own; do
        assert_line "$word=EPERM"
    done
    # No file and no descriptor that a filter could be read or changed through.
    inside -- sh -c 'find / -xdev \( -name "*.bpf" -o -name "*seccomp*" \) -user 0 -writable 2>/dev/null; /probe fds'
    assert_output '0 1 2 '
}

@test "what --why listens to is refused by number and arguments, and never let go on (AC-52)" {
    weakly refuse run_cordon --why --mount "$PROBE:/probe" -- /probe call mount
    assert_line --index 0 EFAULT # the kernel's own answer
    run_cordon --why --mount "$PROBE:/probe" -- /probe call mount
    assert_line --index 0 EPERM
    # A listener of its own could let go on what it likes; a filter that waits for none is answered by the kernel.
    run_cordon --why --mount "$PROBE:/probe" -- sh -c '/probe own-filter listen; /probe own-filter alone; /probe call mount; /probe fds'
    assert_line --index 0 EBUSY
    assert_line --index 1 ENOSYS
    assert_line --index 2 EPERM
    assert_line --index 3 '0 1 2 '
}

@test "a flood of refused calls does not keep the supervisor from signals, the time limit or the end (AC-52)" {
    run_cordon --why --set app.timeout=1s --mount "$PROBE:/probe" -- /probe flood 20
    assert_equal "$status" 124
    assert_line --regexp '^cordon: [0-9]+ system calls refused: mount \([0-9]+\)$'
    start_cordon --why --mount "$PROBE:/probe" -- /probe flood 20
    wait_for 10 grep -q flooding "$BATS_TEST_TMPDIR/out"
    kill -TERM "$cordon_pid"
    wait_cordon
    assert_equal "$status" 143
}

@test "while the supervisor stands still a refused call waits, and when it is killed nothing goes on (AC-52)" {
    local marker="why-$LANE-$$" command
    mkdir -m 0777 "$BATS_TEST_TMPDIR/go"
    command=': '$marker'; echo up; while ! [ -e /go/now ]; do sleep 0.1; done; echo asks; /probe call mount; sleep 60'
    start_cordon --why --mount "$PROBE:/probe" --mount "$BATS_TEST_TMPDIR/go:/go" -- sh -c "$command"
    wait_for 10 grep -q up "$BATS_TEST_TMPDIR/out"
    kill -STOP "$cordon_pid"
    touch "$BATS_TEST_TMPDIR/go/now"
    wait_for 10 some_pid_of '/probe call mount'
    wait_for 10 grep -q asks "$BATS_TEST_TMPDIR/out"
    run cat "$BATS_TEST_TMPDIR/out"
    assert_output $'up\nasks'
    kill -CONT "$cordon_pid"
    wait_for 10 grep -q EPERM "$BATS_TEST_TMPDIR/out"
    kill -KILL "$cordon_pid"
    wait_for 10 no_pids_of "$marker"
}
