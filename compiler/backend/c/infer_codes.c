/* From sums to codes or values: the end that every kind of layer has. */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>
#include <stdlib.h>

static void emit_affine_constants(const struct infer_layer *layer, struct text *out)
{
    if (!infer_all_equal(layer->multiplier, layer->channels))
        infer_emit_array(out, layer->name, "multiplier", layer->multiplier, 1, layer->channels);
    if (!infer_all_equal(layer->addend, layer->channels))
        infer_emit_array(out, layer->name, "addend", layer->addend, 1, layer->channels);
}

static void emit_flips(const struct infer_layer *layer, struct text *out)
{
    text_printf(out, "static const uint8_t %s_falls[%zu] = {", layer->name, layer->channels);
    for (size_t c = 0; c < layer->channels; c++)
        text_printf(out, "%s%d,", c % 32 == 0 ? "\n    " : " ", layer->flip[c]);
    text_add(out, "\n};\n");
}

int infer_emit_end_constants(const struct infer_layer *layer, struct text *out)
{
    if (layer->end != END_THRESHOLDS) {
        emit_affine_constants(layer, out);
        return 0;
    }
    if (layer->flip)
        emit_flips(layer, out);
    return infer_emit_array(out, layer->name, "thresholds", layer->thresholds, (size_t)layer->table_levels,
                            layer->threshold_rows);
}

/* The type that holds multiplier * sum + addend of every channel. */
static const char *affine_type(const struct infer_layer *layer)
{
    const int64_t lo = llabs(layer->sum_lo), hi = llabs(layer->sum_hi), sum = lo > hi ? lo : hi;
    for (size_t c = 0; c < layer->channels; c++) {
        const int64_t product = llabs(layer->multiplier[c]) * sum;
        if (product > INT32_MAX || llabs(layer->addend[c]) > INT32_MAX - product)
            return "int64_t";
    }
    return layer->end == END_VALUES ? "int64_t" : "int32_t";
}

/* The expression multiplier * value + addend of channel c. */
static void add_affine(const struct infer_layer *layer, struct text *out)
{
    const char *type = affine_type(layer);
    const int64_t multiplier = layer->multiplier[0], addend = layer->addend[0];
    if (!infer_all_equal(layer->multiplier, layer->channels))
        text_printf(out, "(%s)%s_multiplier[c] * value", type, layer->name);
    else if (multiplier == 1)
        text_add(out, "value");
    else
        text_printf(out, "(%s)%" PRId64 " * value", type, multiplier);
    if (!infer_all_equal(layer->addend, layer->channels))
        text_printf(out, " + %s_addend[c]", layer->name);
    else if (addend)
        text_printf(out, " %c %" PRIu64, addend < 0 ? '-' : '+', addend < 0 ? -(uint64_t)addend : (uint64_t)addend);
}

/* "code[c] = (uint8_t)(EXPRESSION + base);" */
static void emit_store(const struct infer_layer *layer, int depth, const char *expression, struct text *out)
{
    const char *type = infer_type(layer->output);
    if (layer->base)
        infer_line(out, depth, "code[c] = (%s)(%s %c %d);", type, expression, layer->base < 0 ? '-' : '+',
                   abs(layer->base));
    else
        infer_line(out, depth, "code[c] = (%s)%s;", type, expression);
}

static void emit_reached(const struct infer_layer *layer, int depth, struct text *out)
{
    if (layer->table_levels == 1) {
        infer_line(out, depth, "const int32_t reached = value >= %s_thresholds[c];", layer->name);
    } else {
        infer_line(out, depth, "int32_t reached = 0;");
        infer_line(out, depth, "for (int32_t step = %d; step > 0; step /= 2)", (layer->table_levels + 1) / 2);
        infer_line(out, depth + 1, "if (value >= %s_thresholds[reached + step - 1][c])", layer->name);
        infer_line(out, depth + 2, "reached += step;");
    }
    if (layer->flip) {
        infer_line(out, depth, "const int32_t rank = %s_falls[c] ? %d - reached : reached;", layer->name,
                   layer->levels);
        emit_store(layer, depth, "rank", out);
    } else {
        emit_store(layer, depth, "reached", out);
    }
}

static void emit_requant(const struct infer_layer *layer, int depth, const char *scaled, struct text *out)
{
    const char *type = affine_type(layer);
    infer_line(out, depth, "const %s scaled = %s;", type, scaled);
    infer_line(out, depth, "const %s shifted = (scaled < 0 ? 0 : scaled) >> %d;", type, layer->shift);
    infer_line(out, depth, "const int32_t clipped = (int32_t)(shifted < %d ? shifted : %d);", layer->levels,
               layer->levels);
    emit_store(layer, depth, "clipped", out);
}

void infer_emit_codes(const struct infer_layer *layer, int depth, const char *sum, struct text *out)
{
    struct text affine = {0};
    if (layer->end != END_THRESHOLDS)
        add_affine(layer, &affine);
    infer_line(out, depth, "for (size_t c = 0; c < %zu; c++) {", layer->channels);
    infer_line(out, depth + 1, "const int32_t value = %s;", sum);
    if (layer->end == END_THRESHOLDS)
        emit_reached(layer, depth + 1, out);
    else if (layer->end == END_REQUANT)
        emit_requant(layer, depth + 1, text_cstr(&affine), out);
    else if (layer->end == END_PLAIN)
        infer_line(out, depth + 1, "code[c] = (%s)(%s);", infer_type(layer->output), text_cstr(&affine));
    else
        infer_line(out, depth + 1, "values[c] = %s;", text_cstr(&affine));
    infer_line(out, depth, "}");
    text_free(&affine);
}
