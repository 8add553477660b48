/* The program's own file, out of the container's reach. */
#pragma once
#include "base/error.h"

/* First thing in main. */
void self_remember(char **argv);

/* Where the host's root is inside, a process there might come by a descriptor of what runs outside (/proc/PID/exe), and write
 * to it once that has ended (CVE-2019-5736). Executes the same command again from a sealed copy in memory, unless this is one
 * already: nobody can change that. */
int self_seal(struct error *err);
