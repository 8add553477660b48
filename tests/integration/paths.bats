# paths: what Landlock lets through, and nothing else. What a kernel without it says is among the golden plans.
load ../helpers/container

setup() {
    abi=$("$PROBE" landlock)
    [ "$abi" -gt 0 ] || not_here "no Landlock"
    # What an older one cannot deny has to be accepted.
    accept=()
    [ "$abi" -ge 5 ] || accept=(paths.optional=true)
}

@test "what paths does not name is denied, and /dev, /proc and /tmp are implied" {
    local file
    file=$(profile wall <<<'paths: {read: [/etc], execute: [/bin/sh, /bin/cat], write: [/run]}')
    run_cordon -p "$file" "${accept[@]/#/--set=}" -- sh -c '
        cat /etc/hosts >/dev/null && echo read
        echo x >/run/a && cat /run/a
        echo y >/tmp/a && cat /tmp/a && echo z >/dev/null && cat /proc/self/comm
        cat /usr/share/common-licenses/GPL-3 2>&1; echo x >/var/tmp/a; ls; echo "$?"'
    assert_line --index 0 read
    assert_line --index 1 x
    assert_line --index 2 y
    assert_line --index 3 cat
    assert_line --index 4 --partial 'GPL-3: Permission denied'
    assert_line --index 5 --partial '/var/tmp/a: Permission denied'
    assert_line --index 6 --partial 'ls: Permission denied'
    assert_line --index 7 126
    run_cordon -- cat /usr/share/common-licenses/GPL-3
    assert_equal "$status" 0
}

@test "reading is not writing, and a file takes no more than itself" {
    mkdir "$BATS_TEST_TMPDIR/d" && echo one >"$BATS_TEST_TMPDIR/d/one" && echo two >"$BATS_TEST_TMPDIR/d/two"
    chmod -R a+rwX "$BATS_TEST_TMPDIR/d"
    local mount="mounts=[{bind: $BATS_TEST_TMPDIR/d, at: /d, write: true}]"
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh, /bin/cat]' 'paths.read=[/d/one]' -- sh -c 'cat /d/one; cat /d/two; echo x >>/d/one; echo y >/d/new'
    assert_line --index 0 one
    assert_line --index 1 --partial 'two: Permission denied'
    assert_line --index 2 --partial 'one: Permission denied'
    assert_line --index 3 --partial 'new: Permission denied'
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh, /bin/mv, /bin/mkdir]' 'paths.write=[/d]' -- sh -c 'mkdir /d/e && mv /d/one /d/e/three && echo x >/d/e/three'
    assert_equal "$status" 0
    assert_equal "$(cat "$BATS_TEST_TMPDIR/d/e/three")" x
}

@test "executing is not writing, and reading is not executing" {
    local mount="mounts=[{bind: $BATS_TEST_TMPDIR/d, at: /d, write: true}]"
    # shellcheck disable=SC2016
    local try='/d/program fds >/dev/null 2>&1 && echo executed; (echo x >>/d/text) 2>/dev/null && echo written; (echo x >/d/new) 2>/dev/null && echo made; :'
    mkdir "$BATS_TEST_TMPDIR/d" && cp "$PROBE" "$BATS_TEST_TMPDIR/d/program" && echo one >"$BATS_TEST_TMPDIR/d/text"
    chmod -R a+rwX "$BATS_TEST_TMPDIR/d"
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh, /d]' -- sh -c "$try"
    assert_output executed
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh, /d/program, /d/text]' -- sh -c "$try"
    assert_output executed
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh]' 'paths.read=[/d]' -- sh -c "$try"
    assert_output ''
    inside "${accept[@]}" "$mount" 'paths.execute=[/bin/sh, /d]' 'paths.write=[/d]' -- sh -c "$try"
    assert_output $'executed\nwritten\nmade'
}

@test "it holds without an init, with new privileges and for another user" {
    inside "${accept[@]}" app.init=false privileges.new-privileges=true 'paths.execute=[/bin/cat]' -- cat /etc/hosts
    assert_output --partial 'Permission denied'
    if [ "$LANE" != single ]; then
        inside "${accept[@]}" app.user=33 'paths.execute=[/bin/cat]' -- cat /etc/hosts
        assert_output --partial 'Permission denied'
    fi
    inside "${accept[@]}" app.init=false 'paths.execute=[/bin/cat]' 'paths.read=[/etc]' -- cat /etc/hosts
    assert_equal "$status" 0
}

@test "a script starts with its interpreter, also by env, and nothing else does" {
    printf '#!/bin/sh\necho by-sh "$0"\n' >"$BATS_TEST_TMPDIR/one"
    printf '#!/usr/bin/env -S sh\necho by-env\n' >"$BATS_TEST_TMPDIR/two"
    chmod 755 "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
    local mounts="mounts=[{bind: $BATS_TEST_TMPDIR/one, at: /one}, {bind: $BATS_TEST_TMPDIR/two, at: /two}]"
    inside "${accept[@]}" "$mounts" 'paths.execute=[/one]' -- /one
    assert_output 'by-sh /one'
    inside "${accept[@]}" "$mounts" 'paths.execute=[/two]' -- /two
    assert_output by-env
    inside "${accept[@]}" "$mounts" 'paths.execute=[/one]' -- /two
    assert_equal "$status" 126
    assert_output --partial 'paths.execute does not name it'
}

@test "a folder brings what each program in it needs" {
    inside "${accept[@]}" 'paths.execute=[/usr/bin]' -- sh -c 'ls /usr/bin/env && sed -n 1p /etc/hosts'
    assert_line --index 0 /usr/bin/env
    assert_line --index 1 --partial 'Permission denied'
}

@test "a folder lets its files be started, and a library that is one of them under another name too" {
    command -v cc >/dev/null || skip "no compiler"
    mkdir -m 755 "$BATS_TEST_TMPDIR/x" "$BATS_TEST_TMPDIR/y"
    local mounts="mounts=[{bind: $BATS_TEST_TMPDIR/x, at: /x}, {bind: $BATS_TEST_TMPDIR/y, at: /y}]"
    compile libf.so -shared -fPIC <<<'int f(void) { return 7; }'
    compile main -L"$BATS_TEST_TMPDIR/x" -Wl,--no-as-needed -lf -Wl,-rpath,/y <<<'int f(void); int main(void) { return f(); }'
    ln "$BATS_TEST_TMPDIR/x/libf.so" "$BATS_TEST_TMPDIR/y/libf.so"
    inside "${accept[@]}" "$mounts" 'paths.execute=[/x]' -- /x/main
    assert_equal "$status" 7
}

@test "a file that names another as its interpreter does not open it" {
    printf '#!/secret\n' >"$BATS_TEST_TMPDIR/script" && chmod 755 "$BATS_TEST_TMPDIR/script"
    echo hidden >"$BATS_TEST_TMPDIR/secret" && chmod 755 "$BATS_TEST_TMPDIR/secret"
    local mounts="mounts=[{bind: $BATS_TEST_TMPDIR/script, at: /script}, {bind: $BATS_TEST_TMPDIR/secret, at: /secret}]"
    inside "${accept[@]}" "$mounts" 'paths.execute=[/script, /bin/cat]' -- cat /secret
    assert_output --partial 'Permission denied'
    inside "${accept[@]}" "$mounts" 'paths.execute=[/script, /bin/cat]' 'paths.read=[/secret]' -- cat /secret
    assert_output hidden
}

# compile NAME WORDS…: of what it reads.
compile() {
    local name=$1
    shift
    cc -x c -o "$BATS_TEST_TMPDIR/x/$name" - "$@" || return
    chmod 755 "$BATS_TEST_TMPDIR/x/$name"
}

@test "a library is found by RUNPATH, RPATH and LD_LIBRARY_PATH, and one that is none is not let through" {
    command -v cc >/dev/null || skip "no compiler"
    mkdir -m 755 "$BATS_TEST_TMPDIR/x"
    local folder=$BATS_TEST_TMPDIR/x mounts="mounts=[{bind: $BATS_TEST_TMPDIR/x, at: /x}, {bind: $BATS_TEST_TMPDIR/x/text, at: /text}]"
    local main='int f(void); int main(void) { return f(); }'
    echo hidden >"$folder/text" && chmod 755 "$folder/text"
    compile libf.so -shared -fPIC <<<'int f(void) { return 7; }'
    # shellcheck disable=SC2016
    compile runpath -L"$folder" -Wl,--no-as-needed -lf '-Wl,--enable-new-dtags,-rpath,$ORIGIN' <<<"$main"
    # shellcheck disable=SC2016
    compile rpath -L"$folder" -Wl,--no-as-needed -lf '-Wl,--disable-new-dtags,-rpath,${ORIGIN}' <<<"$main"
    compile plain -L"$folder" -Wl,--no-as-needed -lf <<<"$main"
    compile liblie.so -shared -fPIC -Wl,-soname,/text <<<'int f(void) { return 7; }'
    compile lie -L"$folder" -Wl,--no-as-needed -llie <<<"$main"

    local name
    for name in runpath rpath; do
        inside "${accept[@]}" "$mounts" "paths.execute=[/x/$name]" -- "/x/$name"
        assert_equal "$name $status" "$name 7"
    done
    inside "${accept[@]}" "$mounts" 'paths.execute=[/bin/sh, /x/plain]' -- sh -c '/x/plain 2>/dev/null; echo $?'
    assert_output 127
    inside "${accept[@]}" "$mounts" 'paths.execute=[/x/plain]' app.env.LD_LIBRARY_PATH=/x -- /x/plain
    assert_equal "$status" 7
    inside "${accept[@]}" "$mounts" 'paths.execute=[/x/lie, /bin/cat]' -- cat /text
    assert_output --partial 'Permission denied'
}

@test "a path that is not there inside is refused at its line, or left out where it is optional" {
    local file
    file=$(profile absent <<<'paths:
  execute: [/bin/echo]
  read: [/etc, /nowhere]')
    run_cordon -p "$file" -- echo
    assert_equal "$status" 125
    if [ "$abi" -lt 5 ]; then
        assert_line --partial "$file:3:3: error: paths: this kernel's Landlock (ABI $abi) cannot deny"
        assert_output --partial 'optional: true'
        file=$(profile absent <<<'paths: {execute: [/bin/echo], read: [/etc, /nowhere], optional: true}')
    else
        assert_line "$file:4:16: error: paths.read[1]: open /nowhere inside: no such file or directory"
    fi
    run_cordon -p "$file" --set "paths.optional=$([ "$abi" -ge 5 ] && echo '[read]' || echo true)" -- echo started
    assert_output started
}

@test "truncating and ioctl on a device are denied where paths does not name it" {
    [ "$abi" -ge 5 ] || skip "this kernel's Landlock cannot: such paths are refused there"
    echo one >"$BATS_TEST_TMPDIR/one" && chmod 666 "$BATS_TEST_TMPDIR/one"
    local mount="mounts=[{bind: $BATS_TEST_TMPDIR/one, at: /one, write: true}]"
    inside "$mount" 'paths.execute=[/probe]' 'paths.read=[/one]' -- /probe truncate /one
    assert_output EACCES
    assert_equal "$(cat "$BATS_TEST_TMPDIR/one")" one
    inside "$mount" 'paths.execute=[/probe]' 'paths.write=[/one]' -- /probe truncate /one
    assert_output ok
    assert_equal "$(cat "$BATS_TEST_TMPDIR/one")" ""
}

@test "only the ports that paths names are bound and connected to, by TCP in whatever form; without the lists all are" {
    local ports='paths.bind=[4001]' how
    if [ "$abi" -lt 4 ]; then
        inside 'paths.execute=[/probe]' 'paths.connect=[4001]' -- /probe tcp 4001 4001 tcp
        assert_equal "$status" 125
        assert_output --partial "it takes Landlock of ABI 4 (Linux 6.7), and this one has $abi"
        return
    fi
    inside "${accept[@]}" 'paths.execute=[/probe]' "$ports" 'paths.connect=[4001]' -- /probe tcp 4001 4001 tcp
    assert_output ok
    inside "${accept[@]}" 'paths.execute=[/probe]' "$ports" 'paths.connect=[4001]' -- /probe tcp 4002 4001 tcp
    assert_output 'bind EACCES'
    inside "${accept[@]}" 'paths.execute=[/probe]' "$ports" 'paths.connect=[]' -- /probe tcp 4001 4001 tcp
    assert_output EACCES
    inside "${accept[@]}" 'paths.execute=[/probe]' -- /probe tcp 4002 4002 tcp
    assert_output ok
    for how in tcp fastopen; do
        inside "${accept[@]}" 'paths.execute=[/probe]' "$ports" -- /probe tcp 4001 4001 "$how"
        [ "$how" = tcp ] && assert_output ok || assert_output EOPNOTSUPP
    done
}
