/* Hiding: an empty file or folder of our own, read-only, over what is there. Never /dev/null, which a hostile root could have
 * replaced. */
#include "base/cleanup.h"
#include "base/path.h"
#include "kernel/mounts.h"
#include "setup/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int try_mask(struct launch *launch, bool file, int target, int base, const char *name, struct error *err)
{
    /* A clone that was attached in vain stays ready for the next. */
    int *ready = file ? &launch->mask_file : &launch->mask_folder;
    if (*ready < 0)
        *ready = mount_clone(launch->staging, file ? "file" : "folder", false, err);
    if (*ready < 0)
        return -1;
    int result = target >= 0 ? mount_attach(*ready, target) : mount_attach_name(*ready, base, name);
    if (result == 0)
        *ready = -1;
    return result;
}

/* What is to be hidden, or the file that stands where a folder above it is missing and keeps it from being made. */
static int open_hidden(struct launch *launch, const struct step *step)
{
    struct step above = *step;
    char at[PATH_MAX];
    int target = mounts_open_target(launch, step, true);
    if (target >= 0 || errno != ENOTDIR || strlen(step->at) >= sizeof at)
        return target;
    strcpy(at, step->at);
    above.at = at;
    for (char *slash; target < 0 && errno == ENOTDIR && (slash = strrchr(at, '/'));) {
        *slash = '\0';
        target = mounts_open_target(launch, &above, true);
    }
    return target;
}

int mounts_mask(struct launch *launch, const struct step *step, struct error *err)
{
    const char *name = NULL;
    AUTO_CLOSE int target = -1;
    int base = -1;
    if (step->own) {
        base = mounts_base_of(launch, step->at, &name);
    } else {
        target = open_hidden(launch, step);
        if (target < 0)
            return mounts_bad_target(launch, step, errno, err);
    }
    if (try_mask(launch, step->file, target, base, name, err) == 0)
        return 0;
    /* A folder onto a file, or a file onto a folder: EINVAL from move_mount(2), where mount(2) would have said ENOTDIR. */
    if (!error_is_set(err) && errno == EINVAL && try_mask(launch, !step->file, target, base, name, err) == 0)
        return 0;
    return error_is_set(err) ? -1 : mounts_bad_target(launch, step, errno, err);
}

bool mounts_below_mask(const struct launch *launch, const char *at)
{
    char above[PATH_MAX];
    struct stat mask, st;
    if (strlen(at) >= sizeof above || fstatat(launch->staging, "folder", &mask, 0) < 0)
        return false;
    strcpy(above, at);
    for (char *slash; (slash = strrchr(above, '/'));) {
        *slash = '\0';
        AUTO_CLOSE int fd = path_open(launch->base[BASE_ROOT], above, PATH_LINKS_INSIDE);
        if (fd >= 0)
            return fstat(fd, &st) == 0 && st.st_dev == mask.st_dev && st.st_ino == mask.st_ino;
    }
    return false;
}

/* A mount point cannot be renamed, but the folders above it can: mounted on themselves, they are mount points too. */
int mounts_hold(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int folder = path_open(launch->base[BASE_ROOT], step->at, PATH_LINKS_NONE);
    struct stat st;
    if (folder < 0 && errno == ENOENT && step->writable)
        folder = path_make(launch->base[BASE_ROOT], step->at, false, PATH_LINKS_NONE);
    if (folder < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0; /* a placeholder keeps it from being made, or what is mounted there says what is wrong with it */
    if (folder < 0 && errno == ELOOP) {
        error_errno(err, ELOOP, "hold /%s, which the app could exchange", step->at);
        return error_help(err, "name the place without the link");
    }
    if (folder < 0 || fstat(folder, &st) < 0)
        return error_errno(err, errno, "open /%s", step->at);
    if (!S_ISDIR(st.st_mode))
        return 0;
    AUTO_CLOSE int tree = mount_clone(folder, "", true, err);
    if (tree < 0)
        return -1;
    return mount_attach(tree, folder) < 0 ? error_errno(err, errno, "mount /%s on itself", step->at) : 0;
}

/* --- files that the host lets only some read ---------------------------------------------------------------------- */

static int mask_at(struct launch *launch, int folder, const char *name, bool is_folder, struct error *err)
{
    AUTO_CLOSE int target = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "hide %s", name);
    int result = try_mask(launch, !is_folder, target, -1, NULL, err);
    return result < 0 && !error_is_set(err) ? error_errno(err, errno, "hide %s", name) : result;
}

/* Looks at every name: one that `others` may not read is hidden, a folder with all that lies in it. What is mounted below is
 * looked at too. */
static int mask_private_below(struct launch *launch, int folder, struct error *err)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (!stream) {
        if (copy >= 0)
            close(copy);
        return error_errno(err, errno, "list a folder of the host");
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(stream))) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || entry->d_type == DT_LNK)
            continue;
        if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
            /* Not to be looked at, as a user's FUSE by root or a server that is gone: not to be shown either. */
            result = errno == ENOENT ? 0 : mask_at(launch, folder, entry->d_name, entry->d_type == DT_DIR, err);
            continue;
        }
        if (S_ISLNK(st.st_mode))
            continue;
        bool is_folder = S_ISDIR(st.st_mode);
        if ((st.st_mode & (is_folder ? S_IROTH | S_IXOTH : S_IROTH)) != (is_folder ? S_IROTH | S_IXOTH : S_IROTH)) {
            result = mask_at(launch, folder, entry->d_name, is_folder, err);
        } else if (is_folder) {
            AUTO_CLOSE int below = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            result = below < 0 ? error_errno(err, errno, "open %s", entry->d_name) : mask_private_below(launch, below, err);
        }
    }
    if (result == 0 && errno) /* readdir's: the loop ended by it */
        result = error_errno(err, errno, "list a folder of the host");
    closedir(stream);
    return result;
}

int mounts_mask_private(struct launch *launch, const struct step *step, struct error *err)
{
    AUTO_CLOSE int folder = path_open(launch->base[BASE_ROOT], step->at, PATH_LINKS_NONE);
    struct stat st;
    if (folder < 0 || fstat(folder, &st) < 0)
        return error_errno(err, errno, "open /%s", step->at);
    return S_ISDIR(st.st_mode) ? mask_private_below(launch, folder, err) : 0; /* a file that is shown is meant */
}
