/* Nodes of the host, bound: no user namespace may make one. What lies under the name now must be what the plan was made for. */
#include "base/cleanup.h"
#include "base/path.h"
#include "kernel/mounts.h"
#include "setup/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_node(struct launch *launch, const struct step *step, struct error *err)
{
    static const char top[] = "/dev/";
    if (launch->host_dev < 0)
        launch->host_dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSE int node = launch->host_dev < 0 ? -1 : path_open(launch->host_dev, step->from + sizeof top - 1, PATH_LINKS_NONE);
    struct stat st;
    if (node < 0 || fstat(node, &st) < 0)
        return error_errno(err, errno, "open %s", step->from);
    const struct device_rule *wanted = &step->device;
    bool same = (wanted->block ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode)) && major(st.st_rdev) == wanted->major &&
                minor(st.st_rdev) == wanted->minor;
    return same ? take_fd(&node)
                : error_set(err, "%s is not the device that it was when the plan was made, %u:%u", step->from, wanted->major,
                            wanted->minor);
}

/* One that is asked for is of no use if only the host's root may open it. */
static int check_openable(const struct step *step, int tree, struct error *err)
{
    int access = (step->device.access & DEVICE_READ ? R_OK : 0) | (step->device.access & DEVICE_WRITE ? W_OK : 0);
    if (!step->key || faccessat(tree, "", access, AT_EMPTY_PATH | AT_EACCESS) == 0)
        return 0;
    int code = errno;
    error_errno(err, code, "open %s", step->from);
    if (step->optional)
        err->code = ENOENT; /* may be left out */
    return error_help(err, "its mode on the host must let others in (chmod 0666 %s), or be root with users.map: single",
                      step->from);
}

int mounts_device(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int node = open_node(launch, step, err);
    int tree = node < 0 ? -1 : mount_clone(node, "", false, err);
    /* Read-only concerns the node, not the device: its mode and owner are the host's. */
    if (tree < 0 || mount_restrict(tree, step->attributes, err) < 0 || check_openable(step, tree, err) < 0)
        return -1;
    if (mounts_make_own_target(launch, step, true) < 0)
        return error_errno(err, errno, "make /%s", step->at);
    return mounts_attach(launch, step, tree, err);
}
