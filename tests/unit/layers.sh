#!/bin/sh
# layers.sh ROOT: includes point one way only. Prints TAP. Every folder stands at a height; a file may include headers of its own folder
# and of lower ones. Two folders at one height do not know each other.
set -u
cd "${1:-.}" || exit 1

height() { # FOLDER
    case $1 in
    runtime/base) echo 1 ;;
    runtime/kernel | network | rootfs-tools) echo 2 ;;
    runtime/spec) echo 3 ;;
    profiles | runtime/plan) echo 4 ;;
    runtime/setup) echo 5 ;;
    runtime/container | runtime/monitor) echo 6 ;;
    cli) echo 7 ;;
    esac
}

layer() { # FILE: the layer that it belongs to
    case $1 in
    runtime/*/*) echo "$1" | cut -d / -f 1-2 ;;
    *) echo "${1%%/*}" ;;
    esac
}

# The folder of a quoted include, the way the compiler finds it: beside the file, below runtime/, below the top.
included() { # FILE INCLUDE
    for place in "$(dirname "$1")/$2" "runtime/$2" "$2"; do
        [ -e "$place" ] && echo "$place" && return
    done
}

# Folders at one height that may include each other in one direction, with the reason.
allowed() { # FROM TO
    case "$1 $2" in
    "runtime/container runtime/monitor") return 0 ;; # a foreground run supervises itself
    esac
    return 1
}

check_file() { # FILE: prints each include that points the wrong way
    from=$(layer "$1") from_height=$(height "$from")
    [ -n "$from_height" ] || { echo "$1: in no layer that tests/unit/layers.sh knows" && return; }
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1" | while read -r name; do
        found=$(included "$1" "$name")
        [ -n "$found" ] || continue # made by the build
        to=$(layer "$found") to_height=$(height "$to")
        [ "$from" = "$to" ] && continue
        [ "${to_height:-9}" -lt "$from_height" ] || allowed "$from" "$to" || echo "$1 includes $found"
    done
}

number=0 bad=0
for folder in runtime/base runtime/kernel network rootfs-tools runtime/spec profiles runtime/plan runtime/setup runtime/container \
    runtime/monitor cli; do
    number=$((number + 1))
    wrong=$(find "$folder" -name '*.[ch]' 2>/dev/null | sort | while read -r file; do check_file "$file"; done)
    if [ -z "$wrong" ]; then
        echo "ok $number - $folder includes only its own headers and those of lower layers"
    else
        bad=1
        echo "not ok $number - $folder includes only its own headers and those of lower layers"
        echo "$wrong" | sed 's/^/# /'
    fi
done

# The runtime does not know its callers' libraries: only the readers of profiles may see libyaml, only the filter's compiler libseccomp.
number=$((number + 1))
wrong=$(grep -rlE '#include <(yaml|json-c/json)\.h>' runtime/kernel runtime/setup runtime/container runtime/monitor 2>/dev/null)
if [ -z "$wrong" ]; then
    echo "ok $number - what starts containers reads neither YAML nor JSON"
else
    bad=1
    echo "not ok $number - what starts containers reads neither YAML nor JSON"
    echo "$wrong" | sed 's/^/# /'
fi
echo "1..$number"
exit $bad
