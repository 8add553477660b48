# The device filter: host disks, loop devices and memory, made or handed in, for a root with the host's ids and every capability that
# helps.
load ../helpers/container

setup() {
    needs_device_filter
}

@test "the host's disk, a loop device and memory are not made, with the host's ids and the capability (AC-57)" {
    # shellcheck disable=SC2016
    local make='for n in "disk b 254 0" "loop b 7 0" "mem c 1 1" "kmsg c 1 11"; do /probe mknod /tmp/$n; done; exit 3'
    local options=(users.map=host 'privileges.capabilities=[mknod]' --)
    weakly 'filter devices' inside "${options[@]}" sh -c "$make"
    assert_output $'ok\nok\nok\nok'
    inside "${options[@]}" sh -c "$make"
    assert_equal "$status" 3
    assert_output $'EPERM\nEPERM\nEPERM\nEPERM'
    # What is granted is that one node, by what the profile says.
    inside 'devices=[{path: /dev/fuse, access: rwm}]' "${options[@]}" sh -c '/probe mknod /tmp/a c 10 229; /probe mknod /tmp/b c 10 235'
    assert_output $'ok\nEPERM'
}

@test "a node that was brought along does not open, without nodev either (AC-57)" {
    requires file:/dev/autofs
    local root=$BATS_TEST_TMPDIR/root
    rootfs "$root" && mknod -m 0666 "$root/srv/node" c 10 235
    local options=(--root "$root" --set users.map=host --set 'devices=[/dev/fuse]' -- probe open /srv/node r)
    weakly 'nodev,filter devices' run_cordon "${options[@]}"
    assert_output ok
    weakly nodev run_cordon "${options[@]}"
    assert_output EPERM
    run_cordon "${options[@]}"
    refute_output ok
}

@test "the filter holds in groups below, and after its processes were moved there (AC-57)" {
    local group pid
    # The shell in a group of ours: the launcher's command line has the marker too, and so has that of the container's first process
    # before it has its root, when what is touched below would be the host's.
    in_group() {
        for pid in $(ps -e -o pid=,args= | sed -n 's/^ *\([0-9]*\) sh -c .*86393.7.*/\1/p'); do
            group=$(sed -n 's/^0:://p' "/proc/$pid/cgroup" 2>/dev/null)
            [[ $group != */cordon-default-* ]] || return 0
        done
        return 1
    }
    # shellcheck disable=SC2016
    moved() {
        start_cordon --set users.map=host --set 'devices=[/dev/autofs]' --set 'privileges.capabilities=[mknod]' --mount "$PROBE:/probe" -- \
            sh -c 'for i in $(seq 300); do [ ! -e /tmp/go ] || break; sleep 0.1; done; /probe mknod /tmp/loop b 7 0; : 86393.7'
        wait_for 20 in_group
        group=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)$group
        mkdir "$group/below" && echo "$pid" >"$group/below/cgroup.procs" && touch "/proc/$pid/root/tmp/go"
        wait_cordon
        [ ! -e "$group" ] # with the one that was made below, from outside
    }
    weakly 'filter devices' moved
    assert_output ok
    moved
    assert_output EPERM
}

@test "a link in /dev that others could have put there shows no disk (AC-08, AC-57)" {
    requires file:/dev/net
    # A folder that everybody may write to, in a mount namespace of the test's: /dev/shm is another.
    with_link() {
        # shellcheck disable=SC2016
        run timeout 60 unshare -m --propagation private sh -c 'mount -t tmpfs -o mode=1777 none /dev/net && ln -s ../kmsg /dev/net/link && exec "$@"' sh \
            "$CORDON" --state "$LANE_DIR/state" run --set users.map=single --set "devices=[$1]" -- stat -c %t:%T /dev/net/link
    }
    weakly resolve with_link /dev/net/link
    assert_output 1:b
    with_link /dev/net/link
    assert_equal "$status" 125
    assert_output --partial 'lies in /dev/net, where others may put what they like'
    with_link '"/dev/net/*"'
    assert_equal "$status" 125
    assert_output --partial 'matches no device here'
}
