/* What turns an engine's sums into its result. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"

static void emit_groups(struct verilog_file *out, const struct hw_engine *engine)
{
    if (engine->groups > 1)
        emit_parameter(out, "GROUPS", engine->groups);
}

/* The ports of what reads the constants. */
static void emit_constants_end(struct verilog_file *out, const struct hw_engine *engine, const char *from,
                               const char *to)
{
    const int total = verilog_memory_count(engine);
    char data[64];
    snprintf(data, sizeof data, "%s_data", from);
    emit_connections(out, from, data, to);
    emit_configuration(out, total - 1, 1, total);
    text_add(&out->text, "\n    );\n\n");
}

/* The raw bits of an input code as they count up with the code: of two's complement, the negative codes come first. */
static int raw_bits(const struct hw_engine *engine, int rank)
{
    const int half = engine->signed_input ? 1 << (engine->in_bits - 1) : 0;
    return rank ^ half;
}

/* Where a one-bit table is a step, the rank of the first code past it, 1 .. size - 1, else 0. */
static int step_of(const struct hw_engine *engine)
{
    const int size = 1 << engine->in_bits;
    int steps = 0, at = 0;
    for (int rank = 1; rank < size; rank++)
        if (engine->table[raw_bits(engine, rank)] != engine->table[raw_bits(engine, rank - 1)]) {
            steps++;
            at = rank;
        }
    return engine->out_bits == 1 && steps == 1 ? at : 0;
}

static void emit_step(struct verilog_file *out, const struct hw_engine *engine, int step, const char *from,
                      const char *to)
{
    const int last = (1 << engine->in_bits) - 1;
    const bool rises = engine->table[raw_bits(engine, last)] != 0;
    text_printf(&out->text, "    // code of an input element: %s from %d on\n", rises ? "1" : "0",
                step - (engine->signed_input ? 1 << (engine->in_bits - 1) : 0));
    emit_instance(out, "qnn_step");
    emit_parameter(out, "IBITS", engine->in_bits);
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter(out, "SIGNED", engine->signed_input);
    emit_parameter(out, "FALLS", !rises);
    emit_parameter(out, "FIRST", step - (engine->signed_input ? 1 << (engine->in_bits - 1) : 0));
    emit_instance_name(out, "quantizer");
    emit_instance_end(out, from, to);
}

static void emit_table(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const int size = 1 << engine->in_bits, step = step_of(engine);
    if (step) {
        emit_step(out, engine, step, from, to);
        return;
    }
    struct text table = {0};
    for (int i = size - 1; i >= 0; i--)
        text_printf(&table, "%s%s%d'd%d", i < size - 1 ? "," : "{", (size - 1 - i) % 16 == 0 ? "\n            " : " ",
                    engine->out_bits, (int)engine->table[i] & ((1 << engine->out_bits) - 1));
    text_add(&table, "}");
    text_add(&out->text, "    // code of every input element, the last one first\n");
    emit_instance(out, "qnn_input_quant");
    emit_parameter(out, "IBITS", engine->in_bits);
    emit_parameter(out, "OBITS", engine->out_bits);
    emit_parameter(out, "LANES", engine->pe);
    emit_parameter_text(out, "TABLE", text_cstr(&table));
    emit_instance_name(out, "quantizer");
    emit_instance_end(out, from, to);
    text_free(&table);
}

static void emit_threshold(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    char levels[48];
    text_printf(&out->text, "    // %s: the code counts the thresholds that the sum reaches\n",
                emit_count(engine->unit->thresholds.levels, "level", levels));
    emit_instance(out, "qnn_threshold");
    emit_parameter(out, "MH", engine->elements_out);
    emit_parameter(out, "PE", engine->pe);
    emit_groups(out, engine);
    emit_parameter(out, "ACC", engine->acc_bits);
    emit_parameter(out, "BITS", engine->out_bits);
    emit_parameter_image(out, "FILE", &engine->memories[MEMORY_CONSTANTS]);
    emit_parameter(out, "STYLE", 0);
    emit_bus_parameters(out);
    emit_instance_name(out, "quantizer");
    emit_constants_end(out, engine, from, to);
}

static void emit_requant(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const struct qnn_requant *requant = int_requant(engine->unit);
    const bool clip = engine->tail == TAIL_REQUANT;
    if (clip)
        text_printf(&out->text, "    // code = clip((M*acc + B) >> %d, %d, %d), exact for every sum\n", multiply->shift,
                    (int)requant->first, (int)qnn_requant_last_code(requant));
    else
        text_add(&out->text, "    // M*acc + B: what the class is defined on\n");
    emit_instance(out, "qnn_requant");
    emit_parameter(out, "MH", engine->elements_out);
    emit_parameter(out, "PE", engine->pe);
    emit_groups(out, engine);
    emit_parameter(out, "ACC", engine->acc_bits);
    emit_parameter(out, "MBITS", multiply->multiplier_bits);
    emit_parameter(out, "BBITS", multiply->addend_bits);
    emit_parameter(out, "SHIFT", multiply->shift);
    emit_parameter(out, "OBITS", engine->out_bits);
    emit_parameter(out, "CLIP", clip);
    if (clip && requant->is_signed) {
        emit_parameter(out, "SIGNED", 1);
        emit_parameter(out, "FIRST", (int)requant->first);
    }
    emit_parameter(out, "MULTIPLIERS", multiply->multipliers);
    emit_parameter(out, "SERIAL", multiply->serial);
    emit_parameter_image(out, "FILE", &engine->memories[MEMORY_CONSTANTS]);
    emit_parameter(out, "STYLE", 0);
    emit_bus_parameters(out);
    emit_instance_name(out, "quantizer");
    emit_constants_end(out, engine, from, to);
}

/* Counts to codes of an int: memory.c says why the top bit is all. */
static void emit_counted(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    if (engine->unit->output.type.encoding != QNN_ENCODING_TWOS) {
        emit_threshold(out, engine, from, to);
        return;
    }
    emit_stream(out, "counts", engine->pe * engine->out_bits);
    emit_threshold(out, engine, from, "counts");
    emit_handshake(out, "counts", to);
    text_printf(&out->text, "    assign %s_data = counts_data ^ {%d{%d'd%d}};\n\n", to, engine->pe, engine->out_bits,
                1 << (engine->out_bits - 1));
}

/* The sums without the bits that the template needs and the codes do not. */
static void emit_trimmed(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const int acc = engine->acc_bits;
    emit_handshake(out, from, to);
    if (acc == engine->out_bits) {
        text_printf(&out->text, "    assign %s_data = %s_data;\n\n", to, from);
        return;
    }
    if (engine->pe == 1)
        text_printf(&out->text, "    assign %s_data = %s_data[%d:0];\n", to, from, engine->out_bits - 1);
    else
        text_printf(&out->text,
                    "    genvar sum;\n    generate for (sum = 0; sum < %d; sum = sum + 1) begin : trim\n"
                    "        assign %s_data[sum*%d +: %d] = %s_data[sum*%d +: %d];\n    end endgenerate\n",
                    engine->pe, to, engine->out_bits, engine->out_bits, from, acc, engine->out_bits);
    text_printf(&out->text, "    wire unused_sums = &{1'b0, %s_data};\n\n", from);
}

void emit_tail(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    static void (*const emitters[ENGINE_TAIL_COUNT])(struct verilog_file *, const struct hw_engine *, const char *,
                                                     const char *) = {
        [TAIL_SIGN] = emit_trimmed,    [TAIL_TABLE] = emit_table,    [TAIL_THRESHOLD] = emit_counted,
        [TAIL_REQUANT] = emit_requant, [TAIL_AFFINE] = emit_requant, [TAIL_NONE] = emit_trimmed,
    };
    emitters[engine->tail](out, engine, from, to);
}

/* The last unit: values to a class index, or gathered into one word. */
void emit_result(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine)
{
    if (graph->class_bits) {
        text_add(&out->text, "    // lowest index of the largest value\n");
        emit_instance(out, "qnn_argmax");
        emit_parameter(out, "COUNT", engine->elements_out);
        emit_parameter(out, "LANES", engine->pe);
        emit_parameter(out, "BITS", engine->out_bits);
        emit_parameter(out, "VALUES", verilog_logit_bits(graph) > 0);
        emit_instance_name(out, "argmax");
    } else {
        text_add(&out->text, "    // all outputs of a frame in one word\n");
        emit_instance(out, "qnn_dwc");
        emit_parameter(out, "ELEM", engine->out_bits);
        emit_parameter(out, "COUNT", engine->elements_out);
        emit_parameter(out, "IN", engine->pe);
        emit_parameter(out, "OUT", engine->elements_out);
        emit_instance_name(out, "gather");
    }
    emit_instance_end(out, "values", "m");
}
