/* Landlock: a process gives up rights for good, for itself and all that it starts. By system calls: the headers of Debian 12
 * know less than the kernels that this runs on. */
#pragma once
#include "base/error.h"

#include <stdint.h>

#define LANDLOCK_ABI_REFER 2 /* before, no file is moved between folders behind any wall */
#define LANDLOCK_ABI_PORTS 4
#define LANDLOCK_ABI_SCOPES 6

/* Of processes outside: what reaches in from there, such as a supervisor's signal, is not its business. */
enum landlock_scope { LANDLOCK_ABSTRACT_SOCKETS = 1, LANDLOCK_SIGNALS = 2 };

/* Rights over TCP ports. What the kernel sees is bind(2) and connect(2) of a TCP socket: a connection made by sending
 * (MSG_FASTOPEN) and one of MPTCP, which speaks TCP with whoever knows no better, pass by unseen (tried on 6.18), so that the
 * system call filter has to refuse both. listen(2) on a socket that was not bound takes a port of the kernel's choice. */
enum landlock_ports { LANDLOCK_BIND = 1, LANDLOCK_CONNECT = 2 };

/* Rights over files, as the kernel numbers them. Device nodes are made by none of these. */
#define LANDLOCK_WRITE_FILE (1U << 1)
#define LANDLOCK_READ_FILE (1U << 2)
#define LANDLOCK_READ (LANDLOCK_READ_FILE | 1U << 3) /* files, folders */
#define LANDLOCK_EXECUTE (1U << 0)
/* Files, and names: rmdir, unlink, mkdir, mknod of files, sockets, pipes, symlink; moved between folders; truncated. */
#define LANDLOCK_WRITE (1U << 1 | 1U << 4 | 1U << 5 | 1U << 7 | 1U << 8 | 1U << 9 | 1U << 10 | 1U << 12 | 1U << 13 | 1U << 14)
#define LANDLOCK_REFER (1U << 13)
#define LANDLOCK_TRUNCATE (1U << 14)
#define LANDLOCK_IOCTL (1U << 15) /* of devices */

/* By bit: execute, write-file … */
#define LANDLOCK_FILE_RIGHTS 16
extern const char *const landlock_right_names[LANDLOCK_FILE_RIGHTS];

/* What the running kernel offers; 0: nothing. */
int landlock_abi(void);
/* All rights over files that this ABI can take away. */
uint64_t landlock_file_rights(int abi);

/* Takes CAP_SYS_ADMIN in the process's user namespace, or no_new_privs. */
int landlock_scope(uint64_t scopes, struct error *err);

/* A wall is made, rights are let through, it is put up: from then on rights `files`, and over TCP `ports`, are had only where
 * they were let through. */
int landlock_wall(uint64_t files, uint64_t ports, struct error *err);
/* `rights` over the file or folder `fd`, and what is below it; a file takes only those that a file can have. */
int landlock_let(int wall, int fd, uint64_t rights, struct error *err);
int landlock_let_port(int wall, uint16_t port, uint64_t rights, struct error *err);
int landlock_put_up(int wall, struct error *err);
