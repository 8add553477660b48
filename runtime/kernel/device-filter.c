/* Programs are shared without leaving anything behind: none is pinned, each lives as long as a group that it is attached to.
 * One that is wanted is looked for among those that are loaded, by its name, and taken where its instructions, read back from
 * the kernel, are just those that would be loaded. Only the host's root can load one, and the same instructions do the same. */
#include "kernel/device-filter.h"

#include "base/cleanup.h"
#include "base/weak.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "cordon_devices" /* at most 15 */

static long bpf(int command, union bpf_attr *attr) { return syscall(SYS_bpf, command, attr, sizeof *attr); }

/* --- rules -------------------------------------------------------------------------------------------------------- */

static int by_device(const void *a, const void *b)
{
    const struct device_rule *one = a, *other = b;
    if (one->block != other->block)
        return one->block ? 1 : -1;
    if (one->major != other->major)
        return one->major < other->major ? -1 : 1;
    return one->minor == other->minor ? 0 : one->minor < other->minor ? -1 : 1;
}

void device_rules_settle(struct device_rules *rules)
{
    size_t kept = 0;
    if (rules->count)
        qsort(rules->items, rules->count, sizeof *rules->items, by_device);
    for (size_t i = 0; i < rules->count; i++) {
        if (kept && by_device(&rules->items[kept - 1], &rules->items[i]) == 0)
            rules->items[kept - 1].access |= rules->items[i].access;
        else
            rules->items[kept++] = rules->items[i];
    }
    rules->count = kept;
}

/* --- the program -------------------------------------------------------------------------------------------------- */

/* The verifier follows each way through a program, and knows on each what the comparisons have told it of every register. One
 * that compared type, numbers and access of one rule after the other had so many ways that thirteen rules took it 0.9 ms, and
 * 512 took 93. So there is but one way: each rule is reckoned to 0 where it gives what is asked for, else to 1, and what is
 * asked for is given where one of them is 0. They are joined by AND, since Linux 6.1 knows of no other operation on two such
 * registers that the result is 0 or 1 as well. */
enum { ANSWER, CONTEXT, WANTED, MAJOR, DEVICE, DIFFERENCE, MORE };
#define MINOR_BITS 20 /* of the kernel's dev_t, which the two numbers come from */

#define OPERATE(operation, to, from)                                                                                           \
    ((struct bpf_insn){ .code = BPF_ALU | (operation) | BPF_X, .dst_reg = (to), .src_reg = (from) })
#define OPERATE_BY(operation, to, value)                                                                                       \
    ((struct bpf_insn){ .code = BPF_ALU | (operation) | BPF_K, .dst_reg = (to), .imm = (int32_t)(value) })
#define LOAD(to, member)                                                                                                       \
    ((struct bpf_insn){ .code = BPF_LDX | BPF_W | BPF_MEM,                                                                     \
                        .dst_reg = (to),                                                                                       \
                        .src_reg = CONTEXT,                                                                                    \
                        .off = (int16_t)offsetof(struct bpf_cgroup_dev_ctx, member) })
#define EXIT ((struct bpf_insn){ .code = BPF_JMP | BPF_EXIT })

enum { AT_TYPE = 1, AT_ACCESS, AT_WHICH, AT_NUMBER }; /* in a rule: the instructions that say what it is */
enum { BEGINNING = 7, RULE = 9, END = 2 };            /* how many instructions */

/* All that is asked for must be among what the rule gives. */
static void put_rule(const struct device_rule *rule, struct bpf_insn *ret)
{
    bool any = rule->minor == DEVICE_ANY_MINOR;
    const struct bpf_insn insns[RULE] = {
        OPERATE(BPF_MOV, DIFFERENCE, WANTED), /* access << 16 | type */
        [AT_TYPE] = OPERATE_BY(BPF_XOR, DIFFERENCE, rule->block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
        [AT_ACCESS] = OPERATE_BY(BPF_AND, DIFFERENCE, ~(rule->access << 16)),
        [AT_WHICH] = OPERATE(BPF_MOV, MORE, any ? MAJOR : DEVICE),
        [AT_NUMBER] = OPERATE_BY(BPF_XOR, MORE, any ? rule->major : rule->major << MINOR_BITS | rule->minor),
        OPERATE(BPF_OR, DIFFERENCE, MORE),
        { .code = BPF_ALU64 | BPF_NEG, .dst_reg = DIFFERENCE }, /* below 0, but for 0 itself: the upper half was 0 */
        { .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = DIFFERENCE, .imm = 63 },
        { .code = BPF_ALU64 | BPF_AND | BPF_X, .dst_reg = ANSWER, .src_reg = DIFFERENCE },
    };
    memcpy(ret, insns, sizeof insns);
}

size_t device_filter_build(const struct device_rules *rules, struct bpf_insn *ret)
{
    const struct bpf_insn beginning[BEGINNING] = {
        LOAD(WANTED, access_type),
        LOAD(MAJOR, major),
        LOAD(MORE, minor),
        OPERATE(BPF_MOV, DEVICE, MAJOR),
        OPERATE_BY(BPF_LSH, DEVICE, MINOR_BITS),
        OPERATE(BPF_OR, DEVICE, MORE),
        OPERATE_BY(BPF_MOV, ANSWER, 1),
    };
    size_t n = BEGINNING;
    memcpy(ret, beginning, sizeof beginning);
    for (size_t i = 0; i < rules->count && i < DEVICE_FILTER_RULES; i++, n += RULE)
        put_rule(&rules->items[i], ret + n);
    ret[n++] = OPERATE_BY(BPF_XOR, ANSWER, 1);
    ret[n++] = EXIT;
    return n;
}

/* By where the values stand; what is not built of these rules is none of ours, or of another version, or was changed when it
 * was loaded (net.core.bpf_jit_harden). */
bool device_filter_rules(const struct bpf_insn *insns, size_t count, struct arena *arena, struct device_rules *ret)
{
    struct device_rules rules = { 0 };
    for (size_t i = BEGINNING; i + RULE + END <= count; i += RULE) {
        bool any = insns[i + AT_WHICH].src_reg == MAJOR;
        uint32_t number = (uint32_t)insns[i + AT_NUMBER].imm;
        *SLICE_PUSH(arena, &rules) =
            (struct device_rule){ insns[i + AT_TYPE].imm == BPF_DEVCG_DEV_BLOCK, any ? number : number >> MINOR_BITS,
                                  any ? DEVICE_ANY_MINOR : number & ((1U << MINOR_BITS) - 1),
                                  ~(unsigned)insns[i + AT_ACCESS].imm >> 16 };
    }
    struct bpf_insn *same = arena_alloc(arena, DEVICE_FILTER_MOST * sizeof *same);
    if (device_filter_build(&rules, same) != count || memcmp(same, insns, count * sizeof *same) != 0)
        return false;
    *ret = rules;
    return true;
}

/* --- loaded programs ---------------------------------------------------------------------------------------------- */

static int open_by_id(uint32_t id)
{
    union bpf_attr attr = { .prog_id = id };
    return (int)bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static bool get_info(int program, struct bpf_prog_info *info)
{
    union bpf_attr attr = { .info = { (uint32_t)program, sizeof *info, (uint64_t)(uintptr_t)info } };
    return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0;
}

/* How many instructions, where it is one of ours; 0 otherwise, and where there is no room for them. They are asked for only
 * then: the kernel copies all of a program first, and other people's are many and long. */
static size_t read_program(int program, struct bpf_insn *insns, size_t room)
{
    struct bpf_prog_info about = { 0 };
    if (!get_info(program, &about) || about.type != BPF_PROG_TYPE_CGROUP_DEVICE ||
        strncmp(about.name, NAME, sizeof about.name) != 0 || about.xlated_prog_len > room * sizeof *insns)
        return 0;
    struct bpf_prog_info whole = { .xlated_prog_len = about.xlated_prog_len, .xlated_prog_insns = (uint64_t)(uintptr_t)insns };
    return get_info(program, &whole) && whole.xlated_prog_insns ? whole.xlated_prog_len / sizeof *insns : 0;
}

static int find_same(const struct bpf_insn *insns, size_t count)
{
    AUTO_FREE struct bpf_insn *theirs = malloc(count * sizeof *theirs);
    union bpf_attr attr = { 0 };
    while (theirs && bpf(BPF_PROG_GET_NEXT_ID, &attr) == 0) {
        uint32_t id = attr.next_id;
        AUTO_CLOSE int program = open_by_id(id); /* may have gone meanwhile */
        if (program >= 0 && read_program(program, theirs, count) == count && memcmp(theirs, insns, count * sizeof *insns) == 0)
            return take_fd(&program);
        attr = (union bpf_attr){ .start_id = id };
    }
    return -1;
}

static int load(const struct bpf_insn *insns, size_t count)
{
    static const char license[] = "GPL";
    union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                            .insn_cnt = (uint32_t)count,
                            .insns = (uint64_t)(uintptr_t)insns,
                            .license = (uint64_t)(uintptr_t)license };
    strcpy(attr.prog_name, NAME);
    return (int)bpf(BPF_PROG_LOAD, &attr);
}

int device_filter_open(const struct device_rules *rules, struct error *err)
{
    if (rules->count > DEVICE_FILTER_RULES)
        return error_set(err, "these are more devices than a program can hold: %zu", rules->count);
    /* No more than it takes: pages that are touched for the first time cost more than the rest of this function. */
    AUTO_FREE struct bpf_insn *insns = malloc((BEGINNING + RULE * rules->count + END) * sizeof *insns);
    if (!insns)
        return error_errno(err, errno, "build a device program");
    size_t count = device_filter_build(rules, insns);
    int program = find_same(insns, count);
    if (program < 0)
        program = load(insns, count);
    if (program < 0) {
        error_errno(err, errno, "load a device program");
        return error_note(err, "it takes CAP_BPF and CAP_NET_ADMIN outside of any user namespace, and bpf(2)");
    }
    return program;
}

int device_filter_attach(int group, int program, struct error *err)
{
    union bpf_attr attr = { .target_fd = (uint32_t)group,
                            .attach_bpf_fd = (uint32_t)program,
                            .attach_type = BPF_CGROUP_DEVICE,
                            .attach_flags = BPF_F_ALLOW_MULTI };
    if (weak("filter devices") || bpf(BPF_PROG_ATTACH, &attr) == 0)
        return 0;
    error_errno(err, errno, "put the device program on the control group");
    return errno == EPERM ? error_note(err, "a group above may have one that allows none below it") : -1;
}

bool device_filter_read(int group, struct arena *arena, struct device_rules *ret, uint32_t *ret_id)
{
    uint32_t ids[64] = { 0 };
    union bpf_attr attr = { .query = { .target_fd = (uint32_t)group,
                                       .attach_type = BPF_CGROUP_DEVICE,
                                       .prog_ids = (uint64_t)(uintptr_t)ids,
                                       .prog_cnt = sizeof ids / sizeof *ids } };
    struct bpf_insn *insns = arena_alloc(arena, DEVICE_FILTER_MOST * sizeof *insns);
    if (bpf(BPF_PROG_QUERY, &attr) < 0)
        return false;
    for (uint32_t i = 0; i < attr.query.prog_cnt; i++) {
        AUTO_CLOSE int program = open_by_id(ids[i]);
        size_t count = program < 0 ? 0 : read_program(program, insns, DEVICE_FILTER_MOST);
        if (!count || !device_filter_rules(insns, count, arena, ret))
            continue;
        *ret_id = ids[i];
        return true;
    }
    return false;
}

int device_filter_probe(void)
{
    const struct bpf_insn insns[] = { OPERATE_BY(BPF_MOV, ANSWER, 0), EXIT };
    AUTO_CLOSE int program = load(insns, 2);
    return program < 0 ? errno : 0;
}
