# limits: per-process limits, nice, oom-score, the time limit; and resources that this version has no answer for yet.
load ../helpers/container

@test "every limit arrives, soft and hard" {
    run_cordon --set 'limits={files: 128, core: 0, stack: 4M, memlock: 32K}' -- sh -c 'grep -E "open files|core file|stack|locked" /proc/self/limits'
    assert_success
    assert_line --regexp '^Max open files +128 +128 '
    # 1 is less than any core, and the kernel then starts no core_pattern program either.
    assert_line --regexp '^Max core file size +[01] +[01] '
    assert_line --regexp '^Max stack size +4194304 +4194304 '
    assert_line --regexp '^Max locked memory +32768 +32768 '
}

@test "a caller who has forbidden himself core files can start containers" {
    case $(cat /proc/sys/kernel/core_pattern) in
    '|'* | '@'*) skip "core files of this machine go to a program, which 0 does not keep from being started" ;;
    esac
    without_cores() { ulimit -Hc 0 && cordon run -- sh -c 'ulimit -Hc'; }
    run without_cores
    assert_output 0
}

@test "soft:hard" {
    run_cordon --set 'limits={files: "64:256"}' -- grep 'open files' /proc/self/limits
    assert_output --regexp '^Max open files +64 +256 '
}

@test "a limit binds" {
    inside limits.files=4 -- /probe open /probe
    assert_output ok
    inside limits.files=3 -- /probe open /probe
    assert_output EMFILE
}

@test "a soft limit above the hard one is refused" {
    run_cordon --set 'limits={files: "256:64"}' -- true
    assert_equal "$status" 125
    assert_output --partial limits
}

@test "a hard limit above the caller's own is refused with the reason, not weakened in silence (AC-38)" {
    local hard
    hard=$(ulimit -Hl)
    [ "$hard" != unlimited ] || skip "the caller has no hard limit on locked memory"
    run_cordon --set limits.memlock=64G -- sh -c 'ulimit -Hl'
    if [ "$status" -eq 0 ]; then
        assert_output $((64 * 1024 * 1024))
    else
        assert_equal "$status" 125
        assert_output --partial limits.memlock
    fi
}

@test "limits that the profile does not name are the caller's" {
    local want
    want=$(ulimit -Sn)
    run_cordon -- sh -c 'ulimit -Sn'
    assert_output "$want"
}

@test "app.nice raises; lowering is refused where the caller may not" {
    run_cordon --set app.nice=7 -- nice
    assert_output 7
    run_cordon --set app.nice=-5 -- nice
    if [ "$LANE" = root ]; then
        assert_output -5
    else
        assert_equal "$status" 125
        assert_output --partial app.nice
    fi
}

@test "app.oom-score is set" {
    run_cordon --set app.oom-score=500 -- cat /proc/self/oom_score_adj
    assert_output 500
}

@test "app.timeout: a command that ignores TERM is killed, and the run ends with 124" {
    local before=$SECONDS
    run_cordon --set app.timeout=300ms -- sh -c 'trap "" TERM; while :; do sleep 1; done'
    assert_equal "$status" 124
    [ $((SECONDS - before)) -lt 10 ]
}

@test "an app that stops itself is heard of by who asks the launcher to stop or to end, with no terminal too" {
    # As a job of a shell's: in a group that nobody could continue the kernel stops nothing.
    run timeout 120 bash -c 'set -m
        "$CORDON" --state "$LANE_DIR/state" run --set app.timeout=60s -- sh -c "echo ready; kill -STOP \$\$; echo went-on" >"$0/job" </dev/null &
        until grep -qs ready "$0/job"; do sleep 0.1; done
        sleep 0.5
        state() { sed -n "s/^State:.//p" /proc/$!/status; }
        state
        kill -TSTP $!
        for _ in {1..100}; do state | grep -q ^T && break; sleep 0.1; done
        state
        kill -CONT $!
        until grep -q went-on "$0/job"; do sleep 0.1; done
        while [ -e /proc/$! ]; do sleep 0.1; done
        wait $!; echo $?; cat "$0/job"' "$BATS_TEST_TMPDIR" 3>&-
    assert_line --index 0 --regexp '^[SR]'
    assert_line --regexp '^T'
    assert_line 0
    assert_line went-on

    start_cordon --set app.timeout=60s -- sh -c 'echo ready; kill -STOP $$; echo went-on'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    sleep 0.5
    kill -INT "$cordon_pid"
    wait_cordon
    assert_equal "$status" 130
}

@test "who asked an app to stop that did not hear of it is not why it stops later, by itself, under a time limit" {
    run timeout 120 bash -c 'set -m
        "$CORDON" --state "$LANE_DIR/state" run --set app.timeout=60s -- sh -c "trap \"\" TSTP; echo ready; sleep 5; echo stops; kill -STOP \$\$" \
            >"$0/job" </dev/null &
        until grep -qs ready "$0/job"; do sleep 0.1; done
        kill -TSTP $!
        until grep -qs stops "$0/job"; do sleep 0.1; done
        sleep 1
        sed -n "s/^State:.//p" /proc/$!/status
        kill -INT $!; kill -CONT $!
        wait $!; echo $?' "$BATS_TEST_TMPDIR" 3>&-
    assert_line --index 0 --regexp '^[SR]'
    assert_line 130
}

@test "app.timeout does not touch a command that ends in time" {
    run_cordon --set app.timeout=20s -- sh -c 'exit 6'
    assert_equal "$status" 6
}
