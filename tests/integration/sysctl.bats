# Kernel settings of the container's own namespaces.
load ../helpers/container

@test "a setting of its network has the value of the profile, and the host's stays" {
    local before
    before=$(cat /proc/sys/net/ipv4/tcp_retries2)
    run_cordon --set 'sysctl={net.ipv4.tcp_retries2: 7, net.ipv4.ip_local_port_range: "2000 3000", net/ipv6/conf/lo/forwarding: 1}' -- \
        cat /proc/sys/net/ipv4/tcp_retries2 /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv6/conf/lo/forwarding
    assert_output $'7\n2000\t3000\n1'
    [ "$(cat /proc/sys/net/ipv4/tcp_retries2)" = "$before" ]
}

@test "a setting of net.core is set where this kernel gives it to a user namespace, and refused at its line where not" {
    local before
    before=$(cat /proc/sys/net/core/somaxconn)
    run_cordon --set 'sysctl={net.core.somaxconn: 77}' -- cat /proc/sys/net/core/somaxconn
    if [ "$status" -ne 0 ]; then
        assert_equal "$status" 125
        assert_line --index 0 --partial 'sysctl."net.core.somaxconn"'
        assert_output --partial 'note: older kernels, as Linux 6.1'
        unshare -rn true
        [ -z "$(unshare -rn cat /proc/sys/net/core/somaxconn)" ]
        return
    fi
    assert_output 77
    [ "$(cat /proc/sys/net/core/somaxconn)" = "$before" ]
}

@test "what was set cannot be set again inside, not even by CAP_NET_ADMIN" {
    inside 'sysctl={net.ipv4.tcp_retries2: 7}' 'privileges.capabilities=[net-admin]' -- /probe open /proc/sys/net/ipv4/tcp_retries2 w
    assert_output EROFS
}

@test "the domain name is its own" {
    run_cordon --set 'sysctl={kernel.domainname: example}' -- cat /proc/sys/kernel/domainname
    assert_output example
}

@test "how much it may take of what is counted for who started it (AC-55)" {
    local before
    before=$(cat /proc/sys/user/max_inotify_instances)
    run_cordon --set 'sysctl={user.max_inotify_instances: 3}' -- cat /proc/sys/user/max_inotify_instances
    assert_output 3
    run_cordon -- cat /proc/sys/user/max_inotify_instances
    refute_output 3
    assert_equal "$(cat /proc/sys/user/max_inotify_instances)" "$before"
    [ "$LANE" = root ] || return 0
    run_cordon --set users.map=host --set 'sysctl={user.max_inotify_instances: 3}' -- true
    assert_equal "$status" 125
    assert_output --partial 'it needs ids of its own'
    assert_equal "$(cat /proc/sys/user/max_inotify_instances)" "$before"
}

@test "a setting of IPC is set where this kernel gives it to the namespace, and refused at its line where not" {
    local file
    file=$(profile ipc <<<'sysctl: {kernel.msgmax: 9000}')
    run_cordon -p "$file" -- cat /proc/sys/kernel/msgmax
    if [ "$status" -ne 0 ]; then
        assert_equal "$status" 125
        assert_line --index 0 --partial "$file:2:"
        assert_output --partial "before Linux 6.9"
        [ "$(printf '6.9\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.9 ] || [ "$LANE" = single ]
    else
        assert_output 9000
    fi
}

@test "a setting that would change the host is refused at its line, and nothing is changed" {
    local file key
    for key in 'network: {mode: host}|net.core.somaxconn: 77' 'isolate: {ipc: inherit}|kernel.msgmax: 9000' \
        'isolate: {hostname: inherit}|kernel.domainname: x'; do
        file=$(profile shared <<<"${key%|*}
sysctl: {${key#*|}}")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --partial "$file:3:"
        assert_line --index 0 --partial "would be changed for the host too"
    done
}

@test "settings of the machine, of nothing, and wrong values are refused at their line" {
    local file key
    for key in 'kernel.core_pattern: x' 'net.core.rmem_max: 1' 'net.core.somaxconn: many' 'net.ipv4.no_such: 1' \
        'net.ipv4.conf.all.forwarding: many'; do
        file=$(profile wrong <<<"sysctl: {$key}")
        run_cordon -p "$file" -- true
        assert_equal "$status" 125
        assert_line --index 0 --partial "$file:2:"
    done
}

@test "a setting that only looks like one of the network's is refused before anything is started" {
    local file key
    file=$(profile own <<<'sysctl: {net.ipv4.tcp_rmem: 4096 8192 16384}')
    run cordon plan -p "$file" -- true
    assert_success
    for key in 'net.ipv4.tcp_mem: 1 2 3' 'net.ipv4.udp_mem: 1 2 3' 'net/ipv4/udp_mem: 1 2 3' 'net.ipv4.tcp_max_orphans: 1' 'net.ipv4.route.max_size: 1' \
        'net.ipv4.inet_peer_threshold: 1' 'net.ipv6.mld_max_msf: 1' 'net.netfilter.nf_conntrack_max: 1'; do
        file=$(profile shared <<<"sysctl: {$key}")
        run cordon plan -p "$file" -- true
        assert_failure 1
        assert_line --index 0 --partial "$file:2:"
        assert_output --partial "${key%%:*}"
    done
}

@test "a setting needs the container's own /proc, and a network that is not replaced after it" {
    run_cordon --set 'sysctl={net.core.somaxconn: 77}' --set '+mounts={tmpfs: 1M, at: /proc}' -- true
    assert_equal "$status" 125
    assert_output --partial "container's own /proc"
    run_cordon --set 'sysctl={net.core.somaxconn: 77}' --set 'privileges.allow=[mount-tmpfs]' -- true
    assert_equal "$status" 125
    assert_output --partial 'has no effect'
}
