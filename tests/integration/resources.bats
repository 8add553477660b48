# resources: limits by control groups. The guest of tests/vm has every controller, and systemd to ask for a part of the tree; on a machine
# whose controllers are version 1's, what is left are the refusals and huge pages.
load ../helpers/container

# What a test gave the slices, so that protection comes down from there.
teardown() {
    case $BATS_TEST_DESCRIPTION in
    'memory: a protection'*)
        if [ "$LANE" = root ]; then
            systemctl set-property --runtime system.slice MemoryLow=0 MemoryMin=0 2>/dev/null || true
        else
            systemctl --user set-property --runtime app.slice MemoryLow=0 2>/dev/null || true
        fi
        ;;
    esac
}

# Skips where this lane's user has no such controller to give on.
controller() {
    local tree=/sys/fs/cgroup
    [ "$LANE" = root ] || tree=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service
    grep -qw "$1" "$tree/cgroup.controllers" 2>/dev/null && return
    case $LANE-$1 in root-* | user-memory | user-pids) not_here "the $1 controller is not this user's to give on here" ;; esac
    skip "the $1 controller is not this user's to give on here"
}

# group_of PID: the folder of its control group.
group_of() {
    echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"
}

# start_limited SECONDS KEY=VALUE…: a container that sleeps so long; its group's folder in $group.
start_limited() {
    local seconds=$1 options=()
    shift
    while [ $# -gt 0 ]; do
        options+=(--set "$1")
        shift
    done
    start_cordon "${options[@]}" -- sleep "$seconds"
    wait_for 60 some_pid_of "$seconds"
    group=$(group_of "$(pids_of "$seconds" | head -n 1)")
}

no_groups() {
    ! find /sys/fs/cgroup -name 'cordon-*' -not -name 'cordon-guest*' -not -name 'cordon-tests*' | grep .
}

@test "a limit is out of reach of an app that makes namespaces, and mounts its own group (AC-53)" {
    controller memory
    local try='mount -t cgroup2 none /tmp && mkdir /tmp/x && echo $$ >/tmp/x/cgroup.procs &&
        exec unshare -C sh -c "echo max >/tmp/memory.max; cat /tmp/memory.max; echo tried"'
    if [ "$LANE" != root ]; then # whose group is not of an id inside
        weakly 'group below' inside privileges.allow=[nested] resources.memory=64M -- unshare -UrmC sh -c "$try"
        assert_output $'max\ntried'
    fi
    inside privileges.allow=[nested] resources.memory=64M -- unshare -UrmC sh -c "mount -t cgroup2 none /tmp && echo mounted; umount /tmp; $try"
    refute_line max
    assert_line mounted
    start_limited 86394.71 privileges.allow=[nested] resources.memory=64M
    [ "$LANE" = root ] || group=${group%/app}
    assert_equal "$(cat "$group/memory.max")" 67108864
    kill "$cordon_pid"
    wait_cordon
    [ ! -e "$group" ]
}

@test "without resources too, who mounts does not reach the caller's group, and what is nested below its own goes with it (AC-53)" {
    requires plain
    controller pids
    local own name try='mount -t cgroup2 none /tmp && mkdir /tmp/x && echo $$ >/tmp/x/cgroup.procs &&
        exec unshare -C sh -c "echo 77 >/tmp/cgroup.max.descendants; echo tried"'
    own=$(group_of self)
    [ -w "$own" ] || not_here "the caller's control group is not his to write to"
    weakly 'group below' inside privileges.allow=[nested] -- unshare -UrmC sh -c "$try"
    assert_output --partial tried
    assert_equal "$(cat "$own/cgroup.max.descendants")" 77
    echo max >"$own/cgroup.max.descendants" && rmdir "$own/x"
    inside privileges.allow=[nested] -- unshare -UrmC sh -c "$try"
    assert_output --partial tried
    assert_equal "$(cat "$own/cgroup.max.descendants")" max
    # As deep as it may, which is not as deep as it likes.
    inside privileges.allow=[nested] -- unshare -UrmC sh -c \
        'mount -t cgroup2 none /tmp && cd /tmp && deep=0 && while [ $deep -lt 60 ] && mkdir x 2>/dev/null && cd x; do deep=$((deep + 1)); done; echo "deep $deep"'
    assert_line --regexp '^deep [123][0-9]?$'
    no_groups
    # Nor as many, and without its mode it goes too.
    CORDON_TIMEOUT=120 inside privileges.allow=[nested] -- unshare -UrmC sh -c \
        'mount -t cgroup2 none /tmp && cd /tmp && seq -f x%g 1500 | xargs mkdir 2>/dev/null; set -- x*; echo "many $#"'
    assert_line --regexp '^many (9[0-9][0-9]|1000)$'
    no_groups
    local mode
    for mode in 0 0400 0500; do
        inside privileges.allow=[nested] -- unshare -UrmC sh -c "mount -t cgroup2 none /tmp && mkdir -p /tmp/x/y && chmod $mode /tmp/x /tmp && echo tried"
        assert_output tried
        no_groups
    done
    # What it makes there does not hide its limits from who looks.
    start_limited 86394.73 privileges.allow=[nested] resources.processes=50
    mkdir "$group/x" && pids_of 86394.73 | head -n 1 >"$group/x/cgroup.procs"
    name=$(cordon ps --format name | head -n 1)
    assert_equal "$(cordon inspect "$name" | jq -r '.applied.cgroup["pids.max"]')" 50
    kill "$cordon_pid"
    wait_cordon
    no_groups
}

@test "memory: more than the limit is not to be had, and the end says why (AC-55)" {
    controller memory
    local file
    file=$(profile memory <<'YAML'
resources:
  memory: 24M
YAML
    )
    run_cordon -p "$file" -- sh -c 'head -c 8M /dev/zero | tail | wc -c'
    assert_success
    assert_output 8388608
    run_cordon -p "$file" -- sh -c 'head -c 200M /dev/zero | tail | wc -c'
    assert_equal "$status" 137
    assert_line --regexp "^$file:3:[0-9]+: error: resources.memory: the kernel killed for want of memory"
    refute_line 209715200
    no_groups
}

@test "memory.oom: process ends the one that was too large, and the container goes on" {
    controller memory
    local try
    for try in 1 2 3; do # on a slow machine the kernel may choose another one while the first still goes
        run_cordon --set 'resources.memory={max: 24M, oom: process}' -- sh -c 'head -c 200M /dev/zero | tail >/dev/null; echo "tail: $?"'
        [ "$status" -eq 137 ] || break
    done
    assert_success
    assert_output --partial 'tail: 137'
}

@test "memory: tmpfs counts, so filling /tmp hits the limit and not the machine (AC-55)" {
    controller memory
    run_cordon --set 'resources.memory=24M' -- sh -c 'head -c 200M /dev/zero >/tmp/fill; echo after'
    assert_equal "$status" 137
    refute_line after
}

@test "processes: a fork bomb stays below the limit and goes with the run (AC-55)" {
    controller pids
    run_cordon --set resources.processes=12 -- sh -c '
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 86395.5 2>/dev/null & done; echo all-started'
    refute_line all-started
    assert_output --partial 'annot fork'
    wait_for 30 no_pids_of 86395.5
    run_cordon --set resources.processes=40 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait; echo all-started'
    assert_line all-started
}

@test "cpu: a busy loop gets its share and no more" {
    controller cpu
    start_limited 86395.6 resources.cpu=0.2
    assert_equal "$(cat "$group/cpu.max")" '20000 100000'
    kill "$cordon_pid" && wait_cordon || true
    # User and system time of the children, as times(1) of the shell has it: 4 seconds of a fifth, and room for the start.
    run_cordon --set resources.cpu=0.2 -- bash -c 'timeout 5 sh -c "while :; do :; done"; times'
    assert_line --index 1 --regexp '^0m[01]\.[0-9]+s 0m[01]\.[0-9]+s$'
    run_cordon -- bash -c 'timeout 5 sh -c "while :; do :; done"; times'
    refute_line --index 1 --regexp '^0m[01]\.[0-9]+s 0m[01]\.[0-9]+s$'
}

# share_beside KEY=VALUE: what a busy loop outside gets of the processor of a hog with that, in percent, in three seconds, by the
# kernel's account.
share_beside() {
    local TIMEFORMAT=%U used
    start_cordon --set "$1" -- taskset -c 0 sh -c ': 86395.2; while :; do :; done'
    wait_for 60 some_pid_of 86395.2
    used=$({ time taskset -c 0 timeout 3 sh -c 'while :; do :; done'; } 2>&1 | tail -n 1)
    { kill "$cordon_pid" && wait_cordon; } || true
    wait_for 30 no_pids_of 86395.2
    share=$((10#${used/./} / 30))
}

@test "cpu: a neighbour on the same processor works on beside a hog that is held or weighs little" {
    controller cpu
    local free held share
    share_beside resources.processes=50
    free=$share
    share_beside resources.cpu=0.1
    held=$share
    share_beside 'resources.cpu={weight: 10}'
    # A half, and nine tenths twice; of all may be missing what else is going on around the guest.
    echo "beside a hog that nothing holds: $free, beside one that is held: $held, that weighs a tenth: $share"
    [ $((held * 10)) -ge $((free * 13)) ]
    [ $((share * 10)) -ge $((free * 13)) ]
}

@test "memory: a protection that no group above hands down is refused, and taken once all do" {
    controller memory
    local protected='resources.memory={low: 8000000, min: 4M}' above=/system.slice given
    [ "$LANE" = root ] || above="/user.slice/user-$(id -u).slice/user@$(id -u).service/app.slice"
    run_cordon --set 'resources={memory: {low: 8M, min: 4M}, optional: [memory]}' -- echo ran
    assert_output ran
    run_cordon --set "$protected" -- echo ran
    assert_equal "$status" 125
    assert_line --index 0 --partial "resources.memory.low protects no more than memory.low of the group $above, above it, does: 0"
    assert_line --regexp "help: (as root: systemctl|systemctl --user) set-property --runtime '[a-z]*.slice' 'MemoryLow=8000000'"
    no_groups
    # What is asked for is done, as it stands.
    eval "$(sed -n 's/^ *help: \(as root: \)\{0,1\}//p' <<<"$output")"
    run_cordon --set "$protected" -- echo ran
    if [ "$LANE" != root ]; then
        assert_output --partial "help: as root: systemctl set-property --runtime 'user@$(id -u).service' 'MemoryLow=8000000'"
        return
    fi
    assert_output --partial 'resources.memory.min protects no more than memory.min'
    eval "$(sed -n 's/^ *help: as root: //p' <<<"$output")"
    start_limited 86395.7 "$protected"
    given=$(cd "$group" && cat memory.low ../memory.low ../../memory.low memory.min ../memory.min ../../memory.min | tr '\n' ' ')
    kill "$cordon_pid" && wait_cordon || true
    assert_equal "$given" '7999488 7999488 7999488 4194304 4194304 4194304 ' # whole pages
}

@test "processors of its own alone are had below groups that have theirs, else refused with the kernel's reason" {
    controller cpuset
    run_cordon --set 'resources.cpu={set: "1", exclusive: true}' -- true
    assert_equal "$status" 125
    assert_output --partial 'resources.cpu.exclusive: '
    no_groups
    # Right below the top there is no group in between: where no systemd seems to be, that is where it is made.
    guest_only
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount -t tmpfs none /run/systemd && exec "$@"' sh "$CORDON" --state "$LANE_DIR/state" \
        run --set 'resources.cpu={set: "1", exclusive: true}' -- sleep 86395.3 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    cordon_pid=$!
    wait_for 60 some_pid_of 86395.3
    group=$(group_of "$(pids_of 86395.3 | head -n 1)")
    assert_equal "$(cat "$group/cpuset.cpus.partition") $(cat "$group/cpuset.cpus.effective")" 'root 1'
    run taskset -c 1 true # nobody else runs there
    assert_failure
    kill "$cordon_pid" && wait_cordon || true
    taskset -c 1 true
    no_groups
}

@test "cpu.set: only these processors" {
    controller cpuset
    run_cordon --set 'resources.cpu={set: "1"}' -- nproc
    assert_output 1
    run_cordon --set 'resources.cpu={set: "0-1"}' -- nproc
    assert_output 2
    run_cordon --set 'resources.cpu={set: "0-500"}' -- true
    assert_equal "$status" 125
    assert_output --partial 'resources.cpu.set: processor'
}

@test "io: writing goes no faster than the limit" {
    controller io
    requires file:/dev/vda
    local use='+mounts={volume: tests-io, at: /srv}' limit="resources.io=[{device: $LANE_DIR, write: 1M/s}]" script before took limited
    script='dd if=/dev/zero of=/srv/file bs=1M count=6 oflag=direct 2>/dev/null && rm /srv/file'
    before=$SECONDS
    run_cordon --set "$use" -- sh -c "$script"
    assert_success
    took=$((SECONDS - before)) before=$SECONDS
    run_cordon --set "$use" --set "$limit" -- sh -c "$script"
    assert_success
    limited=$((SECONDS - before))
    [ "$limited" -ge 4 ]
    [ "$took" -lt "$limited" ]
}

@test "io: a neighbour on the same disk reads on beside a hog that is held" {
    controller io
    guest_only
    # What is read outside in three seconds, past the cache, by the kernel's account.
    share() {
        dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null 3>&- &
        other=$!
        sleep 3
        share=$(sed -n 's/^read_bytes: //p' "/proc/$other/io")
        kill "$other" && wait "$other" || true
    }
    beside() { # KEY=VALUE…: its share beside a hog with these
        start_cordon --set '+mounts={volume: tests-io, at: /srv}' "$@" -- sh -c ': 86395.4
            dd if=/dev/zero of=/srv/hog bs=1M count=4 2>/dev/null
            for _ in 1 2 3 4; do while :; do dd if=/srv/hog of=/dev/null bs=1M iflag=direct 2>/dev/null; done & done; wait'
        wait_for 60 some_pid_of 86395.4
        share
        kill "$cordon_pid" && wait_cordon || true
        wait_for 30 no_pids_of 86395.4
    }
    local free=0 held=0
    for _ in 1 2 3; do # in turns: the disk is an emulated one, as fast as the machine around it lets it be
        beside --set resources.processes=50
        free=$((free + share))
        beside --set resources.processes=50 --set "resources.io=[{device: $LANE_DIR, read: 1M/s}]"
        held=$((held + share))
    done
    echo "beside a hog that nothing holds: $free, beside one that is held: $held"
    # A fifth, of the disk or of the processor that drives it, and all but a little.
    [ "$held" -ge $((free * 3 / 2)) ]
}

@test "io: a weight is refused where nothing weighs, and given to BFQ where that does" {
    controller io
    guest_only
    local weighed="resources.io=[{device: $LANE_DIR, weight: 500}]" value
    run_cordon --set "$weighed" -- echo ran
    assert_equal "$status" 125
    assert_output --partial 'resources.io[0].weight: has no effect'
    run_cordon --set "resources={io: [{device: $LANE_DIR, weight: 500}], optional: [io]}" -- echo ran
    assert_output ran
    modprobe bfq
    echo bfq >/sys/block/vda/queue/scheduler
    start_limited 86395.4 "$weighed"
    value=$(tail -n 1 "$group/io.bfq.weight")
    assert_equal "$(tail -n 1 "$group/../io.bfq.weight")" "$value"
    kill "$cordon_pid" && wait_cordon || true
    echo none >/sys/block/vda/queue/scheduler
    assert_equal "${value##* }" 136 # of 1000, where 500 is of 10000 and 100 is 100 in both
}

@test "every value arrives in its file" {
    controller memory
    start_limited 86395.7 'resources={memory: {max: 64M, high: 48M, swap: 16M}, cpu: {max: 1.5, burst: 20ms, weight: 50}, processes: 99}'
    assert_equal "$(cd "$group" && cat memory.max memory.high memory.swap.max memory.oom.group cpu.max \
        cpu.max.burst cpu.weight ../cpu.weight pids.max | tr '\n' ' ')" '67108864 50331648 16777216 1 150000 100000 20000 50 50 99 '
    [[ $group == */cordon-default-* ]]
    [ "$(group_of "$cordon_pid")" != "$group" ]
    kill "$cordon_pid" && wait_cordon || true
    wait_for 30 no_groups
}

@test "the container sees its group as the top, nothing of the tree, and cannot leave it (AC-53)" {
    controller pids
    run_cordon --set resources.processes=50 -- sh -c 'cat /proc/self/cgroup; ls /sys/fs/cgroup 2>/dev/null | wc -l; cat /proc/1/cgroup'
    assert_success
    assert_output "0::/"$'\n'"0"$'\n'"0::/"
}

@test "after SIGKILL of the launcher its group goes too (AC-56)" {
    controller pids
    start_limited 86395.8 resources.processes=50
    kill -KILL "$cordon_pid"
    wait_cordon || true
    wait_for 30 no_pids_of 86395.8
    wait_for 30 no_groups
}

@test "processes of a container without pids of its own end with the run: cgroup.kill" {
    controller pids
    run_cordon --set isolate.pid=inherit --set resources.processes=50 -- sh -c 'setsid sleep 86395.9 >/dev/null 2>&1 & exit 3'
    assert_equal "$status" 3
    wait_for 10 no_pids_of 86395.9
    wait_for 10 no_groups
}

@test "in a delegated unit of its own no scope is asked for" {
    controller pids
    local manager=--system
    [ "$LANE" = root ] || manager=--user
    run timeout 60 systemd-run $manager --quiet --pipe --wait --collect -p Delegate=yes "$CORDON" --state "$LANE_DIR/state" \
        plan --set resources.processes=20 -- true
    assert_success
    # A user's manager marks what it delegates only since systemd 254: before, it is asked for a scope there too.
    [ "$LANE" != root ] || assert_output --partial 'open a control group: /sys/fs/cgroup/'
    run timeout 60 systemd-run $manager --quiet --pipe --wait --collect -p Delegate=yes "$CORDON" --state "$LANE_DIR/state" \
        run --set resources.processes=20 -- sh -c 'cat /proc/self/cgroup; exit 6'
    assert_equal "$status" 6
    assert_output 0::/
    [ "$LANE" = root ] || return 0
    # There a weight is the unit's.
    local weighed=(run --set 'resources.cpu={weight: 50}' -- echo ran)
    run timeout 60 systemd-run --quiet --pipe --wait --collect -p Delegate=yes "$CORDON" --state "$LANE_DIR/state" "${weighed[@]}"
    assert_equal "$status" 125
    assert_output --regexp "resources.cpu.weight has no effect: what counts is cpu.weight of the group /system.slice/(run-.*.service), and that is 100.*help: as root: systemctl set-property --runtime 'run-.*.service' 'CPUWeight=50'"
    run timeout 60 systemd-run --quiet --pipe --wait --collect -p Delegate=yes -p CPUWeight=50 "$CORDON" --state "$LANE_DIR/state" "${weighed[@]}"
    assert_output ran
}

@test "a controller that is not to be had is an error at its line, with the way to it; optional ones are left out (AC-38)" {
    local file
    file=$(profile pages <<'YAML'
resources:
  memory: {max: 64M}
  io: [{device: /, read: 1M/s, weight: 200}]
  cpu: {max: 0.5, set: "0"}
YAML
    )
    if grep -qw io "/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service/cgroup.controllers" 2>/dev/null || { [ "$LANE" = root ] && grep -qw io /sys/fs/cgroup/cgroup.controllers 2>/dev/null; }; then
        skip "every controller is to be had here"
    fi
    run_cordon -p "$file" -- echo ran
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:[345]:[0-9]+: error: resources\.(memory\.max|io\[0\](\.weight)?|cpu\.(max|set)): the (memory|io|cpu|cpuset) controller is not available here"
    assert_output --partial 'help: '
    refute_line ran
    run_cordon --set 'resources={memory: 64M, io: [{device: /, read: 1M/s}], cpu: {set: "0"}, optional: [memory, io, cpu]}' -- echo ran
    assert_success
    assert_output ran
}

# A tree of version 2 alone, in a mount namespace of the test's: the controllers that version 1 has left are few, the rest is the same.
in_tree_of_version_2() {
    run unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && cd / && exec "$@"' sh "$@"
}

@test "huge pages, at the top of a tree that nobody manages" {
    requires root
    [ ! -e /run/systemd/system ] || skip "systemd manages the tree here"
    in_tree_of_version_2 sh -c 'grep -w hugetlb /sys/fs/cgroup/cgroup.controllers'
    [ "$status" -eq 0 ] || skip "no controller is free for version 2 here"
    # The control files are read by who is outside, in the group of the one inside.
    # shellcheck disable=SC2016
    in_tree_of_version_2 sh -c '"$0" --state "$1" run --set "resources.hugepages={2M: 4M}" -- sleep 86395.1 & launcher=$!
        for i in $(seq 100); do
            group=$(ls -d /sys/fs/cgroup/cordon-default-* 2>/dev/null) && [ -s "$group/cgroup.procs" ] && break
            sleep 0.05
        done
        cat "$group/hugetlb.2MB.max" "$group/hugetlb.2MB.rsvd.max"; grep -c . "$group/cgroup.procs"
        kill "$launcher"; wait "$launcher"; ls -d /sys/fs/cgroup/cordon* 2>/dev/null; cat /sys/fs/cgroup/cgroup.subtree_control' \
        "$CORDON" "$LANE_DIR/state"
    assert_line --index 0 4194304
    assert_line --index 1 4194304
    assert_line --index 2 2
    refute_output --partial cordon-default
}

@test "a group that a killed launcher left is swept by the next" {
    requires root
    [ ! -e /run/systemd/system ] || skip "systemd manages the tree here"
    in_tree_of_version_2 sh -c 'grep -w hugetlb /sys/fs/cgroup/cgroup.controllers'
    [ "$status" -eq 0 ] || skip "no controller is free for version 2 here"
    # shellcheck disable=SC2016
    in_tree_of_version_2 sh -c 'mkdir /sys/fs/cgroup/cordon-left-1
        "$0" --state "$1" run --set "resources.hugepages={2M: 4M}" -- true && ! ls -d /sys/fs/cgroup/cordon-* 2>/dev/null' "$CORDON" "$LANE_DIR/state"
    assert_success
}

@test "a group of the same name that a killed launcher left is not taken over with its values" {
    requires root
    [ ! -e /run/systemd/system ] || skip "systemd manages the tree here"
    in_tree_of_version_2 sh -c 'grep -w hugetlb /sys/fs/cgroup/cgroup.controllers'
    [ "$status" -eq 0 ] || skip "no controller is free for version 2 here"
    # shellcheck disable=SC2016
    in_tree_of_version_2 sh -c 'left=/sys/fs/cgroup/cordon-default-$$ && mkdir "$left" && echo 7 >"$left/cgroup.max.depth" || exit
        { while ! grep . "$left/cgroup.procs" >/dev/null; do sleep 0.05; done && cat "$left/cgroup.max.depth"; } &
        exec "$0" --state "$1" run --set "resources.hugepages={2M: 4M}" -- sleep 1' "$CORDON" "$LANE_DIR/state"
    assert_success
    assert_output max
}

@test "values that cannot be are refused at their line" {
    [ "$LANE" = root ] || controller cpu
    [ "$LANE" != root ] || controller cpuset
    run_cordon --set 'resources.cpu={max: 0.5, burst: 80ms}' -- true
    assert_equal "$status" 125
    assert_output --partial 'resources.cpu.burst'
    run_cordon --set 'resources.cpu=0.001' -- true
    assert_equal "$status" 125
    if [ "$LANE" = root ]; then
        run_cordon --set 'resources.io=[{device: /proc, read: 1M/s}]' -- true
        assert_equal "$status" 125
        assert_output --partial 'resources.io[0].device'
        run_cordon --set 'resources.cpu={exclusive: true}' -- true
        assert_output --partial 'resources.cpu.exclusive'
    fi
}
