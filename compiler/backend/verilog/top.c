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
                graph->input_bits, graph->input_elements, (int)shape_count(graph->integer->input.shape),
                whole_bytes(graph->input_elements * graph->input_bits));
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

/* The flags "this frame had the wrong length" wait here until their frame's result leaves. */
static void emit_flag_fifo(const struct hw_graph *graph, struct text *out)
{
    text_add(out, "    wire flag_valid, flag_ready, flag_data;\n");
    text_printf(out,
                "    qnn_fifo #(.WIDTH(1), .DEPTH(%zu), .STYLE(0)) flags (\n"
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(length_valid), .s_ready(length_ready), .s_data(length_data),\n"
                "        .m_valid(flag_valid), .m_ready(flag_ready), .m_data(flag_data)\n    );\n\n",
                frames_in_flight(graph));
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

/* The stream that a port reads: the source itself where nothing stands between. */
static const char *edge_name(const struct hw_graph *graph, const struct hw_edge *edge, struct arena *arena)
{
    const char *source = source_name(graph, edge->from, arena);
    if (reader_count(graph, edge->from) == 1 && !edge->depth)
        return source;
    return arena_printf(arena, "%s_to_%s_%d", source, graph->engines[edge->to].identifier, edge->port);
}

static void emit_plumbing_ports(struct text *out, const char *from)
{
    text_printf(out,
                "        .clk(aclk), .rst(rst),\n"
                "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s_data),\n",
                from, from, from);
}

/* The FIFO of an edge, from the stream `from`, with the reason for its depth. */
static void emit_edge_fifo(const struct hw_graph *graph, const struct hw_edge *edge, const char *from,
                           struct arena *arena, struct text *out)
{
    const char *to = edge_name(graph, edge, arena);
    emit_stream(out, to, edge->lanes * edge->bits);
    text_printf(out, "    // %s\n    qnn_fifo #(.WIDTH(%d), .DEPTH(%lld), .STYLE(0)) fifo_%s (\n", edge->derivation,
                edge->lanes * edge->bits, (long long)edge->depth, to);
    emit_plumbing_ports(out, from);
    text_printf(out, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)\n    );\n\n", to, to, to);
}

/* The stream of an edge before its FIFO. */
static const char *branch_name(const struct hw_graph *graph, const struct hw_edge *edge, struct arena *arena)
{
    const char *name = edge_name(graph, edge, arena);
    return edge->depth ? arena_printf(arena, "%s_early", name) : name;
}

/* One stream to two. */
static void emit_fork(const char *from, const char *a, const char *b, int bits, struct text *out)
{
    emit_stream(out, a, bits);
    emit_stream(out, b, bits);
    text_printf(out, "    qnn_fork #(.WIDTH(%d)) fork_%s (\n", bits, a);
    emit_plumbing_ports(out, from);
    text_printf(out,
                "        .m0_valid(%s_valid), .m0_ready(%s_ready), .m0_data(%s_data),\n"
                "        .m1_valid(%s_valid), .m1_ready(%s_ready), .m1_data(%s_data)\n    );\n\n",
                a, a, a, b, b, b);
}

/* From a source to every port that reads it: a chain of forks where there are several, then FIFOs. */
static void emit_edges(const struct hw_graph *graph, int from, struct arena *arena, struct text *out)
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

static void emit_instance(const struct hw_graph *graph, size_t index, int memory, struct arena *arena, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    const struct hw_engine *engine = &graph->engines[index];
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_node *node = plan->node ? plan->node : plan->end;
    const char *name = engine->identifier, *to = source_name(graph, (int)index, arena);
    const int memories = verilog_memory_count(engine);
    text_printf(out, "    // %s: %s    %s:%zu\n", plan->name, node->written, model_file_name(model),
                model_line(model, node->span));
    emit_stream(out, to, verilog_result_bits(graph, engine));
    text_printf(out, "    %s_%s u_%s (\n        .clk(aclk), .rst(rst),\n", model->identifier, name, name);
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->to != (int)index)
            continue;
        const char *from = edge_name(graph, edge, arena), *port = verilog_port(engine, edge->port);
        text_printf(out, "        .%s_valid(%s_valid), .%s_ready(%s_ready), .%s_data(%s_data),\n", port, from, port,
                    from, port, from);
    }
    text_printf(out, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)", to, to, to);
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
                (int)shape_count(graph->integer->input.shape), graph->input_bits, graph->input_elements,
                (long long)graph->period);
    text_add(out, "`default_nettype none\n\n");
    emit_ports(graph, out);
    text_add(out, "    // the only reset that the layers see: sampled, so that it needs no timing of its own\n"
                  "    reg rst = 1'b1;\n    always @(posedge aclk)\n        rst <= !aresetn;\n\n");
    emit_ingress(graph, out);
    emit_flag_fifo(graph, out);
    struct arena scratch = {0};
    int memory = 0;
    emit_edges(graph, -1, &scratch, out);
    for (size_t i = 0; i < graph->engine_count; i++) {
        emit_instance(graph, i, memory, &scratch, out);
        emit_edges(graph, (int)i, &scratch, out);
        memory += verilog_memory_count(&graph->engines[i]);
    }
    arena_free(&scratch);
    emit_egress(graph, out);
    text_add(out, "endmodule\n\n`default_nettype wire\n");
}
