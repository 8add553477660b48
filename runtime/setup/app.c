/* The last stages, in the process that becomes the app: everything is given up, then it is executed. */
#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "base/weak.h"
#include "kernel/capabilities.h"
#include "kernel/credentials.h"
#include "kernel/landlock.h"
#include "kernel/lsm.h"
#include "kernel/program.h"
#include "kernel/seccomp.h"
#include "kernel/signals.h"
#include "kernel/terminal.h"
#include "setup/init.h"
#include "setup/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static bool has_init(const struct launch *launch) { return launch->plan->count[STAGE_INIT] > 0; }

/* --- restrict ----------------------------------------------------------------------------------------------------- */

/* The first process has dropped them all already, where there is a user namespace. */
static bool groups_to_set(const struct plan *plan)
{
    return !plan->deny_setgroups && !plan->spec->app.groups_keep && (plan->group_count || !plan->uids.count);
}

static int become_user(struct launch *launch, struct error *err)
{
    const struct plan *plan = launch->plan;
    bool change = plan->uid != plan->root_uid || plan->gid != plan->root_gid || !plan->uids.count;
    if (groups_to_set(plan) && credentials_set_groups(plan->groups, plan->group_count, err) < 0)
        return -1;
    if (!change)
        return 0;
    if (plan->uid && capabilities_keep_across_setuid(err) < 0)
        return -1;
    if (credentials_set(plan->uid, plan->gid, err) < 0)
        return -1;
    /* The change of user clears the signal by which the first process dies with the launcher. */
    return has_init(launch) ? 0 : launch_die_with_parent(launch, err);
}

/* With pids of its own the kernel does so. */
static int die_with_init(const struct launch *launch, struct error *err)
{
    if (!has_init(launch) || launch->plan->clone_flags & CLONE_NEWPID)
        return 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_errno(err, errno, "bind the app's life to init's");
    if (getppid() != launch->init)
        _exit(EXIT_CANNOT_START); /* it was gone before */
    return 0;
}

static int do_groups(struct launch *launch, const struct step *step, struct error *err)
{
    (void)step;
    return become_user(launch, err) < 0 ? -1 : die_with_init(launch, err);
}

static int do_workdir(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    /* No magic links: /proc/self/fd/N could be a folder outside. */
    if (!step->from[1])
        return 0; /* the pivot ended there */
    int folder = path_open(AT_FDCWD, step->from + 1, PATH_LINKS_INSIDE);
    if (folder < 0 || fchdir(folder) < 0) {
        error_errno(err, errno, "enter %s inside", step->from);
        return error_help(err, "choose a folder that the container has; `cordon plan` lists what is mounted");
    }
    return 0;
}

/* A filter may be installed with no_new_privs, or by CAP_SYS_ADMIN: that one is kept up to execve where set-id programs shall
 * work. It is in no set that execve builds the new ones from. */
static uint64_t until_exec(const struct plan *plan)
{
    return plan->spec->privileges.new_privileges && plan->filter.count ? (uint64_t)1 << CAP_SYS_ADMIN : 0;
}

static int do_capabilities(struct launch *launch, const struct step *step, struct error *err)
{
    const struct plan *plan = launch->plan;
    (void)step;
    if (capabilities_set(plan->capabilities, until_exec(plan), err) < 0)
        return -1;
    return capabilities_ambient(plan->capabilities, err);
}

/* By the descriptor: what the profile mounts over /proc would take the label and nobody notice. */
static int do_label(struct launch *launch, const struct step *step, struct error *err)
{
    if (launch->base[BASE_PROC] < 0)
        return error_set(err, "'%s' cannot be set: /proc of the container is not a procfs", step->from);
    return lsm_label_exec(launch->base[BASE_PROC], (enum lsm)step->number, step->from, step->at != NULL, err);
}

static int do_wall(struct launch *launch, const struct step *step, struct error *err)
{
    launch->wall = landlock_wall(step->number, step->mode, err);
    return launch->wall < 0 ? -1 : 0;
}

static int do_let(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int fd = path_open(AT_FDCWD, step->at, PATH_LINKS_INSIDE);
    if (fd < 0 && step->optional && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0) {
        error_errno(err, errno, "open /%s inside", step->at);
        return error_help(err, "name what the container has, or write `optional: true` beside it");
    }
    if (landlock_let(launch->wall, fd, step->number, err) < 0)
        return -1;
    return step->number & LANDLOCK_EXECUTE ? programs_let(launch->wall, step->at, launch->plan->envp, err) : 0;
}

static int do_let_port(struct launch *launch, const struct step *step, struct error *err)
{
    return landlock_let_port(launch->wall, (uint16_t)step->number, step->mode, err);
}

static int do_put_up(struct launch *launch, const struct step *step, struct error *err)
{
    (void)step;
    return landlock_put_up(launch->wall, err); /* the descriptor goes with the exec */
}

static int do_device_wall(struct launch *launch, const struct step *step, struct error *err)
{
    (void)step;
    return device_wall(launch->plan, err);
}

static int do_scope(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    return landlock_scope(step->number, err);
}

static int do_keyring(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    (void)step;
    return credentials_new_keyring(err);
}

static int do_no_new_privileges(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    (void)step;
    return credentials_no_new_privileges(err);
}

static int do_limit(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    if (prlimit(0, step->number, &step->limit, NULL) < 0)
        return error_errno(err, errno, "set limit %s to %llu", limit_names[step->number],
                           (unsigned long long)step->limit.rlim_cur);
    return 0;
}

/* The last call of ours that the filter sees, but for execve. The listener needs a number below the app's own limit of open
 * files, and all that is here was opened under the caller's. */
static int hand_over_listener(struct launch *launch, struct error *err)
{
    if (launch->channel != 3 && dup3(launch->channel, 3, O_CLOEXEC) < 0)
        return error_errno(err, errno, "keep the channel to the launcher");
    launch->channel = 3;
    sys_close_range(4, ~0U, 0);
    AUTO_CLOSE int listener = seccomp_install_told(&launch->plan->filter, err);
    return listener < 0 ? -1 : channel_send(launch->channel, MESSAGE_LISTENER, &listener, 1, err);
}

static int do_filter(struct launch *launch, const struct step *step, struct error *err)
{
    (void)step;
    if (launch->plan->told)
        return hand_over_listener(launch, err);
    return seccomp_install(&launch->plan->filter, launch->plan->spec->syscalls.on_deny == DENY_LOG, err);
}

static int (*const actions[ACTION_COUNT])(struct launch *, const struct step *, struct error *) = {
    [ACTION_LABEL] = do_label,
    [ACTION_WALL] = do_wall,
    [ACTION_LET] = do_let,
    [ACTION_LET_PORT] = do_let_port,
    [ACTION_PUT_UP] = do_put_up,
    [ACTION_DEVICE_WALL] = do_device_wall,
    [ACTION_LIMIT] = do_limit,
    [ACTION_KEYRING] = do_keyring,
    [ACTION_LANDLOCK_SCOPE] = do_scope,
    [ACTION_SIGNAL_SCOPE] = do_scope,
    [ACTION_GROUPS] = do_groups,
    [ACTION_CAPABILITIES] = do_capabilities,
    [ACTION_NO_NEW_PRIVILEGES] = do_no_new_privileges,
    [ACTION_FILTER] = do_filter,
    [ACTION_WORKDIR] = do_workdir,
};

/* With an init, a group of its own in its session; without, the app is the first process itself. */
static int become_first(struct launch *launch, struct error *err)
{
    if (has_init(launch)) {
        init_join(launch->slave);
        return 0;
    }
    setsid();
    return launch->slave >= 0 ? terminal_take(launch->slave, err) : 0;
}

int app_restrict(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_RESTRICT, &count);
    if (become_first(launch, err) < 0)
        return -1;
    /* All that was inherited or opened, the channel included: what the app gets is 0, 1 and 2. */
    if (!weak("descriptors") && sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return error_errno(err, errno, "close what the app must not have");
    umask(launch->plan->spec->app.umask);
    signals_restore();
    /* Where there is an init, it has done so. Before the change of user, which leaves nothing effective to do it with. */
    if (!has_init(launch) && !weak("set capabilities") && capabilities_bound(launch->plan->capabilities, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        /* Last of all, since what comes before it may be what it denies. */
        if (!weak(action_rows[steps[i].action].name) && actions[steps[i].action](launch, &steps[i], err) < 0)
            return launch_blame(&steps[i], err);
    }
    return 0;
}

/* --- exec --------------------------------------------------------------------------------------------------------- */

static const char *search_path(char *const *envp)
{
    for (; *envp; envp++)
        if (strncmp(*envp, "PATH=", 5) == 0)
            return *envp + 5;
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* ENOENT from execve(2) on a file that is there: what is missing is what would run it. */
#define NO_INTERPRETER (-1)

/* Tries each folder of PATH as a shell would. Returns only on failure, with the errno that says most; for NO_INTERPRETER with
 * the file in `path`. */
static int execute(char *const *argv, char *const *envp, char path[4096])
{
    if (strchr(argv[0], '/')) {
        execve(argv[0], argv, envp);
        return errno;
    }
    int code = ENOENT;
    for (const char *folder = search_path(envp); *folder;) {
        size_t length = strcspn(folder, ":");
        if ((size_t)snprintf(path, 4096, "%.*s/%s", (int)length, folder, argv[0]) < 4096 && length) {
            execve(path, argv, envp);
            if (errno != ENOENT && errno != ENOTDIR)
                code = errno;
            else if (access(path, F_OK) == 0)
                return NO_INTERPRETER;
        }
        folder += length + (folder[length] == ':');
    }
    return code;
}

static int explain_interpreter(const char *name, const char *path, struct error *err)
{
    char missing[4096];
    err->status = EXIT_CANNOT_EXECUTE;
    if (!program_missing(path, missing, sizeof missing)) {
        error_set(err, "%s cannot be executed: its interpreter or loader is not visible inside", name);
        return error_help(err, "show what the first line of the script, or `readelf -l`, names");
    }
    error_set(err, "%s cannot be executed: %s, which it is run by, is not visible inside", name, missing);
    return error_help(err, "show it, by root.show or a mount; `cordon plan` lists what is shown");
}

int app_exec(struct launch *launch, struct error *err)
{
    const struct plan *plan = launch->plan;
    const char *name = plan->argv[0];
    char path[4096];
    path[0] = '\0';
    int code = *name ? execute(plan->argv, plan->envp, path) : ENOENT;
    bool missing = code == ENOENT || code == ENOTDIR;
    if (missing && strchr(name, '/') && access(name, F_OK) == 0)
        code = NO_INTERPRETER;
    if (code == NO_INTERPRETER)
        return explain_interpreter(name, *path ? path : name, err);
    err->status = missing ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
    if (missing) {
        error_set(err, "%s: not found inside", name);
        return error_help(err, strchr(name, '/') ? "the container sees only what its profile shows; `cordon plan` lists it"
                                                 : "it is in no folder of PATH inside; `cordon plan` lists what is mounted");
    }
    error_errno(err, code, "%s cannot be executed", name);
    if (code == EACCES)
        error_note(err, "it is not executable for app.user, or lies on a mount without exec%s%s",
                   spec_says(plan->spec, "paths") ? ", or paths.execute does not name it" : "",
                   spec_says(plan->spec, "label") ? ", or the policy of the label refuses it" : "");
    if (code == EPERM && spec_says(plan->spec, "label"))
        error_note(err, "the policy does not let cordon's own label change to this one under no_new_privs: for SELinux, "
                        "process2 { nnp_transition }");
    return -1;
}
