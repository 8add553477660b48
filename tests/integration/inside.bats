# What a contained program is, seen from inside: what it may, what it has, what it can see.
load ../helpers/container

# The status of the app itself, not of a shell around it.
status_inside() {
    inside "$@" -- cat /proc/self/status
}

@test "no new privileges, a filter, and no capability in any of the five sets (AC-29)" {
    local set
    status_inside
    assert_success
    assert_line --regexp '^NoNewPrivs:[[:space:]]1$'
    assert_line --regexp '^Seccomp:[[:space:]]2$'
    for set in Inh Prm Eff Bnd Amb; do
        assert_line --regexp "^Cap$set:[[:space:]]0000000000000000$"
    done
}

@test "exactly the capabilities that are asked for, in all five sets (AC-29)" {
    local set
    status_inside 'privileges.capabilities=[net-bind-service, chown]'
    assert_success
    for set in Inh Prm Eff Bnd Amb; do
        assert_line --regexp "^Cap$set:[[:space:]]0000000000000401$"
    done
}

@test "the same sets for an app that is not root (AC-29)" {
    requires ids
    local set
    status_inside 'privileges.capabilities=[net-bind-service]' app.user=33
    assert_line --regexp '^Uid:[[:space:]]33[[:space:]]33[[:space:]]33[[:space:]]33$'
    for set in Inh Prm Eff Bnd Amb; do
        assert_line --regexp "^Cap$set:[[:space:]]0000000000000400$"
    done
}

@test "no supplementary group of the host (AC-31)" {
    requires ids
    status_inside
    assert_line --regexp '^Groups:[[:space:]]*$'
}

@test "ids: the app is 0 inside and somebody without power outside" {
    run_cordon -- sh -c 'id -u; cat /proc/self/uid_map'
    assert_success
    assert_line --index 0 0
    refute_line --regexp '^ *0 +0 '
}

@test "as a plain user, id 0 inside is the caller outside" {
    requires single
    run_cordon -- cat /proc/self/uid_map
    assert_line --regexp "^ *0 +$(id -u) +1$"
}

@test "every namespace but time is its own" {
    local name host
    for name in cgroup ipc mnt net pid user uts; do
        host=$(readlink "/proc/self/ns/$name")
        run_cordon -- readlink "/proc/self/ns/$name"
        assert_success
        assert_output --regexp "^$name:\[[0-9]+\]$"
        refute_output "$host"
    done
    run_cordon -- readlink /proc/self/ns/time
    assert_output "$(readlink /proc/self/ns/time)"
}

@test "isolate: inherit shares that one namespace and no other" {
    run_cordon --set isolate.ipc=inherit -- readlink /proc/self/ns/ipc
    assert_output "$(readlink /proc/self/ns/ipc)"
    run_cordon --set isolate.hostname=inherit -- readlink /proc/self/ns/uts
    assert_output "$(readlink /proc/self/ns/uts)"
    run_cordon --set isolate.ipc=inherit -- readlink /proc/self/ns/uts
    refute_output "$(readlink /proc/self/ns/uts)"
}

@test "the host name is the profile's, by default its name" {
    local file
    file=$(profile inside-name <<<'hostname: a-name')
    run_cordon -p "$file" -- sh -c 'uname -n; cat /etc/hostname'
    assert_output $'a-name\na-name'
    file=$(profile inside-plain <<<'description: no host name')
    run_cordon -p "$file" -- uname -n
    assert_output --regexp '^inside-plain'
    assert_equal "$(uname -n)" "$(cat /proc/sys/kernel/hostname)"
}

@test "the machine id is not the host's, is stable for a name and differs between names" {
    local first
    run_cordon --rm --name tests-id -- cat /etc/machine-id
    assert_success
    assert_output --regexp '^[0-9a-f]{32}$'
    first=$output
    [ "$first" != "$(cat /etc/machine-id 2>/dev/null)" ]
    run_cordon --rm --name tests-id -- cat /etc/machine-id
    assert_output "$first"
    run_cordon --rm --name tests-other -- cat /etc/machine-id
    refute_output "$first"
    run_cordon --set machine-id=0123456789abcdef0123456789abcdef -- cat /etc/machine-id
    assert_output 0123456789abcdef0123456789abcdef
}

@test "the environment is PATH, HOME, USER and LANG, and nothing of the caller's (AC-72)" {
    export SECRET_OF_THE_HOST=leak LD_PRELOAD='' BASH_ENV=/tmp/x CORDON_ANYTHING=1
    run_cordon -- /usr/bin/env
    assert_success
    run sh -c 'printf "%s\n" "$1" | cut -d = -f 1 | sort | tr "\n" " "' sh "$output"
    assert_output 'HOME LANG PATH USER '
}

@test "env-pass lets through what it names, where it is set" {
    export LC_ALL=C.UTF-8 OTHER=leak
    run_cordon --set 'app.env-pass=[LC_ALL, NOT_SET_AT_ALL]' -- /usr/bin/env
    assert_line LC_ALL=C.UTF-8
    refute_output --partial OTHER
    refute_output --partial NOT_SET_AT_ALL
}

@test "only descriptors 0, 1 and 2 are open in the first instruction (AC-05)" {
    exec 7</etc/passwd 8</ 9>"$BATS_TEST_TMPDIR/nine" 77</etc/group
    inside -- /probe fds
    exec 7<&- 8<&- 9>&- 77<&-
    assert_success
    assert_output '0 1 2 '
}

@test "only descriptors 0, 1 and 2 without init as well (AC-05)" {
    exec 8</
    inside app.init=false -- /probe fds
    exec 8<&-
    assert_output '0 1 2 '
}

@test "PID 1 inside holds no descriptor of the host's but the channel and tells nothing of it (AC-05, AC-07)" {
    inside privileges.inspection=true 'syscalls.allow=[ptrace, pidfd_getfd]' -- sh -c \
        'tr "\0" " " </proc/1/cmdline; echo; ls -l /proc/1/fd 2>&1; cat /proc/1/environ 2>&1'
    refute_output --partial "$LANE_DIR"
    refute_output --partial "$BATS_TEST_TMPDIR"
    refute_output --partial "$PROBE"
}

@test "the working folder, the umask, and their keys (AC-04)" {
    run_cordon -- sh -c 'pwd; umask'
    assert_output $'/\n0022'
    run_cordon --set app.workdir=/usr/share --set 'app.umask="0077"' -- sh -c 'pwd; umask'
    assert_output $'/usr/share\n0077'
}

@test "a working folder in /proc/self/fd is refused or lies inside (AC-04)" {
    local fd
    exec 8</
    for fd in 3 4 5 6 7 8 9 10; do
        run_cordon --set app.workdir=/proc/self/fd/$fd -- sh -c 'pwd -P; ls /work /home /root 2>/dev/null'
        [ "$status" -ne 0 ] || assert_output /
    done
    exec 8<&-
}

@test "a working folder that does not exist is 125 and named" {
    run_cordon --set app.workdir=/no/such/folder -- true
    assert_equal "$status" 125
    assert_output --partial /no/such/folder
}

@test "no process of the host is seen, and its command lines are not readable (AC-27)" {
    sleep 86399.5 3>&- &
    local outside=$!
    run_cordon -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" "\n"; ls -d /proc/[0-9]*'
    kill "$outside"
    assert_success
    refute_output --partial 86399.5
    refute_output --partial "/proc/$outside"
    assert_line /proc/1
}

@test "the app cannot signal, trace or read anything of PID 1 (AC-06, AC-07)" {
    inside -- sh -c '/probe seize 1; /probe getfd 1 0; /probe open /proc/1/mem; /probe open /proc/1/mem w; /probe kill 1 9 >/dev/null; sleep 0.1; exit 5'
    assert_equal "$status" 5
    refute_line ok
}

@test "PID 1 is neither the app's memory nor its descriptors, also with inspection (AC-06)" {
    inside privileges.inspection=true -- sh -c '/probe seize 1; /probe open /proc/1/mem; ls /proc/1/root/ >/dev/null 2>&1 && echo ok; exit 5'
    assert_equal "$status" 5
    refute_line ok
}

@test "masked paths of /proc are empty or unreadable (AC-26)" {
    local path
    for path in kcore keys key-users interrupts timer_list sched_debug scsi acpi latency_stats timer_stats kmsg sysrq-trigger; do
        [ -e /proc/$path ] || continue
        inside -- /probe read "/proc/$path"
        if [ -d "/proc/$path" ]; then
            run_cordon -- ls "/proc/$path"
            assert_output ''
        else
            refute_output ok
        fi
    done
}

@test "masked and read-only paths refuse writing (AC-22, AC-25, AC-26)" {
    local path
    for path in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/net/ipv4/ip_forward /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /proc/irq/0/x \
        /proc/bus/x /proc/keys /proc/timer_list /sys/kernel/uevent_helper /sys/power/state; do
        inside 'privileges.capabilities=[sys-admin, dac-override]' -- /probe open "$path" w
        refute_output ok
    done
}

@test "the same for a root with the host's own ids" {
    requires root
    local path
    for path in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/timer_list /sys/kernel/uevent_helper; do
        inside users.map=host 'privileges.capabilities=[dac-override]' -- /probe open "$path" w
        refute_output ok
    done
}

@test "a mask cannot be taken off again, not by root of a user namespace made inside either (AC-22, AC-26)" {
    requires file:/proc/timer_list
    local try='umount /proc/timer_list; umount -l /proc/timer_list; umount -l /proc; mount -o remount,bind,rw /proc/timer_list
        mount -o remount,bind,rw /proc/sys; mkdir -p /tmp/p; mount -t proc proc /tmp/p && echo ok; /probe read /proc/timer_list; /probe open /proc/sys/kernel/core_pattern w'
    inside -- sh -c "$try"
    refute_line ok
    # Not as 0: the kernel lets nobody without CAP_SETFCAP map that.
    inside app.user=33 'syscalls.allow=["@mount", "@namespaces", clone]' -- unshare -Urm sh -c "echo entered; $try"
    assert_line entered
    refute_line ok
}

@test "/sys is read-only and shows no firmware, no bpf (AC-26)" {
    local path
    run_cordon -- sh -c 'grep " /sys " /proc/mounts'
    assert_output --regexp ' ro,'
    for path in /sys/firmware /sys/fs/bpf /sys/devices/virtual/powercap /sys/kernel/debug /sys/kernel/tracing /sys/kernel/security; do
        [ -n "$(ls -A "$path" 2>/dev/null)" ] || continue
        run_cordon -- ls -A "$path"
        assert_output ''
    done
}

@test "/dev has the harmless nodes, and they work" {
    run_cordon -- sh -c 'ls /dev | tr "\n" " "; echo; echo x >/dev/null && head -c 4 /dev/zero | wc -c && head -c 8 /dev/urandom | wc -c'
    assert_success
    assert_line --index 1 4
    assert_line --index 2 8
    local name
    for name in null zero full random urandom tty ptmx pts shm mqueue fd stdin stdout stderr; do
        assert_line --index 0 --regexp "(^| )$name( |$)"
    done
    refute_line --index 0 --regexp '(vda|sda|kvm|mem|loop|fuse|kmsg|console)'
}

@test "no device node can be made, and one brought along does not open (AC-57)" {
    inside 'privileges.capabilities=[mknod, dac-override]' -- sh -c '/probe mknod /tmp/disk b 254 0; /probe mknod /tmp/mem c 1 1; /probe mknod /tmp/loop b 7 0; exit 5'
    assert_equal "$status" 5
    refute_line ok
}

@test "loopback is up and is the only link; nothing of the host's network answers (AC-59)" {
    run_cordon -- sh -c 'ls /sys/class/net; cat /sys/class/net/lo/flags'
    assert_line --index 0 lo
    assert_line --index 1 0x9
    inside -- sh -c '/probe port 8080; /probe connect outside 53'
    assert_line --index 0 ok
    assert_line --index 1 ENETUNREACH
}

@test "abstract sockets of the host are out of reach (AC-59)" {
    "$PROBE" listen @cordon-tests-abstract >"$BATS_TEST_TMPDIR/listening" 3>&- &
    local listener=$!
    wait_for 5 grep -q ready "$BATS_TEST_TMPDIR/listening"
    inside -- /probe unix @cordon-tests-abstract
    local refused=$output
    inside network.mode=host -- /probe unix @cordon-tests-abstract
    kill "$listener"
    assert_equal "$refused" ECONNREFUSED
}

@test "the host's files outside the allow-list do not exist inside" {
    mkdir -p "$LANE_DIR/private" && echo secret >"$LANE_DIR/private/file"
    run_cordon -- sh -c "ls -A /var/tmp /tmp /run /srv /opt /mnt /media /boot /work 2>/dev/null | grep -v ':$' | grep .; cat '$LANE_DIR/private/file'"
    assert_failure
    refute_output --partial secret
    run_cordon -- ls /
    refute_line boot
    refute_line work
}

@test "a secret file of the host's /etc that others may not read stays unreadable" {
    [ -e /etc/shadow ] || skip "no /etc/shadow here"
    inside 'privileges.capabilities=[dac-override, dac-read-search]' -- /probe read /etc/shadow
    refute_output ok
}

@test "the same with the host's own ids, where root inside is root: masked one by one" {
    requires root
    [ -e /etc/shadow ] || skip "no /etc/shadow here"
    inside users.map=host 'privileges.capabilities=[dac-override, dac-read-search]' -- /probe read /etc/shadow
    refute_output ok
}

@test "the session keyring of the caller is not the container's" {
    run "$PROBE" key add cordon-tests-key "$PROBE" key find cordon-tests-key
    assert_output ok
    run "$PROBE" key add cordon-tests-key "$CORDON" run --mount "$PROBE:/probe" --set 'syscalls.allow=[keyctl, request_key, add_key]' \
        -- /probe key find cordon-tests-key
    refute_output ok
}

@test "resource limits are the caller's unless the profile says otherwise" {
    run_cordon --set limits.files=64 --set limits.core=0 -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
    assert_output $'64\n64\n0'
    run_cordon --set 'limits.files="32:64"' -- sh -c 'ulimit -Sn; ulimit -Hn'
    assert_output $'32\n64'
}

@test "generated files say what they must" {
    run_cordon --set hostname=gen-name -- sh -c 'cat /etc/hosts; echo ===; cat /etc/resolv.conf; echo ===; cat /etc/hostname'
    assert_success
    assert_output --partial 127.0.0.1
    assert_output --partial gen-name
}
