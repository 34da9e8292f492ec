/*
 * Arena: memory that is given back all at once.
 *
 * One arena lives as long as one compilation (AST, model, integer graph, hardware graph); a pass that needs working
 * space opens its own. Values in an arena have no destructors. Running out of memory aborts with a message: the
 * compiler cannot do anything sensible without it, and its inputs are bounded before they get here.
 */
#ifndef QNN_BASE_ARENA_H
#define QNN_BASE_ARENA_H

#include <stddef.h>
#include <stdarg.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
};

/* Returns size zeroed bytes, aligned for any type. A size of 0 gives a valid, unique pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* Returns count zeroed elements of size bytes; aborts where the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Returns a copy of the length bytes at text, with a terminating zero. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Frees everything; the arena is empty and usable again. */
void arena_free(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/*
 * ARENA_PUSH(arena, items, count, capacity, value): appends to a growing array held in the arena. items is a typed
 * pointer, count and capacity are size_t lvalues. Old storage stays in the arena until it is freed.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t element);
#define ARENA_PUSH(arena, items, count, capacity, value)                                                   \
    do {                                                                                                   \
        if ((count) == (capacity)) /* items may be pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */ \
            (items) = arena_grow((arena), (items), (count), &(capacity), sizeof *(items));                 \
        (items)[(count)++] = (value);                                                                      \
    } while (0)

#endif
