/* Units that work on accumulators and codes: thresholds, requantizer, argmax, input table. */
#include "case.h"

#include <stdlib.h>

static const char *const ports = "    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), "
                                 ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n";
static const char *const no_bus = "    .cfg_we(1'b0), .cfg_addr(1'b0), .cfg_data(1'b0),\n";

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* keys: mh, pe, groups, acc, bits. */
void case_threshold(struct test *test)
{
    int mh = param(test, "mh", 8), pe = param(test, "pe", 2), acc = param(test, "acc", 8),
        bits = param(test, "bits", 2), groups = param(test, "groups", 1);
    int levels = (1 << bits) - 1, low = -(1 << (acc - 1)), high = (1 << (acc - 1)) - 1, nf = ceil_div(mh, pe);
    int rows = groups * mh;
    int *limit = calloc((size_t)(rows * levels), sizeof *limit), *flip = calloc((size_t)rows, sizeof *flip);
    test_begin(test, pe * acc, pe * bits);
    struct words image;
    words_open(&image, "thresholds.hex", pe * (levels * acc + 1));
    for (int c = 0; c < rows; c++) {
        int narrow = pick(test, 0, 1); /* equal thresholds must occur */
        for (int j = 0; j < levels; j++)
            limit[c * levels + j] = narrow ? pick(test, -2, 2) : pick(test, low, high);
        qsort(limit + c * levels, (size_t)levels, sizeof *limit, compare);
        flip[c] = pick(test, 0, 1);
        int base = c % mh % pe * (levels * acc + 1);
        for (int j = 0; j < levels; j++)
            words_put(&image, base + j * acc, acc, limit[c * levels + j]);
        words_put(&image, base + levels * acc, 1, flip[c]);
        if (c % mh % pe == pe - 1 || c % mh == mh - 1)
            words_write(&image);
    }
    words_close(&image);
    fprintf(
        test->dut,
        "  qnn_threshold #(.MH(%d), .PE(%d), .GROUPS(%d), .ACC(%d), .BITS(%d), .FILE(\"thresholds.hex\")) unit (\n%s%s",
        mh, pe, groups, acc, bits, no_bus, ports);
    for (int vector = 0; vector < test->frames * groups; vector++)
        for (int c = 0; c < nf * pe; c++) {
            int row = vector % groups * mh + c;
            int value = pick(test, 0, 1) ? pick(test, low, high) : pick(test, -3, 3), count = 0;
            words_put(&test->in, c % pe * acc, acc, value);
            for (int j = 0; c < mh && j < levels; j++)
                count += value >= limit[row * levels + j];
            if (c < mh)
                test_expect(test, c % pe * bits, bits, flip[row] ? levels - count : count);
            if (c % pe == pe - 1) {
                words_write(&test->in);
                test_write_expected(test);
            }
        }
    test->period = groups * nf;
    test_end(test);
    free(limit);
    free(flip);
}

/* clip(v >> shift, first, top) in plain integers; v is floored towards minus infinity. */
static int64_t clipped(int64_t v, int shift, int64_t first, int64_t top)
{
    const int64_t step = (int64_t)1 << shift, code = v / step - (v % step < 0);
    return code < first ? first : code > top ? top : code;
}

/* keys: mh, pe, groups, acc, mbits, bbits, shift, obits, clip, signed (1: from -L on, 2: from 0 on), multipliers, serial. */
void case_requant(struct test *test)
{
    int mh = param(test, "mh", 8), pe = param(test, "pe", 2), acc = param(test, "acc", 10),
        mbits = param(test, "mbits", 8);
    int bbits = param(test, "bbits", 14), shift = param(test, "shift", 8), obits = param(test, "obits", 4),
        clip = param(test, "clip", 1);
    int lanes = param(test, "multipliers", 1), serial = param(test, "serial", 0), groups = param(test, "groups", 1);
    int nf = ceil_div(mh, pe), steps = ceil_div(pe, lanes), is_signed = param(test, "signed", 0);
    int rows = groups * mh,
        top = (1 << (is_signed ? obits - 1
                     : clip    ? obits
                               : 0)) -
              1,
        first = is_signed == 1 ? -top : 0;
    int *m = calloc((size_t)rows, sizeof *m), *b = calloc((size_t)rows, sizeof *b);
    test_begin(test, pe * acc, pe * obits);
    for (int c = 0; c < rows; c++) {
        int edge = pick(test, 0, 3) == 0; /* the extreme values must occur */
        m[c] = edge ? -(1 << (mbits - 1)) : pick(test, -(1 << (mbits - 1)), (1 << (mbits - 1)) - 1);
        b[c] = edge ? (1 << (bbits - 1)) - 1 : pick(test, -(1 << (bbits - 1)), (1 << (bbits - 1)) - 1);
    }
    struct words image;
    words_open(&image, "constants.hex", lanes * (mbits + bbits));
    for (int fold = 0; fold < groups * nf; fold++)
        for (int step = 0; step < steps; step++) {
            for (int l = 0; l < lanes; l++) {
                int p = step * lanes + l, c = fold % nf * pe + p, row = fold / nf * mh + c;
                words_put(&image, l * (mbits + bbits), mbits, p < pe && c < mh ? m[row] : 0);
                words_put(&image, l * (mbits + bbits) + mbits, bbits, p < pe && c < mh ? b[row] : 0);
            }
            words_write(&image);
        }
    words_close(&image);
    fprintf(test->dut,
            "  qnn_requant #(.MH(%d), .PE(%d), .GROUPS(%d), .ACC(%d), .MBITS(%d), .BBITS(%d), .SHIFT(%d), .OBITS(%d), "
            ".CLIP(%d), .SIGNED(%d), .FIRST(%d), "
            ".MULTIPLIERS(%d), .SERIAL(%d),\n"
            "    .FILE(\"constants.hex\")) unit (\n%s%s",
            mh, pe, groups, acc, mbits, bbits, shift, obits, clip, is_signed != 0, first, lanes, serial, no_bus, ports);
    for (int vector = 0; vector < test->frames * groups; vector++)
        for (int c = 0; c < nf * pe; c++) {
            int row = vector % groups * mh + c;
            int value = pick(test, 0, 7) == 0 ? -(1 << (acc - 1)) : pick(test, -(1 << (acc - 1)), (1 << (acc - 1)) - 1);
            words_put(&test->in, c % pe * acc, acc, value);
            if (c < mh) {
                int64_t v = (int64_t)m[row] * value + b[row];
                test_expect(test, c % pe * obits, obits, clip ? clipped(v, shift, first, top) : v);
            }
            if (c % pe == pe - 1) {
                words_write(&test->in);
                test_write_expected(test);
            }
        }
    test->period = groups * nf * steps * (serial ? mbits + 2 : 1);
    test_end(test);
    free(m);
    free(b);
}

/* keys: count, lanes, bits, values. */
void case_argmax(struct test *test)
{
    int count = param(test, "count", 10), lanes = param(test, "lanes", 1), bits = param(test, "bits", 8),
        values = param(test, "values", 0);
    int idx = count > 1 ? clog2(count) : 1, beats = ceil_div(count, lanes);
    test_begin(test, lanes * bits, idx + (values ? count * bits : 0));
    fprintf(test->dut, "  qnn_argmax #(.COUNT(%d), .LANES(%d), .BITS(%d), .VALUES(%d)) unit (\n%s", count, lanes, bits,
            values, ports);
    for (int frame = 0; frame < test->frames; frame++) {
        int close = pick(test, 0, 1), best = 0, best_value = 0; /* ties must occur */
        for (int i = 0; i < beats * lanes; i++) {
            int low = -(1 << (bits - 1)), high = -low - 1, value = close ? pick(test, -1, 0) : pick(test, low, high);
            if (i >= count)
                value = high;
            if (i < count && (i == 0 || value > best_value)) {
                best = i;
                best_value = value;
            }
            words_put(&test->in, i % lanes * bits, bits, value);
            if (values && i < count)
                test_expect(test, idx + i * bits, bits, value);
            if (i % lanes == lanes - 1)
                words_write(&test->in);
        }
        test_expect(test, 0, idx, best);
        test_write_expected(test);
    }
    test->period = beats;
    test_end(test);
}

/* keys: ibits, obits, lanes. */
void case_input_quant(struct test *test)
{
    int ibits = param(test, "ibits", 8), obits = param(test, "obits", 1), lanes = param(test, "lanes", 4);
    int table[256];
    test_begin(test, lanes * ibits, lanes * obits);
    fprintf(test->dut, "  qnn_input_quant #(.IBITS(%d), .OBITS(%d), .LANES(%d), .TABLE({", ibits, obits, lanes);
    for (int n = (1 << ibits) - 1; n >= 0; n--) {
        table[n] = pick(test, 0, (1 << obits) - 1);
        fprintf(test->dut, "%d'd%d%s", obits, table[n], n > 0 ? ", " : "");
    }
    fprintf(test->dut, "})) unit (\n%s", ports);
    for (int beat = 0; beat < test->frames * 40; beat++) {
        for (int i = 0; i < lanes; i++) {
            int n = pick(test, 0, (1 << ibits) - 1);
            words_put(&test->in, i * ibits, ibits, n);
            test_expect(test, i * obits, obits, table[n]);
        }
        words_write(&test->in);
        test_write_expected(test);
    }
    test->period = 40;
    test_end(test);
}

/* Every element of the range, several times. keys: ibits, lanes, signed, first, falls. */
void case_step(struct test *test)
{
    int ibits = param(test, "ibits", 8), lanes = param(test, "lanes", 4), is_signed = param(test, "signed", 0);
    int first = param(test, "first", 128), falls = param(test, "falls", 0), least = is_signed ? -(1 << (ibits - 1)) : 0;
    test_begin(test, lanes * ibits, lanes);
    fprintf(test->dut, "  qnn_step #(.IBITS(%d), .LANES(%d), .SIGNED(%d), .FIRST(%d), .FALLS(%d)) unit (\n%s", ibits,
            lanes, is_signed, first, falls, ports);
    for (int beat = 0; beat < test->frames << ibits; beat++) {
        for (int i = 0; i < lanes; i++) {
            int n = least + (beat + i) % (1 << ibits);
            words_put(&test->in, i * ibits, ibits, n);
            test_expect(test, i, 1, (n >= first) != falls);
        }
        words_write(&test->in);
        test_write_expected(test);
    }
    test->period = 1 << ibits;
    test_end(test);
}
