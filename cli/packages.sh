# shellcheck shell=sh
# Sourced by cli/quickstart and tests/run: what they need from the distribution, in one table, and how to get it.
#
#   packages_install build [test] [bench] [checks]   installs what is missing of these rows; nothing where all is there
#   as_root COMMAND ARG...                  runs it as root: directly, or by sudo

# manager  row    packages
packages_table() {
    cat <<'TABLE'
apt     build  gcc libc6-dev meson ninja-build pkg-config libseccomp-dev libcap-dev libyaml-dev libjson-c-dev libsystemd-dev scdoc uidmap
apt     test   bats bats-assert bats-support jq procps util-linux tmux vim git python3 redis-server busybox-static bubblewrap
apt     bench  bubblewrap strace
apt     checks clang libclang-rt-dev llvm clang-tidy clang-format cppcheck shellcheck
apt     fidelity libpython3.11-testsuite tcl
apt     guest  qemu-system-x86 mmdebstrap debian-archive-keyring e2fsprogs
dnf     build  gcc glibc-devel glibc-static meson ninja-build pkgconf-pkg-config libseccomp-devel libseccomp-static libcap-devel libcap-static libyaml-devel json-c-devel systemd-devel scdoc shadow-utils
dnf     test   bats bats-assert bats-support libasan libubsan jq procps-ng util-linux tmux vim-enhanced git python3 redis busybox bubblewrap
dnf     bench  bubblewrap strace
dnf     checks clang compiler-rt llvm clang-tools-extra cppcheck ShellCheck
pacman  build  gcc meson ninja pkgconf libseccomp libcap libyaml json-c systemd-libs scdoc shadow
pacman  test   bats bats-assert bats-support jq procps-ng util-linux tmux vim git python redis busybox bubblewrap
pacman  bench  bubblewrap strace
pacman  checks clang compiler-rt llvm cppcheck shellcheck
apk     build  gcc musl-dev linux-headers meson ninja pkgconf libseccomp-dev libseccomp-static libcap-dev libcap-static yaml-dev yaml-static json-c-dev scdoc shadow shadow-subids
apk     test   bash bats bats-assert bats-support coreutils jq procps util-linux setpriv tmux vim git python3 redis busybox-static bubblewrap
apk     bench  bubblewrap strace
apk     checks clang compiler-rt llvm clang-extra-tools cppcheck shellcheck
zypper  build  gcc glibc-devel glibc-devel-static meson ninja pkgconf libseccomp-devel libcap-devel libcap-devel-static libyaml-devel libjson-c-devel systemd-devel scdoc shadow
zypper  test   bats bats-assert bats-support jq procps util-linux tmux vim git python3 redis busybox-static bubblewrap
zypper  bench  bubblewrap strace
zypper  checks clang llvm clang-tools cppcheck ShellCheck
TABLE
}

packages_manager() {
    for manager in apt-get:apt dnf:dnf pacman:pacman apk:apk zypper:zypper; do
        if command -v "${manager%:*}" >/dev/null 2>&1; then
            echo "${manager#*:}"
            return
        fi
    done
}

packages_of_row() { # MANAGER ROW
    packages_table | awk -v manager="$1" -v row="$2" '$1 == manager && $2 == row { $1 = $2 = ""; print }'
}

package_installed() { # MANAGER PACKAGE
    case $1 in
    apt) dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null | grep -qx installed ;;
    dnf | zypper) rpm -q --whatprovides "$2" >/dev/null 2>&1 ;;
    pacman) pacman -Q "$2" >/dev/null 2>&1 ;;
    apk) apk info -e "$2" >/dev/null 2>&1 ;;
    esac
}

packages_fetch() { # MANAGER PACKAGE...
    manager=$1
    shift
    case $manager in
    # RUNLEVEL=1: a server that a package brings is not started. The list of packages may be old or empty, so it is fetched first, and apt
    # does not wait for another that fetches it: the lock is ours, for several of us at once.
    apt) # shellcheck disable=SC2016 # for the shell that runs it
        as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive flock /var/lib/apt/lists sh -c \
            'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' sh "$@" ;;
    dnf) as_root dnf install -q -y "$@" ;;
    pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
    apk) as_root apk add -q "$@" ;;
    zypper) as_root zypper -q --non-interactive install --no-recommends "$@" ;;
    esac
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -- "$@"
    else
        echo "This needs root: run it as root, or install sudo and let this user use it." >&2
        return 1
    fi
}

packages_install() { # ROW...
    manager=$(packages_manager)
    if [ -z "$manager" ]; then
        packages_check_tools
        return
    fi
    missing=
    for row in "$@"; do
        for package in $(packages_of_row "$manager" "$row"); do
            package_installed "$manager" "$package" || missing="$missing $package"
        done
    done
    [ -n "$missing" ] || return 0
    echo "Installing by $manager:$missing"
    packages_log=$(mktemp) || return 1
    # shellcheck disable=SC2086 # a list of words
    if packages_fetch "$manager" $missing >"$packages_log" 2>&1 </dev/null; then
        rm -f "$packages_log"
        return 0
    fi
    tail -n 20 "$packages_log" >&2
    rm -f "$packages_log"
    echo "The packages above could not be installed by $manager; its own words are printed here." >&2
    return 1
}

# No package manager that the table knows: say what is missing in words, and go on where nothing is.
packages_check_tools() {
    missing=
    for tool in cc meson ninja pkg-config; do
        command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
    done
    for library in libseccomp libcap yaml-0.1 json-c; do
        pkg-config --exists "$library" 2>/dev/null || missing="$missing $library(headers)"
    done
    [ -z "$missing" ] && return 0
    echo "There is none of apt-get, dnf, pacman, apk and zypper here. Please install by hand:$missing" >&2
    return 1
}
