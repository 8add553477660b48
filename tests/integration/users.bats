# app.user, app.groups and users.map.
load ../helpers/container

@test "app.user: a number, a number:number" {
    requires ids
    run_cordon --set app.user=33 -- sh -c 'id -u; id -g'
    assert_output $'33\n33'
    run_cordon --set 'app.user="33:44"' -- sh -c 'id -u; id -g'
    assert_output $'33\n44'
}

@test "app.user: a name is looked up inside the root, with its group, home and shell" {
    requires ids
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set app.user=web -- sh -c 'id -u; id -g; echo $HOME $USER'
    assert_output $'33\n33\n/srv web'
}

@test "app.user: the host's accounts are not looked at" {
    requires ids
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set app.user=nobody -- true
    assert_equal "$status" 125
    assert_output --partial nobody
}

@test "app.groups: exactly these" {
    requires ids
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set app.user=web --set 'app.groups=[certs, 55]' -- id -G
    assert_output '33 44 55'
}

@test "app.groups: a group that does not exist is refused" {
    requires ids
    run_cordon --set 'app.groups=[no-such-group-here]' -- true
    assert_equal "$status" 125
    assert_output --partial no-such-group-here
}

@test "users.map: single gives one id, the caller" {
    run_cordon --set users.map=single -- sh -c 'id -u; cat /proc/self/uid_map; cat /proc/self/setgroups'
    assert_success
    assert_line --index 0 0
    assert_line --index 1 --regexp "^ *0 +$(id -u) +1$"
    [ "$LANE" = root ] || assert_line --index 2 deny
}

@test "users.map: single with another app.user is that user inside" {
    run_cordon --set users.map=single --set app.user=33 -- sh -c 'id -u; cat /proc/self/uid_map'
    assert_success
    assert_line --index 0 33
    assert_line --index 1 --regexp "^ *33 +$(id -u) +1$"
}

@test "root whose own ids cannot be read is refused, and not taken for one that has few" {
    local -A own=([uid_map]=--mount [setgroups]=-Urm)
    [ "$LANE" = root ] || unset 'own[uid_map]'
    for file in "${!own[@]}"; do
        run timeout 60 unshare "${own[$file]}" sh -c 'mount --bind /dev/null "/proc/$$/$0" && exec "$@"' "$file" "$CORDON" --state "$LANE_DIR/state" \
            run --set users.map=auto -- true
        assert_equal "$status" 125
        assert_output "cordon: read /proc/self/$file: invalid argument"
    done
}

@test "users.map: auto as root is 65536 ids, none of them root's" {
    requires root
    run_cordon -- cat /proc/self/uid_map
    assert_line --regexp '^ *0 +[1-9][0-9]{4,} +65536$'
}

@test "users.map: auto as root: two at once do not share ids" {
    requires root
    start_cordon -- sh -c 'cat /proc/self/uid_map; sleep 60'
    wait_for 30 test -s "$BATS_TEST_TMPDIR/out"
    run_cordon -- cat /proc/self/uid_map
    kill -TERM "$cordon_pid"
    wait "$cordon_pid" || true
    if grep -q '^root:' /etc/subuid; then skip "root has a line in /etc/subuid, which all its containers share"; fi
    refute_output "$(cat "$BATS_TEST_TMPDIR/out")"
}

@test "users.map: auto as a user is the caller and his subordinate ids" {
    requires user
    run_cordon -- cat /proc/self/uid_map
    assert_success
    assert_line --index 0 --regexp "^ *0 +$(id -u) +1$"
    assert_line --index 1 --regexp "^ *1 +$(grep "^$(id -un):" /etc/subuid | cut -d : -f 2) +6553[56]$"
}

@test "users.map: a list of the caller's own id alone needs no helper and no line" {
    [ "$(id -u)" = "$(id -g)" ] || skip "this caller's two numbers differ"
    run_cordon --set "users.map=[\"0:$(id -u):1\"]" -- sh -c 'id -u; tr -s " " </proc/self/uid_map'
    assert_success
    assert_output "0"$'\n'" 0 $(id -u) 1"
}

@test "users.map: keep shows the caller under his own number" {
    requires plain
    run_cordon --set users.map=keep --set app.user=caller -- sh -c 'id -u; id -un; echo $USER'
    assert_success
    assert_line --index 0 "$(id -u)"
    run_cordon --set users.map=keep --mount "$PROBE:/probe" -- sh -c 'id -u; stat -c %u /probe'
    assert_success
}

@test "app.user: caller has the caller's name" {
    run_cordon --set app.user=caller -- sh -c 'echo $USER'
    assert_success
    assert_output "$(id -un)"
}

@test "users.map: host is for root only and makes no user namespace" {
    run_cordon --set users.map=host -- readlink /proc/self/ns/user
    if [ "$LANE" = root ]; then
        assert_output "$(readlink /proc/self/ns/user)"
    else
        assert_equal "$status" 125
        assert_output --partial users.map
    fi
}

@test "users.map: host and isolate.user: inherit are one thing; with new they disagree" {
    requires root
    run_cordon --set isolate.user=inherit -- readlink /proc/self/ns/user
    assert_output "$(readlink /proc/self/ns/user)"
    run_cordon --set users.map=host --set isolate.user=new -- true
    assert_equal "$status" 125
}

@test "users.map: a list is written as it stands" {
    requires root
    run_cordon --set 'users.map=["0:200000:10", "100:300000:5"]' -- cat /proc/self/uid_map
    assert_success
    assert_line --index 0 --regexp '^ *0 +200000 +10$'
    assert_line --index 1 --regexp '^ *100 +300000 +5$'
}

@test "app.user without subordinate ids: the caller is that user; a second one is not to be had" {
    requires single
    run_cordon --set app.user=33 -- id -u
    assert_success
    assert_output 33
    inside -- /probe setuid 33
    refute_output ok
}

@test "app.groups: keep: the caller's own groups stay" {
    requires plain
    run_cordon --set app.groups=keep -- sh -c 'cat /proc/self/setgroups; grep "^Groups:" /proc/self/status | wc -w'
    assert_success
    assert_line --index 1 "$(grep '^Groups:' /proc/self/status | wc -w)"
}

@test "files of a bind belong inside to whom they belong outside" {
    mkdir "$BATS_TEST_TMPDIR/mine" && touch "$BATS_TEST_TMPDIR/mine/file"
    run_cordon --mount "$BATS_TEST_TMPDIR/mine:/srv" -- stat -c %u /srv/file
    assert_output 0
}

@test "owner: auto as root: id N on disk is N inside" {
    requires root
    mkdir "$BATS_TEST_TMPDIR/mine" && touch "$BATS_TEST_TMPDIR/mine/file" && chown 33:33 "$BATS_TEST_TMPDIR/mine/file"
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR/mine, at: /srv, owner: auto}" -- stat -c %u:%g /srv/file
    assert_success
    assert_output 33:33
}

@test "owner: map is the same; where the file system cannot be idmapped, it is refused at its line, and auto is not" {
    requires root
    local file
    mkdir "$BATS_TEST_TMPDIR/mine" && touch "$BATS_TEST_TMPDIR/mine/file" && chown 33:33 "$BATS_TEST_TMPDIR/mine/file"
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR/mine, at: /srv, owner: map}" -- stat -c %u:%g /srv/file
    [ "$status" -eq 125 ] || assert_output 33:33
    file=$(profile map <<<'mounts:
  - {bind: /sys/kernel/mm, at: /srv, owner: map}')
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial "$file:3:"
    assert_output --partial 'cannot be idmapped'
    sed -i 's/map}/auto}/' "$file"
    run_cordon -p "$file" -- true
    assert_success
}

@test "owner: map is refused to a plain user at its line" {
    requires plain
    local file
    file=$(profile map <<<"mounts:
  - {bind: $BATS_TEST_TMPDIR, at: /srv, owner: map}")
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial "$file:3:"
    assert_output --partial 'map is for root'
}

@test "owner: keep as root: ids of the disk are strangers inside" {
    requires root
    mkdir "$BATS_TEST_TMPDIR/mine" && touch "$BATS_TEST_TMPDIR/mine/file"
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR/mine, at: /srv, owner: keep}" -- stat -c %u /srv/file
    assert_success
    assert_output 65534
}

@test "root of a user namespace without setgroups is told how to start, and starts so" {
    local start=(timeout 60 unshare --map-root-user "$CORDON" --state "$LANE_DIR/state" run)
    run "${start[@]}" -- echo ran # without groups there is nothing to drop
    assert_output ran
    [ "$LANE" = root ] || return 0
    start=(setpriv --groups "4,27" "${start[@]}")
    run "${start[@]}" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial "app.groups: the caller's 2 supplementary groups cannot be dropped"
    assert_output --partial 'setgroups(2) is denied in this user namespace'
    run "${start[@]}" --set app.groups=keep -- echo ran
    assert_output ran
}
