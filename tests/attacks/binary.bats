# Host binary and descriptors: what the app could reach of the program that started it.
load ../helpers/container

# own_program: a copy of $CORDON that belongs to the caller, who is an id inside: his own program is what such an app could overwrite.
own_program() {
    cp "$CORDON" "$BATS_TEST_TMPDIR/program" && chmod 0755 "$BATS_TEST_TMPDIR/program"
    sum=$(sha256sum <"$BATS_TEST_TMPDIR/program")
    inode=$(stat -c %d:%i "$BATS_TEST_TMPDIR/program")
}

# reach_program SCRIPT: inside, once init has confined itself, as the owner of the program, with init's own capability, which is what it takes to look at init.
reach_program() {
    local -x CORDON=$BATS_TEST_TMPDIR/program
    inside users.map=single 'privileges.capabilities=[kill, dac-override]' -- sh -c "until grep -q '^Seccomp:.[12]' /proc/1/status; do sleep 0.05; done; $1"
}

@test "the program is not there to be overwritten, by #!/proc/self/exe or through PID 1 (AC-01, AC-03)" {
    local look='stat -L -c %d:%i /proc/1/exe; /probe open /proc/1/exe w; /probe open /proc/1/exe wt'
    weakly seal,dumpable own_program
    weakly seal,dumpable reach_program "$look"
    # Nothing is left between the app and the program but that it runs just now.
    assert_output "$inode"$'\nETXTBSY\nETXTBSY'

    own_program
    reach_program "$look; for p in \$\$ \$PPID /proc/self/exe; do /probe open /proc/\$p/exe wt; done; exit 5"
    assert_failure 5
    refute_output --partial "$inode"
    refute_line ok
    refute_line ETXTBSY
    printf '#!/proc/self/exe\n' >"$BATS_TEST_TMPDIR/script" && chmod 0755 "$BATS_TEST_TMPDIR/script"
    CORDON=$BATS_TEST_TMPDIR/program run_cordon --set users.map=single --mount "$BATS_TEST_TMPDIR/script:/script" --set app.init=false -- /script
    # It is a program like any other then, confined, and its first word is no verb.
    assert_failure 2
    assert_output --partial "unknown verb '/script'"
    assert_equal "$(sha256sum <"$BATS_TEST_TMPDIR/program")" "$sum"
}

@test "nor while init still confines itself, by an app that tries with its first instruction (AC-03)" {
    local try seen=
    own_program
    at_once() {
        CORDON=$BATS_TEST_TMPDIR/program inside users.map=single 'privileges.capabilities=[kill, dac-override]' -- /probe open /proc/1/exe wt
    }
    for try in {1..30}; do
        weakly seal,dumpable own_program
        weakly seal,dumpable at_once
        [ "$output" != ETXTBSY ] || break
    done
    [ "$output" = ETXTBSY ] || fail 'this attack bites nobody'
    own_program
    for try in {1..30}; do
        at_once
        assert_output --regexp '^E[A-Z]+$'
        seen="$seen $output"
    done
    [[ ! $seen =~ (ok|ETXTBSY) ]] || fail "$seen"
    assert_equal "$(sha256sum <"$BATS_TEST_TMPDIR/program")" "$sum"
}

@test "a descriptor of the program that was kept until it had ended writes nothing to it (CVE-2019-5736; AC-01, AC-03)" {
    # While it runs, the kernel says ETXTBSY; so hold it open inside, and write from somebody who is still there afterwards.
    local kept
    keep() {
        own_program
        CORDON=$BATS_TEST_TMPDIR/program start_cordon --set users.map=single --set 'privileges.capabilities=[kill, dac-override]' \
            --mount "$PROBE:/probe" -- sh -c 'until grep -q "^Seccomp:.[12]" /proc/1/status; do sleep 0.05; done
            (exec 9</proc/1/exe) && exec 9</proc/1/exe; echo ready; sleep 86393.1'
        wait_for 30 grep -q ready "$BATS_TEST_TMPDIR/out"
        kept=/proc/$(pids_of 'sleep 86393.1' | tail -n 1)/fd/9
        [ -e "$kept" ] || kept=/dev/null
        exec 8<"$kept"
        kill "$cordon_pid" && wait_cordon
        [[ $output == *ready* ]] || fail "$output"
        echo overwritten >/proc/self/fd/8 || true
        exec 8<&-
    }
    weakly seal,dumpable keep
    [ "$(sha256sum <"$BATS_TEST_TMPDIR/program")" != "$sum" ] || fail 'this attack bites nobody'
    keep
    assert_equal "$(sha256sum <"$BATS_TEST_TMPDIR/program")" "$sum"
    # Two walls: this is the second alone.
    weakly dumpable keep
    assert_equal "$(sha256sum <"$BATS_TEST_TMPDIR/program")" "$sum"
}

@test "what root's container runs is a sealed copy (AC-01)" {
    requires root
    local program look='/probe open /proc/1/exe w; stat -L -c %d:%i /proc/1/exe'
    weakly dumpable own_program
    weakly seal,dumpable reach_program "$look"
    assert_line "$inode"
    weakly dumpable reach_program "$look; exit 5"
    assert_failure 5
    refute_line "$inode"
    inside users.map=host 'privileges.capabilities=[dac-override, dac-read-search, sys-ptrace]' -- sh -c \
        'for p in 1 $PPID; do /probe open /proc/$p/exe w; /probe open /proc/$p/exe wt; done; exit 5'
    assert_failure 5
    refute_line ok
    # The program itself, which has no such switch; and one that belongs to another of the ids inside.
    runs() {
        start_cordon --set "users.map=$1" -- sleep 86395.4
        wait_for 30 some_pid_of 86395.4
        program=$(readlink "/proc/$(ps -o ppid= -p "$(pids_of 86395.4)" | tr -d ' ')/exe")
        kill "$cordon_pid" && wait_cordon || true
    }
    runs host
    assert_equal "$program" '/memfd:cordon (deleted)'
    own_program
    chown 61234 "$BATS_TEST_TMPDIR/program"
    CORDON=$BATS_TEST_TMPDIR/program runs '["0:61234:1"]'
    assert_equal "$program" '/memfd:cordon (deleted)'
    CORDON=$BATS_TEST_TMPDIR/program runs '["0:61235:1"]'
    assert_equal "$program" "$BATS_TEST_TMPDIR/program"
}

@test "the sealed copy runs where programs in memory need a word for it, and where none may run the error says so (AC-01)" {
    requires root
    [ -e /proc/sys/vm/memfd_noexec ] || skip "this kernel has no vm.memfd_noexec"
    run_where() { # the setting is that of the table of processes
        run unshare --pid --fork --mount-proc sh -c 'echo "$1" >/proc/sys/vm/memfd_noexec && shift && exec "$@"' sh "$1" \
            "$CORDON" --state "$LANE_DIR/state" run --set users.map=host -- echo ran
    }
    run_where 1
    assert_output ran
    run_where 2
    assert_equal "$status" 125
    assert_output --partial vm.memfd_noexec
}

# through NUMBER FOLDER: a working folder behind a descriptor of the caller's, which is the host's FOLDER.
through() {
    run bash -c 'eval "exec $1<\"$2\""; exec timeout 20 "$CORDON" --state "$LANE_DIR/state" run --set app.workdir=/proc/self/fd/$1 -- sh -c "cat file; pwd -P"' \
        bash "$1" "$2"
}

@test "a working folder behind a descriptor, by number or by a link to it, is out of reach (AC-04)" {
    local fd
    canary
    weakly resolve through 8 "$canary"
    assert_line secret
    for fd in {3..12} 20 32 63 64; do
        through "$fd" "$canary"
        assert_equal "$status" 125
        refute_line secret
    done
    ln -s /proc/self/fd/8 "$BATS_TEST_TMPDIR/link"
    exec 8<"$canary"
    weakly resolve run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR, at: /srv}" --set app.workdir=/srv/link -- cat file
    local reached=$output
    run_cordon --set "+mounts={bind: $BATS_TEST_TMPDIR, at: /srv}" --set app.workdir=/srv/link -- cat file
    exec 8<&-
    assert_equal "$reached" secret
    assert_equal "$status" 125
    run_cordon --set app.workdir=/usr/share -- sh -c 'pwd -P'
    assert_output /usr/share
}

@test "only descriptors 0, 1 and 2 are open in the first instruction, with init, without, and on a terminal (AC-05)" {
    local setting
    exec 7</etc/passwd 8</ 63</etc/group 200</
    for setting in app.init=true app.init=false app.terminal=true; do
        weakly descriptors inside "$setting" -- /probe fds
        assert_line --regexp ' 8 .*63 .*200 '
        inside "$setting" -- /probe fds
        assert_success
        assert_line --regexp $'^0 1 2 \r?$'
    done
    exec 7<&- 8<&- 63<&- 200<&-
}

@test "PID 1 inside holds no descriptor of the host's (AC-05)" {
    # It closes them while the app starts.
    local count='for try in $(seq $0); do count=$(ls /proc/1/fd | wc -l); [ "$count" -gt 1 ] || break; sleep 0.1; done; echo "$count"'
    exec 8</ 9</etc/passwd
    weakly dumpable,descriptors inside users.map=single 'privileges.capabilities=[kill]' -- sh -c "$count; readlink /proc/1/fd/8" 9
    assert_line --index 1 /
    [ "${lines[0]}" -gt 2 ]
    # Where it can be looked at: the channel and nothing else.
    weakly dumpable inside users.map=single 'privileges.capabilities=[kill]' -- sh -c "$count" 300
    assert_output 1
    inside privileges.inspection=true 'syscalls.allow=[ptrace, pidfd_getfd]' -- sh -c \
        'tr "\0" " " </proc/1/cmdline; echo; ls -l /proc/1/fd 2>&1; cat /proc/1/environ 2>&1; /probe getfd 1 0; /probe getfd 1 3; exit 5'
    assert_failure 5
    exec 8<&- 9<&-
    refute_output --partial "$LANE_DIR"
    refute_output --partial "$BATS_TEST_TMPDIR"
    refute_output --partial "$PROBE"
    refute_line ok
}

@test "PID 1 cannot be traced, read, written, ended or robbed of a descriptor (AC-06, AC-07)" {
    local may=(users.map=single 'privileges.capabilities=[kill]' 'syscalls.allow=[ptrace, pidfd_getfd]')
    local try='/probe seize 1; /probe getfd 1 3; /probe open /proc/1/mem; /probe open /proc/1/mem w; ls /proc/1/root/ >/dev/null && echo ok'
    # It gives up all but the right to send signals while the app starts.
    local confined='for try in $(seq 300); do grep -q "^CapPrm:.0000000000000020" /proc/1/status && break; sleep 0.1; done'
    weakly dumpable,descriptors inside "${may[@]}" -- sh -c "$confined; $try"
    assert_output $'ok\nok\nok\nok\nok'
    inside "${may[@]}" -- sh -c "exec 2>/dev/null; $try; exit 5"
    assert_equal "$status" 5
    refute_line ok
    inside privileges.inspection=true -- sh -c "exec 2>/dev/null; $try; exit 5"
    assert_equal "$status" 5
    refute_line ok
    inside -- sh -c "exec 2>/dev/null; $try; /probe kill 1 9 >/dev/null; sleep 0.1; exit 5"
    assert_equal "$status" 5
    refute_line ok
}

@test "the program itself has no switch that weakens it" {
    local look='grep -E "^(Seccomp|CapBnd|NoNewPrivs):" /proc/self/status'
    weakly 'filter system calls,set capabilities,no new privileges' run_cordon -- sh -c "$look"
    local weakened=$output
    CORDON_WEAK='filter system calls,set capabilities,no new privileges' run_cordon -- sh -c "$look"
    local asked=$output
    run_cordon -- sh -c "$look"
    assert_output "$asked"
    refute_output "$weakened"
    run grep -c CORDON_WEAK "$CORDON"
    assert_output 0
    grep -q CORDON_WEAK "${PROBE%/*}/cordon-weak"
}
