#!/usr/bin/env bats
# ps and inspect: what is known of a container while it runs, and that nothing is left of it afterwards.

load ../helpers/container

records() {
    find "$LANE_DIR/state" -name '*.json' | sort
}

name_runs() { # NAME-PATTERN
    local tab=$'\t'
    [[ $(cordon ps --format name,state) =~ $1${tab}running ]]
}

setup() {
    pattern='default-[0-9a-f]{6}' cordon_pid=
    cordon ps >/dev/null # records that killed launchers of other tests left
}

# A test that failed does not spoil the next.
teardown() {
    [ -z "$cordon_pid" ] || kill -TERM "$cordon_pid" 2>/dev/null || true
}

# Starts a container that waits, and sets $name.
start_waiting() {
    start_cordon "$@" -- sleep 60
    wait_for 10 name_runs "$pattern"
    name=$(cordon ps --format name)
}

stop_waiting() {
    kill -TERM "$cordon_pid"
    wait_cordon
    cordon_pid=
}

inspect() { # JQ-EXPRESSION
    cordon inspect "$name" | jq -c "$1"
}

@test "a run without a name is called by its profile's and six digits, and nothing of it is left when it ends" {
    run_cordon -- true
    assert_success
    assert_equal "$(records)" ""
    start_waiting
    assert_regex "$name" '^default-[0-9a-f]{6}$'
    run cordon ps --format json
    run jq -c '.[] | [.name, .state, .profile, .root, (.pid | type), (.id | length), (.started | fromdate > 0)]' <<<"$output"
    assert_output "[\"$name\",\"running\",\"default\",\"host\",\"number\",32,true]"
    run stat -c '%a %U' "$LANE_DIR/state" "$LANE_DIR/state/$name.json"
    assert_output "700 $(id -un)"$'\n'"600 $(id -un)"
    stop_waiting
    assert_equal "$(records)" ""
    run cordon ps --format name
    assert_output ""
}

@test "runs of one profile side by side have names of their own, a run that fails to start leaves no record" {
    start_cordon -- sleep 60
    local first=$cordon_pid
    start_cordon -- sleep 60
    wait_for 10 eval '[ "$(cordon ps --format state | grep -c running)" = 2 ]'
    assert_equal "$(cordon ps --format name | sort -u | wc -l)" 2
    kill -TERM "$first" "$cordon_pid"
    wait "$first" || true
    wait_cordon
    run -127 cordon run -- /no/such/program
    assert_equal "$(records)" ""
}

@test "with --name it is called so, and inspect says what was asked, with the command line in it" {
    local profile
    pattern=shop
    profile=$(profile words <<<'limits: {files: 77}')
    start_waiting -p "$profile" --name shop --rm
    assert_equal "$(inspect '[.name, .state, .asked.limits, .asked.app.command, .profile]')" \
        "[\"shop\",\"running\",{\"files\":77},[\"sleep\",\"60\"],\"$profile\"]"
    stop_waiting
}

@test "inspect says what was planned: the steps that plan prints" {
    start_waiting
    inspect '[.planned.steps[].action]' >"$BATS_TEST_TMPDIR/planned"
    cordon plan --format json -- sleep 60 </dev/null | jq -c '[.steps[].action]' | diff - "$BATS_TEST_TMPDIR/planned"
    assert_equal "$(inspect '.planned.steps | length > 20')" true
    stop_waiting
}

@test "inspect reads back from the kernel what is applied to the app" {
    local app
    start_waiting --set limits.files=77
    app=$(inspect .applied.pid)
    assert_equal "$(tr '\0' ' ' <"/proc/$app/cmdline")" "sleep 60 "
    assert_equal "$(inspect '.applied | [.seccomp, .no_new_privileges, .capabilities.effective, .capabilities.bounding]')" \
        '["filter",true,[],[]]'
    assert_equal "$(inspect .applied.limits.files)" '{"soft":"77","hard":"77"}'
    assert_equal "$(inspect '.applied.uid_map | map([.inside, .outside, .count])')" \
        "$(awk 'BEGIN { printf "[" } { printf "%s[%d,%d,%d]", (NR > 1 ? "," : ""), $1, $2, $3 } END { print "]" }' "/proc/$app/uid_map")"
    assert_equal "$(inspect '.applied.namespaces | [.net.id, .net.new, .time.new]')" \
        "[\"$(readlink "/proc/$app/ns/net")\",true,false]"
    assert_equal "$(inspect '[.applied.mounts[] | select(.at == "/usr") | .options | split(",") | index("ro") != null]')" '[true]'
    assert_equal "$(inspect .applied.cgroup.path)" "$(sed -n 's/^0:://p' "/proc/$app/cgroup" | jq -R -c . | grep . || echo null)"
    assert_equal "$(inspect .applied.init.command)" '"cordon-init"'
    stop_waiting
}

@test "what was loosened is seen in what is applied: it is read, not repeated" {
    start_waiting --set privileges.capabilities='[net-bind-service]' --set network.mode=host --set syscalls.base=none \
        --set app.init=false
    assert_equal "$(inspect '.applied | [.capabilities.effective, .namespaces.net.new, .init]')" \
        '[["net-bind-service"],false,null]'
    # The kernel gives PID 1 no signal that it has no handler for: this sleep hears none of SIGTERM.
    kill -KILL "$cordon_pid"
    wait_cordon
    cordon_pid=
}

@test "the record of a launcher that was killed is no container, and is gone after the next look" {
    start_waiting
    kill -KILL "$cordon_pid"
    wait_cordon
    assert_equal "$(records)" "$LANE_DIR/state/$name.json"
    run cordon inspect "$name"
    assert_failure 1
    assert_line "cordon: no container named '$name' is running"
    assert_equal "$(records)" ""
}

@test "a record that claims another process is not believed, and a name is no way out of the state folder" {
    start_waiting
    run cordon inspect "../state/$name"
    assert_failure 1
    jq -c ".pid = 1 | .launcher = $cordon_pid" "$LANE_DIR/state/$name.json" >"$BATS_TEST_TMPDIR/changed"
    cat "$BATS_TEST_TMPDIR/changed" >"$LANE_DIR/state/$name.json" # the same file: the lock stays
    run cordon ps --format name
    assert_output ""
    stop_waiting
}

@test "a run goes on where no record can be written" {
    requires single # others lock their ids there
    run timeout 30 "$CORDON" --state /proc/nowhere run -- echo ran
    assert_success
    assert_output ran
}

@test "what Landlock was told is in the record and in inspect, since the kernel tells nobody" {
    local abi
    abi=$("$PROBE" landlock)
    [ "$abi" -gt 0 ] || not_here "no Landlock"
    start_waiting --set 'paths={execute: [/bin/sleep], read: [/etc], optional: true}'
    run inspect '.applied | [.init.landlock, .landlock.source, .landlock.abi, .landlock.paths, .landlock.connect, .landlock.scopes,
        (.landlock.denied | index("execute")), (.landlock.denied | index("truncate") != null)]'
    assert_output "[null,\"launch\",$abi,5,null,[],0,$([ "$abi" -ge 3 ] && echo true || echo false)]"
    stop_waiting
    [ "$abi" -ge 6 ] || return 0
    start_waiting --set 'paths={execute: [/bin/sleep], connect: [443, 80], bind: []}' --set isolate.pid=inherit --set network.mode=host
    run inspect '.applied.landlock | [.connect, .bind, .scopes]'
    assert_output '[[443,80],[],["abstract-sockets","signals"]]'
    stop_waiting
    start_waiting
    run inspect .applied.landlock
    assert_output null
    stop_waiting
}

@test "ps, inspect and run take nothing away but records, whatever folder they are given" {
    local folder=$BATS_TEST_TMPDIR/state
    mkdir -m 0700 "$folder" && echo '{"name":"other"}' >"$folder/package.json" && : >"$folder/empty.json"
    touch -d '1 hour ago' "$folder/empty.json" && chmod 0644 "$folder/empty.json"
    # What a killed launcher leaves, in full and before it wrote anything.
    echo '{"name":"gone","id":"00000000000000000000000000000000"}' >"$folder/gone.json"
    : >"$folder/begun.json" && touch -d '1 hour ago' "$folder/begun.json" && chmod 0600 "$folder/gone.json" "$folder/begun.json"
    "$CORDON" --state "$folder" inspect package || true
    "$CORDON" --state "$folder" ps >/dev/null
    "$CORDON" --state "$folder" run -- true
    run ls "$folder"
    assert_line package.json
    assert_line empty.json
    refute_line gone.json
    refute_line begun.json
}
