/* privileges, syscalls, paths, label: what it may do. */
#include "profiles/fields.h"
#include "profiles/load.h"

#include "base/names.h"
#include "base/text.h"
#include "kernel/new-calls.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* --- privileges --------------------------------------------------------------------------------------------------- */

/* CAP_NET_ADMIN, as the kernel's manual writes it: net-admin. */
static const char *tidied_capability(struct walk *walk, const char *text)
{
    char *name = arena_strdup(walk->arena, strncasecmp(text, "cap_", 4) == 0 ? text + 4 : text);
    for (char *p = name; *p; p++)
        *p = *p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    return name;
}

static int parse_capability(struct walk *walk, struct node *node, void *ret)
{
    for (size_t i = 0; i < CAPABILITY_COUNT; i++) {
        if (strcmp(capability_names[i], node->text) == 0) {
            *(uint64_t *)ret |= 1ULL << i;
            return 0;
        }
    }
    const char *name = tidied_capability(walk, node->text);
    const char *near = strcmp(name, "all") == 0 ? NULL : text_nearest(name, capability_names, CAPABILITY_COUNT);
    if (near)
        walk_error(walk, node->at, "'%s' is not a capability, did you mean '%s'?", node->text, near);
    else
        error_help(walk_error(walk, node->at, "'%s' is not a capability", node->text),
                   "they are written as capabilities(7) has them, without CAP_ and with dashes: net-bind-service");
    return 0;
}

static int parse_allow(struct walk *walk, struct node *node, void *ret)
{
    for (size_t i = 0; i < ALLOW_COUNT; i++) {
        if (strcmp(allow_names[i], node->text) == 0) {
            *(uint32_t *)ret |= 1U << i;
            return 0;
        }
    }
    const char *near = text_nearest(node->text, allow_names, ALLOW_COUNT);
    if (near)
        walk_error(walk, node->at, "'%s' is not a switch, did you mean '%s'?", node->text, near);
    else
        error_help(walk_error(walk, node->at, "'%s' is not a switch", node->text),
                   "cordon-profile(5) lists them; single capabilities go into privileges.capabilities");
    return 0;
}

static bool allow_later(const struct node *node) { return strcmp(node->text, "system") == 0; }

static const struct form form_capability = {
    .is = "a capability, such as net-bind-service", .size = sizeof(uint64_t), .parse = parse_capability, .pattern = "^[a-z-]+$"
};
static const struct form form_capabilities = { .is = "a list of capabilities, such as [net-bind-service]",
                                               .size = sizeof(uint64_t),
                                               .items = &form_capability };
static const struct form form_allow = { .is = "a switch, such as low-ports",
                                        .size = sizeof(uint32_t),
                                        .parse = parse_allow,
                                        .later = allow_later,
                                        .not_yet = "system",
                                        .pattern = "^[a-z-]+$" };
static const struct form form_allows = { .is = "a list of switches, such as [low-ports]",
                                         .size = sizeof(uint32_t),
                                         .items = &form_allow };

static const struct row privileges_rows[] = {
    { "capabilities", &form_capabilities, ROW_FIELD(struct privileges, capabilities), .preset = "[]",
      .example = "[net-bind-service]", .doc = "Kept in all five sets; everything else is dropped." },
    { "allow", &form_allows, ROW_FIELD(struct privileges, allow), .preset = "[]", .example = "[low-ports]",
      .doc = "Readable switches, each a tested bundle of capabilities, system calls, devices and kernel settings: ping, "
             "low-ports, raw-sockets, sysv-ipc, mlock, chown, change-user, root, system, nested, debug, fuse, kvm, io-uring, "
             "perf, set-hostname, mount-tmpfs, mount-bind, realtime. SWITCHES in cordon-profile(5) says what each opens." },
    { "new-privileges", &form_bool, ROW_FIELD(struct privileges, new_privileges), .preset = "false", .example = "true",
      .doc = "true leaves no_new_privs off, and set-id programs of the root work where it is mounted for them: root.from: "
             "dir:PATH, "
             "or root.from: host with users.map: host. Those of mounts never do." },
    { "inspection", &form_bool, ROW_FIELD(struct privileges, inspection), .preset = "false", .example = "true",
      .doc = "Whether processes may look into each other: ptrace, process_vm_readv, kcmp, pidfd_getfd, core files." },
};
const struct form form_privileges = { .is = "a map, such as {allow: [ping]}",
                                      .size = sizeof(struct privileges),
                                      ROWS(privileges_rows) };

/* --- system calls ------------------------------------------------------------------------------------------------- */

/* Names for the values of arguments that policies compare most. */
static const struct {
    const char *name;
    uint64_t value;
} constants[] = {
#define C(name)                                                                                                                \
    {                                                                                                                          \
#name, name                                                                                                            \
    }
    C(AF_UNIX),         C(AF_INET),       C(AF_INET6),      C(AF_NETLINK),   C(AF_PACKET),    C(AF_VSOCK),     C(AF_ALG),
    C(AF_BLUETOOTH),    C(AF_CAN),        C(AF_TIPC),       C(AF_KEY),       C(AF_RDS),       C(AF_XDP),       C(AF_X25),
    C(AF_AX25),         C(AF_NFC),        C(AF_QIPCRTR),    C(AF_SMC),       C(SOCK_STREAM),  C(SOCK_DGRAM),   C(SOCK_RAW),
    C(SOCK_SEQPACKET),  C(CLONE_NEWNS),   C(CLONE_NEWUSER), C(CLONE_NEWPID), C(CLONE_NEWNET), C(CLONE_NEWIPC), C(CLONE_NEWUTS),
    C(CLONE_NEWCGROUP), C(CLONE_NEWTIME), C(TIOCSTI),       C(TIOCLINUX),    C(TIOCSCTTY),    C(FIOCLEX),
#undef C
};
#define CONSTANTS (sizeof constants / sizeof *constants)

static int parse_constant(struct walk *walk, struct node *node, void *ret)
{
    const char *names[CONSTANTS];
    for (size_t i = 0; i < CONSTANTS; i++) {
        names[i] = constants[i].name;
        if (strcmp(names[i], node->text) == 0) {
            *(uint64_t *)ret = constants[i].value;
            return 0;
        }
    }
    if (strncmp(node->text, "0x", 2) == 0 && node->text[2] &&
        !node->text[2 + strspn(node->text + 2, "0123456789abcdefABCDEF")] && strlen(node->text) <= 18) {
        *(uint64_t *)ret = strtoull(node->text + 2, NULL, 16);
        return 0;
    }
    if (text_number(node->text, UINT64_MAX, ret))
        return 0;
    const char *near = text_nearest(node->text, names, CONSTANTS);
    if (!near)
        return -1;
    walk_error(walk, node->at, "'%s' is no number or constant, did you mean '%s'?", node->text, near);
    return 0;
}

static int parse_argument_index(struct walk *walk, struct node *node, void *ret)
{
    uint64_t number;
    (void)walk;
    if (!text_number(node->text, 5, &number))
        return -1;
    *(unsigned *)ret = (unsigned)number;
    return 0;
}

static void finish_compare(struct walk *walk, struct node *map, void *target)
{
    const struct syscall_compare *compare = target;
    if (compare->op == COMPARE_MASKED && !node_get(map, "mask") && node_get(map, "op"))
        error_help(walk_error(walk, map->at, "the key 'mask' is missing"),
                   "op: masked holds where (argument & mask) equals value");
    if (compare->op != COMPARE_MASKED && node_get(map, "mask"))
        error_help(walk_error(walk, node_get(map, "mask")->key_at, "'mask' goes with op: masked only"), "write op: masked");
}

static const struct word op_words[] = { { "eq", COMPARE_EQ },         { "ne", COMPARE_NE },
                                        { "lt", COMPARE_LT },         { "le", COMPARE_LE },
                                        { "gt", COMPARE_GT },         { "ge", COMPARE_GE },
                                        { "masked", COMPARE_MASKED }, { NULL } };
static const struct form form_op = { .is = "a comparison", .size = sizeof(int), .words = op_words };
static const struct form form_constant = { .is = "a number, also 0x…, or a constant such as AF_VSOCK",
                                           .size = sizeof(uint64_t),
                                           .parse = parse_constant,
                                           .pattern = "^([0-9]+|0x[0-9a-fA-F]+|[A-Z][A-Z0-9_]+)$" };
static const struct form form_index = {
    .is = "the number of an argument, 0 to 5", .size = sizeof(unsigned), .parse = parse_argument_index, .type = SCALAR_INTEGER
};
static const struct row compare_rows[] = {
    { "index", &form_index, ROW_FIELD(struct syscall_compare, index), .flags = ROW_REQUIRED, .example = "0",
      .doc = "Which argument, from 0." },
    { "op", &form_op, ROW_FIELD(struct syscall_compare, op), .flags = ROW_REQUIRED, .example = "eq",
      .doc = "How it is compared, in all 64 bits; masked: (argument & mask) equals value." },
    { "value", &form_constant, ROW_FIELD(struct syscall_compare, value), .flags = ROW_REQUIRED, .example = "AF_VSOCK",
      .doc = "With what." },
    { "mask", &form_constant, ROW_FIELD(struct syscall_compare, mask), .example = "0xff", .doc = "For op: masked." },
};
static const struct form form_compare = { .is = "a map, such as {index: 0, op: eq, value: AF_VSOCK}",
                                          .size = sizeof(struct syscall_compare),
                                          ROWS(compare_rows),
                                          .finish = finish_compare };
static const struct form form_compares = { .is = "a list of comparisons",
                                           .size = sizeof(((struct syscall_rule *)0)->args),
                                           .items = &form_compare,
                                           .item_size = sizeof(struct syscall_compare) };

static bool is_call(const char *text)
{
    for (size_t i = 0; i < NEW_CALLS; i++)
        if (strcmp(new_calls[i].name, text) == 0)
            return true;
    return seccomp_syscall_resolve_name(text) != __NR_SCMP_ERROR;
}

#define HIGHEST_CALL 512 /* only for finding the nearest name */

static const char *nearest_call(struct walk *walk, const char *text)
{
    const char **names = arena_alloc(walk->arena, (HIGHEST_CALL + NEW_CALLS) * sizeof *names);
    size_t count = 0;
    for (; count < NEW_CALLS; count++)
        names[count] = new_calls[count].name;
    for (int number = 0; number < HIGHEST_CALL; number++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        if (name)
            names[count++] = arena_strdup(walk->arena, name);
        free(name);
    }
    return text_nearest(text, names, count);
}

/* A @group is known to the plan, which owns the groups. A call that is known on no architecture is a slip. */
static int parse_call(struct walk *walk, struct node *node, void *ret)
{
    const char *text = node->text;
    bool group = text[0] == '@';
    if (!text[group] || text[group + strspn(text + group, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
        return -1;
    if (!group && !is_call(text)) {
        const char *near = walk->errors->count < MOST_MISTAKES ? nearest_call(walk, text) : NULL;
        if (near)
            walk_error(walk, node->at, "'%s' is not a system call, did you mean '%s'?", text, near);
        else
            walk_error(walk, node->at, "'%s' is not a system call", text);
        return 0;
    }
    *(const char **)ret = text;
    return 0;
}

static int parse_rule(struct walk *walk, struct node *node, void *ret)
{
    return parse_call(walk, node, &((struct syscall_rule *)ret)->name);
}

static void begin_rule(struct walk *walk, struct node *node, void *target)
{
    (void)walk;
    ((struct syscall_rule *)target)->where = node->at;
}

static void finish_rule(struct walk *walk, struct node *node, void *target)
{
    const struct syscall_rule *rule = target;
    if (rule->name && rule->name[0] == '@' && node_get(node, "args"))
        error_help(
            walk_error(walk, node->at, "compares arguments of the group %s, whose calls take different ones", rule->name),
            "name the calls one by one");
}

static const struct form form_call = { .is = "the name of a system call or an @group",
                                       .size = sizeof(const char *),
                                       .parse = parse_call,
                                       .pattern = "^@?[a-z0-9_-]+$" };
static const struct row call_rows[] = {
    { "name", &form_call, ROW_FIELD(struct syscall_rule, name), .flags = ROW_REQUIRED, .example = "socket",
      .doc = "The call." },
    { "args", &form_compares, ROW_FIELD(struct syscall_rule, args), .preset = "[]",
      .example = "[{index: 0, op: eq, value: AF_VSOCK}]", .doc = "Comparisons that must all hold." },
};
static const struct form form_rule = {
    .is = "a system call or @group, or {name: socket, args: [{index: 0, op: eq, value: AF_VSOCK}]}",
    .size = sizeof(struct syscall_rule),
    .parse = parse_rule,
    .pattern = "^@?[a-z0-9_-]+$",
    ROWS(call_rows),
    .begin = begin_rule,
    .finish = finish_rule
};
static const struct form form_calls = { .is = "a list of system calls and @groups, such as [\"@io-uring\", quotactl]",
                                        .size = sizeof(((struct syscalls *)0)->allow),
                                        .items = &form_rule,
                                        .item_size = sizeof(struct syscall_rule) };

/* The kernel's and Debian's names; those that the filter can be made for. */
static const char *const architectures[] = { "native", "x86_64", "amd64",   "x86", "i386",
                                             "x32",    "arm64",  "aarch64", "arm", "riscv64" };
#define ARCHITECTURES (sizeof architectures / sizeof *architectures)

static int parse_architecture(struct walk *walk, struct node *node, void *ret)
{
    for (size_t i = 0; i < ARCHITECTURES; i++) {
        if (strcmp(architectures[i], node->text) == 0) {
            *(const char **)ret = node->text;
            return 0;
        }
    }
    const char *near = text_nearest(node->text, architectures, ARCHITECTURES);
    if (!near)
        return -1;
    walk_error(walk, node->at, "'%s' is not an architecture, did you mean '%s'?", node->text, near);
    return 0;
}

/* [native] alone is what an empty list says as well. */
static void finish_architectures(struct walk *walk, struct node *node, void *target)
{
    struct strings *list = target;
    (void)walk, (void)node;
    if (list->count == 1 && strcmp(list->items[0], "native") == 0)
        list->count = 0;
}

static const struct word base_words[] = {
    { "default", SYSCALLS_DEFAULT }, { "strict", SYSCALLS_STRICT }, { "none", SYSCALLS_NONE }, { NULL }
};
static const struct word on_deny_words[] = {
    { "errno", DENY_ERRNO }, { "kill", DENY_KILL }, { "log", DENY_LOG }, { "ask", 0, .later = true }, { NULL }
};
static const struct form form_base = { .is = "default, strict or none", .size = sizeof(int), .words = base_words };
static const struct form form_on_deny = { .is = "errno, kill, log or ask", .size = sizeof(int), .words = on_deny_words };
static const struct form form_architecture = { .is = "native or an architecture, such as x86_64, x86, arm64",
                                               .size = sizeof(const char *),
                                               .parse = parse_architecture,
                                               .pattern = "^[a-z0-9_]+$" };
static const struct form form_architectures = { .is = "a list of architectures, such as [native, x86]",
                                                .size = sizeof(struct strings),
                                                .items = &form_architecture,
                                                .item_size = sizeof(const char *),
                                                .finish = finish_architectures };

static const struct row syscalls_rows[] = {
    { "base", &form_base, ROW_FIELD(struct syscalls, base), .preset = "default", .example = "strict",
      .doc = "The named set that the two lists change." },
    { "allow", &form_calls, ROW_FIELD(struct syscalls, allow), .preset = "[]", .example = "[\"@io-uring\", quotactl]",
      .doc = "Calls or @groups, which SYSTEM CALLS in cordon-profile(5) lists, that are let through beside the base; an entry "
             "may be {name: CALL, args: [...]}." },
    { "deny", &form_calls, ROW_FIELD(struct syscalls, deny), .flags = ROW_GROWS, .preset = "[]", .example = "[personality]",
      .doc = "Calls or @groups that are refused, whatever allows them. Layers only add to it." },
    { "on-deny", &form_on_deny, ROW_FIELD(struct syscalls, on_deny), .preset = "errno", .example = "kill",
      .doc = "errno: EPERM for what is denied, ENOSYS for what is unknown; kill; log: allowed and recorded; ask." },
    { "architectures", &form_architectures, ROW_FIELD(struct syscalls, architectures), .preset = "[native]",
      .example = "[native, x86]", .doc = "Whose calls may be made at all." },
};
const struct form form_syscalls = { .is = "a map, such as {deny: [personality]}",
                                    .size = sizeof(struct syscalls),
                                    ROWS(syscalls_rows) };

/* --- paths and label ---------------------------------------------------------------------------------------------- */

static int parse_port(struct walk *walk, struct node *node, void *ret)
{
    uint64_t port;
    (void)walk;
    if (!text_number(node->text, UINT16_MAX, &port))
        return -1;
    *(uint16_t *)ret = (uint16_t)port;
    return 0;
}

static const struct form form_tcp_port = {
    .is = "a TCP port, 0 to 65535", .size = sizeof(uint16_t), .parse = parse_port, .pattern = "^[0-9]{1,5}$"
};
static const struct form form_tcp_ports = { .is = "a list of TCP ports, such as [443]",
                                            .size = sizeof(((struct paths *)0)->connect),
                                            .items = &form_tcp_port,
                                            .item_size = sizeof(uint16_t) };

static const struct row landlock_rows[] = {
    { "read", &form_paths, ROW_FIELD(struct paths, read), .preset = "[]", .example = "[/etc, /usr]",
      .doc = "What can be read." },
    { "execute", &form_paths, ROW_FIELD(struct paths, execute), .preset = "[]", .example = "[/usr/sbin/nginx]",
      .doc = "What can be started; the loader and libraries of a program come with it." },
    { "write", &form_paths, ROW_FIELD(struct paths, write), .preset = "[]", .example = "[/var/log/nginx, /run]",
      .doc = "What can be read and written; /dev, /proc and the container's own /tmp are implied." },
    { "connect", &form_tcp_ports, ROW_FIELD(struct paths, connect), .example = "[443]",
      .doc = "TCP ports, of any address, that it may connect to; without the list all. Not UDP or any other protocol." },
    { "bind", &form_tcp_ports, ROW_FIELD(struct paths, bind), .example = "[8080]",
      .doc = "TCP ports that it may bind, 0 being one of the kernel's choice; without the list all. Not UDP or any other "
             "protocol." },
};
const struct form form_landlock = { .is = "a map, such as {read: [/etc, /usr]}",
                                    .size = sizeof(struct paths),
                                    ROWS(landlock_rows) };

static const struct row label_rows[] = {
    { "apparmor", &form_text, ROW_FIELD(struct label, apparmor), .preset = "\"\"", .example = "cordon-default",
      .doc = "The AppArmor profile, which the host must have loaded; beside the one that cordon runs under, where that "
             "confines." },
    { "selinux", &form_text, ROW_FIELD(struct label, selinux), .preset = "\"\"", .example = "system_u:system_r:container_t:s0",
      .doc = "The SELinux context of its processes." },
};
const struct form form_label = { .is = "a map, such as {apparmor: cordon-default}",
                                 .size = sizeof(struct label),
                                 ROWS(label_rows) };
