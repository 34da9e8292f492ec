/* Joins against their definitions; the gradients of copies and sums are copies and sums, so bits must agree. */
#include "kernel_test.h"

#include "runtime/ops/join.h"

static void check_sum(int count)
{
    const size_t size = (size_t)count;
    float *a = random_floats(1, size, -1.0f, 1.0f), *b = random_floats(2, size, -1.0f, 1.0f);
    float *y = random_floats(3, size + 1, 5.0f, 6.0f), *expected = floats(size);
    const float guard = y[size];
    for (size_t i = 0; i < size; i++)
        expected[i] = a[i] + b[i];
    qnn_add_forward(count, a, b, y);
    CU_ASSERT(same_bits(y, expected, size * sizeof *y));
    CU_ASSERT_EQUAL(y[size], guard);
    memcpy(y, a, size * sizeof *y);
    qnn_add_forward(count, y, b, y);
    CU_ASSERT(same_bits(y, expected, size * sizeof *y));
    memcpy(y, b, size * sizeof *y);
    qnn_add_forward(count, a, y, y);
    CU_ASSERT(same_bits(y, expected, size * sizeof *y));
    memcpy(y, a, size * sizeof *y);
    qnn_gradient_add(count, b, y);
    CU_ASSERT(same_bits(y, expected, size * sizeof *y));
    free(a);
    free(b);
    free(y);
    free(expected);
}

static void check_concat(int rows, int channels_a, int channels_b)
{
    const int channels = channels_a + channels_b;
    const size_t as = (size_t)rows * (size_t)channels_a, bs = (size_t)rows * (size_t)channels_b, ys = as + bs;
    float *a = random_floats(1, as, -1.0f, 1.0f), *b = random_floats(2, bs, -1.0f, 1.0f);
    float *y = random_floats(3, ys + 1, 5.0f, 6.0f), *da = floats(as + 1), *db = floats(bs + 1);
    bool joined = true;
    qnn_concat_forward(rows, channels_a, channels_b, a, b, y);
    for (int row = 0; row < rows; row++)
        for (int c = 0; c < channels; c++)
            joined &= y[row * channels + c] ==
                      (c < channels_a ? a[row * channels_a + c] : b[row * channels_b + c - channels_a]);
    CU_ASSERT(joined && y[ys] >= 5.0f);
    qnn_concat_backward(rows, channels_a, channels_b, y, da, db);
    CU_ASSERT(same_bits(da, a, as * sizeof *a) && same_bits(db, b, bs * sizeof *b));
    CU_ASSERT(da[as] == 0.0f && db[bs] == 0.0f);
    memset(da, 0, as * sizeof *da);
    memset(db, 0, bs * sizeof *db);
    qnn_concat_backward(rows, channels_a, channels_b, y, NULL, db);
    CU_ASSERT(same_bits(db, b, bs * sizeof *b));
    qnn_concat_backward(rows, channels_a, channels_b, y, da, NULL);
    CU_ASSERT(same_bits(da, a, as * sizeof *a));
    free(a);
    free(b);
    free(y);
    free(da);
    free(db);
}

static void check_sums(void)
{
    for (int i = 0; i < ODD_SIZE_COUNT; i++)
        check_sum(odd_sizes[i]);
    check_sum(0);
    check_sum(100003); /* worth several threads */
}

static void check_concats(void)
{
    for (int i = 0; i < ODD_SIZE_COUNT; i++)
        for (int j = 0; j < ODD_SIZE_COUNT; j++)
            check_concat(1 + (i * 3 + j) % 9, odd_sizes[i], odd_sizes[j]);
    check_concat(3001, 17, 8);
}

static void test_sums(void)
{
    with_threads(check_sums);
}

static void test_concats(void)
{
    with_threads(check_concats);
}

static const struct unit_case cases[] = {
    {"sums", test_sums},
    {"concatenations", test_concats},
};
UNIT_MAIN("join", cases)
