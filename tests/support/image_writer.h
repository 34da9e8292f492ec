/*
 * What random networks on images are written with: values, windows, convolutions, quantizers, step by step.
 *
 * Every step of the network is a statement `vN = ...;` on the values before it, so that branches are nothing special. What
 * the writer knows of a value (its shape, what its codes stand for, their largest magnitude) decides what may follow.
 */
#ifndef QNN_TESTS_SUPPORT_IMAGE_WRITER_H
#define QNN_TESTS_SUPPORT_IMAGE_WRITER_H

#include "tests/support/pieces.h"

enum { SCHEMES = 4, MAX_LABELS = 64 };

/* What the codes of a value are, which decides how it may be padded. */
enum content { ELEMENTS, SIGNS, CODES };

struct value {
    int number; /* v0, v1, ... */
    int height, width, channels;
    enum content content;
    int magnitude; /* no code is larger */
    bool relu;     /* codes of a deployed relu: a quantizer behind it would take its place */
    bool fixed;    /* some of the channels are the input's, whatever a rule of `compress` widens */
};

enum acts { SIGN, UINT, RELU };

/* A labelled step: which scheme it has, and the largest fold of a layer with weights. */
struct label {
    char name[16];
    int scheme, pe, simd;
};

struct input {
    const char *element, *attributes;
    const char *pads[3]; /* values that a code stands for */
    bool zero;           /* so does one for 0 */
    int magnitude;
};

struct writer {
    struct draw draw;
    struct text *text;
    enum acts acts[SCHEMES];
    int bits[SCHEMES];
    int join_bits; /* of the first scheme, which the joins have */
    struct label labels[MAX_LABELS];
    int label_count, value_count;
    const struct input *input;
    bool widens;       /* some layer before the last has channels of its own */
    bool keeps_widths; /* something needs the channels that the input has */
};

struct window {
    int rows, columns, stride_rows, stride_columns, pad_rows, pad_columns, dilation;
};

enum padding { NOTHING, SAME, NUMBER };

struct conv {
    struct window window;
    enum padding padding;
    int channels, groups;
    bool depthwise;
};

static inline int pick(struct writer *writer, int lo, int hi)
{
    return draw_int(&writer->draw, lo, hi);
}

static inline bool chance(struct writer *writer, int one_in)
{
    return draw_chance(&writer->draw, one_in);
}

static inline int least(int a, int b)
{
    return a < b ? a : b;
}

static inline int greatest(int a, int b)
{
    return a > b ? a : b;
}

/* "  v7 = ": begins the statement of the next value; what it is follows from the steps behind. */
void name_value(struct writer *writer, struct value *value);
/* The same, with the value that it begins with, whose copy it is so far. */
struct value begin(struct writer *writer, const struct value *from);
void end(struct writer *writer);
/* " -> l3: ", a step with a scheme of its own. */
struct label *add_label(struct writer *writer, char letter, int scheme);

/* A quantizer; `few`: of at most three bits. */
void add_act(struct writer *writer, struct value *value, bool few);
bool maybe_batchnorm(struct writer *writer, int one_in);

struct window draw_pool(struct writer *writer, const struct value *value);
/* " -> maxpool(...)" or an average pool. */
void add_pool(struct writer *writer, struct value *value, const struct window *window, bool max);

/* Sets `pad = same`; the kernel is odd. */
void pad_same(struct conv *conv);
struct conv draw_conv(struct writer *writer, const struct value *value);
/* " -> l3: conv(...)". The value is then accumulators, which a quantizer must follow. */
void add_conv(struct writer *writer, struct value *value, const struct conv *conv);

#endif
