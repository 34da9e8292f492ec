/* The rows, and what they share; mvu_forms.h says what each column means. */
#include "hardware/mvu_forms.h"

#include "base/require.h"
#include "hardware/bits.h"

/* ---- Parameters of the dot modules ------------------------------------------------------------------------------- */

static int simd(const struct hw_engine *engine)
{
    return engine->simd;
}

static int in_bits(const struct hw_engine *engine)
{
    return engine->in_bits;
}

static int weight_bits(const struct hw_engine *engine)
{
    return engine->unit->plan->weight_type.bits;
}

static int magnitude(const struct hw_engine *engine)
{
    return qnn_code_magnitude(&engine->unit->plan->weight_type);
}

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

static uint32_t sign_code(int weight)
{
    return weight > 0;
}

/* Bit 0: +1; bit 1: not zero. */
static uint32_t sign_zero_code(int weight)
{
    return (uint32_t)(weight > 0) | (uint32_t)(weight != 0) << 1;
}

/* Bit 0: negative; the magnitude above it. The least of a grid with one value more below zero has no room: it is the
 * negative zero that is left when its highest bit is cut off. */
static uint32_t sign_magnitude_code(int weight)
{
    return weight < 0 ? 1u | (uint32_t)-weight << 1 : (uint32_t)weight << 1;
}

/* Every third sign becomes the parity of its triple. */
static void recode_triples(uint32_t *codes, int count)
{
    for (int i = 0; i + 2 < count; i += 3)
        codes[i + 2] ^= codes[i] ^ codes[i + 1];
}

/* One LUT6 an operation more than pays for the parities. */
static bool recoding_pays(const struct hw_engine *engine, const struct part *part)
{
    return part->engines.lut6 && engine->unit->input.type.encoding == QNN_ENCODING_SIGN && engine->simd >= 3;
}

/* ---- Widths and terms -------------------------------------------------------------------------------------------- */

/* The product itself, as wide as its largest magnitude needs. */
static int whole_product(const struct qnn_code_type *weights, int bits)
{
    const int64_t last = ((int64_t)1 << bits) - 1;
    return bits_unsigned(qnn_code_magnitude(weights) * last);
}

/* An inverter and an adder for each bit of a product; a single bit is one place of a popcount. */
static void add_products(const struct hw_engine *engine, enum estimate_term one_bit, enum estimate_term wide,
                         struct estimate_terms *terms)
{
    const int bits = mvu_product_bits(engine);
    const double products = (double)engine->pe * engine->simd;
    if (bits == 1)
        terms->value[one_bit] = products;
    else
        terms->value[wide] = products * (2 * bits + 1);
}

static void add_sign(const struct hw_engine *engine, struct estimate_terms *terms)
{
    add_products(engine, TERM_BINARY, TERM_WIDE_BINARY, terms);
}

static void add_recoded(const struct hw_engine *engine, struct estimate_terms *terms)
{
    add_products(engine, TERM_RECODED, TERM_WIDE_BINARY, terms);
    terms->value[TERM_PARITY] = engine->simd;
}

static void add_sign_zero(const struct hw_engine *engine, struct estimate_terms *terms)
{
    add_products(engine, TERM_TERNARY, TERM_WIDE_TERNARY, terms);
}

/* The products themselves: a row of gates and adders for every bit of a magnitude but the first, each half of what a bit of
 * a requantizer's product costs without a multiplier (measured on xc7 for 1 to 8 bits: 0.5 to 0.9 LUTs). */
static void add_int(const struct hw_engine *engine, struct estimate_terms *terms)
{
    const int rows = bits_unsigned(magnitude(engine)) - 1;
    add_products(engine, TERM_TERNARY, TERM_WIDE_TERNARY, terms);
    terms->value[TERM_PRODUCT] += 0.5 * engine->pe * engine->simd * engine->in_bits * rows;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

static const struct mvu_form forms[] = {
    {
        .weights = QNN_ENCODING_SIGN,
        .applies = recoding_pays,
        .dot = "qnn_dot_sign_recoded",
        .parameters = {{"SIMD", simd}},
        .input_recoder = "qnn_recode",
        .code = sign_code,
        .filler = 1, /* +1 */
        .recode = recode_triples,
        .product_bits = whole_product,
        .add_terms = add_recoded,
    },
    {
        .weights = QNN_ENCODING_SIGN,
        .dot = "qnn_dot_sign",
        .parameters = {{"SIMD", simd}, {"ABITS", in_bits}},
        .code = sign_code,
        .filler = 1,
        .product_bits = whole_product,
        .add_terms = add_sign,
    },
    {
        .weights = QNN_ENCODING_SIGN_ZERO,
        .dot = "qnn_dot_sign_zero",
        .parameters = {{"SIMD", simd}, {"ABITS", in_bits}},
        .code = sign_zero_code,
        .filler = 1, /* zero, with the sign of +1 */
        .product_bits = whole_product,
        .add_terms = add_sign_zero,
    },
    {
        .weights = QNN_ENCODING_TWOS,
        .dot = "qnn_dot_int",
        .parameters = {{"SIMD", simd}, {"ABITS", in_bits}, {"WEIGHT_BITS", weight_bits}, {"MAGNITUDE", magnitude}},
        .code = sign_magnitude_code,
        .filler = 0,
        .product_bits = whole_product,
        .add_terms = add_int,
    },
};

const struct mvu_form *mvu_form_of(const struct hw_engine *engine, const struct part *part)
{
    const enum qnn_encoding weights = engine->unit->plan->weight_type.encoding;
    const struct mvu_form *found = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0] && !found; i++)
        if (forms[i].weights == weights && (!forms[i].applies || forms[i].applies(engine, part)))
            found = &forms[i];
    REQUIRE(found);
    return found;
}

int mvu_product_bits(const struct hw_engine *engine)
{
    return engine->form->product_bits(&engine->unit->plan->weight_type, engine->in_bits);
}
