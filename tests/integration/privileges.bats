# privileges.allow: each switch, refused without it and granted with it. Where the kernel cannot grant it, the run says so.
load ../helpers/container

# The switch that is tried: `without` must not be ok, `with` must be.
without() {
    inside "${more[@]}" -- "$@"
    [ "$output" != ok ] || fail "granted without the switch: $*"
}
with() {
    inside "${more[@]}" "privileges.allow=[$switch]" -- "$@"
    assert_output ok
}

@test "ping: ICMP sockets" {
    local more=() switch=ping
    without /probe socket ping
    with /probe socket ping
}

@test "ping: the loopback answers ping(8)'s kind of socket for an app that is not root" {
    requires ids
    local more=(app.user=33) switch=ping
    without /probe socket ping
    with /probe socket ping
}

@test "low-ports: a port below 1024 for an app that is not root" {
    requires ids
    local more=(app.user=33) switch=low-ports
    without /probe port 80
    with /probe port 80
}

@test "low-ports: a port below 1024 for the container's root" {
    local more=() switch=low-ports
    without /probe port 80
    with /probe port 80
}

@test "low-ports and raw-sockets with the host's network are refused and say so" {
    local switch
    for switch in low-ports raw-sockets; do
        inside network.mode=host "privileges.allow=[$switch]" -- true
        assert_equal "$status" 125
        assert_output --partial "$switch"
    done
}

@test "switches that give CAP_SYS_ADMIN are refused with the host's ids: there it is power over the host (AC-47, AC-57)" {
    requires root
    local switch
    for switch in set-hostname mount-tmpfs mount-bind; do
        inside users.map=single "privileges.allow=[$switch]" -- echo started
        assert_output started
        inside users.map=host "privileges.allow=[$switch]" -- echo started
        assert_equal "$status" 125
        assert_output --partial "$switch with the ids of the host"
    done
}

@test "nested is refused where the host's root is among the ids: it could write /proc/sys by its number alone (AC-25)" {
    requires root
    local map
    inside users.map=auto 'privileges.allow=[nested]' -- /probe open /proc/sys/kernel/core_pattern w
    assert_output EACCES
    for map in host single keep; do
        inside "users.map=$map" 'privileges.allow=[nested]' -- /probe open /proc/sys/kernel/core_pattern w
        assert_equal "$status" 125
        assert_output --partial 'unmasked /proc'
    done
}

@test "raw-sockets" {
    local more=() switch=raw-sockets
    without /probe socket raw
    with /probe socket raw
    without /probe socket packet
    with /probe socket packet
}

@test "sysv-ipc" {
    local more=(syscalls.base=strict) switch=sysv-ipc
    without /probe shm
    with /probe shm
}

@test "mlock: any amount as root with the host's ids; in a user namespace the kernel grants none, and the run says so" {
    inside limits.memlock=64K -- /probe mlock 1048576
    assert_output ENOMEM
    inside 'privileges.allow=[mlock]' -- /probe mlock 1048576
    assert_equal "$status" 125
    assert_output --partial mlock
    [ "$LANE" = root ] || return 0
    inside limits.memlock=64K users.map=host 'privileges.allow=[mlock]' -- /probe mlock 1048576
    assert_output ok
}

@test "chown: a file of the container's to another of its ids" {
    requires ids
    local more=() switch=chown
    without sh -c 'echo x >/tmp/f && /probe chown /tmp/f 33'
    with sh -c 'echo x >/tmp/f && /probe chown /tmp/f 33'
}

@test "change-user: becoming another user" {
    requires ids
    local more=() switch=change-user
    without /probe setuid 33
    with /probe setuid 33
    without /probe setgroups
    with /probe setgroups
}

@test "root: what a distribution's root expects" {
    requires ids
    inside 'privileges.allow=[root]' -- sh -c 'echo x >/tmp/f; /probe chown /tmp/f 33; /probe setuid 33; chmod 000 /tmp/f; /probe port 81; /probe call mount'
    assert_output $'ok\nok\nok\nEPERM'
}

@test "system: an init may mount and change users, the host stays closed" {
    requires ids
    inside 'privileges.allow=[system]' -- sh -c 'mount -t tmpfs none /srv && /probe setuid 33; /probe call bpf; /probe open /proc/sys/kernel/core_pattern w'
    if [ "$status" -eq 125 ]; then
        assert_output --partial 'not available yet: system'
        return
    fi
    assert_line --index 0 ok
    refute_line --index 2 ok
}

@test "nested: containers inside, with an unmasked /proc and /sys" {
    local more=() switch=nested
    without unshare -Urpf --mount-proc echo ok
    inside 'privileges.allow=[nested]' -- unshare -Urpf --mount-proc echo ok
    assert_output ok
}

@test "nested: cordon in cordon" {
    requires ids
    run_cordon --set 'privileges.allow=[nested]' --mount "${CORDON%/bin/cordon}:/opt/cordon" -- /opt/cordon/bin/cordon run -- sh -c 'echo inner; grep NoNewPrivs /proc/self/status'
    assert_success
    assert_line inner
}

@test "debug: tracing" {
    local more=() switch=debug
    without /probe trace
    with /probe trace
}

# A node that is for the host's root alone cannot be opened by any id of the container: then the start says so.
opens_or_is_refused() {
    case $(stat -c %a "$1") in
    *6) with /probe open "$1" ;;
    *)
        inside "privileges.allow=[$switch]" -- true
        assert_failure 125
        assert_output --partial 'its mode on the host must let others in'
        ;;
    esac
}

@test "fuse: /dev/fuse opens" {
    requires file:/dev/fuse
    local more=() switch=fuse
    without /probe open /dev/fuse
    opens_or_is_refused /dev/fuse
}

@test "kvm: /dev/kvm opens" {
    requires file:/dev/kvm
    local more=() switch=kvm
    without /probe open /dev/kvm
    opens_or_is_refused /dev/kvm
}

@test "io-uring" {
    [ "$("$PROBE" ring)" = ok ] || skip "this kernel has no io_uring for this user"
    local more=() switch=io-uring
    without /probe ring
    with /probe ring
}

@test "perf" {
    [ "$("$PROBE" perf)" = ok ] || skip "this kernel gives no performance counters to this user"
    local more=() switch=perf
    without /probe perf
    inside 'privileges.allow=[perf]' -- /probe perf
    # Where even this takes a capability outside of any user namespace: Debian's kernels, as they are set.
    if [ "$output" != ok ]; then
        assert_equal "$status" 125
        assert_output --partial "perf is not granted to ordinary users here: kernel.perf_event_paranoid is "
        assert_output --partial "help: as root: sysctl kernel.perf_event_paranoid=2"
        [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -gt 2 ]
    fi
}

@test "set-hostname" {
    local more=() switch=set-hostname
    without /probe hostname other
    with /probe hostname other
    [ "$(uname -n)" != other ]
}

@test "mount-tmpfs: a tmpfs and no bind" {
    inside -- sh -c 'mount -t tmpfs none /srv && echo ok'
    refute_line ok
    inside 'privileges.allow=[mount-tmpfs]' -- sh -c 'mkdir /tmp/m; mount -t tmpfs none /tmp/m && echo ok'
    assert_line ok
}

@test "mount-bind: binds" {
    inside -- sh -c 'mkdir /tmp/m; mount --bind /usr /tmp/m && echo ok'
    refute_line ok
    inside 'privileges.allow=[mount-bind]' -- sh -c 'mkdir /tmp/m; mount --bind /usr /tmp/m && echo ok'
    assert_line ok
}

@test "realtime: a real-time class" {
    inside -- /probe realtime
    refute_output ok
    inside 'privileges.allow=[realtime]' -- /probe realtime
    if [ "$status" -ne 0 ]; then
        assert_equal "$status" 125
        assert_output --partial realtime
    else
        assert_output ok
    fi
}

@test "new-privileges: true leaves no_new_privs off, and the capabilities as they were" {
    inside privileges.new-privileges=true -- cat /proc/self/status
    if [ "$status" -eq 125 ]; then
        assert_output --partial new-privileges
    else
        assert_line --regexp '^NoNewPrivs:[[:space:]]0$'
        assert_line --regexp '^CapBnd:[[:space:]]0000000000000000$'
        assert_line --regexp '^Seccomp:[[:space:]]2$'
    fi
}

@test "no_new_privs is on whatever else is granted, CAP_SYS_ADMIN too, with init and without" {
    local grant init
    for init in true false; do
        for grant in 'capabilities=[sys-admin]' 'allow=[mount-tmpfs]' 'allow=[nested]' 'allow=[debug]' 'allow=[set-hostname]'; do
            inside "privileges.$grant" app.init=$init -- cat /proc/self/status
            assert_success
            assert_line --regexp '^NoNewPrivs:[[:space:]]1$'
        done
        inside 'privileges.capabilities=[sys-admin]' app.init=$init -- cat /proc/self/status
        assert_line --regexp '^CapEff:[[:space:]]0000000000200000$'
    done
}

@test "inspection: false leaves no core files" {
    inside -- sh -c 'ulimit -c; ulimit -Hc'
    assert_output $'0\n0'
}

@test "an unknown switch is refused at its place with the nearest name" {
    local file
    file=$(profile switch <<'YAML'
privileges:
  allow: [low-port]
YAML
    )
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:3:[0-9]+: error: .*low-port"
    assert_output --partial low-ports
}

@test "an unknown capability is refused at its place" {
    run_cordon --set 'privileges.capabilities=[net-bind-servise]' -- true
    assert_equal "$status" 125
    assert_output --partial net-bind-service
}
