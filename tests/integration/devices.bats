# devices: nodes of the host by path and pattern, what they may be opened for, and who sees to it. On a machine without v2 of control
# groups, and for a plain user, Landlock and the user namespace stand where root has the device filter.
load ../helpers/container

# without_groups COMMAND…: where no control groups are mounted, in a mount namespace of the test's.
without_groups() {
    # shellcheck disable=SC2016
    run timeout 60 unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup && exec "$@"' sh "$@"
}

# Sets $node: a device that others may read, which on one machine is this and on another that.
needs_readable() {
    for node in /dev/autofs /dev/fuse /dev/net/tun; do
        [ ! -r "$node" ] || return 0
    done
    skip "no device here may be read by this user"
}

@test "devices shows nodes by path, link and pattern, each under its own name, and no other" {
    requires file:/dev/autofs
    inside 'devices=["/dev/net/*", {path: /dev/autofs, access: r}, {path: /dev/no-such, optional: true}, {path: "/dev/no-such*", optional: true}]' \
        users.map="$([ "$LANE" = root ] && echo single || echo auto)" -- sh -c \
        'ls /dev /dev/net | tr "\n" " "; stat -c "%F %t:%T" /dev/autofs; exit 4'
    if [ "$status" -eq 125 ]; then # a node of net that only root may open
        [ "$LANE" != root ]
        assert_output --partial 'its mode on the host must let others in'
        local node
        needs_readable
        inside "devices=[{path: $node, access: r}]" -- sh -c "ls /dev; /probe open $node r; exit 4"
        assert_equal "$(sed '$d' <<<"$output" | sort | tr '\n' ' ')" \
            "$(printf '%s\n' fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "$(cut -d / -f 3 <<<"$node")" | sort | tr '\n' ' ')"
        assert_line --index 15 ok
    else
        assert_output --partial 'autofs fd full mqueue net null ptmx'
        assert_output --partial ' tun '
        assert_output --partial 'character special file a:'
    fi
    assert_equal "$status" 4
    inside -- ls /dev
    refute_line autofs
}

@test "a link within /dev is followed, and the node has the link's name" {
    requires root
    # In a /dev of the test's own, whose links are known.
    # shellcheck disable=SC2016
    run timeout 60 unshare -m --propagation private sh -c 'mkdir "$1" && mount --rbind /dev "$1" && mount -t tmpfs -o mode=755 none /dev &&
        for n in null zero full random urandom tty fuse; do : >/dev/$n && mount --bind "$1/$n" /dev/$n; done
        mkdir /dev/by-name /dev/open && chmod 1777 /dev/open && ln -s ../fuse /dev/by-name/f && ln -s /dev/by-name/f /dev/g && ln -s ../fuse /dev/open/h
        ln -s /etc/passwd /dev/out && ln -s ../etc/passwd /dev/up && ln -s round /dev/round
        run() { "$0" --state "$2" run --set users.map=single --set "devices=[$3]" -- sh -c "ls -R /dev/by-name; stat -c %F:%t:%T /dev/g" 2>&1; }
        run "" "$2" /dev/by-name/f; run "" "$2" /dev/g; for bad in out up round open/h; do run "" "$2" "/dev/$bad"; done' \
        "$CORDON" "$BATS_TEST_TMPDIR/dev" "$LANE_DIR/state"
    assert_output --partial $'/dev/by-name:\nf'
    assert_line 'character special file:a:e5'
    assert_output --partial '/dev/out is a link out of /dev, to /etc/passwd'
    assert_output --partial '/dev/up is a link that leads out of /dev'
    assert_output --partial '/dev/round is a link that leads in a circle'
    assert_output --partial '/dev/open/h lies in /dev/open, where others may put what they like'
}

@test "what is no device is refused at its line, with the reason" {
    local file case
    for case in '/dev/no-such|does not exist here' '"/dev/no-such*"|matches no device here' '/dev/shm|is there without|is a folder' \
        '/dev/stdin|is a link out of /dev' '/dev/null|is there without being asked for' '/dev/pts/0|is there without|does not exist'; do
        file=$(profile bad <<<"devices: [${case%%|*}]")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp "^$file:2:[0-9]+: error: devices\[0\]: /dev/[^ ]+ (${case#*|})"
    done
    file=$(profile bad <<<'devices: [{path: /dev/fuse, access: x}, /etc/passwd, vendor.com/gpu=0]')
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_output --partial "'x'"
    assert_output --partial "'/etc/passwd' is no device"
    run_cordon --set 'devices=[vendor.com/gpu=0]' -- true
    assert_output --partial 'not available yet: vendor.com/gpu=0'
    run_cordon --set 'devices=[{path: /dev/autofs, access: rm}]' -- true
    assert_equal "$status" 125
    assert_output --partial 'in a user namespace nobody can make device nodes'
    run_cordon --set 'mounts=[{tmpfs: 1M, at: /dev}]' --set 'devices=[{path: /dev/autofs, access: r}]' -- true
    assert_equal "$status" 125
    assert_output --partial 'mounts[0] puts another /dev there'
}

@test "access holds by the device filter: reading is not writing, and other nodes do not open" {
    needs_device_filter
    local try=(users.map=single app.init=false --)
    inside 'devices=[{path: /dev/fuse, access: r}]' "${try[@]}" sh -c '/probe open /dev/fuse r; /probe open /dev/fuse w; /probe open /dev/fuse rw; /probe open /dev/null rw'
    assert_output $'ok\nEPERM\nEPERM\nok'
    inside 'devices=[{path: /dev/fuse, access: w}]' "${try[@]}" sh -c '/probe open /dev/fuse r; /probe open /dev/fuse w'
    assert_output $'EPERM\nok'
    inside 'devices=["/dev/fu?e", {path: /dev/autofs, access: r}]' "${try[@]}" sh -c '/probe open /dev/fuse rw; /probe open /dev/autofs r; /probe open /dev/autofs w'
    assert_output $'ok\nok\nEPERM'
}

@test "access holds by Landlock where there is no control group, and is refused where it cannot" {
    requires root
    [ ! -e /run/systemd/system ] || skip "systemd's tree is not to be unmounted"
    local run=("$CORDON" --state "$LANE_DIR/state" run --set users.map=single --mount "$PROBE:/probe")
    without_groups "${run[@]}" --set 'devices=[{path: /dev/fuse, access: r}, /dev/autofs]' -- sh -c '/probe open /dev/fuse r; /probe open /dev/fuse w
        /probe open /dev/autofs rw; echo x >/tmp/a && mkdir /tmp/b && mv /tmp/a /tmp/b && cat /tmp/b/a; echo y >/dev/stdout'
    assert_output $'ok\nEACCES\nok\nx\ny'
    without_groups "${run[@]}" --set 'devices=[{path: /dev/fuse, access: w}]' -- sh -c '/probe open /dev/fuse r; /probe open /dev/fuse w'
    assert_output $'EACCES\nok'
    without_groups "${run[@]}" --set root.write=discard --set 'devices=[{path: /dev/fuse, access: r}]' -- true
    assert_equal "$status" 125
    assert_output --partial 'cannot with a root that is written to'
    without_groups "$CORDON" --state "$LANE_DIR/state" run --set users.map=host --set 'devices=[/dev/fuse]' -- true
    assert_equal "$status" 125
    assert_output --partial "with the host's ids only a device filter keeps it from the host's devices"
}

@test "a plain user's plan says what stands in the filter's place" {
    requires plain
    local node
    needs_readable
    run cordon plan --set "devices=[{path: $node, access: r}]" -- true
    assert_output --partial 'left out: the device filter'
    assert_output --partial 'a user namespace makes no nodes, and opens none but those bound'
    inside "devices=[{path: $node, access: r}]" 'privileges.capabilities=[mknod]' -- sh -c "/probe mknod /tmp/n c 1 3; /probe open $node r"
    assert_output $'EPERM\nok'
}

@test "inspect tells what Landlock holds of the devices, where no program does" {
    requires plain
    local node
    needs_readable
    start_cordon --set "devices=[{path: $node, access: r}]" -- sleep 86394.4
    wait_for 60 some_pid_of 86394.4
    run jq -r .applied.landlock.devices <<<"$(cordon inspect "$(cordon ps --format name)")"
    kill "$cordon_pid"
    assert_output "$node r"
    wait_cordon
}

# program_of NAME: the number of the device program that the kernel has on its group.
program_of() {
    "$CORDON" --state "$LANE_DIR/state" inspect "$1" | tr -d ' \n' | sed -n 's/.*"devices":{"program":\([0-9]*\),.*/\1/p'
}

@test "inspect reads the rules back from the kernel; equal sets share one program, other sets do not; nothing is left" {
    needs_device_filter
    local one two three
    local options=(--set users.map=single)
    start_cordon "${options[@]}" --rm --name dev-one --set 'devices=[{path: /dev/fuse, access: r}, /dev/autofs]' -- sleep 86394.1
    one=$cordon_pid
    wait_for 60 some_pid_of 86394.1 # of two at once neither finds the other's program
    start_cordon "${options[@]}" --rm --name dev-two --set 'devices=[/dev/autofs, {path: /dev/fuse, access: r}]' -- sleep 86394.2
    two=$cordon_pid
    start_cordon "${options[@]}" --rm --name dev-three --set 'devices=[/dev/fuse]' -- sleep 86394.3
    three=$cordon_pid
    wait_for 60 some_pid_of 86394.2
    wait_for 60 some_pid_of 86394.3
    run "$CORDON" --state "$LANE_DIR/state" inspect dev-one
    assert_success
    tr -d ' \n' <<<"$output" | grep -F '{"type":"char","major":10,"minor":229,"access":"r"}'
    tr -d ' \n' <<<"$output" | grep -F '{"type":"char","major":136,"minor":null,"access":"rw"}'
    [ -n "$(program_of dev-one)" ]
    assert_equal "$(program_of dev-one)" "$(program_of dev-two)"
    [ "$(program_of dev-one)" != "$(program_of dev-three)" ]
    kill "$one" "$two" "$three"
    wait_for 30 no_pids_of 86394.1
    wait_for 30 no_pids_of 86394.2
    wait_for 30 no_pids_of 86394.3
    wait_for 30 no_groups_of dev-
}

no_groups_of() {
    ! find /sys/fs/cgroup -type d -name "cordon-$1*" | grep .
}

@test "what a device may be opened for stands beside paths that do not let the root be listed" {
    local node map=auto
    needs_readable
    [ "$LANE" != root ] || map=single
    inside users.map=$map "devices=[{path: $node, access: r}]" 'paths={execute: [/bin/sh, /probe], optional: true}' -- sh -c "echo ran; /probe open $node w; exit 4"
    assert_failure 4
    assert_line --index 0 ran
    refute_line ok
}
