/* label: a wall of the host's own, by a policy that its administrator has loaded. */
#include "base/weak.h"
#include "plan/host.h"
#include "plan/steps.h"

#include <string.h>

#define SHIPPED "cordon-default"

static const struct {
    const char *key;
    const char *off, *help; /* where the module is not on */
} rows[LSM_COUNT] = {
    [LSM_APPARMOR] = { "label.apparmor", "AppArmor is not on in this kernel",
                       "put apparmor into lsm= on the kernel's command line and boot again, or leave the label out" },
    [LSM_SELINUX] = { "label.selinux", "SELinux is not on in this kernel, or hidden from cordon",
                      "put selinux into lsm= on the kernel's command line and boot again, or leave the label out" },
};

/* The shipped profile denies mounting. */
static int check_mounting(const struct plan *plan, const char *label, struct error *err)
{
    static const enum allow_switch mounting[] = { ALLOW_NESTED, ALLOW_MOUNT_TMPFS, ALLOW_MOUNT_BIND, ALLOW_FUSE };
    for (size_t i = 0; strcmp(label, SHIPPED) == 0 && i < sizeof mounting / sizeof *mounting; i++) {
        if (!((plan->spec->privileges.allow >> mounting[i]) & 1))
            continue;
        spec_error(err, plan->spec, "privileges.allow",
                   "%s has no effect with label.apparmor: " SHIPPED ", which denies mounting", allow_names[mounting[i]]);
        return error_help(err, "leave one of the two out, or load a profile of your own that lets it mount");
    }
    return 0;
}

/* NULL: it can be had, as far as can be known before it is set. */
static const char *obstacle(const struct plan *plan, enum lsm lsm, const char *label, const char **ret_help)
{
    *ret_help = rows[lsm].help;
    if (weak("lsm"))
        return NULL;
    if (!plan->host->labels[lsm])
        return rows[lsm].off;
    if (lsm == LSM_SELINUX && plan->host->permissive) {
        *ret_help = "setenforce 1, as root, when what it would deny has been read (`ausearch -m avc`)";
        return "SELinux is permissive: its policy denies nothing";
    }
    if (lsm != LSM_APPARMOR || !plan->host->no_such_profile)
        return NULL;
    *ret_help = strcmp(label, SHIPPED) == 0
                    ? "load it, as root: apparmor_parser -r FILE; it comes with cordon, and `cordon doctor` knows where it is"
                    : "load it, as root: apparmor_parser -r FILE";
    return "it is not among the AppArmor profiles that are loaded";
}

/* An own label that confines must go on to hold: it is added to. */
static const char *stacked_on(const struct plan *plan, enum lsm lsm)
{
    const char *own = plan->host->labels[lsm];
    return lsm == LSM_APPARMOR && own && lsm_confines(own) ? own : NULL;
}

static int plan_one(struct plan *plan, enum lsm lsm, const char *label, struct error *err)
{
    const char *help, *key = rows[lsm].key;
    const char *why = obstacle(plan, lsm, label, &help);
    if (why && spec_optional(plan->spec, key)) {
        plan_step(plan, ACTION_LEFT_OUT, key, why)->from = arena_printf(plan->arena, "the label %s", label);
        return 0;
    }
    if (why) {
        spec_error(err, plan->spec, key, "'%s' cannot be had: %s", label, why);
        return error_help(err, "%s", help);
    }
    if (lsm == LSM_APPARMOR && check_mounting(plan, label, err) < 0)
        return -1;
    if (plan->spec->app.init == INIT_FALSE || !plan->spec->isolate.pid)
        plan_step(plan, ACTION_LEFT_OUT, key, "at a change of the label the kernel forgets the signal that would end the app")
            ->from = "the end of the app with cordon or its init, should one of them be killed";
    struct step *step = plan_step(plan, ACTION_LABEL, key, "from its execution on, for all that it starts");
    step->number = lsm;
    step->from = label;
    step->at = stacked_on(plan, lsm);
    /* context= for what is mounted would be a second label, which the profile does not give and a policy need not have. */
    if (lsm == LSM_SELINUX)
        plan_step(plan, ACTION_LEFT_OUT, key, "they have those that the policy gives: the label is for processes")->from =
            "labels of its file systems";
    return 0;
}

int plan_label(struct plan *plan, struct error *err)
{
    const char *const labels[LSM_COUNT] = { plan->spec->label.apparmor, plan->spec->label.selinux };
    for (int i = 0; i < LSM_COUNT; i++)
        if (labels[i] && *labels[i] && plan_one(plan, (enum lsm)i, labels[i], err) < 0)
            return -1;
    return 0;
}
