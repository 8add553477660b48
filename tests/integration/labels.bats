# label: policies of the security modules. The host that builds has none, and shows the refusals; the guest has AppArmor, and tests/vm/lanes
# loads there what these tests name, for who may not.
load ../helpers/container

apparmor_is_on() {
    [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]
}

# is_loaded PROFILE: asked as anybody may, and nothing changes.
is_loaded() {
    (printf 'permprofile %s' "$1" >/proc/self/attr/apparmor/current) 2>/dev/null
}

setup_file() {
    apparmor_is_on && [ "$LANE" = root ] && command -v apparmor_parser >/dev/null || return 0
    local file
    for file in "${BATS_TEST_DIRNAME%/*}/helpers/labels.apparmor" "${CORDON%/bin/cordon}/etc/apparmor.d/cordon-default"; do
        case $file in */labels.apparmor) is_loaded cordon-tests-label ;; *) is_loaded cordon-default ;; esac && continue
        apparmor_parser --add --skip-cache --quiet "$file"
        echo "$file" >>"$BATS_FILE_TMPDIR/loaded"
    done
}

teardown_file() {
    local file
    [ -e "$BATS_FILE_TMPDIR/loaded" ] || return 0
    while read -r file; do
        apparmor_parser --remove --quiet "$file"
    done <"$BATS_FILE_TMPDIR/loaded"
}

# needs PROFILE
needs() {
    apparmor_is_on || skip "AppArmor is not on in this kernel"
    is_loaded "$1" || skip "the AppArmor profile $1 is not loaded"
}

teardown() {
    local pid
    for pid in $cordon_pid $other; do
        kill -TERM "$pid" 2>/dev/null || true
    done
}

@test "the label of a module that is not on is an error at its line, and left out only where it is optional" {
    local module title file
    for module in apparmor selinux; do
        title=SELinux
        [ "$module" = selinux ] || title=AppArmor
        [ "$module" = selinux ] || ! apparmor_is_on || continue
        file=$(profile labelled <<<"label: {$module: some:label:of_t:ours}")
        run_cordon -p "$file" -- echo ran
        assert_equal "$status" 125
        refute_line ran
        assert_line --index 0 --regexp "^$file:2:[0-9]+: error: label\.$module: 'some:label:of_t:ours' cannot be had: $title is not on"
        assert_line --partial "lsm="
        file=$(profile labelled <<<"label: {$module: some:label:of_t:ours, optional: true}")
        run_cordon -p "$file" -- echo ran
        assert_output ran
        run cordon plan -p "$file" -- true
        assert_line '  left out: the label some:label:of_t:ours'
    done
}

@test "a profile that is not loaded is an error at its line, whoever asks, and says what loads it" {
    apparmor_is_on || skip "AppArmor is not on in this kernel"
    local file
    file=$(profile labelled <<<'label: {apparmor: cordon-tests-no-such}')
    run_cordon -p "$file" -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: label\.apparmor: 'cordon-tests-no-such' cannot be had: .*loaded"
    assert_line --partial apparmor_parser
    run cordon plan -p "$file" -- true
    assert_equal "$status" 1
    # Unloaded between the plan and the start: it is the kernel that says no, and nothing has been started.
    weakly lsm run_cordon -p "$file" -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: .*'cordon-tests-no-such' is not loaded"
}

@test "what a label denies is denied to the app and all that it starts, from its execution on" {
    needs cordon-tests-label
    local options
    inside -- sh -c '/probe read /etc/passwd; cat /proc/self/attr/apparmor/current'
    assert_line --index 0 ok
    assert_line --index 1 unconfined
    for options in '' app.init=false 'paths={optional: true, execute: [/bin/sh, /bin/cat, /probe]}' privileges.new-privileges=true syscalls.base=strict; do
        inside label.apparmor=cordon-tests-label ${options:+"$options"} -- sh -c '/probe read /etc/passwd; cat /proc/self/attr/apparmor/current; /probe read /etc/hosts'
        assert_line --index 0 EACCES
        assert_line --index 1 'cordon-tests-label (enforce)'
    done
    inside label.apparmor=cordon-tests-label 'app.user="33:33"' -- /probe read /etc/passwd
    [ "$LANE" = single ] || assert_output EACCES
}

@test "a label is not taken off again, nor exchanged" {
    needs cordon-tests-label
    inside label.apparmor=cordon-tests-label -- sh -c 'for word in "exec unconfined" "exec cordon-tests-complain"; do
        echo "$word" >/proc/self/attr/apparmor/exec && /probe read /etc/passwd; done 2>&1; echo changeprofile unconfined >/proc/self/attr/apparmor/current; /probe read /etc/passwd'
    refute_line ok
    assert_line EACCES
}

@test "inspect reads the label back, and plan says it" {
    needs cordon-tests-label
    run cordon plan --set label.apparmor=cordon-tests-label -- true
    assert_line '  set the label: AppArmor cordon-tests-label'
    start_cordon --rm --name labelled --set label.apparmor=cordon-tests-label -- sleep 60
    wait_for 20 eval 'cordon inspect labelled | jq .applied.label.apparmor | grep cordon-tests-label'
    run cordon inspect labelled
    assert_equal "$(jq -c .applied.label <<<"$output")" '{"apparmor":"cordon-tests-label (enforce)","selinux":null}'
    kill -TERM "$cordon_pid"
    wait_cordon
    cordon_pid=
}

@test "a profile that denies nothing, since it only complains, is no label" {
    needs cordon-tests-complain
    run_cordon --set label.apparmor=cordon-tests-complain -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --partial "'cordon-tests-complain' is loaded as one that denies nothing: (complain)"
}

@test "under a profile of its own cordon adds the label to that, and may do so only where that profile lets it" {
    requires root command:aa-exec
    needs cordon-tests-launcher
    confined() { # cordon's arguments
        run aa-exec -p cordon-tests-launcher -- "$CORDON" --state "$LANE_DIR/state" run --mount "$PROBE:/probe" "$@"
    }
    confined --set label.apparmor=cordon-tests-label -- sh -c 'cat /proc/self/attr/apparmor/current; /probe read /etc/passwd; /probe read /etc/group'
    assert_line --index 0 --regexp '^cordon-tests-la[a-z]+//&cordon-tests-la[a-z]+ \(enforce\)$'
    assert_line --index 1 EACCES
    assert_line --index 2 EACCES
    confined --set label.apparmor=cordon-default -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "label\.apparmor.*'cordon-default' may not be changed to"
}

@test "cordon-default leaves a container what is its own" {
    needs cordon-default
    inside label.apparmor=cordon-default -- sh -c 'cat /proc/self/attr/apparmor/current; echo x >/tmp/a && ln /tmp/a /tmp/b && cat /tmp/b | cat
        sleep 60 & kill "$!"; wait "$!"; echo "$?"; ls /proc/self/fd /sys/class/net >/dev/null && echo listed; echo z >/dev/null && echo written'
    assert_line --index 0 'cordon-default (enforce)'
    assert_line --index 1 x
    assert_line 143
    assert_line listed
    assert_line written
    refute_output --partial denied
    inside label.apparmor=cordon-default app.terminal=true -- /probe read /etc/hosts
    assert_success
    start_cordon --set label.apparmor=cordon-default --mount "$PROBE:/probe" -- sleep 86396.5
    wait_for 20 some_pid_of 86396.5
    kill -TERM "$cordon_pid" # from outside it is reached
    wait_cordon
    cordon_pid=
    assert_equal "$status" 143
}

@test "cordon-default denies what is the machine's, or another's: processes outside, mounting, devices, the kernel's settings" {
    needs cordon-default
    local map=auto label path
    [ "$LANE" != root ] || map=host
    sleep 86396.7 3>&- &
    other=$!
    for label in unconfined cordon-default; do
        # shellcheck disable=SC2016
        inside isolate.pid=inherit users.map=$map label.apparmor=$label -- sh -c 'kill -CONT "$0" && echo sent' "$other"
        case $label in unconfined) assert_output sent ;; *) assert_output --partial 'ermission denied' ;; esac
    done
    # With the capability and the call, there is no other wall left.
    for label in unconfined cordon-default; do
        inside 'privileges.capabilities=[sys-admin]' 'syscalls.allow=[mount]' label.apparmor=$label -- sh -c 'mount -t tmpfs none /tmp && echo mounted'
        case $label in unconfined) assert_output mounted ;; *) assert_output --partial 'cannot mount' ;; esac
    done
    # Of a /proc that nothing masks: the kernel's settings, seen and not written.
    if [ "$LANE" = root ]; then
        for label in unconfined cordon-default; do
            run unshare -m aa-exec -p "$label" -- "$PROBE" open /proc/sys/vm/swappiness w
            case $label in unconfined) assert_output ok ;; *) assert_output EACCES ;; esac
            for path in /proc/sysrq-trigger /proc/kcore /proc/sys/kernel/core_pattern /proc/sys/kernel/hotplug /sys/kernel/uevent_helper /proc/sys/fs/suid_dumpable; do
                [ ! -e "$path" ] || [ "$label" = unconfined ] || assert_equal "$path $(aa-exec -p "$label" -- "$PROBE" open "$path" w)" "$path EACCES"
            done
            for path in /proc/sys/kernel/shmmax /proc/sys/kernel/hostname /proc/sys/kernel/msgmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max /proc/sys/net/core/somaxconn; do
                assert_equal "$path $(aa-exec -p "$label" -- "$PROBE" open "$path" w)" "$path ok"
            done
        done
    fi
}

@test "cordon-default beside a switch that lets it mount is refused: one of the two would have no effect" {
    apparmor_is_on && ! is_loaded cordon-default && skip "the AppArmor profile cordon-default is not loaded"
    local switch
    for switch in mount-tmpfs mount-bind nested; do
        weakly "$(apparmor_is_on || echo lsm,)none" run_cordon --set label.apparmor=cordon-default --set "privileges.allow=[$switch]" -- echo ran
        assert_equal "$status" 125
        assert_line --index 0 --partial "$switch has no effect with label.apparmor: cordon-default"
    done
}
