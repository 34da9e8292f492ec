/*
 * Layer names: dotted paths with optional ordinals, selectors that match them, and identifiers made from them.
 *
 * A marked path is a layer's name in which OPTIONAL_ORDINAL marks where an ordinal 1 may be written or left out, that
 * is, where the operator is alone in its body: "h1.dense\x01" is both h1.dense and h1.dense1.
 */
#ifndef QNN_MODEL_NAMES_H
#define QNN_MODEL_NAMES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define OPTIONAL_ORDINAL '\x01'

/* The name without its optional ordinals: what is printed. */
const char *path_name(struct arena *arena, const char *path);
/* Whether a selector matches the layer or a block that it is in. `*` matches any characters, `?` any but a dot. */
bool selector_matches(struct arena *arena, const char *selector, const char *path);
/* name as a C and Verilog identifier: dots become '_', reserved words get a '_' appended. Unique, upper and lower case
 * being the same, among the count identifiers in taken: a number is appended where needed. */
const char *identifier_make(struct arena *arena, const char *name, const char *const *taken, size_t count);

#endif
