# shellcheck shell=sh
# Sourced by tests/vm/run and tests/vm/shell: the payload, and the machine that boots with it.

# payload TOP GO FOLDER: FOLDER/payload, a disk that is a tar: the folder TOP as tests/run fills it (usr, tests, source), at its own
# path, since the program knows its prefix, and GO, which the guest runs.
payload() {
    mkdir -p "$3/cordon-guest"
    cp "$2" "$3/cordon-guest/go"
    echo "$1" >"$3/cordon-guest/top"
    tar -cf "$3/payload" --owner=0 --group=0 -C "$3" cordon-guest -C / "${1#/}/usr" "${1#/}/tests" "${1#/}/source"
}

# machine IMAGE PAYLOAD ARGUMENT…: two processors in software, no network; what it writes to its disk is gone with it. $boot_words is
# added to the kernel's command line. All that is emulated costs, so it is little: no devices by default, and a processor with what
# programs ask for but none of what each miss of the TLB pays for (five levels of page tables, keys, SMAP); `max` is a sixth slower.
# Mitigations are of no use there, and namespaces end by waiting for RCU, which two slow processors take their time with.
machine() {
    image=$1 disk=$2
    shift 2
    words="console=ttyS0 root=/dev/vda rw quiet loglevel=4 panic=-1 mitigations=off audit=0 rcupdate.rcu_expedited=1 ${boot_words-}"
    set -- -accel tcg,thread=multi -M q35 -nodefaults -smp 2 -m 2G -display none -no-reboot \
        -cpu qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand,+fsgsbase "$@" \
        -drive "file=$image/disk,if=virtio,format=raw,snapshot=on,cache=unsafe" \
        -drive "file=$disk,if=virtio,format=raw,readonly=on" \
        -kernel "$image/vmlinuz" -initrd "$image/initrd" \
        -append "$words"
    exec nice qemu-system-x86_64 "$@"
}
