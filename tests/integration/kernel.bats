# What a system has that a build container has not: another kernel, systemd, AppArmor. Made for the guest of tests/vm, where all of it is
# there; elsewhere each test asks for what it needs.
load ../helpers/container

# service OPTION… -- COMMAND…: a transient service, of the system's manager or of this user's, waited for.
service() {
    local scope=--system
    requires file:/run/systemd/system
    if [ "$LANE" != root ]; then
        [ -S "$XDG_RUNTIME_DIR/bus" ] || skip "this user has no systemd manager"
        scope=--user
    fi
    run timeout 60 systemd-run $scope --quiet --pipe --wait --collect "$@"
}

@test "in a service of systemd's it runs, passes its status on, and sees nothing of the service's folder of control groups" {
    service -- cat /proc/self/cgroup
    assert_output --regexp '/[a-z]+-r[0-9a-z]+\.service|/run-u?[0-9a-z-]+\.service'
    service -- "$CORDON" --state "$LANE_DIR/state" run -- sh -c 'cat /proc/self/cgroup; exit 7'
    assert_equal "$status" 7
    assert_output '0::/'
}

@test "in a service without privileges to gain it runs; in one that may make no namespaces it says so" {
    service -p NoNewPrivileges=yes -- "$CORDON" --state "$LANE_DIR/state" run -- echo inside
    [ "$LANE" = user ] || assert_output inside
    service -p RestrictNamespaces=yes -- "$CORDON" --state "$LANE_DIR/state" run -- echo inside
    assert_equal "$status" 125
    assert_output --regexp '^cordon: .*namespace'
}

@test "a service that is stopped takes the whole container with it, at once" {
    local unit=cordon-tests-stop-$LANE manager=--system
    service --unit="$unit" -- true
    [ "$LANE" = root ] || manager=--user
    systemd-run $manager --quiet --collect --unit="$unit" "$CORDON" --state "$LANE_DIR/state" run -- sh -c 'sleep 86397.5 & exec sleep 86397.5'
    wait_for 20 some_pid_of 86397.5
    run timeout 20 systemctl $manager stop "$unit"
    assert_success
    no_pids_of 86397.5
}

@test "the container's control group is the root of what it sees, and its parent's is not" {
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "the control groups here are not version 2 alone"
    run cat /proc/self/cgroup
    refute_output '0::/'
    run_cordon -- cat /proc/self/cgroup
    assert_output '0::/'
    run_cordon --set isolate.cgroup=inherit -- cat /proc/self/cgroup
    refute_output '0::/'
}

# confined RULES COMMAND…: under an AppArmor profile that allows everything but what the rules take away.
confined() {
    printf 'profile cordon-tests flags=(attach_disconnected) {\n capability, network, ptrace, signal, unix, dbus, file, umount, pivot_root, %s\n}\n' "$1" |
        apparmor_parser --replace --skip-cache --quiet
    shift
    run aa-exec -p cordon-tests -- "$@"
    printf 'profile cordon-tests {}\n' | apparmor_parser --remove --quiet
}

@test "with AppArmor on it runs, unconfined as its caller" {
    requires file:/sys/kernel/security/apparmor/profiles
    assert_equal "$(cat /sys/module/apparmor/parameters/enabled)" Y
    inside -- cat /proc/self/attr/apparmor/current
    assert_output unconfined
}

@test "under an AppArmor profile it runs, stays under it, and names what the profile refuses" {
    requires root command:apparmor_parser command:aa-exec file:/sys/kernel/security/apparmor/profiles
    confined 'mount,' "$CORDON" --state "$LANE_DIR/state" run -- cat /proc/self/attr/apparmor/current
    assert_success
    assert_output 'cordon-tests (enforce)'
    confined '' "$CORDON" --state "$LANE_DIR/state" run -- true
    assert_equal "$status" 125
    assert_output --regexp '^cordon: .*(mount|/)'
    assert_output --partial 'permission denied'
}

@test "users whom the system gives no user namespaces are told, with the setting" {
    requires root file:/proc/sys/user/max_user_namespaces
    guest_only
    local name value
    for name in user.max_user_namespaces kernel.unprivileged_userns_clone; do
        value=$(sysctl -n "$name") || continue
        sysctl -q "$name=0"
        run setpriv --reuid=cordon-t1 --regid=cordon-t1 --init-groups -- env HOME=/tmp "$CORDON" --state "$BATS_TEST_TMPDIR" run -- echo inside
        sysctl -q "$name=$value"
        assert_equal "$status" 125
        assert_output --partial "$name"
    done
}
