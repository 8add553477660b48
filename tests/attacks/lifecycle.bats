# Starts and ends at the worst moment; what is tidied; what a refusal says.
load ../helpers/container

# What an attack that bit, or a test that failed, has left: the first process of a container ends with its app.
teardown() {
    local pid
    for pid in $(pids_of 86395.); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

# killed OPTION… -- MARKER: a run with children of every kind, whose launcher is then killed.
killed() {
    local marker=${*: -1}
    start_cordon "${@:1:$#-2}" -- sh -c "echo ready; sleep $marker & setsid sleep $marker & exec sleep $marker"
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    wait_for 30 some_pid_of "$marker"
    kill -KILL "$cordon_pid"
    wait_cordon
}

@test "a launcher that is killed takes the container with it, with init, without, and with shared pids (AC-83)" {
    local setting
    for setting in app.init=true app.init=false; do
        weakly die-with-parent killed --set $setting -- 86395.1
        sleep 0.3
        some_pid_of 86395.1 || fail 'this attack bites nobody'
        teardown
        killed --set $setting -- 86395.2
        wait_for 30 no_pids_of 86395.2
        wait_for 30 no_pids_of 86395.1
    done
    killed --set isolate.pid=inherit -- 86395.3
    wait_for 30 no_pids_of 86395.3
}

# A record that was only begun may be somebody's for ten seconds.
nothing_left() { # what was there before being in before
    "$CORDON" --state "$LANE_DIR/state" run -- true && sh "$BATS_TEST_DIRNAME/../helpers/leftovers" "$LANE_DIR/state" >"$BATS_TEST_TMPDIR/after" &&
        ! diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" | grep -E '^> (process|mount|cgroup|file)'
}

@test "a launcher that is killed at any moment of a start leaves nothing half made (AC-83)" {
    local wait
    run_cordon -- true
    sh "$BATS_TEST_DIRNAME/../helpers/leftovers" "$LANE_DIR/state" >"$BATS_TEST_TMPDIR/before"
    for wait in 0.001 0.002 0.004 0.006 0.008 0.010 0.015 0.020 0.030; do
        start_cordon -- sleep 86395.4
        sleep "$wait"
        kill -KILL "$cordon_pid"
        wait_cordon
    done
    wait_for 30 no_pids_of 86395.4
    wait_for 30 no_launcher
    wait_for 30 nothing_left
}

@test "a launcher that is told to end while it starts ends the container (AC-83)" {
    local wait
    for wait in 0.001 0.003 0.005 0.008 0.012 0.020; do
        start_cordon -- sleep 86395.5
        sleep "$wait"
        kill -TERM "$cordon_pid"
        wait_for 30 eval "! kill -0 $cordon_pid"
        wait_cordon
        [ "$status" -ne 0 ]
    done
    wait_for 30 no_pids_of 86395.5
}

@test "a stopped launcher leaves the container killable (AC-83)" {
    start_cordon -- sh -c 'echo ready; exec sleep 86395.6'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    kill -STOP "$cordon_pid"
    kill -KILL "$cordon_pid"
    wait_cordon
    wait_for 30 no_pids_of 86395.6
}

@test "the terminal closed ends the container (AC-83)" {
    requires command:script
    mkfifo "$BATS_TEST_TMPDIR/keyboard"
    script -qec "'$CORDON' --state '$LANE_DIR/state' run -- sleep 86395.7" /dev/null <>"$BATS_TEST_TMPDIR/keyboard" >/dev/null 2>&1 3>&- &
    local terminal=$!
    wait_for 30 some_pid_of 86395.7
    kill -KILL "$terminal" # the master closes with it
    wait_for 30 no_pids_of 86395.7
    wait_for 30 no_launcher
}

@test "of two with one name the second is refused, and the name is free again after any end (AC-83)" {
    start_cordon --rm --name tests-one -- sh -c 'echo ready; exec sleep 86395.8'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    weakly locks run_cordon --rm --name tests-one -- echo second
    assert_output second
    run_cordon --rm --name tests-one -- echo second
    assert_equal "$status" 125
    refute_line second
    assert_output --partial tests-one
    kill -KILL "$cordon_pid"
    wait_cordon
    wait_for 30 no_pids_of 86395.8
    run_cordon --rm --name tests-one -- echo second
    assert_output second
}

# A placeholder keeps /srv/sub/later from being made; the same folder is also shown at /mnt, where the app can change it.
placed() {
    share=$BATS_TEST_TMPDIR/share
    rm -rf "$share" && mkdir -p "$share/sub" && canary && touch "$canary/folder/later" && canary_print >"$canary.before"
}
tidying() {
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set "+mounts={bind: $share, at: /mnt, write: true}" \
        --set '+mounts={hide: /srv/sub/later}' -- sh -c "$1"
}

@test "tidying follows no link that was made inside (AC-84)" {
    # As one would tidy by name.
    placed
    weakly 'hold a folder in place' tidying "mv /mnt/sub /mnt/moved && ln -s '$canary/folder' /mnt/sub && echo moved"
    assert_line moved
    canary_untouched
    [ ! -e "$share/moved/later" ] # it went after what it had made
    rm -f "$share/sub/later"
    ! canary_untouched >/dev/null || fail 'this attack bites nobody'
    # The folder can be moved as little, as long as something is hidden in it; and where it could, nothing is touched.
    placed
    tidying "mv /mnt/sub /mnt/moved || echo held"
    assert_line held
    canary_untouched
    [ -e "$share/sub" ] && [ ! -e "$share/sub/later" ]
}

@test "tidying takes away what was made for the run and nothing that took its place (AC-84)" {
    replaced() { # by somebody else who may write there: the app is kept from it by the kernel
        placed
        start_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/sub/later}' -- \
            sh -c 'echo ready; until [ -e /srv/go ]; do sleep 0.05; done'
        wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
        mv "$share/sub/later" "$share/kept" && echo precious >"$share/sub/later"
        touch "$share/go"
        wait_cordon
    }
    weakly placeholder replaced
    [ ! -e "$share/sub/later" ] || fail 'this attack bites nobody'
    replaced
    assert_equal "$(cat "$share/sub/later")" precious
}

@test "tidying happens as the caller (AC-84)" {
    placed
    start_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/sub/later}' -- \
        sh -c 'echo ready; until [ -e /srv/go ]; do sleep 0.05; done'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    assert_equal "$(stat -c %u "$share/sub/later")" "$(id -u)"
    run awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$cordon_pid/status"
    assert_output "$(id -u) $(id -u) $(id -u) $(id -u)"
    touch "$share/go"
    wait_cordon
    [ ! -e "$share/sub/later" ]
}

@test "a refusal names the object, the key and the profile's line, and ends with the documented status (AC-85)" {
    local key value file
    while IFS='|' read -r key value object; do
        file=$(profile refused <<<"$value")
        run_cordon -p "$file" -- echo ran
        assert_equal "$status" 125
        refute_line ran
        assert_line --index 0 --regexp "^$file:[2-9]:[0-9]+: error: $key"
        assert_output --partial "$object"
    done <<YAML
app.workdir|app: {workdir: /no/such/folder}|/no/such/folder
app.user|app: {user: no-such-user}|no-such-user
app.groups|app: {groups: [no-such-group]}|no-such-group
mounts|mounts: [{bind: $BATS_TEST_TMPDIR/none, at: /srv}]|$BATS_TEST_TMPDIR/none
mounts|mounts: [{tmpfs: 1M, at: /usr/none/here}]|/usr/none/here
root.from|root: {from: "dir:$BATS_TEST_TMPDIR/none"}|$BATS_TEST_TMPDIR/none
privileges.capabilities|privileges: {capabilities: [no-such]}|no-such
privileges.allow|privileges: {allow: [no-such]}|no-such
syscalls.allow|syscalls: {allow: [no_such]}|no_such
limits.files|limits: {files: many}|many
limits.files|limits: {files: 4000000000}|hard limit
devices|devices: [/dev/no-such]|/dev/no-such
network.mode|network: {mode: bridge}|not available yet
label.apparmor|label: {apparmor: none}|'none' cannot be had
hostname|hostname: "a b"|a b
users.map|users: {map: ["0:0:0"]}|0:0:0
YAML
    run -127 cordon run -- /no/such/program
    assert_output --partial /no/such/program
    run_cordon -- /etc/passwd
    assert_equal "$status" 126
    assert_output --partial /etc/passwd
}
