/* Both modules are told by a file of the process's own, in procfs: what is written to attr/exec holds from its next execve on.
 *
 * attr/exec belongs to the first module that wants it, which on a kernel with AppArmor is AppArmor; attr/apparmor is its own
 * for certain, and older than every kernel that this runs on (Linux 5.8). SELinux has no such folder, and is never on beside
 * AppArmor.
 *
 * A label that is written to anything but a procfs is no label, and nobody would notice (CVE-2019-16884, CVE-2019-19921): so
 * the caller has the procfs by descriptor, no mount and no magic link is crossed below it, and what was written is read back.
 *
 * Tried on Linux 6.1: under no_new_privs an unconfined process may ask for a profile. A confined one is refused (EPERM), and
 * had it asked before, by its execve: the profile must be stacked on its own, which can only take away. */
#include "kernel/lsm.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/weak.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#define LABEL_MAX 4096 /* the kernel takes a page */
#define SELINUXFS "/sys/fs/selinux"

const char *const lsm_titles[LSM_COUNT] = { "AppArmor", "SELinux" };

static const struct module {
    const char *folder;            /* of a process */
    const char *asking, *stacking; /* what is written before the label; NULL: it cannot be had beside another */
    struct {
        int code;
        const char *why, *help; /* why: after the label */
    } refusals[4];
} modules[LSM_COUNT] = {
    [LSM_APPARMOR] = { "attr/apparmor",
                       "exec ",
                       "stack ",
                       { { ENOENT, "is not loaded", "load it, as root: apparmor_parser -r FILE" },
                         { EACCES, "may not be changed to by the AppArmor profile that cordon itself runs under",
                           "give that profile a rule such as `change_profile -> &NAME,`, or start cordon unconfined" },
                         { EPERM, "cannot be changed to: no_new_privs is set, and cordon itself is confined",
                           "start cordon from where NoNewPrivileges= is not set, or unconfined" },
                         { EINVAL, "cannot be set: AppArmor is not among the security modules that this kernel started",
                           "put apparmor into lsm= on the kernel's command line, and boot again" } } },
    [LSM_SELINUX] = { "attr",
                      "",
                      NULL,
                      { { EINVAL, "is no context of the policy that is loaded",
                          "`seinfo -t` lists the types of the policy; write all parts: USER:ROLE:TYPE:LEVEL" },
                        { EACCES, "may not be asked for: the policy does not let cordon's own context { setexec }",
                          "`ausearch -m avc` has the rule that is missing" } } },
};

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Its file system exists only where it is on. */
static bool selinux_is_on(void)
{
    struct statfs fs;
    return statfs(SELINUXFS, &fs) == 0 && (unsigned long)fs.f_type == SELINUX_MAGIC;
}

const char *lsm_label(int process, enum lsm lsm, struct arena *arena)
{
    char path[32];
    if (lsm == LSM_SELINUX && !selinux_is_on())
        return NULL;
    snprintf(path, sizeof path, "%s/current", modules[lsm].folder);
    char *text = file_read_small(process, path, LABEL_MAX, arena);
    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text && *text ? text : NULL; /* a module that is not on answers EINVAL */
}

/* Without the mode: "NAME (enforce)". */
static size_t name_length(const char *label)
{
    size_t length = strlen(label);
    const char *mode = strrchr(label, '(');
    return length && label[length - 1] == ')' && mode > label && mode[-1] == ' ' ? (size_t)(mode - 1 - label) : length;
}

bool lsm_confines(const char *label)
{
    const char *mode = label + name_length(label);
    return strcmp(label, "unconfined") != 0 && strcmp(mode, " (unconfined)") != 0 && strcmp(mode, " (complain)") != 0;
}

/* Of a stack the kernel says "(mixed)" where one profile denies and another only complains: which, nobody can tell. */
static bool denies(const char *label)
{
    const char *mode = label + name_length(label);
    return strcmp(mode, " (enforce)") == 0 || strcmp(mode, " (kill)") == 0;
}

bool lsm_is_permissive(void)
{
    char answer = '1';
    AUTO_CLOSE int fd = selinux_is_on() ? open(SELINUXFS "/enforce", O_RDONLY | O_CLOEXEC) : -1;
    return fd >= 0 && read(fd, &answer, 1) == 1 && answer == '0';
}

/* One profile of a stack: "a//&b". */
static bool has_profile(const char *read, size_t length, const char *name, size_t name_size)
{
    for (const char *at = read, *end = read + length; at <= end;) {
        const char *next = strstr(at, "//&");
        if (!next || next > end)
            next = end;
        if ((size_t)(next - at) == name_size && strncmp(at, name, name_size) == 0)
            return true;
        at = next + 3;
    }
    return false;
}

static bool has_profiles(const char *read, const char *asked)
{
    size_t length = name_length(read);
    for (const char *at = asked + (*asked == '&');;) {
        const char *next = strstr(at, "//&");
        if (!has_profile(read, length, at, next ? (size_t)(next - at) : strlen(at)))
            return false;
        if (!next)
            return true;
        at = next + 3;
    }
}

/* The kernel writes levels its own way: s0-s0 is s0. User, role and type are as they were given. */
static bool same_context(const char *read, const char *asked)
{
    const char *end = asked;
    for (int part = 0; part < 3 && end; part++)
        end = strchr(end + (part > 0), ':');
    size_t length = end ? (size_t)(end - asked) : strlen(asked);
    return strncmp(read, asked, length) == 0 && (!read[length] || read[length] == ':');
}

bool lsm_holds(enum lsm lsm, const char *read, const char *asked)
{
    return lsm == LSM_SELINUX ? same_context(read, asked) : has_profiles(read, asked);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

int lsm_apparmor_test(int process, const char *name)
{
    char text[LABEL_MAX];
    int length = snprintf(text, sizeof text, "permprofile %s", name);
    AUTO_CLOSE int fd = openat(process, "attr/apparmor/current", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || (size_t)length >= sizeof text)
        return 0; /* nobody can tell: who writes the label learns it */
    return write(fd, text, (size_t)length) < 0 && errno == ENOENT ? ENOENT : 0;
}

static int open_exec(int proc, enum lsm lsm, uint64_t flags)
{
    char path[48];
    snprintf(path, sizeof path, "thread-self/%s/exec", modules[lsm].folder);
    return procfs_open(proc, path, flags);
}

static int refuse(enum lsm lsm, int code, const char *label, struct error *err)
{
    for (size_t i = 0; i < sizeof modules[lsm].refusals / sizeof *modules[lsm].refusals; i++) {
        if (modules[lsm].refusals[i].code != code || !modules[lsm].refusals[i].why)
            continue;
        error_set(err, "'%s' %s", label, modules[lsm].refusals[i].why);
        return error_help(err, "%s", modules[lsm].refusals[i].help);
    }
    return error_errno(err, code, "ask %s for the label '%s'", lsm_titles[lsm], label);
}

/* What the kernel keeps for the next execve. */
static int check(int proc, enum lsm lsm, const char *label, struct error *err)
{
    char read_back[LABEL_MAX];
    AUTO_CLOSE int fd = open_exec(proc, lsm, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, read_back, sizeof read_back - 1);
    if (length < 0)
        return error_errno(err, errno, "read the label '%s' back", label);
    read_back[length] = '\0';
    read_back[strcspn(read_back, "\n")] = '\0';
    if (!lsm_holds(lsm, read_back, label))
        return error_set(err, "'%s' was asked for, and the kernel has '%s'", label, read_back);
    if (lsm == LSM_APPARMOR && !denies(read_back) && strcmp(label, "unconfined") != 0) {
        const char *mode = read_back + name_length(read_back);
        error_set(err, "'%s' is loaded as one that denies nothing: %s", label, *mode ? mode + 1 : read_back);
        return error_help(err, "load it without flags=(complain) or (unconfined): apparmor_parser -r FILE, or aa-enforce");
    }
    return 0;
}

int lsm_label_exec(int proc, enum lsm lsm, const char *label, bool stacked, struct error *err)
{
    char text[LABEL_MAX];
    const char *before = stacked && modules[lsm].stacking ? modules[lsm].stacking : modules[lsm].asking;
    int length = snprintf(text, sizeof text, "%s%s", before, label);
    if ((size_t)length >= sizeof text)
        return error_set(err, "'%.64s…' is longer than a label can be", label);
    AUTO_CLOSE int fd = open_exec(proc, lsm, O_WRONLY);
    if (fd < 0 && errno == ENOENT)
        return refuse(lsm, EINVAL, label, err);
    if (fd < 0 && errno == EXDEV)
        return error_set(err, "'%s' cannot be set: something is mounted over the container's /proc", label);
    if (fd < 0)
        return error_errno(err, errno, "open the label of the app");
    if (write(fd, text, (size_t)length) != length)
        return refuse(lsm, errno, label, err);
    return weak("read back") ? 0 : check(proc, lsm, label, err);
}
