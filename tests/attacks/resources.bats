# Control groups and resources: what the app could take from the host, or leave there.
load ../helpers/container

@test "no control group can be written, and the host's are not shown (AC-53)" {
    local find='find / -xdev -name cgroup.procs 2>/dev/null; find /sys/fs/cgroup -name cgroup.procs -o -name release_agent 2>/dev/null'
    [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs 2>/dev/null | head -n 1)" ] || skip "no control groups are mounted here"
    # Where they are shown by hand, this finds them.
    run_cordon --mount /sys/fs/cgroup:/srv -- sh -c 'find /srv -maxdepth 2 -name cgroup.procs | head -n 1'
    assert_output --partial cgroup.procs
    run_cordon -- sh -c "$find"
    assert_output ''
    inside 'privileges.capabilities=[sys-admin, dac-override]' 'syscalls.allow=["@mount"]' -- sh -c \
        'mkdir /tmp/c && mount -t cgroup2 none /tmp/c 2>/dev/null; /probe mkdir /tmp/c/made; /probe open /tmp/c/cgroup.procs w; /probe mkdir /sys/fs/cgroup/made; exit 5'
    assert_failure 5
    assert_equal "${#lines[@]}" 3
    refute_line --index 1 ok
    refute_line --index 2 ok
}

@test "the container has a cgroup namespace of its own (AC-53)" {
    run_cordon --set isolate.cgroup=inherit -- readlink /proc/self/ns/cgroup
    assert_output "$(readlink /proc/self/ns/cgroup)"
    run_cordon -- readlink /proc/self/ns/cgroup
    assert_success
    refute_output "$(readlink /proc/self/ns/cgroup)"
    run_cordon -- cut -d : -f 3 /proc/self/cgroup
    assert_success
    refute_line --regexp '^/.+'
}

@test "release_agent and the hierarchies of version 1 are out of reach (AC-58)" {
    requires root
    local line controller
    line=$(grep -m 1 ' - cgroup ' /proc/self/mountinfo) || skip "no hierarchy of version 1 is mounted here"
    controller=$(sed 's/.* - cgroup [^ ]* //; s/.*,\([a-z_]*\)$/\1/' <<<"$line")
    # In a mount namespace of its own, by hand: opened, and nothing written.
    local try="mkdir -p \"\$0\" && mount -t cgroup -o $controller none \"\$0\" && ls \"\$0\"/release_agent; [ -w \"\$0/release_agent\" ] && echo writable"
    run unshare -m sh -c "$try" "$BATS_TEST_TMPDIR/v1"
    assert_line writable
    inside -- sh -c "$try; exit 5" /tmp/v1
    assert_failure 5
    refute_line writable
    inside 'privileges.capabilities=[sys-admin, dac-override]' 'syscalls.allow=["@mount"]' -- sh -c "$try
        /probe open /tmp/v1/release_agent w; find / -xdev -name release_agent -writable 2>/dev/null | sed s/^/found:/; exit 5" /tmp/v1
    assert_failure 5
    # A hierarchy may be mounted there, below its own group; what acts on the host is no file of it, or not to be opened.
    refute_line ok
    refute_output --partial found:
}

@test "a name that is a path, too long, or more than one line is none (AC-54)" {
    local name long
    long=$(head -c 4096 /dev/zero | tr '\0' a)
    weakly names run_cordon --rm --name ../up -- true
    assert_success
    for name in .. ../up a/b /a . .x '' 'a b' $'a\nb' "$long" A a_b -- -x 'a%s'; do
        run cordon run --rm "--name=$name" -- echo ran
        assert_equal "$status" 125
        refute_line ran
        [ "$name" = '' ] && continue
        run_cordon --set "name='$name'" -- echo ran
        assert_equal "$status" 125
        run_cordon --set "+mounts={volume: '$name', at: /srv}" -- echo ran
        [ "$name" = A ] || [ "$name" = a_b ] || assert_equal "$status" 125
    done
    [ ! -e "$LANE_DIR/data/up" ]
    [ ! -e "$LANE_DIR/state/up" ]
}

@test "a volume's name is no way out of the folder of volumes (AC-54)" {
    mkdir -p "$LANE_DIR/data/volumes"
    weakly names run_cordon --set "+mounts={volume: '../tests-out', at: /srv, write: true}" -- touch /srv/file
    [ -e "$LANE_DIR/data/tests-out/file" ] || fail "this attack bites nobody: $output"
    rm -r "$LANE_DIR/data/tests-out"
    run_cordon --set "+mounts={volume: '../tests-out', at: /srv, write: true}" -- touch /srv/file
    assert_equal "$status" 125
    [ ! -e "$LANE_DIR/data/tests-out" ]
}

@test "a fork bomb stops at limits.processes, and all of it goes with the run (AC-55)" {
    inside -- /probe forks 100
    assert_output 100
    inside 'limits={processes: 20}' -- /probe forks 100
    [ "$output" -lt 20 ]
    # The shell ends when it cannot fork; the time is for one that does not.
    run_cordon --set app.timeout=20s --set 'limits={processes: 64}' -- sh -c 'b() { sleep 86397.5 & b; b; }; b'
    assert_output --partial fork
    wait_for 30 no_pids_of 86397.5
}

@test "memory of a tmpfs, its inodes and the container's root end at their size (AC-55)" {
    local fill='head -c 16777216 /dev/zero >/scratch/file 2>/dev/null; stat -c %s /scratch/file'
    inside '+mounts={tmpfs: 32M, at: /scratch}' -- sh -c "$fill"
    assert_output 16777216
    inside '+mounts={tmpfs: 1M, at: /scratch}' -- sh -c "$fill"
    assert_output 1048576
    local names='i=0; while [ $i -lt 5000 ] && true >/scratch/$i; do i=$((i + 1)); done 2>/dev/null; echo $i'
    inside '+mounts={tmpfs: 32M, at: /scratch}' -- sh -c "$names"
    assert_output 5000
    inside '+mounts={tmpfs: 64K, at: /scratch}' -- sh -c "$names"
    [ "$output" -lt 5000 ]
    inside root.write=discard root.size=1M -- sh -c 'head -c 8388608 /dev/zero >/usr/big 2>/dev/null || echo full'
    assert_output full
    inside -- sh -c 'exec 2>/dev/null; head -c 2097152 /dev/zero >/dev/file; head -c 2097152 /dev/zero >/file; echo tried; ls -s /dev/file /file'
    assert_output tried
}

@test "descriptors end at limits.files, pipes with them (AC-55)" {
    local open='i=3; while [ $i -lt 200 ] && eval "exec $i</dev/null"; do i=$((i + 1)); done 2>/dev/null; echo $i'
    inside 'limits={files: 256}' -- bash -c "$open"
    assert_output 200
    inside 'limits={files: 32}' -- bash -c "$open; exec 2>/dev/null"
    [ "${lines[0]:-32}" -le 32 ]
    # Two descriptors a pipe, of which bash keeps one.
    open='i=3; while [ $i -lt 200 ] && eval "exec $i< <(:)"; do i=$((i + 1)); done 2>/dev/null; echo $i'
    inside 'limits={files: 256}' -- bash -c "$open"
    assert_output 200
    inside 'limits={files: 32}' -- bash -c "$open; exec 2>/dev/null"
    [ "${lines[0]:-32}" -le 32 ]
}

@test "IPC objects made inside are gone, and were never the host's (AC-55)" {
    look() {
        awk '$1 == 202178561' /proc/sysvipc/shm
    }
    inside isolate.ipc=inherit 'privileges.allow=[sysv-ipc]' -- /probe leave-shm 0x0c0d0001
    assert_output ok
    local left
    left=$(look)
    ipcrm -M 0x0c0d0001
    [ -n "$left" ] || fail 'with a shared ipc namespace it must stay'
    inside 'privileges.allow=[sysv-ipc]' -- /probe leave-shm 0x0c0d0001
    assert_output ok
    [ -z "$(look)" ]
}

@test "a device node is not made, and one that was made or brought along does not open (AC-57)" {
    requires root
    local root=$BATS_TEST_TMPDIR/root
    # A node of the harmless kind, made by one who may: nodev is what keeps it shut.
    local make=(users.map=host 'privileges.capabilities=[mknod]' --)
    weakly 'nodev,filter devices' inside "${make[@]}" sh -c '/probe mknod /tmp/zero c 1 5; /probe read /tmp/zero'
    assert_output $'ok\nok'
    weakly 'filter devices' inside "${make[@]}" sh -c '/probe mknod /tmp/zero c 1 5; /probe read /tmp/zero'
    assert_output $'ok\nEACCES'
    inside "${make[@]}" sh -c '/probe mknod /tmp/zero c 1 5; /probe read /tmp/zero'
    assert_output $'EPERM\nENOENT'
    rootfs "$root" && mknod -m 0666 "$root/srv/zero" c 1 5
    weakly nodev run_cordon --root "$root" --set users.map=host -- probe read /srv/zero
    assert_output ok
    local map
    for map in host auto; do
        run_cordon --root "$root" --set users.map=$map -- probe read /srv/zero
        assert_output EACCES
        run_cordon --mount "$root/srv:/srv" --mount "$PROBE:/probe" --set users.map=$map -- /probe read /srv/zero
        assert_output EACCES
    done
}

@test "nodev on every mount but that of /dev's own nodes, also on those of the profile (AC-57)" {
    local share=$BATS_TEST_TMPDIR/share
    mkdir "$share"
    local all=("+mounts={bind: $share, at: /srv, write: true}" '+mounts={tmpfs: 1M, at: /scratch}' '+mounts={volume: tests-v7, at: /var/lib/v}')
    without_nodev() {
        awk '$6 !~ /nodev/ && $5 !~ "^/dev(/|$)" { print $5 }' <<<"$output"
    }
    weakly nodev inside "${all[@]}" -- cat /proc/self/mountinfo
    run without_nodev
    assert_line /srv
    assert_line /scratch
    inside "${all[@]}" root.show=[/var/cache] -- cat /proc/self/mountinfo
    assert_success
    run without_nodev
    assert_output ''
}

@test "no device node can be made with the capability either (AC-57)" {
    inside 'privileges.capabilities=[mknod, dac-override]' -- sh -c \
        '/probe mknod /tmp/disk b 254 0; /probe mknod /tmp/mem c 1 1; /probe mknod /tmp/loop b 7 0; ls /dev; exit 5'
    assert_equal "$status" 5
    refute_line ok
    refute_line --regexp '^(vda|sda|kvm|mem|loop|fuse|kmsg|console)'
}
