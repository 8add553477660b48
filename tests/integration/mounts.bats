# What is mounted inside, how, and what hostile roots can do about it (nothing).
load ../helpers/container

setup() {
    share=$BATS_TEST_TMPDIR/share
    mkdir -p "$share/sub" && echo content >"$share/file" && echo below >"$share/sub/file" && chmod 0755 "$share"
}

# mount_flags PLACE: the flags of the uppermost mount there, from /proc/self/mountinfo in $output.
mount_flags() {
    awk -v at="$1" '$5 == at { flags = $6 } END { print flags }' <<<"$output"
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

@test "a bind of exactly one file (AC-20)" {
    inside "+mounts={bind: $share/file, at: /srv/only}" -- sh -c 'cat /srv/only; ls /srv; /probe open /srv/only w'
    assert_output $'content\nonly\nEROFS'
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

@test "a volume is made on first use, kept between runs, and belongs to app.user" {
    local use='+mounts={volume: tests-v1, at: /var/lib/shop}'
    run_cordon --set "$use" -- sh -c 'stat -c %u /var/lib/shop; ls -A /var/lib/shop; echo kept >/var/lib/shop/file'
    assert_success
    assert_output 0
    run_cordon --set "$use" -- cat /var/lib/shop/file
    assert_output kept
}

@test "a volume belongs to an app.user that is not 0" {
    requires ids
    local use='+mounts={volume: tests-v2, at: /var/lib/shop}'
    run_cordon --set "$use" --user 33 -- sh -c 'stat -c %u /var/lib/shop; echo kept >/var/lib/shop/file && stat -c %u /var/lib/shop/file'
    assert_success
    assert_output $'33\n33'
}

@test "what a volume holds is closed to others outside, so that a set-id file in it is of no use (AC-37)" {
    run_cordon --set '+mounts={volume: tests-v3, at: /srv}' -- sh -c 'cp /bin/sh /srv/sh; chmod 4755 /srv/sh'
    local folder
    folder=$(find "$LANE_DIR/data" -type d -name tests-v3 | head -n 1)
    [ -n "$folder" ]
    while [ "$folder" != "$LANE_DIR" ]; do
        case $(stat -c %a "$folder") in *00) return 0 ;; esac
        folder=$(dirname "$folder")
    done
    fail 'every folder above the volume is open to others'
}

@test "a volume's name is no path (AC-54)" {
    local name
    for name in ../up a/b .. '' .x; do
        run_cordon --set "+mounts={volume: '$name', at: /srv}" -- true
        assert_equal "$status" 125
    done
    [ ! -e "$LANE_DIR/up" ]
}

@test "hide: a file, a folder, and below another mount (AC-20)" {
    inside "+mounts={bind: $share, at: /srv, write: true}" '+mounts={hide: /srv/file}' '+mounts={hide: /srv/sub}' -- sh -c \
        '/probe read /srv/file; /probe open /srv/file w; ls -A /srv/sub; cat /srv/file /srv/sub/file 2>/dev/null; exit 5'
    assert_equal "$status" 5
    refute_output --partial content
    refute_output --partial below
    refute_line ok
    assert_equal "$(cat "$share/file")" content
}

@test "hide: one that does not exist yet cannot be made either (AC-20)" {
    inside "+mounts={bind: $share, at: /srv, write: true}" '+mounts={hide: /srv/later}' -- sh -c \
        '/probe open /srv/later c; /probe mkdir /srv/later; /probe open /srv/other c; echo x >/srv/later; exit 5'
    assert_equal "$status" 5
    [ -e "$share/other" ]
    [ ! -s "$share/later" ] || fail "it was made and written: $output"
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

@test "nosuid on every mount, nodev on every mount but /dev's own nodes, also on mounts of the profile (AC-37)" {
    inside "+mounts={bind: $share, at: /srv, write: true}" '+mounts={tmpfs: 1M, at: /scratch, exec: true}' '+mounts={volume: tests-v4, at: /var/lib/v}' \
        root.show=[/var/cache] -- cat /proc/self/mountinfo
    assert_success
    run awk '$6 !~ /nosuid/ { print "no nosuid:", $5, $6 } $6 !~ /nodev/ && $5 !~ "^/dev(/|$)" { print "no nodev:", $5, $6 }' <<<"$output"
    assert_output ''
}

@test "the mounts of the host are not writable, not one of them" {
    run_cordon -- sh -c 'for d in / /usr /usr/bin /usr/share /etc /bin /lib /sbin /proc/sys /sys; do touch $d/.cordon-w 2>/dev/null && echo "wrote $d"; done; true'
    assert_success
    assert_output ''
}

@test "a set-id program of the host gives nothing (AC-37)" {
    requires root
    cp "$PROBE" "$share/set-id" && chown 0:0 "$share/set-id" && chmod 4755 "$share/set-id"
    inside "+mounts={bind: $share, at: /srv, owner: keep}" app.user=33 privileges.new-privileges=true -- /srv/set-id caps
    assert_output --regexp '^effective 0000000000000000'
}

@test "home is private, empty and the user's" {
    run_cordon -- sh -c 'echo "$HOME"; ls -A "$HOME"; echo x >"$HOME/x" && stat -c %u "$HOME"'
    assert_success
    assert_line --index 1 0
    assert_equal "${#lines[@]}" 2
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

@test "ordinary links of distributions work inside a root (AC-19)" {
    rootfs "$BATS_TEST_TMPDIR/root"
    mkdir "$BATS_TEST_TMPDIR/root/usr/lib/data" && ln -s /usr/lib "$BATS_TEST_TMPDIR/root/lib64"
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set "+mounts={bind: $share, at: /lib64/data}" -- sh -c 'cat /usr/lib/data/file /lib/data/file && readlink -f /var/run'
    assert_success
    assert_output $'content\ncontent\n/run'
}

@test "root.from: empty holds nothing but what is mounted" {
    run_cordon --set root.from=empty --mount "$PROBE:/probe" -- /probe fds
    assert_success
    assert_output '0 1 2 '
    run_cordon --set root.from=empty --mount "$PROBE:/probe" -- /probe open /usr
    assert_output ENOENT
}

# Hostile roots: a name that cordon will use is a link to a canary outside, as an absolute path, with .., and dangling.
hostile() { # NAME-IN-ROOT: prints the ways
    local root=$BATS_TEST_TMPDIR/root way target
    rm -rf "$root" && rootfs "$root"
    for way in absolute up dangling proc; do
        canary
        case $way in
        absolute) target=$canary/folder ;;
        up) target=../../../../../../../..$canary/folder ;;
        dangling) target=$canary/none ;;
        proc) target=/proc/self/root$canary/folder ;;
        esac
        rm -rf "${root:?}/$1"
        ln -s "$target" "$root/$1"
        run_cordon --root "$root" "${@:2}" -- sh -c 'echo ran'
        # Refused, or run inside: never anything outside.
        [ "$status" -eq 0 ] || [ "$status" -eq 125 ] || [ "$status" -eq 127 ] || fail "$way: status $status: $output"
        canary_untouched || fail "$way: the canary changed: $output"
    done
}

@test "a root whose /dev is a link touches nothing outside (AC-08, AC-12)" {
    hostile dev
    hostile dev --set root.write=direct
}

@test "a root whose /proc is a link touches nothing outside (AC-09, AC-24)" {
    hostile proc
    hostile proc --set root.write=direct
}

@test "a root whose /sys is a link touches nothing outside (AC-10)" {
    hostile sys
    hostile sys --set root.write=direct
}

@test "a root whose /tmp or /run is a link touches nothing outside (AC-11)" {
    hostile tmp --set root.write=direct
    hostile run --set root.write=direct
}

@test "a mount's target that is a link touches nothing outside (AC-11, AC-12)" {
    hostile srv --set "+mounts={bind: $share, at: /srv, write: true}" --set root.write=direct
    hostile srv --set "+mounts={bind: $share, at: /srv/deeper/folder}" --set root.write=direct
    hostile srv --set '+mounts={tmpfs: 1M, at: /srv}' --set root.write=direct
    hostile srv --set '+mounts={volume: tests-v5, at: /srv/volume}' --set root.write=direct
    hostile srv --set '+mounts={hide: /srv/later}' --set root.write=direct
}

@test "generated files whose target is a link touch nothing outside (AC-16)" {
    local name
    for name in hosts resolv.conf hostname machine-id; do
        hostile etc/$name --set root.write=direct
    done
    hostile etc --set root.write=direct
}

@test "a working folder that is a link stays inside (AC-13)" {
    hostile srv --set app.workdir=/srv --set root.write=direct
    hostile srv --set app.workdir=/srv/made/here --set root.write=direct
}

@test "a home that is a link touches nothing outside (AC-12)" {
    hostile root --set root.write=direct
    hostile home --set root.write=direct
}

@test "/etc/passwd as a link, a FIFO, a device, huge, or one long line is no help and no hang (AC-15)" {
    requires ids
    local root=$BATS_TEST_TMPDIR/root
    rootfs "$root"
    rm "$root/etc/passwd" && ln -s /etc/shadow "$root/etc/passwd"
    CORDON_TIMEOUT=10 run_cordon --root "$root" --user web -- id -u
    assert_equal "$status" 125
    rm "$root/etc/passwd" && mkfifo "$root/etc/passwd"
    CORDON_TIMEOUT=10 run_cordon --root "$root" --user web -- id -u
    assert_equal "$status" 125
    rm "$root/etc/passwd" && truncate -s 10G "$root/etc/passwd"
    CORDON_TIMEOUT=10 run_cordon --root "$root" --user web -- id -u
    assert_equal "$status" 125
    rm "$root/etc/passwd" && { head -c 1048576 /dev/zero | tr '\0' x && echo && echo web:x:33:33::/srv:/bin/sh; } >"$root/etc/passwd"
    CORDON_TIMEOUT=10 run_cordon --root "$root" --user web -- id -u
    [ "$status" -eq 125 ] || assert_line 33
}

@test "a root that is itself a link is the folder it leads to, or refused (AC-17)" {
    rootfs "$BATS_TEST_TMPDIR/real" && ln -s real "$BATS_TEST_TMPDIR/link"
    run_cordon --root "$BATS_TEST_TMPDIR/link" -- busybox echo hello
    [ "$status" -eq 125 ] || assert_output hello
}

@test "a target that is exchanged with a link all the time leads nowhere outside (AC-11, AC-12)" {
    local root=$BATS_TEST_TMPDIR/root i
    rootfs "$root" && canary
    mkdir "$root/srv/data" && ln -s "$canary" "$root/swap"
    "$PROBE" swap "$root/srv/data" "$root/swap" 3>&- &
    local swapper=$!
    for i in {1..20}; do
        run_cordon --root "$root" --set root.write=direct --set '+mounts={tmpfs: 1M, at: /srv/data/made}' -- true
        run_cordon --root "$root" --set root.write=direct --set "+mounts={bind: $share, at: /srv/data, write: true}" -- touch /srv/data/x
    done
    kill "$swapper"
    canary_untouched
}

@test "a bind source that is exchanged with a link all the time is one of the two, whole (AC-18)" {
    local i
    mkdir "$BATS_TEST_TMPDIR/other" && echo other >"$BATS_TEST_TMPDIR/other/file" && ln -s other "$BATS_TEST_TMPDIR/link"
    "$PROBE" swap "$share" "$BATS_TEST_TMPDIR/link" 3>&- &
    local swapper=$!
    for i in {1..20}; do
        run_cordon --mount "$share:/srv" -- sh -c 'cat /srv/file; cat /srv/file'
        case $output in $'content\ncontent' | $'other\nother') ;; *) [ "$status" -eq 125 ] || break ;; esac
    done
    kill "$swapper"
    [ "$i" -eq 20 ] || fail "run $i: $output"
}

@test "a mount at a path that is not absolute and normal is refused (AC-21)" {
    local at
    for at in '' relative /a/../b /..; do
        run_cordon --set "+mounts={tmpfs: 1M, at: '$at'}" -- true
        assert_equal "$status" 125
    done
}

@test "a mount over /proc is refused or does not blind the checks (AC-24)" {
    canary
    run_cordon --set "+mounts={bind: $canary, at: /proc, write: true}" -- sh -c 'ls /proc'
    canary_untouched
    [ "$status" -eq 0 ] || assert_equal "$status" 125
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
