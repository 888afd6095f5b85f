// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The reader of compressed units, judged by liblz4's writer: what it packed comes back, and no damaged block
// is read or written beyond its ends (the sanitizers watch) or taken for a whole one of another size.

#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unpack.h"

static uint32_t state = 1;

static uint32_t next_random(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void fail(const char *what)
{
    fprintf(stderr, "unpack_test: %s\n", what);
    exit(1);
}

// Runs and copies of earlier bytes, as code has them; a third of the texts is noise.
static void fill(uint8_t *text, size_t size, bool noise)
{
    for (size_t done = 0; done < size;) {
        size_t length = 1 + next_random() % (next_random() % 8 == 0 ? 900 : 20);
        if (length > size - done)
            length = size - done;
        size_t distance = 1 + next_random() % 70000;
        bool copies = !noise && distance <= done && next_random() % 4 != 0;
        for (size_t i = 0; i < length; i++, done++)
            text[done] = copies ? text[done - distance] : (uint8_t)next_random();
    }
}

static uint8_t *exact(size_t size)
{
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    if (bytes == NULL)
        fail("out of memory");
    return bytes;
}

static void try_damaged(const uint8_t *packed, size_t stored, size_t size)
{
    for (int i = 0; i < 50; i++) {
        size_t cut = next_random() % 2 == 0 ? stored : next_random() % stored;
        uint8_t *damaged = exact(cut);
        uint8_t *result = exact(size);
        memcpy(damaged, packed, cut);
        if (cut > 0)
            damaged[next_random() % cut] ^= (uint8_t)(1 + next_random() % 255);
        bool whole = unpack(damaged, cut, result, size);
        if (whole && cut < stored / 2)
            fail("half a block was taken for a whole one");
        free(result);
        free(damaged);
    }
}

int main(void)
{
    for (int round = 0; round < 300; round++) {
        size_t size = 1 + next_random() % (round % 10 == 0 ? 150000 : 3000);
        uint8_t *text = exact(size);
        fill(text, size, round % 3 == 0);
        int bound = LZ4_compressBound((int)size);
        uint8_t *space = exact((size_t)bound);
        int stored = LZ4_compress_HC((const char *)text, (char *)space, (int)size, bound, LZ4HC_CLEVEL_MAX);
        if (stored <= 0)
            fail("liblz4 packed nothing");
        uint8_t *packed = exact((size_t)stored);
        memcpy(packed, space, (size_t)stored);
        uint8_t *result = exact(size);
        if (!unpack(packed, (size_t)stored, result, size) || memcmp(result, text, size) != 0)
            fail("a text did not come back");
        if (unpack(packed, (size_t)stored, result, size - 1))
            fail("a text was taken for a shorter one");
        try_damaged(packed, (size_t)stored, size);
        free(result);
        free(packed);
        free(space);
        free(text);
    }
    return 0;
}
