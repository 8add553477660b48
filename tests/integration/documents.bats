# What is made from the table of verbs: completions and man pages.

bats_require_minimum_version 1.5.0
load ../helpers/container

# complete WORD…: what bash offers for the last word.
complete_words() {
    "$CORDON" completions bash >"$BATS_TEST_TMPDIR/completion"
    PATH=${CORDON%/*}:$PATH bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _cordon; printf "%s\n" "${COMPREPLY[@]}"' \
        sh "$BATS_TEST_TMPDIR/completion" "$@"
}

@test "bash completes verbs, options, values, profiles and rules" {
    local words
    for words in 'cordon in=inspect' 'cordon run --wh=--why' 'cordon run --network h=host' 'cordon plan --format j=json' 'cordon run -p def=default' \
        'cordon --state /x ru=run' 'cordon lint default --form=--format' 'cordon diff default def=default'; do
        # shellcheck disable=SC2086 # words
        run complete_words ${words%=*}
        assert_success
        assert_line "${words#*=}"
    done
    # The file of a profile may have any name.
    mkdir -p "$BATS_TEST_TMPDIR/config/cordon/profiles"
    echo 'cordon: 1' >"$BATS_TEST_TMPDIR/config/cordon/profiles/\$(touch \${HOME%\$HOME}made).yaml"
    (cd "$BATS_TEST_TMPDIR" && XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config complete_words cordon run -p '$(') >"$BATS_TEST_TMPDIR/offered"
    [ "$LANE" = root ] || grep -qF '$(touch' "$BATS_TEST_TMPDIR/offered"
    [ ! -e "$BATS_TEST_TMPDIR/made" ]
    # After a command its own words follow, not options of cordon's.
    run complete_words cordon run -- ls --wh
    refute_output --partial --why
}

@test "each option of a verb's help is in the completions of all three shells" {
    local shell verb option options
    for shell in bash zsh fish; do "$CORDON" completions "$shell" >"$BATS_TEST_TMPDIR/$shell"; done
    for verb in run plan lint ps; do
        options=$("$CORDON" "$verb" --help | grep -o -- '--[a-z][a-z-]*' | sort -u)
        [ "$(echo "$options" | wc -w)" -gt 1 ]
        for option in $options; do
            for shell in bash zsh; do grep -q -- "$option" "$BATS_TEST_TMPDIR/$shell"; done
            grep -qE -- "from $verb.* -l ${option#--}( |$)" "$BATS_TEST_TMPDIR/fish"
        done
    done
}

@test "an unknown shell is refused with those that are known" {
    run "$CORDON" completions tcsh
    assert_failure 2
    assert_output --regexp 'tcsh.*bash.*zsh.*fish|bash.*zsh.*fish'
}

@test "a man page is filled from the table: each option with its text" {
    local page=$BATS_TEST_TMPDIR/page option
    run --separate-stderr "$CORDON" manual "$SOURCE/cli/man/cordon-run.1.scd"
    assert_success
    echo "$output" >"$page"
    for option in $("$CORDON" run --help | grep -o -- '--[a-z][a-z-]*' | sort -u); do
        grep -qF -- "$option" "$page"
    done
    run "$CORDON" manual "$BATS_TEST_TMPDIR/none"
    assert_failure
    assert_output --partial "$BATS_TEST_TMPDIR/none"
}
