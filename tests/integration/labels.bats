# label: policies of the security modules. The host that builds has none, and shows the refusals; the guest has AppArmor, and tests/vm/lanes
# loads there what these tests name, for who may not.
load ../helpers/container

apparmor_is_on() {
    [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]
}

selinux_is_on() {
    [ -e /sys/fs/selinux/enforce ]
}

# is_loaded PROFILE: asked as anybody may, and nothing changes.
is_loaded() {
    (printf 'permprofile %s' "$1" >/proc/self/attr/apparmor/current) 2>/dev/null
}

# All names are the tests' own, so what the host has loaded, a cordon-default of its own too, stays as it is.
label_profiles() {
    "${BATS_TEST_DIRNAME%/*}/helpers/labels" "$@" "${CORDON%/bin/cordon}/etc/apparmor.d/cordon-default"
}

# What another has loaded is only brought up to date, and stays.
setup_file() {
    apparmor_is_on && [ "$LANE" = root ] && command -v apparmor_parser >/dev/null || return 0
    is_loaded cordon-tests-label || : >"$BATS_FILE_TMPDIR/loaded"
    label_profiles | apparmor_parser --replace --skip-cache --quiet
}

teardown_file() {
    local profile policy=/sys/kernel/security/apparmor
    if [ -w $policy/.remove ]; then
        while read -r profile _; do
            case $profile in cordon-tests-without-*) printf %s "$profile" >$policy/.remove ;; esac
        done < <(cat $policy/profiles)
    fi
    [ ! -e "$BATS_FILE_TMPDIR/loaded" ] || label_profiles | apparmor_parser --remove --quiet
}

# needs PROFILE
needs() {
    needs_apparmor
    is_loaded "$1" || not_here "the AppArmor profile $1 is not loaded"
}

# The guest is booted with one of the two modules, as its command line says.
needs_apparmor() {
    apparmor_is_on && return
    ! grep -q security=selinux /proc/cmdline || skip "AppArmor is not on where SELinux is"
    not_here "AppArmor is not on in this kernel"
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
        case $module in apparmor) ! apparmor_is_on ;; selinux) ! selinux_is_on ;; esac || continue
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
    needs_apparmor
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
    confined --set label.apparmor=cordon-tests-default -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "label\.apparmor.*'cordon-tests-default' may not be changed to"
}

@test "cordon-default leaves a container what is its own" {
    needs cordon-tests-default
    local file
    inside label.apparmor=cordon-tests-default -- sh -c 'cat /proc/self/attr/apparmor/current; echo x >/tmp/a && ln /tmp/a /tmp/b && cat /tmp/b | cat
        sleep 60 & kill "$!"; wait "$!"; echo "$?"; ls /proc/self/fd /sys/class/net >/dev/null && echo listed; echo z >/dev/null && echo written'
    assert_line --index 0 'cordon-tests-default (enforce)'
    assert_line --index 1 x
    assert_line 143
    assert_line listed
    assert_line written
    refute_output --partial denied
    if [ "$LANE" = root ]; then
        for file in /proc/sys/kernel/shmmax /proc/sys/kernel/hostname /proc/sys/kernel/msgmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max /proc/sys/net/core/somaxconn; do
            assert_equal "$file $(aa-exec -p cordon-tests-default -- "$PROBE" open "$file" w)" "$file ok"
        done
    fi
    inside label.apparmor=cordon-tests-default app.terminal=true -- /probe read /etc/hosts
    assert_success
    start_cordon --set label.apparmor=cordon-tests-default --mount "$PROBE:/probe" -- sleep 86396.5
    wait_for 20 some_pid_of 86396.5
    kill -TERM "$cordon_pid" # from outside it is reached
    wait_cordon
    cordon_pid=
    assert_equal "$status" 143
}

@test "cordon-default denies a container what is another's: processes outside, and mounting" {
    needs cordon-tests-default
    local map=auto label
    [ "$LANE" != root ] || map=host
    sleep 86396.7 3>&- &
    other=$!
    for label in unconfined cordon-tests-default; do
        inside isolate.pid=inherit users.map=$map label.apparmor=$label -- /probe kill "$other" 18
        case $label in unconfined) assert_output ok ;; *) assert_output EACCES ;; esac
    done
    # With the capability and the call, there is no other wall left.
    for label in unconfined cordon-tests-default; do
        inside 'privileges.capabilities=[sys-admin]' 'syscalls.allow=[mount]' label.apparmor=$label -- /probe call mount-root
        case $label in unconfined) assert_output EINVAL ;; *) assert_output EACCES ;; esac
    done
}

# What each rule of cordon-default refuses to root outside, whom nothing else holds: RULE|WORDS, the rule by its beginning, and what
# the prober is asked. Of the files of a rule each kernel has some. The capabilities are also taken out of what `caps` prints.
refused_by_rules() {
    while IFS='|' read -r rule words; do
        eval "set -- $words"
        [[ ${2-} != /* || $2 == "$aside"/* || -e $2 ]] || continue
        echo "$rule|$words"
    done <<TABLE
no rule|call mount-root
no rule|call umount-root
no rule|call pivot-root
no rule|write /proc/self/attr/apparmor/current 'changeprofile unconfined'
signal (send)|kill $other 18
ptrace (trace, read)|seize $other
ptrace (trace, read)|read /proc/$other/environ
deny capability mac_admin|caps
deny capability mac_admin|write $aside/apparmor/.remove cordon-tests-no-such
deny capability mac_override|caps
deny capability sys_module|caps
deny capability sys_module|call delete_module
deny capability sys_rawio|caps
deny capability sys_rawio|call ioperm-own
deny /proc/{sysrq-trigger,|open /proc/sysrq-trigger w
deny /proc/{sysrq-trigger,|open /proc/kcore
deny /proc/{acpi,|open /proc/irq/default_smp_affinity w
deny /proc/{acpi,|open /proc/mtrr w
deny /proc/{acpi,|open /proc/fs/ext4/vda/options w
deny /dev/{mem,|open /dev/mem
deny /dev/{mem,|open /dev/port w
deny /proc/sys/{abi,|open /proc/sys/vm/swappiness w
deny /proc/sys/{abi,|open /proc/sys/debug/exception-trace w
deny /proc/sys/{abi,|open /proc/sys/dev/scsi/logging_level w
deny /proc/sys/fs/|open /proc/sys/fs/suid_dumpable w
deny /proc/sys/fs/|open /proc/sys/fs/mount-max w
deny /proc/sys/kernel/|open /proc/sys/kernel/core_pattern w
deny /proc/sys/kernel/|open /proc/sys/kernel/dmesg_restrict w
deny /proc/sys/kernel/|open /proc/sys/kernel/hung_task_timeout_secs w
deny /proc/sys/kernel/|open /proc/sys/kernel/hotplug w
deny /proc/sys/kernel/|open /proc/sys/kernel/modprobe w
deny /proc/sys/kernel/|open /proc/sys/kernel/sysrq w
deny /proc/sys/kernel/|open /proc/sys/kernel/seccomp/actions_logged w
deny /sys/{block,|open /sys/kernel/uevent_helper w
deny /sys/{block,|open /sys/kernel/mm/transparent_hugepage/enabled w
deny /sys/{block,|open /sys/block/vda/queue/scheduler w
deny /sys/{block,|open /sys/power/state w
deny /sys/{block,|open /sys/module/apparmor/parameters/audit w
deny /sys/fs/|open /sys/fs/ext4/vda/mb_stats w
deny /sys/{firmware,|read /sys/kernel/security/lsm
deny /sys/{firmware,|read /sys/firmware/memmap/0/start
deny /sys/{firmware,|read /sys/kernel/debug/sleep_time
TABLE
}

# answers LABEL <TABLE: what the prober says to each row. The file system of policy is where the rules about /sys do not reach.
answers() {
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount -t securityfs none "$0" && exec aa-exec -p "$@"' "$aside" "$1" -- bash -c 'while IFS="|" read -r _ words; do
        eval "set -- $words" && "$0" "$@"; done; true' "$PROBE"
}

# Sets what these two use.
prepare_rules() {
    requires root command:aa-exec
    needs cordon-tests-default
    table=$BATS_TEST_TMPDIR/table aside=$BATS_TEST_TMPDIR/securityfs
    sleep 86396.8 3>&- &
    other=$!
    mkdir "$aside"
    refused_by_rules >"$table"
    mapfile -t rules < <(echo 'no rule' && label_profiles --rules)
}

@test "cordon-default denies, to whom nothing else holds, what each of its rules is for" {
    local table aside rules rule words free held
    prepare_rules
    for rule in "${rules[@]}"; do
        awk -F '|' -v rule="$rule" 'index(rule, $1) == 1 { found = 1 } END { exit !found }' "$table" || fail "nothing is asked about: $rule"
    done
    while IFS='|' read -r rule words free held; do
        echo "$words: $free, with the profile $held"
        [[ $free != EACCES && $free != EPERM ]]
        [[ $held == EACCES || $held == EPERM || $held == effective* ]]
        [ "$held" != "$free" ]
    done < <(paste -d '|' "$table" <(answers unconfined <"$table") <(answers cordon-tests-default <"$table"))
}

@test "no rule of cordon-default is idle: without each of them, something is had that it denied" {
    local table aside rules words held without number
    prepare_rules
    label_profiles --without | apparmor_parser --replace --skip-cache --quiet
    for number in "${!rules[@]}"; do
        awk -F '|' -v rule="${rules[number]}" 'index(rule, $1) == 1' "$table" >"$table.rule"
        while IFS='|' read -r _ words held without; do
            echo "$words: $held, without the rule $without"
            [ "$without" != "$held" ]
        done < <(paste -d '|' "$table.rule" <(answers cordon-tests-default <"$table.rule") <(answers "cordon-tests-without-$number" <"$table.rule"))
    done
}

@test "cordon-default beside a switch that lets it mount is refused: one of the two would have no effect" {
    local switch
    [ ! -e /cordon-guest/top ] || ! apparmor_is_on || is_loaded cordon-default # as vm/lanes has it from what is installed
    for switch in mount-tmpfs mount-bind nested; do
        weakly "$(is_loaded cordon-default && echo none || echo lsm)" run_cordon --set label.apparmor=cordon-default --set "privileges.allow=[$switch]" -- echo ran
        assert_equal "$status" 125
        assert_line --index 0 --partial "$switch has no effect with label.apparmor: cordon-default"
    done
}

# SELinux --------------------------------------------------------------------------------------------------------------------
#
# On is it where the guest was booted with it, and then it has the policy of helpers/labels.cil.

needs_selinux() {
    selinux_is_on && return
    grep -q security=selinux /proc/cmdline || skip "SELinux is not on in this kernel"
    not_here "SELinux is not on in this kernel"
}

@test "an SELinux context is the app's and that of all that it starts, and what the policy denies it is denied" {
    needs_selinux
    local options
    inside -- sh -c '/probe socket inet; tr -d "\0" </proc/self/attr/current'
    assert_line --index 0 ok
    assert_line --index 1 tests:tests:host_t:s0
    for options in '' app.init=false 'paths={optional: true, execute: [/bin/sh, /bin/tr, /probe]}' privileges.new-privileges=true; do
        inside label.selinux=tests:tests:app_t:s0 ${options:+"$options"} -- sh -c '/probe socket inet; tr -d "\0" </proc/self/attr/current'
        assert_line --index 0 EACCES
        assert_line --index 1 tests:tests:app_t:s0
    done
    run cordon plan --set label.selinux=tests:tests:app_t:s0 -- true
    assert_line '  set the label: SELinux tests:tests:app_t:s0'
    start_cordon --rm --name labelled --set label.selinux=tests:tests:app_t:s0 -- sleep 60
    wait_for 20 eval 'cordon inspect labelled | jq .applied.label.selinux | grep app_t'
    assert_equal "$(cordon inspect labelled | jq -c .applied.label)" '{"apparmor":null,"selinux":"tests:tests:app_t:s0"}'
    kill -TERM "$cordon_pid"
    wait_cordon
    cordon_pid=
}

@test "where SELinux is permissive a context is refused: it would deny nothing" {
    requires root
    needs_selinux
    echo 0 >/sys/fs/selinux/enforce
    run_cordon --set label.selinux=tests:tests:app_t:s0 -- echo ran
    echo 1 >/sys/fs/selinux/enforce
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --partial 'SELinux is permissive'
}

@test "an SELinux context that the policy does not know, or does not let cordon change to, is an error and nothing runs" {
    needs_selinux
    local file
    file=$(profile labelled <<<'label: {selinux: "tests:tests:no_such_t:s0"}')
    run_cordon -p "$file" -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: .*'tests:tests:no_such_t:s0' is no context of the policy"
    file=$(profile labelled <<<'label: {selinux: "tests:tests:nnp_t:s0"}')
    run_cordon -p "$file" -- echo ran
    assert_equal "$status" 126
    refute_line ran
    assert_output --partial nnp_transition
    run_cordon -p "$file" --set privileges.new-privileges=true -- echo ran
    assert_output ran
    # From a context that may ask for none.
    file=$(profile labelled <<<'label: {selinux: "tests:tests:app_t:s0"}')
    # shellcheck disable=SC2016
    run sh -c 'printf tests:tests:shy_t:s0 >/proc/self/attr/exec && exec "$@"' sh "$CORDON" --state "$LANE_DIR/state" run -p "$file" -- echo ran
    assert_equal "$status" 125
    refute_line ran
    assert_line --index 0 --regexp "^$file:2:[0-9]+: error: .*'tests:tests:app_t:s0' may not be asked for"
}
