# Nothing stays: not after success, error, signal or murder; and nothing of the host's gets in with it.
load ../helpers/container

setup() {
    before=$BATS_TEST_TMPDIR/before after=$BATS_TEST_TMPDIR/after
}

# nothing_left COMMAND…: runs it and compares what can be seen of leftovers before and after; a difference must show twice, since the
# machine may have other work.
nothing_left() {
    local try
    for try in 1 2; do
        sh ../helpers/leftovers "$LANE_DIR/state" >"$before"
        "$@"
        wait_for 5 same_as_before && return 0
    done
    diff "$before" "$after"
}
same_as_before() {
    sh ../helpers/leftovers "$LANE_DIR/state" >"$after"
    diff -q "$before" "$after"
}
# The state folder exists before, so that making it is no difference.
setup_file() {
    cd "$BATS_TEST_DIRNAME" || return
    cordon run -- true
    if [ "$LANE" = root ]; then "$CORDON" run -- true; fi
}

@test "a look for leftovers finds what is there" {
    leave() {
        mkdir -p "$LANE_DIR/state/left-$RANDOM" && touch "/tmp/cordon-left-$LANE-$RANDOM"
    }
    run nothing_left leave
    rm -rf "$LANE_DIR"/state/left-* /tmp/cordon-left-"$LANE"-*
    assert_failure
    assert_output --partial "$LANE_DIR/state/left-"
    assert_output --partial /tmp/cordon-left-
}

@test "after success" {
    nothing_left cordon run -- true
}

@test "after success with the default state folder" {
    nothing_left "$CORDON" run -- true
}

@test "after failures of every kind" {
    failing() {
        cordon run -- false || true
        cordon run -- no-such-program || true
        cordon run -- /etc/passwd || true
        cordon run --set "+mounts={bind: $BATS_TEST_TMPDIR/none, at: /srv}" -- true || true
        cordon run --set app.workdir=/none -- true || true
        cordon run --set app.user=no-such-user -- true || true
        cordon run --set hostnme=x -- true || true
    } 2>/dev/null
    nothing_left failing
}

@test "after a signal to the launcher" {
    local signal
    for signal in TERM INT HUP; do
        signalled() {
            start_cordon -- sh -c 'echo ready; exec sleep 86398.5'
            wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
            kill -"$signal" "$cordon_pid"
            wait_cordon
        }
        nothing_left signalled
        no_pids_of 86398.5
    done
}

@test "after SIGKILL of the launcher: no process stays (AC-56, AC-83)" {
    killed() {
        start_cordon -- sh -c 'echo ready; sleep 86398.6 & setsid sleep 86398.6 & exec sleep 86398.6'
        wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
        wait_for 30 some_pid_of 86398.6
        kill -KILL "$cordon_pid"
        wait_cordon
        wait_for 30 no_pids_of 86398.6
    }
    killed
    # What the killed one could not tidy itself, the next start may; nothing may stay after that.
    nothing_left killed || { cordon run -- true && same_as_before; }
}

@test "after SIGKILL of the launcher without init" {
    start_cordon --set app.init=false -- sh -c 'echo ready; exec sleep 86398.7'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    kill -KILL "$cordon_pid"
    wait_cordon
    wait_for 30 no_pids_of 86398.7
}

@test "after SIGKILL at any moment of a start (AC-83)" {
    local wait
    for wait in 0.001 0.002 0.004 0.006 0.008 0.010 0.015 0.020 0.030; do
        start_cordon -- sleep 86398.8
        sleep "$wait"
        kill -KILL "$cordon_pid"
        wait_cordon
    done
    wait_for 30 no_pids_of 86398.8
    wait_for 30 no_launcher
}

@test "a stopped launcher leaves the container killable (AC-83)" {
    start_cordon -- sh -c 'echo ready; exec sleep 86398.9'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    kill -STOP "$cordon_pid"
    kill -KILL "$cordon_pid"
    wait_cordon
    wait_for 30 no_pids_of 86398.9
}

@test "IPC objects made inside are gone, and were never the host's (AC-55)" {
    leave_object() {
        inside 'privileges.allow=[sysv-ipc]' -- /probe leave-shm 0x0c0d0001
        assert_output ok
    }
    nothing_left leave_object
    run grep -c 0x0c0d0001 /proc/sysvipc/shm
    run grep -w $((0x0c0d0001)) /proc/sysvipc/shm
    assert_failure
}

@test "files written to /tmp, /var/tmp, /run, /dev/shm and home inside are not the host's" {
    write_everywhere() {
        cordon run -- sh -c 'for d in /tmp /var/tmp /run /dev/shm "$HOME"; do echo x >$d/cordon-written-inside; done'
    }
    nothing_left write_everywhere
    [ ! -e /tmp/cordon-written-inside ]
    [ ! -e "$HOME/cordon-written-inside" ]
}

@test "the program is unchanged after an app that is #!/proc/self/exe, and after attempts to write it (AC-01, AC-03)" {
    local sum
    sum=$(sha256sum "$CORDON")
    printf '#!/proc/self/exe\n' >"$BATS_TEST_TMPDIR/script" && chmod 0755 "$BATS_TEST_TMPDIR/script"
    run_cordon --mount "$BATS_TEST_TMPDIR/script:/script" -- /script
    run_cordon --set users.map=auto --mount "$BATS_TEST_TMPDIR/script:/script" --set app.init=false -- /script
    inside 'privileges.capabilities=[dac-override]' -- sh -c \
        'for p in 1 $$ $PPID; do /probe open /proc/$p/exe w; /probe open /proc/$p/exe wt; done'
    refute_line ok
    if [ "$LANE" = root ]; then
        inside users.map=host 'privileges.capabilities=[dac-override, dac-read-search, sys-ptrace]' -- sh -c \
            'for p in 1 $PPID; do /probe open /proc/$p/exe w; /probe open /proc/$p/exe wt; done'
        refute_line ok
    fi
    assert_equal "$(sha256sum "$CORDON")" "$sum"
}

@test "a working folder behind a leaked descriptor is out of reach (AC-04)" {
    local fd
    ln -s /proc/self/fd/8 "$BATS_TEST_TMPDIR/link"
    for fd in 3 8 9 10 20; do
        run bash -c "exec 8</ $fd</; exec \"\$CORDON\" run --mount '$BATS_TEST_TMPDIR/link:/link' --set app.workdir=/proc/self/fd/$fd -- sh -c 'pwd -P; ls -d /work /boot 2>/dev/null; true'"
        [ "$status" -eq 125 ] || assert_output /
    done
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR, at: /srv}" --set app.workdir=/srv/link -- sh -c 'pwd -P'
    [ "$status" -eq 125 ] || assert_output --regexp '^/(srv.*)?$'
}

@test "descriptors of the caller do not get in, whatever their number (AC-05)" {
    inside -- /probe fds
    assert_output '0 1 2 '
    run bash -c 'exec 5</ 63</etc/passwd 200</; exec "$CORDON" run --mount "$PROBE:/probe" -- /probe fds'
    assert_output '0 1 2 '
}

@test "two hundred runs leave nothing" {
    many() {
        local i
        for i in {1..200}; do
            cordon run -- true || return
        done
    }
    nothing_left many
}

@test "ten at once leave nothing" {
    at_once() {
        local i pids=()
        for i in {1..10}; do
            cordon run -- sleep 0.2 3>&- &
            pids+=($!)
        done
        for i in "${pids[@]}"; do
            wait "$i" || return
        done
    }
    nothing_left at_once
}

@test "no predictable name in a shared folder is followed (AC-73)" {
    canary
    local name
    for name in cordon cordon-"$(id -u)" .cordon; do
        [ -e "/tmp/$name" ] || ln -s "$canary" "/tmp/$name"
    done
    run env -u XDG_RUNTIME_DIR "$CORDON" run -- true
    for name in cordon cordon-"$(id -u)" .cordon; do
        [ "$(readlink "/tmp/$name")" != "$canary" ] || rm "/tmp/$name"
    done
    canary_untouched
    assert_success
}

@test "no state folder to be had is said, not worked around below /tmp" {
    requires plain
    run env -u XDG_RUNTIME_DIR HOME="$BATS_TEST_TMPDIR" "$CORDON" run -- true
    [ "$status" -eq 0 ] || assert_equal "$status" 125
    run find /tmp -maxdepth 1 -user "$(id -un)" -name '*cordon*'
    assert_output ''
}

@test "a state folder that others could write or that is a link is refused (AC-14)" {
    mkdir "$BATS_TEST_TMPDIR/real" && ln -s real "$BATS_TEST_TMPDIR/linked"
    canary
    ln -s "$canary" "$BATS_TEST_TMPDIR/state"
    run "$CORDON" --state "$BATS_TEST_TMPDIR/state" run --rm --name tests-state -- true
    canary_untouched
}
