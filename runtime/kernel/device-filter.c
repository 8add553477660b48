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

enum { R0, R1, TYPE, ACCESS, MAJOR, MINOR };

#define MOVE(to, from) ((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) })
#define SET(to, value) ((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (int32_t)(value) })
#define AND(to, value) ((struct bpf_insn){ .code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = (to), .imm = (int32_t)(value) })
#define SHIFT(to, bits) ((struct bpf_insn){ .code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = (to), .imm = (bits) })
#define LOAD(to, member)                                                                                                       \
    ((struct bpf_insn){ .code = BPF_LDX | BPF_W | BPF_MEM,                                                                     \
                        .dst_reg = (to),                                                                                       \
                        .src_reg = R1,                                                                                         \
                        .off = (int16_t)offsetof(struct bpf_cgroup_dev_ctx, member) })
#define UNLESS(what, value, skip)                                                                                              \
    ((struct bpf_insn){ .code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = (what), .off = (skip), .imm = (int32_t)(value) })
#define EXIT ((struct bpf_insn){ .code = BPF_JMP | BPF_EXIT })

/* A rule: all that is asked for must be among what it gives. */
static size_t put_rule(const struct device_rule *rule, struct bpf_insn *ret)
{
    bool any = rule->minor == DEVICE_ANY_MINOR;
    size_t n = 0;
    int16_t skip = any ? 7 : 8;
    ret[n++] = UNLESS(TYPE, rule->block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --skip);
    ret[n++] = UNLESS(MAJOR, rule->major, --skip);
    if (!any)
        ret[n++] = UNLESS(MINOR, rule->minor, --skip);
    ret[n++] = MOVE(R0, ACCESS);
    ret[n++] = AND(R0, ~rule->access);
    ret[n++] = UNLESS(R0, 0, 2);
    ret[n++] = SET(R0, 1);
    ret[n++] = EXIT;
    return n;
}

size_t device_filter_build(const struct device_rules *rules, struct bpf_insn *ret)
{
    size_t n = 0;
    ret[n++] = LOAD(TYPE, access_type); /* access << 16 | type */
    ret[n++] = MOVE(ACCESS, TYPE);
    ret[n++] = AND(TYPE, 0xffff);
    ret[n++] = SHIFT(ACCESS, 16);
    ret[n++] = LOAD(MAJOR, major);
    ret[n++] = LOAD(MINOR, minor);
    for (size_t i = 0; i < rules->count && i < DEVICE_FILTER_RULES; i++)
        n += put_rule(&rules->items[i], ret + n);
    ret[n++] = SET(R0, 0);
    ret[n++] = EXIT;
    return n;
}

static bool compares(const struct bpf_insn *insn, unsigned reg)
{
    return insn->code == (BPF_JMP32 | BPF_JNE | BPF_K) && insn->dst_reg == reg;
}

/* The rules back out of a program of ours, by where its comparisons stand. */
static void read_rules(const struct bpf_insn *insns, size_t count, struct arena *arena, struct device_rules *ret)
{
    for (size_t i = 6; i + 8 <= count && compares(&insns[i], TYPE); i += (size_t)insns[i].off + 1) {
        bool any = !compares(&insns[i + 2], MINOR);
        *SLICE_PUSH(arena, ret) = (struct device_rule){ insns[i].imm == BPF_DEVCG_DEV_BLOCK, (uint32_t)insns[i + 1].imm,
                                                        any ? DEVICE_ANY_MINOR : (uint32_t)insns[i + 2].imm,
                                                        ~(unsigned)insns[i + (any ? 3 : 4)].imm };
    }
}

/* --- loaded programs ---------------------------------------------------------------------------------------------- */

static int open_by_id(uint32_t id)
{
    union bpf_attr attr = { .prog_id = id };
    return (int)bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

/* How many instructions, where it is one of ours; 0 otherwise. `insns` has room for DEVICE_FILTER_MOST. */
static size_t read_program(int program, struct bpf_insn *insns)
{
    struct bpf_prog_info info = { .xlated_prog_len = (uint32_t)(DEVICE_FILTER_MOST * sizeof *insns),
                                  .xlated_prog_insns = (uint64_t)(uintptr_t)insns };
    union bpf_attr attr = { .info = { (uint32_t)program, sizeof info, (uint64_t)(uintptr_t)&info } };
    if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 || info.type != BPF_PROG_TYPE_CGROUP_DEVICE ||
        strncmp(info.name, NAME, sizeof info.name) != 0 || !info.xlated_prog_insns ||
        info.xlated_prog_len > DEVICE_FILTER_MOST * sizeof *insns)
        return 0;
    return info.xlated_prog_len / sizeof *insns;
}

static int find_same(const struct bpf_insn *insns, size_t count)
{
    AUTO_FREE struct bpf_insn *theirs = malloc(DEVICE_FILTER_MOST * sizeof *theirs);
    union bpf_attr attr = { 0 };
    while (theirs && bpf(BPF_PROG_GET_NEXT_ID, &attr) == 0) {
        uint32_t id = attr.next_id;
        AUTO_CLOSE int program = open_by_id(id); /* may have gone meanwhile */
        if (program >= 0 && read_program(program, theirs) == count && memcmp(theirs, insns, count * sizeof *insns) == 0)
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
    AUTO_FREE struct bpf_insn *insns = malloc(DEVICE_FILTER_MOST * sizeof *insns);
    if (!insns || rules->count > DEVICE_FILTER_RULES)
        return error_set(err, "these are more devices than a program can hold: %zu", rules->count);
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
        size_t count = program < 0 ? 0 : read_program(program, insns);
        if (!count)
            continue;
        read_rules(insns, count, arena, ret);
        *ret_id = ids[i];
        return true;
    }
    return false;
}

int device_filter_probe(void)
{
    const struct bpf_insn insns[] = { SET(R0, 0), EXIT };
    AUTO_CLOSE int program = load(insns, 2);
    return program < 0 ? errno : 0;
}
