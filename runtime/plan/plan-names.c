/* The container's own name and network. */
#include "kernel/sysctl.h"
#include "plan/allow.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

/* --- sysctl ------------------------------------------------------------------------------------------------------- */

const char *plan_sysctl_key(const struct plan *plan, const struct sysctl_entry *entry)
{
    return arena_printf(plan->arena, "sysctl.\"%s\"", entry->name);
}

#define NOT_OWN_PROC "is set through the container's own /proc, and the profile mounts something else there"

/* Why one cannot be set, or NULL. Each belongs to a namespace, which must be the container's and must still be its own when it
 * runs. */
static const char *sysctl_obstacle(const struct plan *plan, const struct sysctl_entry *entry, const char **ret_help)
{
    const struct spec *spec = plan->spec;
    enum sysctl_owner owner = sysctl_owner(entry->name);
    const struct {
        bool shared;
        const char *help;
    } owners[] = {
        [SYSCTL_NETWORK] = { spec->network == NETWORK_HOST, "it needs network: {mode: none}" },
        [SYSCTL_IPC] = { !spec->isolate.ipc, "it needs isolate: {ipc: new}" },
        [SYSCTL_USER] = { !plan->uids.count, "it needs ids of its own, as users: {map: auto} gives" },
        [SYSCTL_DOMAIN_NAME] = { !spec->isolate.hostname, "it needs isolate: {hostname: new}" },
    };
    if (owners[owner].shared) {
        *ret_help = owners[owner].help;
        return "would be changed for the host too, with which the container shares it";
    }
    if (owner == SYSCTL_DOMAIN_NAME || !spec_mounts_at(spec, "/proc"))
        return NULL;
    *ret_help = "take it out of mounts, or leave the setting out";
    return NOT_OWN_PROC;
}

static int plan_sysctl_names(struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->spec->sysctl.count; i++) {
        const struct sysctl_entry *entry = &plan->spec->sysctl.items[i];
        const char *key = plan_sysctl_key(plan, entry), *help = NULL;
        const char *obstacle = sysctl_obstacle(plan, entry, &help);
        if (obstacle) {
            spec_error(err, plan->spec, key, "%s", obstacle);
            return error_help(err, "%s", help);
        }
        if (sysctl_owner(entry->name) == SYSCTL_DOMAIN_NAME)
            plan_step(plan, ACTION_SET_DOMAIN_NAME, key, "of the container's own namespace")->from = entry->value;
    }
    return 0;
}

/* Switches set kernel parameters as sysctl does. */
static int check_switches_set(const struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    for (int i = 0; i < ALLOW_COUNT && spec_mounts_at(spec, "/proc"); i++) {
        if (!((spec->privileges.allow >> i) & 1) || !allow_bundles[i].sysctl)
            continue;
        spec_error(err, spec, "privileges.allow", "%s " NOT_OWN_PROC, allow_names[i]);
        return error_help(err, "take it out of mounts, or leave the switch out");
    }
    return 0;
}

int plan_names(struct plan *plan, struct error *err)
{
    const struct spec *spec = plan->spec;
    if (spec->name_is_claimed)
        plan_step(plan, ACTION_CLAIM_NAME, "name", "no two containers of a user bear the same name")->from = spec->name;
    if (spec->isolate.hostname)
        plan_step(plan, ACTION_SET_HOSTNAME, "hostname", "a name of its own")->from =
            spec->hostname ? spec->hostname : spec->name;
    if (spec->network == NETWORK_NONE)
        plan_step(plan, ACTION_LOOPBACK, "network.mode", "a network of its own, with nothing on it but loopback");
    return check_switches_set(plan, err) < 0 ? -1 : plan_sysctl_names(plan, err);
}
