# The linter on the command line: statuses, several files and forms, mending, and that nothing of a file reaches the terminal.
load ../helpers/container

@test "lint ends with 0, 1, 2 for nothing, findings, a file that cannot be read" {
    run cordon lint "$(profile clean <<<'app: {command: [make]}')"
    assert_success
    assert_output ''
    run cordon lint "$(profile open <<<'syscalls: {base: none}')"
    assert_equal "$status" 1
    assert_output --partial ': high: syscalls.base: '
    run cordon lint "$(profile wrong <<<'hostnme: x')"
    assert_equal "$status" 1
    assert_output --partial "error: unknown key 'hostnme', did you mean 'hostname'?"
    run cordon lint "$BATS_TEST_TMPDIR/nosuch.yaml"
    assert_equal "$status" 2
    run cordon lint "$(profile broken <<<'app: [')"
    assert_equal "$status" 2
    run cordon lint --fail-on loud default
    assert_equal "$status" 2
    run cordon lint
    assert_equal "$status" 2
}

@test "a profile that cannot be read hides nothing of the others" {
    local broken open
    broken=$(profile broken <<<'app: [')
    open=$(profile open <<<'syscalls: {base: none}')
    run cordon lint "$broken" "$open" "$BATS_TEST_TMPDIR/nosuch.yaml"
    assert_equal "$status" 2
    assert_line --partial "$broken:3:1: error: "
    assert_line --partial "$open:2:18: high: syscalls.base: "
    assert_line --partial "nosuch.yaml: error: "
}

@test "--fail-on moves the line, and options may stand behind the profiles" {
    local file
    file=$(profile medium <<<'network: {mode: host}')
    run cordon lint "$file"
    assert_success
    run cordon lint "$file" --fail-on medium
    assert_equal "$status" 1
    run cordon lint --fail-on never "$(profile open <<<'syscalls: {base: none}')"
    assert_success
}

@test "several forms at once, each where it is wanted" {
    local file=$BATS_TEST_TMPDIR
    run cordon lint --format github --format sarif="$file/s" --format json="$file/j" "$(profile open <<<'syscalls: {base: none}')"
    assert_equal "$status" 1
    assert_output --regexp '^::error file=.*,line=2,col=18,title=syscalls-none::syscalls.base: '
    assert_equal "$(jq -r '.findings[0] | .rule + " " + .key + " " + .severity' "$file/j")" "syscalls-none syscalls.base high"
    assert_equal "$(jq -r '.score.reasons[0].key' "$file/j")" syscalls.base
    assert_equal "$(jq -r '.version + " " + .runs[0].results[0].ruleId' "$file/s")" "2.1.0 syscalls-none"
    # A comment of the profile's is one kind of reason to pass over it, an earlier report another.
    run cordon lint --baseline "$file/j" --format sarif "$(profile open <<<'syscalls: {base: none}')"
    assert_equal "$(jq -r '.runs[0].results[0].suppressions[0].kind' <<<"$output")" external
    run cordon lint --format sarif "$(profile said <<<'syscalls: {base: none} # cordon-lint: allow syscalls-none: for this test')"
    assert_equal "$(jq -r '.runs[0].results[0].suppressions[0].kind' <<<"$output")" inSource
    run cordon lint --format json --format text default
    assert_equal "$status" 2
}

@test "the shipped profiles are clean" {
    run cordon lint --fail-on low default strict
    assert_success
    assert_output ''
}

@test "a file of somebody else is judged, also by root" {
    local file
    file=$(profile open <<<'syscalls: {base: none}')
    chmod 0666 "$file"
    run cordon lint "$file"
    assert_equal "$status" 1
    assert_output --partial '[syscalls-none]'
}

@test "escapes of a profile do not reach the terminal (AC-42)" {
    local file
    file=$(profile odd <<'YAML'
app: {env-pass: ["A_TOKEN\e[31m"], env: {"X\u202eY_TOKEN": secret}}
YAML
    )
    run cordon lint "$file"
    refute_output --partial $'\e'
    refute_output --partial $'\u202e'
}

@test "--fix changes what is safe and nothing else; --dry-run changes nothing" {
    local file
    file=$(profile mend <<'YAML'
# a comment
privileges: {capabilities: [chown, sys-time]} # why
isolate: {pid: inherit}
YAML
    )
    chmod 0640 "$file"
    run cordon lint --fix --dry-run "$file"
    assert_line '-privileges: {capabilities: [chown, sys-time]} # why'
    assert_line '+privileges: {capabilities: [chown]} # why'
    assert_line '+isolate: {pid: new}'
    run grep -c sys-time "$file"
    assert_output 1
    run cordon lint --fix "$file"
    run grep -v cordon: "$file"
    assert_output '# a comment
privileges: {capabilities: [chown]} # why
isolate: {pid: inherit}'
    assert_equal "$(stat -c %a "$file")" 640
    # A report for programs has the standard output for itself.
    run --separate-stderr cordon lint --fix --format json "$file"
    jq -e . <<<"$output"
    [[ "$stderr" == *'+isolate: {pid: new}'* ]]
    run cordon lint --fix --unsafe "$file"
    assert_success
    run grep -c 'pid: new' "$file"
    assert_output 1
}

@test "a configuration that lies in the folder says so where it changes a report, and one that was asked for does not" {
    local host
    host=$(profile host <<<'network: {mode: host}')
    cd "$BATS_TEST_TMPDIR"
    run cordon lint --fail-on medium "$host"
    assert_equal "$status" 1
    printf 'cordon-lint: 1\nrules: {network-host: ignore}\n' >.cordon-lint.yaml
    run cordon lint --fail-on medium "$host"
    assert_success
    assert_output '.cordon-lint.yaml of this folder: 1 finding ignored or judged anew'
    printf 'cordon-lint: 1\nrules: {network-host: low}\n' >.cordon-lint.yaml
    run cordon lint --fail-on medium "$host"
    assert_success
    assert_line '.cordon-lint.yaml of this folder: 1 finding ignored or judged anew'
    run cordon lint --config .cordon-lint.yaml "$host"
    refute_output --partial 'of this folder'
}

@test "explain says what a rule is about, and which one was meant" {
    run cordon explain sockets-engine
    assert_success
    assert_output --partial AC-62
    run cordon explain socket-engine
    assert_equal "$status" 1
    assert_output --partial "did you mean 'sockets-engine'?"
    run cordon explain --format rule sockets-engine
    assert_equal "$status" 2
    run cordon explain --format rule,severity
    assert_success
    assert_line $'syscalls-none\thigh'
}

@test "diff tells widening from narrowing" {
    local narrow wide
    narrow=$(profile narrow <<<'app: {command: [make]}')
    wide=$(profile wide <<<$'app: {command: [make]}\nmounts: [{bind: /srv, at: /srv}]')
    run cordon diff "$narrow" "$wide" --fail-on widening
    assert_equal "$status" 1
    assert_line --partial '+ may read /srv of the host'
    run cordon diff "$wide" "$narrow" --fail-on widening
    assert_success
    run cordon diff "$wide" "$narrow"
    assert_equal "$status" 1
    run cordon diff "$wide" "$wide"
    assert_success
    assert_output ''
    run cordon diff "$wide" "$BATS_TEST_TMPDIR/nosuch.yaml"
    assert_equal "$status" 2
}

@test "score is a number from 0 to 100 with its reasons, and says whether it would run here" {
    run cordon score default --format json --host
    assert_success
    assert_equal "$(jq -r '.exposure < 20 and .here.runs' <<<"$output")" true
    local open
    open=$(profile wide <<<$'network: {mode: host}\nisolate: {pid: inherit}\nsyscalls: {base: none}\nmounts: [{bind: /, at: /host, write: true}]')
    run cordon score "$open" --format json
    assert_equal "$(jq '.reasons | length' <<<"$output")" 3
    run cordon score "$open" --format json --why
    [ "$(jq '.reasons | length' <<<"$output")" -gt 3 ]
    run cordon score "$(profile soon <<<$'sockets: {unix: [/run/docker.sock]}\nlog: {to: journal}')" --host --kernel 5.10
    assert_line --partial 'exposure 100 of 100'
    assert_line --partial 'runs here: no: log.to: not available yet'
    assert_line --partial 'runs on Linux 5.10: no: '
    # By what a run would say, not by what a judge can read.
    run cordon score "$(profile param <<<$'params: {word: {required: true}}\nhostname: "${param:word}"')" --host
    assert_line --partial 'runs here: no: '
    run cordon score "$(profile secret <<<'secrets: [{name: key, from: /etc/passwd}]')" --host
    assert_line --regexp '^runs here: no: secrets.*search path'
}

@test "import makes a profile that lint can read, and tells what was lost" {
    local file=$BATS_TEST_TMPDIR/player.profile
    printf 'whitelist ${HOME}/.player\nnet none\nfrobnicate\n' >"$file"
    cordon import "$file" >"$BATS_TEST_TMPDIR/player.yaml" 2>"$BATS_TEST_TMPDIR/notes"
    run cat "$BATS_TEST_TMPDIR/notes"
    assert_line --partial 'player.profile:3: lost: frobnicate: not known'
    run cordon lint --fail-on error "$BATS_TEST_TMPDIR/player.yaml"
    assert_success
    run cordon import bwrap --ro-bind /usr /usr --unshare-all sh
    assert_success
    assert_line '  - {bind: /usr, at: /usr}'
    run cordon import /etc/passwd
    assert_equal "$status" 1
}

# Debian's 1207 profiles, with --all; else a share of them. Their package is fetched and unpacked, never installed.
@test "profiles of firejail-profiles become profiles that are valid" {
    requires root command:apt-get command:dpkg-deb
    local file count=0 step=60
    [ "${FAULT_STEP:-1}" -ne 1 ] || step=1
    cd "$BATS_TEST_TMPDIR" || return
    timeout 60 apt-get download -q firejail-profiles >/dev/null 2>&1 || skip "the package firejail-profiles cannot be fetched"
    dpkg-deb -x firejail-profiles*.deb unpacked
    for file in unpacked/etc/firejail/*.profile; do
        [ $((count++ % step)) -eq 0 ] || continue
        "$CORDON" import "$file" >imported.yaml 2>errors || fail "$file: $(cat errors)"
        "$CORDON" show ./imported.yaml >/dev/null 2>errors || fail "$file: $(cat errors)"
    done
    [ "$count" -gt 1000 ]
    echo "# $((count / step)) of $count profiles of firejail's imported" >&3
}

@test "--fix replaces what it has read, and nothing that somebody puts in its place meanwhile" {
    local folder=$BATS_TEST_TMPDIR/theirs victim=$BATS_TEST_TMPDIR/victim round swapper
    mkdir "$folder" && echo untouched >"$victim"
    for round in {1..12}; do
        rm -f "$folder"/* && ln -s "$victim" "$folder/link"
        { printf 'cordon: 1\napp: {umask: 0022}\n' && printf '# %s\n' {1..20000}; } >"$folder/app.yaml"
        "$PROBE" swap "$folder/app.yaml" "$folder/link" 3>&- &
        swapper=$!
        run cordon lint --fix --format json "$folder/app.yaml"
        kill "$swapper"
        wait "$swapper" || true
        assert_equal "$(cat "$victim")" untouched
    done
    rm -f "$folder"/* && printf 'cordon: 1\napp: {umask: 0022}\n' >"$folder/app.yaml" && ln -s app.yaml "$folder/link"
    run cordon lint --fix "$folder/link"
    assert_success
    assert_equal "$(cat "$folder/link")" $'cordon: 1\napp: {umask: "0022"}'
    [ -L "$folder/link" ]
}

@test "import reads nothing for a stranger's profile but what lies beside it, once, and prints no line that it does not know" {
    local folder=$BATS_TEST_TMPDIR/theirs
    mkdir "$folder" && ln -s /etc/passwd "$folder/link.inc" && mkfifo "$folder/pipe.inc" && echo 'ipc-namespace' >"$folder/mine.inc"
    ln -s /etc "$folder/sub"
    {
        printf 'include %s\n' /etc/passwd ../theirs/mine.inc sub/passwd link.inc pipe.inc mine.inc
        printf 'include app.profile\n%.0s' {1..50}
        echo 'root:$y$secret:1'
    } >"$folder/app.profile"
    run timeout 30 "$CORDON" import "$folder/app.profile"
    assert_success
    refute_output --partial root:
    assert_line --partial 'include link.inc: it cannot be read, or lies elsewhere'
    assert_line --partial 'include /etc/passwd: it cannot be read, or lies elsewhere'
    refute_output --partial 'include mine.inc'
    printf '[Service]\nExecStart=/bin/true \\\n' >"$folder/a.service"
    printf ' x\\\n%.0s' {1..100000} >>"$folder/a.service"
    printf ' y\nAPI_KEY=hunter2\n' >>"$folder/a.service"
    # In memory that would not do for every line with all that stood before it; a sanitizer's own would not either.
    local limit='ulimit -v 2000000'
    ! grep -q __asan_init "$CORDON" || limit=true
    run bash -c "$limit"'; exec timeout 60 "$CORDON" import "$1"' bash "$folder/a.service"
    assert_success
    refute_output --partial hunter2
}

@test "what a profile extends is opened only if it is a file, and its lines are shown only if it is a profile" {
    local pipe=$BATS_TEST_TMPDIR/pipe writer
    mkfifo "$pipe"
    (echo x >"$pipe") 3>&- &
    writer=$!
    run cordon lint "$(profile pipe <<<"extends: [$pipe]")"
    assert_output --partial 'not a regular file'
    kill "$writer" # who waits for a reader, and had none
    echo 'https://user:TOKEN@example.org' >"$BATS_TEST_TMPDIR/secret"
    run cordon lint "$(profile secret <<<"extends: [$BATS_TEST_TMPDIR/secret]")"
    assert_output --partial 'a profile is a map of keys'
    refute_output --partial TOKEN
}

@test "no format of a report prints what would change how a line is shown (AC-42)" {
    local file format bidi=$'\u202e'
    file=$(profile bidi <<<'mounts: [{bind: "/tmp/\u202ecod\u009b2J", at: /a}]')
    for format in text json sarif github; do
        run cordon lint --fail-on never --format $format "$file"
        assert_success
        assert_output --partial cod
        refute_output --partial "$bidi"
    done
}
