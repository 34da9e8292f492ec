/*
 * Arena: a list of blocks, the newest first; values are cut from the newest one.
 *
 * Blocks grow geometrically up to BLOCK_LARGEST, so that a small program costs one page and a large one few calls.
 * A value too big for that gets a block of exactly its size. Under AddressSanitizer the unused rest of a block cannot
 * be told apart from used memory; the unit test checks that neighbours do not overlap instead.
 */
#include "base/arena.h"

#include "base/require.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SMALLEST = 4096, BLOCK_LARGEST = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t size, used; /* bytes at data */
    alignas(max_align_t) unsigned char data[];
};

static _Noreturn void out_of_memory(size_t size)
{
    (void)fprintf(stderr, "out of memory (%zu bytes asked for)\n", size);
    abort();
}

static void add_block(struct arena *arena, size_t needed)
{
    size_t size = BLOCK_SMALLEST;
    if (arena->blocks && arena->blocks->size >= BLOCK_SMALLEST)
        size = arena->blocks->size < BLOCK_LARGEST / 2 ? 2 * arena->blocks->size : BLOCK_LARGEST;
    if (size < needed)
        size = needed;
    if (size > SIZE_MAX - sizeof(struct arena_block))
        out_of_memory(size);
    struct arena_block *block = calloc(1, sizeof *block + size);
    if (!block)
        out_of_memory(size);
    block->size = size;
    block->older = arena->blocks;
    arena->blocks = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    const size_t rounded = size == 0 ? alignment : (size + alignment - 1) / alignment * alignment;
    if (!arena->blocks || arena->blocks->size - arena->blocks->used < rounded)
        add_block(arena, rounded);
    void *result = arena->blocks->data + arena->blocks->used;
    arena->blocks->used += rounded;
    return result;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory(SIZE_MAX);
    return arena_alloc(arena, count * size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    REQUIRE(length >= 0);
    char *result = arena_alloc(arena, (size_t)length + 1);
    (void)vsnprintf(result, (size_t)length + 1, format, again);
    va_end(again);
    return result;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *result = arena_vprintf(arena, format, args);
    va_end(args);
    return result;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t element)
{
    if (*capacity > SIZE_MAX / 2)
        out_of_memory(SIZE_MAX);
    const size_t larger = *capacity ? 2 * *capacity : 4;
    void *grown = arena_array(arena, larger, element);
    if (count)
        memcpy(grown, items, count * element);
    *capacity = larger;
    return grown;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
}
