# shellcheck shell=bash
# What every .bats file loads: `cordon` run as the lane's user, profiles written on the spot, and looks from outside.
#
# tests/run sets, in an otherwise clean environment:
#   CORDON  the installed program          PROBE   tests/helpers/probe, the static prober
#   LANE    root | user | single           LANE_DIR  a folder of the lane's user, 0700 above nothing: plain users reach it
# LANE says who runs cordon: root; a plain user with subordinate ids; a plain user with none.

# The libraries' own loaders start a process for each of their files, in each test: most of the time that a small test takes.
library() {
    local folder file IFS=:
    for folder in $BATS_LIB_PATH; do
        [ -d "$folder/$1/src" ] || continue
        for file in "$folder/$1/src"/*.bash; do
            # shellcheck disable=SC1090
            source "$file"
        done
        return
    done
    bats_load_library "$1"
}
library bats-support
library bats-assert

bats_require_minimum_version 1.5.0

# A start that hangs is a failure with a name, not a test run that never ends.
cordon() {
    timeout --foreground -k 5 "${CORDON_TIMEOUT:-30}" "$CORDON" --state "$LANE_DIR/state" --data "$LANE_DIR/data" "$@"
}

# run_cordon ARG…: `cordon run ARG…` under bats' run; stdout and stderr together in $output.
run_cordon() {
    run cordon run "$@"
}

# The same with stdout in $output and stderr in $stderr.
run_cordon_separate() {
    run --separate-stderr cordon run "$@"
}

# weakly PROTECTIONS COMMAND…: COMMAND with a cordon that leaves these out (runtime/base/weak.h): the half of an attack's test that
# shows that the attack works.
weakly() {
    local -x CORDON_WEAK=$1 CORDON=${PROBE%/*}/cordon-weak
    shift
    "$@"
}

# profile NAME <<EOF: writes the profile and prints its path. The language version is put in front of it.
profile() {
    local path=$BATS_TEST_TMPDIR/$1.yaml
    { echo 'cordon: 1'; cat; } >"$path"
    echo "$path"
}

# inside KEY=VALUE… -- COMMAND…: one run with these --set, and the prober at /probe.
inside() {
    local options=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=(--set "$1")
        shift
    done
    run_cordon "${options[@]}" --mount "$PROBE:/probe" "$@"
}

# probe_inside KEY=VALUE… -- WORDS…: what the prober says inside. Tests of a refusal also run it with the line that opens it: that
# shows that the refusal is ours.
probe_inside() {
    local options=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    inside "${options[@]}" -- /probe "$@"
}

# requires WHAT…: skips where the promise does not apply; every skip is listed at the end of tests/run.
requires() {
    local what
    for what in "$@"; do
        case $what in
        root) [ "$LANE" = root ] || skip "only root can do this" ;;
        plain) [ "$LANE" != root ] || skip "it is about plain users" ;;
        ids) [ "$LANE" != single ] || skip "one id: this user has no subordinate ids" ;;
        single) [ "$LANE" = single ] || skip "it is about users without subordinate ids" ;;
        user) [ "$LANE" = user ] || skip "it is about users with subordinate ids" ;;
        command:*) command -v "${what#command:}" >/dev/null || skip "${what#command:} is not installed" ;;
        file:*) [ -e "${what#file:}" ] || skip "${what#file:} does not exist on this machine" ;;
        arch:*) [ "$(uname -m)" = "${what#arch:}" ] || skip "it is about ${what#arch:}" ;;
        *) echo "requires: what is $what?" >&2 && return 1 ;;
        esac
    done
}

# needs_device_filter: skips where root can have no control group. Where there are any, a plan that has no filter is wrong.
needs_device_filter() {
    requires root
    grep -q ' - cgroup2 ' /proc/self/mountinfo || skip "there are no control groups of version 2 here"
    "$CORDON" --state "$LANE_DIR/state" plan --set 'devices=[/dev/fuse]' -- true | grep -q 'filter devices'
}

# not_here WHY: a skip, but in the guest, which is booted to have it, a failure.
not_here() {
    [ ! -e /cordon-guest/top ] || fail "$1, in the guest that was made to have it"
    skip "$1"
}

guest_only() {
    [ -e /cordon-guest/top ] || skip "it changes a setting of the whole system: only in the guest of tests/vm"
}

# rootfs DIR: a small root file system with busybox and the prober, as a distribution lays it out (merged /usr). Made once a file.
rootfs() {
    local template=$BATS_FILE_TMPDIR/rootfs
    [ -e "$template" ] || rootfs_make "$template"
    mkdir -p "$1" && cp -a "$template/." "$1"
}
rootfs_make() {
    local root=$1 applet busybox
    busybox=$(command -v busybox.static || command -v busybox)
    mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,etc,proc,sys,dev,tmp,run,var/tmp,home,root,srv}
    ln -s usr/bin "$root/bin" && ln -s usr/sbin "$root/sbin" && ln -s usr/lib "$root/lib" && ln -s ../run "$root/var/run"
    cp "$busybox" "$root/usr/bin/busybox" && cp "$PROBE" "$root/usr/bin/probe"
    for applet in sh cat ls id env pwd stat touch echo mkdir rm ln grep sleep test true mount readlink; do
        ln -s busybox "$root/usr/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/srv:/bin/sh\n1000:x:7:7::/:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nweb:x:33:\ncerts:x:44:web\n' >"$root/etc/group"
    chmod 0755 "$root" "$root"/{usr,usr/bin,etc,srv}
}

# canary: makes $canary, a folder that nothing may change though everyone could: also an id of a container's reaches and may write it.
# canary_untouched says whether it was left alone.
canary() {
    canary=$LANE_DIR/canary
    rm -rf "$canary" "$canary.before"
    mkdir -p "$canary/folder" && echo secret >"$canary/file"
    chmod 0777 "$canary" "$canary/folder" && chmod 0666 "$canary/file"
    canary_print >"$canary.before"
}
canary_print() { # one process: it is asked after every start. A folder that nothing changed is listed in the same order.
    find "$canary" -printf '%P %y %m %U %G %s %T@ %l\n' && echo "$(<"$canary/file")"
}
canary_untouched() {
    [ "$(canary_print)" = "$(<"$canary.before")" ] || { canary_print | diff -u "$canary.before" -; false; }
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS <= end)) || { echo "waited in vain for: $*" >&2; return 1; }
        sleep 0.05
    done
}

# start_cordon ARG…: in the background, in a session of its own so that signals sent here do not reach bats; its pid in
# $cordon_pid, what it prints in $BATS_TEST_TMPDIR/out and err. Only for tests that must reach it while it runs.
start_cordon() {
    : >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" # also where it is killed before it has them
    env --default-signal setsid "$CORDON" --state "$LANE_DIR/state" --data "$LANE_DIR/data" run "$@" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
    cordon_pid=$!
}

# wait_cordon: its exit status in $status.
# shellcheck disable=SC2034 # read by the tests
wait_cordon() {
    status=0
    wait "$cordon_pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
}

# pid_of MARKER: the process, seen from outside, whose command line holds the marker and that is not cordon itself.
pids_of() {
    ps -e -o pid=,args= | awk -v marker="$1" -v program="$CORDON" \
        'index($0, marker) && !index($0, program) && !/bats|timeout|awk -v/ { print $1 }'
}
no_pids_of() {
    [ -z "$(pids_of "$1")" ]
}
some_pid_of() {
    [ -n "$(pids_of "$1")" ]
}

# Launchers of this lane that still run: their command line begins with the program.
no_launcher() {
    # shellcheck disable=SC2009
    ! ps -e -o args= | grep -q "^$CORDON "
}
