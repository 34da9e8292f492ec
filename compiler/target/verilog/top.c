/* The top: AXI4-Stream in, one instance per layer, AXI4-Stream out. Wiring only. */
#include "target/verilog/emit.h"

#include "hardware/bits.h"

enum { BYTE = 8 };

static int whole_bytes(int bits)
{
    return ceil_div(bits, BYTE) * BYTE;
}

/* Bits of m_axis_tdata: the class index or a logit, whichever is wider. */
static int output_bits(const struct hw_graph *graph)
{
    const int logit = verilog_logit_bits(graph);
    return whole_bytes(logit > graph->class_bits ? logit : graph->class_bits);
}

static void emit_ports(const struct hw_graph *graph, struct text *out)
{
    const struct verilog_bus bus = verilog_configuration_bus(graph);
    text_printf(out, "module %s (\n", graph->integer->plan->model->identifier);
    text_add(out, "    input  wire aclk,\n    input  wire aresetn,\n\n");
    text_printf(out, "    input  wire [%d:0] s_axis_tdata,\n",
                whole_bytes(graph->input_elements * graph->input_bits) - 1);
    text_add(out, "    input  wire s_axis_tvalid,\n    output wire s_axis_tready,\n    input  wire s_axis_tlast,\n\n");
    text_printf(out, "    output wire [%d:0] m_axis_tdata,\n", output_bits(graph) - 1);
    text_add(out, "    output wire m_axis_tvalid,\n    input  wire m_axis_tready,\n    output wire m_axis_tlast,\n"
                  "    output wire [0:0] m_axis_tuser,   // 1: this frame had the wrong length\n\n"
                  "    output wire frame_error           // sticky: some frame had the wrong length\n");
    if (bus.memories)
        text_printf(out,
                    "`ifdef QNN_ROM_PORT\n"
                    "    ,\n    input  wire [%d:0] cfg_we,          // one bit per memory, layer by layer\n"
                    "    input  wire [%d:0] cfg_addr,\n    input  wire [%d:0] cfg_data\n"
                    "`endif\n",
                    bus.memories - 1, bus.address_bits - 1, bus.data_bits - 1);
    text_add(out, ");\n\n");
    if (bus.memories)
        text_printf(
            out,
            "`ifndef QNN_ROM_PORT\n"
            "    wire [%d:0] cfg_we = %d'd0;\n    wire [%d:0] cfg_addr = %d'd0;\n    wire [%d:0] cfg_data = %d'd0;\n"
            "`endif\n\n",
            bus.memories - 1, bus.memories, bus.address_bits - 1, bus.address_bits, bus.data_bits - 1, bus.data_bits);
}

static void emit_stream(struct text *out, const char *prefix, int bits)
{
    text_printf(out, "    wire %s_valid, %s_ready;\n    wire [%d:0] %s_data;\n", prefix, prefix, bits - 1, prefix);
}

static void emit_ingress(const struct hw_graph *graph, struct text *out)
{
    emit_stream(out, "input", graph->input_elements * graph->input_bits);
    text_add(out, "    wire length_valid, length_ready, length_data;\n");
    text_printf(out,
                "    qnn_ingress #(.ELEM(%d), .LANES(%d), .COUNT(%d), .DATA(%d)) ingress (\n"
                "        .clk(aclk), .rst(rst),\n"
                "        .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),\n"
                "        .s_axis_tlast(s_axis_tlast),\n"
                "        .m_valid(input_valid), .m_ready(input_ready), .m_data(input_data),\n"
                "        .e_valid(length_valid), .e_ready(length_ready), .e_data(length_data), .error(frame_error)\n"
                "    );\n\n",
                graph->input_bits, graph->input_elements, graph->engines[0].elements_in,
                whole_bytes(graph->input_elements * graph->input_bits));
}

/* The flags "this frame had the wrong length" wait here until their frame's result leaves. */
static void emit_flag_fifo(const struct hw_graph *graph, struct text *out)
{
    text_add(out, "    wire flag_valid, flag_ready, flag_data;\n");
    text_printf(out,
                "    qnn_fifo #(.WIDTH(1), .DEPTH(%zu), .STYLE(0)) flags (\n"
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(length_valid), .s_ready(length_ready), .s_data(length_data),\n"
                "        .m_valid(flag_valid), .m_ready(flag_ready), .m_data(flag_data)\n    );\n\n",
                2 * graph->engine_count + 2);
}

static void emit_instance(const struct hw_graph *graph, const struct hw_engine *engine, const char *from, int memory,
                          struct arena *arena, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_node *node = plan->linear ? plan->linear : plan->end;
    const char *name = engine->identifier;
    const char *to = arena_printf(arena, "layer_%s", name);
    const int memories = verilog_memory_count(engine);
    text_printf(out, "    // %s: %s    %s:%zu\n", plan->name, node->written, model_file_name(model),
                model_line(model, node->span));
    emit_stream(out, to, verilog_result_bits(graph, engine));
    text_printf(out,
                "    %s_%s u_%s (\n        .clk(aclk), .rst(rst),\n"
                "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s_data),\n"
                "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)",
                model->identifier, name, name, from, from, from, to, to, to);
    if (memories)
        text_printf(out, ",\n        .cfg_we(cfg_we[%d:%d]), .cfg_addr(cfg_addr), .cfg_data(cfg_data)",
                    memory + memories - 1, memory);
    text_add(out, "\n    );\n\n");
}

static void emit_egress(const struct hw_graph *graph, struct text *out)
{
    const struct hw_engine *last = &graph->engines[graph->engine_count - 1];
    const int logit = verilog_logit_bits(graph);
    text_printf(out,
                "    qnn_egress #(.IDX(%d), .BITS(%d), .COUNT(%d), .DATA(%d)) egress (\n"
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(layer_%s_valid), .s_ready(layer_%s_ready), .s_data(layer_%s_data),\n"
                "        .e_valid(flag_valid), .e_ready(flag_ready), .e_data(flag_data),\n"
                "        .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready),\n"
                "        .m_axis_tlast(m_axis_tlast), .m_axis_tuser(m_axis_tuser)\n    );\n\n",
                graph->class_bits, logit ? logit : 1, logit ? last->elements_out : 0, output_bits(graph),
                last->identifier, last->identifier, last->identifier);
}

void emit_top(const struct hw_graph *graph, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    text_printf(out, "/*\n * %s: generated from %s; edit that file instead.\n", model->name, model_file_name(model));
    text_printf(out, " * A frame is %d elements of %d bit, %d a beat; a result every %lld cycles.\n */\n",
                graph->engines[0].elements_in, graph->input_bits, graph->input_elements, (long long)graph->period);
    text_add(out, "`default_nettype none\n\n");
    emit_ports(graph, out);
    text_add(out, "    // the only reset that the layers see: sampled, so that it needs no timing of its own\n"
                  "    reg rst = 1'b1;\n    always @(posedge aclk)\n        rst <= !aresetn;\n\n");
    emit_ingress(graph, out);
    emit_flag_fifo(graph, out);
    struct arena scratch = {0};
    const char *from = "input";
    int memory = 0;
    for (size_t i = 0; i < graph->engine_count; i++) {
        emit_instance(graph, &graph->engines[i], from, memory, &scratch, out);
        from = arena_printf(&scratch, "layer_%s", graph->engines[i].identifier);
        memory += verilog_memory_count(&graph->engines[i]);
    }
    arena_free(&scratch);
    emit_egress(graph, out);
    text_add(out, "endmodule\n\n`default_nettype wire\n");
}
