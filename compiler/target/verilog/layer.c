/*
 * One wrapper module per engine: width converter, the engine itself, what turns its sums into results. The parameters of
 * the templates are numbers that the compiler found; rtl_templates/README.md says what they mean.
 */
#include "target/verilog/emit.h"

#include "hardware/bits.h"
#include "hardware/part.h"

#include <string.h>

/* A ready/valid stream inside a wrapper: PREFIX_valid, PREFIX_ready, PREFIX_data. */
struct stream {
    const char *prefix;
    int bits;
};

static void emit_wires(struct text *out, struct stream stream)
{
    text_printf(out, "    wire %s_valid, %s_ready;\n    wire [%d:0] %s_data;\n", stream.prefix, stream.prefix,
                stream.bits - 1, stream.prefix);
}

/* Clock, reset and the two streams of an instance, without a trailing comma or newline. */
static void emit_connections(struct text *out, const char *from, const char *from_data, const char *to)
{
    text_add(out, "        .clk(clk), .rst(rst),\n");
    text_printf(out, "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s),\n", from, from, from_data);
    text_printf(out, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)", to, to, to);
}

static const char *data_of(const char *prefix, char buffer[64])
{
    snprintf(buffer, 64, "%s_data", prefix);
    return buffer;
}

/* The configuration inputs of an instance whose memories are the wrapper's number first .. first + count - 1. */
static void emit_configuration(struct text *out, int first, int count)
{
    if (count == 1)
        text_printf(out, ",\n        .cfg_we(cfg_we[%d])", first);
    else
        text_printf(out, ",\n        .cfg_we(cfg_we[%d:%d])", first + count - 1, first);
    text_add(out, ", .cfg_addr(cfg_addr), .cfg_data(cfg_data)");
}

static const char *image_of(const struct hw_engine *engine, enum memory_role role)
{
    return engine->memories[role].name;
}

static int style_parameter(enum memory_style style)
{
    static const int styles[MEMORY_STYLE_COUNT] = {[MEMORY_AUTO] = 0, [MEMORY_BLOCK] = 1, [MEMORY_DISTRIBUTED] = 2};
    return styles[style];
}

static void emit_converter(struct text *out, const struct hw_engine *engine, int lanes_in, const char *to)
{
    /* The template adds in unsigned codes: n + 128 is an i8 element with its top bit turned. */
    char data[64];
    if (engine->kind == ENGINE_MVU && engine->signed_input)
        snprintf(data, sizeof data, "s_data ^ {%d{8'h80}}", lanes_in);
    else
        snprintf(data, sizeof data, "s_data");
    text_printf(out, "    // %d elements a beat -> %d\n", lanes_in, engine->simd);
    text_printf(out, "    qnn_dwc #(.ELEM(%d), .COUNT(%d), .IN(%d), .OUT(%d)) %s_converter (\n", engine->in_bits,
                engine->elements_in, lanes_in, engine->simd, to);
    emit_connections(out, "s", data, to);
    text_add(out, "\n    );\n\n");
}

static void emit_mvu(struct text *out, const struct hw_graph *graph, const struct hw_engine *engine, const char *to)
{
    const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
    const bool bipolar = engine->unit->input.kind == CODE_BIPOLAR;
    const int buffer = hw_part(plan->target)->distributed ? 2 : 0;
    char data[64];
    text_printf(out, "    // %d x %d, %d rows x %d columns a cycle: %d x %d cycles a frame\n", engine->elements_in,
                engine->elements_out, engine->pe, engine->simd, engine->in_beats, engine->out_beats);
    text_printf(out,
                "    qnn_mvu_%s #(\n"
                "        .MW(%d), .MH(%d), .SIMD(%d), .PE(%d), .ABITS(%d), .BIPOLAR(%d), .ACC(%d), .RAW(%d),\n",
                engine->ternary ? "ternary" : "binary", engine->elements_in, engine->elements_out, engine->simd,
                engine->pe, engine->in_bits, bipolar, engine->acc_bits, engine->tail != TAIL_SIGN);
    if (!engine->ternary)
        text_printf(out, "        .RECODE(%d),\n", engine->recoded);
    text_printf(out,
                "        .REGISTERED(%d), .WEIGHT_STYLE(%d), .INIT_STYLE(0), .BUFFER_STYLE(%d),\n"
                "        .WEIGHT_FILE(\"%s.mem\"), .INIT_FILE(\"%s.mem\"),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) unit (\n",
                engine->registered_operands, style_parameter(engine->memories[MEMORY_WEIGHTS].style), buffer,
                image_of(engine, MEMORY_WEIGHTS), image_of(engine, MEMORY_STARTS));
    emit_connections(out, "columns", data_of("columns", data), to);
    emit_configuration(out, 0, 2);
    text_add(out, "\n    );\n\n");
}

/* Elements of a quantize engine as signed accumulators, which qnn_threshold and qnn_requant compare. */
static void emit_sign_extension(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const enum code_kind kind = engine->unit->input.kind;
    const int in = engine->in_bits, acc = engine->acc_bits;
    text_printf(out, "    wire %s_valid = %s_valid;\n    wire %s_ready;\n    assign %s_ready = %s_ready;\n", to, from,
                to, from, to);
    text_printf(out, "    wire [%d:0] %s_data;\n", engine->pe * acc - 1, to);
    text_printf(out, "    genvar lane;\n    generate for (lane = 0; lane < %d; lane = lane + 1) begin : extend\n",
                engine->pe);
    if (kind == CODE_BIPOLAR)
        text_printf(out, "        assign %s_data[lane*%d +: %d] = %s_data[lane] ? %d'd1 : {%d{1'b1}};\n", to, acc, acc,
                    from, acc, acc);
    else if (acc == in)
        text_printf(out, "        assign %s_data[lane*%d +: %d] = %s_data[lane*%d +: %d];\n", to, acc, acc, from, in,
                    in);
    else if (kind == CODE_SIGNED)
        text_printf(out,
                    "        assign %s_data[lane*%d +: %d] = {{%d{%s_data[lane*%d + %d]}}, %s_data[lane*%d +: %d]};\n",
                    to, acc, acc, acc - in, from, in, in - 1, from, in, in);
    else
        text_printf(out, "        assign %s_data[lane*%d +: %d] = {%d'd0, %s_data[lane*%d +: %d]};\n", to, acc, acc,
                    acc - in, from, in, in);
    text_add(out, "    end endgenerate\n\n");
}

static void emit_table(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const int size = 1 << engine->in_bits;
    char data[64];
    text_printf(out,
                "    // code of every input element, the last one first\n    qnn_input_quant #(\n"
                "        .IBITS(%d), .OBITS(%d), .LANES(%d),\n        .TABLE({",
                engine->in_bits, engine->out_bits, engine->pe);
    for (int i = size - 1; i >= 0; i--)
        text_printf(out, "%s%s%d'd%d", i < size - 1 ? "," : "", (size - 1 - i) % 16 == 0 ? "\n            " : " ",
                    engine->out_bits, (int)engine->table[i]);
    text_add(out, "})\n    ) quantizer (\n");
    emit_connections(out, from, data_of(from, data), to);
    text_add(out, "\n    );\n\n");
}

static void emit_threshold(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    char data[64];
    text_printf(out,
                "    // %d levels: the code counts the thresholds that the sum reaches\n"
                "    qnn_threshold #(\n        .MH(%d), .PE(%d), .ACC(%d), .BITS(%d), .FILE(\"%s.mem\"), .STYLE(0),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) quantizer (\n",
                engine->unit->thresholds.levels, engine->elements_out, engine->pe, engine->acc_bits, engine->out_bits,
                image_of(engine, MEMORY_CONSTANTS));
    emit_connections(out, from, data_of(from, data), to);
    emit_configuration(out, engine->kind == ENGINE_MVU ? 2 : 0, 1);
    text_add(out, "\n    );\n\n");
}

static void emit_requant(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const bool clip = engine->tail == TAIL_REQUANT;
    char data[64];
    if (clip)
        text_printf(out, "    // code = clip((M*acc + B) >> %d, 0, %d), exact for every sum\n", multiply->shift,
                    engine->unit->thresholds.levels);
    else
        text_add(out, "    // M*acc + B: what the class is defined on\n");
    text_printf(out,
                "    qnn_requant #(\n"
                "        .MH(%d), .PE(%d), .ACC(%d), .MBITS(%d), .BBITS(%d), .SHIFT(%d), .OBITS(%d), .CLIP(%d),\n"
                "        .MULTIPLIERS(%d), .SERIAL(%d), .FILE(\"%s.mem\"), .STYLE(0),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) quantizer (\n",
                engine->elements_out, engine->pe, engine->acc_bits, multiply->multiplier_bits, multiply->addend_bits,
                multiply->shift, engine->out_bits, clip, multiply->multipliers, multiply->serial,
                image_of(engine, MEMORY_CONSTANTS));
    emit_connections(out, from, data_of(from, data), to);
    emit_configuration(out, engine->kind == ENGINE_MVU ? 2 : 0, 1);
    text_add(out, "\n    );\n\n");
}

/* The last unit: values to a class index, or gathered into one word. */
static void emit_result(struct text *out, const struct hw_graph *graph, const struct hw_engine *engine)
{
    char data[64];
    if (graph->class_bits)
        text_printf(out,
                    "    // lowest index of the largest value\n"
                    "    qnn_argmax #(.COUNT(%d), .LANES(%d), .BITS(%d), .VALUES(%d)) argmax (\n",
                    engine->elements_out, engine->pe, engine->out_bits, verilog_logit_bits(graph) > 0);
    else
        text_printf(out,
                    "    // all outputs of a frame in one word\n"
                    "    qnn_dwc #(.ELEM(%d), .COUNT(%d), .IN(%d), .OUT(%d)) gather (\n",
                    engine->out_bits, engine->elements_out, engine->pe, engine->elements_out);
    emit_connections(out, "values", data_of("values", data), "m");
    text_add(out, "\n    );\n\n");
}

/* What each tail puts behind the sums; NULL: the engine's own output is the result. */
static void (*const tail_emitters[ENGINE_TAIL_COUNT])(struct text *, const struct hw_engine *, const char *,
                                                      const char *) = {
    [TAIL_TABLE] = emit_table,
    [TAIL_THRESHOLD] = emit_threshold,
    [TAIL_REQUANT] = emit_requant,
    [TAIL_AFFINE] = emit_requant,
};

static void emit_body(const struct hw_graph *graph, const struct hw_engine *engine, int lanes_in, struct text *out)
{
    const char *result = verilog_is_last(graph, engine) ? "values" : "m";
    void (*const emit_tail)(struct text *, const struct hw_engine *, const char *, const char *) =
        tail_emitters[engine->tail];
    emit_wires(out, (struct stream){"columns", engine->simd * engine->in_bits});
    if (engine->kind == ENGINE_MVU && emit_tail)
        emit_wires(out, (struct stream){"sums", engine->pe * engine->acc_bits});
    if (verilog_is_last(graph, engine))
        emit_wires(out, (struct stream){"values", engine->pe * engine->out_bits});
    text_add(out, "\n");
    emit_converter(out, engine, lanes_in, "columns");
    const char *sums = "columns";
    if (engine->kind == ENGINE_MVU) {
        sums = emit_tail ? "sums" : result;
        emit_mvu(out, graph, engine, sums);
    } else if (engine->tail != TAIL_TABLE) {
        sums = "sums";
        emit_sign_extension(out, engine, "columns", sums);
    }
    if (emit_tail)
        emit_tail(out, engine, sums, result);
    if (verilog_is_last(graph, engine))
        emit_result(out, graph, engine);
}

static void emit_ports(const struct hw_graph *graph, const struct hw_engine *engine, int lanes_in, struct text *out)
{
    const int memories = verilog_memory_count(engine);
    const struct verilog_bus bus = verilog_configuration_bus(graph);
    text_printf(out, "module %s_%s", graph->integer->plan->model->identifier, engine->identifier);
    if (memories)
        text_printf(out, " #(\n    parameter CFG_AW = %d,\n    parameter CFG_DW = %d\n)", bus.address_bits,
                    bus.data_bits);
    text_add(out, " (\n    input  wire clk,\n    input  wire rst,\n\n");
    text_printf(out, "    input  wire s_valid,\n    output wire s_ready,\n    input  wire [%d:0] s_data,\n\n",
                lanes_in * engine->in_bits - 1);
    text_printf(out, "    output wire m_valid,\n    input  wire m_ready,\n    output wire [%d:0] m_data",
                verilog_result_bits(graph, engine) - 1);
    if (memories)
        text_printf(out,
                    ",\n\n    input  wire [%d:0] cfg_we,\n    input  wire [CFG_AW-1:0] cfg_addr,\n"
                    "    input  wire [CFG_DW-1:0] cfg_data",
                    memories - 1);
    text_add(out, "\n);\n\n");
}

void emit_layer(const struct hw_graph *graph, const struct hw_engine *engine, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_node *node = plan->linear ? plan->linear : plan->end;
    const int lanes_in = engine == graph->engines ? graph->input_elements : engine[-1].pe;
    text_printf(out, "/*\n * %s: %s", plan->name, node->written);
    if (plan->linear)
        text_printf(out, ", weights = %s", weight_kind_names[engine->unit->weight_kind]);
    text_printf(out, ", up to %s    %s:%zu\n", plan->end->written, model_file_name(model),
                model_line(model, node->span));
    text_printf(out, " * %d elements of %d bit in, %d of %d bit out, a frame every %lld cycles.\n */\n",
                engine->elements_in, engine->in_bits, engine->elements_out, engine->out_bits,
                (long long)engine->cycles);
    text_add(out, "`default_nettype none\n\n");
    emit_ports(graph, engine, lanes_in, out);
    emit_body(graph, engine, lanes_in, out);
    text_add(out, "endmodule\n\n`default_nettype wire\n");
}
