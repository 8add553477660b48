/* The container's file systems. Descriptors of trees are not closed one by one: they hold nothing that is not mounted anyway,
 * and init and the app close them all, in one call each.
 *
 * All of it happens in a mount namespace of its own, by descriptor: a step whose `own` is set is reached by
 * name from a folder that we made and hold, any other by openat2(2) from the new root, which no link leads out of. */
#include "base/cleanup.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/weak.h"
#include "kernel/mounts.h"
#include "kernel/sysctl.h"
#include "setup/mounts.h"
#include "setup/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* --- where -------------------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    long magic; /* what must be mounted there: 0 for the root */
} bases[BASE_COUNT] = {
    [BASE_ROOT] = { "", 0 },
    [BASE_PROC] = { "proc", PROC_SUPER_MAGIC },
    [BASE_SYS] = { "sys", SYSFS_MAGIC },
    [BASE_DEV] = { "dev", TMPFS_MAGIC },
};

/* The deepest folder that we hold and that `at` lies in, and the rest of the name. */
int mounts_base_of(const struct launch *launch, const char *at, const char **ret_name)
{
    for (size_t i = BASE_ROOT + 1; i < BASE_COUNT; i++) {
        size_t length = strlen(bases[i].name);
        if (launch->base[i] >= 0 && strncmp(at, bases[i].name, length) == 0 && at[length] == '/') {
            *ret_name = at + length + 1;
            return launch->base[i];
        }
    }
    *ret_name = *at ? at : ".";
    return launch->base[BASE_ROOT];
}

int mounts_stand_in(struct launch *launch, int folder)
{
    if (launch->here == folder)
        return 0;
    if (fchdir(folder) < 0)
        return -1;
    launch->here = folder;
    return 0;
}

/* /proc, /sys and /dev of a stranger's root must be folders: one that is a link has been the way out of many a runtime. */
static enum path_links links_at(const struct step *step)
{
    if (step->steady && !weak("steady places"))
        return PATH_LINKS_NONE;
    for (size_t i = BASE_ROOT + 1; i < BASE_COUNT; i++)
        if (strcmp(step->at, bases[i].name) == 0)
            return PATH_LINKS_NONE;
    return PATH_LINKS_INSIDE;
}

/* A descriptor of the place, made where it is missing and may be. */
int mounts_open_target(struct launch *launch, const struct step *step, bool file)
{
    int root = launch->base[BASE_ROOT];
    int fd = path_open(root, step->at, links_at(step));
    if (fd < 0 && errno == ENOENT && step->writable) {
        fd = path_make(root, step->at, file, links_at(step));
        if (fd < 0 && errno == EACCES)
            errno = EROFS; /* not there, and not to be made */
    }
    return fd;
}

/* What is wrong with a place, in words. */
int mounts_bad_target(const struct launch *launch, const struct step *step, int code, struct error *err)
{
    switch (code) {
    case ENOENT:
    case EROFS:
        err->code = ENOENT;
        if (!step->optional && mounts_below_mask(launch, step->at)) {
            error_set(err, "/%s lies in what is hidden, where nothing is, and nothing can be made", step->at);
            return error_help(err,
                              "choose another place (what the host lets only some read is hidden where their ids are inside: "
                              "see users.map and app.groups)");
        }
        error_set(err, "/%s does not exist inside, and nothing can be made there", step->at);
        return error_help(
            err, "make it in what is mounted there, or choose a place that exists (a root with write: discard makes its own)");
    case ELOOP:
    case EXDEV:
        if (step->steady || step->own) {
            error_set(err, "/%s inside is a link, or behind one%s", step->at,
                      step->own ? "" : ", that could lead elsewhere a moment later");
            return error_help(err, "name the place without the link");
        }
        error_set(err, "/%s of the root is a link, or leads out of it", step->at);
        return error_help(err, "a root's /proc, /sys and /dev must be folders");
    case ENOTDIR:
        return error_set(err, "/%s inside is %s", step->at,
                         step->file ? "not of the same kind as what is mounted there" : "not a folder");
    default:
        return error_errno(err, code, "mount on /%s", step->at);
    }
}

/* --- attaching ---------------------------------------------------------------------------------------------------- */

/* The folder that the last part of a place of our own is in. What we made has a link too, /dev/fd, and while the host's root is
 * still ours it leads to the host's /proc, and from there anywhere: none is followed. *ret_opened is for the caller to close.
 */
static int own_folder(const struct launch *launch, const char *at, const char **ret_name, int *ret_opened)
{
    int base = mounts_base_of(launch, at, ret_name);
    const char *slash = strrchr(*ret_name, '/');
    char above[PATH_MAX];
    *ret_opened = -1;
    if (!slash || weak("own folders"))
        return base;
    snprintf(above, sizeof above, "%.*s", (int)(slash - *ret_name), *ret_name);
    *ret_name = slash + 1;
    return *ret_opened = path_open(base, above, PATH_LINKS_NONE);
}

int mounts_make_own_target(struct launch *launch, const struct step *step, bool file)
{
    const char *name;
    AUTO_CLOSE int opened = -1;
    int base = own_folder(launch, step->at, &name, &opened);
    if (base < 0)
        return -1;
    int result = file ? mknodat(base, name, S_IFREG | 0644, 0) : mkdirat(base, name, 0755);
    return result < 0 && errno != EEXIST ? -1 : 0;
}

int mounts_attach(struct launch *launch, const struct step *step, int tree, struct error *err)
{
    if (step->own) {
        const char *name;
        AUTO_CLOSE int opened = -1;
        int base = own_folder(launch, step->at, &name, &opened);
        return base < 0 || mount_attach_name(tree, base, name) < 0 ? mounts_bad_target(launch, step, errno, err) : 0;
    }
    int target = mounts_open_target(launch, step, step->file);
    if (target < 0 || mount_attach(tree, target) < 0)
        return mounts_bad_target(launch, step, errno, err);
    return 0;
}

static int attach_new(struct launch *launch, const struct step *step, const char *type, const char *options, struct error *err)
{
    int result;
    if (step->own) {
        const char *name;
        AUTO_CLOSE int opened = -1;
        int base = own_folder(launch, step->at, &name, &opened);
        struct stat st;
        if (base < 0)
            return mounts_bad_target(launch, step, errno, err);
        if (fstatat(base, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) /* mount(2) would follow it */
            return mounts_bad_target(launch, step, ELOOP, err);
        result = mounts_stand_in(launch, base) < 0 ? -1 : mount_new(type, name, options, step->attributes);
        if (opened >= 0)
            launch->here = -1; /* its number may soon be another folder's */
    } else {
        int target = mounts_open_target(launch, step, false);
        if (target < 0)
            return mounts_bad_target(launch, step, errno, err);
        launch->here = -1;
        result = fchdir(target) < 0 ? -1 : mount_here(type, options, step->attributes);
    }
    return result < 0 ? error_errno(err, errno, "mount a %s on /%s", type, step->at) : 0;
}

/* A tree that the profile puts at a base in place of ours: its own business, but we write nothing below it. */
static bool is_profiles(enum base base, const struct step *step)
{
    return step->action == ACTION_TREE && strcmp(step->from + 1, bases[base].name) != 0 && !weak("procfs");
}

/* Holds what was just mounted at a base, after making sure that it is that. */
static int hold_base(struct launch *launch, enum base base, const struct step *step, struct error *err)
{
    if (strcmp(step->at, bases[base].name) != 0 || is_profiles(base, step))
        return 0;
    int fd = path_open(launch->base[BASE_ROOT], step->at, PATH_LINKS_NONE);
    struct statfs fs;
    struct statx st;
    if (fd < 0)
        return error_errno(err, errno, "open /%s of the container", step->at);
    launch->base[base] = fd;
    /* A folder of a root on a tmpfs is on a tmpfs too: it must be the top of a mount. */
    if ((step->own && step->action != ACTION_TREE) || weak("procfs"))
        return 0;
    if (fstatfs(fd, &fs) < 0 || statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0)
        return error_errno(err, errno, "look at what is mounted on /%s", step->at);
    if (fs.f_type != bases[base].magic || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return error_set(err, "what is mounted on /%s is not what was put there", step->at);
    return 0;
}

/* --- actions ------------------------------------------------------------------------------------------------------ */

static int do_folder(struct launch *launch, const struct step *step, struct error *err)
{
    return mounts_make_own_target(launch, step, false) < 0 ? error_errno(err, errno, "make /%s", step->at) : 0;
}

static int do_link(struct launch *launch, const struct step *step, struct error *err)
{
    const char *name;
    AUTO_CLOSE int opened = -1;
    int base = own_folder(launch, step->at, &name, &opened);
    return base < 0 || symlinkat(step->from, base, name) < 0 ? error_errno(err, errno, "make the link /%s", step->at) : 0;
}

bool mounts_inodes(const char *size, char ret[24])
{
    enum { LEAST = 1024, EACH = 1024 };
    uint64_t bytes;
    if (!text_size(size, &bytes))
        return false;
    snprintf(ret, 24, "%llu", (unsigned long long)(bytes / EACH > LEAST ? bytes / EACH : LEAST));
    return true;
}

static int do_tmpfs(struct launch *launch, const struct step *step, struct error *err)
{
    char options[160], inodes[24];
    bool bounded = mounts_inodes(step->from, inodes);
    snprintf(options, sizeof options, "mode=%o,size=%s,uid=%u,gid=%u%s%s", step->mode, step->from, step->uid, step->gid,
             bounded ? ",nr_inodes=" : "", bounded ? inodes : "");
    if (attach_new(launch, step, "tmpfs", options, err) < 0)
        return -1;
    return hold_base(launch, BASE_DEV, step, err);
}

/* What the launcher does not hand over, this process opens itself, which has the caller's rights and no more. All of it before
 * the first mount is laid on "/": ".." at the top leads up into what lies there, though "/" itself never does. That may be a
 * stranger's root, in which the rest of a name ("../x", a relative link of the host's) could be a link to anything of the
 * caller's. */
static int open_sources(struct launch *launch, enum stage stage, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, stage, &count);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        if (step->opened < 0 || step->tree >= 0 || launch->opened[step->opened] >= 0 || weak("sources first"))
            continue;
        launch->opened[step->opened] = source_clone(launch->plan, step->from, err);
        if (launch->opened[step->opened] < 0)
            return launch_blame(step, err);
    }
    return 0;
}

int mounts_take_tree(struct launch *launch, const struct step *step, struct error *err)
{
    if (step->tree >= 0)
        return take_fd(&launch->trees[step->tree]);
    if (weak("sources first"))
        return source_clone(launch->plan, step->from, err);
    return step->opened < 0 ? error_set(err, "nobody has opened %s", step->from) : take_fd(&launch->opened[step->opened]);
}

static int do_tree(struct launch *launch, const struct step *step, struct error *err)
{
    int tree = mounts_take_tree(launch, step, err);
    if (tree < 0 || mount_restrict(tree, step->attributes, err) < 0)
        return -1;
    struct stat st;
    if (fstat(tree, &st) < 0)
        return error_errno(err, errno, "stat %s", step->from);
    if (step->mode == S_IFSOCK && !S_ISSOCK(st.st_mode))
        return error_set(err, "%s is not a socket", step->from);
    struct step placed = *step;
    placed.file = !S_ISDIR(st.st_mode);
    if (step->own && mounts_make_own_target(launch, step, placed.file) < 0)
        return mounts_bad_target(launch, step, errno, err);
    if (mounts_attach(launch, &placed, tree, err) < 0 || hold_base(launch, BASE_PROC, step, err) < 0)
        return -1;
    return hold_base(launch, BASE_SYS, step, err);
}

static int do_own_volume(struct launch *launch, const struct step *step, struct error *err)
{
    const int fd =
        weak("sources first") ? path_open(launch->base[BASE_ROOT], step->at, PATH_LINKS_INSIDE) : launch->opened[step->opened];
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat the volume at /%s", step->at);
    /* Only while it still is root's here, as it was made: what its owner changed later is his business. */
    if (st.st_uid == launch->plan->root_uid && fchownat(fd, "", step->uid, step->gid, AT_EMPTY_PATH) < 0)
        return error_errno(err, errno, "give the volume at /%s to its owner", step->at);
    return 0;
}

static int do_proc(struct launch *launch, const struct step *step, struct error *err)
{
    if (attach_new(launch, step, "proc", NULL, err) < 0) {
        if (err->code == EPERM) {
            error_note(err, "the kernel shows no fresh procfs to a user namespace that sees only a masked one, as inside "
                            "docker and podman");
            error_help(err, "give the outer container an unmasked /proc (podman --security-opt unmask=ALL, docker "
                            "--security-opt systempaths=unconfined)");
        }
        return -1;
    }
    return hold_base(launch, BASE_PROC, step, err);
}

static int do_sysfs(struct launch *launch, const struct step *step, struct error *err)
{
    return attach_new(launch, step, "sysfs", NULL, err) < 0 ? -1 : hold_base(launch, BASE_SYS, step, err);
}

static int do_devpts(struct launch *launch, const struct step *step, struct error *err)
{
    /* Group 5 is tty everywhere; where it has no number of the host's the kernel refuses the option. */
    static const char with_group[] = "newinstance,ptmxmode=0666,mode=0620,gid=5";
    static const char plain[] = "newinstance,ptmxmode=0666,mode=0600";
    const struct id_map *gids = &launch->plan->gids;
    bool tty = gids->count == 0 || (gids->ranges[0].inside == 0 && gids->ranges[0].count > 5) ||
               (gids->count > 1 && gids->ranges[1].inside <= 5 && gids->ranges[1].count > 5);
    return attach_new(launch, step, "devpts", tty ? with_group : plain, err);
}

static int do_mqueue(struct launch *launch, const struct step *step, struct error *err)
{
    return attach_new(launch, step, "mqueue", NULL, err);
}

/* --- what is generated or hidden ---------------------------------------------------------------------------------- */

static int put_file(int folder, const char *name, const char *text, struct error *err)
{
    AUTO_CLOSE int fd =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444); /* one left open would keep the mount writable */
    size_t length = strlen(text);
    if (fd < 0 || (length && write(fd, text, length) != (ssize_t)length))
        return error_errno(err, errno, "write a generated file");
    return 0;
}

static const char *staged_name(const struct launch *launch, const struct step *step, char buffer[24])
{
    snprintf(buffer, 24, "%td", step - launch->plan->steps.items);
    return buffer;
}

/* All generated files, an empty file and an empty folder, in one small file system that is then made read-only, as each clone
 * of a part of it is. */
static int do_staging(struct launch *launch, const struct step *step, struct error *err)
{
    static const char *const options[] = { "size", "4M", NULL };
    launch->staging = mount_create("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
    if (launch->staging < 0 ||
        mounts_attach(launch, step, launch->staging, err) < 0) /* what is not attached cannot be cloned from */
        return -1;
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_MOUNTS, &count);
    char name[24];
    for (size_t i = 0; i < count; i++)
        if (steps[i].action == ACTION_GENERATED &&
            put_file(launch->staging, staged_name(launch, &steps[i], name), steps[i].from, err) < 0)
            return -1;
    if (mknodat(launch->staging, "file", S_IFREG | 0444, 0) < 0 || mkdirat(launch->staging, "folder", 0555) < 0)
        return error_errno(err, errno, "make the masks");
    return mount_restrict(launch->staging, MOUNT_ATTR_RDONLY, err);
}

static int do_generated(struct launch *launch, const struct step *step, struct error *err)
{
    char name[24];
    int tree = mount_clone(launch->staging, staged_name(launch, step, name), false, err);
    if (tree < 0)
        return -1;
    if (mounts_attach(launch, step, tree, err) == 0)
        return 0;
    /* A root that has no such file gets one where it can. */
    if (!step->own || !step->writable || err->code != ENOENT || mounts_make_own_target(launch, step, true) < 0)
        return -1;
    error_fini(err);
    return mounts_attach(launch, step, tree, err);
}

static int do_read_only(struct launch *launch, const struct step *step, struct error *err)
{
    const char *name;
    int base = mounts_base_of(launch, step->at, &name);
    int tree = mount_clone(base, name, true, err);
    if (tree < 0 || mount_restrict(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err) < 0)
        return -1;
    return mounts_attach(launch, step, tree, err);
}

static int do_left_out(struct launch *launch, const struct step *step, struct error *err)
{
    (void)launch;
    (void)step;
    (void)err;
    return 0;
}

static int do_seal(struct launch *launch, const struct step *step, struct error *err)
{
    /* Our own by the descriptor: in a stranger's root the name could have become a link meanwhile. What is no mount by now is
     * refused by the kernel (EINVAL). */
    bool is_dev = strcmp(step->at, bases[BASE_DEV].name) == 0;
    AUTO_CLOSE int place = step->own ? -1 : mounts_open_target(launch, step, false);
    if (!step->own && place < 0)
        return mounts_bad_target(launch, step, errno, err);
    struct mount_attr attr = { .attr_set = step->attributes };
    if (sys_mount_setattr(!step->own ? place : launch->base[is_dev ? BASE_DEV : BASE_ROOT], "", AT_EMPTY_PATH, &attr) < 0)
        return error_errno(err, errno, "make /%s read-only", step->at);
    return 0;
}

static int do_sysctl(struct launch *launch, const struct step *step, struct error *err)
{
    if (launch->base[BASE_PROC] < 0)
        return error_set(err, "%s cannot be set: /proc of the container is not a procfs", step->at);
    return sysctl_write(launch->base[BASE_PROC], step->at, step->from, err);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static int (*const actions[ACTION_COUNT])(struct launch *, const struct step *, struct error *) = {
    [ACTION_SCRATCH] = mounts_scratch,
    [ACTION_ROOT_TMPFS] = mounts_root_tmpfs,
    [ACTION_ROOT_TREE] = mounts_root_tree,
    [ACTION_ROOT_OVERLAY] = mounts_root_overlay,
    [ACTION_STAGING] = do_staging,
    [ACTION_FOLDER] = do_folder,
    [ACTION_LINK] = do_link,
    [ACTION_TMPFS] = do_tmpfs,
    [ACTION_TREE] = do_tree,
    [ACTION_OVERLAY] = mounts_overlay,
    [ACTION_OWN_VOLUME] = do_own_volume,
    [ACTION_SECRETS] = mounts_secrets,
    [ACTION_PROC] = do_proc,
    [ACTION_SYSFS] = do_sysfs,
    [ACTION_DEVPTS] = do_devpts,
    [ACTION_MQUEUE] = do_mqueue,
    [ACTION_DEVICE] = mounts_device,
    [ACTION_GENERATED] = do_generated,
    [ACTION_HOLD] = mounts_hold,
    [ACTION_MASK] = mounts_mask,
    [ACTION_MASK_PRIVATE] = mounts_mask_private,
    [ACTION_READ_ONLY] = do_read_only,
    [ACTION_SEAL] = do_seal,
    [ACTION_LEFT_OUT] = do_left_out,
    [ACTION_SYSCTL] = do_sysctl,
};

static int run_steps(struct launch *launch, enum stage stage, struct error *err)
{
    size_t count;
    const struct step *steps = launch_steps(launch, stage, &count);
    for (size_t i = 0; i < count; i++) {
        if (weak(action_rows[steps[i].action].name) || actions[steps[i].action](launch, &steps[i], err) == 0)
            continue;
        /* Optional is what need not exist. Whatever else goes wrong with it would leave the container with more than it should
         * see. */
        if (!steps[i].optional || err->code != ENOENT)
            return launch_blame(&steps[i], err);
        error_fini(err);
    }
    return 0;
}

int child_root(struct launch *launch, struct error *err)
{
    umask(0); /* the modes of what is made are those of the plan, whatever the caller's mask; the app gets its own */
    if (mounts_detach_from_host(err) < 0 || open_sources(launch, STAGE_ROOT, err) < 0 ||
        open_sources(launch, STAGE_MOUNTS, err) < 0)
        return -1;
    return run_steps(launch, STAGE_ROOT, err);
}

int child_mounts(struct launch *launch, struct error *err) { return run_steps(launch, STAGE_MOUNTS, err); }

int child_pivot(struct launch *launch, struct error *err)
{
    if (mounts_stand_in(launch, launch->base[BASE_ROOT]) < 0)
        return error_errno(err, errno, "enter the new root");
    return mounts_pivot(launch->base[BASE_ROOT], launch->aside, err);
}
