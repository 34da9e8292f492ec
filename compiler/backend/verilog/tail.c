/* What turns an engine's sums into its result. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"

/* Groups whose constants take turns: a parameter where there are several. */
static const char *group_parameter(const struct hw_engine *engine, char buffer[32])
{
    buffer[0] = 0;
    if (engine->groups > 1)
        snprintf(buffer, 32, " .GROUPS(%d),", engine->groups);
    return buffer;
}

static void emit_table(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const int size = 1 << engine->in_bits;
    text_printf(out,
                "    // code of every input element, the last one first\n    qnn_input_quant #(\n"
                "        .IBITS(%d), .OBITS(%d), .LANES(%d),\n        .TABLE({",
                engine->in_bits, engine->out_bits, engine->pe);
    for (int i = size - 1; i >= 0; i--)
        text_printf(out, "%s%s%d'd%d", i < size - 1 ? "," : "", (size - 1 - i) % 16 == 0 ? "\n            " : " ",
                    engine->out_bits, (int)engine->table[i] & ((1 << engine->out_bits) - 1));
    text_add(out, "})\n    ) quantizer (\n");
    emit_instance_end(out, from, to);
}

static void emit_threshold(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    char data[64], groups[32];
    snprintf(data, sizeof data, "%s_data", from);
    text_printf(out,
                "    // %d levels: the code counts the thresholds that the sum reaches\n"
                "    qnn_threshold #(\n        .MH(%d), .PE(%d),%s .ACC(%d), .BITS(%d), .FILE(\"%s.mem\"), .STYLE(0),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) quantizer (\n",
                engine->unit->thresholds.levels, engine->elements_out, engine->pe, group_parameter(engine, groups),
                engine->acc_bits, engine->out_bits, engine->memories[MEMORY_CONSTANTS].name);
    emit_connections(out, from, data, to);
    emit_configuration(out, engine->kind == ENGINE_MVU ? 2 : 0, 1);
    text_add(out, "\n    );\n\n");
}

static void emit_requant(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const struct qnn_requant *requant = int_requant(engine->unit);
    const bool clip = engine->tail == TAIL_REQUANT;
    char data[64], groups[32];
    snprintf(data, sizeof data, "%s_data", from);
    char range[48] = "";
    if (clip && requant->is_signed)
        snprintf(range, sizeof range, ".SIGNED(1), .FIRST(%d), ", (int)requant->first);
    if (clip)
        text_printf(out, "    // code = clip((M*acc + B) >> %d, %d, %d), exact for every sum\n", multiply->shift,
                    (int)requant->first, (int)qnn_requant_last_code(requant));
    else
        text_add(out, "    // M*acc + B: what the class is defined on\n");
    text_printf(out,
                "    qnn_requant #(\n"
                "        .MH(%d), .PE(%d),%s .ACC(%d), .MBITS(%d), .BBITS(%d), .SHIFT(%d), .OBITS(%d), .CLIP(%d),\n"
                "        %s.MULTIPLIERS(%d), .SERIAL(%d), .FILE(\"%s.mem\"), .STYLE(0),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) quantizer (\n",
                engine->elements_out, engine->pe, group_parameter(engine, groups), engine->acc_bits,
                multiply->multiplier_bits, multiply->addend_bits, multiply->shift, engine->out_bits, clip, range,
                multiply->multipliers, multiply->serial, engine->memories[MEMORY_CONSTANTS].name);
    emit_connections(out, from, data, to);
    emit_configuration(out, engine->kind == ENGINE_MVU ? 2 : 0, 1);
    text_add(out, "\n    );\n\n");
}

/* Counts to codes of an int: memory.c says why the top bit is all. */
static void emit_counted(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    if (engine->unit->output.type.encoding != QNN_ENCODING_TWOS) {
        emit_threshold(out, engine, from, to);
        return;
    }
    emit_stream(out, "counts", engine->pe * engine->out_bits);
    emit_threshold(out, engine, from, "counts");
    emit_handshake(out, "counts", to);
    text_printf(out, "    assign %s_data = counts_data ^ {%d{%d'd%d}};\n\n", to, engine->pe, engine->out_bits,
                1 << (engine->out_bits - 1));
}

/* The sums without the bits that the template needs and the codes do not. */
static void emit_trimmed(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const int acc = engine->acc_bits;
    emit_handshake(out, from, to);
    if (acc == engine->out_bits) {
        text_printf(out, "    assign %s_data = %s_data;\n\n", to, from);
        return;
    }
    text_printf(out,
                "    genvar sum;\n    generate for (sum = 0; sum < %d; sum = sum + 1) begin : trim\n"
                "        assign %s_data[sum*%d +: %d] = %s_data[sum*%d +: %d];\n    end endgenerate\n"
                "    wire unused_sums = &{1'b0, %s_data};\n\n",
                engine->pe, to, engine->out_bits, engine->out_bits, from, acc, engine->out_bits, from);
}

void emit_tail(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    static void (*const emitters[ENGINE_TAIL_COUNT])(struct text *, const struct hw_engine *, const char *,
                                                     const char *) = {
        [TAIL_SIGN] = emit_trimmed,    [TAIL_TABLE] = emit_table,    [TAIL_THRESHOLD] = emit_counted,
        [TAIL_REQUANT] = emit_requant, [TAIL_AFFINE] = emit_requant, [TAIL_NONE] = emit_trimmed,
    };
    emitters[engine->tail](out, engine, from, to);
}

/* The last unit: values to a class index, or gathered into one word. */
void emit_result(struct text *out, const struct hw_graph *graph, const struct hw_engine *engine)
{
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
    emit_instance_end(out, "values", "m");
}
