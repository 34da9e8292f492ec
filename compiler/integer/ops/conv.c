/* conv: acc_o = sum over the window and the channels of o's group of w * n; a tap outside reads the padding's code. */
#include "integer/source.h"

/* A tap in the padding: the same code in every channel. */
static int64_t outside(const int16_t *weight, int32_t pad_code, int count)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += (int64_t)weight[i] * pad_code;
    return sum;
}

static int64_t accumulate(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    const struct unit_plan *plan = unit->plan;
    const struct model_window *window = plan->window;
    const struct shape in = plan->in_shape[0];
    const int count = in.channels / plan->groups;
    const size_t first = channel / (plan->channels / (size_t)plan->groups) * (size_t)count;
    const int16_t *weight = unit->weights + channel * plan->fan_in;
    int64_t sum = 0;
    for (int r = 0; r < window->kernel_height; r++)
        for (int s = 0; s < window->kernel_width; s++, weight += count) {
            const int row = y * window->stride_height - window->pad_top + r * window->dilation;
            const int column = x * window->stride_width - window->pad_left + s * window->dilation;
            const bool is_inside = row >= 0 && row < in.height && column >= 0 && column < in.width;
            sum += is_inside ? sum_products(weight, inputs[0] + tensor_index(in, row, column) + first, (size_t)count)
                             : outside(weight, plan->pad_code, count);
        }
    return sum;
}

const struct source_form source_conv = {.bound = bound_products, .accumulate = accumulate};
