/* The data section and the input as members of the runtime's descriptors. */
#include "backend/c/data_source.h"

#include "model/table.h"

void emit_sample_shape(const struct model *model, struct text *out)
{
    const struct model_node *input = model->nodes[0];
    text_printf(out, "    .height = %d, .width = %d, .channels = %d, .element = %s,\n", input->shape.height,
                input->shape.width, input->shape.channels, row_constant(GROUP_ELEMENT, (int)input->input.type));
}

/* The files of both splits. */
static void emit_files(const struct data_plan *data, struct text *out)
{
    text_add(out, "        .files = {");
    for (int split = 0; split < 2; split++) {
        text_add(out, split ? ", {" : "{");
        text_string(out, data->files[split].samples);
        text_add(out, ", ");
        text_string(out, data->files[split].labels);
        text_add(out, "}");
    }
    text_add(out, "},\n");
}

void emit_data_source(const struct model *model, struct text *out)
{
    const struct data_plan *data = &model->data;
    const struct model_node *output = model->nodes[model->node_count - 1];
    text_printf(out, "    .data = {\n        .kind = %s, .name = ", row_constant(GROUP_SOURCE, (int)data->kind));
    text_string(out, data->name);
    text_add(out, ",\n");
    if (data->kind == DATA_CSV) {
        text_add(out, "        .test = ");
        text_string(out, data->test);
        text_printf(out, ", .holdout = %d,\n", data->holdout);
    }
    if (data->kind == DATA_NPY)
        emit_files(data, out);
    if (data->kind == DATA_CSV || data->kind == DATA_NPY)
        text_printf(out, "        .outputs = %d, .element = %s,\n",
                    node_has(output, TRAIT_CLASSES) ? 0 : output->output.outputs,
                    row_constant(GROUP_ELEMENT, (int)model->nodes[0]->input.type));
    text_add(out, "    },\n");
}
