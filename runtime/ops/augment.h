/*
 * Augmentation: a training image mirrored and moved at random, drawn anew in every epoch.
 *
 * Images are [height][width][channels] elements as in the data set, before scale and offset. Steps are done in their order:
 *
 *     FLIP    mirrored left to right with probability 1/2
 *     CROP    padded by n pixels on every side, then a window of the image's size at (oy, ox) of that, each 0 .. 2n
 *     SHIFT   moved by (ty, tx) pixels, each -n .. n
 *
 * so CROP and SHIFT move an image in the same way, by separate draws; both names are those of the literature. The
 * edges are padded with `fill`. An axis of size 1 is not moved along. Elements are copied, never computed, so all steps
 * together are one mirrored and moved window of the sample.
 *
 * Numbers: QNN_AUGMENT_DRAWS of each sample from the stream (seed, QNN_RANDOM_AUGMENT, epoch): number 0 for FLIP (mirrored
 * where its top bit is set), 2 and 3 for CROP (rows, columns), 4 and 5 for SHIFT. So a sample's fate depends on seed, epoch,
 * row number and the steps, and on no thread and no batch. One of k choices is the high word of k times the number: off
 * uniform by less than k 2^-32.
 */
#ifndef QNN_OPS_AUGMENT_H
#define QNN_OPS_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qnn_augment_kind { QNN_AUGMENT_FLIP, QNN_AUGMENT_CROP, QNN_AUGMENT_SHIFT, QNN_AUGMENT_KIND_COUNT };

struct qnn_augment_step {
    enum qnn_augment_kind kind;
    int pixels; /* CROP, SHIFT: n, at least 1 and below each size of the image that is not 1 */
};

struct qnn_augment {
    struct qnn_augment_step steps[QNN_AUGMENT_KIND_COUNT]; /* each kind at most once */
    size_t count;                                          /* 0: samples stay as they are */
    double fill; /* an element: the code of real zero, or the nearest; of u8 and i8 within their range */
};

enum { QNN_AUGMENT_DRAWS = 8 }; /* numbers of the stream that belong to a sample */

/* Which pixel of the sample a pixel (y, x) of the result is: row y + down, column along + x, mirrored along - x, where
 * top <= y < bottom and left <= x < right; elsewhere it is fill. Empty where top >= bottom or left >= right. */
struct qnn_augment_window {
    bool mirrored;
    int down, along;
    int top, bottom, left, right;
};

/* What happens to row `sample` of the training set in that epoch. */
struct qnn_augment_window qnn_augment_draw(const struct qnn_augment *augment, int height, int width, uint64_t seed,
                                           uint64_t epoch, uint64_t sample);

/* Images of one size. */
struct qnn_image_kind {
    int height, width;
    size_t pixel;          /* bytes: channels x size of an element */
    size_t element;        /* bytes of an element: 1 or 4 */
    unsigned char fill[4]; /* the bytes of a fill element */
};

/* Writes the window of one image to out (height x width x pixel bytes each; they do not overlap). */
void qnn_augment_copy(const struct qnn_image_kind *kind, const struct qnn_augment_window *window, const void *image,
                      void *out);

#endif
