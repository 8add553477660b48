/* SipHash-2-4 with 128 bits of output (Aumasson, Bernstein 2012): a keyed hash, so that what is derived from a secret such as
 * the machine's id does not give it away. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void hash128(const uint8_t key[16], const void *data, size_t length, uint8_t ret[16]);
/* Eight bytes of it, without a key: for spreading names over numbers. */
uint64_t hash_name(const char *name);
