/* The engines themselves. The parameters of the templates are numbers that the compiler found; rtl_templates/README.md says
 * what they mean. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"
#include "hardware/part.h"

static int style_parameter(enum memory_style style)
{
    static const int styles[MEMORY_STYLE_COUNT] = {[MEMORY_AUTO] = 0, [MEMORY_BLOCK] = 1, [MEMORY_DISTRIBUTED] = 2};
    return styles[style];
}

static void emit_mvu(struct text *out, const struct hw_graph *graph, const struct hw_engine *engine, const char *from,
                     const char *to)
{
    const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
    const bool bipolar = engine->unit->input.type.encoding == QNN_ENCODING_SIGN;
    char groups[32] = "";
    if (engine->groups > 1)
        snprintf(groups, sizeof groups, " .GROUPS(%d),", engine->groups);
    const int buffer = hw_part(plan->target)->distributed ? 2 : 0;
    char data[64];
    snprintf(data, sizeof data, "%s_data", from);
    text_printf(out, "    // %d x %d, %d rows x %d columns a cycle: %d x %d cycles a vector, %d vectors a frame\n",
                engine->elements_in, engine->elements_out, engine->pe, engine->simd, engine->in_beats,
                engine->out_beats, engine->vectors);
    text_printf(out,
                "    qnn_mvu_%s #(\n"
                "        .MW(%d), .MH(%d),%s .SIMD(%d), .PE(%d), .ABITS(%d), .BIPOLAR(%d), .ACC(%d), .RAW(%d),\n",
                engine->ternary ? "ternary" : "binary", engine->elements_in, engine->elements_out, groups, engine->simd,
                engine->pe, engine->in_bits, bipolar, engine->acc_bits, engine->tail != TAIL_SIGN);
    if (!engine->ternary)
        text_printf(out, "        .RECODE(%d),\n", engine->recoded);
    text_printf(out,
                "        .REGISTERED(%d), .WEIGHT_STYLE(%d), .INIT_STYLE(0), .BUFFER_STYLE(%d),\n"
                "        .WEIGHT_FILE(\"%s.mem\"), .INIT_FILE(\"%s.mem\"),\n"
                "        .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)\n    ) unit (\n",
                engine->registered_operands, style_parameter(engine->memories[MEMORY_WEIGHTS].style), buffer,
                engine->memories[MEMORY_WEIGHTS].name, engine->memories[MEMORY_STARTS].name);
    emit_connections(out, from, data, to);
    emit_configuration(out, 0, 2);
    text_add(out, "\n    );\n\n");
}

/* One bit a channel, the first one lowest: where the pool takes the smallest code. */
static void emit_minima(struct text *out, const struct int_unit *unit)
{
    const size_t channels = unit->plan->channels;
    text_printf(out, "%zu'b", channels);
    for (size_t c = channels; c-- > 0;)
        text_add(out, unit->minimum && unit->minimum[c] ? "1" : "0");
}

/* The sum of all positions needs no window: channels are added up as they come. */
static void emit_accumulate(struct text *out, const struct hw_engine *engine, int bits, bool is_signed)
{
    text_printf(
        out,
        "    // the sum of %d positions\n"
        "    qnn_accumulate #(.ELEM(%d), .OBITS(%d), .LANES(%d), .BLOCKS(%d), .COUNT(%zu), .SIGNED(%d)) unit (\n",
        (int)engine->unit->plan->fan_in, bits, engine->acc_bits, engine->pe, engine->out_beats,
        engine->unit->plan->fan_in, is_signed);
}

static void emit_reduce(struct text *out, const struct hw_engine *engine, int bits, bool is_signed)
{
    const struct int_unit *unit = engine->unit;
    const bool sums = unit->plan->source == UNIT_SUMPOOL;
    text_printf(out,
                "    // %s of %zu taps, channel by channel\n    qnn_reduce #(\n"
                "        .ELEM(%d), .OBITS(%d), .LANES(%d), .TAPS(%zu), .BLOCKS(%d), .OP(%d), .SIGNED(%d),\n"
                "        .MASK(",
                sums ? "the sum" : "the largest (mask 1: the smallest)", unit->plan->fan_in, bits, engine->acc_bits,
                engine->pe, unit->plan->fan_in, engine->out_beats, sums, is_signed);
    emit_minima(out, unit);
    text_add(out, ")\n    ) unit (\n");
}

/* Codes of -1 and +1 are added as signed numbers of two bits. */
static void emit_pool(struct text *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct int_unit *unit = engine->unit;
    const bool bipolar = unit->input.type.encoding == QNN_ENCODING_SIGN && unit->plan->source == UNIT_SUMPOOL;
    const int bits = bipolar ? 2 : engine->in_bits;
    const bool is_signed = bipolar || unit->input.type.encoding == QNN_ENCODING_TWOS;
    if (bipolar)
        from = emit_extension(out, engine, bits, from, "signs");
    if (engine->window.form == WINDOW_WHOLE)
        emit_accumulate(out, engine, bits, is_signed);
    else
        emit_reduce(out, engine, bits, is_signed);
    emit_instance_end(out, from, to);
}

static void emit_join_ports(struct text *out, const char *const inputs[2], const char *to)
{
    text_add(out, "        .clk(clk), .rst(rst),\n");
    for (int port = 0; port < 2; port++)
        text_printf(out, "        .s%d_valid(%s_valid), .s%d_ready(%s_ready), .s%d_data(%s_data),\n", port,
                    inputs[port], port, inputs[port], port, inputs[port]);
    text_printf(out, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)\n    );\n\n", to, to, to);
}

static void emit_add(struct text *out, const struct hw_engine *engine, const char *const inputs[2], const char *to)
{
    const enum qnn_encoding kind = engine->unit->input.type.encoding;
    text_printf(out,
                "    qnn_add #(.LANES(%d), .A0BITS(%d), .A1BITS(%d), .SIGNED(%d), .BIPOLAR(%d), .OBITS(%d)) unit (\n",
                engine->pe, engine->in_bits, engine->in_bits, kind == QNN_ENCODING_TWOS, kind == QNN_ENCODING_SIGN,
                engine->out_bits);
    emit_join_ports(out, inputs, to);
}

static void emit_concat(struct text *out, const struct hw_engine *engine, const char *const inputs[2], const char *to)
{
    const struct shape *in = engine->unit->plan->in_shape;
    text_printf(out, "    qnn_concat #(.C0(%d), .C1(%d), .LANES(%d), .ELEM(%d)) unit (\n", in[0].channels,
                in[1].channels, engine->pe, engine->in_bits);
    emit_join_ports(out, inputs, to);
}

void emit_unit(struct text *out, const struct hw_graph *graph, const struct hw_engine *engine,
               const char *const inputs[2], const char *to)
{
    switch (engine->kind) {
    case ENGINE_MVU:
        emit_mvu(out, graph, engine, inputs[0], to);
        break;
    case ENGINE_POOL:
        emit_pool(out, engine, inputs[0], to);
        break;
    case ENGINE_ADD:
        emit_add(out, engine, inputs, to);
        break;
    case ENGINE_CONCAT:
        emit_concat(out, engine, inputs, to);
        break;
    default: /* a quantizer is its tail */
        break;
    }
}
