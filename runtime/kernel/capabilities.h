/* The five capability sets of the calling process. */
#pragma once
#include "base/error.h"

#include <stdint.h>

/* Nothing above `kept` can ever be had again, whatever is executed: the bounding set. Needs CAP_SETPCAP. */
int capabilities_bound(uint64_t kept, struct error *err);
/* Inheritable, permitted and effective become `kept`, plus `until_exec` in the last two: what execve(2) takes away by itself
 * since it is in no other set. */
int capabilities_set(uint64_t kept, uint64_t until_exec, struct error *err);
/* Every one of `kept` survives the execve of a plain program by a plain user. */
int capabilities_ambient(uint64_t kept, struct error *err);
/* They outlive the change to another user; execve clears the flag. */
int capabilities_keep_across_setuid(struct error *err);
