/* Augmentation: steps are joined into one window while they are numbers; then each row is copied once. */
#include "runtime/ops/augment.h"

#include "runtime/numeric/random.h"

#include <string.h>

/* ---- Drawing ----------------------------------------------------------------------------------------------------- */

/* Where the numbers of a kind are among those of a sample: one, or two for rows and columns. */
static const int first_draw[QNN_AUGMENT_KIND_COUNT] = {
    [QNN_AUGMENT_FLIP] = 0, [QNN_AUGMENT_CROP] = 2, [QNN_AUGMENT_SHIFT] = 4};

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* Uniform over -pixels .. pixels; 0 along an axis of one row or column. */
static int draw_move(uint32_t bits, int size, int pixels)
{
    const uint64_t choices = 2 * (uint64_t)pixels + 1;
    return size == 1 ? 0 : (int)((bits * choices) >> 32) - pixels;
}

static void flip(struct qnn_augment_window *window, int width)
{
    const int left = window->left;
    window->along += window->mirrored ? -(width - 1) : width - 1;
    window->mirrored = !window->mirrored;
    window->left = width - window->right;
    window->right = width - left;
}

/* Result (y, x) becomes what was at (y + down, x + along). */
static void move(struct qnn_augment_window *window, int height, int width, int down, int along)
{
    window->down += down;
    window->along += window->mirrored ? -along : along;
    window->top = at_least(0, window->top - down);
    window->bottom = at_most(height, window->bottom - down);
    window->left = at_least(0, window->left - along);
    window->right = at_most(width, window->right - along);
}

struct qnn_augment_window qnn_augment_draw(const struct qnn_augment *augment, int height, int width, uint64_t seed,
                                           uint64_t epoch, uint64_t sample)
{
    const struct qnn_stream stream = {.seed = seed, .purpose = QNN_RANDOM_AUGMENT, .index = epoch};
    struct qnn_augment_window window = {.bottom = height, .right = width};
    uint32_t bits[QNN_AUGMENT_DRAWS];
    qnn_random_fill_u32(&stream, sample * QNN_AUGMENT_DRAWS, QNN_AUGMENT_DRAWS, bits);
    for (size_t i = 0; i < augment->count; i++) {
        const struct qnn_augment_step *step = &augment->steps[i];
        const uint32_t *drawn = bits + first_draw[step->kind];
        if (step->kind != QNN_AUGMENT_FLIP)
            move(&window, height, width, draw_move(drawn[0], height, step->pixels),
                 draw_move(drawn[1], width, step->pixels));
        else if (drawn[0] >> 31)
            flip(&window, width);
    }
    return window;
}

/* ---- Copying ----------------------------------------------------------------------------------------------------- */

static void fill(const struct qnn_image_kind *kind, unsigned char *out, size_t bytes)
{
    if (kind->element == 1) {
        memset(out, kind->fill[0], bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += kind->element)
        memcpy(out + i, kind->fill, kind->element);
}

/* Pixels from `from` on backwards. */
static void copy_mirrored(size_t pixel, const unsigned char *from, unsigned char *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t byte = 0; byte < pixel; byte++)
            out[i * pixel + byte] = *(from - i * pixel + byte);
}

void qnn_augment_copy(const struct qnn_image_kind *kind, const struct qnn_augment_window *window, const void *image,
                      void *out)
{
    const size_t row = (size_t)kind->width * kind->pixel;
    unsigned char *to = out;
    if (window->top >= window->bottom || window->left >= window->right) {
        fill(kind, to, (size_t)kind->height * row);
        return;
    }
    const size_t left = (size_t)window->left, count = (size_t)(window->right - window->left);
    const size_t column = (size_t)(window->mirrored ? window->along - window->left : window->along + window->left);
    for (int y = 0; y < kind->height; y++, to += row) {
        if (y < window->top || y >= window->bottom) {
            fill(kind, to, row);
            continue;
        }
        const unsigned char *from =
            (const unsigned char *)image + (size_t)(y + window->down) * row + column * kind->pixel;
        fill(kind, to, left * kind->pixel);
        if (window->mirrored)
            copy_mirrored(kind->pixel, from, to + left * kind->pixel, count);
        else
            memcpy(to + left * kind->pixel, from, count * kind->pixel);
        fill(kind, to + (left + count) * kind->pixel, row - (left + count) * kind->pixel);
    }
}
