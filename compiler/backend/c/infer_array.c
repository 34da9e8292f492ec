/* Constant arrays and the expressions made from them. */
#include "backend/c/infer_layer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_WIDTH = 120, INDENT = 4 };

bool infer_all_equal(const int64_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

static int type_bits(const int64_t *values, size_t count)
{
    int bits = 8;
    for (size_t i = 0; i < count; i++)
        while (bits < 64 && (values[i] < -(INT64_C(1) << (bits - 1)) || values[i] >= INT64_C(1) << (bits - 1)))
            bits *= 2;
    return bits;
}

/* Numbers separated by commas, lines filled up to the width; each line starts with `indent` blanks. */
static void add_numbers(struct text *out, const int64_t *values, size_t count, int indent)
{
    int column = 0;
    for (size_t i = 0; i < count; i++) {
        char number[24];
        const int length = snprintf(number, sizeof number, "%" PRId64 ",", values[i]);
        if (column == 0 || column + 1 + length > LINE_WIDTH) {
            text_printf(out, "%s%*s", column == 0 ? "" : "\n", indent, "");
            column = indent;
        } else {
            text_add(out, " ");
            column++;
        }
        text_add(out, number);
        column += length;
    }
    text_add(out, "\n");
}

int infer_emit_table(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns)
{
    const int bits = type_bits(values, rows * columns);
    text_printf(out, "static const int%d_t %s_%s[%zu][%zu] = {\n", bits, layer, what, rows, columns);
    for (size_t row = 0; row < rows; row++) {
        text_printf(out, "%*s{\n", INDENT, "");
        add_numbers(out, values + row * columns, columns, 2 * INDENT);
        text_printf(out, "%*s},\n", INDENT, "");
    }
    text_add(out, "};\n");
    return bits;
}

int infer_emit_array(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns)
{
    if (rows > 1)
        return infer_emit_table(out, layer, what, values, rows, columns);
    const int bits = type_bits(values, columns);
    text_printf(out, "static const int%d_t %s_%s[%zu] = {\n", bits, layer, what, columns);
    add_numbers(out, values, columns, INDENT);
    text_add(out, "};\n");
    return bits;
}
