/* Rows of the matrix that an image is for a convolution: their addresses, or copies of them. */
#include "runtime/ops/conv_patches.h"

#include <stdbool.h>
#include <string.h>

struct position {
    size_t image;
    int row, column; /* of the grid */
};

static struct position position_of(const struct patches *p, size_t lane)
{
    const size_t columns = (size_t)p->columns.count, rows = (size_t)p->rows.count, line = lane / columns;
    return (struct position){.image = line / rows, .row = (int)(line % rows), .column = (int)(lane % columns)};
}

/* The next position in the order of lanes, `columns` further on the same line or at the start of the next one. */
static void advance(const struct patches *p, struct position *at, int columns)
{
    at->column += columns;
    if (at->column < p->columns.count)
        return;
    at->column = 0;
    if (++at->row < p->rows.count)
        return;
    at->row = 0;
    at->image++;
}

static bool is_inside(const struct axis *axis, int position)
{
    return position >= 0 && position < axis->size;
}

static int source_of(const struct axis *axis, int grid, int tap)
{
    return grid * axis->step + axis->first + tap * axis->tap_step;
}

/* Row `row` of an image; NULL outside of it. */
static const float *image_line(const struct patches *p, size_t image, int row)
{
    if (!is_inside(&p->rows, row))
        return NULL;
    return p->data + (image * (size_t)p->rows.size + (size_t)row) * (size_t)p->columns.size * p->pixel;
}

static void point_line(const struct patches *p, const float *line, int column, int count, const float *outside,
                       const float **rows)
{
    for (int n = 0; n < count; n++, column += p->columns.step)
        rows[n] = line && is_inside(&p->columns, column) ? line + (size_t)column * p->pixel : outside;
}

void qnn_patches_point(const struct patches *patches, size_t lane, size_t lanes, size_t tap, size_t channel,
                       const float *outside, const float **rows)
{
    const int tap_row = (int)(tap / (size_t)patches->columns.taps),
              tap_column = (int)(tap % (size_t)patches->columns.taps);
    struct position at = position_of(patches, lane);
    while (lanes > 0) {
        const size_t left = (size_t)(patches->columns.count - at.column), count = lanes < left ? lanes : left;
        const float *line = image_line(patches, at.image, source_of(&patches->rows, at.row, tap_row));
        point_line(patches, line ? line + channel : NULL, source_of(&patches->columns, at.column, tap_column),
                   (int)count, outside, rows);
        rows += count;
        lanes -= count;
        advance(patches, &at, (int)count);
    }
}

static float *put(float *out, size_t count, float value)
{
    for (size_t i = 0; i < count; i++)
        out[i] = value;
    return out + count;
}

static float *copy(float *out, const float *values, size_t count)
{
    memcpy(out, values, count * sizeof *out);
    return out + count;
}

/* Neighbouring taps that touch: what lies inside is one run. */
static float *gather_run(const struct patches *p, const float *line, int column, int taps, float *out)
{
    const int end = column + taps, size = p->columns.size;
    const int first = column > 0 ? column : 0, last = end < size ? end : size;
    if (first >= last)
        return put(out, (size_t)taps * p->channels, p->outside);
    out = put(out, (size_t)(first - column) * p->channels, p->outside);
    out = copy(out, line + (size_t)first * p->pixel, (size_t)(last - first) * p->channels);
    return put(out, (size_t)(end - last) * p->channels, p->outside);
}

static float *gather_taps(const struct patches *p, const float *line, int column, int taps, size_t length, float *out)
{
    for (int tap = 0; tap < taps; tap++, column += p->columns.tap_step)
        out = is_inside(&p->columns, column) ? copy(out, line + (size_t)column * p->pixel, length)
                                             : put(out, length, p->outside);
    return out;
}

/* The taps of one lane, line by line of the kernel. */
static float *gather_lane(const struct patches *p, struct position at, const struct patch_block *block, float *out)
{
    const size_t width = (size_t)p->columns.taps, end = block->tap + block->taps;
    const bool touching = p->columns.tap_step == 1 && p->pixel == p->channels && block->length == p->channels;
    for (size_t tap = block->tap; tap < end;) {
        const size_t first = tap % width, taps = width - first < end - tap ? width - first : end - tap;
        const int column = source_of(&p->columns, at.column, (int)first);
        const float *line = image_line(p, at.image, source_of(&p->rows, at.row, (int)(tap / width)));
        if (!line)
            out = put(out, taps * block->length, p->outside);
        else if (touching)
            out = gather_run(p, line, column, (int)taps, out);
        else
            out = gather_taps(p, line + block->channel, column, (int)taps, block->length, out);
        tap += taps;
    }
    return out;
}

void qnn_patches_gather(const struct patches *patches, size_t lane, size_t lanes, const struct patch_block *block,
                        float *rows)
{
    struct position at = position_of(patches, lane);
    for (size_t n = 0; n < lanes; n++) {
        rows = gather_lane(patches, at, block, rows);
        advance(patches, &at, 1);
    }
}
