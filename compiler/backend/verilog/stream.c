/* Ready/valid streams inside a wrapper, and the plumbing between them. */
#include "backend/verilog/emit.h"

#include "base/require.h"
#include "hardware/bits.h"

#include <string.h>

const char *emit_range(int bits, char buffer[16])
{
    buffer[0] = 0;
    if (bits > 1)
        snprintf(buffer, 16, "[%d:0] ", bits - 1);
    return buffer;
}

const char *emit_count(long long count, const char *noun, char buffer[48])
{
    snprintf(buffer, 48, "%lld %s%s", count, noun, count == 1 ? "" : "s");
    return buffer;
}

void emit_stream(struct verilog_file *out, const char *prefix, int bits)
{
    char range[16];
    if (strcmp(prefix, "m") != 0)
        text_printf(&out->text, "    wire %s_valid, %s_ready;\n    wire %s%s_data;\n", prefix, prefix,
                    emit_range(bits, range), prefix);
}

/* ---- Instances --------------------------------------------------------------------------------------------------- */

void emit_instance(struct verilog_file *out, const char *module)
{
    size_t known = 0;
    while (known < out->module_count && strcmp(out->modules[known], module) != 0)
        known++;
    if (known == out->module_count) {
        REQUIRE(known < VERILOG_MAX_MODULES);
        out->modules[out->module_count++] = module;
    }
    text_printf(&out->text, "%*s%s #(\n", out->indent, "", module);
    out->parameter_count = 0;
}

void emit_parameter_text(struct verilog_file *out, const char *name, const char *value)
{
    text_printf(&out->text, "%s%*s.%s(%s)", out->parameter_count++ ? ",\n" : "", out->indent + VERILOG_INDENT, "", name,
                value);
}

void emit_parameter(struct verilog_file *out, const char *name, int value)
{
    char number[16];
    snprintf(number, sizeof number, "%d", value);
    emit_parameter_text(out, name, number);
}

void emit_parameter_image(struct verilog_file *out, const char *name, const struct hw_memory *memory)
{
    text_printf(&out->text, "%s%*s.%s(\"%s.mem\")", out->parameter_count++ ? ",\n" : "", out->indent + VERILOG_INDENT,
                "", name, memory->name);
}

void emit_bus_parameters(struct verilog_file *out)
{
    emit_parameter_text(out, "CFG_AW", "CFG_AW");
    emit_parameter_text(out, "CFG_DW", "CFG_DW");
}

void emit_instance_name(struct verilog_file *out, const char *name)
{
    text_printf(&out->text, "\n%*s) %s (\n", out->indent, "", name);
}

void emit_connections(struct verilog_file *out, const char *from, const char *from_data, const char *to)
{
    text_add(&out->text, "        .clk(clk), .rst(rst),\n");
    text_printf(&out->text, "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s),\n", from, from, from_data);
    text_printf(&out->text, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)", to, to, to);
}

void emit_instance_end(struct verilog_file *out, const char *from, const char *to)
{
    char data[64];
    snprintf(data, sizeof data, "%s_data", from);
    emit_connections(out, from, data, to);
    text_add(&out->text, "\n    );\n\n");
}

void emit_configuration(struct verilog_file *out, int first, int count, int total)
{
    if (count == total)
        text_add(&out->text, ",\n        .cfg_we(cfg_we)");
    else if (count == 1)
        text_printf(&out->text, ",\n        .cfg_we(cfg_we[%d])", first);
    else
        text_printf(&out->text, ",\n        .cfg_we(cfg_we[%d:%d])", first + count - 1, first);
    text_add(&out->text, ", .cfg_addr(cfg_addr), .cfg_data(cfg_data)");
}

void emit_handshake(struct verilog_file *out, const char *from, const char *to)
{
    text_printf(&out->text, "    assign %s_valid = %s_valid;\n    assign %s_ready = %s_ready;\n", to, from, from, to);
}

const char *emit_converter(struct verilog_file *out, const struct verilog_converter *converter, const char *from,
                           const char *to)
{
    const struct verilog_converter *c = converter;
    if (c->in == c->lanes && c->count % c->in == 0)
        return from;
    char before[48], after[48];
    emit_stream(out, to, c->lanes * c->bits);
    text_printf(&out->text, "    // %s a beat -> %s\n", emit_count(c->in, "element", before),
                emit_count(c->lanes, "element", after));
    emit_instance(out, "qnn_dwc");
    emit_parameter(out, "ELEM", c->bits);
    emit_parameter(out, "COUNT", c->count);
    emit_parameter(out, "IN", c->in);
    emit_parameter(out, "OUT", c->lanes);
    emit_instance_name(out, c->name);
    emit_instance_end(out, from, to);
    return to;
}

/* The lowest `bits` of an element of `width` bits: of the loop variable `lane`, or of the only one. */
static void emit_lane(struct verilog_file *out, const char *from, int width, int bits, bool only)
{
    if (only && bits == width)
        text_printf(&out->text, "%s_data", from);
    else if (only)
        text_printf(&out->text, "%s_data[%d:0]", from, bits - 1);
    else if (width == 1)
        text_printf(&out->text, "%s_data[lane]", from);
    else
        text_printf(&out->text, "%s_data[lane*%d +: %d]", from, width, bits);
}

static void emit_sign_bits(struct verilog_file *out, const char *from, int width, int count, bool only)
{
    if (only)
        text_printf(&out->text, "{{%d{%s_data[%d]}}, ", count, from, width - 1);
    else
        text_printf(&out->text, "{{%d{%s_data[lane*%d + %d]}}, ", count, from, width, width - 1);
}

/* The expression of one lane. */
static void emit_extended(struct verilog_file *out, enum qnn_encoding encoding, int width, int bits, const char *from,
                          bool only)
{
    if (encoding == QNN_ENCODING_SIGN) {
        emit_lane(out, from, 1, 1, only);
        text_printf(&out->text, " ? %d'd1 : {%d{1'b1}}", bits, bits);
    } else if (bits <= width) {
        emit_lane(out, from, width, bits, only);
    } else {
        if (encoding == QNN_ENCODING_TWOS)
            emit_sign_bits(out, from, width, bits - width, only);
        else
            text_printf(&out->text, "{%d'd0, ", bits - width);
        emit_lane(out, from, width, width, only);
        text_add(&out->text, "}");
    }
}

const char *emit_extension(struct verilog_file *out, const struct hw_engine *engine, int bits, const char *from,
                           const char *to)
{
    if (engine->unit->input.type.encoding != QNN_ENCODING_SIGN && bits == engine->in_bits)
        return from;
    emit_stream(out, to, engine->pe * bits);
    emit_handshake(out, from, to);
    const bool only = engine->pe == 1;
    if (only)
        text_printf(&out->text, "    assign %s_data = ", to);
    else
        text_printf(&out->text,
                    "    genvar lane;\n    generate for (lane = 0; lane < %d; lane = lane + 1) begin : extend\n"
                    "        assign %s_data[lane*%d +: %d] = ",
                    engine->pe, to, bits, bits);
    emit_extended(out, engine->unit->input.type.encoding, engine->in_bits, bits, from, only);
    text_add(&out->text, only ? ";\n\n" : ";\n    end endgenerate\n\n");
    return to;
}
