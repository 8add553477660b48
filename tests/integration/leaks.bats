# Nothing stays: not after success, error, signal or murder.
load ../helpers/container

setup() {
    before=$BATS_TEST_TMPDIR/before after=$BATS_TEST_TMPDIR/after
}

# nothing_left COMMAND…: runs it and compares what can be seen of leftovers before and after; a difference must show twice, since the
# machine may have other work. Of files and all else that does not end by itself the first time counts too: a second time makes no
# more of what always has the same name.
nothing_left() {
    local try
    look | lasting >"$BATS_TEST_TMPDIR/first"
    for try in 1 2; do
        look >"$before"
        "$@"
        ! wait_for "${patience:-5}" same_as_before || { wait_for "${patience:-5}" nothing_since_first && return; }
    done
    diff "$before" "$after" || return
    look | lasting | diff "$BATS_TEST_TMPDIR/first" -
}
# Of names that are ours: what others leave is theirs.
lasting() { grep -v '^process' | grep -e cordon -e "$LANE_DIR" | sort; }
nothing_since_first() { [ -z "$(look | lasting | comm -13 "$BATS_TEST_TMPDIR/first" -)" ]; }
look() { sh ../helpers/leftovers "$LANE_DIR/state"; }
same_as_before() {
    look >"$after"
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
    patience=0 run nothing_left leave
    rm -rf "$LANE_DIR"/state/left-* /tmp/cordon-left-"$LANE"-*
    assert_failure
    assert_output --partial "$LANE_DIR/state/left-"
    assert_output --partial /tmp/cordon-left-
    leave_always() {
        mkdir -p "$LANE_DIR/state/left-always"
    }
    patience=0 run nothing_left leave_always
    rm -rf "$LANE_DIR/state/left-always"
    assert_failure
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
    # What the killed one could not tidy itself (its record), the next start does; nothing may stay after that.
    killed_and_next() {
        killed
        cordon run -- true
    }
    killed_and_next
    nothing_left killed_and_next
}

@test "after SIGKILL of the launcher: nothing stays of an app that has changed its user either, with init and without" {
    requires ids
    local init
    for init in true false; do
        start_cordon --set app.user=33 --set app.init=$init -- sh -c 'echo ready; sleep 86398.7 & exec sleep 86398.7'
        wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
        wait_for 30 some_pid_of 86398.7
        kill -KILL "$cordon_pid"
        wait_cordon
        wait_for 30 no_pids_of 86398.7
    done
}

@test "files written to /tmp, /var/tmp, /run, /dev/shm and home inside are not the host's" {
    write_everywhere() {
        cordon run -- sh -c 'for d in /tmp /var/tmp /run /dev/shm "$HOME"; do echo x >$d/cordon-written-inside; done'
    }
    nothing_left write_everywhere
    [ ! -e /tmp/cordon-written-inside ]
    [ ! -e "$HOME/cordon-written-inside" ]
}

@test "a hundred runs leave nothing" {
    many() {
        local i
        for i in {1..100}; do
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

@test "no state folder to be had is said, not worked around below /tmp" {
    requires plain
    run env -u XDG_RUNTIME_DIR HOME="$BATS_TEST_TMPDIR" "$CORDON" run -- true
    [ "$status" -eq 0 ] || assert_equal "$status" 125
    run find /tmp -maxdepth 1 -user "$(id -un)" -name '*cordon*'
    assert_output ''
}
