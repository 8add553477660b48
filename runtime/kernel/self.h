/* The program's own file, out of the container's reach. */
#pragma once
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* First thing in main. */
void self_remember(char **argv);

/* Whether the program's file is one of these users', or it cannot be learned. */
bool self_is_owned_by(uid_t first, uint32_t count);

/* Where its owner is inside - the host's root, or a user who built it himself - a process there might come by a descriptor of
 * what runs outside (/proc/PID/exe), and write to it once that has ended (CVE-2019-5736), or change its mode. Executes the same
 * command again from a sealed copy in memory, unless this is one already: nobody can change that. */
int self_seal(struct error *err);
