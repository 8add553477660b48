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
