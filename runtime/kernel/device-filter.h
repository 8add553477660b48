/* The device program of a control group (BPF_PROG_TYPE_CGROUP_DEVICE): asked at each open and mknod of a device by a process in
 * the group or below it. It takes the host's root, outside any user namespace. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "kernel/devices.h"

#include <linux/bpf.h>
#include <stdint.h>

#define DEVICE_ANY_MINOR UINT32_MAX

struct device_rule {
    bool block;
    uint32_t major, minor; /* minor: or DEVICE_ANY_MINOR */
    unsigned access;       /* enum device_access: at most this */
};
struct device_rules {
    struct device_rule *items;
    size_t count, room;
};

/* In one order, each device once with all that its rules give: equal sets become equal programs. */
void device_rules_settle(struct device_rules *rules);

/* What the rules name is allowed, and nothing else. Returns the program's descriptor: of one that is loaded already where its
 * rules are the same. */
int device_filter_open(const struct device_rules *rules, struct error *err);
/* On the group, beside those of the groups above, which go on to hold. It goes with the group. */
int device_filter_attach(int group, int program, struct error *err);

/* The rules of our program on the group, read back from the kernel, and the program's number. False: there is none, or it is
 * not to be seen. */
bool device_filter_read(int group, struct arena *arena, struct device_rules *ret, uint32_t *ret_id);

/* 0: such programs can be loaded; else an errno. */
int device_filter_probe(void);

/* For tests: the program itself. `ret` has room for DEVICE_FILTER_MOST. */
#define DEVICE_FILTER_RULES 512
#define DEVICE_FILTER_MOST (DEVICE_FILTER_RULES * 9 + 9)
size_t device_filter_build(const struct device_rules *rules, struct bpf_insn *ret);
/* The rules that it was built of; false where it was not. */
bool device_filter_rules(const struct bpf_insn *insns, size_t count, struct arena *arena, struct device_rules *ret);
