/*
 * A subject of the property tests: one random program, compiled in this process with random frozen weights.
 *
 * Everything lives in the subject's arena. The same seed gives the same subject, everywhere.
 */
#ifndef QNN_TESTS_SYSTEM_SUBJECT_H
#define QNN_TESTS_SYSTEM_SUBJECT_H

#include "hardware/hardware.h"
#include "tests/support/frozen.h"
#include "tests/support/random_program.h"

#include <stdbool.h>
#include <stdint.h>

struct subject {
    uint64_t seed;
    const char *name; /* of the network: "p17" */
    struct arena arena;
    struct sink *sink;
    struct text text;
    struct random_program shape;
    struct frozen *frozen;
    struct int_graph *graph;   /* NULL: the program or its weights were refused, which is a failure */
    struct hw_graph *hardware; /* NULL: not asked for, or it cannot be built as it stands (the sink says why) */
};

/* Compiles the program of that seed down to integers; hardware: down to engines with filled memories. The network's name is
 * "pSEED"; it has a target and a folding by rules, by throughput or neither. */
struct subject *subject_open(uint64_t seed, bool hardware);
/* The same of a network on images (tests/support/random_program.h). */
struct subject *subject_open_image(uint64_t seed, bool hardware);
/* A program of one's own, whose network has that name, down to engines with random weights. */
struct subject *subject_open_text(const char *name, const char *program);
void subject_close(struct subject *subject);
/* Prints the failing seed, its program and its messages. */
void subject_print(const struct subject *subject, const char *what);

/* One sample as integers n and as the raw bytes that the integer C takes. Samples 0 and 1 are the ends of the range
 * everywhere. */
void subject_sample(const struct subject *subject, uint64_t index, int32_t *values, uint8_t *bytes);
size_t subject_inputs(const struct subject *subject);

/* The command runs in the shell and ends well. Aborts where the line is too long. */
bool shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
