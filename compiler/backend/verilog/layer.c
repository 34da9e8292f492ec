/* One wrapper module per engine: what precedes it, the engine itself, what turns its sums into results. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"
#include "model/table.h"

/* The sums as the unit gives them already are the result: nothing follows. */
static bool sums_are_result(const struct hw_engine *engine)
{
    return engine->tail == TAIL_SIGN || (engine->tail == TAIL_NONE && engine->acc_bits == engine->out_bits);
}

/* From the streams that the front gives to the engine's codes. A quantizer has no separate unit. */
static void emit_codes(const struct hw_graph *graph, const struct hw_engine *engine, const char *const inputs[2],
                       const char *to, struct verilog_file *out)
{
    if (engine->kind != ENGINE_QUANTIZE && sums_are_result(engine)) {
        emit_unit(out, graph, engine, inputs, to);
        return;
    }
    const char *sums = inputs[0];
    if (engine->kind != ENGINE_QUANTIZE) {
        sums = "sums";
        emit_stream(out, sums, engine->pe * engine->acc_bits);
        emit_unit(out, graph, engine, inputs, sums);
    } else if (engine->tail != TAIL_TABLE) {
        sums = emit_extension(out, engine, engine->acc_bits, inputs[0], "sums");
    }
    emit_tail(out, engine, sums, to);
}

static void emit_body(const struct hw_graph *graph, const struct hw_engine *engine, struct verilog_file *out)
{
    const bool last = verilog_is_last(graph, engine), packs = engine->lanes_out != engine->pe;
    const char *result = last ? "values" : packs ? "codes" : "m", *inputs[2] = {NULL, NULL};
    emit_stream(out, result, engine->pe * engine->out_bits);
    for (int port = 0; port < engine->unit->plan->input_count; port++)
        inputs[port] = emit_front(out, graph, engine, port);
    emit_codes(graph, engine, inputs, result, out);
    if (last)
        emit_result(out, graph, engine);
    else if (packs)
        emit_converter(out,
                       &(struct verilog_converter){"packer", engine->out_bits, engine->elements_out, engine->pe,
                                                   engine->lanes_out},
                       result, "m");
}

static void emit_ports(const struct hw_graph *graph, const struct hw_engine *engine, struct verilog_file *out)
{
    const int memories = verilog_memory_count(engine);
    const struct verilog_bus bus = verilog_configuration_bus(graph);
    text_printf(&out->text, "module %s_%s", graph->integer->plan->model->identifier, engine->identifier);
    if (memories)
        text_printf(&out->text, " #(\n    parameter CFG_AW = %d,\n    parameter CFG_DW = %d\n)", bus.address_bits,
                    bus.data_bits);
    text_add(&out->text, " (\n    input  wire clk,\n    input  wire rst,\n\n");
    char range[16];
    for (int port = 0; port < engine->unit->plan->input_count; port++) {
        const char *name = verilog_port(engine, port);
        text_printf(&out->text, "    input  wire %s_valid,\n    output wire %s_ready,\n    input  wire %s%s_data,\n\n",
                    name, name, emit_range(hw_lanes_to(graph, engine, port) * engine->in_bits, range), name);
    }
    text_printf(&out->text, "    output wire m_valid,\n    input  wire m_ready,\n    output wire %sm_data",
                emit_range(verilog_result_bits(graph, engine), range));
    if (memories)
        text_printf(&out->text,
                    ",\n\n    input  wire %scfg_we,\n    input  wire [CFG_AW-1:0] cfg_addr,\n"
                    "    input  wire [CFG_DW-1:0] cfg_data",
                    emit_range(memories, range));
    text_add(&out->text, "\n);\n\n");
}

/* What the layer is: "conv(64, 3), weights = binary, up to sign". */
static void emit_title(const struct hw_graph *graph, const struct hw_engine *engine, struct verilog_file *out)
{
    const struct model *model = graph->integer->plan->model;
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_node *node = plan->node ? plan->node : plan->end;
    text_printf(&out->text, "%s: %s", plan->name, node->written);
    if (plan->linear)
        text_printf(&out->text, ", weights = %s", engine->unit->plan->linear->scheme->weights.row->name);
    if (!plan->node || plan->linear)
        text_printf(&out->text, ", up to %s", plan->end->written);
    text_printf(&out->text, "    %s:%zu\n", model_file_name(model), model_line(model, node->span));
}

void emit_layer(const struct hw_graph *graph, const struct hw_engine *engine, struct verilog_file *out)
{
    text_add(&out->text, "/*\n * ");
    emit_title(graph, engine, out);
    char in[48], results[48], cycles[48];
    text_printf(&out->text, " * %s of %d bit in, %s of %d bit out, a frame every %s.\n */\n",
                emit_count(hw_frame_in(engine, 0), "element", in), engine->in_bits,
                emit_count(hw_frame_out(engine), "element", results), engine->out_bits,
                emit_count(engine->cycles, "cycle", cycles));
    text_add(&out->text, "`default_nettype none\n\n");
    emit_ports(graph, engine, out);
    emit_body(graph, engine, out);
    text_add(&out->text, "endmodule\n\n`default_nettype wire\n");
}
