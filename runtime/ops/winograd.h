/*
 * Winograd's minimal filtering F(m x m, 3 x 3) for m = 2 and 4: the linear maps between images, kernels and the
 * (m + 2) x (m + 2) positions at which their products are taken one by one (Lavin, Gray: "Fast algorithms for
 * convolutional neural networks", arXiv 1509.09308). Private to runtime/ops/conv*.c.
 *
 * A tile of m x m results reads m + 2 rows and columns of the image and costs (m + 2)^2 products of a channel instead
 * of 9 m^2: 16 for 36, 36 for 144. Every map is applied to columns, then to rows, and runs over channels, which are
 * contiguous. The maps of the gradients are the transposed ones.
 *
 * m = 2 evaluates at 0, 1, -1 and infinity: of integers every number that appears is a multiple of 1/4, so that the
 * result is exact, and the direct convolution's, as long as those stay below 2^22; otherwise the rounding error is about
 * the direct convolution's. m = 4 adds two points; with 0, +-3/4, +-3/2 the error is half that of the usual 0, +-1, +-2
 * (points close to 1 in magnitude, as in Barabasz et al., arXiv 1803.10986): relative to the results' root mean square
 * 1.6e-6, at most 2e-5, for 512 channels, where the direct one has 3e-7 and 2e-6.
 */
#ifndef QNN_OPS_WINOGRAD_H
#define QNN_OPS_WINOGRAD_H

#include <stddef.h>

enum { WINOGRAD_KERNEL = 3, WINOGRAD_TAPS = 9, WINOGRAD_TILE = 6, WINOGRAD_POSITIONS = 36 }; /* of the largest */

/* from [inputs] of rows of `channels` floats, to + position * step: the rows of the results. At least QNN_LANES
 * channels, and no more than that are read or written of a row. */
typedef void winograd_map(const float *const *from, size_t channels, float *to, size_t step);

struct winograd {
    int results;                   /* m: of a tile, each way */
    int tile;                      /* m + 2 */
    size_t positions;              /* tile * tile */
    winograd_map *image;           /* tile * tile pixels -> positions */
    winograd_map *kernel;          /* 9 taps -> positions */
    winograd_map *result;          /* positions -> m * m results */
    winograd_map *result_gradient; /* m * m -> positions: the transposed map of results */
    winograd_map *kernel_gradient; /* positions -> 9: the transposed map of kernels */
};

extern const struct winograd qnn_winograd_2, qnn_winograd_4;

#endif
