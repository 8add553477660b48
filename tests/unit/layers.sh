#!/bin/sh
# layers.sh ROOT: includes point one way only. Prints TAP. Every folder stands at a height; a file may include headers of its own folder
# and of lower ones. Two folders at one height do not know each other.
set -u
cd "${1:-.}" || exit 1

files=$(find runtime network rootfs-tools profiles cli -name '*.[ch]' | sort)
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $files | awk '
function layer(file,    part) {
    split(file, part, "/")
    return part[1] == "runtime" || (part[1] == "profiles" && part[2] ~ /^(lint|man)$/) ? part[1] "/" part[2] : part[1]
}
# The file that an include means, the way the compiler finds it: beside, below runtime/, below the top. Empty: made by the build.
function found(file, name,    folder) {
    folder = file
    sub("/[^/]*$", "/", folder)
    return (folder name) in known ? folder name : ("runtime/" name) in known ? "runtime/" name : name in known ? name : ""
}
function result(passed, title, notes) {
    printf "%sok %d - %s\n%s", passed ? "" : "not ", ++number, title, notes
    bad += !passed
}
BEGIN {
    count = split("runtime/base 1 runtime/systemd 1 runtime/kernel 2 network 2 rootfs-tools 2 runtime/spec 3 profiles 4 runtime/plan 4 runtime/setup 5 " \
                  "profiles/lint 5 profiles/man 5 runtime/container 6 runtime/monitor 6 runtime/doctor 6 cli 7", words, " ")
    for (i = 1; i < count; i += 2) {
        order[++layers] = words[i]
        height[words[i]] = words[i + 1]
    }
    allowed["runtime/container runtime/monitor"] # a foreground run supervises itself
    while ((getline file) > 0)
        known[list[++total] = file]
    for (i = 1; i <= total; i++) {
        from = layer(list[i])
        if (!(from in height))
            strays = strays "# " list[i] "\n"
        while ((getline line < list[i]) > 0) {
            if (line ~ /^[ \t]*#[ \t]*include[ \t]*<(yaml|json-c\/json)\.h>/ && height[from] >= 5 && from !~ /^(cli|profiles)/)
                readers = readers "# " list[i] ": " line "\n"
            if (line !~ /^[ \t]*#[ \t]*include[ \t]*"/)
                continue
            split(line, part, "\"")
            target = found(list[i], part[2])
            to = layer(target)
            if (target != "" && from != to && height[to] >= height[from] && !((from " " to) in allowed))
                wrong[from] = wrong[from] "# " list[i] " includes " target "\n"
        }
        close(list[i])
    }
    for (i = 1; i <= layers; i++)
        result(wrong[order[i]] == "", order[i] " includes only its own headers and those of lower layers", wrong[order[i]])
    result(strays == "", "every file is in a layer that this test knows", strays)
    result(readers == "", "what starts containers reads neither YAML nor JSON", readers)
    result(total > 20, "there are files to look at", "")
    print "1.." number
    exit bad > 0
}'
