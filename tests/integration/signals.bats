# Signals where the numbers of processes are shared.
load ../helpers/container

setup() {
    sleep 60 3>&- &
    outside=$!
    map=()
    [ "$LANE" != root ] || map=(users.map=host) # a process of the same user
}

teardown() {
    kill "$outside" 2>/dev/null || true
}

@test "with isolate.pid: inherit no signal reaches a process outside but with signals: inherit, or that is left open and said" {
    inside "${map[@]}" isolate.pid=inherit isolate.signals=inherit -- /probe kill "$outside" 0
    assert_output ok
    run cordon plan --set isolate.pid=inherit -- true
    if [ "$("$PROBE" landlock)" -ge 6 ]; then
        assert_output --partial 'keep its signals to its own processes'
        inside "${map[@]}" isolate.pid=inherit -- /probe kill "$outside" 0
        assert_output EPERM
        inside "${map[@]}" isolate.pid=inherit privileges.new-privileges=true app.init=false -- /probe kill "$outside" 0
        assert_output EPERM
    else
        assert_output --partial 'signals kept inside'
        inside isolate.pid=inherit isolate.signals=new -- true
        assert_equal "$status" 125
        assert_output --partial 'isolate.signals'
    fi
}

@test "where signals are kept in, nor does the limit of processor time, at which the kernel kills" {
    # The ids of the caller are the app's: the kernel asks for no more.
    [ "$LANE" = root ] || map=(users.map=single)
    weakly 'filter system calls' inside "${map[@]}" isolate.pid=inherit isolate.signals=inherit -- prlimit --pid "$outside" --cpu=100:200
    assert_success
    assert_equal "$(awk '/cpu time/ { print $4 }' "/proc/$outside/limits")" 100
    inside "${map[@]}" isolate.pid=inherit -- sh -c "prlimit --pid $outside --cpu=50:60; prlimit --pid $outside --cpu; ulimit -S -t 1000 && ulimit -t"
    assert_line --partial 'Operation not permitted'
    assert_line 1000 # its own it may set
    assert_equal "$(awk '/cpu time/ { print $4 }' "/proc/$outside/limits")" 100
}

@test "its own processes take signals of each other, and from outside by the launcher" {
    inside "${map[@]}" isolate.pid=inherit -- sh -c 'exec 2>/dev/null; sleep 60 & kill $! && wait $!; echo $?'
    assert_output 143
    start_cordon --set isolate.pid=inherit ${map:+--set "${map[@]}"} -- sh -c 'trap "echo told; exit 3" TERM; echo up; while :; do sleep 0.1; done'
    wait_for 10 grep -q up "$BATS_TEST_TMPDIR/out"
    kill -TERM "$cordon_pid"
    wait_cordon
    assert_equal "$status" 3
    assert_output --partial told
}

@test "with isolate.pid: inherit the command ends with its init" {
    local init
    start_cordon "${map[@]/#/--set=}" --set isolate.pid=inherit -- sleep 86396.3
    wait_for 30 some_pid_of 86396.3
    init=$(ps -o ppid= -p "$(pids_of 86396.3)" | tr -d ' ')
    kill -KILL "$init"
    wait_cordon
    wait_for 10 no_pids_of 86396.3
}

@test "a caller who ignores SIGCHLD gets the same answers, and so does the command" {
    run "$CORDON" doctor
    local answer=$output
    run env --ignore-signal=CHLD "$CORDON" doctor
    assert_output "$answer"
    [ -n "$answer" ]
    run env --ignore-signal=CHLD "$CORDON" --state "$LANE_DIR/state" run -- grep SigIgn /proc/self/status
    assert_success
    assert_output --regexp '^SigIgn:\s*0000000000010000$'
}
