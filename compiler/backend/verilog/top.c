/* The top: AXI4-Stream in, one instance per layer, AXI4-Stream out. Wiring only. */
#include "backend/verilog/emit.h"

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

static void emit_ports(const struct hw_graph *graph, struct verilog_file *out)
{
    const struct verilog_bus bus = verilog_configuration_bus(graph);
    char range[16];
    text_printf(&out->text, "module %s (\n", graph->integer->plan->model->identifier);
    text_add(&out->text, "    input  wire aclk,\n    input  wire aresetn,\n\n");
    text_printf(&out->text, "    input  wire [%d:0] s_axis_tdata,\n",
                whole_bytes(graph->input_elements * graph->input_bits) - 1);
    text_add(&out->text,
             "    input  wire s_axis_tvalid,\n    output wire s_axis_tready,\n    input  wire s_axis_tlast,\n\n");
    text_printf(&out->text, "    output wire [%d:0] m_axis_tdata,\n", output_bits(graph) - 1);
    text_add(&out->text,
             "    output wire m_axis_tvalid,\n    input  wire m_axis_tready,\n    output wire m_axis_tlast,\n"
             "    output wire m_axis_tuser,         // 1: this frame had the wrong length\n\n"
             "    output wire frame_error           // sticky: some frame had the wrong length\n");
    if (bus.memories) {
        text_printf(&out->text,
                    "`ifdef QNN_ROM_PORT\n    ,\n    input  wire %scfg_we,          // one bit per memory, "
                    "layer by layer\n",
                    emit_range(bus.memories, range));
        text_printf(&out->text, "    input  wire %scfg_addr,\n", emit_range(bus.address_bits, range));
        text_printf(&out->text, "    input  wire %scfg_data\n`endif\n", emit_range(bus.data_bits, range));
    }
    text_add(&out->text, ");\n\n");
    if (bus.memories) {
        text_printf(&out->text, "`ifndef QNN_ROM_PORT\n    wire %scfg_we = %d'd0;\n", emit_range(bus.memories, range),
                    bus.memories);
        text_printf(&out->text, "    wire %scfg_addr = %d'd0;\n", emit_range(bus.address_bits, range),
                    bus.address_bits);
        text_printf(&out->text, "    wire %scfg_data = %d'd0;\n`endif\n\n", emit_range(bus.data_bits, range),
                    bus.data_bits);
    }
}

static void emit_ingress(const struct hw_graph *graph, struct verilog_file *out)
{
    emit_stream(out, "input", graph->input_elements * graph->input_bits);
    text_add(&out->text, "    wire length_valid, length_ready, length_data;\n");
    emit_instance(out, "qnn_ingress");
    emit_parameter(out, "ELEM", graph->input_bits);
    emit_parameter(out, "LANES", graph->input_elements);
    emit_parameter(out, "COUNT", (int)shape_count(graph->integer->input.shape));
    emit_parameter(out, "DATA", whole_bytes(graph->input_elements * graph->input_bits));
    emit_instance_name(out, "ingress");
    text_add(&out->text,
             "        .clk(aclk), .rst(rst),\n"
             "        .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),\n"
             "        .s_axis_tlast(s_axis_tlast),\n"
             "        .m_valid(input_valid), .m_ready(input_ready), .m_data(input_data),\n"
             "        .e_valid(length_valid), .e_ready(length_ready), .e_data(length_data), .error(frame_error)\n"
             "    );\n\n");
}

/* Two per engine and two more; where windows keep rows, those frames that their rows are of; what waits in FIFOs. */
static size_t frames_in_flight(const struct hw_graph *graph)
{
    size_t frames = 2 * graph->engine_count + 2;
    for (size_t i = 0; i < graph->engine_count; i++) {
        const struct hw_window *window = &graph->engines[i].window;
        const int height = graph->engines[i].unit->plan->in_shape[0].height;
        if (window->slots)
            frames += 2 + (size_t)(window->slots / height);
    }
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].depth)
            frames += 1 + (size_t)(graph->edges[i].depth / graph->edges[i].beats);
    return frames;
}

static void emit_fifo(struct verilog_file *out, int width, int depth, const char *name)
{
    emit_instance(out, "qnn_fifo");
    emit_parameter(out, "WIDTH", width);
    emit_parameter(out, "DEPTH", depth);
    emit_parameter(out, "STYLE", 0);
    emit_instance_name(out, name);
}

/* The flags "this frame had the wrong length" wait here until their frame's result leaves. */
static void emit_flag_fifo(const struct hw_graph *graph, struct verilog_file *out)
{
    text_add(&out->text, "    wire flag_valid, flag_ready, flag_data;\n");
    emit_fifo(out, 1, (int)frames_in_flight(graph), "flags");
    text_add(&out->text, "        .clk(aclk), .rst(rst),\n"
                         "        .s_valid(length_valid), .s_ready(length_ready), .s_data(length_data),\n"
                         "        .m_valid(flag_valid), .m_ready(flag_ready), .m_data(flag_data)\n    );\n\n");
}

/* ---- Edges ------------------------------------------------------------------------------------------------------- */

static size_t reader_count(const struct hw_graph *graph, int from)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->edge_count; i++)
        count += graph->edges[i].from == from;
    return count;
}

static const char *source_name(const struct hw_graph *graph, int from, struct arena *arena)
{
    return from < 0 ? "input" : arena_printf(arena, "layer_%s", graph->engines[from].identifier);
}

/* The stream that a port reads: the source itself where nothing is between. */
static const char *edge_name(const struct hw_graph *graph, const struct hw_edge *edge, struct arena *arena)
{
    const char *source = source_name(graph, edge->from, arena);
    if (reader_count(graph, edge->from) == 1 && !edge->depth)
        return source;
    return arena_printf(arena, "%s_to_%s_%d", source, graph->engines[edge->to].identifier, edge->port);
}

static void emit_plumbing_ports(struct verilog_file *out, const char *from)
{
    text_printf(&out->text,
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s_data),\n",
                from, from, from);
}

/* The FIFO of an edge, from the stream `from`, with the reason for its depth. */
static void emit_edge_fifo(const struct hw_graph *graph, const struct hw_edge *edge, const char *from,
                           struct arena *arena, struct verilog_file *out)
{
    const char *to = edge_name(graph, edge, arena);
    emit_stream(out, to, edge->lanes * edge->bits);
    text_printf(&out->text, "    // %s\n", edge->derivation);
    emit_fifo(out, edge->lanes * edge->bits, (int)edge->depth, arena_printf(arena, "fifo_%s", to));
    emit_plumbing_ports(out, from);
    text_printf(&out->text, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)\n    );\n\n", to, to, to);
}

/* The stream of an edge before its FIFO. */
static const char *branch_name(const struct hw_graph *graph, const struct hw_edge *edge, struct arena *arena)
{
    const char *name = edge_name(graph, edge, arena);
    return edge->depth ? arena_printf(arena, "%s_early", name) : name;
}

/* One stream to two. */
static void emit_fork(const char *from, const char *a, const char *b, int bits, struct verilog_file *out)
{
    emit_stream(out, a, bits);
    emit_stream(out, b, bits);
    emit_instance(out, "qnn_fork");
    emit_parameter(out, "WIDTH", bits);
    text_printf(&out->text, "\n    ) fork_%s (\n", a);
    emit_plumbing_ports(out, from);
    text_printf(&out->text,
                "        .m0_valid(%s_valid), .m0_ready(%s_ready), .m0_data(%s_data),\n"
                "        .m1_valid(%s_valid), .m1_ready(%s_ready), .m1_data(%s_data)\n    );\n\n",
                a, a, a, b, b, b);
}

/* From a source to every port that reads it: a chain of forks where there are several, then FIFOs. */
static void emit_edges(const struct hw_graph *graph, int from, struct arena *arena, struct verilog_file *out)
{
    const size_t readers = reader_count(graph, from);
    const char *at = source_name(graph, from, arena);
    const struct hw_edge *held = NULL; /* waits for the edge that shares its fork */
    size_t seen = 0;
    for (size_t i = 0; i < graph->edge_count && readers > 1; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->from != from)
            continue;
        if (held) {
            const char *rest = ++seen + 1 == readers
                                   ? branch_name(graph, edge, arena)
                                   : arena_printf(arena, "%s_rest_%zu", source_name(graph, from, arena), seen);
            emit_fork(at, branch_name(graph, held, arena), rest, edge->lanes * edge->bits, out);
            at = rest;
        }
        held = edge;
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->from == from && edge->depth)
            emit_edge_fifo(graph, edge, readers > 1 ? branch_name(graph, edge, arena) : at, arena, out);
    }
}

static void emit_layer_instance(const struct hw_graph *graph, size_t index, int memory, struct arena *arena,
                                struct verilog_file *out)
{
    const struct model *model = graph->integer->plan->model;
    const struct hw_engine *engine = &graph->engines[index];
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_node *node = plan->node ? plan->node : plan->end;
    const char *name = engine->identifier, *to = source_name(graph, (int)index, arena);
    const int memories = verilog_memory_count(engine);
    text_printf(&out->text, "    // %s: %s    %s:%zu\n", plan->name, node->written, model_file_name(model),
                model_line(model, node->span));
    emit_stream(out, to, verilog_result_bits(graph, engine));
    text_printf(&out->text, "    %s_%s u_%s (\n        .clk(aclk), .rst(rst),\n", model->identifier, name, name);
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->to != (int)index)
            continue;
        const char *from = edge_name(graph, edge, arena), *port = verilog_port(engine, edge->port);
        text_printf(&out->text, "        .%s_valid(%s_valid), .%s_ready(%s_ready), .%s_data(%s_data),\n", port, from,
                    port, from, port, from);
    }
    text_printf(&out->text, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)", to, to, to);
    if (memories)
        emit_configuration(out, memory, memories, verilog_configuration_bus(graph).memories);
    text_add(&out->text, "\n    );\n\n");
}

static void emit_egress(const struct hw_graph *graph, struct verilog_file *out)
{
    const struct hw_engine *last = &graph->engines[graph->engine_count - 1];
    const int logit = verilog_logit_bits(graph);
    emit_instance(out, "qnn_egress");
    emit_parameter(out, "IDX", graph->class_bits);
    emit_parameter(out, "BITS", logit ? logit : 1);
    emit_parameter(out, "COUNT", logit ? last->elements_out : 0);
    emit_parameter(out, "DATA", output_bits(graph));
    emit_instance_name(out, "egress");
    text_printf(&out->text,
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(layer_%s_valid), .s_ready(layer_%s_ready), .s_data(layer_%s_data),\n"
                "        .e_valid(flag_valid), .e_ready(flag_ready), .e_data(flag_data),\n"
                "        .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready),\n"
                "        .m_axis_tlast(m_axis_tlast), .m_axis_tuser(m_axis_tuser)\n    );\n\n",
                last->identifier, last->identifier, last->identifier);
}

void emit_top(const struct hw_graph *graph, struct verilog_file *out)
{
    const struct model *model = graph->integer->plan->model;
    text_printf(&out->text, "/*\n * %s: generated from %s; edit that file instead.\n", model->name,
                model_file_name(model));
    text_printf(&out->text, " * A frame is %d elements of %d bit, %d a beat; a result every %lld cycles.\n */\n",
                (int)shape_count(graph->integer->input.shape), graph->input_bits, graph->input_elements,
                (long long)graph->period);
    text_add(&out->text, "`default_nettype none\n\n");
    emit_ports(graph, out);
    text_add(&out->text, "    // the only reset that the layers see: sampled, so that it needs no timing of its own\n"
                         "    reg rst = 1'b1;\n    always @(posedge aclk)\n        rst <= !aresetn;\n\n");
    emit_ingress(graph, out);
    emit_flag_fifo(graph, out);
    struct arena scratch = {0};
    int memory = 0;
    emit_edges(graph, -1, &scratch, out);
    for (size_t i = 0; i < graph->engine_count; i++) {
        emit_layer_instance(graph, i, memory, &scratch, out);
        emit_edges(graph, (int)i, &scratch, out);
        memory += verilog_memory_count(&graph->engines[i]);
    }
    arena_free(&scratch);
    emit_egress(graph, out);
    text_add(&out->text, "endmodule\n\n`default_nettype wire\n");
}
