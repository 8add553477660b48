#include "kernel/mounts.h"

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "base/weak.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* All that is ever asked for, but in a weakened start. */
static uint64_t all_of(uint64_t attributes)
{
    return attributes & ~(uint64_t)((weak("nosuid") ? MOUNT_ATTR_NOSUID : 0) | (weak("nodev") ? MOUNT_ATTR_NODEV : 0) |
                                    (weak("read-only") ? MOUNT_ATTR_RDONLY : 0));
}

int mounts_detach_from_host(struct error *err)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_errno(err, errno, "make the mounts private");
    return 0;
}

int mount_clone(int dir, const char *path, bool recursive, struct error *err)
{
    int tree = sys_open_tree(dir, path,
                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | AT_NO_AUTOMOUNT |
                                 (*path ? 0 : AT_EMPTY_PATH));
    if (tree < 0)
        return error_errno(err, errno, "open %s", path);
    return tree;
}

int mount_restrict(int tree, uint64_t attributes, struct error *err)
{
    struct mount_attr attr = { .attr_set = all_of(attributes), .propagation = MS_PRIVATE };
    if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) < 0)
        return error_errno(err, errno, "restrict a mount");
    return 0;
}

int mount_idmap(int tree, int user_namespace)
{
    struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace };
    return sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr);
}

int mount_attach(int tree, int target)
{
    return sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_attach_name(int tree, int dir, const char *name)
{
    return sys_move_mount(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH);
}

static unsigned long classic(uint64_t attributes)
{
    attributes = all_of(attributes);
    return (attributes & MOUNT_ATTR_RDONLY ? MS_RDONLY : 0) | (attributes & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0) |
           (attributes & MOUNT_ATTR_NODEV ? MS_NODEV : 0) | (attributes & MOUNT_ATTR_NOEXEC ? MS_NOEXEC : 0);
}

/* mount(2) and not fsopen(2): one call for six, and the safety lies in where the process stands, not in the call. */
int mount_new(const char *type, const char *name, const char *options, uint64_t attributes)
{
    return mount(type, name, type, classic(attributes), options);
}

int mount_here(const char *type, const char *options, uint64_t attributes) { return mount_new(type, ".", options, attributes); }

/* A file system context keeps sentences about what it refused; errno alone would be "invalid argument" for all of them. */
static int context_error(struct error *err, int context, const char *type)
{
    int code = errno;
    char text[256];
    ssize_t n = read(context, text, sizeof text - 1);
    if (n > 2) {
        text[n] = '\0';
        return error_set(err, "make a %s: %s", type, text + 2); /* after "e " */
    }
    return error_errno(err, code, "make a %s", type);
}

int mount_create(const char *type, const char *const *options, uint64_t attributes, struct error *err)
{
    AUTO_CLOSE int context = sys_fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0)
        return error_errno(err, errno, "make a %s", type);
    for (; options && *options; options += 2)
        if (sys_fsconfig(context, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[0], options[1], 0) < 0)
            return context_error(err, context, type);
    if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return context_error(err, context, type);
    int tree = sys_fsmount(context, FSMOUNT_CLOEXEC, (unsigned)all_of(attributes));
    if (tree < 0)
        return context_error(err, context, type);
    return tree;
}

int mount_aside(int tree, struct error *err)
{
    if (mount_attach_name(tree, AT_FDCWD, "/") < 0)
        return error_errno(err, errno, "attach a mount");
    return 0;
}

int mounts_pivot(int root, unsigned aside, struct error *err)
{
    /* Both arguments are the current folder: the old root then lies on top of the new one, and what was laid aside on top of
     * that. A lookup of "." goes up to the topmost of a stack, so each umount2(2) takes off one. */
    if (sys_pivot_root(".", ".") < 0)
        return error_errno(err, errno, "make the new root the root");
    for (unsigned i = 0; i < aside + 1; i++)
        if (umount2(".", MNT_DETACH) < 0)
            return error_errno(err, errno, "detach the host's root");
    /* A mistake in that count would leave the host on top: look, upwards, since "/" itself never leads to what lies on it. */
    struct stat wanted, got;
    if (chdir("/") < 0 || fstat(root, &wanted) < 0 || stat("..", &got) < 0 || wanted.st_dev != got.st_dev ||
        wanted.st_ino != got.st_ino)
        return error_set(err, "the new root is not what it should be");
    return 0;
}
