#include "base/hash.h"

#include <string.h>

#define ROTATE(x, b) ((x) << (b) | (x) >> (64 - (b)))

static uint64_t load(const uint8_t *p)
{
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--)
        x = x << 8 | p[i];
    return x;
}

static void store(uint8_t *p, uint64_t x)
{
    for (int i = 0; i < 8; i++, x >>= 8)
        p[i] = (uint8_t)x;
}

static void rounds(uint64_t v[4], int count)
{
    while (count--) {
        v[0] += v[1], v[1] = ROTATE(v[1], 13) ^ v[0], v[0] = ROTATE(v[0], 32);
        v[2] += v[3], v[3] = ROTATE(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = ROTATE(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = ROTATE(v[1], 17) ^ v[2], v[2] = ROTATE(v[2], 32);
    }
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

void hash128(const uint8_t key[16], const void *data, size_t length, uint8_t ret[16])
{
    uint64_t k0 = load(key), k1 = load(key + 8);
    uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261,
                      k1 ^ 0x7465646279746573 };
    const uint8_t *p = data;
    size_t left = length;
    for (; left >= 8; p += 8, left -= 8)
        absorb(v, load(p));
    uint8_t tail[8] = { 0 };
    if (left)
        memcpy(tail, p, left);
    tail[7] = (uint8_t)length;
    absorb(v, load(tail));
    v[2] ^= 0xee;
    rounds(v, 4);
    store(ret, v[0] ^ v[1] ^ v[2] ^ v[3]);
    v[1] ^= 0xdd;
    rounds(v, 4);
    store(ret + 8, v[0] ^ v[1] ^ v[2] ^ v[3]);
}

uint64_t hash_name(const char *name)
{
    static const uint8_t key[16];
    uint8_t out[16];
    hash128(key, name, strlen(name), out);
    return load(out);
}
