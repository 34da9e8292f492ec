/* The engines themselves. The parameters of the templates are numbers that the compiler found; rtl_templates/README.md says
 * what they mean. */
#include "backend/verilog/emit.h"

#include "base/part.h"
#include "hardware/bits.h"
#include "hardware/mvu_forms.h"

static int style_parameter(enum memory_style style)
{
    static const int styles[MEMORY_STYLE_COUNT] = {[MEMORY_AUTO] = 0, [MEMORY_BLOCK] = 1, [MEMORY_DISTRIBUTED] = 2};
    return styles[style];
}

/* The streams of operands and sums between the unit and its rows. */
static void emit_operands(struct verilog_file *out, const struct hw_engine *engine, int sum_bits)
{
    char range[16];
    text_printf(&out->text, "    wire %sx;\n", emit_range(engine->simd * engine->in_bits, range));
    text_printf(&out->text, "    wire %sw;\n", emit_range(engine->memories[MEMORY_WEIGHTS].width, range));
    text_printf(&out->text, "    wire %srow_sums;\n", emit_range(engine->pe * sum_bits, range));
    text_printf(&out->text, "    wire %srow_carries;\n", emit_range(engine->pe, range));
}

static void emit_dot(struct verilog_file *out, const struct hw_engine *engine)
{
    emit_instance(out, engine->form->dot);
    for (const struct mvu_parameter *parameter = engine->form->parameters; parameter->name; parameter++)
        emit_parameter(out, parameter->name, parameter->value(engine));
    emit_instance_name(out, "dot");
}

/* The datapath: a dot product per row. */
static void emit_rows(struct verilog_file *out, const struct hw_engine *engine, int sum_bits)
{
    const int weight_bits = engine->memories[MEMORY_WEIGHTS].width / engine->pe;
    if (engine->pe == 1) {
        emit_dot(out, engine);
        text_add(&out->text, "        .x(x), .w(w), .sum(row_sums), .carry(row_carries)\n    );\n\n");
        return;
    }
    text_printf(&out->text, "    genvar row;\n    generate for (row = 0; row < %d; row = row + 1) begin : rows\n",
                engine->pe);
    out->indent += VERILOG_INDENT;
    emit_dot(out, engine);
    out->indent -= VERILOG_INDENT;
    text_printf(&out->text,
                "            .x(x), .w(w[row*%d +: %d]), .sum(row_sums[row*%d +: %d]), .carry(row_carries[row])\n"
                "        );\n    end endgenerate\n\n",
                weight_bits, weight_bits, sum_bits, sum_bits);
}

/* A beat of inputs as the rows read it; returns the name of its data. */
static void emit_recoder(struct verilog_file *out, const struct hw_engine *engine, char data[64])
{
    char range[16];
    text_printf(&out->text, "    wire %srecoded;\n", emit_range(engine->simd * engine->in_bits, range));
    emit_instance(out, engine->form->input_recoder);
    emit_parameter(out, "SIMD", engine->simd);
    emit_instance_name(out, "recoder");
    text_printf(&out->text, "        .plain(%s), .coded(recoded)\n    );\n\n", data);
    snprintf(data, 64, "recoded");
}

static void emit_mvu_parameters(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine,
                                int sum_bits)
{
    const struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS];
    const bool distributed = part_of(graph->integer->plan->model->hardware.target)->engines.distributed;
    emit_parameter(out, "MW", engine->elements_in);
    emit_parameter(out, "MH", engine->elements_out);
    if (engine->groups > 1)
        emit_parameter(out, "GROUPS", engine->groups);
    emit_parameter(out, "SIMD", engine->simd);
    emit_parameter(out, "PE", engine->pe);
    emit_parameter(out, "ABITS", engine->in_bits);
    emit_parameter(out, "BIPOLAR", engine->unit->input.type.encoding == QNN_ENCODING_SIGN);
    emit_parameter(out, "WEIGHT_BITS", engine->unit->plan->weight_type.bits);
    emit_parameter(out, "SUM_BITS", sum_bits);
    emit_parameter(out, "ACC", engine->acc_bits);
    emit_parameter(out, "RAW", engine->tail != TAIL_SIGN);
    emit_parameter(out, "REGISTERED", engine->registered_operands);
    emit_parameter_image(out, "WEIGHT_FILE", weights);
    emit_parameter_image(out, "INIT_FILE", &engine->memories[MEMORY_STARTS]);
    emit_parameter(out, "WEIGHT_STYLE", style_parameter(weights->style));
    emit_parameter(out, "INIT_STYLE", 0);
    emit_parameter(out, "BUFFER_STYLE", style_parameter(distributed ? MEMORY_DISTRIBUTED : MEMORY_AUTO));
    emit_bus_parameters(out);
}

static void emit_mvu(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine,
                     const char *from, const char *to)
{
    const int sum_bits = hw_beat_bits(engine);
    char data[64], rows[48], columns[48], cycles[48], vectors[48];
    snprintf(data, sizeof data, "%s_data", from);
    if (engine->form->input_recoder)
        emit_recoder(out, engine, data);
    text_printf(&out->text, "    // %d x %d, %s x %s a cycle: %d x %s a vector, %s a frame\n", engine->elements_in,
                engine->elements_out, emit_count(engine->pe, "row", rows), emit_count(engine->simd, "column", columns),
                engine->in_beats, emit_count(engine->out_beats, "cycle", cycles),
                emit_count(engine->vectors, "vector", vectors));
    emit_operands(out, engine, sum_bits);
    emit_instance(out, "qnn_mvu");
    emit_mvu_parameters(out, graph, engine, sum_bits);
    emit_instance_name(out, "unit");
    emit_connections(out, from, data, to);
    text_add(&out->text, ",\n        .dot_x(x), .dot_w(w), .dot_sum(row_sums), .dot_carry(row_carries)");
    emit_configuration(out, 0, 2, verilog_memory_count(engine));
    text_add(&out->text, "\n    );\n");
    emit_rows(out, engine, sum_bits);
}

static bool takes_minima(const struct int_unit *unit)
{
    for (size_t c = 0; unit->minimum && c < unit->plan->channels; c++)
        if (unit->minimum[c])
            return true;
    return false;
}

/* One bit a channel, the first one lowest: where the pool takes the smallest code. */
static void emit_minima(struct verilog_file *out, const struct int_unit *unit)
{
    struct text mask = {0};
    text_printf(&mask, "%zu'b", unit->plan->channels);
    for (size_t c = unit->plan->channels; c-- > 0;)
        text_add(&mask, unit->minimum[c] ? "1" : "0");
    emit_parameter_text(out, "MASK", text_cstr(&mask));
    text_free(&mask);
}

/* The sum of all positions needs no window: channels are added up as they come. */
static void emit_accumulate(struct verilog_file *out, const struct hw_engine *engine, int bits, bool is_signed)
{
    const int positions = (int)engine->unit->plan->fan_in;
    char count[48];
    text_printf(&out->text, "    // the sum of %s\n", emit_count(positions, "position", count));
    emit_instance(out, "qnn_accumulate");
    emit_parameter(out, "ELEM", bits);
    emit_parameter(out, "OBITS", engine->acc_bits);
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter(out, "BLOCKS", engine->out_beats);
    emit_parameter(out, "COUNT", positions);
    emit_parameter(out, "SIGNED", is_signed);
    emit_instance_name(out, "unit");
}

static void emit_reduce(struct verilog_file *out, const struct hw_engine *engine, int bits, bool is_signed)
{
    const struct int_unit *unit = engine->unit;
    const bool sums = unit_has(unit->plan, TRAIT_SUMS);
    const int taps = (int)unit->plan->fan_in;
    char count[48];
    text_printf(&out->text, "    // %s of %s, channel by channel\n",
                sums                 ? "the sum"
                : takes_minima(unit) ? "the largest (mask 1: the smallest)"
                                     : "the largest",
                emit_count(taps, "tap", count));
    emit_instance(out, "qnn_reduce");
    emit_parameter(out, "ELEM", bits);
    emit_parameter(out, "OBITS", engine->acc_bits);
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter(out, "TAPS", taps);
    emit_parameter(out, "BLOCKS", engine->out_beats);
    emit_parameter(out, "OP", sums);
    emit_parameter(out, "SIGNED", is_signed);
    if (takes_minima(unit))
        emit_minima(out, unit);
    emit_instance_name(out, "unit");
}

/* Codes of -1 and +1 are added as signed numbers of two bits. */
static void emit_pool(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct int_unit *unit = engine->unit;
    const bool bipolar = unit->input.type.encoding == QNN_ENCODING_SIGN && unit_has(unit->plan, TRAIT_SUMS);
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

static void emit_join_ports(struct verilog_file *out, const char *const inputs[2], const char *to)
{
    text_add(&out->text, "        .clk(clk), .rst(rst),\n");
    for (int port = 0; port < 2; port++)
        text_printf(&out->text, "        .s%d_valid(%s_valid), .s%d_ready(%s_ready), .s%d_data(%s_data),\n", port,
                    inputs[port], port, inputs[port], port, inputs[port]);
    text_printf(&out->text, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)\n    );\n\n", to, to, to);
}

static void emit_add(struct verilog_file *out, const struct hw_engine *engine, const char *const inputs[2],
                     const char *to)
{
    const enum qnn_encoding encoding = engine->unit->input.type.encoding;
    emit_instance(out, "qnn_add");
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter(out, "A0BITS", engine->in_bits);
    emit_parameter(out, "A1BITS", engine->in_bits);
    emit_parameter(out, "SIGNED", encoding == QNN_ENCODING_TWOS);
    emit_parameter(out, "BIPOLAR", encoding == QNN_ENCODING_SIGN);
    emit_parameter(out, "OBITS", engine->out_bits);
    emit_instance_name(out, "unit");
    emit_join_ports(out, inputs, to);
}

static void emit_concat(struct verilog_file *out, const struct hw_engine *engine, const char *const inputs[2],
                        const char *to)
{
    const struct shape *in = engine->unit->plan->in_shape;
    emit_instance(out, "qnn_concat");
    emit_parameter(out, "C0", in[0].channels);
    emit_parameter(out, "C1", in[1].channels);
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter(out, "ELEM", engine->in_bits);
    emit_instance_name(out, "unit");
    emit_join_ports(out, inputs, to);
}

void emit_unit(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine,
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
