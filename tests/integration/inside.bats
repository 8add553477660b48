# What a contained program is, seen from inside: what it may, what it has, what it can see.
load ../helpers/container

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
    run_cordon --set isolate.hostname=inherit -- cat /etc/hostname
    assert_output "$(uname -n)"
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

@test "env-pass lets through what it names, where it is set" {
    export LC_ALL=C.UTF-8 OTHER=leak
    run_cordon --set 'app.env-pass=[LC_ALL, NOT_SET_AT_ALL]' -- /usr/bin/env
    assert_line LC_ALL=C.UTF-8
    refute_output --partial OTHER
    refute_output --partial NOT_SET_AT_ALL
}

@test "the working folder, the umask, and their keys" {
    run_cordon -- sh -c 'pwd; umask'
    assert_output $'/\n0022'
    run_cordon --set app.workdir=/usr/share --set 'app.umask="0077"' -- sh -c 'pwd; umask'
    assert_output $'/usr/share\n0077'
}

@test "a working folder that does not exist is 125 and named" {
    run_cordon --set app.workdir=/no/such/folder -- true
    assert_equal "$status" 125
    assert_output --partial /no/such/folder
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
    inside 'privileges.capabilities=[dac-override, dac-read-search]' -- sh -c '/probe read /etc/shadow; exit 5'
    assert_failure 5
    refute_line ok
}

@test "the same with the host's own ids, where root inside is root: masked one by one" {
    requires root
    [ -e /etc/shadow ] || skip "no /etc/shadow here"
    inside users.map=host 'privileges.capabilities=[dac-override, dac-read-search]' -- sh -c '/probe read /etc/shadow; exit 5'
    assert_failure 5
    refute_line ok
}

@test "the session keyring of the caller is not the container's" {
    run "$PROBE" key add cordon-tests-key "$PROBE" key find cordon-tests-key
    assert_output ok
    run "$PROBE" key add cordon-tests-key "$CORDON" run --mount "$PROBE:/probe" --set 'syscalls.allow=[keyctl, request_key, add_key]' \
        -- /probe key find cordon-tests-key
    assert_output ENOKEY
}

@test "resource limits are the caller's unless the profile says otherwise" {
    run_cordon --set limits.files=64 --set limits.core=0 -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
    assert_output $'64\n64\n0'
    run_cordon --set 'limits.files="32:64"' -- sh -c 'ulimit -Sn; ulimit -Hn'
    assert_output $'32\n64'
}

@test "names of the host come whole with its network, and what is too long to be copied is refused" {
    requires root
    local names=$BATS_TEST_TMPDIR/names i
    with_names() { unshare -m sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$names" "$CORDON" --state "$LANE_DIR/state" run "$@"; }
    for i in {1..6000}; do echo "192.0.2.1 host-$i.example.net"; done >"$names"
    printf '192.0.2.2 last' >>"$names"
    run with_names --network host --set name=own -- sh -c 'wc -l </etc/hosts; tail -n 2 /etc/hosts'
    assert_success
    assert_output $'6002\n192.0.2.2 last\n127.0.1.1 own'
    head -c 1100000 /dev/zero | tr '\0' '\n' >>"$names"
    run with_names --network host -- true
    assert_failure 125
    assert_output --partial 'larger than 1 MiB'
    run with_names --network host --mount /etc/hosts:/etc/hosts -- sh -c 'wc -c </etc/hosts'
    assert_success
}

@test "generated files say what they must" {
    run_cordon --set hostname=gen-name -- sh -c 'cat /etc/hosts; echo ===; cat /etc/resolv.conf; echo ===; cat /etc/hostname'
    assert_success
    assert_output --partial 127.0.0.1
    assert_output --partial gen-name
}
