# The profile language as the command line shows it: places of errors, merging, origins, trust.
load ../helpers/container

@test "every mistake of a file is reported in one run, each at its line and column" {
    local file
    file=$(profile many <<'YAML'
hostnme: x
app:
  command: "not a list"
  umask: 0022
root:
  write: yes
privileges:
  capabilities: [no-such]
YAML
    )
    run cordon show "$file"
    assert_failure
    assert_line --regexp "^$file:2:1: error: .*unknown key 'hostnme', did you mean 'hostname'\?"
    assert_line --regexp "^$file:4:12: error: .*app\.command"
    assert_line --regexp "^$file:5:10: error: .*app\.umask"
    assert_line --regexp "^$file:7:10: error: .*root\.write"
    assert_line --regexp "^$file:9:18: error: .*capabilities"
}

@test "a key that only begins as optional does is unknown, in any map" {
    local file text
    file=$(profile optional <<<'limits: {files: 64, optional: [files]}')
    run_cordon -p "$file" -- true
    assert_success
    for text in 'optionally: true' 'limits: {files: 64, optionals: true}' 'resources: {processes: 64, optional-processes: true}' 'paths: {optionall: [read]}' \
        'mounts: [{tmpfs: 1M, at: /srv, optional_: true}]'; do
        file=$(profile optional <<<"$text")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --regexp "^$file:2:[0-9]+: error: .*unknown key 'optional"
    done
}

@test "the version is required, and only 1 is known" {
    echo 'name: x' >"$BATS_TEST_TMPDIR/none.yaml"
    run_cordon -p "$BATS_TEST_TMPDIR/none.yaml" -- true
    assert_equal "$status" 125
    assert_output --partial cordon
    echo 'cordon: 2' >"$BATS_TEST_TMPDIR/two.yaml"
    run_cordon -p "$BATS_TEST_TMPDIR/two.yaml" -- true
    assert_equal "$status" 125
}

@test "extends merges maps, replaces scalars and lists, appends with + and takes away with -" {
    local file
    profile base <<'YAML' >/dev/null
hostname: from-base
app:
  env: {A: base, B: base}
  command: [echo, base]
privileges: {capabilities: [chown, setuid]}
YAML
    file=$(profile derived <<'YAML'
extends: [./base.yaml]
app:
  env: {B: derived, C: derived}
privileges: {+capabilities: [setgid], -capabilities: [setuid]}
YAML
    )
    run_cordon -p "$file" -- sh -c 'echo $A $B $C; uname -n; grep CapBnd /proc/self/status'
    assert_success
    assert_line --index 0 'base derived derived'
    assert_line --index 1 from-base
    assert_line --index 2 --regexp '0000000000000041$'
    run_cordon -p "$file"
    assert_output base
}

@test "mounts merge by their place" {
    local file
    mkdir "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b" && echo a >"$BATS_TEST_TMPDIR/a/f" && echo b >"$BATS_TEST_TMPDIR/b/f"
    profile mounts-base <<<"mounts: [{bind: ./a, at: /srv}, {bind: ./a, at: /mnt}]" >/dev/null
    file=$(profile mounts-top <<<$'extends: [./mounts-base.yaml]\n+mounts: [{bind: ./b, at: /srv}]')
    run_cordon -p "$file" -- cat /srv/f /mnt/f
    assert_success
    assert_output $'b\na'
}

@test "show prints the merged profile, each value with its origin" {
    local file
    profile show-base <<<'hostname: shown' >/dev/null
    file=$(profile show-top <<<$'extends: [./show-base.yaml]\napp: {umask: "0077"}')
    run cordon show "$file"
    assert_success
    assert_line --regexp 'hostname: *"?shown"?.*show-base.yaml:2'
    assert_line --regexp 'umask:.*0077.*show-top.yaml:3'
}

@test "what show prints is itself a profile that means the same" {
    local file
    file=$(profile round <<'YAML'
hostname: round
app: {env: {A: "1", B: "a: b # c"}, command: [sh, -c, "uname -n; echo $B"]}
YAML
    )
    cordon show "$file" >"$BATS_TEST_TMPDIR/again.yaml"
    run_cordon -p "$BATS_TEST_TMPDIR/again.yaml"
    assert_success
    assert_output $'round\na: b # c'
}

@test "schema is JSON Schema and names every section" {
    run cordon schema
    assert_success
    local section
    jq -e '."$schema" and .properties' <<<"$output" >/dev/null
    for section in app root mounts isolate users privileges syscalls paths resources limits network; do
        jq -e --arg name "$section" '.properties[$name]' <<<"$output" >/dev/null || fail "no $section in the schema"
    done
}

@test "profiles lists what can be found, and default is among it" {
    run cordon profiles
    assert_success
    assert_output --partial default
    run cordon show default
    assert_success
}

@test "every profile that comes with it loads" {
    local name
    for name in $(cordon profiles --format json | jq -r '.[].name'); do
        run cordon show "$name"
        assert_success
        assert_line --regexp '^cordon: 1'
    done
    [ -n "$name" ]
}

@test "as a user: the user's profile folder is looked at" {
    requires plain
    mkdir -p "$HOME/.config/cordon/profiles"
    profile mine <<<'hostname: mine' >/dev/null
    cp "$BATS_TEST_TMPDIR/mine.yaml" "$HOME/.config/cordon/profiles/"
    run_cordon -p mine -- uname -n
    rm -r "$HOME/.config/cordon"
    assert_success
    assert_output mine
}

@test "a name that hides one further down says so" {
    requires plain
    mkdir -p "$HOME/.config/cordon/profiles"
    profile default <<<'hostname: hiding' >/dev/null
    cp "$BATS_TEST_TMPDIR/default.yaml" "$HOME/.config/cordon/profiles/"
    run_cordon_separate -p default -- uname -n
    rm -r "$HOME/.config/cordon"
    assert_success
    assert_output hiding
    [[ $stderr == *default* ]]
}

@test "variables expand; a wrong one is an error with the escape as the remedy" {
    local file
    file=$(profile variables <<'YAML'
app: {env: {WHO: "${user}", UID_: "${uid}", LITERAL: "$${x}", DIR: "${profile-dir}"}}
YAML
    )
    run_cordon -p "$file" -- sh -c 'echo "$WHO $UID_ $LITERAL $DIR"'
    assert_success
    assert_output "$(id -un) $(id -u) \${x} $BATS_TEST_TMPDIR"
    file=$(profile variables-wrong <<<'hostname: "${nothing}"')
    run_cordon -p "$file" -- true
    assert_equal "$status" 125
    assert_output --partial '$${'
}

@test "plan prints every step of a run and changes nothing" {
    run cordon plan -- true
    assert_success
    assert_output --partial pivot
    run bash -c '"$CORDON" plan --format json -- true'
    assert_success
    jq -e '.name and (.steps | length > 5) and all(.steps[]; .stage and .side and .action and .reason)' <<<"$output" >/dev/null
}

@test "a hundred starts' worth of --set is no limit" {
    local options=() i
    for i in {1..100}; do
        options+=(--set "app.env.V$i=$i")
    done
    run_cordon "${options[@]}" -- sh -c 'echo $V1 $V100'
    assert_output '1 100'
}
