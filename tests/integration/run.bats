# `cordon run`: what it returns, what it forwards, what it refuses.
load ../helpers/container

@test "the exit status is the command's own" {
    local code
    for code in 0 1 7 124 127 200 255; do
        run_cordon -- sh -c "exit $code"
        assert_equal "$status" "$code"
    done
}

@test "stdout and stderr arrive unmixed, and nothing else is printed" {
    run_cordon_separate -- sh -c 'echo to-out; echo to-err >&2'
    assert_success
    assert_output to-out
    assert_equal "$stderr" to-err
}

@test "a command that does not exist is 127 and named" {
    run_cordon -- no-such-command-here
    assert_equal "$status" 127
    assert_line --regexp '^cordon: .*no-such-command-here'
}

@test "a path that does not exist is 127" {
    run_cordon -- /no/such/program
    assert_equal "$status" 127
}

@test "a file that cannot be executed is 126" {
    run_cordon -- /etc/passwd
    assert_equal "$status" 126
    assert_output --partial /etc/passwd
}

@test "a folder is 126" {
    run_cordon -- /usr
    assert_equal "$status" 126
}

@test "a command that a signal ends is 128 + its number" {
    local signal
    for signal in 1 2 9 11 15; do
        inside -- /probe die "$signal"
        assert_equal "$status" $((128 + signal))
        # The first process, and by such a signal: where the pids are shared nothing keeps it from it.
        inside app.init=false isolate.pid=inherit -- /probe die "$signal"
        assert_equal "$status" $((128 + signal))
    done
}

@test "without init, the app is PID 1 and its status is the same" {
    inside app.init=false -- sh -c 'test $$ = 1 && exit 9'
    assert_equal "$status" 9
}

@test "wrong usage is 125" {
    run_cordon --no-such-option
    assert_equal "$status" 125
    run_cordon --set
    assert_equal "$status" 125
    run_cordon --set nonsense -- true
    assert_equal "$status" 125
}

@test "no command and no terminal is 125 and says so" {
    run_cordon
    assert_equal "$status" 125
    assert_output --partial command
}

@test "run NAME where a profile has that name hints at -p" {
    mkdir -p "$HOME/.config/cordon/profiles"
    if [ "$LANE" = root ]; then
        run_cordon default
        assert_output --partial '-p default'
    else
        profile shop <<<'app: {command: [true]}' >/dev/null
        mv "$BATS_TEST_TMPDIR/shop.yaml" "$HOME/.config/cordon/profiles"
        run_cordon shop
        rm "$HOME/.config/cordon/profiles/shop.yaml"
        assert_output --partial '-p shop'
    fi
    assert_equal "$status" 127
}

@test "arguments arrive byte by byte: empty, spaces, newlines, control characters, UTF-8" {
    run_cordon -- sh -c 'printf "<%s>" "$@"' sh '' 'a b' $'c\nd' $'\e[31m' 'ü' '$HOME' '*'
    assert_success
    assert_output "<><a b><c"$'\n'"d><"$'\e'"[31m><ü><\$HOME><*>"
}

@test "many arguments cost their own memory, and no more" {
    ! grep -q __asan_init "$CORDON" || skip "a sanitizer's memory is not to be bounded"
    run bash -c 'ulimit -v 400000; "$CORDON" --state "$LANE_DIR/state" run -- sh -c "echo \$#" sh $(seq 1000000000 1000015000)'
    assert_success
    assert_output 15001
}

@test "a pipe into it and out of it" {
    run bash -c 'seq 20000 | "$CORDON" run -- sort -n | tail -n 1'
    assert_output 20000
}

@test "standard input at its end ends the command" {
    run timeout 20 bash -c 'printf "a\nb\n" | "$CORDON" run -- cat'
    assert_success
    assert_output $'a\nb'
}

@test "a reader that goes away ends it by SIGPIPE, not by a message" {
    run bash -c 'set -o pipefail; "$CORDON" run -- yes 2>&1 | head -n 1; exit ${PIPESTATUS[0]}'
    assert_equal "$status" 141
    assert_output y
}

@test "closed standard descriptors are no leak and no crash" {
    run bash -c '"$CORDON" run -- sh -c "exit 3" <&- >&- 2>&-'
    assert_equal "$status" 3
}

@test "TERM, INT, HUP, QUIT, USR1, USR2, WINCH and CONT reach the command" {
    local signal number
    for signal in TERM INT HUP QUIT USR1 USR2 WINCH CONT; do
        number=$(kill -l "$signal")
        start_cordon --mount "$PROBE:/probe" -- /probe signal 3
        wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
        kill -"$signal" "$cordon_pid"
        wait_cordon
        assert_equal "$status" 3
        assert_output "ready"$'\n'"got $number"
    done
}

@test "a forwarded signal that ends the command is 128 + its number" {
    start_cordon --mount "$PROBE:/probe" -- sh -c 'echo ready; exec sleep 60'
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    kill -TERM "$cordon_pid"
    wait_cordon
    assert_equal "$status" 143
}

@test "signals are not blocked and not ignored inside" {
    run_cordon -- sh -c 'grep -E "^Sig(Blk|Ign):" /proc/self/status'
    assert_success
    assert_line --regexp '^SigBlk:[[:space:]]0000000000000000$'
    assert_line --regexp '^SigIgn:[[:space:]]0000000000000000$'
}

@test "app.timeout ends a run with 124" {
    inside app.timeout=500ms -- sleep 60
    assert_equal "$status" 124
}

@test "children that outlive the command are gone with it" {
    run_cordon -- sh -c 'sleep 86399.125 & exit 4'
    assert_equal "$status" 4
    wait_for 5 no_pids_of 86399.125
}

@test "orphans are reaped while it runs" {
    run_cordon -- sh -c '(sleep 0.1 &) ; sleep 0.5; grep -l "^State:.Z" /proc/[0-9]*/status; true'
    assert_success
    assert_output ''
}

@test "the command is found by the PATH inside" {
    run_cordon --set 'app.env={PATH: /nowhere}' -- true
    assert_equal "$status" 127
}

@test "--set changes one key, later ones win, and the YAML value may be a map" {
    run_cordon --set hostname=one --set hostname=two -- uname -n
    assert_output two
    run_cordon --set 'app.env={A: "1", B: two words}' -- sh -c 'echo $A $B'
    assert_output '1 two words'
    run_cordon --set app.env.TZ=UTC -- sh -c 'echo $TZ'
    assert_output UTC
}

@test "--set +KEY appends and -KEY takes away" {
    mkdir "$BATS_TEST_TMPDIR/shown" && echo seen >"$BATS_TEST_TMPDIR/shown/file"
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR/shown, at: /srv}" -- cat /srv/file
    assert_success
    assert_output seen
}

@test "--set of an unknown key is 125 and names the nearest" {
    run_cordon --set hostnme=x -- true
    assert_equal "$status" 125
    assert_output --partial "unknown key 'hostnme', did you mean 'hostname'?"
}

@test "--param gives a value, a default holds, a required one is asked for" {
    local file
    file=$(profile params <<'YAML'
params: {word: {required: true}, other: {default: fallback}}
app: {env: {WORD: "${param:word}", OTHER: "${param:other}"}}
YAML
    )
    run_cordon -p "$file" --param word=given -- sh -c 'echo $WORD $OTHER'
    assert_success
    assert_output 'given fallback'
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_output --partial word
    run_cordon -p "$file" --param word=a --param nobody=b -- true
    assert_equal "$status" 125
    assert_output --partial nobody
}

@test "the profile's command runs, and what follows -- replaces it" {
    local file
    file=$(profile command <<<'app: {command: [echo, from the profile]}')
    run_cordon -p "$file"
    assert_output 'from the profile'
    run_cordon -p "$file" -- echo replaced
    assert_output replaced
}

@test "--env wins over what the profile passes on" {
    local file
    file=$(profile passes <<<'app: {env-pass: [WORD]}')
    WORD=callers run_cordon -p "$file" -- sh -c 'echo $WORD'
    assert_output callers
    WORD=callers run_cordon -p "$file" --env WORD=option -- sh -c 'echo $WORD'
    assert_output option
}

@test "short forms: --env, --user, --root, --network, --mount" {
    run_cordon --env A=1 --env 'B=x y' -- sh -c 'echo $A $B'
    assert_output '1 x y'
    run_cordon --network none -- sh -c 'ls /sys/class/net'
    assert_output lo
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --root "$BATS_TEST_TMPDIR/root" -- busybox echo hello
    assert_output hello
}

@test "short forms: --user takes a number" {
    requires ids
    run_cordon --user 33 -- id -u
    assert_success
    assert_output 33
}

@test "--name sets the name, which is the host name inside" {
    run_cordon --rm --name tests-a -- uname -n
    assert_output tests-a
    run_cordon --rm --name $'a\xff' -- true
    assert_failure 125
    assert_output --partial "--name: 'a\xff' is not UTF-8"
}

@test "two runs of one profile at once do not refuse each other" {
    local file first
    file=$(profile twice <<<'app: {command: [sh, -c, "echo ready; sleep 60"]}')
    start_cordon -p "$file"
    first=$cordon_pid
    wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
    run_cordon -p "$file" -- echo second
    kill -TERM "$first"
    wait "$first" || true
    assert_success
    assert_output second
}

@test "it works from a folder that no longer exists" {
    run bash -c 'mkdir "$BATS_TEST_TMPDIR/gone"; cd "$BATS_TEST_TMPDIR/gone"; rmdir "$PWD"; exec "$CORDON" run -- pwd'
    assert_success
    assert_output /
}

@test "a key that is not built yet is refused at its place, not ignored" {
    local file
    file=$(profile soon <<'YAML'
log:
  to: journal
YAML
    )
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:[0-9]+:[0-9]+: error: .*not available yet"
}

@test "a profile that cannot be found is 125" {
    run_cordon -p no-such-profile -- true
    assert_equal "$status" 125
    assert_output --partial no-such-profile
}

@test "--help of every verb that is there, and of the program" {
    run "$CORDON" --help
    assert_success
    assert_output --partial run
    run "$CORDON" run --help
    assert_success
    assert_output --partial -- --set
    run "$CORDON" no-such-verb
    assert_failure 2
}
