/*
 * Windows: where the taps of conv and the pools lie, and how many windows there are.
 *
 * Along one dimension of `size` elements, k taps that are `dilation` apart span e = (k - 1) * dilation + 1 elements, and n
 * more on both sides leave floor((size + 2n - e) / stride) + 1 windows. `same` is n = (e - 1) / 2 of an odd e:
 * ceil(size / stride) windows.
 */
#include "model/ops/operators.h"

#include "base/require.h"

int window_rows(const struct model_window *window)
{
    return (window->kernel_height - 1) * window->dilation + 1;
}

int window_columns(const struct model_window *window)
{
    return (window->kernel_width - 1) * window->dilation + 1;
}

static bool report_too_large(struct build *build, const struct model_node *node, const struct model_window *window)
{
    const struct model_node *operand = node->inputs[0];
    const bool padded = window->pad_top > 0 || window->pad_left > 0;
    const bool dilated = window->dilation > 1;
    sink_report(build->sink, DIAGNOSTIC_WINDOW_TOO_LARGE, node->span,
                "a window of %dx%d is larger than its operand of %dx%d", window_rows(window), window_columns(window),
                operand->shape.height + 2 * window->pad_top, operand->shape.width + 2 * window->pad_left);
    sink_note(build->sink, operand->span, "'%s' has shape %s%s", operand->name,
              shape_text(build->arena, operand->shape), padded ? ", here without the padding" : "");
    note_expansion(build);
    sink_hint(build->sink, dilated                         ? "a smaller k or dilation"
                           : node_has(node, TRAIT_WEIGHTS) ? "a smaller k, or 'pad = same'"
                                                           : "a smaller k, or global_avgpool");
    return false;
}

bool window_lay(struct build *build, struct model_node *node, struct model_window *window, int channels)
{
    const struct shape operand = node->inputs[0]->shape;
    const int rows = window_rows(window), columns = window_columns(window);
    const int free_rows = operand.height + 2 * window->pad_top - rows;
    const int free_columns = operand.width + 2 * window->pad_left - columns;
    if (free_rows < 0 || free_columns < 0)
        return report_too_large(build, node, window);
    node->shape =
        (struct shape){free_rows / window->stride_height + 1, free_columns / window->stride_width + 1, channels};
    window->pads = window->pad_top > 0 || window->pad_left > 0; /* the first window begins outside */
    return require_features(build, node);
}

static void verify_side(int size, int count, int extent, int stride, int pad)
{
    REQUIRE(stride >= 1 && pad >= 0 && extent >= 1 && extent <= size + 2 * pad);
    REQUIRE(count == (size + 2 * pad - extent) / stride + 1);
}

void window_verify(const struct model_node *node, const struct model_window *window)
{
    const struct shape *operand = &node->inputs[0]->shape;
    REQUIRE(window->kernel_height >= 1 && window->kernel_width >= 1 && window->dilation >= 1);
    verify_side(operand->height, node->shape.height, window_rows(window), window->stride_height, window->pad_top);
    verify_side(operand->width, node->shape.width, window_columns(window), window->stride_width, window->pad_left);
}

void window_describe(const struct model_window *window, struct text *out)
{
    text_printf(out, "%dx%d, stride %dx%d", window->kernel_height, window->kernel_width, window->stride_height,
                window->stride_width);
    if (window->dilation > 1)
        text_printf(out, ", dilation %d", window->dilation);
    if (window->pad_top > 0 || window->pad_left > 0)
        text_printf(out, ", pad %dx%d", window->pad_top, window->pad_left);
}
