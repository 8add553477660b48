# Profiles, options and environments that somebody else wrote.
load ../helpers/container

@test "as root: a profile that others own or may write is refused, and what it extends (AC-66, AC-67, AC-75)" {
    requires root
    local file
    file=$(profile trusted <<<'hostname: trusted')
    refused() {
        weakly trust run_cordon -p "$file" -- uname -n
        assert_output trusted
        run_cordon -p "$file" -- uname -n
        assert_equal "$status" 125
        assert_line --index 0 --partial 'is not trusted'
    }
    run_cordon -p "$file" -- uname -n
    assert_output trusted
    chmod 0666 "$file"
    refused
    chmod 0664 "$file" # a group of several, also where it is root's
    refused
    assert_line --index 0 --partial 'by its group'
    chgrp 65534 "$file"
    refused
    assert_line --index 0 --partial 'by its group'
    chgrp 0 "$file" && chmod 0644 "$file" && chown 65534 "$file"
    refused
    chown 0 "$file" && chmod 0777 "$BATS_TEST_TMPDIR"
    refused
    chmod 0775 "$BATS_TEST_TMPDIR"
    refused
    chmod 0755 "$BATS_TEST_TMPDIR"
    mv "$file" "$BATS_TEST_TMPDIR/real.yaml" && ln -s real.yaml "$file" && chown -h 65534 "$file"
    refused
    rm "$file"
    profile base <<<'hostname: trusted' >/dev/null
    chmod 0666 "$BATS_TEST_TMPDIR/base.yaml"
    file=$(profile above <<<'extends: [./base.yaml]')
    refused
    assert_line --index 0 --partial base.yaml
}

@test "a profile beside or inside a root is not read (AC-66)" {
    local root=$BATS_TEST_TMPDIR/root place
    rootfs "$root"
    echo $'cordon: 1\nhostname: trap' >"$BATS_TEST_TMPDIR/root.yaml"
    run_cordon -p "$BATS_TEST_TMPDIR/root.yaml" --root "$root" -- cat /proc/sys/kernel/hostname
    assert_output trap # where it is named
    for place in etc/cordon/profiles usr/share/cordon/profiles usr/local/share/cordon/profiles root/.config/cordon/profiles; do
        mkdir -p "$root/$place" && cp "$BATS_TEST_TMPDIR/root.yaml" "$root/$place/default.yaml"
    done
    cp "$BATS_TEST_TMPDIR/root.yaml" "$BATS_TEST_TMPDIR/default.yaml" && cp "$BATS_TEST_TMPDIR/root.yaml" "$BATS_TEST_TMPDIR/.cordon.yaml"
    cd "$BATS_TEST_TMPDIR"
    run_cordon --root "$root" -- cat /proc/sys/kernel/hostname
    assert_success
    refute_output trap
}

@test "as root: the user's own profile folder is never looked at, whatever the environment says (AC-67)" {
    requires root
    mkdir -p "$HOME/.config/cordon/profiles"
    profile root-only <<<'hostname: never' >/dev/null
    cp "$BATS_TEST_TMPDIR/root-only.yaml" "$HOME/.config/cordon/profiles/"
    run_cordon -p root-only -- uname -n
    local by_home="$status $output"
    XDG_CONFIG_HOME=$HOME/.config run_cordon -p root-only -- uname -n
    rm -r "$HOME/.config/cordon"
    assert_equal "${by_home%% *}" 125
    assert_equal "$status" 125
    refute_output never
}

@test "the app writes no file that a later run reads as policy, also where the folder is missing (AC-67)" {
    local place found='' try
    try='for d in "$HOME/.config" "$0/.config" /etc "$1" /usr/local/share /run "$0"; do mkdir -p "$d/cordon/profiles" &&
        printf "cordon: 1\nhostname: planted\n" >"$d/cordon/profiles/planted.yaml"; done 2>/dev/null; echo tried'
    rm -rf "$HOME/.config/cordon"
    if [ "$LANE" != root ]; then # whose own folder is none of the places
        mkdir -p "$HOME/.config"
        run_cordon --mount "$HOME/.config:$HOME/.config:rw" -- sh -c "$try" "$HOME" "$LANE_DIR/state"
        run_cordon -p planted -- uname -n
        assert_output planted
        rm -r "$HOME/.config/cordon"
    fi
    run_cordon -- sh -c "$try" "$HOME" "$LANE_DIR/state"
    assert_output tried
    run_cordon -p planted -- uname -n
    assert_equal "$status" 125
    for place in "$HOME/.config" /etc "$LANE_DIR/state" "$LANE_DIR/data" /usr/local/share "${CORDON%/bin/cordon}/share"; do
        [ ! -e "$place/cordon/profiles/planted.yaml" ] || found="$found $place"
    done
    assert_equal "$found" ''
}

@test "what follows -- and the command's own words are never read as options (AC-68)" {
    # As a launcher that hands its words on to the next program would.
    naive() { run sh -c 'exec unshare -Ur "$@"' sh "$@"; }
    naive --help
    assert_output --partial Usage
    local word
    for word in --help -h --version --set=hostname=x --mount=/:/srv:rw -p; do
        run -127 cordon run -- "$word"
        assert_output --partial 'not found inside'
        refute_output --partial Usage
    done
    run_cordon -- sh -c 'printf "%s\n" "$@"' sh --set hostname=evil -p x -- --root /
    assert_success
    assert_output $'--set\nhostname=evil\n-p\nx\n--\n--root\n/'
    run_cordon sh -c 'echo "$0 $*"; uname -n' --set hostname=evil
    assert_line --index 0 -- '--set hostname=evil'
    refute_line evil
}

@test "no command and no terminal: refused, nothing is run outside (AC-68)" {
    run sh -c 'unshare -Ur </dev/null; echo $?' # a shell, for one
    assert_output 0
    run_cordon </dev/null
    assert_equal "$status" 125
    run_cordon -- ''
    [ "$status" -eq 125 ] || [ "$status" -eq 127 ]
    run_cordon --
    assert_equal "$status" 125
}

@test "anchors, aliases, tags, merge keys, duplicates, second documents are errors (AC-69)" {
    local file text
    file=$(profile twice <<<$'hostname: first\nhostname: second')
    weakly duplicates run_cordon -p "$file" -- uname -n
    assert_success # and which of the two it is depends on the reader
    for text in 'hostname: a
hostname: b' 'app: &a {umask: "0022"}' 'app: *a' 'app: !!map {}' '<<: {}' $'---\ncordon: 1' 'app: {<<: {umask: "0022"}}' '? [a, b]
: c' 'hostnme: x'; do
        file=$(profile wrong <<<"$text")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp "^$file:[0-9]+:[0-9]+: error: "
    done
}

@test "words and numbers that two readers of YAML take differently are errors (AC-69)" {
    local file value
    file=$(profile typed <<<'privileges: {inspection: true}')
    run_cordon -p "$file" -- true
    assert_success
    for value in yes no on off Yes ON y '"true"' 1; do
        file=$(profile typed <<<"privileges: {inspection: $value}")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp "^$file:2:[0-9]+: error: privileges.inspection: "
    done
    for value in 'app: {umask: 0777}' 'app: {timeout: 1:30}' 'app: {user: 010}' 'limits: {files: 0x10}' 'limits: {files: 1_000}'; do
        file=$(profile typed <<<"$value")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp "^$file:2:[0-9]+: error: "
    done
}

@test "a million empty lines below a suppression keep the linter no longer than they take to read (AC-69)" {
    { echo 'cordon: 1 # cordon-lint: allow mounts-home: many lines' && head -c 1000000 /dev/zero | tr '\0' '\n'; } >"$BATS_TEST_TMPDIR/long.yaml"
    run timeout 20 "$CORDON" lint "$BATS_TEST_TMPDIR/long.yaml"
    [ "$status" -lt 2 ]
    # Each on a line of its own, and all about the one entry below them.
    { echo 'cordon: 1' && for ((i = 0; i < 3000; i++)); do echo '# cordon-lint: allow network-host: all of these'; done && head -c 500000 /dev/zero | tr '\0' '\n' &&
        echo 'network: {mode: host}'; } >"$BATS_TEST_TMPDIR/many.yaml"
    run timeout 20 "$CORDON" lint --fail-on high "$BATS_TEST_TMPDIR/many.yaml"
    [ "$status" -lt 2 ]
}

@test "bytes that are no text, NUL, great depth and great length are errors, not crashes (AC-69)" {
    local file=$BATS_TEST_TMPDIR/bytes.yaml
    refused() {
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
    }
    printf 'cordon: 1\nhostname: a\n' >"$file" && run_cordon -p "$file" -- true && assert_success
    printf 'cordon: 1\nname: \xff\xfe\n' >"$file" && refused
    printf 'cordon: 1\nname: a\0b\n' >"$file" && refused
    printf 'cordon: 1\nhostname: "a\\0b"\n' >"$file" && refused
    { printf 'cordon: 1\nlabels: ' && head -c 20000 /dev/zero | tr '\0' '['; } >"$file" && refused
    { printf 'cordon: 1\nlabels: ' && head -c 20000 /dev/zero | tr '\0' '{'; } >"$file" && refused
    truncate -s 100M "$file" && refused
    head -c 2000000 /dev/zero | tr '\0' '\n' >"$file" && refused
    { echo 'cordon: 1' && echo 'labels:' && seq -f '  a%.0f: b' 20000; } >"$file" && refused
    rm "$file" && mkfifo "$file" && CORDON_TIMEOUT=5 refused
    rm "$file"
    printf 'cordon: 1\r\nhostname: crlf\r\n' >"$file"
    run_cordon -p "$file" -- uname -n
    assert_output crlf
}

@test "a value with a line end or '=' is one value: in the environment, in generated files (AC-70)" {
    local file
    file=$(profile split <<'YAML'
app: {env: {"A=B": c}}
YAML
    )
    weakly names run_cordon -p "$file" -- env
    assert_line A=B=c # a variable that nobody named
    run_cordon -p "$file" -- env
    assert_equal "$status" 125
    run_cordon --set 'app.env={"A\nB": c}' -- env
    assert_equal "$status" 125
    run_cordon --set 'app.env={"": c}' -- env
    assert_equal "$status" 125
    run_cordon --set 'app.env.A="b\nEVIL=1"' -- sh -c 'printf "%s|" "$A"; echo "${EVIL-unset}"'
    assert_output $'b\nEVIL=1|unset'
    for value in '"a\n192.0.2.9 evil"' '"a b"' '"a=b"' '"a\tb"'; do
        run_cordon --set "hostname=$value" -- cat /etc/hosts
        assert_equal "$status" 125
        refute_line --regexp '^192'
    done
    run_cordon --set 'machine-id="0123456789abcdef0123456789abcdef\nx"' -- cat /etc/machine-id
    assert_equal "$status" 125
    # A plan of one line a step.
    run cordon plan --set 'app.command=["echo", "a\n  pivot   forged"]'
    assert_success
    refute_line --regexp '^ *pivot +forged'
}

# trap_path: $trap, a folder with programs by the names of all that cordon could start; each leaves a word in the canary.
trap_path() {
    local name
    canary
    trap=$BATS_TEST_TMPDIR/trap
    mkdir -p "$trap"
    for name in newuidmap newgidmap sh ip mount modprobe getent; do
        printf '#!/bin/sh\necho ran >%q\n' "$canary/folder/$name" >"$trap/$name" && chmod 0755 "$trap/$name"
    done
}

@test "helpers are not looked for in PATH, and nothing of the caller's folder is started (AC-71)" {
    trap_path
    PATH=$trap:$PATH newuidmap 1 0 0 1
    ! canary_untouched >/dev/null || fail 'this attack bites nobody'
    canary
    cd "$trap"
    PATH=$trap:. IFS=/ BASH_ENV=$trap/sh ENV=$trap/sh GCONV_PATH=$trap run "$CORDON" --state "$LANE_DIR/state" run -- /bin/echo ran
    assert_output ran
    run_cordon --set "app.env={PATH: \"$trap\", LD_PRELOAD: /none.so}" --set app.workdir=/tmp -- /bin/busybox true
    canary_untouched
}

@test "set-id helpers get an environment of their own (AC-71)" {
    requires user command:strace
    # strace takes the helper's privilege away, so that the start fails: what it was given is seen nevertheless.
    helper_environment() {
        LD_PRELOAD='' GCONV_PATH=$BATS_TEST_TMPDIR IN_THE_WAY=1 run strace -f -v -s 200 -e trace=execve -e signal=none "$CORDON" --state "$LANE_DIR/state" run -- true
        output=$(grep -E 'execve\("/usr/bin/new[ug]idmap' <<<"$output")
    }
    weakly helper helper_environment
    assert_output --partial IN_THE_WAY
    helper_environment
    assert_output --partial newuidmap
    assert_output --partial '["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]'
    refute_output --partial IN_THE_WAY
}

@test "nothing of the caller's environment gets in unless it is named (AC-72)" {
    local -x SECRET_OF_THE_HOST=leak LD_PRELOAD='' BASH_ENV=/tmp/x CORDON_ANYTHING=1
    names() {
        run sh -c 'printf "%s\n" "$1" | cut -d = -f 1 | sort | tr "\n" " "' sh "$output"
    }
    weakly environment run_cordon -- /usr/bin/env
    assert_line SECRET_OF_THE_HOST=leak
    run_cordon -- /usr/bin/env
    assert_success
    names
    assert_output 'HOME LANG PATH USER '
    run_cordon --set 'app.env-pass=[SECRET_OF_THE_HOST, NOT_SET]' -- /usr/bin/env
    assert_line SECRET_OF_THE_HOST=leak
    names
    assert_output 'HOME LANG PATH SECRET_OF_THE_HOST USER '
}

# The lanes beside this one make the same names, or look for what is left (helpers/leftovers): one at a time.
lock_shared_folders() { # until the test ends
    exec 7<"$LANE_TOP"
    flock -w 60 7
}

@test "no predictable name in a shared folder is followed (AC-73)" {
    local name left=() first=0 second=0
    lock_shared_folders
    canary
    for name in cordon cordon-"$(id -u)" .cordon cordon-run; do
        [ -e "/tmp/$name" ] || { ln -s "$canary" "/tmp/$name" && left+=("/tmp/$name"); }
    done
    # As a launcher would that keeps its lock there.
    touch "/tmp/cordon-$(id -u)/lock"
    canary_untouched >/dev/null && bitten=no || bitten=yes
    canary
    env -u XDG_RUNTIME_DIR -u TMPDIR "$CORDON" run -- true || first=$?
    XDG_RUNTIME_DIR=/tmp/cordon "$CORDON" run -- true || second=$?
    rm "${left[@]}"
    assert_equal "$first $second" '0 0'
    assert_equal "$bitten" yes
    canary_untouched
}

@test "no state is kept below a shared folder that a variable names (AC-73)" {
    requires plain
    local folder
    lock_shared_folders
    for folder in /tmp //tmp /var/tmp/; do
        [ ! -e "$folder/cordon" ] || fail "there is a $folder/cordon already"
        run env XDG_RUNTIME_DIR=$folder "$CORDON" run --rm --name tests-shared -- true
        assert_success
        [ ! -e "$folder/cordon" ] || { rm -r "$folder/cordon"; fail "it was made in $folder"; }
    done
}

@test "a run goes on when the files of its state are cleaned away (AC-73)" {
    start_cordon --set 'app.timeout=30s' --set "+mounts={bind: $BATS_TEST_TMPDIR, at: /srv}" -- \
        sh -c 'echo ready; until [ -e /srv/go ]; do sleep 0.1; done; cat /etc/hostname && echo >/tmp/x && echo whole'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    rm -rf "$LANE_DIR/state"
    touch "$BATS_TEST_TMPDIR/go"
    wait_cordon
    [[ $output == *whole* ]]
    run_cordon -- true
    assert_success
}

@test "numbers and lengths at their limits are refused with a sentence, never wrapped around (AC-74)" {
    local setting long
    long=$(head -c 5000 /dev/zero | tr '\0' a)
    weakly overflow run_cordon --set 'app.user="4294967296"' -- id -u
    assert_output 0
    for setting in 'app.user="4294967296"' 'app.user="99999999999999999999999"' 'app.timeout=99999999999999999999h' 'app.timeout=18446744073709551615h' \
        'app.umask="07777777"' 'app.nice=99999999999' 'app.oom-score=-99999' 'limits.files=18446744073709551616' 'limits.stack=18446744073709551615T' \
        '+mounts={tmpfs: 99999999999999999999, at: /srv}' '+mounts={tmpfs: 18446744073709551615K, at: /srv}' \
        "+mounts={tmpfs: 1M, at: /$long}" "app.workdir=/$long" "hostname=$long" "name=$long" "root.hide=[/$long]" 'users.map=["0:4294967295:2"]' \
        'users.map=["0:0:4294967296"]' 'app.groups=[4294967295]'; do
        run_cordon --set "$setting" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp '^(cordon: )?[^ ].*(: |error)'
    done
    # What the child says goes through the channel whole, or cut at a length, and never as something else.
    run_cordon --set "app.workdir=/$(printf '%.200s/' "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" | sed 's,/$,,')" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial app.workdir
    run -127 cordon run -- "/$(printf '%.200s/' "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long")"
}

@test "a profile with any bytes changed is read or refused, never a crash (AC-74)" {
    local file=$BATS_TEST_TMPDIR/fuzz.yaml size i
    cat >"$BATS_TEST_TMPDIR/seed.yaml" <<'YAML'
cordon: 1
app: {command: [sh, -c, "echo"], user: "33:44", env: {A: "b\x20c"}, timeout: 5m}
mounts: [{tmpfs: 64M, at: /srv, mode: "1777"}, {hide: /etc/x}]
limits: {files: "64:128", memlock: 64K}
syscalls: {allow: [{name: socket, args: [{index: 0, op: eq, value: AF_VSOCK}]}], deny: [personality]}
YAML
    size=$(stat -c %s "$BATS_TEST_TMPDIR/seed.yaml")
    RANDOM=1
    for i in {1..30}; do
        cp "$BATS_TEST_TMPDIR/seed.yaml" "$file"
        printf %b "\\x$(printf %x $((RANDOM % 256)))" | dd of="$file" bs=1 seek=$((RANDOM % size)) conv=notrunc status=none
        [ $((i % 3)) -ne 0 ] || truncate -s $((RANDOM % size)) "$file"
        run cordon plan -p "$file" -- true
        [ "$status" -eq 0 ] || [ "$status" -eq 125 ] || [ "$status" -eq 1 ] || { cat "$file" && fail "status $status: $output"; }
        [ "$status" -eq 0 ] || [[ $output == *"$file"* ]] || [[ $output == cordon:* ]] || fail "no sentence: $output"
    done
}

@test "a cycle of extends is an error that names it; as is one that has no end (AC-75)" {
    local file i
    profile a <<<'extends: [./b.yaml]' >/dev/null
    file=$(profile b <<<'extends: [./a.yaml]')
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_output --partial 'a cycle'
    assert_output --partial a.yaml
    for i in {1..40}; do
        profile "deep$i" <<<"extends: [./deep$((i + 1)).yaml]" >/dev/null
    done
    profile deep41 <<<'hostname: end' >/dev/null
    run_cordon -p "$BATS_TEST_TMPDIR/deep1.yaml" -- true
    assert_equal "$status" 125
    run_cordon -p "$BATS_TEST_TMPDIR/deep35.yaml" -- uname -n
    assert_output end
}

@test "a name is looked for in the search path alone, and is no path (AC-75)" {
    local name
    profile outside <<<'hostname: outside' >/dev/null
    cd "$BATS_TEST_TMPDIR"
    run_cordon -p ./outside.yaml -- uname -n
    assert_output outside
    for name in outside ../outside.yaml/../x .outside '' $'outside\n'; do
        run cordon run "--profile=$name" -- uname -n
        assert_equal "$status" 125
        refute_output outside
    done
}
