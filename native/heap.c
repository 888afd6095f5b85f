// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Blocks come in classes, one every 16 bytes and above 1 KiB one every KiB, cut from chunks; a freed block
// goes to its class's list and is the next one given out. Chunks are never returned. Large blocks are the C
// library's.

#include "heap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "util.h"

enum {
    granule = 16,
    largest_fine = 1024,
    coarse_granule = 1024,
    // The C library would map and unmap pages for each block that lives for a moment only.
    largest_small = 32 * 1024,
    fine_count = largest_fine / granule + 1,
    class_count = fine_count + largest_small / coarse_granule,
    chunk_size = 128 * 1024,
};

// What lies in front of the bytes that the engine sees. In a free block the link takes the place of the first
// of them.
struct block {
    size_t size;
    struct block *next_free;
};

static const size_t header = offsetof(struct block, next_free);

static struct block *free_blocks[class_count];
static char *chunk;
static size_t chunk_left;
// Of the one engine that a process has.
static const JSMallocState *counts;

static struct block *block_of(const void *bytes)
{
    return (struct block *)((uintptr_t)bytes - header);
}

static void *bytes_of(struct block *block)
{
    return &block->next_free;
}

static size_t round_up(size_t size, size_t step)
{
    return (size + step - 1) / step * step;
}

// Size of the whole block, header included; 0 when no size_t can hold it.
static size_t block_size(size_t wanted)
{
    if (wanted > SIZE_MAX - header - coarse_granule)
        return 0;
    size_t size = round_up(wanted + header, granule);
    return size > largest_fine && size <= largest_small ? round_up(size, coarse_granule) : size;
}

static struct block **list_of(size_t size)
{
    return &free_blocks[size <= largest_fine ? size / granule : fine_count - 1 + size / coarse_granule];
}

static struct block *cut(size_t size)
{
    if (chunk_left < size) {
        // Nearly every page will be written: all at once costs a fraction of a page fault each.
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
        void *fresh = mmap(NULL, chunk_size, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (fresh == MAP_FAILED)
            return NULL;
        chunk = fresh;
        chunk_left = chunk_size;
    }
    struct block *block = (struct block *)(void *)chunk;
    chunk += size;
    chunk_left -= size;
    return block;
}

static struct block *take(size_t size)
{
    if (size > largest_small)
        return malloc(size);
    struct block **list = list_of(size);
    struct block *block = *list;
    if (block == NULL)
        return cut(size);
    *list = block->next_free;
    return block;
}

static void put_back(struct block *block)
{
    if (block->size > largest_small) {
        free(block);
        return;
    }
    struct block **list = list_of(block->size);
    block->next_free = *list;
    *list = block;
}

static bool exceeds_limit(const JSMallocState *state, size_t more)
{
    return more > state->malloc_limit || state->malloc_size > state->malloc_limit - more;
}

static void *heap_malloc(JSMallocState *state, size_t wanted)
{
    size_t size = block_size(wanted);
    if (size == 0 || exceeds_limit(state, size))
        return NULL;
    struct block *block = take(size);
    if (block == NULL)
        return NULL;
    block->size = size;
    counts = state;
    state->malloc_count++;
    state->malloc_size += size;
    return bytes_of(block);
}

static void heap_free(JSMallocState *state, void *bytes)
{
    if (bytes == NULL)
        return;
    struct block *block = block_of(bytes);
    state->malloc_count--;
    state->malloc_size -= block->size;
    put_back(block);
}

static size_t heap_usable_size(const void *bytes)
{
    return bytes == NULL ? 0 : block_of(bytes)->size - header;
}

// Growing a large block may be a matter of remapping its pages, which the C library does.
static void *resize_large(JSMallocState *state, struct block *block, size_t size)
{
    size_t before = block->size;
    if (size > before && exceeds_limit(state, size - before))
        return NULL;
    struct block *resized = realloc(block, size);
    if (resized == NULL)
        return NULL;
    resized->size = size;
    state->malloc_size += size - before;
    return bytes_of(resized);
}

static void *heap_realloc(JSMallocState *state, void *bytes, size_t wanted)
{
    if (bytes == NULL)
        return heap_malloc(state, wanted);
    if (wanted == 0) {
        heap_free(state, bytes);
        return NULL;
    }
    struct block *block = block_of(bytes);
    size_t size = block_size(wanted);
    if (size == block->size)
        return bytes;
    if (size > largest_small && block->size > largest_small)
        return resize_large(state, block, size);
    void *moved = heap_malloc(state, wanted);
    if (moved == NULL)
        return NULL;
    size_t kept = heap_usable_size(bytes);
    memcpy(moved, bytes, kept < wanted ? kept : wanted);
    heap_free(state, bytes);
    return moved;
}

size_t heap_in_use(void)
{
    return counts == NULL ? 0 : counts->malloc_size;
}

const JSMallocFunctions heap_functions = {
    .js_malloc = heap_malloc,
    .js_free = heap_free,
    .js_realloc = heap_realloc,
    .js_malloc_usable_size = heap_usable_size,
};
