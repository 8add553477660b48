# Every system call of a launch goes wrong once, and every one kills the process that makes it. Afterwards nothing is left, or the next
# run takes it away; the error is a sentence; the status is one of the documented ones; and a start that goes on all the same gives the
# app exactly what it gives otherwise: no protection is lost in silence.
#
# FAULT_STEP (1 with --all) takes every so manieth call only. tests/helpers/fault.c does it. A line of
# `survived / injected` ends up in what tests/run prints.
load ../helpers/container

setup_file() {
    cd "$BATS_TEST_DIRNAME" || return
    export FAULT=${PROBE%/*}/fault
    [ -x "$FAULT" ] || skip "the injector is written for x86-64"
    # The set-id helpers that map a plain user's ids cannot be traced by him.
    export FAULT_IDS=single
    [ "$LANE" != root ] || FAULT_IDS=auto
    "$CORDON" --state "$LANE_DIR/state" run -- true
}

# What the app has: ids, capabilities, filter, mounts, names, limits.
# shellcheck disable=SC2016
look='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/self/status; cut -d " " -f 4- /proc/self/mountinfo | sed "s/[ug]id=[0-9]*//g"
    hostname; ulimit -a; umask; ls /proc/self/fd /; env; ls -A /proc/1/fd 2>&1 | wc -l; id'

# launch MODE N: $status, the app's output in $out, errors in $err, what was hit in $hit.
launch() {
    out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
    hit=$(timeout -k 5 30 "$FAULT" "$1" "$2" "$CORDON" --state "$LANE_DIR/state" --data "$LANE_DIR/data" run \
        --set users.map="$FAULT_IDS" -- sh -c "$look; echo 86394.5 >/dev/null" 3>&1 >"$out" 2>"$err") && status=0 || status=$?
}

# blame WHY: into the list of failures.
blame() {
    printf '%s %s, %s: %s; status %s; %s\n' "$mode" "$number" "$hit" "$1" "$status" "$(head -n 2 "$err" | tr '\n' ' ')" >>"$BATS_TEST_TMPDIR/wrong"
}

no_processes() {
    no_pids_of 86394.5
}

injected_all() { # MODE
    local mode=$1 number calls injected=0 survived=0
    launch count 0
    assert_equal "$status" 0
    calls=$hit
    cp "$out" "$BATS_TEST_TMPDIR/as-always"
    [ "$calls" -gt 200 ]
    sh ../helpers/leftovers >"$BATS_TEST_TMPDIR/before"
    : >"$BATS_TEST_TMPDIR/wrong"
    for ((number = 1; number <= calls; number += ${FAULT_STEP:-1})); do
        launch "$mode" "$number"
        # There is no such call: what is not made to fail does not count. Those of init that its own filter guards are left out.
        [ -n "$hit" ] || break
        injected=$((injected + 1))
        "judge_$mode"
        is_beginning || blame "the app had something else before it ended: $(diff "$BATS_TEST_TMPDIR/as-always" "$out" | head -n 4 | tr '\n' ' ')"
    done
    [ "$injected" -gt $((150 / ${FAULT_STEP:-1})) ]
    "$CORDON" --state "$LANE_DIR/state" run -- true
    sh ../helpers/leftovers >"$BATS_TEST_TMPDIR/after"
    # What somebody else took away meanwhile is not of this test's doing.
    run bash -c 'diff <(grep -E "^(process|mount|cgroup|file)" "$1/before") <(grep -E "^(process|mount|cgroup|file)" "$1/after") |
        grep "^>"' bash "$BATS_TEST_TMPDIR"
    assert_output ''
    survived=$((injected - $(wc -l <"$BATS_TEST_TMPDIR/wrong")))
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

judge_error() {
    case $status in
    0) diff "$BATS_TEST_TMPDIR/as-always" "$out" >"$BATS_TEST_TMPDIR/difference" || blame "not the same container: $(head -n 4 "$BATS_TEST_TMPDIR/difference" | tr '\n' ' ')" ;;
    125 | 126 | 127) grep -qE '^cordon: |: error: ' "$err" || blame "no sentence" ;;
    124 | 137) blame "it hung, or was killed" ;;
    *) blame "no documented status" ;;
    esac
}

judge_kill() {
    case $status in
    0) cmp -s "$BATS_TEST_TMPDIR/as-always" "$out" || blame "not the same container" ;;
    125 | 137) ;;
    *) blame "no documented status" ;;
    esac
}

@test "every system call of a launch failing: refused with a sentence or the same container, and nothing left (AC-38, AC-85)" {
    injected_all error
}

@test "every system call of a launch killing its process: nothing left (AC-83)" {
    injected_all kill
    no_processes
}
