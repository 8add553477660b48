/* Shape: one check of the architecture, then a balanced search over ranges of numbers with the same answer, whose leaves are
 * a return or the comparisons of arguments. At installation the kernel runs every call number through the program once, as far
 * as it needs no argument, and remembers those that are always allowed: with ranges that takes about nine steps a number.
 *
 * The program is written from its end to its start. BPF jumps only forward, so whatever an instruction jumps to is there
 * already when it is written, and a distance is known at once. */
#include "kernel/filter-program.h"

#include "base/arena.h"
#include "base/cleanup.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FAR 255 /* a conditional jump holds its distance in one byte */

/* A place in the program, counted from its end, the last instruction being 1. */
typedef unsigned place;

struct writer {
    const struct filter_policy *policy;
    struct sock_filter *code; /* room for BPF_MAXINSNS, of which the last `count` are written */
    unsigned count;
    bool full;
    bool little_endian;
    struct {
        uint32_t action;
        place at;
    } returns[16]; /* the newest return of each action */
    unsigned return_count;
};

static place put(struct writer *writer, uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
    if (writer->count == BPF_MAXINSNS) {
        writer->full = true;
        return writer->count;
    }
    writer->count++;
    writer->code[BPF_MAXINSNS - writer->count] = (struct sock_filter){ code, yes, no, value };
    return writer->count;
}

/* How far the instruction that is written next is before `target`. */
static unsigned distance(const struct writer *writer, place target) { return writer->count - target; }

static place put_return(struct writer *writer, uint32_t action)
{
    unsigned i = 0;
    if (writer->policy->told && (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && action != FILTER_ERRNO(0))
        action = SECCOMP_RET_USER_NOTIF;
    while (i < writer->return_count && writer->returns[i].action != action)
        i++;
    /* An answer that is near enough is used again; the slack leaves room for the jumps that lead to it. */
    if (i < writer->return_count && distance(writer, writer->returns[i].at) < FAR - 8)
        return writer->returns[i].at;
    place at = put(writer, BPF_RET | BPF_K, 0, 0, action);
    if (i < sizeof writer->returns / sizeof writer->returns[0]) {
        writer->returns[i].action = action;
        writer->returns[i].at = at;
        if (i == writer->return_count)
            writer->return_count++;
    }
    return at;
}

/* A place with the effect of `target` that a conditional jump can reach, even if one more instruction comes between. */
static place reachable(struct writer *writer, place target)
{
    if (distance(writer, target) < FAR - 1)
        return target;
    const struct sock_filter *there = &writer->code[BPF_MAXINSNS - target];
    if (BPF_CLASS(there->code) == BPF_RET)
        return put_return(writer, there->k);
    return put(writer, BPF_JMP | BPF_JA, 0, 0, distance(writer, target));
}

/* if (accumulator TEST value) goto yes; else goto no; */
static place put_branch(struct writer *writer, uint16_t test, uint32_t value, place yes, place no)
{
    yes = reachable(writer, yes);
    no = reachable(writer, no);
    yes = reachable(writer, yes); /* the second may have moved the first out of reach */
    return put(writer, BPF_JMP | test | BPF_K, (uint8_t)distance(writer, yes), (uint8_t)distance(writer, no), value);
}

static place put_load(struct writer *writer, size_t offset)
{
    return put(writer, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* Loads one half of an argument and masks it. What follows is written already. */
static void put_load_half(struct writer *writer, const struct filter_compare *compare, bool high)
{
    uint32_t mask = (uint32_t)(high ? compare->mask >> 32 : compare->mask);
    if (mask != UINT32_MAX)
        put(writer, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
    size_t offset = offsetof(struct seccomp_data, args) + compare->index * sizeof(uint64_t);
    put_load(writer, offset + (high == writer->little_endian ? sizeof(uint32_t) : 0));
}

static place put_equal(struct writer *writer, const struct filter_compare *compare, place yes, place no)
{
    put_branch(writer, BPF_JEQ, (uint32_t)compare->value, yes, no);
    put_load_half(writer, compare, false);
    place low = writer->count;
    if (compare->mask >> 32 == 0 && compare->value >> 32 == 0)
        return low;
    put_branch(writer, BPF_JEQ, (uint32_t)(compare->value >> 32), low, no);
    put_load_half(writer, compare, true);
    return writer->count;
}

/* `test` is BPF_JGT or BPF_JGE. The high halves decide unless they are equal. */
static place put_greater(struct writer *writer, const struct filter_compare *compare, uint16_t test, place yes, place no)
{
    put_branch(writer, test, (uint32_t)compare->value, yes, no);
    put_load_half(writer, compare, false);
    place low = writer->count;
    if (compare->mask >> 32 == 0 && compare->value >> 32 == 0)
        return low;
    place equal = put_branch(writer, BPF_JEQ, (uint32_t)(compare->value >> 32), low, no);
    put_branch(writer, BPF_JGT, (uint32_t)(compare->value >> 32), yes, equal);
    put_load_half(writer, compare, true);
    return writer->count;
}

static place put_compare(struct writer *writer, const struct filter_compare *compare, place yes, place no)
{
    switch (compare->op) {
    case FILTER_EQ:
        return put_equal(writer, compare, yes, no);
    case FILTER_NE:
        return put_equal(writer, compare, no, yes);
    case FILTER_LT:
        return put_greater(writer, compare, BPF_JGE, no, yes);
    case FILTER_LE:
        return put_greater(writer, compare, BPF_JGT, no, yes);
    case FILTER_GT:
        return put_greater(writer, compare, BPF_JGT, yes, no);
    case FILTER_GE:
        return put_greater(writer, compare, BPF_JGE, yes, no);
    }
    return no;
}

static place put_call(struct writer *writer, const struct filter_call *call)
{
    place next = put_return(writer, call->otherwise);
    const struct filter_rule *rules = writer->policy->rules + call->first_rule;
    for (size_t rule = call->rule_count; rule-- > 0;) {
        place at = put_return(writer, rules[rule].action);
        for (size_t i = rules[rule].count; i-- > 0;)
            at = put_compare(writer, &rules[rule].compares[i], at, next);
        next = at;
    }
    return next;
}

/* Numbers from `first` to before the next range's. */
struct range {
    uint32_t first;
    const struct filter_call *call; /* where arguments decide; NULL: `action` alone does */
    uint32_t action;
};

static void add_range(struct range *ranges, size_t *count, uint32_t first, const struct filter_call *call, uint32_t action)
{
    const struct range *before = *count ? &ranges[*count - 1] : NULL;
    if (before && !before->call && !call && before->action == action)
        return;
    ranges[(*count)++] = (struct range){ first, call, action };
}

/* `ranges` has room for one before and one for every call, and two behind. Returns how many there are. */
static size_t make_ranges(const struct filter_architecture *architecture, struct range *ranges)
{
    uint64_t next = 0; /* the first number without an answer yet; 2^32 at the end */
    size_t count = 0;
    for (size_t i = 0; i < architecture->count; i++) {
        const struct filter_call *call = &architecture->calls[i];
        if (call->number > next)
            add_range(ranges, &count, (uint32_t)next, NULL, architecture->unknown);
        add_range(ranges, &count, call->number, call->rule_count ? call : NULL, call->otherwise);
        next = (uint64_t)call->number + 1;
    }
    if (next <= UINT32_MAX)
        add_range(ranges, &count, (uint32_t)next, NULL, architecture->unknown);
    if (architecture->end)
        add_range(ranges, &count, architecture->end, NULL, FILTER_ERRNO(ENOSYS));
    return count;
}

static place put_search(struct writer *writer, const struct range *ranges, size_t count)
{
    if (count == 1)
        return ranges->call ? put_call(writer, ranges->call) : put_return(writer, ranges->action);
    size_t half = count / 2;
    place above = put_search(writer, ranges + half, count - half);
    place below = put_search(writer, ranges, half);
    return put_branch(writer, BPF_JGE, ranges[half].first, above, below);
}

static place put_architecture(struct writer *writer, const struct filter_architecture *architecture, place foreign)
{
    AUTO_FREE struct range *ranges = malloc((2 * architecture->count + 2) * sizeof *ranges);
    if (!ranges) {
        writer->full = true;
        return foreign;
    }
    writer->little_endian = architecture->audit_architecture & __AUDIT_ARCH_LE;
    place top = put_search(writer, ranges, make_ranges(architecture, ranges));
    if (top != writer->count) /* a load goes on with what was written last, which a return used again is not */
        put(writer, BPF_JMP | BPF_JA, 0, 0, distance(writer, top));
    place search = put_load(writer, offsetof(struct seccomp_data, nr));
    return put_branch(writer, BPF_JEQ, architecture->audit_architecture, search, foreign);
}

int filter_program_make(struct arena *arena, const struct filter_policy *policy, struct filter *ret, struct error *err)
{
    /* Not of an arena, which clears it: of the 32 KiB only the end is touched. */
    AUTO_FREE struct sock_filter *code = malloc(BPF_MAXINSNS * sizeof *code);
    struct writer writer = { .policy = policy, .code = code };
    if (!code)
        return error_errno(err, ENOMEM, "make the system call filter");
    place next = put_return(&writer, policy->foreign);
    for (size_t i = policy->count; i-- > 0;)
        next = put_architecture(&writer, &policy->architectures[i], next);
    put_load(&writer, offsetof(struct seccomp_data, arch));
    if (writer.full)
        return error_set(err, "the system call filter needs more than the %d instructions that the kernel takes", BPF_MAXINSNS);
    struct sock_filter *copy = arena_alloc(arena, writer.count * sizeof *copy);
    memcpy(copy, code + BPF_MAXINSNS - writer.count, writer.count * sizeof *copy);
    *ret = (struct filter){ copy, writer.count };
    return 0;
}
