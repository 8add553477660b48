# The filter, asked from inside by numbers and bad arguments: EPERM is its word, anything else the kernel's own. What is closed
# and why is in attacks/syscalls.bats.
load ../helpers/container

# answers WORD… : `WORD=ANSWER` for each call, from one start with the --set given in $sets.
answers() {
    inside "${sets[@]}" -- sh -c 'for word; do echo "$word=$(/probe call $word)"; done' sh "$@"
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

@test "a rule about an argument compares all 64 bits" {
    inside 'syscalls.deny=[{name: personality, args: [{index: 0, op: eq, value: 262144}]}]' 'syscalls.allow=[personality]' -- /probe call personality
    assert_output EPERM
}

@test "the filter outlives an exec and cannot be taken off, and another can be put on top" {
    inside -- sh -c 'exec sh -c "grep ^Seccomp: /proc/self/status; /probe call mount"'
    assert_line --regexp '^Seccomp:[[:space:]]2$'
    assert_line EPERM
}

@test "on-deny: kill ends the process by SIGSYS, also where it is the first" {
    inside syscalls.on-deny=kill -- /probe call mount
    assert_equal "$status" 159
    inside syscalls.on-deny=kill app.init=false -- /probe call mount
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

@test "--why names and counts what was refused, with the answers that are given without it" {
    local words='for word in mount bpf mount future clone3; do echo "$word=$(/probe call $word)"; done; /probe ioctl tiocsti </dev/null; /probe socket alg; exit 3'
    inside -- sh -c "$words"
    assert_equal "$status" 3
    refute_output --partial refused
    local plain=$output
    run_cordon --why --mount "$PROBE:/probe" -- sh -c "$words"
    assert_equal "$status" 3
    assert_equal "$(head -n 7 <<<"$output")" "$plain"
    assert_line 'cordon: 5 system calls refused: mount (2), ioctl (1, for its arguments), socket (1, for its arguments), bpf (1)'
    assert_line --partial 'clone3 (1), number 4000 (1)'
    assert_line --partial 'syscalls: {allow: [mount, bpf]}'
    run_cordon --why --set 'syscalls.allow=[mount, bpf]' --mount "$PROBE:/probe" -- sh -c '/probe call mount; /probe call bpf; false'
    assert_line --index 0 EFAULT
    assert_line 'cordon: no system call was refused'
    run_cordon --why -- true
    assert_output ""
    # Of a command that may have few files: beside its three descriptors there are the channel and the listener.
    run_cordon --why --set limits.files=5 --mount "$PROBE:/probe" -- /probe call mount
    assert_line --index 0 EPERM
    assert_line --partial 'refused: mount (1)'
}

@test "calls that are newer than libseccomp have names too" {
    run_cordon --set 'syscalls.deny=[listmount, file_getattr]' -- echo ran
    assert_output ran
    run_cordon --set 'syscalls.deny=[listmont]' -- true
    assert_output --partial "did you mean 'listmount'?"
}

@test "--why counts without an init, with new privileges and in threads, and the command's own failure to start is said instead" {
    run_cordon --why --set app.init=false --set privileges.new-privileges=true --mount "$PROBE:/probe" -- /probe call mount
    assert_line --index 0 EPERM
    assert_line --index 1 'cordon: 1 system call refused: mount (1)'
    run_cordon --why -- no-such-command
    assert_equal "$status" 127
    refute_output --partial refused
}

@test "--why is refused where it would count nothing, could not start, or cannot be had" {
    run_cordon --why --set syscalls.on-deny=kill -- true
    assert_equal "$status" 125
    assert_output --partial 'syscalls.on-deny: --why counts what is answered with an errno'
    run_cordon --why --set 'syscalls.deny=[sendmsg]' -- true
    assert_equal "$status" 125
    assert_output --partial 'with --why sendmsg must be open'
    run_cordon --why --set 'syscalls.deny=[{name: sendmsg, args: [{index: 0, op: ge, value: 3}]}]' -- true
    assert_equal "$status" 125
}

@test "in a container that runs with --why another may be nested, but not with --why" {
    requires ids
    local nested=(--why --set 'privileges.allow=[nested]' --mount "$CORDON:/cordon" -- /cordon --state /tmp/state --data /tmp/data run)
    run_cordon "${nested[@]}" -- echo inner
    assert_line --index 0 inner
    run_cordon "${nested[@]}" --why -- echo inner
    assert_equal "$status" 125
    assert_output --partial 'a filter around this one has a listener already'
}
