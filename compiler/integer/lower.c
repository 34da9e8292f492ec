/*
 * Lowering: the plan filled from a frozen file. The file is hostile until every value was checked: nothing is computed from
 * one that is out of range. The first thing wrong is reported, with the layer it belongs to, and ends it.
 */
#include "integer/build.h"

#include "model/table.h"

#include "runtime/numeric/fixed_point.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

struct reader {
    const struct qnn_safetensors *file;
    struct arena *arena;
    struct sink *sink;
};

/* Reports a tensor that cannot be used; the hint is the same for all of them. Returns false. */
static bool bad_weights(const struct reader *reader, const struct model_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool bad_weights(const struct reader *reader, const struct model_node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(reader->arena, format, args);
    va_end(args);
    sink_report(reader->sink, DIAGNOSTIC_BAD_WEIGHTS, node->span, "%s: %s", reader->file->path, what);
    sink_hint(reader->sink, "export the weights again with the trainer of this very program");
    return false;
}

/* A copy of a tensor, NULL after an error, which is reported at the node: the graph outlives the file. */
static void *read_tensor(const struct reader *reader, const struct model_node *node, const char *name,
                         enum qnn_dtype dtype, size_t rank, const size_t *shape)
{
    char error[QNN_ERROR_SIZE];
    const void *data = qnn_safetensors_find(reader->file, name, dtype, rank, shape, error);
    if (!data) {
        sink_report(reader->sink, DIAGNOSTIC_BAD_WEIGHTS, node->span, "%s", error);
        sink_hint(reader->sink, "export the weights again with the trainer of this very program");
        return NULL;
    }
    size_t bytes = qnn_dtype_size(dtype);
    for (size_t i = 0; i < rank; i++)
        bytes *= shape[i];
    return memcpy(arena_alloc(reader->arena, bytes), data, bytes);
}

/* The constants PREFIX.SUFFIX of a unit. */
static void *read_vector(const struct reader *reader, const struct unit_plan *plan, const char *suffix,
                         enum qnn_dtype dtype, size_t count)
{
    return read_tensor(reader, plan->end, arena_printf(reader->arena, "%s.%s", plan->tensor, suffix), dtype, 1, &count);
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

/* Integers of 8 bits where the type's values fit them, else of 16. */
static int16_t *read_codes(const struct reader *reader, const struct unit_plan *plan, size_t rank, const size_t *shape)
{
    const struct model_node *linear = plan->linear;
    const char *name = arena_printf(reader->arena, "%s.code", linear->name);
    if (qnn_code_magnitude(&plan->weight_type) > INT8_MAX)
        return read_tensor(reader, linear, name, QNN_DTYPE_I16, rank, shape);
    const int8_t *narrow = read_tensor(reader, linear, name, QNN_DTYPE_I8, rank, shape);
    int16_t *codes = narrow ? ARENA_NEW_ARRAY(reader->arena, plan->channels * plan->fan_in, int16_t) : NULL;
    for (size_t i = 0; codes && i < plan->channels * plan->fan_in; i++)
        codes[i] = narrow[i];
    return codes;
}

static bool read_weights(void *context, struct int_unit *unit)
{
    const struct reader *reader = context;
    const struct model_node *linear = unit->plan->linear;
    const size_t units = unit->plan->channels, fan_in = unit->plan->fan_in;
    size_t shape[4] = {units, fan_in}, rank = 2;
    if (node_has(linear, TRAIT_WINDOW)) {
        rank = 4;
        shape[1] = (size_t)linear->conv.window.kernel_height;
        shape[2] = (size_t)linear->conv.window.kernel_width;
        shape[3] = (size_t)(linear->conv.inputs / linear->conv.groups);
    }
    unit->weights = read_codes(reader, unit->plan, rank, shape);
    for (size_t i = 0; unit->weights && i < units * fan_in; i++)
        if (!qnn_code_has(&unit->plan->weight_type, unit->weights[i]))
            return bad_weights(reader, linear, "tensor '%s.code' holds %d at [%zu, %zu], which is not a %s weight",
                               linear->name, unit->weights[i], i / fan_in, i % fan_in,
                               linear->scheme->weights.row->name);
    return unit->weights != NULL;
}

/* ---- Constants of a float staircase ------------------------------------------------------------------------------ */

static bool read_finite(const struct reader *reader, const struct unit_plan *plan, const char *suffix, size_t count,
                        float *values)
{
    const float *data = read_vector(reader, plan, suffix, QNN_DTYPE_F32, count);
    if (!data)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(data[i]))
            return bad_weights(reader, plan->end, "tensor '%s.%s' is not finite at [%zu]", plan->tensor, suffix, i);
    memcpy(values, data, count * sizeof *values);
    return true;
}

/* Both operands of a join have one clip, stored under the join's own name, which is end->name of every unit. */
static bool read_clip(const struct reader *reader, const struct unit_plan *plan, float *clip)
{
    struct unit_plan named = *plan;
    named.tensor = plan->end->name;
    if (!read_finite(reader, &named, "clip", 1, clip))
        return false;
    if (!(*clip >= QNN_CLIP_LEAST && *clip <= QNN_CLIP_GREATEST))
        return bad_weights(reader, plan->end, "tensor '%s.clip' is %g; a clip must lie within 2^-100..2^100",
                           plan->end->name, (double)*clip);
    if (!plan->calibrated && *clip != (float)plan->clip)
        return bad_weights(reader, plan->end, "tensor '%s.clip' is %g but the program says %g", plan->end->name,
                           (double)*clip, plan->clip);
    return true;
}

static bool read_staircase(const struct reader *reader, struct int_unit *unit)
{
    const struct unit_plan *plan = unit->plan;
    struct affine_stage affine[QNN_UNIT_MAX_STAGES];
    const size_t count = build_stages(unit, affine, reader->arena);
    for (size_t i = 0; i < count; i++)
        if (!read_finite(reader, plan, arena_printf(reader->arena, "a%zu", i), plan->channels, affine[i].a) ||
            !read_finite(reader, plan, arena_printf(reader->arena, "b%zu", i), plan->channels, affine[i].b))
            return false;
    float clip = 0;
    if (unit_has_clip(plan) && !read_clip(reader, plan, &clip))
        return false;
    unit->function.quantizer = build_quantizer(plan, clip);
    return true;
}

/* ---- Constants that are integers --------------------------------------------------------------------------------- */

struct integers {
    int32_t *multiplier;
    int64_t *addend;
    int shift;
};

static bool read_integers(const struct reader *reader, const struct unit_plan *plan, int min_shift, int max_shift,
                          struct integers *integers)
{
    integers->multiplier = read_vector(reader, plan, "multiplier", QNN_DTYPE_I32, plan->channels);
    integers->addend = integers->multiplier ? read_vector(reader, plan, "addend", QNN_DTYPE_I64, plan->channels) : NULL;
    const int32_t *shift = integers->addend ? read_vector(reader, plan, "shift", QNN_DTYPE_I32, 1) : NULL;
    if (!shift)
        return false;
    if (*shift < min_shift || *shift > max_shift)
        return bad_weights(reader, plan->end, "tensor '%s.shift' is %" PRId32 ", outside %d..%d", plan->tensor, *shift,
                           min_shift, max_shift);
    integers->shift = *shift;
    return true;
}

static bool bad_integers(const struct reader *reader, const struct unit_plan *plan, const struct integers *integers,
                         size_t channel, const char *what)
{
    return bad_weights(reader, plan->end, "'%s.multiplier' %" PRId32 " and '%s.addend' %" PRId64 " at [%zu] leave %s",
                       plan->tensor, integers->multiplier[channel], plan->tensor, integers->addend[channel], channel,
                       what);
}

static bool read_requant(const struct reader *reader, struct int_unit *unit)
{
    const struct unit_plan *plan = unit->plan;
    struct integers integers = {0};
    float clip = 0;
    if (!read_clip(reader, plan, &clip) ||
        !read_integers(reader, plan, QNN_REQUANT_MIN_SHIFT, QNN_REQUANT_MAX_SHIFT, &integers))
        return false;
    const struct qnn_requant requant = unit_requant(plan, integers.multiplier, integers.addend, integers.shift);
    for (size_t c = 0; c < plan->channels; c++) {
        const struct qnn_requant one = unit_requant(plan, &integers.multiplier[c], &integers.addend[c], integers.shift);
        if (!qnn_requant_valid(&one, 1))
            return bad_integers(reader, plan, &integers, c, "16 bits, or 2^51");
    }
    unit->function = (struct qnn_unit){.channels = plan->channels, .quantizer = qnn_quantizer_requant(requant, clip)};
    return true;
}

static bool read_fixed_point(const struct reader *reader, struct int_unit *unit)
{
    const size_t channels = unit->plan->channels;
    struct integers integers = {0};
    if (!read_integers(reader, unit->plan, INT_MIN_FRACTION_BITS, INT_MAX_FRACTION_BITS, &integers))
        return false;
    unit->multiplier = integers.multiplier;
    unit->addend = integers.addend;
    unit->shift = integers.shift;
    for (size_t c = 0; c < channels; c++) {
        const struct qnn_fixed_point one = {
            .channels = 1, .multiplier = &unit->multiplier[c], .offset = &unit->addend[c]};
        if (!qnn_fixed_point_valid(&one, &unit->acc_lo[c], &unit->acc_hi[c]))
            return bad_integers(reader, unit->plan, &integers, c, "16 bits, or their sums 63");
    }
    return true;
}

static bool read_constants(void *context, struct int_unit *unit)
{
    if (unit->plan->kind != UNIT_CODES)
        return read_fixed_point(context, unit);
    return unit->plan->requantized ? read_requant(context, unit) : read_staircase(context, unit);
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

static bool check_identity(const struct reader *reader, const struct model *model)
{
    static const struct span nowhere = {0};
    const char *format = qnn_safetensors_metadata(reader->file, "format");
    const char *program = qnn_safetensors_metadata(reader->file, "program");
    if (!format || !program || strcmp(format, INT_WEIGHTS_FORMAT) != 0) {
        sink_report(reader->sink, DIAGNOSTIC_FOREIGN_WEIGHTS, nowhere,
                    "%s: its metadata do not say format \"%s\" and a program: no weights of a trainer of ours",
                    reader->file->path, INT_WEIGHTS_FORMAT);
        sink_hint(reader->sink, "give the file that `train` or `export` wrote");
        return false;
    }
    if (strcmp(program, model->hash) != 0) {
        const char *name = qnn_safetensors_metadata(reader->file, "name");
        char message[QNN_ERROR_SIZE]; /* the file's strings may hold anything: this keeps them on one line */
        qnn_error_set(message, "weights of another program: '%.80s' with hash %.80s, while '%s' has %s",
                      name ? name : "?", program, model->name, model->hash);
        sink_report(reader->sink, DIAGNOSTIC_FOREIGN_WEIGHTS, nowhere, "%s: %s", reader->file->path, message);
        sink_hint(reader->sink, "topology or quantization changed since: train again, or give the matching --define");
        return false;
    }
    return true;
}

struct int_graph *int_lower(const struct int_plan *plan, const struct qnn_safetensors *weights, struct arena *arena,
                            struct sink *sink)
{
    struct reader reader = {.file = weights, .arena = arena, .sink = sink};
    const struct constant_source source = {&reader, read_weights, read_constants};
    return check_identity(&reader, plan->model) ? build_graph(plan, &source, arena, sink) : NULL;
}
