# The host's sockets and network.
load ../helpers/container

setup() {
    listener=
}

teardown() {
    [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
}

# listen NAME: a socket of the host's on which somebody listens until the test ends.
listen() {
    "$PROBE" listen "$1" >"$BATS_TEST_TMPDIR/listening" 3>&- &
    listener=$!
    wait_for 5 grep -qx ready "$BATS_TEST_TMPDIR/listening"
}

@test "abstract sockets of the host are out of reach (AC-59)" {
    listen "@cordon-tests-abstract-$LANE"
    inside network.mode=host sockets.abstract=true -- /probe unix "@cordon-tests-abstract-$LANE"
    local shared=$output
    inside -- /probe unix "@cordon-tests-abstract-$LANE"
    assert_equal "$shared" ok
    assert_output ECONNREFUSED
}

@test "loopback is up and is the only link; nothing of the host's network answers (AC-59)" {
    run_cordon -- sh -c 'ls /sys/class/net; cat /sys/class/net/lo/flags'
    assert_line --index 0 lo
    assert_line --index 1 0x9
    inside -- sh -c '/probe port 8080; /probe connect outside 53; /probe connect loopback 8080'
    assert_output $'ok\nENETUNREACH\nECONNREFUSED'
}

@test "no socket that hands out the host's power is in sight, nor the variables that name one (AC-62)" {
    local socket=$XDG_RUNTIME_DIR/cordon-tests-bus # beside the real one, which a user's manager needs
    local -x DBUS_SESSION_BUS_ADDRESS=unix:path=$socket SSH_AUTH_SOCK=$socket DISPLAY=:0 WAYLAND_DISPLAY=wayland-0 DOCKER_HOST=unix://$socket
    rm -f "$socket"
    listen "$socket"
    # Shown by hand, it answers.
    inside "+mounts={bind: $XDG_RUNTIME_DIR, at: /run/user/0}" -- /probe unix /run/user/0/cordon-tests-bus
    local shown=$output
    run_cordon --set 'app.env-pass=[SSH_AUTH_SOCK]' -- env
    assert_line "SSH_AUTH_SOCK=$socket"
    inside -- sh -c "/probe unix '$socket'; find / -xdev -type s 2>/dev/null; find /run /tmp /var/tmp -type s; env"
    rm -f "$socket"
    assert_equal "$shown" ok
    assert_line --index 0 ENOENT
    refute_output --partial "$socket"$'\n'
    refute_output --regexp '(BUS_ADDRESS|AUTH_SOCK|DISPLAY|DOCKER)'
    run_cordon -- sh -c 'ls -A /run/docker.sock /run/podman /run/containerd /run/dbus /run/user /tmp/.X11-unix; exit 5'
    assert_failure 5
    refute_output --regexp '^/'
}

@test "the app cannot change its network, and no user namespace gets it the power (AC-63)" {
    requires command:ip
    local try='ip link set lo down && echo ok; unshare -Ur ip link set lo down && echo ok; unshare -Urn ip link set lo up && echo ok'
    weakly 'set capabilities' inside -- sh -c 'ip link set lo down && cat /sys/class/net/lo/flags'
    assert_line 0x8
    inside -- sh -c "exec 2>/dev/null; $try; cat /sys/class/net/lo/flags"
    assert_output 0x9
    # Nor one that it may make: the network belongs to another.
    inside app.user=33 'syscalls.allow=["@namespaces", clone]' -- sh -c \
        'exec 2>/dev/null; unshare -Ur sh -c "echo entered; ip link set lo down && echo ok"; cat /sys/class/net/lo/flags'
    assert_output $'entered\n0x9'
}

@test "TCP that Landlock does not see, MPTCP, SMC and a connection made by sending, passes no wall of ports (AC-59)" {
    local how
    [ "$("$PROBE" landlock)" -ge 5 ] || skip "this kernel's Landlock knows no ports, and such a profile is refused"
    local ports=(--set 'paths={execute: [/probe], connect: [443]}' --mount "$PROBE:/probe" -- /probe tcp 4001 4001)
    run_cordon "${ports[@]}" tcp
    assert_output EACCES
    for how in mptcp:EPROTONOSUPPORT fastopen:EOPNOTSUPP; do
        weakly 'filter system calls' run_cordon "${ports[@]}" "${how%:*}"
        assert_output ok
        run_cordon "${ports[@]}" "${how%:*}"
        assert_output "${how#*:}"
    done
    # A socket of TCP's becomes one of SMC's, where the kernel has that: asked at all is too much.
    weakly 'filter system calls' run_cordon "${ports[@]}" smc
    assert_output --regexp '^(ok|ENOENT)$'
    run_cordon "${ports[@]}" smc
    assert_output ENOPROTOOPT
}
