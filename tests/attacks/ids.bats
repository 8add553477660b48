# Ids, capabilities, security modules: what the app could keep of power.
load ../helpers/container

sets_are() { # MASK: all five
    local set
    for set in Inh Prm Eff Bnd Amb; do
        assert_line --regexp "^Cap$set:[[:space:]]$1$"
    done
}

@test "no new privileges, a filter, and no capability in any of the five sets (AC-29)" {
    weakly 'set capabilities,no new privileges,filter system calls' run_cordon -- cat /proc/self/status
    assert_line --regexp '^CapEff:.*ffffffff$'
    assert_line --regexp '^CapBnd:.*ffffffff$'
    assert_line --regexp '^NoNewPrivs:[[:space:]]0$'
    assert_line --regexp '^Seccomp:[[:space:]]0$'
    local init
    for init in true false; do
        run_cordon --set app.init=$init -- cat /proc/self/status
        assert_success
        sets_are 0000000000000000
        assert_line --regexp '^NoNewPrivs:[[:space:]]1$'
        assert_line --regexp '^Seccomp:[[:space:]]2$'
    done
}

@test "exactly the capabilities that are asked for, in all five sets, for root and for another user (AC-29)" {
    run_cordon --set 'privileges.capabilities=[net-bind-service, chown]' -- cat /proc/self/status
    assert_success
    sets_are 0000000000000401
    run_cordon --set 'privileges.capabilities=[net-bind-service]' --set users.map=single --set app.user=33 -- cat /proc/self/status
    assert_line --regexp '^Uid:[[:space:]]33[[:space:]]33[[:space:]]33[[:space:]]33$'
    sets_are 0000000000000400
}

@test "the same of an app that changes its user, with init and without (AC-29)" {
    requires ids
    local init
    for init in true false; do
        run_cordon --set app.user=33 --set app.init=$init -- cat /proc/self/status
        assert_line --regexp '^Uid:[[:space:]]33[[:space:]]33[[:space:]]33[[:space:]]33$'
        sets_are 0000000000000000
        run_cordon --set app.user=33 --set app.init=$init --set 'privileges.capabilities=[net-bind-service]' -- cat /proc/self/status
        sets_are 0000000000000400
    done
}

# carry PROCESS OPTION…: the sets that it has inside, where the caller has some that are inherited. Init confines itself while the app starts.
carry() {
    # shellcheck disable=SC2016
    run timeout 60 setpriv --inh-caps=+net_raw,+sys_admin --ambient-caps=+net_raw,+sys_admin "$CORDON" --state "$LANE_DIR/state" run "${@:2}" -- \
        sh -c 'until grep -q "^Seccomp:.[12]" "/proc/$0/status"; do sleep 0.05; done; cat "/proc/$0/status"' "$1"
}

@test "the caller's own inheritable and ambient capabilities do not get in (AC-29)" {
    requires root
    weakly 'set capabilities' carry self --set users.map=host
    assert_line --regexp '^CapInh:[[:space:]]0000000000202000$'
    carry self --set users.map=host
    sets_are 0000000000000000
    carry self
    sets_are 0000000000000000
}

@test "the caller's own do not get in beside those that are kept either, nor has init any of them (AC-29)" {
    requires root
    local keep=(--set users.map=host --set 'privileges.capabilities=[chown]') init
    for init in true false; do
        weakly 'set capabilities' carry self "${keep[@]}" --set app.init=$init
        assert_line --regexp '^CapInh:[[:space:]]0000000000202000$'
        carry self "${keep[@]}" --set app.init=$init
        sets_are 0000000000000001
    done
    carry 1 "${keep[@]}"
    assert_line --regexp '^Name:[[:space:]]cordon-init$'
    assert_line --regexp '^CapInh:[[:space:]]0000000000000000$'
    assert_line --regexp '^CapPrm:[[:space:]]0000000000000020$' # CAP_KILL: signals for another user
    assert_line --regexp '^CapEff:[[:space:]]0000000000000020$'
    assert_line --regexp '^CapAmb:[[:space:]]0000000000000000$'
}

@test "what new privileges take until the exec is in no set after it (AC-29)" {
    local map=auto
    [ "$LANE" != root ] || map=host
    run_cordon --set users.map=$map --set privileges.new-privileges=true -- cat /proc/self/status
    assert_line --regexp '^NoNewPrivs:[[:space:]]0$'
    assert_line --regexp '^Seccomp:[[:space:]]2$'
    sets_are 0000000000000000
    run_cordon --set users.map=$map --set privileges.new-privileges=true --set 'privileges.capabilities=[chown]' --set app.init=false -- cat /proc/self/status
    sets_are 0000000000000001
}

@test "app.user: a number is a number, whatever the passwd inside calls by it (AC-30)" {
    requires ids
    rootfs "$BATS_TEST_TMPDIR/root"
    # As coreutils' chroot reads it: first as a name, and this root's passwd has a user 1000 with the id 7.
    unshare_ids=()
    [ "$LANE" = root ] || unshare_ids=(unshare --map-auto -Ur)
    run "${unshare_ids[@]}" chroot --userspec=1000 "$BATS_TEST_TMPDIR/root" /bin/id -u
    assert_output 7
    run_cordon --root "$BATS_TEST_TMPDIR/root" --set 'app.user="1000"' -- id -u
    assert_output 1000
}

@test "app.user: strings that are no user are refused (AC-30)" {
    local user
    # As a number that wraps around would be read: 2^32 is root then.
    weakly overflow run_cordon --set 'app.user="4294967296"' -- id -u
    assert_output 0
    for user in '""' '"0x0"' '"-1"' '"4294967295"' '"4294967296"' '"18446744073709551616"' '"1000:"' '":0"' '"1000 0"' '"root\n"' '"root:"' \
        '"0:0:0"' '"+0"' '" 0"' '"0 "' '"00"'; do
        run_cordon --set "app.user=$user" -- id
        assert_equal "$status" 125
        refute_output --partial uid=
    done
}

@test "no supplementary group of the caller's gets in (AC-31)" {
    requires root
    with_groups() {
        run setpriv --groups=4,20,24 "$CORDON" --state "$LANE_DIR/state" run "$@" -- grep Groups /proc/self/status
    }
    weakly "groups,become the app's user" with_groups --set users.map=host
    assert_output --regexp '^Groups:[[:space:]]*4 20 24 *$'
    local map
    for map in host auto single; do
        with_groups --set users.map=$map
        assert_success
        assert_output --regexp '^Groups:[[:space:]]*$'
    done
}

@test "what only a group of the host's may read is hidden from an app that has that group from root (AC-31)" {
    requires root
    local shown=$BATS_TEST_TMPDIR/shown
    mkdir "$shown" && echo secret >"$shown/file" && chmod 0755 "$shown" && chmod 0640 "$shown/file"
    with_groups() {
        run setpriv --groups=0 "$CORDON" --state "$LANE_DIR/state" run --set app.groups=keep --set "root.show=[$shown]" -- cat "$shown/file"
    }
    weakly 'hide private files' with_groups
    assert_output secret
    with_groups
    assert_success
    assert_output ''
}

@test "a plain user's groups: dropped, or the run says that they cannot be (AC-31)" {
    requires plain
    run_cordon -- grep Groups /proc/self/status
    # Nobody can drop his own group, which may be in the list once more, where one id is mapped.
    assert_output --regexp "^Groups:[[:space:]]*$([ "$LANE" != single ] || echo '(0 *)?')\$"
    inside -- /probe setgroups
    assert_output EPERM
}

@test "a user's groups that the kernel lets nobody drop are a refusal, not a secret (AC-31)" {
    requires root # to become a user with more groups than he was given
    with_groups() { # without subordinate ids
        run setpriv --reuid=61234 --regid=61234 --groups=4,24 "$CORDON" --state "$BATS_TEST_TMPDIR/state" run "$@" -- grep Groups /proc/self/status
    }
    mkdir "$BATS_TEST_TMPDIR/state" && chown 61234 "$BATS_TEST_TMPDIR/state" && chmod 0711 "$BATS_TEST_TMPDIR"
    with_groups --set app.groups=keep
    assert_output --regexp '^Groups:[[:space:]]*65534 65534 *$'
    with_groups
    assert_equal "$status" 125
    assert_line --index 0 --partial "app.groups: the caller's 2 supplementary groups cannot be dropped"
}

@test "a label that is asked for and cannot be set is a hard error (AC-35)" {
    local file
    file=$(profile labelled <<'YAML'
label: {apparmor: no-such-profile}
YAML
    )
    weakly 'lsm,set the label' run_cordon -p "$file" -- echo unlabelled
    assert_output unlabelled
    run_cordon -p "$file" -- echo unlabelled
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: label"
    refute_line unlabelled
    # Had the plan not known it, the kernel says it, before anything of the app's has run.
    weakly lsm run_cordon -p "$file" -- echo unlabelled
    assert_equal "$status" 125
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: .*'no-such-profile' "
    refute_line unlabelled
    run_cordon --set label.selinux=system_u:system_r:no_such_t:s0 -- echo unlabelled
    assert_equal "$status" 125
    refute_line unlabelled
}

@test "the program refuses to run with set-id bits or file capabilities (AC-36)" {
    requires root
    raised() { # HOW…: a copy of $CORDON with it, started by a plain user
        local program=$LANE_TOP/raised
        cp "$CORDON" "$program" && "$@" "$program"
        run setpriv --reuid=65533 --regid=65533 --clear-groups -- env HOME=/ "$program" --version
        rm "$program"
    }
    local how
    for how in 'chmod 4755' 'chmod 2755' 'setcap cap_sys_admin+ep'; do
        # shellcheck disable=SC2086 # two words
        weakly guard raised $how
        assert_output 'cordon weak'
        # shellcheck disable=SC2086
        raised $how
        assert_equal "$status" 125
        assert_line --index 0 --partial 'refusing to run'
    done
}

@test "a set-id program gives nothing: nosuid on every mount, also on those of the profile (AC-37)" {
    local share=$BATS_TEST_TMPDIR/share
    mkdir "$share" && chmod 0755 "$share"
    local all=("+mounts={bind: $share, at: /srv, write: true}" '+mounts={tmpfs: 1M, at: /scratch, exec: true}' '+mounts={volume: tests-v4, at: /var/lib/v}')
    without_nosuid() {
        awk '$6 !~ /nosuid/ { print $5 }' <<<"$output"
    }
    weakly nosuid inside "${all[@]}" -- cat /proc/self/mountinfo
    run without_nosuid
    assert_line /srv
    assert_line /scratch
    assert_line /usr
    inside "${all[@]}" -- cat /proc/self/mountinfo
    assert_success
    run without_nosuid
    assert_output ''
}

@test "a set-id program of root's gives its caller nothing (AC-37)" {
    requires root
    local share=$BATS_TEST_TMPDIR/share
    mkdir "$share" && cp "$PROBE" "$share/set-id" && chmod 4755 "$share/set-id" && chmod 0755 "$share"
    local words=("+mounts={bind: $share, at: /srv, owner: keep}" users.map=host app.user=33 privileges.new-privileges=true 'privileges.capabilities=[chown]')
    weakly nosuid inside "${words[@]}" -- sh -c '/srv/set-id setuid 0'
    assert_output ok
    inside "${words[@]}" -- sh -c '/srv/set-id setuid 0'
    assert_output EPERM
}

@test "what a volume holds is closed to others outside, so that a set-id file in it is of no use (AC-37)" {
    run_cordon --set '+mounts={volume: tests-v3, at: /srv}' -- sh -c 'cp /bin/sh /srv/sh; chmod 4755 /srv/sh'
    local folder=$LANE_DIR/data/volumes/tests-v3
    [ -u "$folder/sh" ] || [ "$(stat -c %a "$folder")" = 700 ]
    while [ "$folder" != "$LANE_DIR" ]; do
        case $(stat -c %a "$folder") in *00) return 0 ;; esac
        folder=$(dirname "$folder")
    done
    fail 'every folder above the volume is open to others'
}

@test "no user namespace to be had: refused with the reason, never without one (AC-38)" {
    # A launcher that falls back, in the same place: it runs, uncontained.
    forbidden() {
        run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && "$@"' sh "$@"
    }
    forbidden sh -c 'unshare -U id -u 2>/dev/null || id -u'
    assert_output 0
    forbidden "$CORDON" --state "$LANE_DIR/state" run --set users.map=single -- id
    assert_equal "$status" 125
    refute_output --partial uid=
    assert_line --index 0 --regexp '^cordon: .*namespace'
    assert_output --partial max_user_namespaces
}

@test "ids that the caller has no right to are refused, not left out (AC-38)" {
    requires plain
    run_cordon --set 'users.map=["0:0:65536"]' -- id
    assert_equal "$status" 125
    refute_output --partial uid=
    run_cordon --set users.map=host -- id
    assert_equal "$status" 125
    refute_output --partial uid=
}
