/* Who a process is. */
#pragma once
#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/* All three ids of each kind. Groups first: afterwards there is no right left to change them. */
int credentials_set(uid_t uid, gid_t gid, struct error *err);
int credentials_set_groups(const gid_t *groups, size_t count, struct error *err);
int credentials_no_new_privileges(struct error *err);
/* A session keyring of its own, so that the caller's is out of reach even where keyctl(2) is allowed. */
int credentials_new_keyring(struct error *err);
