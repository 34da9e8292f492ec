/* Tiles, sums over the rows of a matrix. */
#include "runtime/ops/columns.h"

#include "runtime/thread_pool.h"

/* ---- Tiles ------------------------------------------------------------------------------------------------------- */

static size_t ceiling(size_t a, size_t b)
{
    return a / b + (a % b != 0);
}

/* Chunks grow where the sums of so many would not fit. */
struct tiling qnn_tiling(size_t rows, size_t columns)
{
    struct tiling tiling = {
        .rows = rows, .columns = columns, .chunk_rows = CHUNK_ROWS, .blocks = ceiling(columns, COLUMN_BLOCK)};
    const size_t most = columns > 0 && columns < COLUMN_SUMS ? COLUMN_SUMS / columns : 1;
    if (ceiling(rows, CHUNK_ROWS) > most)
        tiling.chunk_rows = ceiling(rows, most);
    tiling.chunks = ceiling(rows, tiling.chunk_rows);
    return tiling;
}

_Static_assert(2 * COLUMN_SUMS * sizeof(double) <= QNN_SCRATCH_FLOATS * sizeof(float), "the sums fit");

/* Both sums of a column in a chunk; the totals are those of chunk 0. */
static double *stored(const struct tiling *tiling, size_t chunk, size_t column)
{
    double *sums = (double *)(void *)qnn_thread_scratch(0);
    return sums + 2 * (chunk * tiling->columns + column);
}

void qnn_sums_store(const struct tiling *tiling, struct block block, const double *a, const double *b)
{
    double *to = stored(tiling, block.chunk, block.first);
    for (size_t i = 0; i < block.width; i++) {
        to[2 * i] = a[i];
        to[2 * i + 1] = b[i];
    }
}

void qnn_sums_combine(const struct tiling *tiling)
{
    double *total = stored(tiling, 0, 0);
    for (size_t chunk = 1; chunk < tiling->chunks; chunk++) {
        const double *more = stored(tiling, chunk, 0);
        for (size_t i = 0; i < 2 * tiling->columns; i++)
            total[i] += more[i];
    }
}

void qnn_sums_load(const struct tiling *tiling, struct block block, double *a, double *b)
{
    const double *from = stored(tiling, 0, block.first);
    for (size_t i = 0; i < block.width; i++) {
        a[i] = from[2 * i];
        b[i] = from[2 * i + 1];
    }
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

struct column_sums {
    struct tiling tiling;
    const float *matrix;
    float *sums;
};

static void write_sums(const struct column_sums *c, struct block block, const struct sums *sums)
{
    for (size_t i = 0; i < block.width; i++)
        c->sums[block.first + i] = (float)sums->a[i];
}

static void sum_tiles(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct column_sums *c = context;
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&c->tiling, tile);
        struct sums sums = {{0}, {0}};
        for (size_t row = 0; row < block.rows; row++) {
            const float *restrict x = c->matrix + (block.row + row) * block.stride + block.first;
            for (size_t i = 0; i < block.width; i++)
                sums.a[i] += (double)x[i];
        }
        if (c->tiling.chunks > 1)
            qnn_sums_store(&c->tiling, block, sums.a, sums.b);
        else
            write_sums(c, block, &sums);
    }
}

void qnn_column_sums(int rows, int columns, const float *matrix, float *sums)
{
    struct column_sums c = {.tiling = qnn_tiling((size_t)rows, (size_t)columns), .matrix = matrix, .sums = sums};
    if (rows == 0)
        for (int i = 0; i < columns; i++)
            sums[i] = 0.0f;
    qnn_parallel(tile_count(&c.tiling), 1, sum_tiles, &c);
    if (c.tiling.chunks < 2)
        return;
    qnn_sums_combine(&c.tiling);
    for (size_t tile = 0; tile < c.tiling.blocks; tile++) {
        struct sums total;
        const struct block block = tile_at(&c.tiling, tile);
        qnn_sums_load(&c.tiling, block, total.a, total.b);
        write_sums(&c, block, &total);
    }
}
