/* The new root, and overlays: what is written on one lies in memory. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/weak.h"
#include "kernel/mounts.h"
#include "plan/host.h"
#include "setup/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int hold_root(struct launch *launch, int *root, struct error *err)
{
    if (*root < 0 || mount_aside(*root, err) < 0)
        return -1;
    launch->base[BASE_ROOT] = take_fd(root);
    return mounts_stand_in(launch, launch->base[BASE_ROOT]) < 0 ? error_errno(err, errno, "enter the new root") : 0;
}

int mounts_root_tmpfs(struct launch *launch, const struct step *step, struct error *err)
{
    char inodes[24];
    bool bounded = mounts_inodes(step->from, inodes);
    const char *const options[] = { "mode", "0755", "size", step->from, bounded ? "nr_inodes" : NULL, inodes, NULL };
    AUTO_CLOSE int root = mount_create("tmpfs", options, step->attributes, err);
    return hold_root(launch, &root, err);
}

/* The names of its users and its links were read before there was a mount namespace to keep it in, so it is opened twice:
 * whoever can exchange it meanwhile would get the user that one root names, with the files of another. */
static int take_root(struct launch *launch, const struct step *step, struct error *err)
{
    const struct host *host = launch->plan->host;
    AUTO_CLOSE int root = mounts_take_tree(launch, step, err);
    struct stat st;
    if (root < 0)
        return -1;
    if (fstat(root, &st) < 0)
        return error_errno(err, errno, "stat %s", step->from);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, "%s is not a folder", step->from);
    if (host->root.number && !weak("same root") && (st.st_dev != host->root.device || st.st_ino != host->root.number)) {
        error_set(err, "%s is another folder than the one in which the users were looked up a moment before", step->from);
        return error_help(err,
                          "somebody put it there meanwhile: start again, or keep it in folders that only its owner may change");
    }
    return take_fd(&root);
}

int mounts_root_tree(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int root = take_root(launch, step, err);
    if (root < 0 || mount_restrict(root, step->attributes, err) < 0)
        return -1;
    return hold_root(launch, &root, err);
}

/* One memory file system holds what all overlays of the container write: a folder with lower, upper and work for each. */
int mounts_scratch(struct launch *launch, const struct step *step, struct error *err)
{
    char inodes[24];
    bool bounded = mounts_inodes(step->from, inodes);
    const char *const options[] = { "mode", "0700", "size", step->from, bounded ? "nr_inodes" : NULL, inodes, NULL };
    launch->scratch = mount_create("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
    if (launch->scratch < 0 || mount_aside(launch->scratch, err) < 0)
        return -1;
    launch->aside++;
    return 0;
}

static bool is_mounted_over(const struct launch *launch, const char *at)
{
    size_t count;
    const struct step *steps = launch_steps(launch, STAGE_MOUNTS, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].at && strcmp(steps[i].at, at) == 0 && steps[i].action != ACTION_FOLDER)
            return true;
    return false;
}

/* A layer is one mount: what is mounted below it would be missing, and what lies under that show. As a layer it is attached at
 * `name` by now. A plain user's is refused by the kernel too, since those below are locked, without a word of why. */
static int check_single(struct launch *launch, const struct step *step, int lower, const char *name, struct error *err)
{
    struct arena *arena = launch->plan->arena;
    const char *info = file_read_small(AT_FDCWD, arena_printf(arena, "/proc/self/fdinfo/%d", lower), 4096, arena);
    const char *found = info ? strstr(info, "mnt_id:") : NULL;
    const int id = found ? atoi(found + strlen("mnt_id:")) : -1;
    enum { LARGEST = 4 << 20 };
    char *text = info ? file_read_small(AT_FDCWD, "/proc/self/mountinfo", LARGEST, arena) : NULL, *line;
    if (!text)
        return error_errno(err, errno, "learn from /proc what is mounted below %s", step->from);
    if (id < 0 || strlen(text) == LARGEST)
        return error_set(err, "what is mounted below %s cannot be told from /proc", step->from);
    while ((line = strsep(&text, "\n"))) {
        int parent;
        char place[PATH_MAX];
        if (sscanf(line, "%*d %d %*s %*s %4095s", &parent, place) != 2 || parent != id)
            continue;
        const char *below = strstr(place, name);
        below = below ? below + strlen(name) : place;
        if (is_mounted_over(launch, *step->at ? arena_printf(arena, "%s%s", step->at, below) : below + (*below == '/')))
            continue;
        error_set(err, "%s%s is a mount of its own, and an overlay would show what lies under it", step->from, below);
        return error_help(err, "write root.write: none, mount or hide something at /%s, or take that mount away",
                          *step->at ? arena_printf(arena, "%s%s", step->at, below) : below + (*below == '/'));
    }
    return 0;
}

/* The layers are named relative to the scratch folder, in which the process stands: the only names that lead there. */
static int make_overlay(struct launch *launch, const struct step *step, int lower, struct error *err)
{
    if (lower < 0 || mount_restrict(lower, MOUNT_ATTR_RDONLY | step->attributes, err) < 0)
        return -1;
    char names[3][16];
    static const char *const suffixes[] = { "lower", "upper", "work" };
    struct stat st;
    if (fstat(lower, &st) < 0)
        return error_errno(err, errno, "stat %s", step->from);
    for (size_t i = 0; i < 3; i++) {
        snprintf(names[i], sizeof names[i], "%u.%s", launch->overlays, suffixes[i]);
        if (mkdirat(launch->scratch, names[i], 0755) < 0)
            return error_errno(err, errno, "make an overlay's folder");
    }
    launch->overlays++;
    /* The merged folder's mode is the upper one's. */
    if (fchmodat(launch->scratch, names[1], st.st_mode & 07777, 0) < 0 ||
        mount_attach_name(lower, launch->scratch, names[0]) < 0 || mounts_stand_in(launch, launch->scratch) < 0)
        return error_errno(err, errno, "prepare an overlay");
    if (!weak("single layers") && check_single(launch, step, lower, names[0], err) < 0)
        return -1;
    const char *const options[] = { "lowerdir", names[0], "upperdir", names[1], "workdir", names[2], "userxattr", NULL, NULL };
    return mount_create("overlay", options, step->attributes & ~(uint64_t)MOUNT_ATTR_RDONLY, err);
}

int mounts_root_overlay(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int root = make_overlay(launch, step, take_root(launch, step, err), err);
    return hold_root(launch, &root, err);
}

int mounts_overlay(struct launch *launch, const struct step *step, struct error *err)
{
    int tree = make_overlay(launch, step, mounts_take_tree(launch, step, err), err);
    if (tree < 0 || (step->own && mounts_make_own_target(launch, step, false) < 0))
        return error_errno(err, errno, "make /%s", step->at);
    return mounts_attach(launch, step, tree, err);
}
