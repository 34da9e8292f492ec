/*
 * The integer graph: the trained network as integers, what the interpreter, the integer C and the Verilog all execute.
 *
 * Two steps. int_cut() cuts the model into *units* and needs no weights: the emitter of the trainer uses it to freeze
 * and to evaluate the deployed network. int_lower() fills a plan with trained weights: codes, folded constants, bounds,
 * thresholds. See docs/numerics.md for the meaning of every constant.
 *
 * A unit makes accumulators from the codes of one or two tensors, position by position and channel by channel, and codes
 * from accumulators:
 *     source        dense or conv with integer weights; a copy of its input; the sum of two tensors; two tensors side by
 *                   side; the largest (or smallest) code or the sum of the codes of a window
 *     stages        what lies between: folded affines, relu, hardtanh (runtime/numeric/unit.h)
 *     end           a quantizer (sign, uint, int), none (the accumulators are the codes), or classify / regress
 * Only dense, conv and copy have stages, a quantizer or an end; pools and joins are separate units whose accumulators
 * are their codes. A pool or join after stages gets its operand quantized first: maxima commute with monotone stages.
 * A *requantized* unit has its stages and quantizer in integers, code = clip((M * acc + B) >> F)
 * (runtime/numeric/requant.h): a uint or int of more than two bits after one affine, with relus or nothing after it.
 * All other codes are a float staircase of the stages, stored as thresholds.
 * Units are in execution order. unit[i] reads the output of unit[inputs[k]], or the network's input where that is -1;
 * an output may be read by several units.
 */
#ifndef QNN_INTEGER_H
#define QNN_INTEGER_H

#include "base/arena.h"
#include "base/text.h"
#include "diagnostics/diagnostics.h"
#include "model/model.h"
#include "runtime/numeric/code_type.h"
#include "runtime/numeric/safetensors.h"
#include "runtime/numeric/unit.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- Plan: structure without weights ----------------------------------------------------------------------------- */

/* One elementwise stage of a unit. */
struct plan_stage {
    enum qnn_stage_kind kind;
    const struct activation_scheme *function; /* of an activation; NULL of an affine */
    /* QNN_STAGE_AFFINE: the batch norms that fold into it, in order (none: the unit's first stage holds the scales alone).
     * The unit's first stage is always an affine: it takes weight scale, input scale and bias too. */
    const struct model_node **norms;
    size_t norm_count;
};

/* The largest magnitude of an accumulator: up to here its float32 is exact (numerics, "Accumulate"). */
/* The largest magnitude of a sum. Twice as much fits 32 bits, so that an execution may keep its codes from 0 on. */
enum { INT_MAX_ACCUMULATOR = 1 << 30 };
/* Up to here float32 holds every integer, which the trainer's codes are held in; sums beyond are int32_t there. */
enum { INT_MAX_FLOAT = 1 << 24 };

enum unit_end { UNIT_CODES, UNIT_CLASS, UNIT_VALUES /* regress */ };

/* Where a unit's accumulators come from. */
enum unit_source {
#define SOURCE(ID, name, traits) UNIT_##ID,
#include "integer/sources.def"
    UNIT_SOURCE_COUNT
};
extern const unsigned source_traits[UNIT_SOURCE_COUNT];

struct unit_plan {
    int index;
    enum unit_source source;
    const struct model_node
        *node; /* what the source is: OP_DENSE, OP_CONV, OP_ADD, OP_CONCAT, a pool; NULL of a copy */
    const struct model_node *linear; /* node where it has weights: OP_DENSE, OP_CONV; else NULL */
    const struct model_node *end;    /* OP_ACTIVATION, OP_CLASSIFY, OP_REGRESS, or the join whose quantizer this is;
                                      * without a quantizer the node itself */
    const char *name; /* the layer people know: the common block prefix, or the node: "h1", "logits"; unique */
    const char
        *tensor; /* prefix of the names of its frozen tensors: end->name, or "JOIN.a", "JOIN.b" of a join's operands */
    const char *
        identifier; /* name as part of an identifier, unique among units: "h1" (may be a keyword when used by itself) */
    enum unit_end kind;
    int inputs[2]; /* index of the producing unit, -1 = the network's input */
    int input_count;
    struct shape in_shape[2];          /* of the tensors read; a dense reads (1, 1, features) */
    struct shape shape;                /* of the accumulators and of the codes */
    size_t channels;                   /* shape.channels: constants are per channel, the same at every position */
    size_t fan_in;                     /* products per accumulator; 1 without weights; taps of a pool */
    const struct model_window *window; /* conv and pools; else NULL */
    int groups;                        /* conv: groups of channels; else 1 */
    int32_t pad_code;                  /* conv: the integer n that a tap outside reads */
    struct qnn_code_type weight_type;  /* what its weights may be, where it has a linear part */
    struct qnn_code_type type;         /* of its codes; without a quantizer of its accumulators, whatever the weights */
    /* A copy that reads the raw accumulators of a dense or conv, perhaps through sum pools: that node, whose weight scale
     * and bias the copy's first affine takes. NULL elsewhere. */
    const struct model_node *scaled_by;
    /* UNIT_MAXPOOL that came before the end of the unit pool_of: of its stages, those from pool_stage on are after the
     * pool; where they fall, the pool takes minima. pool_of -1: a pool of codes, always maxima. */
    int pool_of;
    size_t pool_stage;
    struct plan_stage stages[QNN_UNIT_MAX_STAGES];
    size_t stage_count;
    enum qnn_quantizer_kind quantizer; /* of `end` (of what is real in training that of its `deploy`); NONE: the
                                        * accumulators are the codes */
    int bits;
    double clip;      /* fixed clip; 0 where calibration finds it */
    bool calibrated;  /* end has a `deploy`, or is a join: both its operands share one clip, stored as JOIN.clip */
    bool requantized; /* codes are defined on the integers M, B, F; stages say what these were folded from */
};
/* Whether its codes have a clip: those of a quantizer, but signs. */
static inline bool unit_has_clip(const struct unit_plan *unit)
{
    return unit->quantizer != QNN_QUANTIZER_NONE && unit->type.encoding != QNN_ENCODING_SIGN;
}
/* How many thresholds the quantizer has: its last code less its first. */
int unit_levels(const struct unit_plan *unit);
/* The requantizer of a requantized unit from its integers, which it borrows. */
struct qnn_requant unit_requant(const struct unit_plan *unit, const int32_t *multiplier, const int64_t *addend,
                                int shift);
/* Whether the unit's source has any of these traits, bits of enum op_trait. */
static inline bool unit_has(const struct unit_plan *unit, unsigned traits)
{
    return (source_traits[unit->source] & traits) != 0;
}

/* Whether it takes the largest, or smallest, of a window: only then there is a `minimum`. */
static inline bool int_takes_extremes(const struct unit_plan *unit)
{
    return unit->window && unit_has(unit, TRAIT_SELECTS);
}

static inline size_t unit_positions(const struct unit_plan *unit)
{
    return (size_t)unit->shape.height * (size_t)unit->shape.width;
}

struct int_plan {
    const struct model *model;
    /* f32 input: the OP_ACTIVATION that makes its codes, outside the integer program; else NULL. */
    const struct model_node *input_quantizer;
    struct qnn_code_type input_type; /* of what the integer program is fed */
    struct unit_plan *units;
    size_t unit_count;
};
/* The type of what a unit makes; of the input where index is -1. */
static inline const struct qnn_code_type *int_tensor_type(const struct int_plan *plan, int index)
{
    return index < 0 ? &plan->input_type : &plan->units[index].type;
}

/* Cuts the model. Whatever cannot be deployed (float weights, float activations without `deploy`, two linear layers
 * without a quantizer, an f32 input without quantize, a batch norm between a quantizer and a linear layer, sums that may
 * leave INT_MAX_ACCUMULATOR, ...) is an error in the sink that names the layer and the remedy; NULL then. A trainer that is not to be deployed is emitted
 * without a plan: call with a separate sink. */
struct int_plan *int_cut(const struct model *model, struct arena *arena, struct sink *sink);

/*
 * Frozen tensors in NAME.safetensors (written by the trainer, read by int_lower), metadata keys: "program" (model.hash),
 * "name", "epoch", "seed", "format" = "qnnc-1". L is the name of a dense or conv, E is unit_plan.tensor, J the name of a join:
 *     L.code        I8  [units, inputs]      integer weights; of a conv [outputs, kernel rows, kernel columns, inputs / groups]
 *     L.scale       F32 [1] or [units]       real weight = scale * code
 *     E.a0, E.b0    F32 [channels]           first affine stage; E.a1, E.b1 the second, counting affine stages only
 *     E.clip        F32 [1]                  QNN_QUANTIZER_UINT: fixed or calibrated
 *     J.clip        F32 [1]                  of both operands of a join
 *     E.multiplier  I32 [channels]           requantized, UNIT_CLASS, UNIT_VALUES: M_c, 16-bit signed
 *     E.addend      I64 [channels]           B_c
 *     E.shift       I32 [1]                  F
 * Where M, B and F are present, they are the definition, and a0 and b0 the record of what they were made from.
 * Beside them, for training on: L.weight F32 [units, inputs], L.bias F32 [units], N.gamma, N.beta, N.mean,
 * N.variance F32 [channels] per batch norm N (a stochastic net also N.mean_real, N.variance_real: statistics under the
 * real weights). Affine stages are evaluated on real accumulators: y = fmaf(a, (float)acc, b).
 * [channels] is unit_plan.channels. int_lower reads L.code and, per unit with stages, clip where there is one and either
 * a and b or multiplier, addend and shift; nothing else. Units without stages (pools, joins, raw accumulators) store
 * nothing.
 */
#define INT_WEIGHTS_FORMAT "qnnc-1"
/* What F of UNIT_CLASS and UNIT_VALUES may be: the exponents of the extreme floats, with room on both sides. */
enum { INT_MIN_FRACTION_BITS = -160, INT_MAX_FRACTION_BITS = 200 };

/* ---- Graph: with weights ----------------------------------------------------------------------------------------- */

/* A tensor of codes: SIGN, UNSIGNED or TWOS. Its type is that of the plan, of sums narrowed to what the actual weights can
 * reach; real value of an integer n: scale * n + offset. */
struct int_tensor {
    struct qnn_code_type type;
    float scale, offset; /* of raw accumulators: without the weight scale, which their reader applies */
    struct shape shape;
};

/* The integer n of a stored code. */
static inline int32_t int_tensor_value(const struct int_tensor *tensor, int32_t code)
{
    return tensor->type.encoding == QNN_ENCODING_SIGN ? 2 * code - 1 : code;
}

/* Thresholds of a unit with a quantizer. levels L = the last code - the first (sign 1, uint 2^bits - 1, int 2^bits - 2). A
 * rising channel's code is first + the number of thresholds T <= acc; a falling one's is first + L minus that number (flip
 * set). T lies in [acc_lo, acc_hi + 1] and rises with the level. */
struct int_thresholds {
    int levels;
    int32_t first;   /* the first code: 0, of int -(2^(bits-1) - 1) */
    int64_t *values; /* [channels][levels] */
    uint8_t *flip;   /* [channels] */
};

struct int_unit {
    const struct unit_plan *plan;
    struct int_tensor input,
        output; /* output of UNIT_CLASS and UNIT_VALUES: unused. Two inputs differ in channels only */
    /* [channels][fan_in], values of plan->weight_type; of a conv (kernel row, column, channel of the group). NULL without a linear
     * part. */
    int16_t *weights;
    int64_t *acc_lo, *acc_hi; /* [channels]: proven with the actual weights */
    int acc_bits;     /* two's complement bits that hold every accumulator and every partial sum's range, <= 32 */
    uint8_t *minimum; /* UNIT_MAXPOOL: [channels], 1 where the pool takes the smallest code; else NULL */
    struct qnn_unit function;         /* UNIT_CODES with a quantizer: the definition */
    struct int_thresholds thresholds; /* the same: bisected from function; they give the same codes */
    int32_t *multiplier;              /* UNIT_CLASS, UNIT_VALUES: [channels] */
    int64_t *addend;
    int shift;
    int value_bits; /* two's complement bits of every M_c*acc + B_c, <= 64 */
};

struct int_graph {
    const struct int_plan *plan;
    struct int_tensor input;              /* what the integer program is fed */
    struct qnn_quantizer input_quantizer; /* f32 input; kind NONE otherwise */
    struct int_unit *units;
    size_t unit_count;
};

/* Fills the plan from a frozen file, which may be closed afterwards. A file of another program, missing or wrong tensors,
 * values out of range: one error in the sink; NULL then. */
struct int_graph *int_lower(const struct int_plan *plan, const struct qnn_safetensors *weights, struct arena *arena,
                            struct sink *sink);
/* The code that thresholds give for an accumulator in the channel's range. */
int32_t int_threshold_code(const struct int_thresholds *thresholds, size_t channel, int64_t acc);

/* The M, B and F of a requantized unit; NULL for every other. */
static inline const struct qnn_requant *int_requant(const struct int_unit *unit)
{
    const struct qnn_quantizer *quantizer = &unit->function.quantizer;
    return quantizer->kind == QNN_QUANTIZER_REQUANT ? &quantizer->requant : NULL;
}

/* As int_lower with random weights and constants (--random-weights): of sensible size for area, not for accuracy. */
struct int_graph *int_random(const struct int_plan *plan, uint64_t seed, struct arena *arena, struct sink *sink);

/* --dump-integer: two lines per unit: ranges, widths, constants. */
void int_print(const struct int_graph *graph, struct text *out);
void int_verify(const struct int_graph *graph);

/* ---- Interpreter: the oracle ------------------------------------------------------------------------------------- */

struct int_state; /* working memory of one sample */
struct int_state *int_state_new(const struct int_graph *graph, struct arena *arena);
/* Runs one sample. input: n of every element (for u8 0..255; for an f32 input the codes). After it:
 * int_codes(unit): codes [positions][channels] of a UNIT_CODES unit; int_accumulators the same of accumulators;
 * int_values: M_c*acc + B_c of the last unit; int_class: its class (UNIT_CLASS only). Results stay until the next run. */
void int_run(const struct int_graph *graph, const int32_t *input, struct int_state *state);
const int32_t *int_codes(const struct int_state *state, size_t unit);
const int64_t *int_accumulators(const struct int_state *state, size_t unit);
const int64_t *int_values(const struct int_state *state);
int int_class(const struct int_state *state);

#endif
