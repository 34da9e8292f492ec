/* The rows of infer_products.def and the functions that they name. */
#include "backend/c/infer_products.h"

#include "backend/c/infer_kernels.h"
#include "base/require.h"

/* ---- Parts ------------------------------------------------------------------------------------------------------- */

static size_t one_part(const struct qnn_code_type *weights)
{
    (void)weights;
    return 1;
}

static size_t two_parts(const struct qnn_code_type *weights)
{
    (void)weights;
    return 2;
}

/* Two's complement that also holds the negative of every value: a row may be stored negated. */
static size_t bits_of_magnitude(const struct qnn_code_type *weights)
{
    size_t bits = 1;
    while (qnn_code_magnitude(weights) >> (bits - 1) != 0)
        bits++;
    return bits;
}

/* ---- Bits of a weight -------------------------------------------------------------------------------------------- */

static bool negative(int weight, size_t part)
{
    (void)part;
    return weight < 0;
}

static bool positive(int weight, size_t part)
{
    (void)part;
    return weight > 0;
}

static bool kept_then_negative(int weight, size_t part)
{
    return part == 0 ? weight != 0 : weight < 0;
}

static bool positive_then_negative(int weight, size_t part)
{
    return part == 0 ? weight > 0 : weight < 0;
}

static bool bit_of(int weight, size_t part)
{
    return (unsigned)weight >> part & 1;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

enum input_kind { SIGN_INPUT, CODE_INPUT, ANY_INPUT };

static const struct row {
    enum qnn_encoding weights;
    enum input_kind input;
    struct infer_product_form form;
} rows[PRODUCT_COUNT] = {
#define PRODUCT(ID, weights, signs, kernel, needs, parts, set, meaning, traits) \
    [PRODUCT_##ID] = {weights, signs, {kernel, needs, parts, set, meaning, traits}},
#include "backend/c/infer_products.def"
#undef PRODUCT
};

enum infer_product infer_bit_product(enum qnn_encoding weights, enum qnn_encoding input)
{
    const enum input_kind kind = input == QNN_ENCODING_SIGN ? SIGN_INPUT : CODE_INPUT;
    for (int i = 0; i < PRODUCT_COUNT; i++)
        if (rows[i].form.kernel && rows[i].weights == weights && (rows[i].input == kind || rows[i].input == ANY_INPUT))
            return (enum infer_product)i;
    REQUIRE(!"no row of infer_products.def multiplies weights of this encoding");
    return PRODUCT_NONE;
}

const struct infer_product_form *infer_product_form(enum infer_product product)
{
    return rows[product].form.kernel ? &rows[product].form : NULL;
}
