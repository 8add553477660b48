# Every system call of a launch goes wrong once, and every one kills the process that makes it. Afterwards nothing is left, or the next
# run takes it away; the error says what the kernel answered; the status is the right one; and a start that goes on all the same gives
# the app exactly what it gives otherwise: no protection is lost in silence.
#
# FAULT_STEP (1 with --all) takes every so manieth call only. tests/helpers/fault.c does it. A line of
# `survived / injected` ends up in what tests/run prints.
load ../helpers/container

setup_file() {
    cd "$BATS_TEST_DIRNAME" || return
    export FAULT=${PROBE%/*}/fault
    [ -x "$FAULT" ] || skip "the injector is written for x86-64"
    # The set-id helpers that map a plain user's ids cannot be traced by him.
    export FAULT_IDS=single FAULT_STEP=${FAULT_STEP:-1}
    [ "$LANE" != root ] || FAULT_IDS=auto
    "$CORDON" --state "$LANE_DIR/state" run -- true
}

# What the app has: ids and how many are mapped, capabilities, filter, mounts, names, limits.
# shellcheck disable=SC2016
look='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/self/status; cut -d " " -f 4- /proc/self/mountinfo | sed "s/[ug]id=[0-9]*//g" | sort
    for map in uid_map gid_map; do while read -r inside outside count; do echo "$map: $count from $inside"; done </proc/self/$map; done
    cat /proc/self/setgroups; hostname; ulimit -a; umask; ls /proc/self/fd /; env; readlink /proc/1/exe; id'

# launch MODE N: $status, the app's output in $out, errors in $err, what was hit in $hit.
launch() {
    out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
    hit=$(timeout -k 5 "${CORDON_TIMEOUT:-30}" "$FAULT" "$1" "$2" "$CORDON" --state "$LANE_DIR/state" --data "$LANE_DIR/data" run \
        "${options[@]}" -- sh -c "$look; echo 86394.5 >/dev/null" 3>&1 >"$out" 2>"$err") && status=0 || status=$?
}

# blame WHY: into the list of failures.
blame() {
    printf '%s %s, %s; %s; status %s; %s\n' "$mode" "$number" "$hit" "$1" "$status" "$(head -n 2 "$err" | tr '\n' ' ')" >>"$BATS_TEST_TMPDIR/wrong"
}

left() {
    sh ../helpers/leftovers "$LANE_DIR/state" "$LANE_DIR/data" | grep -E '^(process|mount|cgroup|file)'
}

# What somebody else took away meanwhile is not of this test's doing. A record that was only begun may be somebody's for ten seconds,
# and a start looks at some of them only.
nothing_left() {
    "$CORDON" --state "$LANE_DIR/state" --data "$LANE_DIR/data" run "${options[@]}" -- true && left >"$BATS_TEST_TMPDIR/after" &&
        ! diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" | grep '^>'
}

no_processes() {
    no_pids_of 86394.5
}

# injected_all MODE STEP OPTION…: each so manieth call of that start.
injected_all() {
    local mode=$1 step=$2 options=("${@:3}") number calls injected=0 survived=0
    launch count 0
    assert_equal "$status" 0
    calls=$hit
    cp "$out" "$BATS_TEST_TMPDIR/as-always"
    [ "$calls" -gt 200 ]
    left >"$BATS_TEST_TMPDIR/before"
    : >"$BATS_TEST_TMPDIR/wrong"
    for ((number = 1; number <= calls; number += step)); do
        launch "$mode" "$number"
        # There is no such call: what is not made to fail does not count. Those of init that its own filter guards are left out.
        [ -n "$hit" ] || break
        injected=$((injected + 1))
        "judge_$mode"
        is_beginning || blame "the app had something else before it ended: $(diff "$BATS_TEST_TMPDIR/as-always" "$out" | head -n 4 | tr '\n' ' ')"
    done
    [ "$injected" -gt $((150 / step)) ]
    wait_for 30 nothing_left
    survived=$((injected - $(cut -d , -f 1 "$BATS_TEST_TMPDIR/wrong" | sort -u | wc -l)))
    echo "# $LANE, $mode: $survived / $injected survived" >&3
    cat "$BATS_TEST_TMPDIR/wrong"
    [ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

# What the app has printed is what it always prints, as far as it came.
is_beginning() {
    local size
    size=$(stat -c %s "$out")
    [ "$size" -eq 0 ] || cmp -s -n "$size" "$out" "$BATS_TEST_TMPDIR/as-always"
}

# Sentences that have not the kernel's words: of init, which has no memory for them; of what is looked at in four ways, of which one
# failed; of what the C library does not tell the reason of.
own_words="the container's first process cannot confine itself|the new root is not what it should be|cannot be read to its end|out of memory"

# With a terminal it is the launcher who prints: what cannot be is hung up, and told.
is_lost() {
    [[ $hit == 'call 1 of the launcher'* ]] && grep -qi "^cordon: print what the container's terminal shows: $reason\$" "$err"
}

judge_error() {
    local reason=${hit##*: }
    case $status in
    0) diff "$BATS_TEST_TMPDIR/as-always" "$out" >"$BATS_TEST_TMPDIR/difference" || is_lost || blame "not the same container: $(head -n 4 "$BATS_TEST_TMPDIR/difference" | tr '\n' ' ')" ;;
    125 | 126)
        # execve
        [ "$status" -eq 125 ] || [[ $hit == 'call 59 of the container'* ]] || blame "126, and it was not the command that failed"
        grep -qiE "^(cordon|.*: error): .+: $reason\$" "$err" || grep -qE "^(cordon|.*: error): .*($own_words)" "$err" ||
            blame "the sentence does not say what failed"
        ;;
    124 | 137) blame "it hung, or was killed" ;;
    129) is_lost || blame "no documented status" ;;
    *) blame "no documented status" ;;
    esac
}

judge_kill() {
    case "$hit, $status" in
    *'the launcher: killed, 137' | *'the container: killed, 137') ;;
    *'the container: killed, 0') cmp -s "$BATS_TEST_TMPDIR/as-always" "$out" || blame "not the same container" ;;
    *'the container: killed, 125') grep -qE '^cordon: |: error: ' "$err" || blame "no sentence" ;;
    *) blame "not the status of this" ;;
    esac
}

@test "every system call of a launch failing: refused with a sentence or the same container, and nothing left (AC-38, AC-85)" {
    injected_all error "$FAULT_STEP" --set "users.map=$FAULT_IDS"
}

@test "every system call of a launch killing its process: nothing left (AC-83)" {
    injected_all kill "$FAULT_STEP" --set "users.map=$FAULT_IDS"
    no_processes
}

# What the profile may ask for beside: a root of its own below an overlay, what is shared, kept, hidden and secret, a terminal, and as root
# the ids of the host, with which the program executes itself from a copy first.
more() { # MODE
    local map=single applet root=$BATS_TEST_TMPDIR/root
    [ "$LANE" != root ] || map=host
    rootfs "$root"
    for applet in cut hostname sed sort; do
        ln -s busybox "$root/usr/bin/$applet"
    done
    mkdir -p "$LANE_DIR/shared" && echo key >"$LANE_DIR/key" && chmod 0600 "$LANE_DIR/key"
    injected_all "$1" $((FAULT_STEP * 3)) --trust --root "$root" --set users.map=$map --set root.write=discard --set app.terminal=true \
        --set "+mounts={bind: $LANE_DIR/shared, at: /srv, write: true}" --set '+mounts={hide: /srv/later}' \
        --set '+mounts={volume: tests-fault, at: /data}' --set "+secrets={name: key, from: $LANE_DIR/key}"
}

@test "the same of a start with an overlay, a shared folder, a volume, a secret and a terminal: each call failing (AC-38, AC-85)" {
    more error
}

@test "the same of such a start: each call killing its process (AC-83)" {
    more kill
    no_processes
}
