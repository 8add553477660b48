# Secrets: files of the host, in memory inside.
load ../helpers/container

setup() {
    secret=$BATS_TEST_TMPDIR/secret
    (umask 077 && printf 'hush-hush' >"$secret")
}

# As a profile of the search path would be.
trusted() {
    local options=()
    while [ "$1" != -- ]; do
        options+=(--set "$1")
        shift
    done
    run_cordon --trust "${options[@]}" --mount "$PROBE:/probe" "$@"
}

@test "a secret is shown in memory, read-only, as app.user's, and is not in the environment" {
    trusted "+secrets={name: key, from: $secret}" "+secrets={name: other, from: $secret, mode: \"0640\"}" -- sh -c \
        'cat /run/secrets/key; echo; stat -c "%n %a %u %g" /run/secrets/*; stat -f -c %T /run/secrets; /probe open /run/secrets/other w
         chmod 0777 /run/secrets/key 2>/dev/null || echo kept; env | grep -c hush'
    assert_output $'hush-hush\n/run/secrets/key 400 0 0\n/run/secrets/other 640 0 0\ntmpfs\nEROFS\nkept\n0'
}

@test "a secret belongs to app.user" {
    local user=1:1
    [ "$LANE" != single ] || user=12:12
    run_cordon --trust --set "app.user=\"$user\"" --set "+secrets={name: key, from: $secret}" -- sh -c \
        'stat -c "%u:%g" /run/secrets/key; cat /run/secrets/key'
    assert_output "$user"$'\nhush-hush'
}

@test "no descriptor of a secret reaches the app, and nothing is left on the host" {
    trusted "+secrets={name: key, from: $secret}" -- /probe fds
    assert_output "$(trusted -- /probe fds && echo "$output")"
    [ ! -e /run/secrets/key ]
}

@test "a secret that others may read is refused at its line, with what to do; so are one too large and one that is no file" {
    local file
    chmod 0644 "$secret"
    file=$(profile open <<<"secrets:
  - {name: key, from: $secret}")
    run_cordon --trust -p "$file" -- true
    assert_equal "$status" 125
    assert_line --index 0 --partial "$file:3:23: error: secrets[0].from: everyone on this machine may read"
    assert_line --partial "chmod o-rw $secret"
    chmod 0640 "$secret"
    run_cordon --trust -p "$file" -- cat /run/secrets/key
    assert_output hush-hush
    truncate -s 1048577 "$secret"
    run_cordon --trust -p "$file" -- true
    assert_line --index 0 --partial "$file:3:23: error: secrets[0].from: $secret has 1048577 bytes"
    truncate -s 1048576 "$secret"
    run_cordon --trust -p "$file" -- stat -c %s /run/secrets/key
    assert_output 1048576
    rm "$secret" && mkfifo -m 0600 "$secret"
    run_cordon --trust -p "$file" -- true
    assert_line --index 0 --partial "is not a file"
}

@test "a secret that others may write is refused, though they may not read it" {
    chmod 0602 "$secret"
    run_cordon --trust --set "+secrets={name: key, from: $secret}" -- cat /run/secrets/key
    assert_equal "$status" 125
    assert_line --index 0 --partial 'everyone on this machine may write'
    chmod 0620 "$secret"
    run_cordon --trust --set "+secrets={name: key, from: $secret}" -- cat /run/secrets/key
    assert_output hush-hush
}

@test "a secret that is not there is refused, or left out where it is optional" {
    run_cordon --trust --set "+secrets={name: key, from: $BATS_TEST_TMPDIR/none}" -- true
    assert_equal "$status" 125
    run_cordon --trust --set "+secrets={name: key, from: $BATS_TEST_TMPDIR/none, optional: true}" -- ls -A /run/secrets
    assert_success
    assert_output ''
}

@test "a plain user's secret is opened with no more than his rights" {
    requires plain
    run_cordon --trust --set "+secrets={name: key, from: /etc/shadow}" -- cat /run/secrets/key
    assert_equal "$status" 125
    assert_output --partial 'open /etc/shadow: permission denied'
}

@test "secrets and a mount of the profile at the same place are refused; a mount over /run is not written to" {
    mkdir -p "$BATS_TEST_TMPDIR/run"
    run_cordon --trust --set "+secrets={name: key, from: $secret}" --set '+mounts={tmpfs: 1M, at: /run/secrets}' -- true
    assert_equal "$status" 125
    assert_output --partial 'are shown at /run/secrets'
    run_cordon --trust --set "+secrets={name: key, from: $secret}" --set "+mounts={bind: $BATS_TEST_TMPDIR/run, at: /run, write: true}" -- true
    assert_equal "$status" 125
    assert_output --partial '/run/secrets does not exist inside'
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/run")" ]
}

@test "secrets in a root of its own" {
    rootfs "$BATS_TEST_TMPDIR/root"
    run_cordon --trust --set "root.from=dir:$BATS_TEST_TMPDIR/root" --set "+secrets={name: key, from: $secret}" -- cat /run/secrets/key
    assert_output hush-hush
    [ ! -e "$BATS_TEST_TMPDIR/root/run/secrets" ]
}
