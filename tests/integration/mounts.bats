# What is mounted inside, and how. What hostile roots try is in attacks/paths.bats.
load ../helpers/container

setup() {
    share=$BATS_TEST_TMPDIR/share
    mkdir -p "$share/sub" && echo content >"$share/file" && echo below >"$share/sub/file" && chmod 0755 "$share"
}

@test "a bind shows the folder, read-only" {
    inside "+mounts={bind: $share, at: /srv}" -- sh -c 'cat /srv/file /srv/sub/file; /probe open /srv/new c; /probe open /srv/file w'
    assert_output $'content\nbelow\nEROFS\nEROFS'
    [ ! -e "$share/new" ]
}

@test "a bind with write: true is written, by the caller" {
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" -- sh -c 'echo new >/srv/new && rm /srv/file'
    assert_success
    assert_equal "$(cat "$share/new")" new
    [ ! -e "$share/file" ]
    [ "$(stat -c %u "$share/new")" = "$(id -u)" ]
}

@test "--mount SRC:DST is read-only, :rw is not" {
    run_cordon --mount "$share:/srv" -- touch /srv/new
    assert_failure
    run_cordon --mount "$share:/srv:rw" -- touch /srv/new
    assert_success
    [ -e "$share/new" ]
}

# below_share ENTRY: tries to write on a file system of its own below $share, which that entry of mounts shows at /srv; then prints the
# options of the mount. It is mounted where no other process sees it.
below_share() {
    local own=() options=()
    # In such a namespace there is one id, and groups cannot be set.
    [ "$LANE" = root ] || { own=(--map-root-user) && options=(--set users.map=single --set app.groups=keep); }
    # shellcheck disable=SC2016
    run timeout 60 unshare "${own[@]}" --mount --propagation private sh -c 'mount -t tmpfs none "$0/sub" && echo inner >"$0/sub/file" && exec "$@"' \
        "$share" "$CORDON" --state "$LANE_DIR/state" run "${options[@]}" --set "+mounts=$1" --mount "$PROBE:/probe" -- \
        sh -c 'cat /srv/sub/file; /probe open /srv/sub/new c; sed -n "s|.* /srv/sub \([^ ]*\) .*|\1|p" /proc/self/mountinfo'
}

@test "what is mounted below a bound folder is shown with it, and may no more than the folder" {
    below_share "{bind: $share, at: /srv, write: true}"
    assert_line --index 0 inner
    assert_line --index 1 ok
    assert_line --index 2 --regexp '^rw,nosuid,nodev,relatime'
    below_share "{bind: $share, at: /srv}"
    assert_line --index 0 inner
    assert_line --index 1 EROFS
    assert_line --index 2 --regexp '^ro,nosuid,nodev,relatime'
    below_share "{bind: $share, at: /srv, exec: false}"
    assert_line --index 1 EROFS
    assert_line --index 2 --regexp '^ro,nosuid,nodev,noexec,relatime'
}

@test "a bind below a folder that only the caller may enter" {
    mkdir -m 0700 "$BATS_TEST_TMPDIR/closed" && mkdir "$BATS_TEST_TMPDIR/closed/in" && echo reached >"$BATS_TEST_TMPDIR/closed/in/file"
    run_cordon --mount "$BATS_TEST_TMPDIR/closed/in:/srv" -- cat /srv/file
    assert_output reached
}

@test "a bind with exec: false starts no program" {
    cp "$PROBE" "$share/program"
    run_cordon --set "+mounts={bind: $share, at: /srv, exec: false}" -- /srv/program fds
    assert_equal "$status" 126
    run_cordon --set "+mounts={bind: $share, at: /srv}" -- /srv/program fds
    assert_success
}

@test "a source that does not exist is refused at its line; with optional it is left out; with create it is made" {
    local file
    file=$(profile missing <<YAML
mounts:
  - {bind: $share/none, at: /srv}
YAML
    )
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial "$file:3:"
    assert_line --index 0 --partial mounts
    run_cordon --set "+mounts={bind: $share/both, at: /mnt}" --set "+mounts={bind: $share/both, at: /srv, create: true, write: true}" -- sh -c 'touch /srv/x; ls /mnt'
    assert_output x
    run_cordon --set optional=[mounts] --set "+mounts={bind: $share/none, at: /srv}" -- echo ran
    assert_output ran
    run_cordon --set "+mounts={bind: $share/none, at: /srv, optional: true}" -- sh -c 'ls -A /srv 2>/dev/null; echo ran'
    assert_success
    assert_output ran
    run_cordon --set "+mounts={bind: $share/none, at: /srv, create: true, write: true}" -- touch /srv/made
    assert_success
    [ -e "$share/none/made" ]
}

@test "a tmpfs has its size, mode and no programs" {
    inside '+mounts={tmpfs: 1M, at: /scratch, mode: "1777"}' -- sh -c \
        'stat -c %a /scratch; head -c 4194304 /dev/zero >/scratch/f 2>/dev/null; stat -c %s /scratch/f; grep " /scratch " /proc/mounts'
    assert_line --index 0 1777
    assert_line --index 1 1048576
    assert_line --index 2 --regexp noexec
}

@test "a tmpfs with write: false is written to by nobody, and what the profile mounts in it is there" {
    run_cordon --set '+mounts={tmpfs: 1M, at: /scratch, write: false}' --set "+mounts={bind: $share, at: /scratch/in, write: true}" -- \
        sh -c 'cat /scratch/in/file; touch /scratch/in/more && rm /scratch/in/more; touch /scratch/x; mkdir /scratch/in/../y; exit 5'
    assert_failure 5
    assert_line content
    assert_line --regexp '/scratch/x.*Read-only file system'
    assert_line --regexp '/y.*Read-only file system'
}

@test "/dev/shm holds 64M, /tmp and /var/tmp are 1777, all empty" {
    run_cordon -- sh -c 'stat -c "%n %a" /tmp /var/tmp /run /dev/shm; ls -A /tmp /var/tmp /run | grep -v : | grep .; grep " /dev/shm " /proc/mounts; echo x >/tmp/x && echo x >/var/tmp/x'
    assert_success
    assert_line '/tmp 1777'
    assert_line '/var/tmp 1777'
    assert_line '/dev/shm 1777'
    assert_line --regexp 'size=65536k'
}

@test "an own mount at /tmp takes the place of the standard one" {
    run_cordon --set "+mounts={bind: $share, at: /tmp}" -- cat /tmp/file
    assert_output content
}

# /sbin is usr/sbin; nothing can be mounted on a link.
@test "what is mounted or hidden at a link of the host's top lies where that leads" {
    [ -L /sbin ]
    run_cordon --mount "$share:/sbin" -- cat /sbin/file /usr/sbin/file
    assert_output $'content\ncontent'
    run_cordon --set '+mounts={hide: /sbin}' -- ls -A /sbin/ /usr/sbin/
    assert_output $'/sbin/:\n\n/usr/sbin/:'
}

@test "a volume is made on first use, kept between runs, and belongs to app.user" {
    local use='+mounts={volume: tests-v1, at: /var/lib/shop}'
    run_cordon --set "$use" -- sh -c 'stat -c %u /var/lib/shop; ls -A /var/lib/shop; echo kept >/var/lib/shop/file'
    assert_success
    assert_output 0
    run_cordon --set "$use" -- cat /var/lib/shop/file
    assert_output kept
}

@test "a relative --data begins where the caller stands, and not in the root, whose links are a stranger's" {
    local root=$BATS_TEST_TMPDIR/root
    canary
    rootfs "$root"
    mkdir -p "$root"/{root,run,data}/d/volumes && mkdir -m 755 "$BATS_TEST_TMPDIR/stand"
    for folder in root run data .; do
        mkdir -p "$root/$folder/d/volumes" && ln -s "$canary" "$root/$folder/d/volumes/tests-v3"
    done
    cd "$BATS_TEST_TMPDIR/stand"
    run timeout 30 "$CORDON" --data d run --root "$root" --set '+mounts={volume: tests-v3, at: /data}' -- sh -c 'echo here >/data/file'
    assert_success
    assert_equal "$(cat d/volumes/tests-v3/file)" here
    canary_untouched
}

@test "a folder of one of the caller's ids is found in one that only that id may enter" {
    requires user
    chmod a+rwx "$share"
    run_cordon --set privileges.allow=[chown] --set "+mounts={bind: $share, at: /srv, write: true}" -- \
        sh -c 'mkdir -p /srv/store/data && echo found >/srv/store/data/file && chmod 700 /srv/store && chown 33:33 /srv/store'
    assert_success
    run cat "$share/store/data/file"
    assert_failure
    ln -s "$share/store/data" "$BATS_TEST_TMPDIR/way"
    for source in "$share/store/data" "$BATS_TEST_TMPDIR/way"; do
        run_cordon --set "+mounts={bind: $source, at: /data}" -- cat /data/file
        assert_output found
    done
    run_cordon --set privileges.allow=[chown] --set "+mounts={bind: $share, at: /srv, write: true}" -- chown 0:0 /srv/store
    # Another's is refused, by plan too.
    run cordon plan --set '+mounts={bind: /root/x, at: /data}' -- true
    assert_failure
    assert_output --partial 'your own rights'
}

@test "a volume belongs to an app.user that is not 0" {
    requires ids
    local use='+mounts={volume: tests-v2, at: /var/lib/shop}'
    run_cordon --set "$use" --user 33 -- sh -c 'stat -c %u /var/lib/shop; echo kept >/var/lib/shop/file && stat -c %u /var/lib/shop/file'
    assert_success
    assert_output $'33\n33'
    # Read-only at its first use; then with a file hidden in it, where the caller himself cannot look.
    use='mounts=[{volume: tests-v4, at: /var/lib/shop, write: false}]'
    run_cordon --set "$use" --user 33 -- stat -c %u /var/lib/shop
    assert_output 33
    run_cordon --set "mounts=[{volume: tests-v4, at: /var/lib/shop}]" --user 33 -- sh -c 'echo secret >/var/lib/shop/key'
    assert_success
    use='mounts=[{volume: tests-v4, at: /var/lib/shop}, {hide: /var/lib/shop/key}]'
    for _ in first second; do
        run_cordon --set "$use" --user 33 -- sh -c 'cat /var/lib/shop/key; touch /var/lib/shop/file && echo ran'
        assert_success
        assert_output ran
    done
}

@test "hide: two runs keep the same place empty until the last has ended, and then nothing is left of it" {
    start_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/later}' -- \
        sh -c 'until [ -e /srv/go ]; do sleep 0.1; done; echo x >/srv/later'
    wait_for 30 test -e "$share/later"
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/later}' -- true
    assert_success
    [ -e "$share/later" ] || fail "the end of one run uncovered the place for the other"
    touch "$share/go"
    wait_cordon
    [ "$status" -ne 0 ]
    [ ! -e "$share/later" ] || fail "the placeholder is still there"
}

@test "hide: a folder above what is hidden cannot be renamed, so that the place could be made anew" {
    local try='mv /srv/a/b /srv/a/x; mv /srv/a /srv/x; mkdir -p /srv/a/b && echo made >/srv/a/b/config && echo made'
    anew() {
        rm -rf "$share" && mkdir -p "$share/a/b" && echo secret >"$share/a/b/config" && chmod -R a+rwX "$share"
        run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/a/b/config}' \
            --set "+mounts={bind: $share, at: /mnt, write: true}" -- sh -c "$1"
    }
    weakly 'hold a folder in place' anew "$try"
    assert_line made
    anew "$try"
    refute_line made
    anew 'mv /mnt/a/b /mnt/a/x; mv /mnt/a /mnt/x; ls /mnt /mnt/a'
    refute_line x
    assert_equal "$(cat "$share/a/b/config")" secret
}

@test "hide: the place of a mount itself, and one below a folder that is not there" {
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set root.hide=[/srv] -- sh -c 'ls -A /srv; echo ran'
    assert_output ran
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/none/deeper/file}' -- \
        sh -c 'mkdir -p /srv/none/deeper; echo ran; ls -A /srv'
    assert_line ran
    [ ! -e "$share/none" ] || fail "something is left"
}

@test "where root is inside, what the host keeps private is hidden, and what the profile puts there is not" {
    requires root
    local mine=$BATS_TEST_TMPDIR/mine
    mkdir -m 0700 "$mine" "$share/private" && echo mine >"$mine/file" && chmod 0600 "$mine/file" && echo theirs >"$share/private/file"
    run_cordon --set users.map=host --set "root.show=[$share, $PROBE]" --set "+mounts={bind: $mine, at: $share/sub}" -- \
        sh -c "cat '$share/sub/file'; ls -A '$share/private'; test -s '$PROBE' && echo shown"
    assert_output $'mine\nshown'
    chmod 0700 "$share/private"
    run_cordon --set users.map=host --set "root.show=[$share]" --set "+mounts={bind: $mine, at: $share/private/mine}" -- true
    assert_failure 125
    assert_output --partial "$share/private/mine lies in what is hidden"
    assert_output --partial 'see users.map'
}

@test "hide: a socket below what can be written to is hidden as a file is" {
    "$PROBE" listen "$share/socket" 3>&- &
    local listener=$!
    wait_for 10 test -S "$share/socket"
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {hide: /srv/socket}]" -- sh -c 'test -S /srv/socket || echo hidden'
    kill "$listener"
    assert_output hidden
}

@test "hide: no start waits for somebody who holds the file that keeps the place empty" {
    local CORDON_TIMEOUT=10
    : >"$share/held" && chmod 0400 "$share/held"
    bash -c 'flock -x 0 && exec sleep 20' <"$share/held" 3>&- &
    local holder=$!
    wait_for 10 eval "! flock -n -s '$share/held' true"
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/held}' -- sh -c 'echo ran; echo x >/srv/held'
    kill "$holder"
    assert_line ran
    [ "$status" -ne 0 ]
    [ ! -s "$share/held" ]
}

@test "a file at a hidden name that somebody holds a lease on keeps no start from its end" {
    echo x >"$share/leased"
    "$PROBE" lease "$share/leased" >"$BATS_TEST_TMPDIR/lease" 3>&- &
    holder=$!
    wait_for 10 grep -q ready "$BATS_TEST_TMPDIR/lease"
    run_cordon --set "+mounts={bind: $share, at: /srv, write: true}" --set '+mounts={hide: /srv/leased}' -- sh -c 'echo ran; cat /srv/leased'
    kill "$holder"
    assert_success
    assert_output ran
}

@test "more mounts of the host's than one message between the processes holds" {
    local many=() i
    for ((i = 0; i < 70; i++)); do many+=(--set "+mounts={bind: $share, at: /srv/$i}"); done
    run_cordon --set '+mounts={tmpfs: 1M, at: /srv}' "${many[@]}" -- sh -c 'cat /srv/*/file | sort | uniq -c'
    assert_success
    assert_output --regexp '^ *70 content$'
}

@test "root.hide makes parts of the host's /usr empty" {
    [ -n "$(ls -A /usr/share/doc)" ] || skip "/usr/share/doc is empty here"
    run_cordon --set root.hide=[/usr/share/doc] -- ls -A /usr/share/doc
    assert_output ''
}

@test "root.show shows more of the host, read-only" {
    inside "root.show=[$share]" -- sh -c "cat '$share/file'; /probe open '$share/file' w"
    # As root its owner is a stranger inside, and that is asked first.
    if [ "$LANE" = root ]; then
        assert_output $'content\nEACCES'
    else
        assert_output $'content\nEROFS'
    fi
}

@test "the order in which mounts are written does not matter (AC-20)" {
    mkdir -p "$BATS_TEST_TMPDIR/inner" && echo inner >"$BATS_TEST_TMPDIR/inner/file"
    local outer="{bind: $share, at: /srv}" inner="{bind: $BATS_TEST_TMPDIR/inner, at: /srv/sub}" hide='{hide: /srv/file}' order
    for order in "[$outer, $inner, $hide]" "[$hide, $inner, $outer]" "[$inner, $hide, $outer]"; do
        run_cordon --set "mounts=$order" -- sh -c 'cat /srv/sub/file; cat /srv/file 2>/dev/null'
        assert_output inner
    done
}

@test "the mounts of the host are not writable, not one of them" {
    run_cordon -- sh -c 'for d in / /usr /usr/bin /usr/share /etc /bin /lib /sbin /proc/sys /sys; do touch $d/.cordon-w 2>/dev/null && echo "wrote $d"; done; true'
    assert_success
    assert_output ''
}

@test "home is private, empty and the user's" {
    run_cordon -- sh -c 'echo "$HOME"; ls -A "$HOME"; echo x >"$HOME/x" && stat -c %u "$HOME"'
    assert_success
    assert_line --index 1 0
    assert_equal "${#lines[@]}" 2
}

@test "a home below /run is one as any other, and /tmp as a home stays everybody's" {
    local root=$BATS_TEST_TMPDIR/root
    rootfs "$root"
    printf 'web:x:33:33::/run/web/home:/bin/sh\ntmp:x:33:33::/tmp:/bin/sh\n' >"$root/etc/passwd"
    run_cordon --root "$root" --set app.user=web -- sh -c 'touch "$HOME/x" && stat -c "%n %a %u" "$HOME"'
    assert_output "/run/web/home 700 33"
    run_cordon --root "$root" --set app.user=tmp -- sh -c 'touch "$HOME/x" && stat -c "%n %a" "$HOME"'
    assert_output "/tmp 1777"
}

@test "root.write: discard is a copy in memory that is gone at exit" {
    run_cordon --set root.write=discard -- sh -c 'rm /etc/passwd; echo x >/usr/new && cat /usr/new'
    assert_success
    assert_output x
    [ -s /etc/passwd ]
    [ ! -e /usr/new ]
}

@test "root.size caps what discard takes" {
    run_cordon --set root.write=discard --set root.size=1M -- sh -c 'head -c 8388608 /dev/zero >/usr/big 2>/dev/null || echo full'
    assert_output full
}

@test "root.from: dir: is the root, and only that, read-only" {
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --set "root.from=dir:$BATS_TEST_TMPDIR/root" -- sh -c 'ls /; ls /etc; touch /etc/x 2>&1; touch /x 2>&1; cat /proc/version >/dev/null && echo proc'
    assert_line usr
    assert_line passwd
    assert_line proc
    refute_line shadow
    [ ! -e "$BATS_TEST_TMPDIR/root/x" ]
    [ ! -e "$BATS_TEST_TMPDIR/root/etc/x" ]
}

@test "root.from: dir: with write: direct writes into it, with discard it does not" {
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set root.write=discard -- sh -c 'echo x >/srv/new && cat /srv/new'
    assert_output x
    [ ! -e "$BATS_TEST_TMPDIR/root/srv/new" ]
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set root.write=direct -- sh -c 'echo x >/srv/new && stat -c %u /srv/new'
    assert_output 0
    [ -e "$BATS_TEST_TMPDIR/root/srv/new" ]
}

@test "root.from: empty holds nothing but what is mounted" {
    run_cordon --set root.from=empty --mount "$PROBE:/probe" -- /probe fds
    assert_success
    assert_output '0 1 2 '
    run_cordon --set root.from=empty --mount "$PROBE:/probe" -- /probe open /usr
    assert_output ENOENT
}

@test "a node of a device in a root that is a folder does not open, whatever root.write says" {
    local root=$BATS_TEST_TMPDIR/root write
    rootfs "$root"
    [ "$LANE" != root ] || mknod -m 0666 "$root/srv/node" c 1 3
    for write in none discard direct; do
        run_cordon --root "$root" --set root.write=$write -- grep -E '^([^ ]+ ){4}/ ([^ ]*,)?nodev[, ]' /proc/self/mountinfo
        assert_success
        [ "$LANE" = root ] || continue
        # In a user namespace an overlay is one of its own, on which the kernel opens none anyway.
        weakly nodev run_cordon --root "$root" --set root.write=$write --set users.map=host -- probe open /srv/node
        assert_output ok
        run_cordon --root "$root" --set root.write=$write --set users.map=host -- probe open /srv/node
        assert_output EACCES
        run_cordon --root "$root" --set root.write=$write -- probe open /srv/node
        assert_output EACCES
    done
}

@test "above the root is the root itself and nothing of the host, whatever it starts from" {
    local busybox options
    busybox=$(command -v busybox.static || command -v busybox)
    rootfs "$BATS_TEST_TMPDIR/root"
    while read -ra options; do
        run_cordon "${options[@]}" -- stat -c %d:%i / /.. /../..
        assert_success
        assert_equal "${lines[1]} ${lines[2]}" "${lines[0]} ${lines[0]}"
    done <<TEXT
--set root.from=host
--set root.write=discard
--set app.init=false
--set privileges.allow=[mount-tmpfs]
--root $BATS_TEST_TMPDIR/root
--root $BATS_TEST_TMPDIR/root --set root.write=discard
--root $BATS_TEST_TMPDIR/root --set root.write=direct
TEXT
    run_cordon --set root.from=empty --mount "$busybox:/busybox" -- /busybox stat -c %d:%i / /.. /../..
    assert_success
    assert_equal "${lines[1]} ${lines[2]}" "${lines[0]} ${lines[0]}"
}

@test "root.show below a folder that has a memory file system of its own" {
    mkdir -p "$LANE_DIR/shown" && echo content >"$LANE_DIR/shown/file"
    run_cordon --set "root.show=[$LANE_DIR/shown]" -- cat "$LANE_DIR/shown/file"
    assert_output content
}

@test "the caller's umask does not reach the folders of the container" {
    requires ids
    masked() { umask 077 && cordon run --set app.user=33 -- sh -c 'cat /etc/hosts >/dev/null && echo x >/var/tmp/file && umask'; }
    run masked
    assert_output 0022
}

@test "an overlay does not uncover what a mount below it hides: refused, unless something is mounted there" {
    requires root
    mkdir "$share/part" && echo under >"$share/part/file"
    show() { # OPTION…
        run unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs "$1/part" && echo over >"$1/part/file" && shift && exec "$@"' sh \
            "$share" "$CORDON" --state "$LANE_DIR/state" run --set "root.show=[$share]" "$@" -- cat "$share/part/file"
    }
    show
    assert_output over
    weakly 'single layers' show --set root.write=discard
    assert_output under
    show --set root.write=discard
    assert_failure 125
    assert_output --partial "$share/part is a mount of its own"
    mkdir "$BATS_TEST_TMPDIR/instead" && echo instead >"$BATS_TEST_TMPDIR/instead/file"
    show --set root.write=discard --mount "$BATS_TEST_TMPDIR/instead:$share/part"
    assert_output instead
}
