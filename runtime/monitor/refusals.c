/* The supervisor must never wait for the container. A listener is only read after poll(2) has found a call in it, and as many
 * calls wait as there are threads inside, each of them for its answer: a flood takes no memory here, and each turn of the loop
 * answers a part of it before signals, the time limit and the end of the container are looked at again.
 *
 * Were we killed, the container would be with us; what is refused in between is answered by the kernel with ENOSYS. Were we
 * stopped, what is refused waits: it is never let through. */
#include "monitor/refusals.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "kernel/architectures.h"
#include "kernel/notify.h"
#include "plan/syscall-groups.h"
#include "plan/syscall-tables.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool refusals_take(struct refusals *refusals, int *fd)
{
    if (refusals->taken || !notify_is_listener(*fd))
        return false;
    refusals->listener = take_fd(fd);
    return refusals->taken = true;
}

void refusals_close(struct refusals *refusals)
{
    if (refusals->listener >= 0)
        close(take_fd(&refusals->listener));
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

static bool is_open_otherwise(const struct filter_policy *policy, const struct seccomp_data *data)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct filter_call *call = policy->architectures[i].audit_architecture == data->arch
                                             ? filter_policy_find(&policy->architectures[i], (uint32_t)data->nr)
                                             : NULL;
        for (size_t rule = 0; call && rule < call->rule_count; rule++)
            if (policy->rules[call->first_rule + rule].action == SECCOMP_RET_ALLOW)
                return true;
        if (call)
            return call->otherwise == SECCOMP_RET_ALLOW;
    }
    return false;
}

static void count(struct refusals *refusals, const struct seccomp_data *data, int code)
{
    struct refused_call *call = refusals->calls, *end = call + refusals->count;
    while (call < end && (call->architecture != data->arch || call->number != data->nr || call->code != code))
        call++;
    if (call == refusals->calls + REFUSALS_MAX) {
        refusals->others++;
        return;
    }
    if (call == end) {
        *call = (struct refused_call){ data->arch, data->nr, code, is_open_otherwise(refusals->policy, data), 0 };
        refusals->count++;
    }
    call->count++;
}

static int code_of(uint32_t action)
{
    int code = (int)(action & SECCOMP_RET_DATA);
    return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && code ? code : EPERM;
}

void refusals_answer(struct refusals *refusals, short events)
{
    enum { AT_ONCE = 16 };
    struct pollfd poll_fd = { refusals->listener, POLLIN, events };
    for (int i = 0; i < AT_ONCE && poll_fd.revents & POLLIN; i++) {
        struct waiting_call call;
        if (notify_next(refusals->listener, &call)) {
            int code = code_of(filter_policy_decide(refusals->policy, &call.data));
            count(refusals, &call.data, code);
            notify_refuse(refusals->listener, call.id, code);
        }
        if (poll(&poll_fd, 1, 0) < 0)
            return;
    }
    if (poll_fd.revents & ~POLLIN) /* nobody is left under the filter */
        refusals_close(refusals);
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static const char *find_name(const struct refused_call *call)
{
    for (const struct syscall_table *table = syscall_tables; table->architecture; table++)
        for (size_t i = 0; architecture_find(table->architecture)->audit == call->architecture && i < table->count; i++)
            if (table->rows[i].number == (uint32_t)call->number)
                return syscall_name(table->rows[i].call);
    return NULL;
}

static const char *name_of(struct arena *arena, const struct refused_call *call)
{
    return find_name(call) ?: arena_printf(arena, "number %d", call->number);
}

static int by_count(const void *a, const void *b)
{
    const struct refused_call *one = a, *other = b;
    return one->count != other->count ? one->count < other->count ? 1 : -1
                                      : (one->number > other->number) - (one->number < other->number);
}

/* How a sentence lists calls, of which some are meant. */
struct listing {
    bool absent;  /* those that were answered as by a kernel without them; else the others */
    bool counted; /* with how often */
    bool to_open; /* only what a name in syscalls.allow could open */
};

static bool is_meant(const struct refused_call *call, struct listing listing)
{
    return (call->code == ENOSYS) == listing.absent && !(listing.to_open && (call->by_arguments || !find_name(call)));
}

static const char *list(struct arena *arena, const struct refusals *refusals, struct listing listing, uint64_t *ret_total)
{
    enum { NAMED = 12 };
    const char *text = "";
    size_t named = 0, more = 0;
    *ret_total = 0;
    for (size_t i = 0; i < refusals->count; i++) {
        const struct refused_call *call = &refusals->calls[i];
        if (!is_meant(call, listing))
            continue;
        *ret_total += call->count;
        if (named++ >= NAMED) {
            more++;
            continue;
        }
        text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", name_of(arena, call));
        if (listing.counted)
            text = arena_printf(arena, "%s (%llu%s)", text, (unsigned long long)call->count,
                                call->by_arguments ? ", for its arguments" : "");
    }
    return more && listing.counted ? arena_printf(arena, "%s and %zu more", text, more) : text;
}

void refusals_tell(const struct refusals *refusals, bool failed, struct error *err)
{
    struct arena arena = { 0 };
    struct refusals sorted = *refusals;
    uint64_t total, absent, open;
    qsort(sorted.calls, sorted.count, sizeof *sorted.calls, by_count);
    const char *refused = list(&arena, &sorted, (struct listing){ .counted = true }, &total);
    const char *missing = list(&arena, &sorted, (struct listing){ .absent = true, .counted = true }, &absent);
    const char *names = list(&arena, &sorted, (struct listing){ .to_open = true }, &open);
    total += sorted.others;
    if (total)
        error_set(err, "%llu system call%s refused: %s%s", (unsigned long long)total, total == 1 ? "" : "s", refused,
                  sorted.others ? " and others" : "");
    else if (failed)
        error_set(err, "no system call was refused%s", refusals->taken ? "" : ": the filter was not reached");
    if (absent && error_is_set(err))
        error_note(err, "answered as by a kernel without them, which programs do without: %s", missing);
    if (open)
        error_help(err, "`syscalls: {allow: [%s]}` lets them through to the kernel, which then asks for its own privileges",
                   names);
    else if (total)
        error_help(err,
                   "what is refused for its arguments is opened by a switch of privileges.allow, or by args in syscalls.allow");
    arena_free(&arena);
}
