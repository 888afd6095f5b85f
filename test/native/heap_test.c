// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The engine's heap under random use: every block keeps its bytes until it is freed, blocks never overlap,
// the count of bytes returns to zero, and the limit holds. Built with the sanitizers; ends with 0 when all is
// well.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "heap.h"
#include "util.h"

enum { slots = 500, rounds = 200000 };

struct slot {
    unsigned char *bytes;
    size_t size;
    unsigned char fill;
};

static JSMallocState state = {.malloc_limit = SIZE_MAX};
static struct slot table[slots];

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "heap: %s\n", what);
    exit(1);
}

// A fixed sequence, so that a failure can be repeated (xorshift32).
static uint32_t random_number(void)
{
    static uint32_t number = 2463534242;
    number ^= number << 13;
    number ^= number >> 17;
    number ^= number << 5;
    return number;
}

static size_t random_size(void)
{
    return random_number() % 8 == 0 ? random_number() % 50000 : random_number() % 1100;
}

static void expect_filled(const struct slot *slot, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (slot->bytes[i] != slot->fill)
            fail("a block lost its bytes");
}

static void fill(struct slot *slot, size_t size)
{
    if (slot->bytes == NULL)
        fail("no block");
    if ((uintptr_t)slot->bytes % sizeof(void *) != 0)
        fail("a block is not aligned");
    if (heap_functions.js_malloc_usable_size(slot->bytes) < size)
        fail("a block is smaller than asked for");
    slot->size = size;
    slot->fill = (unsigned char)random_number();
    memset(slot->bytes, slot->fill, size);
}

static void release(struct slot *slot)
{
    expect_filled(slot, slot->size);
    heap_functions.js_free(&state, slot->bytes);
    *slot = (struct slot){0};
}

static void resize(struct slot *slot)
{
    size_t size = random_size() + 1;
    slot->bytes = heap_functions.js_realloc(&state, slot->bytes, size);
    expect_filled(slot, size < slot->size ? size : slot->size);
    fill(slot, size);
}

static void use_at_random(void)
{
    for (int round = 0; round < rounds; round++) {
        struct slot *slot = &table[random_number() % slots];
        if (slot->bytes == NULL) {
            size_t size = random_size();
            slot->bytes = heap_functions.js_malloc(&state, size);
            fill(slot, size);
        } else if (random_number() % 3 == 0) {
            resize(slot);
        } else {
            release(slot);
        }
    }
    for (size_t i = 0; i < slots; i++)
        if (table[i].bytes != NULL)
            release(&table[i]);
    if (state.malloc_count != 0 || state.malloc_size != 0)
        fail("blocks or bytes are left over");
}

static void expect_edges(void)
{
    heap_functions.js_free(&state, NULL);
    if (heap_functions.js_malloc_usable_size(NULL) != 0)
        fail("nothing has a size");
    if (heap_functions.js_malloc(&state, SIZE_MAX) != NULL ||
        heap_functions.js_malloc(&state, SIZE_MAX - 20) != NULL)
        fail("a size that wraps around was given out");
    void *bytes = heap_functions.js_realloc(&state, NULL, 10);
    if (heap_functions.js_realloc(&state, bytes, 0) != NULL || state.malloc_count != 0)
        fail("a block of size 0 was kept");
}

static void expect_limit(void)
{
    state.malloc_limit = 128 * 1024;
    void *small = heap_functions.js_malloc(&state, 30000);
    void *large = heap_functions.js_malloc(&state, 60000);
    if (small == NULL || large == NULL)
        fail("the limit is too low");
    if (heap_functions.js_malloc(&state, 60000) != NULL ||
        heap_functions.js_realloc(&state, large, 110000) != NULL ||
        heap_functions.js_realloc(&state, small, 110000) != NULL)
        fail("the limit was exceeded");
    heap_functions.js_free(&state, small);
    large = heap_functions.js_realloc(&state, large, 110000);
    if (large == NULL)
        fail("what was freed does not count as free");
    heap_functions.js_free(&state, large);
}

int main(void)
{
    use_at_random();
    expect_edges();
    expect_limit();
    return 0;
}
