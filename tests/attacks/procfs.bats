# procfs, sysfs and what is masked of them.
load ../helpers/container

# Masks whose files everybody may read, so that only the mask keeps them unread.
readable() {
    local path
    for path in /proc/keys /proc/key-users /proc/interrupts; do
        [ ! -r "$path" ] || echo "$path"
    done
}

@test "a mask holds where the root has something else for /dev/null (AC-22)" {
    local root=$BATS_TEST_TMPDIR/root way path
    for way in file link; do
        rm -rf "$root" && rootfs "$root" && canary
        case $way in file) echo exposed >"$root/dev/null" ;; link) ln -s "$canary/file" "$root/dev/null" ;; esac
        echo hidden >"$root/etc/secret"
        for path in $(readable) /etc/secret; do
            weakly hide run_cordon --root "$root" --set '+mounts={hide: /etc/secret}' -- probe read "$path"
            assert_output ok
            run_cordon --root "$root" --set '+mounts={hide: /etc/secret}' -- probe read "$path"
            assert_output empty
            run_cordon --root "$root" --set '+mounts={hide: /etc/secret}' -- probe open "$path" w
            refute_output ok
        done
        canary_untouched
    done
}

@test "the terminal comes from the container's own devpts, whatever lies at /dev/pts (AC-23)" {
    local pts=$BATS_TEST_TMPDIR/pts other=$BATS_TEST_TMPDIR/other
    mkdir "$pts" "$other"
    # Another devpts, of whoever stands outside, and in the container a link to it where its own should be.
    on_other_devpts() {
        run unshare -Urm sh -c 'mount -t devpts -o newinstance,ptmxmode=0666 none "$0" && exec timeout 10 "$CORDON" --state "$LANE_DIR/state" run \
            --set users.map=single --set app.groups=keep --set app.terminal=true --set "+mounts={bind: $1, at: /dev/pts}" --set "+mounts={bind: $0, at: /srv}" -- ls /srv' "$other" "$pts"
    }
    ln -s /srv/ptmx "$pts/ptmx"
    weakly devpts,nodev on_other_devpts # nodev on binds is a second wall
    assert_success
    assert_output --regexp '^0[[:space:]]' # the app's terminal is there
    on_other_devpts
    assert_equal "$status" 125
    assert_line --index 0 --partial /dev/pts/ptmx
    rm "$pts/ptmx" && touch "$pts/ptmx"
    on_other_devpts
    assert_equal "$status" 125
    assert_line --index 0 --partial /dev/pts/ptmx
}

@test "ids are not mapped through a mount of the profile's over /proc (AC-24)" {
    requires ids
    local fake=$BATS_TEST_TMPDIR/proc pid
    for pid in 1 2 3; do
        mkdir -p "$fake/$pid" && touch "$fake/$pid"/{uid_map,gid_map,setgroups} && chmod 0777 "$fake/$pid" && chmod 0666 "$fake/$pid"/*
    done
    local words=("+mounts={bind: $fake, at: /proc, write: true, owner: keep}" 'privileges.capabilities=[sys-admin]' 'syscalls.allow=[mount]' --)
    weakly procfs inside "${words[@]}" id -u
    assert_output 65534
    [ -s "$fake/1/uid_map" ] || fail 'this attack bites nobody'
    : >"$fake/1/uid_map"
    inside "${words[@]}" id -u
    assert_equal "$status" 125
    assert_line --index 0 --partial '/proc of the container is not a procfs'
    [ ! -s "$fake/1/uid_map" ] || fail 'the map was written to a file of the profile'
    # A mount over /proc that nothing depends on is the profile's own business.
    canary
    run_cordon --set "+mounts={bind: $canary, at: /proc, write: true}" -- ls /proc
    assert_line file
    canary_untouched
}

@test "clocks and ids are not set in a file that was mounted on one of /proc (AC-24)" {
    local file=$BATS_TEST_TMPDIR/app.conf name words
    requires file:/proc/self/timens_offsets
    : >"$file" && chmod 0666 "$file"
    for name in timens_offsets uid_map; do
        words=("+mounts={bind: $file, at: /proc/1/$name, write: true, owner: keep}" app.init=false)
        if [ $name = uid_map ]; then
            words+=('privileges.capabilities=[sys-admin]' 'syscalls.allow=[mount]')
        else
            words+=(isolate.time=new clock.boottime=1h)
        fi
        weakly procfs inside "${words[@]}" -- true
        [ -s "$file" ] || fail 'this attack bites nobody'
        : >"$file"
        inside "${words[@]}" -- true
        assert_equal "$status" 125
        [ ! -s "$file" ] || fail "what is for $name was written to a file of the profile"
    done
}

@test "a label is not written to a mount of the profile's over /proc (AC-24)" {
    local fake=$BATS_TEST_TMPDIR/proc file=thread-self/attr/apparmor/exec
    mkdir -p "$fake/${file%/*}" && chmod -R 0777 "$fake"
    : >"$fake/$file" && chmod 0666 "$fake/$file"
    # `lsm`: the plan does not ask whether the module is on, as it is not everywhere.
    local words=(label.apparmor=cordon-default "+mounts={bind: $fake, at: /proc, write: true, owner: keep}" -- echo unlabelled)
    weakly 'lsm,procfs,read back' inside "${words[@]}"
    assert_output unlabelled
    assert_equal "$(cat "$fake/$file")" 'exec cordon-default'
    : >"$fake/$file"
    # What has been written is read back, were it to a file that takes everything.
    weakly lsm,procfs inside "${words[@]}"
    assert_equal "$status" 125
    refute_line unlabelled
    assert_line --index 0 --partial "label.apparmor"
    : >"$fake/$file"
    weakly lsm inside "${words[@]}"
    assert_equal "$status" 125
    assert_line --index 0 --partial "'cordon-default' cannot be set: /proc of the container is not a procfs"
    refute_line unlabelled
    [ ! -s "$fake/$file" ] || fail 'the label was written to a file of the profile'
    # A mount deeper down, over the one folder that takes it.
    mkdir -p "$fake/attr/apparmor" && : >"$fake/attr/apparmor/exec" && chmod -R a+rwX "$fake/attr"
    words=(label.apparmor=cordon-default app.init=false "+mounts={bind: $fake/attr, at: /proc/1/task/1/attr, write: true, owner: keep}" -- echo unlabelled)
    weakly 'lsm,procfs,read back' inside "${words[@]}"
    assert_output unlabelled
    assert_equal "$(cat "$fake/attr/apparmor/exec")" 'exec cordon-default'
    : >"$fake/attr/apparmor/exec"
    weakly lsm inside "${words[@]}"
    assert_equal "$status" 125
    assert_line --index 0 --partial "'cordon-default' cannot be set: something is mounted over the container's /proc"
    refute_line unlabelled
    [ ! -s "$fake/attr/apparmor/exec" ] || fail 'the label was written to a file of the profile'
}

@test "a write to /proc that another file of /proc was put before goes nowhere (AC-25)" {
    requires root # whom a file of /proc/sys lets write; a harmless one, of the container's own
    local fake=$BATS_TEST_TMPDIR/attr file=/proc/1/task/1/attr/apparmor/exec
    mkdir -p "$fake/apparmor" && : >"$fake/apparmor/exec"
    local words=(users.map=host label.apparmor=cordon-default app.init=false "+mounts={bind: $fake, at: /proc/1/task/1/attr}"
        "+mounts={bind: /proc/sys/kernel/domainname, at: $file, write: true}" -- sh -c "echo unlabelled; cat $file")
    weakly 'lsm,procfs,read back' inside "${words[@]}"
    assert_output $'unlabelled\nexec cordon-default'
    weakly lsm inside "${words[@]}"
    assert_equal "$status" 125
    assert_line --index 0 --partial "'cordon-default' cannot be set: something is mounted over the container's /proc"
    refute_line unlabelled
}

@test "where /proc of the caller is none, nothing is written to it (AC-24)" {
    # In namespaces of the test's own: a tmpfs that looks like a procfs, and the launcher in it.
    fake() {
        unshare -Urmpf --mount-proc bash -c 'mkdir "$0" && mount -t tmpfs none "$0" && mkdir -p "$0"/{1..60}
            for p in "$0"/[1-9]*; do :>$p/uid_map; :>$p/gid_map; :>$p/setgroups; done
            [ -z "${CORDON_WEAK-}" ] || { mkdir "$0/self" && ln -s "$CORDON" "$0/self/exe"; }; mount --move "$0" /proc
            timeout 10 "$CORDON" --state "$LANE_DIR/state" run --set users.map=single -- true
            echo "status $?"; cat /proc/[1-9]*/uid_map' "$BATS_TEST_TMPDIR/$1"
    }
    weakly procfs,seal run fake weak
    assert_output --regexp ' [0-9]+ 1$'
    run fake strong
    assert_line 'status 125'
    # Root looks for its own program there first.
    assert_line --regexp '^cordon: (/proc is not a procfs|open this program: no such file)'
    refute_output --regexp ' [0-9]+ 1$'
}

@test "writes that drive the machine are refused: core_pattern, sysrq-trigger, sysctls, uevent_helper (AC-25, AC-26)" {
    local path map=auto try='for p; do echo "$p=$(/probe open $p w)"; done'
    local all=(/proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/net/ipv4/ip_forward /proc/sys/vm/overcommit_memory
        /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/x /proc/keys /proc/timer_list /sys/kernel/uevent_helper /sys/power/state
        /proc/dynamic_debug/control)
    # Only opened, never written to. The network's part of /proc/sys is the container's root's own to write.
    weakly 'make read-only,read-only' inside 'privileges.capabilities=[net-admin]' -- sh -c "$try" sh "${all[@]}"
    assert_line /proc/sys/net/ipv4/ip_forward=ok
    if [ "$LANE" = root ]; then
        weakly 'make read-only,read-only' inside users.map=host -- sh -c "$try" sh "${all[@]}"
        assert_line /proc/sys/kernel/core_pattern=ok
        map=host
    fi
    for map in auto $map; do
        inside users.map="$map" 'privileges.capabilities=[dac-override]' -- sh -c "$try" sh "${all[@]}"
        assert_success
        refute_output --partial =ok
    done
    inside 'privileges.capabilities=[sys-admin, net-admin, dac-override]' -- sh -c "$try" sh "${all[@]}"
    assert_success
    refute_output --partial =ok
}

@test "what else of /proc could be written as the host's root asks for a capability (AC-26)" {
    requires root
    try() {
        inside users.map=host -- sh -c 'find /proc -maxdepth 3 -type f -perm /222 ! -path "/proc/[0-9]*" ! -path "/proc/sys/*" 2>/dev/null |
            while read -r path; do echo "$path=$(/probe open "$path" w)"; done'
        assert_success
    }
    weakly 'make read-only,read-only' try
    assert_line /proc/irq/default_smp_affinity=ok
    [ ! -e /proc/dynamic_debug/control ] || assert_line /proc/dynamic_debug/control=ok
    try
    assert_output --partial /proc/
    # These look at who writes: at CAP_SYS_ADMIN, at CAP_SYS_RESOURCE.
    output=$(grep '=ok$' <<<"$output" | grep -vE '^/proc/(mtrr|pressure/[a-z]+)=') || true
    assert_output ''
}

# What can be read of these, or listed, one line each, from one start.
look_at='for name; do [ ! -e /proc/$name ] || if [ -d /proc/$name ]; then ls -A /proc/$name; echo "$name=listed"; else
    echo "$name=$(/probe read /proc/$name)"; fi; done'

@test "masked paths of /proc are empty or unreadable (AC-26)" {
    local path names=(kcore keys key-users interrupts timer_list sched_debug scsi acpi asound latency_stats timer_stats kmsg sysrq-trigger
        kpagecount kpageflags kpagecgroup pagetypeinfo slabinfo vmallocinfo)
    weakly hide inside -- sh -c "$look_at" sh "${names[@]}"
    for path in $(readable); do
        assert_line "${path#/proc/}=ok"
    done
    inside -- sh -c "$look_at" sh "${names[@]}"
    assert_success
    refute_line --regexp '=ok$'
    refute_line --regexp '^[A-Za-z0-9_.-]+$' # of a folder
}

@test "the same where the host's root is among the ids (AC-26)" {
    requires root
    local try='for name in kcore timer_list slabinfo vmallocinfo pagetypeinfo kpagecount kmsg keys interrupts; do
        [ ! -e /proc/$name ] || echo "$name=$(/probe read /proc/$name)"; done'
    weakly hide inside users.map=host -- sh -c "$try"
    assert_line timer_list=ok
    inside users.map=host 'privileges.capabilities=[dac-override, dac-read-search]' -- sh -c "$try"
    assert_line timer_list=empty
    refute_output --partial =ok
}

@test "/sys is read-only and shows no firmware, no powercap, no bpf (AC-26)" {
    local path bitten=
    run_cordon -- sh -c 'grep " /sys " /proc/mounts'
    assert_output --regexp ' ro,'
    for path in /sys/firmware /sys/fs/bpf /sys/devices/virtual/powercap /sys/kernel/debug /sys/kernel/tracing /sys/kernel/security; do
        [ -n "$(ls -A "$path" 2>/dev/null)" ] || continue
        weakly hide run_cordon -- ls -A "$path"
        [ -z "$output" ] || bitten=yes
        run_cordon -- ls -A "$path"
        assert_output ''
    done
    [ -n "$bitten" ] || skip 'this kernel shows nothing there without masks either'
}

@test "a mask cannot be undone: umount, remount, move, clone, a procfs of one's own (AC-26)" {
    requires file:/proc/keys
    local may=('privileges.capabilities=[sys-admin, sys-chroot]' 'syscalls.allow=["@mount", chroot, pivot_root]')
    local try='/probe clone-tree /proc keys; touch /tmp/m; /probe move-mounted /proc/keys /tmp/m
        umount -l /proc/keys; umount -l /proc; umount -l /dev; mount -o remount,bind,rw /proc/sys; mount --move /proc/keys /tmp
        mkdir -p /tmp/p /tmp/q; mount -t proc proc /tmp/p && echo ok; mount --bind /proc /tmp/q && /probe read /tmp/q/keys
        /probe read /proc/keys; /probe open /proc/sys/net/ipv4/ip_forward w'
    weakly 'lock the mounts' inside "${may[@]}" -- sh -c 'umount -l /proc/keys && /probe read /proc/keys'
    assert_output ok
    weakly 'lock the mounts' inside "${may[@]}" -- sh -c '/probe clone-tree /proc keys; touch /tmp/m; /probe move-mounted /proc/keys /tmp/m'
    assert_output $'ok\nok'
    inside "${may[@]}" -- sh -c "exec 2>/dev/null; $try"
    assert_line empty # it was looked at
    refute_line ok
    inside -- sh -c "exec 2>/dev/null; $try; exit 5"
    assert_failure 5
    refute_line ok
}

@test "a mask cannot be undone by root of a user namespace made inside (AC-22, AC-26)" {
    local path
    path=$(readable | tail -n 1)
    [ -n "$path" ] || skip 'nothing is masked here that everybody may read'
    local try="umount -l $path; umount -l /proc; mount -o remount,bind,rw $path; mount -o remount,bind,rw /proc/sys
        mkdir -p /tmp/p; mount -t proc proc /tmp/p && echo ok; /probe read $path; /probe open /proc/sys/net/ipv4/ip_forward w"
    # That it may be read at all is shown here, and not how a mask is undone: nobody knows that. Not as 0: the kernel lets nobody without
    # CAP_SETFCAP map that.
    local may=(app.user=33 'syscalls.allow=["@mount", "@namespaces", clone]')
    weakly hide,'make read-only',read-only inside "${may[@]}" -- unshare -Urm sh -c "echo entered; exec 2>/dev/null; $try"
    assert_line entered
    assert_line ok
    inside "${may[@]}" -- unshare -Urm sh -c "echo entered; exec 2>/dev/null; $try"
    assert_line entered
    refute_line ok
}

@test "no process of the host is seen, and its command lines are not readable (AC-27)" {
    local look='cat /proc/[0-9]*/cmdline | tr "\0" "\n"; ls -d /proc/[0-9]*'
    sleep 86399.5 3>&- &
    local outside=$!
    run_cordon --set isolate.pid=inherit -- sh -c "$look"
    local shared=$output
    run_cordon -- sh -c "$look; cat /proc/$outside/environ && echo readable"
    kill "$outside"
    [[ $shared == *86399.5* ]] || fail 'with shared pids it must be seen'
    refute_output --partial 86399.5
    refute_output --partial "/proc/$outside"$'\n'
    refute_line readable
    assert_line /proc/1
}

@test "a crash inside leaves no core file (AC-28)" {
    case $(cat /proc/sys/kernel/core_pattern) in
    '|'* | '@'* | */*) skip "core files of this machine do not go to where the program stands" ;;
    esac
    [ "$(ulimit -Hc)" = unlimited ] || skip "the caller may make no core files"
    local folder=$BATS_TEST_TMPDIR/cores
    mkdir -m 0777 "$folder"
    crash() {
        ulimit -c unlimited
        inside "$@" "+mounts={bind: $folder, at: /srv, write: true}" app.workdir=/srv -- /probe die 11
    }
    weakly 'set a limit' crash
    [ -n "$(ls "$folder")" ] || fail 'this attack bites nobody'
    rm -f "$folder"/*
    crash
    assert_equal "$status" 139
    [ -z "$(ls "$folder")" ]
    crash limits.core=0
    [ -z "$(ls "$folder")" ]
}

@test "the limit at which a crash starts nothing of the host's stays where it is, whoever lowers it (AC-28)" {
    local look='ulimit -S -c 0 && grep -i "max core" /proc/self/limits' base
    weakly 'filter system calls' inside -- sh -c "$look"
    assert_output --regexp 'size +0 '
    for base in default strict none; do
        inside syscalls.base=$base -- sh -c "$look"
        assert_success # who keeps secrets ends where it cannot be done
        assert_output --regexp 'size +1 +1 '
    done
    inside limits.core=0 -- sh -c "$look; ulimit -S -n 64; ulimit -n"
    assert_line --index 0 --regexp 'size +1 +1 '
    assert_line --index 1 64
    inside 'syscalls.deny=[setrlimit, prlimit64]' -- sh -c 'ulimit -S -c 0 || echo refused'
    assert_line refused
    inside limits.core=unlimited -- sh -c "$look"
    assert_output --regexp 'size +0 '
}

@test "a crash inside starts no program of the host's for its core file (AC-28)" {
    requires root
    guest_only
    local pattern ran=$BATS_TEST_TMPDIR/ran
    printf '#!/bin/sh\necho "$@" >"%s"\n' "$ran" >"$BATS_TEST_TMPDIR/handler" && chmod 0755 "$BATS_TEST_TMPDIR/handler"
    pattern=$(cat /proc/sys/kernel/core_pattern)
    echo "|$BATS_TEST_TMPDIR/handler %P" >/proc/sys/kernel/core_pattern
    weakly 'set a limit' inside -- /probe die 11
    wait_for 20 test -s "$ran" || { echo "$pattern" >/proc/sys/kernel/core_pattern && fail 'this attack bites nobody'; }
    rm "$ran"
    local ended=
    inside -- /probe die 11
    ended=$status
    inside limits.core=0 -- sh -c 'ulimit -S -c 0; exec /probe die 11'
    sleep 2
    echo "$pattern" >/proc/sys/kernel/core_pattern
    assert_equal "$ended $status" '139 139'
    [ ! -e "$ran" ]
}
