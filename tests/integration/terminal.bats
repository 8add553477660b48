# On a terminal: what a person at a keyboard sees. A tmux of the test's own is the terminal, an interactive shell in it the caller.
load ../helpers/container

setup() {
    requires command:tmux
    export TMUX_TMPDIR=$BATS_TEST_TMPDIR
    screen=0
    tmux -f /dev/null new-session -d -x 80 -y 24 'PS1="outer> " bash --norc -i 3>&-' 3>&-
    wait_for 30 shows 'outer>'
    type_line "cordon() { '$CORDON' --state '$LANE_DIR/state' --data '$LANE_DIR/data' \"\$@\"; }; clear"
    wait_for 30 shows_not 'LANE_DIR'
}

teardown() {
    [ -z "${screen:-}" ] || tmux kill-server 2>/dev/null || true
}

screen_text() {
    tmux capture-pane -p
}
shows() {
    screen_text | grep -qE -- "$1"
}
shows_not() {
    ! shows "$1"
}
type_line() {
    tmux send-keys -l "$1" && tmux send-keys Enter
}
type_keys() {
    tmux send-keys "$@"
}
# What the test waits for, with the screen in the failure's text.
expect() {
    wait_for 30 shows "$1" || { screen_text && fail "the screen never showed: $1"; }
}

@test "a command on a terminal has one, and it is the container's own (AC-39, AC-43)" {
    tmux display -p '#{pane_tty}' >"$BATS_TEST_TMPDIR/tty"
    type_line "cordon run -- sh -c 'tty; ls /dev/pts | tr \"\\n\" \" \"; stat -c %a:%u \$(tty)'"
    expect '^/dev/(pts/0|console)'
    expect '6[0-9]0:0$'
    ! shows "^$(cat "$BATS_TEST_TMPDIR/tty")\$" || [ "$(cat "$BATS_TEST_TMPDIR/tty")" = /dev/pts/0 ]
}

@test "TERM is passed on a terminal" {
    type_line "cordon run -- sh -c 'echo term=\$TERM.'"
    expect "^term=[a-z0-9-]+\."
}

@test "without a terminal none is made up; with app.terminal: false none is passed on" {
    run_cordon -- sh -c 'test -t 0 && echo yes; test -t 1 && echo yes; exit 3'
    assert_equal "$status" 3
    assert_output ''
    type_line "cordon run --set app.terminal=false -- sh -c 'tty </dev/tty; echo code=\$?.'"
    expect 'code=[1-9]'
}

@test "typing reaches the command and its output the screen" {
    type_line "cordon run -- sh -c 'echo ready-\$((1+1)); read line; echo got:\$line'"
    expect '^ready-2'
    type_line hello
    expect '^got:hello'
    expect 'outer>$'
}

@test "no command on a terminal is the user's shell" {
    type_line 'cordon run'
    expect '[#$]$'
    type_line 'echo "in-$((40+2)) $(cat /proc/1/comm)"; exit 7'
    expect '^in-42'
    type_line 'echo code=$?'
    expect '^code=7'
}

@test "vim edits a file through a bind" {
    requires command:vim
    mkdir "$BATS_TEST_TMPDIR/edit" && echo before >"$BATS_TEST_TMPDIR/edit/text"
    type_line "cordon run --mount '$BATS_TEST_TMPDIR/edit:/srv:rw' -- vim -u NONE -N -n /srv/text"
    expect '^before'
    type_keys A
    type_keys -l ' and after'
    type_keys Escape
    type_line ':wq'
    expect 'outer>$'
    assert_equal "$(cat "$BATS_TEST_TMPDIR/edit/text")" 'before and after'
}

@test "Ctrl-C interrupts the command, not the caller's shell" {
    type_line "cordon run -- sh -c 'echo ready-\$((1+1)); exec sleep 100'"
    expect '^ready-2'
    type_keys C-c
    expect 'outer>$'
    type_line 'echo code=$?'
    expect '^code=130'
}

@test "Ctrl-Z stops it, fg continues it, with the terminal right both times (AC-43)" {
    type_line "cordon run -- sh -c 'echo ready-\$((1+1)); read line; echo got:\$line'"
    expect '^ready-2'
    type_keys C-z
    expect 'Stopped'
    type_line 'stty -a | grep -o " *-*icanon"; echo outer-$((2+3))'
    expect '^outer-5'
    expect '(^| )icanon'
    shows_not '-icanon'
    type_line fg
    type_line again
    expect '^got:again'
    expect 'outer>$'
}

@test "an app that stops itself does not stop the clock of its time limit, and who types Ctrl-Z does" {
    type_line "cordon run --set app.timeout=2s -- sh -c 'sleep 60 & kill -STOP \$\$'; echo code=\$?"
    expect '^code=124'
    # Its terminal is not lost with it: Ctrl-Z gives it back.
    type_line "clear; cordon run --set app.timeout=60s -- sh -c 'echo ready-\$((1+1)); kill -STOP \$\$; echo went-on-\$((1+1))'"
    expect '^ready-2'
    sleep 1
    type_keys C-z
    expect 'Stopped'
    type_line fg
    expect 'went-on-2'
    # A key that it took for itself is none that it may make use of later.
    type_line "clear; cordon run --set app.timeout=6s -- sh -c 'stty raw; echo ready-\$((1+2)); head -c 1 >/tmp/key; sleep 3; kill -STOP \$\$'; echo ended=\$?"
    expect '^ready-3'
    type_keys C-z
    expect 'ended=124'
    type_line "clear; cordon run --set app.timeout=60s -- sh -c 'echo ready-\$((2+2)); read line; echo got:\$line'"
    expect '^ready-4'
    type_keys C-z
    expect 'Stopped'
    type_line fg
    type_line again
    expect '^got:again'
}

@test "the size of the window is the container's, also after a change (AC-43)" {
    type_line "cordon run -- sh -c 'stty size; trap \"stty size\" WINCH; while :; do sleep 0.1; done'"
    expect '^24 80'
    tmux resize-window -x 100 -y 30
    expect '^30 100'
    type_keys C-c
    expect 'outer>$'
}

@test "the terminal is as it was after any end" {
    type_line "stty -a >'$BATS_TEST_TMPDIR/before'; cordon run -- sh -c 'stty raw -echo; kill -9 \$\$'; stty -a >'$BATS_TEST_TMPDIR/after'; echo done-\$((1+1))"
    expect '^done-2'
    diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "job control inside: a shell there stops and continues its own jobs" {
    type_line 'cordon run -- bash --norc -i'
    expect 'bash-.*[#$]$'
    type_line 'PS1="inner> "'
    expect '^inner>$'
    type_line 'sh -c "echo running-\$((1+1)); exec sleep 100"'
    expect '^running-2'
    type_keys C-z
    expect 'Stopped'
    type_line 'kill -9 %1; sleep 0.3; exit 4'
    expect 'outer>$'
    type_line 'echo code=$?'
    expect '^code=4'
}

@test "output of a pipe stays a pipe while input is the terminal" {
    type_line "cordon run -- sh -c 'test -t 1 || echo not-a-terminal' | cat"
    expect '^not-a-terminal'
}

@test "an app without init has a terminal too" {
    type_line "cordon run --set app.init=false -- sh -c 'echo pid-\$\$; tty; test -t 0 && echo is-terminal'"
    expect '^pid-1'
    expect '^is-terminal'
}

@test "the window closed ends the container" {
    type_line 'cordon run -- sleep 86396.5'
    wait_for 30 some_pid_of 86396.5
    tmux kill-server
    screen=
    wait_for 30 no_pids_of 86396.5
}
