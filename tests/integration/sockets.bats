# Sockets of the host.
load ../helpers/container

listen() {
    "$PROBE" listen "$1" >"$BATS_TEST_TMPDIR/listening" 3>&- &
    listener=$!
    wait_for 10 grep -qx ready "$BATS_TEST_TMPDIR/listening"
}

teardown() {
    [ -z "${listener:-}" ] || kill "$listener" 2>/dev/null || true
}

@test "a socket that the profile names takes connections where it is, and its neighbour is not there" {
    mkdir -m 0755 "$BATS_TEST_TMPDIR/s"
    listen "$BATS_TEST_TMPDIR/s/one"
    chmod 0666 "$BATS_TEST_TMPDIR/s/one" && touch "$BATS_TEST_TMPDIR/s/two"
    inside "sockets.unix=[$BATS_TEST_TMPDIR/s/one]" -- sh -c "/probe unix $BATS_TEST_TMPDIR/s/one; ls -A $BATS_TEST_TMPDIR/s"
    assert_output $'ok\none'
}

@test "what is no socket, or is not there, is refused at its line" {
    local file name
    touch "$BATS_TEST_TMPDIR/plain"
    for name in plain none; do
        file=$(profile socket <<<"sockets:
  unix: [$BATS_TEST_TMPDIR/$name]")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --partial "$file:3:10: error: sockets.unix[0]: "
    done
}

@test "the host's abstract sockets on the host's network: out of reach but with abstract: true, or left open and said" {
    listen "@cordon-tests-scope-$LANE"
    inside network.mode=host sockets.abstract=true -- /probe unix "@cordon-tests-scope-$LANE"
    assert_output ok
    run cordon plan --set network.mode=host -- true
    if [ "$("$PROBE" landlock)" -ge 6 ]; then
        assert_output --partial 'keep to its own abstract sockets'
        inside network.mode=host -- /probe unix "@cordon-tests-scope-$LANE"
        assert_output EPERM
        inside network.mode=host privileges.new-privileges=true app.init=false -- /probe unix "@cordon-tests-scope-$LANE"
        assert_output EPERM
    else
        assert_output --partial 'abstract sockets closed'
        run_cordon --set network.mode=host --set sockets.abstract=false -- true
        assert_equal "$status" 125
        assert_output --partial 'sockets.abstract'
    fi
}
