# The clocks that count from the start of the machine.
load ../helpers/container

host_seconds() {
    cut -d. -f1 /proc/uptime
}

@test "the clocks are ahead by the offsets of the profile, for init and for the app" {
    local before inside
    before=$(host_seconds)
    run_cordon --set 'isolate.time=new' --set 'clock={boottime: 100h, monotonic: 1h}' -- sh -c \
        'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets; readlink /proc/1/ns/time /proc/self/ns/time /proc/self/ns/time_for_children | sort -u | wc -l'
    assert_success
    inside=${lines[0]}
    [ $((inside - before)) -ge 360000 ]
    [ $((inside - before)) -lt 360060 ]
    [[ ${lines[1]} =~ ^monotonic\ +3600\ +0$ ]]
    [[ ${lines[2]} =~ ^boottime\ +360000\ +0$ ]]
    assert_equal "${lines[3]}" 1
    inside=$(host_seconds)
    [ $((inside - before)) -lt 60 ]
}

@test "init is in the app's time namespace, as its launcher can see" {
    requires root # init lets nobody else look
    local app init
    start_cordon --set isolate.time=new --set 'clock={boottime: 100h}' -- sh -c 'echo ready; exec sleep 86393.21'
    wait_for 30 some_pid_of 86393.21
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    app=$(pids_of 86393.21)
    init=$(awk '/^PPid:/ { print $2 }' "/proc/$app/status")
    assert_equal "$(cat "/proc/$init/comm")" cordon-init
    assert_equal "$(readlink "/proc/$init/ns/time")" "$(readlink "/proc/$app/ns/time")"
    [ "$(readlink "/proc/$init/ns/time")" != "$(readlink /proc/self/ns/time)" ]
    kill -TERM "$cordon_pid"
    wait_cordon
}

@test "a negative offset, and the app as first process" {
    run_cordon --set 'isolate.time=new' --set 'clock={monotonic: -1500ms}' --set app.init=false -- cat /proc/self/timens_offsets
    assert_line --index 0 --regexp '^monotonic +-2 +500000000$'
}

@test "a new time namespace without offsets has the host's clocks" {
    run_cordon --set 'isolate.time=new' -- cat /proc/self/timens_offsets
    assert_line --index 0 --regexp '^monotonic +0 +0$'
    run_cordon --set 'isolate.time=new' -- readlink /proc/self/ns/time
    [ "$output" != "$(readlink /proc/self/ns/time)" ]
}

@test "a clock below 0 or beyond its end is refused at its line" {
    local file offset
    for offset in -1000000h 2000000h; do
        file=$(profile clock <<<"isolate: {time: new}
clock: {boottime: $offset}")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --partial "$file:3:"
    done
}
