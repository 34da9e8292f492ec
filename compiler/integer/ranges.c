/* Code types of tensors: of the input, of codes, of sums whatever the weights. */
#include "integer/ranges.h"

#include "integer/bounds.h"

struct qnn_code_type input_type(const struct int_plan *plan)
{
    const struct qnn_code_type elements[ELEMENT_TYPE_COUNT] = {[ELEMENT_U8] = qnn_code_unsigned(8, UINT8_MAX),
                                                               [ELEMENT_I8] = qnn_code_twos(8, INT8_MIN, INT8_MAX),
                                                               [ELEMENT_F32] = qnn_code_sign()};
    const struct model_node *quantizer = plan->input_quantizer;
    return quantizer ? activation_type(&quantizer->activation.function) : elements[plan->model->nodes[0]->input.type];
}

static int64_t saturated(int64_t sum)
{
    if (sum > INT_MAX_ACCUMULATOR)
        return INT_MAX_ACCUMULATOR;
    return sum < -INT_MAX_ACCUMULATOR ? -INT_MAX_ACCUMULATOR : sum;
}

struct qnn_code_type sum_type(int64_t low, int64_t high)
{
    const int32_t least = (int32_t)saturated(low < 0 ? low : 0), most = (int32_t)saturated(high > 1 ? high : 1);
    const int bits = signed_bits(least, most);
    return least < 0 ? qnn_code_twos(bits, least, most) : qnn_code_unsigned(bits - 1, most);
}

struct qnn_code_type output_type(const struct unit_plan *unit, const struct qnn_code_type *a,
                                 const struct qnn_code_type *b)
{
    const int64_t fan_in = (int64_t)unit->fan_in;
    if (unit->quantizer != QNN_QUANTIZER_NONE)
        return qnn_staircase_form(unit->quantizer)->type(unit->bits);
    if (unit->linear) {
        const int64_t product = (int64_t)qnn_code_magnitude(a) * qnn_code_magnitude(&unit->weight_type);
        return sum_type(-fan_in * product, fan_in * product);
    }
    if (!unit_has(unit, TRAIT_SUMS))
        return *a;
    return b ? sum_type((int64_t)a->low + b->low, (int64_t)a->high + b->high)
             : sum_type(fan_in * a->low, fan_in * a->high);
}
