#include "kernel/sysctl.h"
#include "tap.h"

static void test_owner(void)
{
    CHECK(sysctl_owner("net.core.somaxconn") == SYSCTL_NETWORK);
    CHECK(sysctl_owner("net/core/somaxconn") == SYSCTL_NETWORK);
    CHECK(sysctl_owner("net/ipv4/conf/eth0.1/forwarding") == SYSCTL_NETWORK);
    CHECK(sysctl_owner("kernel.shmmax") == SYSCTL_IPC);
    CHECK(sysctl_owner("fs.mqueue.msg_max") == SYSCTL_IPC);
    CHECK(sysctl_owner("kernel.domainname") == SYSCTL_DOMAIN_NAME);
    /* looks like one, and is shared or no name at all */
    CHECK(sysctl_owner("net.core.somaxconn_x") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("net.core.rmem_max") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("net.ipv4.tcp_mem") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("kernel.core_pattern") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("net.ipv4.") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("net/ipv4/../../kernel/core_pattern") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("net.ipv4.//.//.kernel") == SYSCTL_MACHINE);
    CHECK(sysctl_owner("") == SYSCTL_MACHINE);
}

static void test_values(void)
{
    CHECK(!sysctl_wants("net.core.somaxconn", "1024"));
    CHECK(sysctl_wants("net.core.somaxconn", "many"));
    CHECK(sysctl_wants("net.core.somaxconn", ""));
    CHECK(sysctl_wants("net.core.somaxconn", "1 2"));
    CHECK(sysctl_wants("net.core.somaxconn", "-1"));
    CHECK(!sysctl_wants("kernel.sem", "250 32000  32 128"));
    CHECK(sysctl_wants("kernel.sem", "250 32000 32"));
    CHECK(!sysctl_wants("net.ipv4.ip_local_port_range", "2000 3000"));
    CHECK(sysctl_wants("net.ipv4.ip_local_port_range", "2000 65536"));
    CHECK(!sysctl_wants("net.ipv4.tcp_congestion_control", "reno")); /* the kernel judges */
}

int main(void)
{
    test_owner();
    test_values();
    return tap_done();
}
