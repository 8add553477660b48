/* Rules about ids, capabilities, switches and system calls that need more than atoms. */
#include "profiles/lint/subject.h"

#include "base/names.h"
#include "plan/allow.h"

#include <linux/capability.h>
#include <string.h>

/* What the kernel asks for with capable(), and so grants in the first user namespace only. Not CAP_SYSLOG, CAP_BPF and
 * CAP_PERFMON: naming one opens calls in the filter, which by the host's settings (kernel.dmesg_restrict and the like) ask for
 * no capability at all. */
static const uint8_t first_namespace_only[] = {
    CAP_SYS_MODULE, CAP_SYS_RAWIO,  CAP_SYS_PACCT,  CAP_SYS_TIME,      CAP_SYS_TTY_CONFIG,  CAP_MKNOD,         CAP_MAC_OVERRIDE,
    CAP_MAC_ADMIN,  CAP_WAKE_ALARM, CAP_AUDIT_READ, CAP_BLOCK_SUSPEND, CAP_LINUX_IMMUTABLE, CAP_AUDIT_CONTROL,
};

void rule_without_effect(struct subject *s, rule_number rule)
{
    for (size_t i = 0; s->spec->isolate.user && i < sizeof first_namespace_only; i++) {
        int number = first_namespace_only[i];
        const char *key = named_capability(s, number);
        if (key)
            report(s, rule, key, capability_names[number]);
    }
}

/* The first switch that is on and for which `wanted` holds. */
static const char *find_switch(struct subject *s, bool (*wanted)(const struct allow_bundle *bundle))
{
    for (int i = 0; i < ALLOW_COUNT; i++)
        if (s->spec->privileges.allow >> i & 1 && wanted(&allow_bundles[i]))
            return switched(s, (enum allow_switch)i);
    return NULL;
}

static bool wants_own_network(const struct allow_bundle *bundle) { return bundle->needs_own_network; }
static bool sets_own_network(const struct allow_bundle *bundle) { return bundle->sysctl; }
static bool wants_own_ids(const struct allow_bundle *bundle) { return bundle->needs_own_ids || bundle->bares_proc; }
static bool wants_host_ids(const struct allow_bundle *bundle) { return bundle->needs_host_ids; }

const char *refused_on_host_network(struct subject *s)
{
    return says(s, "network.mode", "host") ? find_switch(s, host_ids(s) ? sets_own_network : wants_own_network) : NULL;
}

const char *refused_with_host_ids(struct subject *s) { return host_ids(s) ? find_switch(s, wants_own_ids) : NULL; }
const char *refused_without_host_ids(struct subject *s) { return host_ids(s) ? NULL : find_switch(s, wants_host_ids); }

void ids_map_reaches(struct subject *s, rule_number rule, uint32_t first, uint32_t last)
{
    const struct users *users = &s->spec->users;
    for (size_t i = 0; i < users->list.count; i++) {
        const struct id_range *range = &users->list.items[i];
        if (range->outside <= last && (uint64_t)range->outside + range->count > first)
            report(s, rule, arena_printf(s->arena, "users.map[%zu]", i),
                   arena_printf(s->arena, "%u:%u:%u", range->inside, range->outside, range->count));
    }
}

bool runs_as_root(struct subject *s)
{
    const struct user_choice *user = &s->spec->app.user;
    return (user->kind == USER_IDS && user->uid == 0) ||
           (user->kind == USER_NAME && user->name && strcmp(user->name, "root") == 0);
}

/* Calls without which no program gets as far as its own first line. */
void denies_needed(struct subject *s, rule_number rule)
{
    static const char needed[][16] = { "execve", "mmap", "mprotect", "brk", "exit_group", "read", "write", "openat", "close" };
    for (size_t i = 0; i < s->spec->syscalls.deny.count; i++) {
        const struct syscall_rule *entry = &s->spec->syscalls.deny.items[i];
        const struct syscall_set *set = entry->name && *entry->name == '@' ? syscall_group_find(entry->name) : NULL;
        for (size_t k = 0; entry->name && !entry->args.count && k < sizeof needed / sizeof *needed; k++) {
            int number = syscall_find(needed[k], strlen(needed[k]));
            if (!(set ? number >= 0 && syscall_set_has(set, number) : strcmp(entry->name, needed[k]) == 0))
                continue;
            report(s, rule, arena_printf(s->arena, "syscalls.deny[%zu]", i), needed[k]);
            break;
        }
    }
}

void allows_in_vain(struct subject *s, rule_number rule)
{
    const struct syscalls *calls = &s->spec->syscalls;
    for (size_t i = 0; i < calls->allow.count; i++)
        for (size_t k = 0; k < calls->deny.count; k++)
            if (calls->allow.items[i].name && calls->deny.items[k].name && !calls->deny.items[k].args.count &&
                strcmp(calls->allow.items[i].name, calls->deny.items[k].name) == 0)
                report(s, rule, arena_printf(s->arena, "syscalls.allow[%zu]", i), calls->allow.items[i].name);
}
