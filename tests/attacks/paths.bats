# Path resolution in a hostile root: names that cordon will use lead out of it, to a canary outside that nothing may change.
load ../helpers/container

setup() {
    root=$BATS_TEST_TMPDIR/root share=$BATS_TEST_TMPDIR/share
    mkdir "$share" && echo content >"$share/file" && chmod 0755 "$share"
}

teardown() {
    local pid
    for pid in ${swapper:-} ${listener:-}; do
        kill "$pid" 2>/dev/null || true
    done
}

# swap A B: exchanges two names without a pause, until unswap.
swap() {
    "$PROBE" swap "$1" "$2" 3>&- &
    swapper=$!
}
unswap() {
    kill "$swapper" || fail 'nothing was exchanged any more'
    swapper=
}

# lead NAME WAY: in the root this name is a link to the canary; what led elsewhere before is put back.
lead() {
    local target
    [ -e "$root" ] || { rootfs "$root" && mkdir "$root/.kept" "$root/sys/fs" && canary; }
    unlead
    case $2 in
    absolute) target=$canary/folder ;;
    up) target=../../../../../../../..$canary/folder ;;
    dangling) target=$canary/none ;;
    magic) target=/proc/self/root$canary/folder ;;
    swap) target=$canary/folder ;;
    esac
    led=$1
    if [ "$2" = swap ]; then
        [ -e "$root/$1" ] || echo mine >"$root/$1"
        ln -s "$target" "$root/.kept/link"
        swap "$root/$1" "$root/.kept/link"
    else
        [ ! -e "$root/$1" ] || mv "$root/$1" "$root/.kept/it"
        ln -s "$target" "$root/$1"
    fi
}
unlead() {
    [ -n "${led:-}" ] || return 0
    if [ -L "$root/$led" ]; then
        rm "$root/$led"
    else
        rm -f "$root/.kept/link"
    fi
    # After an exchange the thing itself may lie at either name.
    [ ! -e "$root/.kept/it" ] || mv "$root/.kept/it" "$root/$led"
    [ ! -e "$root/.kept/link" ] || mv "$root/.kept/link" "$root/$led"
    led=
}

# hostile NAME OPTION…: every way to lead it out, or those in $ways, and a bounded number of starts against it.
hostile() {
    local way try tries
    for way in ${ways:-absolute up dangling magic swap}; do
        lead "$1" "$way"
        tries=1
        [ "$way" != swap ] || tries=4
        for ((try = 0; try < tries; try++)); do
            run_cordon --root "$root" "${@:2}" -- sh -c 'echo ran'
            # Refused, with a word about the name, or run inside: never anything outside.
            [ "$status" -ne 125 ] || assert_output --regexp "(/$1|'$1'|link|loop|symbolic)"
            [ "$status" -eq 0 ] || [ "$status" -eq 125 ] || [ "$status" -eq 127 ] || fail "$1, $way: status $status: $output"
        done
        [ "$way" != swap ] || unswap
        canary_untouched || fail "$1, $way: the canary changed: $output"
    done
}

# escapes NAME OPTION…: the same against a start that resolves names as any other program would: the canary changes.
escapes() {
    lead "$1" absolute
    weakly 'resolve,settle links' run_cordon --root "$root" "${@:2}" -- true
    ! canary_untouched >/dev/null || fail "this attack bites nobody: $output"
    canary
}

# displaced NAME LOOK: with a link there, a start that follows it mounts over the host's folder, and the app runs without what the
# plan said it would get: LOOK finds nothing. Refused with the reason.
displaced() {
    local way
    for way in absolute up magic; do
        lead "$1" "$way"
        # With .. it comes to nothing even there: the new root lies on the old one.
        [ $way = up ] || {
            weakly resolve run_cordon --root "$root" --set root.write=direct -- sh -c "echo ran; test -e $2 || echo bare"
            assert_output $'ran\nbare'
        }
        run_cordon --root "$root" --set root.write=direct -- sh -c "echo ran; test -e $2 || echo bare"
        assert_equal "$status" 125
        assert_line --index 0 --regexp "/$1 of the root is a link"
    done
}

@test "a root whose /dev is a link is refused, and touches nothing outside (AC-08, AC-12)" {
    displaced dev /dev/null
    ways='absolute swap' hostile dev
    hostile dev --set root.write=direct
}

@test "a root whose /proc is a link is refused, and touches nothing outside (AC-09, AC-24)" {
    displaced proc /proc/self
    ways='absolute swap' hostile proc
    hostile proc --set root.write=direct
}

@test "a root whose /sys is a link is refused, and touches nothing outside (AC-10)" {
    displaced sys /sys/kernel
    hostile sys --set root.write=direct
    ways='absolute swap' hostile sys/fs --set root.write=direct
    unlead
    mkdir -p "$root/sys/fs/cgroup"
    ways='absolute swap' hostile sys/fs/cgroup --set root.write=direct
}

@test "where a link leads out, the mount would be seen in the host's folder (AC-08)" {
    requires plain # whose container opens the bind itself; after /dev, what was put over the folder comes along
    lead dev absolute
    weakly 'resolve,sources first' run_cordon --root "$root" --mount "$canary:/srv" -- ls /srv/folder
    assert_line null
    run_cordon --root "$root" --mount "$canary:/srv" -- ls /srv/folder
    assert_equal "$status" 125
}

@test "a root whose /tmp, /run or home is a link touches nothing outside (AC-11, AC-12)" {
    escapes home --set '+mounts={bind: /usr/share, at: /home/made/here}' --set root.write=direct
    hostile home --set '+mounts={bind: /usr/share, at: /home/made/here}' --set root.write=direct
    local name ways='absolute dangling'
    for name in tmp run root; do
        hostile $name --set root.write=direct
    done
}

@test "a mount's target, or a folder above it, that is a link touches nothing outside (AC-11, AC-12)" {
    local entry ways=
    for entry in "{bind: $share, at: /srv/deeper/folder}" '{tmpfs: 1M, at: /srv/made}' '{volume: tests-v5, at: /srv/volume}' \
        '{hide: /srv/later}'; do
        escapes srv --set "+mounts=$entry" --set root.write=direct
        hostile srv --set "+mounts=$entry" --set root.write=direct
        ways='absolute dangling'
    done
    hostile srv --set "+mounts={bind: $share, at: /srv, write: true}" --set root.write=direct
    hostile srv --set '+mounts={tmpfs: 1M, at: /srv}' --set root.write=direct
}

# into_dev NUMBER: a link of the root to where that descriptor of the container, taken for one of /proc, leads into the canary.
into_dev() {
    local place=dev/fd/$1/self/root$canary/folder/made
    rm -rf "$root/dev/fd" "$root/led"
    mkdir -p "$root/$place" && ln -s "/$place" "$root/led"
}

@test "nothing is made through a link of the container's own /dev, whatever the root leads into it (AC-11, AC-12)" {
    local number bitten=
    lead srv absolute
    unlead
    for number in {3..40}; do
        into_dev "$number"
        weakly 'settled places,own folders' run_cordon --root "$root" --mount "$share:/led" -- true
        [ ! -e "$canary/folder/made" ] || { bitten=$number && break; }
    done
    [ -n "$bitten" ] || fail 'this attack bites nobody'
    canary
    for number in $((bitten - 1)) "$bitten" $((bitten + 1)); do
        into_dev "$number"
        run_cordon --root "$root" --mount "$share:/led" -- true
        assert_equal "$status" 125
        assert_output --partial 'a link of the root leads from /led to /dev/fd/'
        # The second wall, and the only one where the profile itself says so.
        weakly 'settled places' run_cordon --root "$root" --mount "$share:/led" -- true
        assert_equal "$status" 125
        run_cordon --root "$root" --mount "$share:$(readlink "$root/led")" -- true
        assert_equal "$status" 125
        canary_untouched
    done
}

@test "generated files whose target or folder is a link touch nothing outside (AC-16)" {
    local name ways=
    escapes etc --set root.write=direct
    hostile etc --set root.write=direct
    ways='absolute dangling'
    for name in hosts resolv.conf hostname machine-id; do
        hostile etc/$name --set root.write=direct
    done
}

@test "a working folder behind a link is entered inside or not at all, and never made (AC-13)" {
    # As a launcher would that makes it by name, from outside.
    lead srv absolute
    mkdir -p "$root/srv/made/here"
    ! canary_untouched >/dev/null || fail 'this attack bites nobody'
    canary
    hostile srv --set app.workdir=/srv --set root.write=direct
    hostile srv --set app.workdir=/srv/made/here --set root.write=direct
    # In its own root a link leads nowhere else, but for one that leads to a descriptor.
    unlead
    rmdir "$root/srv" && ln -s /proc/self/fd/8 "$root/srv"
    exec 8<"$canary"
    weakly resolve run_cordon --root "$root" --set app.workdir=/srv -- cat file
    local reached=$output
    run_cordon --root "$root" --set app.workdir=/srv -- cat file
    exec 8<&-
    assert_equal "$reached" secret
    assert_equal "$status" 125
}

@test "a state folder that is a link or that others could write is refused (AC-14)" {
    local folder words=(run --rm --name tests-linked -- true)
    canary
    ln -s "$canary" "$BATS_TEST_TMPDIR/state"
    for folder in "$BATS_TEST_TMPDIR/state" "$canary"; do
        weakly own-folder run bash -c '"$CORDON" --state "$0" "$@"' "$folder" "${words[@]}"
        assert_success
        ! canary_untouched >/dev/null || fail 'this attack bites nobody'
        canary
        run "$CORDON" --state "$folder" "${words[@]}"
        assert_equal "$status" 125
        assert_output --partial "$folder"
        canary_untouched
    done
}

@test "a volume that an earlier run has replaced by a link is refused (AC-14)" {
    local use='+mounts={volume: tests-v6, at: /srv, write: true}'
    canary
    run_cordon --set "$use" -- true
    assert_success
    rmdir "$LANE_DIR/data/volumes/tests-v6" && ln -s "$canary" "$LANE_DIR/data/volumes/tests-v6"
    weakly own-folder run_cordon --set "$use" -- ls /srv
    local seen=$output
    run_cordon --set "$use" -- ls /srv
    rm "$LANE_DIR/data/volumes/tests-v6"
    [[ $seen == *folder* ]] || fail "this attack bites nobody: $seen"
    assert_equal "$status" 125
    assert_output --partial "$LANE_DIR/data/volumes/tests-v6"
    assert_output --partial 'mounts'
}

@test "/etc/passwd as a link, a FIFO, a device, huge, or one long line is no help and no hang (AC-15)" {
    requires ids
    local CORDON_TIMEOUT=10 ask=(--root "$root" --user web -- id -u)
    rootfs "$root"
    printf 'web:x:34:34::/:/bin/sh\n' >"$BATS_TEST_TMPDIR/passwd"
    ln -sf "$BATS_TEST_TMPDIR/passwd" "$root/etc/passwd"
    weakly resolve run_cordon "${ask[@]}"
    assert_output 34
    run_cordon "${ask[@]}"
    assert_equal "$status" 125

    rm "$root/etc/passwd" && mkfifo "$root/etc/passwd"
    CORDON_TIMEOUT=1 weakly regular run_cordon "${ask[@]}"
    assert_equal "$status" 124
    run_cordon "${ask[@]}"
    assert_equal "$status" 125

    rm "$root/etc/passwd" && truncate -s 10G "$root/etc/passwd"
    CORDON_TIMEOUT=1 weakly regular run_cordon "${ask[@]}"
    assert_equal "$status" 124
    run_cordon "${ask[@]}"
    assert_equal "$status" 125
    if [ "$LANE" = root ]; then
        rm "$root/etc/passwd" && cp -a /dev/zero "$root/etc/passwd"
        run_cordon "${ask[@]}"
        assert_equal "$status" 125
    fi
    rm "$root/etc/passwd" && { head -c 1048576 /dev/zero | tr '\0' x && echo && echo web:x:33:33::/srv:/bin/sh; } >"$root/etc/passwd"
    run_cordon "${ask[@]}"
    [ "$status" -eq 125 ] || assert_line 33
}

@test "a home that the root's own passwd says in a form that leads out makes nothing outside (AC-12, AC-15)" {
    local home
    rootfs "$root" && canary && ln -s "$canary/folder" "$root/out"
    printf 'root:x:0:0::%s:/bin/sh\n' //dev/../out/made >"$root/etc/passwd"
    weakly 'paths,own folders' run_cordon --root "$root" -- true
    ! canary_untouched >/dev/null || fail "this attack bites nobody: $output"
    canary
    for home in //dev/../out/made /srv/../out/made /./out/made //out/made /dev/../out/made /../out/made; do
        printf 'root:x:0:0::%s:/bin/sh\n' "$home" >"$root/etc/passwd"
        run_cordon --root "$root" -- true
        assert_success
        canary_untouched
    done
    printf 'root:x:0:0::/srv/:/bin/sh\n' >"$root/etc/passwd"
    run_cordon --root "$root" -- sh -c 'echo mine >/srv/file && stat -f -c %T /srv'
    assert_output tmpfs
}

# by_name FOLDER: a launcher that looks and then uses, by name: the two need not be the same. At most so many rounds.
by_name() {
    local i
    for i in {1..2000}; do
        [ "$(cat "$1/file")" = "$(cat "$1/file")" ] || return 0
    done
    fail 'this attack bites nobody'
}

@test "a root that is a link, or exchanged with another all the time, is one of the two, whole (AC-17)" {
    local i other=$BATS_TEST_TMPDIR/other
    rootfs "$root" && rootfs "$other" && echo content >"$root/file" && echo other >"$other/file"
    ln -s root "$BATS_TEST_TMPDIR/link"
    run_cordon --root "$BATS_TEST_TMPDIR/link" -- cat /file
    assert_output content
    # The user comes from the one whose files are shown: what names him is read before the mounts are made.
    sed -i 's/^web:x:33:/web:x:44:/' "$other/etc/passwd"
    one_of_two() {
        case $output in $'content\ncontent\n33' | $'other\nother\n44') ;; *) return 1 ;; esac
    }
    local start=(--root "$root" --set app.user=web -- sh -c 'cat /file /file; id -u') whole=0
    swap "$root" "$other"
    for i in {1..60}; do
        weakly 'same root' run_cordon "${start[@]}"
        [ "$status" -eq 0 ] && one_of_two || break
    done
    assert_success
    [ "$i" -lt 60 ] || fail 'this attack bites nobody'
    for i in {1..12}; do
        run_cordon "${start[@]}"
        if one_of_two; then
            whole=$((whole + 1))
        else
            assert_equal "$status" 125
            assert_line --index 0 --partial 'is another folder than the one in which the users were looked up'
        fi
    done
    unswap
    [ "$whole" -gt 0 ]
}

@test "a source whose way climbs to the top is the host's, and not what a stranger's root has there (AC-14, AC-18)" {
    local up=../../../../../../../../../.. way others
    rootfs "$root" && canary
    ln -s "$up$share" "$BATS_TEST_TMPDIR/relative" # as /etc/localtime is, and /etc/os-release
    mkdir -m 0755 "$BATS_TEST_TMPDIR/other" # and not deep: /var/tmp, mounted before, would cover what the root has there
    mkdir -p "$root${share%/*}" && ln -s "$canary" "$root$share"
    climbs() { # OPTION…
        run_cordon --root "$root" --mount "$way:/srv" "$@" -- cat /srv/file
    }
    for way in "$BATS_TEST_TMPDIR/relative" "$share/$up$share"; do
        # Root's launcher opens it, outside.
        if [ "$LANE" != root ]; then
            weakly 'sources first' climbs
            assert_output secret
        fi
        climbs
        assert_output content
        climbs --mount "$BATS_TEST_TMPDIR/other:/home:rw"
        assert_output content
        climbs --set root.write=discard
        assert_output content
    done
    # The root itself, where what is written on it lies in memory.
    ln -s "$up$root" "$BATS_TEST_TMPDIR/root-of-it"
    run_cordon --root "$BATS_TEST_TMPDIR/root-of-it" --set root.write=discard -- sh -c 'echo x >/srv/file && echo ran'
    assert_output ran
}

@test "a new volume's folder is given to its user, and nothing that is exchanged with it (AC-18)" {
    requires user
    local i before ran=0
    mkdir -m 0777 "$share/cache" "$share/.git" && ln -s .git "$share/link" && chmod 0777 "$share"
    before=$(stat -c %u:%g "$share/.git")
    own() { # NAME
        run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {volume: $1, at: /srv/cache}]" --user 33 -- true
    }
    swap "$share/cache" "$share/link"
    for i in {1..60}; do
        weakly 'sources first' own "tests-weak-$i"
        [ "$(stat -c %u:%g "$share/.git")" = "$before" ] || break
    done
    [ "$i" -lt 60 ] || fail 'this attack bites nobody'
    unswap
    rm -rf "$share/cache" "$share/.git" "$share/link"
    mkdir -m 0777 "$share/cache" "$share/.git" && ln -s .git "$share/link"
    swap "$share/cache" "$share/link"
    for i in {1..20}; do
        own "tests-own-$i"
        ran=$((ran + (status == 0)))
    done
    unswap
    [ "$ran" -gt 0 ]
    assert_equal "$(stat -c %u:%g "$share/.git")" "$before"
}

@test "a bind source that is exchanged with a link all the time is one of the two, whole" {
    local i
    mkdir "$BATS_TEST_TMPDIR/other" && echo other >"$BATS_TEST_TMPDIR/other/file" && ln -s other "$BATS_TEST_TMPDIR/link"
    swap "$share" "$BATS_TEST_TMPDIR/link"
    by_name "$share"
    for i in {1..20}; do
        run_cordon --mount "$share:/srv" -- sh -c 'cat /srv/file; cat /srv/file'
        assert_success
        case $output in $'content\ncontent' | $'other\nother') ;; *) fail "run $i: $output" ;; esac
    done
    unswap
}

@test "a link that the app leaves where a later run looks for a source leads nowhere (AC-14, AC-18)" {
    canary
    local mounts="mounts=[{bind: $share, at: /srv, write: true}, {bind: $share/up, at: /up, write: true}]" link
    later() {
        run_cordon --set "$mounts" -- sh -c 'echo changed >/up/file; cat /up/file'
    }
    anew() {
        rm -rf "$share" && mkdir -p "$share/up/in" && chmod -R a+rwX "$share"
        inside "$mounts" -- sh -c "$1"
        assert_success
    }
    for link in "rmdir /srv/up/in /srv/up && ln -s $canary /srv/up" "rm -r /srv/up; ln -s $(realpath --relative-to="$share" "$canary") /srv/up"; do
        anew "$link"
        weakly 'links below' later
        assert_output changed
        canary
        anew "$link"
        later
        assert_failure 125
        assert_output --partial "mounts[1]"
        assert_output --partial "'up' on the way is a link in a folder that the app may write to"
        canary_untouched
    done
    # Above it as well, for a folder that is made, for a secret, and a place that is kept empty.
    anew "rm -r /srv/up; ln -s $canary /srv/up"
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {bind: $share/up/made, at: /up, create: true}]" -- true
    assert_failure 125
    with_secret() {
        run_cordon --trust --set "mounts=[{bind: $share, at: /srv, write: true}]" --set "secrets=[{name: key, from: $share/up/key}]" -- \
            cat /run/secrets/key
    }
    mkdir "$BATS_TEST_TMPDIR/private" && (umask 077 && echo hidden >"$BATS_TEST_TMPDIR/private/key")
    rm "$share/up" && ln -s "$BATS_TEST_TMPDIR/private" "$share/up"
    weakly 'links below' with_secret
    assert_output hidden
    with_secret
    assert_failure 125
    rm "$share/up" && ln -s "$canary" "$share/up"
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {bind: $share/up, at: /up, write: true}, {hide: /up/none}]" -- true
    assert_failure 125
    # Whatever the folder is called, and also where it is only on the way.
    local here=$BATS_TEST_TMPDIR way
    ln -s "$share" "$here/alias" && ln -s "$share/up" "$here/current" && mkdir "$share/x"
    for way in "$here/alias: $share/up" "$share: $here/alias/up" "$share: $share/x/../up" "$share: $here/current" "$share: $here/x/../alias/up/folder"; do
        mkdir -p "$here/x"
        run_cordon --set "mounts=[{bind: ${way%: *}, at: /srv, write: true}, {bind: ${way#*: }, at: /up, write: true}]" -- true
        assert_failure 125
        assert_output --partial "that the app may write to"
    done
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}]" --set "root.show=[$share/up]" -- true
    assert_failure 125
    assert_output --partial "that the app may write to"
    canary_untouched
    # What it did not make is found: itself, and what lies beside it.
    anew true
    later
    assert_output changed
    run_cordon --set "mounts=[{bind: $here/alias, at: /srv, write: true}, {bind: $here/alias/up, at: /up}]" -- true
    assert_success
    mkdir -p "$BATS_TEST_TMPDIR/beside" && echo beside >"$BATS_TEST_TMPDIR/beside/file"
    chmod 755 "$BATS_TEST_TMPDIR/beside"
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {bind: $share/../beside, at: /up}]" -- cat /up/file
    assert_output beside
    (umask 077 && echo beside >"$BATS_TEST_TMPDIR/beside/key")
    run_cordon --trust --set "mounts=[{bind: $share, at: /srv, write: true}]" --set "secrets=[{name: key, from: $share/../beside/key}]" -- \
        cat /run/secrets/key
    assert_output beside
    run_cordon --trust --set "mounts=[{bind: $share, at: /srv, write: true}]" \
        --set "secrets=[{name: key, from: $share/none/key, optional: true}]" -- ls -A /run/secrets
    assert_success
}

@test "a folder above what is read-only cannot be renamed, so that what the host runs there could be made anew (AC-20)" {
    local try='mv /srv/.git /srv/x; mkdir -p /srv/.git/hooks && echo evil >/srv/.git/hooks/commit && echo made'
    anew() {
        rm -rf "$share" && mkdir -p "$share/.git/hooks" && echo good >"$share/.git/hooks/commit" && chmod -R a+rwX "$share"
        run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {bind: $share/.git/hooks, at: /srv/.git/hooks}]" -- sh -c "$1"
    }
    weakly 'hold a folder in place' anew "$try"
    assert_output made
    assert_equal "$(cat "$share/.git/hooks/commit")" evil
    anew "$try"
    refute_line made
    assert_equal "$(cat "$share/.git/hooks/commit")" good
}

@test "nor what is above a volume or memory that is read-only, and a place behind a link is refused (AC-20)" {
    local kind mounts try='mv /srv/.git /srv/x; mkdir -p /srv/.git/hooks && echo evil >/srv/.git/hooks/commit && echo made'
    for kind in '{volume: tests-hold, at: /srv/.git/hooks, write: false}' '{tmpfs: 1M, at: /srv/.git/hooks, write: false}'; do
        rm -rf "$share" && mkdir -p "$share/.git/hooks" && chmod -R a+rwX "$share"
        mounts="mounts=[{bind: $share, at: /srv, write: true}, $kind]"
        run_cordon --set "$mounts" -- sh -c "$try; exit 5"
        assert_failure 5
        refute_line made
        [ ! -e "$share/x" ]
    done
    rm -r "$share/.git" && mkdir -p "$share/other/hooks" && ln -s other "$share/.git"
    run_cordon --set "mounts=[{bind: $share, at: /srv, write: true}, {bind: $BATS_TEST_TMPDIR, at: /srv/.git/hooks}]" -- true
    assert_failure 125
    assert_output --partial 'name the place without the link'
}

@test "what is hidden, read-only or mounted over where the app may write is no link, which it could make anew (AC-20)" {
    local entry try='rm /srv/.tools; mkdir /srv/.tools; echo evil >/srv/.tools/run' folder=$BATS_TEST_TMPDIR/linked
    anew() {
        rm -rf "$folder" && mkdir -p "$folder/conf" && ln -s conf "$folder/.tools"
    }
    mkdir "$BATS_TEST_TMPDIR/other"
    for entry in '{hide: /srv/.tools}' "{bind: $BATS_TEST_TMPDIR/other, at: /srv/.tools}" '{tmpfs: 1M, at: /srv/.tools, write: false}'; do
        anew
        weakly 'steady places' run_cordon --set "mounts=[{bind: $folder, at: /srv, write: true}, $entry]" -- sh -c "$try"
        assert_equal "$(cat "$folder/.tools/run")" evil
        anew
        run_cordon --set "mounts=[{bind: $folder, at: /srv, write: true}, $entry]" -- sh -c "$try"
        assert_equal "$status" 125
        assert_output --partial 'name the place without the link'
        [ -L "$folder/.tools" ]
    done
    # By its own name it is.
    run_cordon --set "mounts=[{bind: $folder, at: /srv, write: true}, {hide: /srv/conf}]" -- sh -c 'mv /srv/conf /srv/c; rmdir /srv/conf; ls -A /srv/conf && echo ran'
    assert_line ran
    [ -d "$folder/conf" ]
}

@test "a link of the root does not lead a hide, or what is read-only, away from what is mounted above it (AC-20)" {
    local at decoy
    rm -rf "$share" && mkdir -p "$share/.git/hooks" && echo secret >"$share/key" && chmod -R a+rwX "$share"
    lead srv absolute
    unlead
    for at in data d2; do
        mkdir -p "$root/d2" "$root/srv/decoy" "$root/srv/o/hooks"
        [ $at = data ] && mkdir -p "$root/data" || ln -sfn d2 "$root/data"
        ln -sfn /srv/decoy "$root/$at/key" && ln -sfn /srv/o "$root/$at/.git"
        run_cordon --root "$root" --set "mounts=[{bind: $share, at: /data, write: true}]" -- cat /data/key
        assert_output secret
        run_cordon --root "$root" --set "mounts=[{bind: $share, at: /data, write: true}, {hide: /data/key}]" -- sh -c 'cat /data/key; echo ran'
        assert_output ran
        run_cordon --root "$root" --set "mounts=[{bind: $share, at: /data, write: true}, {bind: $share/.git/hooks, at: /data/.git/hooks}]" \
            -- sh -c 'echo evil >/data/.git/hooks/commit; mv /data/.git /data/x; echo ran'
        assert_line ran
        [ ! -e "$share/x" ] && [ ! -e "$share/.git/hooks/commit" ]
        rm -rf "$root/data" "$root/d2"
    done
}

@test "nor does one that leads to nothing before /proc is there, or that root.hide knows nothing of, or a place with two names (AC-20)" {
    local secret=$BATS_TEST_TMPDIR/hidden
    mkdir -p "$secret/.git/hooks" && echo secret >"$secret/key" && chmod -R a+rwX "$secret"
    lead srv absolute
    unlead
    mkdir -p "$root/d" "$root/d2" "$root/opt/vendor/app" "$root/var/tmp"
    ln -s /d "$root/var/tmp/l" && ln -s 'proc/sys/../../var/tmp/l' "$root/later" && ln -s d2 "$root/data" && ln -s opt/vendor/app "$root/app"
    # Where it is mounted once the memory on /var/tmp covers the rest of the way.
    run_cordon --root "$root" --set "mounts=[{bind: $secret, at: /d}]" -- cat /d/key
    assert_output secret
    run_cordon --root "$root" --set "mounts=[{bind: $secret, at: /later}, {hide: /later/key}]" -- \
        sh -c 'cat /d/key /later/key /var/tmp/l/key 2>/dev/null; ls /later; echo ran'
    assert_output $'key\nran'
    # A link to a folder is written with a slash at its end, too.
    ln -s /run/./app/ "$root/slash"
    run_cordon --root "$root" --set root.write=discard --set "mounts=[{bind: $secret, at: /run/app}, {hide: /slash/key}]" -- sh -c 'cat /run/app/key; echo ran'
    assert_output ran
    run_cordon --root "$root" --set root.hide=[/data/.git/hooks] --set "mounts=[{bind: $secret, at: /data, write: true}]" -- \
        sh -c 'mv /data/.git /data/x; mkdir -p /data/.git/hooks; echo evil >/data/.git/hooks/commit; echo ran'
    assert_line ran
    [ ! -e "$secret/x" ] && [ ! -e "$secret/.git/hooks/commit" ]
    run_cordon --root "$root" --set "mounts=[{bind: $secret, at: /opt/vendor/app}, {hide: /app/key}]" -- sh -c 'cat /opt/vendor/app/key; echo ran'
    assert_output ran
    # The place that is hidden by another name is a link of the root's too, below what covers it.
    ln -s /srv/decoy "$root/opt/vendor/app/key" && mkdir -p "$root/srv/decoy" "$root/run/app" && ln -s /srv/decoy "$root/run/app/key"
    run_cordon --root "$root" --set "mounts=[{bind: $secret, at: /opt/vendor/app}, {hide: /app/key}]" -- sh -c 'cat /opt/vendor/app/key; echo ran'
    assert_output ran
    run_cordon --root "$root" --set root.write=discard --set "mounts=[{bind: $secret, at: /run/app}, {hide: /var/run/app/key}]" -- sh -c 'cat /run/app/key; echo ran'
    assert_output ran
    # A folder that is held later, with a mount below it already, keeps that one's masks.
    run_cordon --root "$root" --set root.write=direct \
        --set "mounts=[{bind: $secret, at: /var/tmp/data}, {bind: $secret, at: /var/lib/x}, {hide: /var/tmp/data/key}]" -- sh -c 'cat /var/tmp/data/key; echo ran'
    assert_output ran
    rm -r "$root"/{d,d2,later,slash,data,app,var/tmp/l,var/lib,opt,run/app,srv/decoy}
}

@test "what can be written to is not led elsewhere either, by a link that an earlier run left in what it lies in (AC-14, AC-20)" {
    local outer=$BATS_TEST_TMPDIR/outer use
    mkdir -p "$outer/a/b" && chmod -R a+rwX "$outer"
    use="mounts=[{bind: $outer, at: /w, write: true}, {volume: tests-inner, at: /w/a/b}]"
    run_cordon --set "$use" -- sh -c 'mv /w/a /w/c; echo ran'
    assert_line ran
    [ -d "$outer/a/b" ] && [ ! -e "$outer/c" ]
    run_cordon --set "mounts=[{bind: $outer, at: /w, write: true}]" -- sh -c 'mv /w/a /w/c; mkdir /w/a; ln -s /usr/share /w/a/b'
    assert_success
    run_cordon --set "$use" -- ls -A /usr/share
    assert_equal "$status" 125
    assert_output --partial 'name the place without the link'
}

@test "what is looked at is what is mounted: a socket that is exchanged with a folder all the time is a socket, or refused (AC-18)" {
    local i socket=$BATS_TEST_TMPDIR/socket shown=0 refused=0
    "$PROBE" listen "$socket" 3>&- &
    listener=$!
    wait_for 30 test -S "$socket"
    # A launcher that looks and then mounts, by name.
    looked() {
        for ((i = 0; i < 5000; i++)); do
            [ -S "$socket" ] && [ -e "$socket/file" ] && return
        done
        fail 'this attack bites nobody'
    }
    swap "$socket" "$share"
    looked
    for i in {1..60}; do
        [ "$shown" -lt 3 ] || [ "$refused" -lt 3 ] || break
        run_cordon --set "sockets.unix=[$socket]" -- sh -c "[ -S $socket ] && echo socket; cat $socket/file"
        case $status in
        125) refused=$((refused + 1)) && assert_output --partial 'is not a socket' ;;
        *) shown=$((shown + 1)) && assert_line socket && refute_line content ;;
        esac
    done
    unswap
    [ "$shown" -gt 0 ] && [ "$refused" -gt 0 ]
}

@test "a target that is exchanged with a link all the time leads nowhere outside (AC-11, AC-12)" {
    local i options=(--set root.write=direct --set '+mounts={tmpfs: 1M, at: /srv/data/made}')
    rootfs "$root" && canary
    mkdir "$root/srv/data" && ln -s "$canary" "$root/swap"
    swap "$root/srv/data" "$root/swap"
    for i in {1..50}; do
        weakly 'resolve,settle links' run_cordon --root "$root" "${options[@]}" -- true
        canary_untouched >/dev/null || break
    done
    [ "$i" -lt 50 ] || fail 'this attack bites nobody'
    canary
    local ran=0
    for i in {1..20}; do
        run_cordon --root "$root" "${options[@]}" -- true
        ran=$((ran + (status == 0)))
        run_cordon --root "$root" --set root.write=direct --set "+mounts={bind: $share, at: /srv/data, write: true}" -- touch /srv/data/x
    done
    unswap
    [ "$ran" -gt 0 ]
    canary_untouched
}

@test "ordinary links of distributions work inside a root (AC-19)" {
    rootfs "$root"
    mkdir "$root/usr/lib/data" && ln -s /usr/lib "$root/lib64"
    run_cordon --root "$root" --set "+mounts={bind: $share, at: /lib64/data}" -- \
        sh -c 'cat /usr/lib/data/file /lib/data/file && readlink -f /var/run'
    assert_success
    assert_output $'content\ncontent\n/run'
}

@test "a bind of exactly one file shows that and no other (AC-20)" {
    echo neighbour >"$share/neighbour"
    inside "+mounts={bind: $share, at: /srv}" -- ls /srv
    assert_line neighbour
    inside "+mounts={bind: $share/file, at: /srv/only}" -- sh -c 'cat /srv/only; ls /srv; /probe open /srv/only w'
    assert_output $'content\nonly\nEROFS'
}

@test "hide: a file, a folder, one that does not exist yet, below another mount, in any order (AC-20)" {
    local bind="{bind: $share, at: /srv, write: true}" order
    local try='cat /srv/file /srv/sub/file; /probe open /srv/file w; /probe open /srv/later c; /probe mkdir /srv/later; exit 5'
    mkdir "$share/sub" && echo below >"$share/sub/file"
    weakly hide inside "mounts=[$bind, {hide: /srv/file}, {hide: /srv/sub}, {hide: /srv/later}]" -- sh -c "$try"
    assert_line content
    assert_line below
    assert_line ok
    rm -rf "$share/later"
    for order in "$bind, {hide: /srv/file}, {hide: /srv/sub}, {hide: /srv/later}" "{hide: /srv/later}, {hide: /srv/sub}, {hide: /srv/file}, $bind"; do
        inside "mounts=[$order]" -- sh -c "$try"
        assert_equal "$status" 5
        refute_line content
        refute_line below
        refute_line ok
        assert_equal "$(cat "$share/file")" content
        [ ! -s "$share/later" ]
    done
}

@test "a path that is not absolute and normal is refused (AC-21)" {
    local at
    weakly paths run_cordon --set "+mounts={tmpfs: 1M, at: '/srv/../tmp'}" -- true
    assert_success
    for at in '' relative /a/../b /.. /srv/ //srv /srv//x /srv/. .; do
        run_cordon --set "+mounts={tmpfs: 1M, at: '$at'}" -- true
        assert_equal "$status" 125
        run_cordon --set "root.hide=['$at']" -- true
        assert_equal "$status" 125
    done
}

@test "a rule for a path is none for another that begins with the same letters (AC-21)" {
    rootfs "$root"
    mkdir "$root/srv/a" "$root/srv/ab" && echo a >"$root/srv/a/file" && echo ab >"$root/srv/ab/file"
    run_cordon --root "$root" --set 'root.hide=[/srv/a]' -- sh -c 'cat /srv/a/file /srv/ab/file 2>/dev/null'
    assert_output ab
    run_cordon --root "$root" --set "+mounts={bind: $share, at: /srv/a}" -- cat /srv/a/file /srv/ab/file
    assert_output $'content\nab'
    run_cordon --set '+mounts={tmpfs: 1M, at: /dev2/x}' -- sh -c 'ls /dev2; test ! -e /dev/2 && ls /dev | grep -c x$'
    assert_line x
}

# lacking CALL: $CORDON becomes a program that starts it as on a kernel without this call. Not for a range of ids: the set-id helpers
# cannot be started there.
lacking() {
    printf '#!/bin/sh\nexec "%s" without %s "%s" "$@"\n' "$PROBE" "$1" "$CORDON" >"$BATS_TEST_TMPDIR/lacking" &&
        chmod 0755 "$BATS_TEST_TMPDIR/lacking"
}

@test "on a kernel without openat2 or one of the mount calls nothing is started, and the call is named (AC-08, AC-11, AC-13)" {
    local call name options=(--set users.map=single --set root.write=direct --set '+mounts={hide: /srv/later}' --set app.workdir=/srv/made)
    for call in openat2 open_tree move_mount mount_setattr; do
        lacking $call
        for name in dev srv; do
            lead $name absolute
            CORDON=$BATS_TEST_TMPDIR/lacking run_cordon --root "$root" "${options[@]}" -- echo ran
            assert_equal "$status" 125
            assert_output --partial "$call(2) is missing"
            refute_line ran
            canary_untouched
        done
    done
    for call in openat2 open_tree move_mount mount_setattr fsopen fsconfig fsmount pivot_root clone3 close_range; do
        lacking $call
        CORDON=$BATS_TEST_TMPDIR/lacking run_cordon --set users.map=single --set app.terminal=true -- echo ran
        assert_equal "$status" 125
        assert_output --partial "$call(2) is missing"
        refute_line ran
    done
}

@test "a call that the kernel has only sometimes makes no weaker container either (AC-08, AC-11, AC-16, AC-22)" {
    requires command:strace
    local call from options=(--set users.map=single --set root.write=direct --set '+mounts={hide: /etc/passwd}' --set app.workdir=/srv)
    # From its Nth use on: whatever was done before, the rest is not left out.
    missing_from() { # CALL N
        printf '#!/bin/sh\nexec strace -f -qq -o /dev/null -e trace=%s -e inject=%s:error=ENOSYS:when=%s+ "%s" "$@"\n' \
            "$1" "$1" "$2" "$CORDON" >"$BATS_TEST_TMPDIR/lacking" && chmod 0755 "$BATS_TEST_TMPDIR/lacking"
        CORDON=$BATS_TEST_TMPDIR/lacking run_cordon --root "$root" "${options[@]}" -- sh -c 'echo ran; cat /etc/passwd; test -c /dev/null || echo bare; pwd'
    }
    lead srv absolute
    unlead
    for call in openat2 open_tree move_mount mount_setattr; do
        for from in 1 2 4 8 200; do
            missing_from $call $from
            if [ "$status" -eq 0 ]; then
                assert_output $'ran\n/srv'
                break
            fi
            assert_equal "$status" 125
            assert_output --partial "$call(2) is missing"
            refute_line ran
        done
        [ "$from" -gt 1 ] && [ "$status" -eq 0 ] || fail "$call: it never runs"
        lead srv absolute
        missing_from $call 3
        canary_untouched
        unlead
    done
}
