/* Matrix-vector units: one alone, and a chain of three with width converters between. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static int keyed(const struct test *test, const char *prefix, const char *key, int other)
{
    char name[32];
    snprintf(name, sizeof name, "%s%s", prefix, key);
    return param(test, name, other);
}

static int signed_bits(int64_t low, int64_t high)
{
    int bits = 1;
    while (low < -((int64_t)1 << (bits - 1)) || high >= (int64_t)1 << (bits - 1))
        bits++;
    return bits;
}

/* Largest magnitude of a weight: 1 but for integers of wbits bits, which with full = 1 have one value more below zero. */
static int magnitude(const struct layer *layer)
{
    return layer->wbits ? (1 << (layer->wbits - 1)) - !layer->full : 1;
}

/* Bits of a weight in the image, and of a product as the adders take it. */
static int weight_bits(const struct layer *layer)
{
    return layer->wbits ? layer->wbits : layer->ternary ? 2 : 1;
}
static int term_bits(const struct layer *layer)
{
    return clog2(magnitude(layer) * ((1 << layer->abits) - 1) + 1);
}

/* Sums of the magnitudes of a channel's positive and negative weights. */
static void row_sums(const struct layer *layer, int channel, int *plus, int *minus)
{
    *plus = *minus = 0;
    for (int i = 0; i < layer->mw; i++) {
        int w = layer->weight[channel * layer->mw + i];
        *plus += w > 0 ? w : 0;
        *minus += w < 0 ? -w : 0;
    }
}

/* Range of Σ w·x for a channel. */
static void row_range(const struct layer *layer, int channel, int *low, int *high)
{
    int plus, minus, top = (1 << layer->abits) - 1;
    row_sums(layer, channel, &plus, &minus);
    *low = layer->bipolar ? -plus - minus : -top * minus;
    *high = layer->bipolar ? plus + minus : top * plus;
}

static int draw_weight(struct test *test, const struct layer *layer)
{
    if (layer->wbits)
        return pick(test, -magnitude(layer), magnitude(layer) - layer->full);
    return layer->ternary ? pick(test, -1, 1) : 2 * pick(test, 0, 1) - 1;
}

void layer_draw(struct test *test, struct layer *layer, const char *prefix)
{
    *layer = (struct layer){.mw = keyed(test, prefix, "mw", 16),
                            .mh = keyed(test, prefix, "mh", 8),
                            .groups = keyed(test, prefix, "groups", 1),
                            .simd = keyed(test, prefix, "simd", 4),
                            .pe = keyed(test, prefix, "pe", 2),
                            .abits = keyed(test, prefix, "abits", 1),
                            .bipolar = keyed(test, prefix, "bipolar", 1),
                            .ternary = keyed(test, prefix, "ternary", 0),
                            .wbits = keyed(test, prefix, "wbits", 0),
                            .full = keyed(test, prefix, "full", 0),
                            .raw = keyed(test, prefix, "raw", 0),
                            .recode = keyed(test, prefix, "recode", 0),
                            .registered = keyed(test, prefix, "registered", 0)};
    int rows = layer->groups * layer->mh;
    size_t mh = (size_t)rows, mw = (size_t)layer->mw;
    layer->weight = calloc(mh * mw, sizeof *layer->weight);
    layer->threshold = calloc(mh, sizeof *layer->threshold);
    layer->falling = calloc(mh, sizeof *layer->falling);
    layer->offset = calloc(mh, sizeof *layer->offset);
    int64_t low_raw = 0, high_raw = 0;
    for (int c = 0; c < rows; c++) {
        for (int i = 0; i < layer->mw; i++)
            layer->weight[c * layer->mw + i] = draw_weight(test, layer);
        int low, high;
        row_range(layer, c, &low, &high);
        /* Mostly near the middle, where codes vary; sometimes a constant channel. */
        static const int never = 1;
        int middle = (low + high) / 2, spread = (high - low) / 8 + 1;
        layer->threshold[c] = pick(test, 0, 7) == 0 ? (pick(test, 0, 1) ? low : high + never)
                                                    : pick(test, middle - spread, middle + spread);
        if (layer->threshold[c] > high + never)
            layer->threshold[c] = high + never;
        if (layer->threshold[c] < low)
            layer->threshold[c] = low;
        layer->falling[c] = !layer->full && pick(test, 0, 3) == 0; /* the least of a full grid has no opposite */
        layer->offset[c] = pick(test, 0, 2) == 0 ? pick(test, -9, 9) : 0;
        if (low + layer->offset[c] < low_raw)
            low_raw = low + layer->offset[c];
        if (high + layer->offset[c] > high_raw)
            high_raw = high + layer->offset[c];
    }
    int most = ((1 << term_bits(layer)) - 1) * layer->mw;
    layer->acc = layer->raw ? signed_bits(low_raw, high_raw) : clog2(most + 1) + 1;
}

/* The word of a channel: what the accumulator starts from. */
static int64_t start_value(const struct layer *layer, int c)
{
    int sign = !layer->raw && layer->falling[c] ? -1 : 1, gain = layer->bipolar ? 2 : 1;
    int term = (1 << term_bits(layer)) - 1, negatives = 0, sum = 0, most = 0;
    for (int i = 0; i < layer->mw; i++) {
        int w = sign * layer->weight[c * layer->mw + i];
        negatives += w < 0;
        sum += w;
        most += w < 0 ? term : w * ((1 << layer->abits) - 1);
    }
    int constant = -gain * term * negatives - (layer->bipolar ? sum : 0);
    if (layer->raw)
        return constant + layer->offset[c];
    int threshold = sign > 0 ? layer->threshold[c] : 1 - layer->threshold[c];
    int distance = threshold - constant, reach = layer->bipolar ? (distance + (distance > 0)) / 2 : distance;
    reach = reach < 0 ? 0 : reach > most + 1 ? most + 1 : reach;
    return ((int64_t)1 << (layer->acc - 1)) - reach;
}

/* Plane by plane from bit `at` on: of integers the sign and the magnitude, else "positive" and "not zero". */
static void write_weight(struct words *image, const struct layer *layer, int at, int w)
{
    words_put(image, at, 1, layer->wbits ? w < 0 : w >= 0);
    if (layer->ternary)
        words_put(image, at + layer->simd, 1, w != 0);
    for (int bit = 0; bit < layer->wbits - 1; bit++)
        words_put(image, at + (bit + 1) * layer->simd, 1, (w < 0 ? -w : w) >> bit & 1);
}

static void write_weights(const struct layer *layer, const char *name)
{
    int sf = ceil_div(layer->mw, layer->simd), nf = ceil_div(layer->mh, layer->pe), planes = weight_bits(layer);
    struct words image;
    words_open(&image, name, planes * layer->pe * layer->simd);
    for (int word = 0; word < layer->groups * sf * nf; word++) {
        int row = word / (sf * nf) * layer->mh; /* the group's first */
        for (int p = 0; p < layer->pe; p++) {
            int c = word / sf % nf * layer->pe + p, base = p * planes * layer->simd;
            for (int s = 0; s < layer->simd; s++) {
                int i = word % sf * layer->simd + s, real = c < layer->mh && i < layer->mw;
                int w = real ? layer->weight[(row + c) * layer->mw + i] : planes > 1 ? 0 : 1;
                if (real && !layer->raw && layer->falling[row + c])
                    w = -w;
                write_weight(&image, layer, base + s, w);
            }
            for (int t = 0; layer->recode && 3 * t + 2 < layer->simd; t++)
                image.bit[base + 3 * t + 2] ^= image.bit[base + 3 * t] ^ image.bit[base + 3 * t + 1];
        }
        words_write(&image);
    }
    words_close(&image);
}

/* Bits of a dot product's sum of one beat, as its module makes them. */
static int sum_bits(const struct layer *layer)
{
    if (term_bits(layer) > 1)
        return clog2(layer->simd * ((1 << term_bits(layer)) - 1) + 1);
    return layer->simd > 1 ? clog2(layer->simd) : 1;
}

/* The rows of a unit: one dot product each. */
static void write_rows(struct test *test, const struct layer *layer, const char *name)
{
    const char *dot = layer->wbits ? "int" : layer->recode ? "sign_recoded" : layer->ternary ? "sign_zero" : "sign";
    int row = layer->simd * weight_bits(layer), sum = sum_bits(layer);
    fprintf(test->dut,
            "  genvar %s_row;\n  generate for (%s_row = 0; %s_row < %d; %s_row = %s_row + 1) begin : %s_rows\n", name,
            name, name, layer->pe, name, name, name);
    fprintf(test->dut, "    qnn_dot_%s #(.SIMD(%d)", dot, layer->simd);
    if (!layer->recode)
        fprintf(test->dut, ", .ABITS(%d)", layer->abits);
    if (layer->wbits)
        fprintf(test->dut, ", .WEIGHT_BITS(%d), .MAGNITUDE(%d)", layer->wbits, magnitude(layer));
    fprintf(test->dut,
            ") dot (.x(%s_x), .w(%s_w[%s_row*%d +: %d]), .sum(%s_sum[%s_row*%d +: %d]), .carry(%s_carry[%s_row]));\n"
            "  end endgenerate\n",
            name, name, name, row, row, name, name, sum, sum, name, name);
}

/* The unit up to its streams, which the caller connects; NAME_in is the data of its input. */
static void write_unit(struct test *test, const struct layer *layer, const char *name, const char *weights,
                       const char *starts)
{
    int planes = weight_bits(layer);
    fprintf(
        test->dut,
        "  wire [%d:0] %s_x, %s_in, %s_beat;\n  wire [%d:0] %s_w;\n  wire [%d:0] %s_sum;\n  wire [%d:0] %s_carry;\n",
        layer->simd * layer->abits - 1, name, name, name, layer->pe * layer->simd * planes - 1, name,
        layer->pe * sum_bits(layer) - 1, name, layer->pe - 1, name);
    if (layer->recode)
        fprintf(test->dut, "  qnn_recode #(.SIMD(%d)) %s_recoder (.plain(%s_in), .coded(%s_beat));\n", layer->simd,
                name, name, name);
    else
        fprintf(test->dut, "  assign %s_beat = %s_in;\n", name, name);
    write_rows(test, layer, name);
    fprintf(
        test->dut,
        "  qnn_mvu #(.MW(%d), .MH(%d), .GROUPS(%d), .SIMD(%d), .PE(%d), .ABITS(%d), .BIPOLAR(%d), .WEIGHT_BITS(%d),\n"
        "    .SUM_BITS(%d), .ACC(%d), .RAW(%d), .REGISTERED(%d), .WEIGHT_FILE(\"%s\"), .INIT_FILE(\"%s\")) %s (\n"
        "    .cfg_we(2'b0), .cfg_addr(1'b0), .cfg_data(1'b0), .clk(clk), .rst(rst),\n"
        "    .dot_x(%s_x), .dot_w(%s_w), .dot_sum(%s_sum), .dot_carry(%s_carry), .s_data(%s_beat),\n",
        layer->mw, layer->mh, layer->groups, layer->simd, layer->pe, layer->abits, layer->bipolar, planes,
        sum_bits(layer), layer->acc, layer->raw, layer->registered, weights, starts, name, name, name, name, name,
        name);
}

void layer_write(struct test *test, const struct layer *layer, const char *name)
{
    char weights[64], starts[64];
    snprintf(weights, sizeof weights, "%s_weights.hex", name);
    snprintf(starts, sizeof starts, "%s_init.hex", name);
    write_weights(layer, weights);
    struct words image;
    words_open(&image, starts, layer->pe * layer->acc);
    int folds = ceil_div(layer->mh, layer->pe);
    for (int fold = 0; fold < layer->groups * folds; fold++) {
        int c = fold % folds * layer->pe;
        for (int p = 0; p < layer->pe && c + p < layer->mh; p++)
            words_put(&image, p * layer->acc, layer->acc, start_value(layer, fold / folds * layer->mh + c + p));
        words_write(&image);
    }
    words_close(&image);
    write_unit(test, layer, name, weights, starts);
}

void layer_apply(const struct layer *layer, int group, const int *x, int64_t *y)
{
    for (int c = 0; c < layer->mh; c++) {
        int row = group * layer->mh + c;
        int64_t sum = 0;
        for (int i = 0; i < layer->mw; i++)
            sum += layer->weight[row * layer->mw + i] * x[i];
        if (layer->raw)
            y[c] = sum + layer->offset[row];
        else
            y[c] = (sum >= layer->threshold[row]) != layer->falling[row];
    }
}

static void layer_free(struct layer *layer)
{
    free(layer->weight);
    free(layer->threshold);
    free(layer->falling);
    free(layer->offset);
}

static int random_input(struct test *test, const struct layer *layer)
{
    return layer->bipolar ? 2 * pick(test, 0, 1) - 1 : pick(test, 0, (1 << layer->abits) - 1);
}

static void write_input(struct test *test, const struct layer *layer, const int *x)
{
    for (int i = 0; i < ceil_div(layer->mw, layer->simd) * layer->simd; i++) {
        words_put(&test->in, i % layer->simd * layer->abits, layer->abits,
                  i >= layer->mw   ? 0
                  : layer->bipolar ? x[i] > 0
                                   : x[i]);
        if (i % layer->simd == layer->simd - 1)
            words_write(&test->in);
    }
}

static void write_output(struct test *test, const struct layer *layer, const int64_t *y)
{
    int bits = layer->raw ? layer->acc : 1;
    for (int c = 0; c < layer->mh; c++) {
        test_expect(test, c % layer->pe * bits, bits, y[c]);
        if (c % layer->pe == layer->pe - 1 || c == layer->mh - 1)
            test_write_expected(test);
    }
}

static int cycles(const struct layer *layer)
{
    return ceil_div(layer->mw, layer->simd) * ceil_div(layer->mh, layer->pe);
}

void case_mvu(struct test *test)
{
    struct layer layer;
    layer_draw(test, &layer, "");
    test_begin(test, layer.simd * layer.abits, layer.pe * (layer.raw ? layer.acc : 1));
    layer_write(test, &layer, "mvu");
    fputs("    .s_valid(s_valid), .s_ready(s_ready), .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n"
          "  assign mvu_in = s_data;\n",
          test->dut);
    int *x = calloc((size_t)layer.mw, sizeof *x);
    int64_t *y = calloc((size_t)layer.mh, sizeof *y);
    for (int vector = 0; vector < test->frames * layer.groups; vector++) {
        for (int i = 0; i < layer.mw; i++)
            x[i] = random_input(test, &layer);
        layer_apply(&layer, vector % layer.groups, x, y);
        write_input(test, &layer, x);
        write_output(test, &layer, y);
    }
    test->period = layer.groups * cycles(&layer);
    test_end(test);
    free(x);
    free(y);
    layer_free(&layer);
}

/* Three layers of one-bit codes; the period must be the slowest engine's. */
void case_chain(struct test *test)
{
    struct layer layer[3];
    static const char *const prefix[3] = {"a.", "b.", "c."};
    for (int k = 0; k < 3; k++)
        layer_draw(test, &layer[k], prefix[k]);
    test_begin(test, layer[0].simd * layer[0].abits, layer[2].pe * (layer[2].raw ? layer[2].acc : 1));
    for (int k = 0; k < 3; k++) {
        char name[32], from[32], to[32];
        snprintf(name, sizeof name, "layer_%d", k);
        snprintf(from, sizeof from, k > 0 ? "x%d" : "s", k);
        snprintf(to, sizeof to, k < 2 ? "y%d" : "m", k);
        if (k > 0)
            fprintf(test->dut,
                    "  wire x%d_valid, x%d_ready;\n  wire [%d:0] x%d_data;\n"
                    "  qnn_dwc #(.ELEM(1), .COUNT(%d), .IN(%d), .OUT(%d)) dwc_%d (.clk(clk), .rst(rst), "
                    ".s_valid(y%d_valid),\n"
                    "    .s_ready(y%d_ready), .s_data(y%d_data), .m_valid(x%d_valid), .m_ready(x%d_ready), "
                    ".m_data(x%d_data));\n",
                    k, k, layer[k].simd - 1, k, layer[k].mw, layer[k - 1].pe, layer[k].simd, k, k - 1, k - 1, k - 1, k,
                    k, k);
        if (k < 2)
            fprintf(test->dut, "  wire y%d_valid, y%d_ready;\n  wire [%d:0] y%d_data;\n", k, k, layer[k].pe - 1, k);
        layer_write(test, &layer[k], name);
        fprintf(
            test->dut,
            "    .s_valid(%s_valid), .s_ready(%s_ready), .m_valid(%s_valid), .m_ready(%s_ready), .m_data(%s_data));\n"
            "  assign %s_in = %s_data;\n",
            from, from, to, to, to, name, from);
    }
    int *x = calloc((size_t)(layer[0].mw + layer[0].mh + layer[1].mh), sizeof *x);
    int64_t *y = calloc((size_t)(layer[0].mh + layer[1].mh + layer[2].mh), sizeof *y);
    for (int frame = 0; frame < test->frames; frame++) {
        for (int i = 0; i < layer[0].mw; i++)
            x[i] = random_input(test, &layer[0]);
        write_input(test, &layer[0], x);
        for (int k = 0; k < 3; k++) {
            layer_apply(&layer[k], 0, x, y);
            for (int i = 0; k < 2 && i < layer[k].mh; i++)
                x[i] = layer[k + 1].bipolar ? 2 * (int)y[i] - 1 : (int)y[i];
        }
        write_output(test, &layer[2], y);
    }
    for (int k = 0; k < 3; k++)
        if (cycles(&layer[k]) > test->period)
            test->period = cycles(&layer[k]);
    test_end(test);
    free(x);
    free(y);
    for (int k = 0; k < 3; k++)
        layer_free(&layer[k]);
}
