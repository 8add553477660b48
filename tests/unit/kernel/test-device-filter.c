/* The device program, run here as the kernel would: a small machine for the few instructions that it is made of. */
#include "kernel/device-filter.h"
#include "tap.h"

#include <string.h>

static struct bpf_insn program[DEVICE_FILTER_MOST];

static int ask(size_t count, bool block, unsigned access, uint32_t major, uint32_t minor)
{
    const struct bpf_cgroup_dev_ctx context = { access << 16 | (block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), major,
                                                minor };
    uint64_t registers[11] = { 0 };
    for (size_t at = 0; at < count; at++) {
        const struct bpf_insn *insn = &program[at];
        uint64_t *to = &registers[insn->dst_reg], from = registers[insn->src_reg];
        uint32_t word;
        switch (insn->code) {
        case BPF_LDX | BPF_W | BPF_MEM:
            memcpy(&word, (const char *)&context + insn->off, sizeof word);
            *to = word;
            break;
        case BPF_ALU | BPF_MOV | BPF_X:
            *to = (uint32_t)from;
            break;
        case BPF_ALU | BPF_MOV | BPF_K:
            *to = (uint32_t)insn->imm;
            break;
        case BPF_ALU | BPF_OR | BPF_X:
            *to = (uint32_t)*to | (uint32_t)from;
            break;
        case BPF_ALU | BPF_XOR | BPF_K:
            *to = (uint32_t)*to ^ (uint32_t)insn->imm;
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            *to = (uint32_t)*to & (uint32_t)insn->imm;
            break;
        case BPF_ALU | BPF_LSH | BPF_K:
            *to = (uint32_t)*to << insn->imm;
            break;
        case BPF_ALU64 | BPF_NEG:
            *to = -*to;
            break;
        case BPF_ALU64 | BPF_AND | BPF_X:
            *to &= from;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            *to >>= insn->imm;
            break;
        case BPF_JMP | BPF_EXIT:
            return (int)registers[0];
        default:
            return -1;
        }
    }
    return -2; /* ran off its end */
}

int main(void)
{
    const unsigned both = DEVICE_READ | DEVICE_WRITE;
    struct device_rule rules[] = {
        { true, 8, 1, DEVICE_READ },      { false, 1, 3, both },           { false, 136, DEVICE_ANY_MINOR, both },
        { false, 10, 229, DEVICE_WRITE }, { false, 10, 229, DEVICE_READ },
    };
    struct device_rules set = { rules, 5, 5 };
    device_rules_settle(&set);
    CHECK(set.count == 4);
    size_t count = device_filter_build(&set, program);
    CHECK(ask(count, false, both, 1, 3) == 1);
    CHECK(ask(count, false, DEVICE_READ, 1, 3) == 1);
    CHECK(ask(count, false, both | DEVICE_MKNOD, 1, 3) == 0);
    CHECK(ask(count, true, both, 1, 3) == 0);
    CHECK(ask(count, false, DEVICE_READ, 1, 1) == 0);
    CHECK(ask(count, true, DEVICE_READ, 8, 1) == 1);
    CHECK(ask(count, true, DEVICE_WRITE, 8, 1) == 0);
    CHECK(ask(count, true, both, 8, 1) == 0);
    CHECK(ask(count, true, DEVICE_READ, 8, 2) == 0);
    CHECK(ask(count, false, both, 136, 0) == 1);
    CHECK(ask(count, false, both, 136, 77777) == 1);
    CHECK(ask(count, false, both, 137, 0) == 0);
    CHECK(ask(count, true, both, 136, 0) == 0);
    CHECK(ask(count, false, DEVICE_MKNOD, 136, 0) == 0);
    CHECK(ask(count, false, both, 10, 229) == 1); /* two rules for one device */
    CHECK(ask(count, false, DEVICE_READ, 0, 0) == 0);

    struct bpf_insn first[64];
    memcpy(first, program, count * sizeof *first);
    struct device_rule turned[] = { rules[3], rules[0], rules[2], rules[1] };
    struct device_rules other = { turned, 4, 4 };
    device_rules_settle(&other);
    CHECK(device_filter_build(&other, program) == count && memcmp(first, program, count * sizeof *first) == 0);
    struct arena arena = { 0 };
    struct device_rules back = { 0 };
    CHECK(device_filter_rules(first, count, &arena, &back) && back.count == 4);
    for (size_t i = 0; i < back.count; i++)
        CHECK(back.items[i].block == set.items[i].block && back.items[i].major == set.items[i].major &&
              back.items[i].minor == set.items[i].minor && back.items[i].access == set.items[i].access);
    CHECK(!device_filter_rules(first, count - 1, &arena, &back));
    first[3].imm ^= 1;
    CHECK(!device_filter_rules(first, count, &arena, &back));
    arena_free(&arena);

    static struct device_rule many[DEVICE_FILTER_RULES];
    for (size_t i = 0; i < DEVICE_FILTER_RULES; i++)
        many[i] = (struct device_rule){ i % 2, 4095, (uint32_t)(1048575 - i), DEVICE_READ };
    struct device_rules most = { many, DEVICE_FILTER_RULES, DEVICE_FILTER_RULES };
    count = device_filter_build(&most, program);
    CHECK(count <= DEVICE_FILTER_MOST);
    CHECK(ask(count, false, DEVICE_READ, 4095, 1048575) == 1);
    CHECK(ask(count, true, DEVICE_READ, 4095, 1048575) == 0);
    CHECK(ask(count, true, DEVICE_READ, 4095, 1048575 - 511) == 1);
    CHECK(ask(count, true, DEVICE_READ, 4094, 1048575 - 511) == 0);
    struct device_rules none = { 0 };
    CHECK(ask(device_filter_build(&none, program), false, DEVICE_READ, 1, 3) == 0);
    return tap_done();
}
