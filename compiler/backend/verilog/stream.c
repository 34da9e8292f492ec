/* Ready/valid streams inside a wrapper, and the plumbing between them. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"

#include <string.h>

void emit_stream(struct text *out, const char *prefix, int bits)
{
    if (strcmp(prefix, "m") != 0)
        text_printf(out, "    wire %s_valid, %s_ready;\n    wire [%d:0] %s_data;\n", prefix, prefix, bits - 1, prefix);
}

void emit_connections(struct text *out, const char *from, const char *from_data, const char *to)
{
    text_add(out, "        .clk(clk), .rst(rst),\n");
    text_printf(out, "        .s_valid(%s_valid), .s_ready(%s_ready), .s_data(%s),\n", from, from, from_data);
    text_printf(out, "        .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data)", to, to, to);
}

void emit_instance_end(struct text *out, const char *from, const char *to)
{
    char data[64];
    snprintf(data, sizeof data, "%s_data", from);
    emit_connections(out, from, data, to);
    text_add(out, "\n    );\n\n");
}

void emit_configuration(struct text *out, int first, int count)
{
    if (count == 1)
        text_printf(out, ",\n        .cfg_we(cfg_we[%d])", first);
    else
        text_printf(out, ",\n        .cfg_we(cfg_we[%d:%d])", first + count - 1, first);
    text_add(out, ", .cfg_addr(cfg_addr), .cfg_data(cfg_data)");
}

void emit_handshake(struct text *out, const char *from, const char *to)
{
    text_printf(out, "    assign %s_valid = %s_valid;\n    assign %s_ready = %s_ready;\n", to, from, from, to);
}

const char *emit_converter(struct text *out, const struct verilog_converter *converter, const char *from,
                           const char *to)
{
    const struct verilog_converter *c = converter;
    if (c->in == c->lanes && c->count % c->in == 0)
        return from;
    emit_stream(out, to, c->lanes * c->bits);
    text_printf(out, "    // %d elements a beat -> %d\n", c->in, c->lanes);
    text_printf(out, "    qnn_dwc #(.ELEM(%d), .COUNT(%d), .IN(%d), .OUT(%d)) %s (\n", c->bits, c->count, c->in,
                c->lanes, c->name);
    emit_instance_end(out, from, to);
    return to;
}

/* The expression of one lane. */
static void emit_extended(struct text *out, enum qnn_encoding kind, int in, int bits, const char *from)
{
    if (kind == QNN_ENCODING_SIGN)
        text_printf(out, "%s_data[lane] ? %d'd1 : {%d{1'b1}}", from, bits, bits);
    else if (bits <= in)
        text_printf(out, "%s_data[lane*%d +: %d]", from, in, bits);
    else if (kind == QNN_ENCODING_TWOS)
        text_printf(out, "{{%d{%s_data[lane*%d + %d]}}, %s_data[lane*%d +: %d]}", bits - in, from, in, in - 1, from, in,
                    in);
    else
        text_printf(out, "{%d'd0, %s_data[lane*%d +: %d]}", bits - in, from, in, in);
}

const char *emit_extension(struct text *out, const struct hw_engine *engine, int bits, const char *from, const char *to)
{
    if (engine->unit->input.type.encoding != QNN_ENCODING_SIGN && bits == engine->in_bits)
        return from;
    emit_stream(out, to, engine->pe * bits);
    emit_handshake(out, from, to);
    text_printf(out,
                "    genvar lane;\n    generate for (lane = 0; lane < %d; lane = lane + 1) begin : extend\n"
                "        assign %s_data[lane*%d +: %d] = ",
                engine->pe, to, bits, bits);
    emit_extended(out, engine->unit->input.type.encoding, engine->in_bits, bits, from);
    text_add(out, ";\n    end endgenerate\n\n");
    return to;
}
