/*
 * Random weights and constants: the size of hardware before training. Weights are uniform over their codes; the constants put
 * the staircase over the bulk of the accumulators (mean and deviation of a sum of independent products), so that
 * thresholds are as many and as wide as a trained network's. One channel in sixteen falls.
 */
#include "integer/build.h"

#include "base/require.h"
#include "runtime/numeric/fixed_point.h"
#include "runtime/numeric/random.h"

#include <math.h>

struct generator {
    uint64_t seed;
    struct arena *arena;
};

/* Two streams per unit, so that constants do not depend on the number of weights. */
enum stream_use { STREAM_WEIGHTS, STREAM_CONSTANTS, STREAM_USES };

static struct qnn_stream stream_of(const struct generator *generator, const struct int_unit *unit, enum stream_use use)
{
    return (struct qnn_stream){
        .seed = generator->seed,
        .purpose = QNN_RANDOM_TEST,
        .index = (uint64_t)unit->plan->index * STREAM_USES + use,
    };
}

/* The values of a weight type, in order; returns how many. */
static uint32_t values_of(const struct generator *generator, const struct qnn_code_type *type, int16_t **values)
{
    uint32_t count = 0;
    *values = ARENA_NEW_ARRAY(generator->arena, (size_t)(type->high - type->low) + 1, int16_t);
    for (int32_t value = type->low; value <= type->high; value++)
        if (qnn_code_has(type, value))
            (*values)[count++] = (int16_t)value;
    return count;
}

static bool draw_weights(void *context, struct int_unit *unit)
{
    const struct generator *generator = context;
    const size_t fan_in = unit->plan->fan_in, channels = unit->plan->channels;
    const struct qnn_stream stream = stream_of(generator, unit, STREAM_WEIGHTS);
    int16_t *values = NULL;
    const uint32_t count = values_of(generator, &unit->plan->weight_type, &values);
    uint32_t *row = ARENA_NEW_ARRAY(generator->arena, fan_in, uint32_t);
    unit->weights = ARENA_NEW_ARRAY(generator->arena, channels * fan_in, int16_t);
    for (size_t c = 0; c < channels; c++) {
        qnn_random_fill_u32(&stream, c * fan_in, fan_in, row);
        for (size_t i = 0; i < fan_in; i++)
            unit->weights[c * fan_in + i] = values[(row[i] >> 8) % count];
    }
    return true;
}

/* ---- Constants --------------------------------------------------------------------------------------------------- */

struct draws {
    struct qnn_stream stream;
    uint64_t next;
};

static double uniform(struct draws *draws, double lo, double hi)
{
    return lo + (hi - lo) * ldexp((double)qnn_random_u32(&draws->stream, draws->next++), -32);
}

/* The deviation of an accumulator: of a sum of products of mean 0, or of a uniform input code. */
static double deviation(const struct int_unit *unit)
{
    const double span = unit->input.type.high > -unit->input.type.low ? unit->input.type.high : -unit->input.type.low;
    const double mean_square = unit->input.type.encoding == QNN_ENCODING_SIGN ? 1 : span * span / 3;
    const struct qnn_code_type *type = &unit->plan->weight_type;
    double squares = 0, values = 0;
    for (int32_t value = type->low; unit->plan->linear && value <= type->high; value++)
        if (qnn_code_has(type, value)) {
            squares += (double)value * value;
            values++;
        }
    return unit->plan->linear ? sqrt(squares / values * mean_square * (double)unit->plan->fan_in) : span / 2;
}

/* One affine stage, y = a * x + b: x of this spread around each channel's center (NULL: 0) becomes y of the given height
 * around a point of [-0.5, 0.5] * height. */
static void draw_affine(struct draws *draws, const double *center, double spread, double height, size_t channels,
                        struct affine_stage stage)
{
    for (size_t c = 0; c < channels; c++) {
        const double sign = uniform(draws, 0, 16) < 1 ? -1 : 1;
        const double a = sign * uniform(draws, 0.5, 1.5) * height / spread;
        stage.a[c] = (float)a;
        stage.b[c] = (float)(uniform(draws, -0.5, 0.5) * height - (center ? a * center[c] : 0));
    }
}

/* The first stage, which reads accumulators. Where nothing is trained in it, it is what it will be: the scale and offset of
 * the input. */
static void draw_first(const struct generator *generator, struct draws *draws, const struct int_unit *unit,
                       double height, struct affine_stage stage)
{
    const size_t channels = unit->plan->channels;
    double *center = ARENA_NEW_ARRAY(generator->arena, channels, double);
    for (size_t c = 0; c < channels; c++)
        center[c] = (double)(unit->acc_lo[c] + unit->acc_hi[c]) / 2;
    draw_affine(draws, center, deviation(unit), height, channels, stage);
    const bool trained = unit->plan->linear || unit->plan->scaled_by || unit->plan->stages[0].norm_count > 0;
    for (size_t c = 0; !trained && c < channels; c++) {
        stage.a[c] = unit->input.scale;
        stage.b[c] = unit->input.offset;
    }
}

static struct affine_stage new_stage(const struct generator *generator, size_t channels)
{
    return (struct affine_stage){
        .a = ARENA_NEW_ARRAY(generator->arena, channels, float),
        .b = ARENA_NEW_ARRAY(generator->arena, channels, float),
    };
}

static void draw_requant(const struct generator *generator, struct draws *draws, struct int_unit *unit, float clip)
{
    const size_t channels = unit->plan->channels;
    const struct affine_stage stage = new_stage(generator, channels);
    int32_t *multiplier = ARENA_NEW_ARRAY(generator->arena, channels, int32_t);
    int64_t *addend = ARENA_NEW_ARRAY(generator->arena, channels, int64_t);
    draw_first(generator, draws, unit, clip, stage);
    const int32_t last = unit->plan->type.high;
    const int shift = qnn_requant_fit(channels, stage.a, stage.b, clip, last, multiplier, addend);
    const struct qnn_requant requant = unit_requant(unit->plan, multiplier, addend, shift);
    unit->function = (struct qnn_unit){.channels = channels, .quantizer = qnn_quantizer_requant(requant, clip)};
}

static void draw_function(const struct generator *generator, struct draws *draws, struct int_unit *unit)
{
    const struct unit_plan *plan = unit->plan;
    const float clip = plan->clip > 0 ? (float)plan->clip : 1.0f;
    if (plan->requantized) {
        draw_requant(generator, draws, unit, clip);
        return;
    }
    struct affine_stage affine[QNN_UNIT_MAX_STAGES];
    const size_t count = build_stages(unit, affine, generator->arena);
    unit->function.quantizer = build_quantizer(plan, clip);
    draw_first(generator, draws, unit, clip, affine[0]);
    for (size_t i = 1; i < count; i++)
        draw_affine(draws, NULL, clip, clip, plan->channels, affine[i]);
}

static void draw_fixed_point(const struct generator *generator, struct draws *draws, struct int_unit *unit)
{
    const size_t channels = unit->plan->channels;
    const struct affine_stage stage = new_stage(generator, channels);
    unit->multiplier = ARENA_NEW_ARRAY(generator->arena, channels, int32_t);
    unit->addend = ARENA_NEW_ARRAY(generator->arena, channels, int64_t);
    draw_first(generator, draws, unit, 1, stage);
    struct qnn_fixed_point fixed = {.channels = channels, .multiplier = unit->multiplier, .offset = unit->addend};
    char error[QNN_ERROR_SIZE];
    REQUIRE(qnn_fixed_point_fit(&fixed, stage.a, stage.b, unit->acc_lo, unit->acc_hi, error));
    unit->shift = fixed.fraction_bits;
}

static bool draw_constants(void *context, struct int_unit *unit)
{
    const struct generator *generator = context;
    struct draws draws = {.stream = stream_of(generator, unit, STREAM_CONSTANTS)};
    if (unit->plan->kind == UNIT_CODES)
        draw_function(generator, &draws, unit);
    else
        draw_fixed_point(generator, &draws, unit);
    return true;
}

struct int_graph *int_random(const struct int_plan *plan, uint64_t seed, struct arena *arena, struct sink *sink)
{
    struct generator generator = {.seed = seed, .arena = arena};
    const struct constant_source source = {&generator, draw_weights, draw_constants};
    return build_graph(plan, &source, arena, sink);
}
