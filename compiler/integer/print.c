/* --dump-integer: the graph as text, a line per unit and one below it for the constants found. */
#include "integer/bounds.h"
#include "integer/integer.h"
#include "integer/source.h"
#include "model/table.h"

#include <inttypes.h>

static void print_tensor(const struct int_tensor *tensor, struct text *out)
{
    static const char *const kinds[QNN_ENCODING_COUNT] = {
        [QNN_ENCODING_SIGN] = "bipolar", [QNN_ENCODING_UNSIGNED] = "uint", [QNN_ENCODING_TWOS] = "int"};
    text_add(out, kinds[tensor->type.encoding]);
    if (tensor->type.encoding == QNN_ENCODING_SIGN)
        return;
    text_printf(out, "%d [%" PRId32 ", %" PRId32 "] scale %.9g", tensor->type.bits, tensor->type.low, tensor->type.high,
                (double)tensor->scale);
    if (tensor->offset != 0)
        text_printf(out, " offset %.9g", (double)tensor->offset);
}

static void print_linear(const struct int_unit *unit, struct text *out)
{
    const struct unit_plan *plan = unit->plan;
    if (plan->node)
        text_printf(out, "%s ", source_names[plan->source]);
    if (plan->linear)
        text_printf(out, "%zu -> %zu, %s", plan->fan_in, plan->channels, plan->linear->scheme->weights.row->name);
    else if (plan->window)
        text_printf(out, "%dx%d", plan->window->kernel_height, plan->window->kernel_width);
    else
        text_printf(out, "%zu elements", shape_count(plan->shape));
    if (unit_positions(plan) > 1)
        text_printf(out, ", [%d, %d, %d]", plan->shape.height, plan->shape.width, plan->shape.channels);
}

static void print_accumulator(const struct int_unit *unit, struct text *out)
{
    int64_t lo = unit->acc_lo[0], hi = unit->acc_hi[0];
    for (size_t c = 1; c < unit->plan->channels; c++) {
        lo = unit->acc_lo[c] < lo ? unit->acc_lo[c] : lo;
        hi = unit->acc_hi[c] > hi ? unit->acc_hi[c] : hi;
    }
    text_printf(out, "acc [%" PRId64 ", %" PRId64 "] %d bits", lo, hi, unit->acc_bits);
}

static void print_stages(const struct unit_plan *plan, struct text *out)
{
    for (size_t i = 0; i < plan->stage_count; i++)
        text_printf(out, "%s -> ", plan->stages[i].function ? plan->stages[i].function->form->name : "affine");
}

/* A channel whose code is the same for every accumulator: each threshold lies at an end. */
static bool is_constant(const struct int_unit *unit, size_t channel)
{
    const int levels = unit->thresholds.levels;
    for (int level = 0; level < levels; level++) {
        const int64_t value = unit->thresholds.values[channel * (size_t)levels + (size_t)level];
        if (value > unit->acc_lo[channel] && value <= unit->acc_hi[channel])
            return false;
    }
    return true;
}

static void print_thresholds(const struct int_unit *unit, struct text *out)
{
    text_printf(out, "%d threshold%s a channel", unit->thresholds.levels, unit->thresholds.levels == 1 ? "" : "s");
}

static void print_directions(const struct int_unit *unit, struct text *out)
{
    size_t falling = 0, constant = 0;
    for (size_t c = 0; c < unit->plan->channels; c++) {
        falling += unit->thresholds.flip[c];
        constant += is_constant(unit, c);
    }
    text_printf(out, ", %zu falling, %zu constant", falling, constant);
}

static void print_requant(const struct int_unit *unit, struct text *out)
{
    const struct qnn_requant *requant = int_requant(unit);
    int multiplier_bits = 1, addend_bits = 1;
    for (size_t c = 0; c < unit->plan->channels; c++) {
        const int m = signed_bits(requant->multiplier[c], requant->multiplier[c]);
        const int b = signed_bits(requant->addend[c], requant->addend[c]);
        multiplier_bits = m > multiplier_bits ? m : multiplier_bits;
        addend_bits = b > addend_bits ? b : addend_bits;
    }
    text_printf(out, "(M * acc + B) >> %d, M %d bits, B %d bits", requant->shift, multiplier_bits, addend_bits);
}

static void print_end(const struct int_unit *unit, struct text *out)
{
    static const char *const ends[] = {[UNIT_CLASS] = "class", [UNIT_VALUES] = "values"};
    if (unit->plan->kind != UNIT_CODES) {
        text_printf(out, "%s: M * acc + B, F = %d, %d bits", ends[unit->plan->kind], unit->shift, unit->value_bits);
        return;
    }
    print_stages(unit->plan, out);
    print_tensor(&unit->output, out);
    if (unit->plan->quantizer == QNN_QUANTIZER_NONE)
        return;
    text_add(out, ": ");
    if (int_requant(unit))
        print_requant(unit, out);
    else
        print_thresholds(unit, out);
    print_directions(unit, out);
}

void int_print(const struct int_graph *graph, struct text *out)
{
    const struct shape shape = graph->input.shape;
    text_printf(out, "%s: %zu units\n", graph->plan->model->name, graph->unit_count);
    text_printf(out, "input  [%d, %d, %d] ", shape.height, shape.width, shape.channels);
    print_tensor(&graph->input, out);
    text_add(out, "\n");
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct int_unit *unit = &graph->units[i];
        text_printf(out, "%s: ", unit->plan->name);
        print_linear(unit, out);
        text_add(out, ", ");
        print_accumulator(unit, out);
        text_add(out, "\n    ");
        print_end(unit, out);
        text_add(out, "\n");
    }
}
