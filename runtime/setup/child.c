/* The container's first process, before it runs anything of a stranger's: it becomes root of the container, builds what the app
 * will see, and forks it. */
#include "base/cleanup.h"
#include "base/weak.h"
#include "kernel/capabilities.h"
#include "kernel/clocks.h"
#include "kernel/credentials.h"
#include "kernel/procfs.h"
#include "kernel/terminal.h"
#include "network/loopback.h"
#include "setup/init.h"
#include "setup/launch.h"
#include "setup/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int launch_die_with_parent(struct launch *launch, struct error *err)
{
    /* With pids of its own the kernel ends the rest of the container with its first process; where they are shared, that
     * process does it. */
    bool own_pids = launch->plan->clone_flags & CLONE_NEWPID;
    if (!weak("die-with-parent") &&
        prctl(PR_SET_PDEATHSIG, own_pids || !launch->plan->count[STAGE_INIT] ? SIGKILL : INIT_END) < 0)
        return error_errno(err, errno, "bind the container's life to the launcher's");
    char byte;
    if (recv(launch->channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        _exit(EXIT_CANNOT_START); /* it was gone before */
    return 0;
}

/* Must: stop being the caller's id in what is created from here on. Must not yet: give up any capability in the new user
 * namespace. */
int child_identity(struct launch *launch, struct error *err)
{
    const struct plan *plan = launch->plan;
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_IDENTITY, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].action == ACTION_GROUP_ROOT && unshare(CLONE_NEWCGROUP) < 0) {
            error_errno(err, errno, "make a control group namespace");
            return launch_blame(&steps[i], err);
        }
    if (!plan->deny_setgroups && !plan->spec->app.groups_keep && !weak("groups") && credentials_set_groups(NULL, 0, err) < 0)
        return -1;
    return credentials_set(plan->root_uid, plan->root_gid, err);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static int set_clocks(const struct launch *launch, struct error *err)
{
    const struct clocks *clock = &launch->plan->spec->clock;
    if (launch->base[BASE_PROC] < 0)
        return error_set(err, "the clocks cannot be set: /proc of the container is not a procfs");
    return clocks_offset(launch->base[BASE_PROC], clock->boottime, clock->monotonic, err);
}

int child_names(struct launch *launch, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_NAMES, &count);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        if (step->action == ACTION_LOOPBACK && loopback_up(err) < 0)
            return launch_blame(step, err);
        if (step->action == ACTION_SET_DOMAIN_NAME && setdomainname(step->from, strlen(step->from)) < 0) {
            error_errno(err, errno, "set the domain name to %s", step->from);
            return launch_blame(step, err);
        }
        if (step->action == ACTION_CLOCKS && set_clocks(launch, err) < 0)
            return launch_blame(step, err);
        if (step->action == ACTION_SET_HOSTNAME && sethostname(step->from, strlen(step->from)) < 0) {
            error_errno(err, errno, "set the host name to %s", step->from);
            return launch_blame(step, err);
        }
    }
    return 0;
}

/* --- lock --------------------------------------------------------------------------------------------------------- */

static int write_text(int proc, const char *path, const char *text)
{
    AUTO_CLOSE int fd = procfs_open(proc, path, O_WRONLY);
    return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

/* The maps of a namespace that a process has just put itself in can be written by one that stayed outside: a child that waits
 * for its cue. */
static int map_from_outside(pid_t pid, int cue, int proc, const struct plan *plan)
{
    char byte, path[48], text[64];
    if (read(cue, &byte, 1) != 1)
        return -1;
    const struct id_map *maps[] = { &plan->uids, &plan->gids };
    static const char *const names[] = { "uid_map", "gid_map" };
    snprintf(path, sizeof path, "%d/setgroups", pid);
    if (plan->deny_setgroups && write_text(proc, path, "deny") < 0 && errno != EPERM) /* EPERM: denied above, and so for good */
        return -1;
    for (size_t i = 0; i < 2; i++) {
        char all[512] = "";
        for (size_t j = 0; j < maps[i]->count; j++) {
            const struct id_range *range = &maps[i]->ranges[j];
            snprintf(text, sizeof text, "%u %u %u\n", range->inside, range->inside, range->count);
            strcat(all, text);
        }
        snprintf(path, sizeof path, "%d/%s", pid, names[i]);
        if (write_text(proc, path, all) < 0)
            return -1;
    }
    return 0;
}

/* Where the app keeps CAP_SYS_ADMIN and may mount, it could undo what was mounted for it. Mounts that a mount namespace
 * inherits across a user namespace are locked together by the kernel (mount_namespaces(7)): so the app gets one more of each,
 * with the same ids. */
int child_lock(struct launch *launch, struct error *err)
{
    int cue[2];
    if (weak("lock the mounts"))
        return 0;
    /* By the descriptor: a mount over /proc, of the profile or through a link of the root, is not where maps are written. */
    if (launch->base[BASE_PROC] < 0)
        return error_set(err, "the mounts cannot be locked: /proc of the container is not a procfs");
    if (pipe2(cue, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    AUTO_CLOSE int reader = cue[0];
    AUTO_CLOSE int writer = cue[1];
    /* The change of ids made this process undumpable, and its maps then belong to the host's root. */
    if (prctl(PR_SET_DUMPABLE, 1) < 0)
        return error_errno(err, errno, "become dumpable");
    pid_t self = getpid();
    pid_t helper = fork();
    if (helper < 0)
        return error_errno(err, errno, "start a helper");
    if (helper == 0) {
        close(take_fd(&writer));
        _exit(map_from_outside(self, reader, launch->base[BASE_PROC], launch->plan) < 0);
    }
    /* Anew what the app's capabilities shall have power over: that belongs to the user namespace in which it was made. Not the
     * pids, whose first process we are. */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | (launch->plan->clone_flags & (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))) < 0) {
        bool none = errno == ENOSPC;
        error_errno(err, errno, "lock the mounts in a second user namespace");
        return none ? error_help(err, "the limits of namespaces (user.max_* of sysctl) must leave one of each kind for it")
                    : -1;
    }
    int status = -1;
    if (write(writer, "", 1) != 1 || waitpid(helper, &status, 0) < 0 || status != 0)
        return error_set(err, "the ids of the second user namespace cannot be mapped");
    prctl(PR_SET_DUMPABLE, 0);
    return 0;
}

/* --- terminal and init -------------------------------------------------------------------------------------------- */

int child_terminal(struct launch *launch, struct error *err)
{
    const struct plan *plan = launch->plan;
    struct winsize size = { 0 };
    ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    if (terminal_open(&size, &launch->master, &launch->slave, err) < 0)
        return -1;
    if (plan->uid != plan->root_uid && fchown(launch->slave, plan->uid, (gid_t)-1) < 0)
        return error_errno(err, errno, "give the terminal to app.user");
    if (channel_send(launch->channel, MESSAGE_TERMINAL, &launch->master, 1, err) < 0)
        return -1;
    close(take_fd(&launch->master));
    return 0;
}

/* The rest of the stages, in the app. On a stack of its own: it shares the memory of init until its execve. The address
 * sanitizer warns where what does not return is called on a stack that it does not know. */
__attribute__((no_sanitize_address)) static int run_app(void *launch) { stages_app(launch); }

int child_init(struct launch *launch, struct error *err)
{
    /* Only the pages that are touched exist. */
    static char stack[64 << 10] __attribute__((aligned(16)));
    struct init_args args = { .channel = launch->channel,
                              .terminal = launch->slave,
                              .own_pids = launch->plan->spec->isolate.pid };
    /* Here and not in each of the two: neither may ever have more again. */
    if (!weak("set capabilities") && capabilities_bound(launch->plan->capabilities, err) < 0)
        return -1;
    if (init_prepare(&args) < 0)
        return error_errno(err, errno, "prepare the container's first process");
    if (args.terminal >= 0 && terminal_take(args.terminal, err) < 0)
        return -1;
    /* As vfork(2) does, which saves the copy of the page tables and a fault for each page that either touches. Init sleeps
     * meanwhile: it has nothing to do before there is an app. */
    launch->init = getpid();
    args.app = clone(run_app, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
    if (args.app < 0)
        return error_errno(err, errno, "start the app");
    init_run(&args);
}
