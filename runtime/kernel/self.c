#include "kernel/self.h"

#include "base/cleanup.h"
#include "base/weak.h"
#include "kernel/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

static char **words;

void self_remember(char **argv) { words = argv; }

/* EBUSY: somebody else has a page of it in his hands just now, as reclaim or compaction does on a busy machine. The kernel
 * itself waits a tenth of a second for him (mm/memfd.c). */
static int seal(int copy, struct error *err)
{
    for (int tries = 0; fcntl(copy, F_ADD_SEALS, SEALS) < 0; tries++) {
        if (errno != EBUSY || tries == 20)
            return error_errno(err, errno, "seal the copy of this program");
        nanosleep(&(struct timespec){ .tv_nsec = 1000000L << (tries < 6 ? tries : 6) }, NULL);
    }
    return 0;
}

static int copy(int from, off_t size, struct error *err)
{
    /* vm.memfd_noexec of 1 gives no right to execute by itself; of 2, none at all. Before Linux 6.3 nobody asks (EINVAL). */
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    AUTO_CLOSE int to = memfd_create("cordon", flags | MFD_EXEC);
    if (to < 0 && errno == EINVAL)
        to = memfd_create("cordon", flags);
    if (to < 0) {
        int code = errno;
        error_errno(err, code, "make a copy of this program in memory");
        return code == EACCES ? error_help(err, "sysctl vm.memfd_noexec=1; or a program that is root's, with ids of the "
                                                "container's own (users.map: auto)")
                              : -1;
    }
    for (off_t done = 0; done < size;) {
        ssize_t n = sendfile(to, from, NULL, (size_t)(size - done));
        if (n <= 0)
            return error_errno(err, n ? errno : EIO, "copy this program");
        done += n;
    }
    return seal(to, err) < 0 ? -1 : take_fd(&to);
}

bool self_is_owned_by(uid_t first, uint32_t count)
{
    struct stat st;
    return stat("/proc/self/exe", &st) < 0 || (st.st_uid >= first && st.st_uid - first < count);
}

int self_seal(struct error *err)
{
    AUTO_CLOSE int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return error_errno(err, errno, "open this program");
    if (fcntl(own, F_GET_SEALS) == SEALS || weak("seal"))
        return 0;
    struct stat st;
    if (fstat(own, &st) < 0)
        return error_errno(err, errno, "stat this program");
    int sealed = copy(own, st.st_size, err);
    if (sealed < 0)
        return -1;
    signals_give_child_back(); /* what is executed asks for it again */
    fexecve(sealed, words, environ);
    return error_errno(err, errno, "execute the sealed copy of this program");
}
