/* Secrets: opened by the launcher, with the caller's rights and by descriptor, before the container's first process is made,
 * which inherits the descriptors and copies what they hold into memory of the container's own. Neither the app nor its init has
 * any of them: both close all that they inherited. */
#include "base/cleanup.h"
#include "kernel/mounts.h"
#include "setup/mounts.h"
#include "setup/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- launcher ----------------------------------------------------------------------------------------------------- */

static int check(int fd, const struct step *step, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat %s", step->from);
    if (!S_ISREG(st.st_mode))
        return error_set(err, "%s is not a file", step->from);
    if (st.st_mode & (S_IROTH | S_IWOTH)) {
        error_set(err, "everyone on this machine may %s %s", st.st_mode & S_IROTH ? "read" : "write", step->from);
        return error_help(err, "chmod o-rw %s", step->from);
    }
    if ((uint64_t)st.st_size > step->number)
        return error_set(err, "%s has %lld bytes, and a secret at most %llu", step->from, (long long)st.st_size,
                         (unsigned long long)step->number);
    return 0;
}

/* Without waiting for whoever should write into a pipe. */
static int open_secret(const struct plan *plan, const char *path, struct error *err)
{
    char link[64];
    AUTO_CLOSE int fd = source_open(plan, path, err);
    if (fd < 0)
        return -1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int file = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return file < 0 ? error_errno(err, errno, "open %s", path) : file;
}

int secrets_open(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int fd = open_secret(launch->plan, step->from, err);
    if (fd < 0 && err->code == ENOENT && step->optional) {
        error_fini(err);
        return 0;
    }
    if (fd < 0)
        return -1;
    if (check(fd, step, err) < 0)
        return -1;
    launch->secrets[step->tree] = take_fd(&fd);
    return 0;
}

void secrets_close(struct launch *launch)
{
    for (size_t i = 0; i < launch->plan->spec->secrets.count; i++)
        if (launch->secrets[i] >= 0)
            close(take_fd(&launch->secrets[i]));
}

/* --- container ---------------------------------------------------------------------------------------------------- */

/* Not more than was checked, though the file may grow. */
static int copy(int from, int to, uint64_t most)
{
    char buffer[4096];
    uint64_t done = 0;
    ssize_t n;
    while ((n = pread(from, buffer, sizeof buffer, (off_t)done)) > 0) {
        if (done + (uint64_t)n > most || write(to, buffer, (size_t)n) != n) {
            n = -1;
            break;
        }
        done += (uint64_t)n;
    }
    explicit_bzero(buffer, sizeof buffer);
    return n < 0 ? -1 : 0;
}

static int put(int folder, int from, const struct step *secret, struct error *err)
{
    AUTO_CLOSE int fd = openat(folder, secret->at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || copy(from, fd, secret->number) < 0 || fchown(fd, secret->uid, secret->gid) < 0 ||
        fchmod(fd, secret->mode) < 0)
        return error_errno(err, errno, "copy %s into memory", secret->from);
    return 0;
}

/* Filled while it is attached nowhere, then shown read-only. */
int mounts_secrets(struct launch *launch, const struct step *step, struct error *err)
{
    const char *const options[] = { "size", step->from, "mode", "0755", NULL };
    AUTO_CLOSE int tree = mount_create("tmpfs", options, step->attributes, err);
    if (tree < 0)
        return -1;
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_CLAIM, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].action == ACTION_OPEN_SECRET && launch->secrets[steps[i].tree] >= 0 &&
            put(tree, launch->secrets[steps[i].tree], &steps[i], err) < 0)
            return launch_blame(&steps[i], err);
    if (mount_restrict(tree, step->attributes | MOUNT_ATTR_RDONLY, err) < 0)
        return -1;
    return mounts_attach(launch, step, tree, err);
}
