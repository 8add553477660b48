#include "kernel/credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The calls themselves: glibc's wrappers would signal every thread, and there is one. */
int credentials_set(uid_t uid, gid_t gid, struct error *err)
{
    if (syscall(SYS_setresgid, gid, gid, gid) < 0)
        return error_errno(err, errno, "become group %u", gid);
    if (syscall(SYS_setresuid, uid, uid, uid) < 0)
        return error_errno(err, errno, "become user %u", uid);
    return 0;
}

int credentials_set_groups(const gid_t *groups, size_t count, struct error *err)
{
    if (syscall(SYS_setgroups, count, groups) < 0)
        return error_errno(err, errno, "set the supplementary groups");
    return 0;
}

int credentials_no_new_privileges(struct error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_errno(err, errno, "set no_new_privs");
    return 0;
}

int credentials_new_keyring(struct error *err)
{
    /* ENOSYS: a kernel without keyrings has none to leak. EPERM, which the kernel itself never gives here: a filter around us
     * refuses keyctl(2), and so it does to all that starts below. */
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM) {
        error_errno(err, errno, "start a new session keyring");
        if (errno == EDQUOT)
            error_note(err, "the caller's quota of keys is used up (/proc/sys/kernel/keys/maxkeys)");
        return -1;
    }
    return 0;
}
