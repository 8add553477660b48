# Real programs, unmodified, doing real work inside.
load ../helpers/container

setup() {
    work=$BATS_TEST_TMPDIR/work
    mkdir "$work"
}

@test "git makes a repository, commits and shows it" {
    requires command:git
    run_cordon --mount "$work:/srv:rw" --set app.workdir=/srv -- sh -c '
        git init -q . && echo text >file && git add file &&
        git -c user.name=Test -c user.email=test@example.net commit -qm "first commit" && git log --format=%s && git status --short'
    assert_success
    assert_output 'first commit'
    assert_equal "$(cat "$work/file")" text
}

# The whole takes half a minute on a busy machine; the first layer is what the others are made like.
@test "gcc and meson compile a layer of this project, and a program that is linked with it runs" {
    requires command:gcc command:meson
    CORDON_TIMEOUT=110 run_cordon --mount "$SOURCE:/srv" --set '+mounts={tmpfs: 256M, at: /build, exec: true, mode: "0755"}' -- sh -c '
        { meson setup /build /srv -Dtests=false -Dman=disabled && ninja -C /build runtime/libbase.a &&
            echo "#include \"base/hash.h\"
                #include <stdio.h>
                int main(void) { return hash_name(\"cordon\") == 0 || puts(\"it runs\") < 0; }" >/build/main.c &&
            gcc -I /srv/runtime -o /build/main /build/main.c /build/runtime/libbase.a; } >/build/log 2>&1 ||
            { tail -n 30 /build/log; exit 1; }
        /build/main'
    assert_success
    assert_output 'it runs'
}

@test "python3 computes, starts threads and processes, and has no network" {
    requires file:/usr/bin/python3
    run_cordon -- /usr/bin/python3 -c '
import subprocess, threading, multiprocessing, socket, tempfile, json
t = threading.Thread(target=lambda: None); t.start(); t.join()
with multiprocessing.Pool(2) as p: squares = p.map(abs, [-1, -2])
out = subprocess.run(["echo", "child"], capture_output=True, text=True).stdout.strip()
with tempfile.NamedTemporaryFile() as f: f.write(b"x")
try:
    socket.create_connection(("192.0.2.1", 53), 2); net = "network"
except OSError as e:
    net = e.__class__.__name__ and "no network"
print(json.dumps([squares, out, net]))'
    assert_success
    assert_output '[[1, 2], "child", "no network"]'
}

@test "redis-server answers on a unix socket in a volume, and keeps its data there" {
    requires command:redis-server
    local use='+mounts={volume: tests-redis, at: /var/lib/redis}'
    run_cordon --set "$use" --set app.workdir=/var/lib/redis -- sh -c '
        redis-server --port 0 --unixsocket /var/lib/redis/socket --daemonize no --save "" --appendonly yes --logfile /tmp/log &
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do redis-cli -s /var/lib/redis/socket ping >/dev/null 2>&1 && break; sleep 0.2; done
        redis-cli -s /var/lib/redis/socket set key kept && redis-cli -s /var/lib/redis/socket shutdown; wait'
    assert_success
    assert_line OK
    run_cordon --set "$use" --set app.workdir=/var/lib/redis -- sh -c '
        redis-server --port 0 --unixsocket /var/lib/redis/socket --daemonize no --save "" --appendonly yes --logfile /tmp/log &
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do redis-cli -s /var/lib/redis/socket get key 2>/dev/null | grep -x kept && break; sleep 0.2; done
        redis-cli -s /var/lib/redis/socket shutdown nosave; wait'
    assert_line kept
}

@test "redis-server in a volume is reached from the host through its socket" {
    requires command:redis-server
    mkdir "$work/run" && chmod 0777 "$work/run"
    start_cordon --set "+mounts={bind: $work/run, at: /srv, write: true}" -- \
        redis-server --port 0 --unixsocket /srv/s --unixsocketperm 777 --save '' --logfile /dev/null
    wait_for 30 redis-cli -s "$work/run/s" ping
    run redis-cli -s "$work/run/s" set a b
    assert_output OK
    kill -TERM "$cordon_pid"
    wait_cordon
    assert_equal "$status" 0
}

@test "vim edits without a screen" {
    requires command:vim
    echo one >"$work/text"
    run_cordon --mount "$work:/srv:rw" -- vim -u NONE -N -n -es -c '%s/one/two/' -c wq /srv/text
    assert_success
    assert_equal "$(cat "$work/text")" two
}

@test "tar, gzip, find, sort, awk, sed and a pipeline of them" {
    run_cordon -- sh -c 'cd /tmp && mkdir d && for i in 1 2 3; do echo $i >d/$i; done && tar czf a.tgz d && rm -r d && tar xzf a.tgz && find d -type f | sort | xargs cat | awk "{s+=\$1} END {print s}" | sed s/6/six/'
    assert_success
    assert_output six
}

@test "bash with process substitution, here documents and job control" {
    run_cordon -- bash -c 'cat <(echo one) - <<<two; sleep 0.1 & wait; echo "${PIPESTATUS[0]}"; [ -e /dev/fd/0 ] && echo fd'
    assert_success
    assert_output $'one\ntwo\n0\nfd'
}

@test "perl, where it is there, forks, reads a folder and sleeps" {
    requires command:perl
    run_cordon -- perl -e 'opendir my $d, "/usr" or die; my @e = readdir $d; my $p = fork; exit 3 unless $p; waitpid $p, 0; select undef, undef, undef, 0.05; print $? >> 8, "\n"'
    assert_success
    assert_output 3
}

@test "locales, time zones and the user database work as on the host" {
    run_cordon -- sh -c 'TZ=Europe/Berlin date -d @0 +%H 2>/dev/null || date +%H; id -un; getent passwd 0 | cut -d : -f 1'
    assert_success
    assert_line --index 1 root
    assert_line --index 2 root
}

@test "a program that makes its own unprivileged sandbox is refused cleanly, not hung" {
    requires command:bwrap
    CORDON_TIMEOUT=10 run_cordon -- bwrap --ro-bind / / true
    assert_failure
    [ "$status" -ne 124 ]
}

@test "GNU make runs parallel jobs" {
    requires command:make
    printf 'all: a b c\na b c:\n\t@sleep 0.1; echo $@\n' >"$work/Makefile"
    run_cordon --mount "$work:/srv" -- make -s -j 3 -C /srv
    assert_success
    assert_equal "$(sort <<<"$output" | tr -d '\n')" abc
}

@test "an interpreter or a loader that is not visible inside is named, at the end of the chain too" {
    rootfs "$BATS_TEST_TMPDIR/root"
    local bin=$BATS_TEST_TMPDIR/root/usr/bin
    printf '#! /opt/none/perl -w\n' >"$bin/script"
    printf '#!/usr/bin/script\n' >"$bin/outer"
    chmod +x "$bin/script" "$bin/outer"
    cp "$(type -P true)" "$bin/dynamic" # its loader is in no folder of this root
    local loader
    loader=$(ldd "$bin/dynamic" | awk '$1 ~ /^\// { print $1 }')
    [ -n "$loader" ]

    run_cordon --root "$BATS_TEST_TMPDIR/root" -- script
    assert_failure 126
    assert_line 'cordon: script cannot be executed: /opt/none/perl, which it is run by, is not visible inside'
    run_cordon --root "$BATS_TEST_TMPDIR/root" -- /usr/bin/outer
    assert_failure 126
    assert_line 'cordon: /usr/bin/outer cannot be executed: /opt/none/perl, which it is run by, is not visible inside'
    run_cordon --root "$BATS_TEST_TMPDIR/root" -- dynamic
    assert_failure 126
    assert_line "cordon: dynamic cannot be executed: $loader, which it is run by, is not visible inside"
    run -127 cordon run --root "$BATS_TEST_TMPDIR/root" --set root.write=discard --mount "$(readlink -f "$loader"):$loader" -- dynamic
    refute_line --partial "is run by" # now it is the loader that misses a library, and says which
    assert_line --partial "libc.so"
}
