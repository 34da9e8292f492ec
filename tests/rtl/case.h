/* rtl_case: writes one test case of an RTL template: dut.v, case.vh, memory images, in.hex, out.hex, mask.hex.
 *
 * The expected output comes from plain sums over the integers that the weights and inputs are; the images are packed as
 * rtl_templates/README.md says. Nothing is shared with the compiler. Parameters come as key=value; all randomness from `seed`.
 */
#ifndef RTL_CASE_H
#define RTL_CASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A memory image or a stream being written: one word of `width` bits at a time. */
struct words {
    FILE *file;
    unsigned char *bit; /* the word being filled, one byte a bit, bit 0 first */
    int width;
    int count; /* words written */
};

/* The case being written; `out` and `mask` stay in step. */
struct test {
    int argc;
    char **argv;
    struct words in, out, mask;
    FILE *dut; /* dut.v, open from the module's header to its end */
    int frames, period;
    uint64_t random;
};

/* The value of key=value, or `other`. */
int param(const struct test *test, const char *key, int other);

/* Uniform in [low, high]. */
int pick(struct test *test, int low, int high);

int ceil_div(int a, int b);
int clog2(int n); /* bits that hold 0 .. n-1 */

void words_open(struct words *words, const char *name, int width);
void words_put(struct words *words, int offset, int bits, int64_t value);
void words_write(struct words *words); /* writes the word, clears it for the next */
void words_close(struct words *words);

/* Opens streams and dut.v, writes the head of the module. */
void test_begin(struct test *test, int in_bits, int out_bits);
void test_expect(struct test *test, int offset, int bits, int64_t value);
void test_write_expected(struct test *test);
void test_end(struct test *test);

struct layer {
    int mw, mh, groups, simd, pe, abits, bipolar, ternary, wbits, full, raw, recode, registered,
        acc;        /* mw, mh of a group */
    int *weight;    /* [groups][mh][mw] */
    int *threshold; /* [groups][mh], on the plain sum; a falling channel has code = sum < threshold */
    int *falling;
    int *offset; /* [groups][mh], added to a raw result */
};

/* A random layer from the parameters of the case; `prefix` goes before the keys (chains). */
void layer_draw(struct test *test, struct layer *layer, const char *prefix);
void layer_write(struct test *test, const struct layer *layer, const char *name);
/* x [mw] and y [mh] of one group. */
void layer_apply(const struct layer *layer, int group, const int *x, int64_t *y);

void case_mvu(struct test *test);
void case_chain(struct test *test);
void case_threshold(struct test *test);
void case_requant(struct test *test);
void case_argmax(struct test *test);
void case_input_quant(struct test *test);
void case_step(struct test *test);
void case_dwc(struct test *test);
void case_plumbing(struct test *test);
void case_frames(struct test *test);
void case_window(struct test *test);
void case_window_parallel(struct test *test);
void case_pool(struct test *test);
void case_reduce(struct test *test);
void case_accumulate(struct test *test);
void case_add(struct test *test);
void case_concat(struct test *test);

#endif
