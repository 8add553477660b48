/* The kernel's seccomp BPF, run in the test: the same answers as seccomp_run_filters would give, and a program that the kernel
 * would not take fails. */
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BPF_BROKEN 0xdeadbeefU /* no action has this number */

static inline int bpf_jump(const struct sock_filter *at, uint32_t accumulator)
{
    switch (BPF_OP(at->code)) {
    case BPF_JEQ:
        return accumulator == at->k ? at->jt : at->jf;
    case BPF_JGT:
        return accumulator > at->k ? at->jt : at->jf;
    case BPF_JGE:
        return accumulator >= at->k ? at->jt : at->jf;
    }
    return -1;
}

/* *ret_steps: how many instructions it took; may be NULL. */
static inline uint32_t bpf_run(const struct sock_filter *code, size_t count, const struct seccomp_data *data,
                               unsigned *ret_steps)
{
    uint32_t accumulator = 0;
    unsigned steps = 0;
    for (size_t at = 0; at < count; at++) {
        steps++;
        const struct sock_filter *now = &code[at];
        int jump;
        switch (now->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (now->k % 4 || now->k + 4 > sizeof *data)
                return BPF_BROKEN;
            memcpy(&accumulator, (const char *)data + now->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= now->k;
            break;
        case BPF_JMP | BPF_JA:
            at += now->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
            jump = bpf_jump(now, accumulator);
            if (jump < 0)
                return BPF_BROKEN;
            at += (size_t)jump;
            break;
        case BPF_RET | BPF_K:
            if (ret_steps)
                *ret_steps = steps;
            return now->k;
        default:
            return BPF_BROKEN;
        }
    }
    return BPF_BROKEN; /* fell off the end */
}
