#!/usr/bin/env bats
# What the host can do, told to the one who asks.

load ../helpers/container

doctor_json() {
    run cordon doctor --format json
    report=$output
}

row() { # CHECK FIELD
    jq -r --arg check "$1" ".[] | select(.check == \$check) | .$2" <<<"$report"
}

@test "the first line is the verdict, and where containers can be run the status is 0" {
    run_cordon -- true
    assert_success
    run cordon doctor
    assert_success
    assert_line --index 0 --regexp '^This host runs containers for (root|the user .*)[,;] '
}

@test "the report in JSON is an array of {check, ok, needed_for, detail, remedy}, and a gap of it is in the text" {
    doctor_json
    assert_success
    run jq -e 'all(keys == ["check", "detail", "needed_for", "ok", "remedy"] and (.ok | type == "boolean") and
        (.needed_for | type == "array" and length > 0) and (.detail | type == "string"))' <<<"$report"
    assert_success
    run cordon doctor
    local gap
    for gap in $(jq -r '.[] | select(.ok | not) | .check' <<<"$report"); do
        assert_line --regexp "^$gap: "
    done
}

@test "what a run does here works in the report" {
    doctor_json
    local check
    for check in kernel openat2 clone3 mount-api user-namespaces pid-namespaces network-namespaces proc sysfs seccomp; do
        assert_equal "$check $(row "$check" ok)" "$check true"
    done
}

@test "a user without subordinate ids is told the command that gives them, with his name" {
    requires single
    doctor_json
    assert_equal "$(row subordinate-ids ok)" false
    assert_regex "$(row subordinate-ids remedy)" "^usermod --add-subuids [0-9]+-[0-9]+ --add-subgids [0-9]+-[0-9]+ $(id -un)$"
}

@test "where no user namespace can be made, the report names the setting and the status is 1" {
    requires root
    run unshare --user --map-root-user sh -c \
        'echo 0 >/proc/sys/user/max_user_namespaces && exec "$1" doctor' sh "$CORDON"
    assert_failure 1
    assert_line --index 0 --regexp '^This host cannot run containers for .*: user-namespaces$'
    assert_line 'user-namespaces: user.max_user_namespaces is 0'
    assert_line '    remedy: sysctl -w user.max_user_namespaces=15000'
}

@test "a covered part of /proc is found, and only the checks that it takes away fail" {
    requires root
    run unshare --mount sh -c 'mount -t tmpfs none /proc/bus && exec "$1" doctor' sh "$CORDON"
    assert_failure 1
    assert_line --index 0 --regexp '^This host cannot run containers for root: proc$'
    assert_line --regexp '^proc: parts of /proc are covered'
}

# The groups of others come and go.
ours() { cat /proc/self/mountinfo && find /sys/fs/cgroup -type d -user "$(id -un)" 2>/dev/null | sort; }

@test "nothing is left behind, and nothing of the host is changed: no cgroup, no mount, no folder of state" {
    local before
    before=$(ours)
    run "$CORDON" --state "$BATS_TEST_TMPDIR/none" doctor
    assert_success
    assert_equal "$(ours)" "$before"
    assert [ ! -e "$BATS_TEST_TMPDIR/none" ]
}
