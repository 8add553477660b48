# What a contained program could do to its caller through the terminal and the texts that he reads.
load ../helpers/container

# on_terminal SCRIPT: bash on a terminal of its own; without the carriage returns that terminals add. Nothing is typed there, not
# even the end of the input.
on_terminal() {
    requires command:script
    [ -e "$BATS_TEST_TMPDIR/keyboard" ] || mkfifo "$BATS_TEST_TMPDIR/keyboard"
    run bash -c 'script -qec "$(printf "bash -c %q" "$1")" /dev/null <>"$2" | tr -d "\r"' bash "$1" "$BATS_TEST_TMPDIR/keyboard"
}

# typed COMMAND: whether it types into the terminal that it is started on. Without an echo, which would mix with what is printed.
typed() {
    on_terminal "stty -echo; $1; read -r -s -t 0.2 -n 1 key; echo \"typed:\$key.\""
}

# start OPTION…: the words of a start on a terminal, for a script.
start() {
    printf '%q ' "$CORDON" --state "$LANE_DIR/state" run --mount "$PROBE:/probe" "$@"
}

typed_by() {
    typed "$(start "$@")"
}

@test "TIOCSTI types nothing into the caller's terminal, also with high bits set (AC-39, AC-40)" {
    local request
    for request in tiocsti tiocsti64; do
        typed_by -- sh -c "/probe ioctl $request; /probe ioctl $request /dev/tty"
        assert_line --index 0 EPERM
        assert_line --index 1 EPERM
        assert_line typed:.
    done
    [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ] ||
        skip "refused; but this kernel has TIOCSTI switched off, so that the attack cannot be shown to work without us"
    for request in tiocsti tiocsti64; do
        # A launch of namespaces alone, on the caller's terminal.
        typed "unshare -Ur '$PROBE' ioctl $request"
        assert_line ok
        assert_line typed:#.
        # Each of the two walls alone: the terminal of its own, and the filter.
        weakly 'filter system calls' typed_by -- /probe ioctl $request
        assert_output --partial ok # into its own
        assert_line typed:.
        typed_by --set app.terminal=false -- /probe ioctl $request
        assert_line EPERM
        assert_line typed:.
    done
}

@test "who got hold of the container's terminal outside does not keep cordon from its end" {
    local app holder began
    start_cordon --set app.terminal=true -- sleep 86392.4
    wait_for 30 some_pid_of 'sleep 86392.4'
    app=$(pids_of 'sleep 86392.4' | tail -n 1)
    bash -c 'exec 7>"/proc/$0/fd/1" && echo ready && for i in {1..60}; do printf x >&7 && sleep 0.3 || break; done' "$app" \
        >"$BATS_TEST_TMPDIR/holder" 2>&1 3>&- &
    holder=$!
    wait_for 10 grep -q ready "$BATS_TEST_TMPDIR/holder"
    kill "$app"
    began=$SECONDS
    wait_cordon
    kill "$holder" 2>/dev/null || true
    assert_equal "$status" 143
    [ $((SECONDS - began)) -lt 8 ]
}

@test "TIOCLINUX is refused (AC-41)" {
    weakly 'filter system calls' inside -- /probe ioctl tioclinux
    refute_output EPERM
    refute_output ok # no virtual console here: the kernel was asked
    inside -- /probe ioctl tioclinux
    assert_output EPERM
    inside app.terminal=true -- sh -c '/probe ioctl tioclinux; /probe ioctl tioclinux /dev/tty'
    refute_output --partial ok
    assert_output --partial EPERM
}

@test "TIOCLINUX on a virtual console is refused by the filter alone (AC-41)" {
    requires root file:/dev/tty1
    needs_device_filter
    local words=(users.map=host 'devices=[/dev/tty1]' 'privileges.capabilities=[sys-admin]' -- /probe ioctl tioclinux /dev/tty1)
    inside "${words[@]}"
    assert_output EPERM # not the kernel's word: it holds sys-admin
    weakly 'filter system calls' inside "${words[@]}"
    [ "$output" = ok ] || skip "no virtual console answers here: $output"
}

@test "escape codes, line ends and direction marks are shown escaped: of a profile, a command, a path, a plan (AC-42)" {
    local file=$BATS_TEST_TMPDIR/codes.yaml bad=$'\e[31m' mark=$'\u202e'
    printf 'cordon: 1\n"a\\e[31mb\\u202e\\nc": x\n' >"$file"
    weakly escape run_cordon -p "$file" -- true
    assert_output --partial "$bad"
    assert_output --partial "$mark"
    clean() {
        refute_output --partial "$bad"
        refute_output --partial "$mark"
    }
    shown() {
        clean
        assert_output --partial '\x1b[31m'
    }
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    shown
    assert_output --partial '\u202e\nc'
    run -127 cordon run -- "no-$bad-such"
    shown
    run_cordon --set "+mounts={bind: \"/no-\\e[31m\\u202e\", at: /srv}" -- true
    assert_equal "$status" 125
    clean
    run_cordon -p "./no-$bad$mark.yaml" -- true
    assert_equal "$status" 125
    clean
    run_cordon "--no-$bad$mark"
    shown
    run cordon plan -- echo "$bad"
    assert_success
    shown
}

@test "the terminal is of a devpts of its own, the app's alone (AC-43)" {
    local look='stat -L -c "%d" /dev/fd/0; stat -c %a:%u "$(tty)"; ls /dev/pts | tr "\n" " "' host
    on_terminal "stat -L -c %d /dev/fd/0; $(start --set app.terminal=false -- stat -L -c %d /dev/fd/0)"
    assert_equal "${lines[1]}" "${lines[0]}" # the caller's own is what is passed on then
    host=${lines[0]}
    on_terminal "$(start -- sh -c "$look")"
    assert_line --index 0 --regexp '^[0-9]+$'
    refute_line --index 0 "$host"
    assert_line --index 1 --regexp '^6[02]0:0$'
    assert_line --index 2 '0 ptmx '
    on_terminal "$(start --set users.map=single --set app.user=33 -- sh -c "$look")"
    assert_line --index 1 --regexp '^6[02]0:33$'
}
