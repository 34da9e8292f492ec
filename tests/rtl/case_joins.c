/* Pools and joins: reductions, the global sum, the sum and the concatenation of two streams, the fork. */
#include "case.h"

#include <stdlib.h>

static const char *const ports = "    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), "
                                 ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n";

static int pick_code(struct test *test, int bits, int is_signed)
{
    return is_signed ? pick(test, -(1 << (bits - 1)), (1 << (bits - 1)) - 1) : pick(test, 0, (1 << bits) - 1);
}

/* keys: elem, lanes, taps, blocks, op (0 max or min, 1 sum), signed, mask (1: minima at random). */
void case_reduce(struct test *test)
{
    int elem = param(test, "elem", 2), lanes = param(test, "lanes", 2), taps = param(test, "taps", 4),
        blocks = param(test, "blocks", 2), op = param(test, "op", 0), is_signed = param(test, "signed", 0);
    int c = blocks * lanes, bits = op == 0     ? elem
                                   : is_signed ? elem + clog2(taps)
                                               : clog2(taps * ((1 << elem) - 1) + 1);
    int *minimum = calloc((size_t)c, sizeof *minimum);
    int64_t *y = calloc((size_t)lanes, sizeof *y);
    test_begin(test, lanes * elem, lanes * bits);
    fprintf(
        test->dut,
        "  qnn_reduce #(.ELEM(%d), .OBITS(%d), .LANES(%d), .TAPS(%d), .BLOCKS(%d), .OP(%d), .SIGNED(%d), .MASK(%d'b",
        elem, bits, lanes, taps, blocks, op, is_signed, c);
    for (int i = c - 1; i >= 0; i--)
        fprintf(test->dut, "%d", minimum[i] = param(test, "mask", 0) ? pick(test, 0, 1) : 0);
    fprintf(test->dut, ")) unit (\n%s", ports);
    for (int beat = 0; beat < test->frames * blocks; beat++) {
        for (int t = 0; t < taps; t++) {
            for (int i = 0; i < lanes; i++) {
                int x = pick_code(test, elem, is_signed), channel = beat % blocks * lanes + i;
                words_put(&test->in, i * elem, elem, x);
                if (t == 0)
                    y[i] = x;
                else if (op == 1)
                    y[i] += x;
                else if (minimum[channel] ? x < y[i] : x > y[i])
                    y[i] = x;
            }
            words_write(&test->in);
        }
        for (int i = 0; i < lanes; i++)
            test_expect(test, i * bits, bits, y[i]);
        test_write_expected(test);
    }
    test->period = taps * blocks;
    test_end(test);
    free(minimum);
    free(y);
}

/* keys: elem, lanes, blocks, count, signed. */
void case_accumulate(struct test *test)
{
    int elem = param(test, "elem", 2), lanes = param(test, "lanes", 2), blocks = param(test, "blocks", 2),
        count = param(test, "count", 9), is_signed = param(test, "signed", 0);
    int c = blocks * lanes, bits = is_signed ? elem + clog2(count) : clog2(count * ((1 << elem) - 1) + 1);
    int64_t *sum = calloc((size_t)c, sizeof *sum);
    test_begin(test, lanes * elem, lanes * bits);
    fprintf(test->dut,
            "  qnn_accumulate #(.ELEM(%d), .OBITS(%d), .LANES(%d), .BLOCKS(%d), .COUNT(%d), .SIGNED(%d)) unit (\n%s",
            elem, bits, lanes, blocks, count, is_signed, ports);
    for (int frame = 0; frame < test->frames; frame++) {
        int edge = pick(test, 0, 3) == 0; /* the largest sums must occur */
        for (int i = 0; i < count * c; i++) {
            int x = edge ? (is_signed ? -(1 << (elem - 1)) : (1 << elem) - 1) : pick_code(test, elem, is_signed);
            sum[i % c] = i < c ? x : sum[i % c] + x;
            words_put(&test->in, i % lanes * elem, elem, x);
            if (i % lanes == lanes - 1)
                words_write(&test->in);
        }
        for (int i = 0; i < c; i++) {
            test_expect(test, i % lanes * bits, bits, sum[i]);
            if (i % lanes == lanes - 1)
                test_write_expected(test);
        }
    }
    test->period = count * blocks;
    test_end(test);
    free(sum);
}

/* Two streams a and b of the given widths to the ports of the unit; gate=1: each pauses at random (then no period is checked). */
static void write_branches(const struct test *test, int a_bits, int b_bits)
{
    int share = param(test, "gate", 0) ? 7 : 16;
    for (int k = 0; k < 2; k++)
        fprintf(test->dut,
                "  wire s%d_valid, s%d_ready;\n  wire [%d:0] s%d_data;\n"
                "  tb_gate #(.WIDTH(%d), .SEED(%d), .SHARE(%d)) gate_%d (.clk(clk), .rst(rst), .s_valid(%c_valid), "
                ".s_ready(%c_ready), .s_data(%c_data),\n    .m_valid(s%d_valid), .m_ready(s%d_ready), "
                ".m_data(s%d_data));\n",
                k, k, (k ? b_bits : a_bits) - 1, k, k ? b_bits : a_bits, 77 + 1234 * k, share, k, "ab"[k], "ab"[k],
                "ab"[k], k, k, k);
}

static const char *const join_ports =
    "    .clk(clk), .rst(rst), .s0_valid(s0_valid), .s0_ready(s0_ready), .s0_data(s0_data), "
    ".s1_valid(s1_valid), .s1_ready(s1_ready),\n    .s1_data(s1_data), "
    ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n";

/* keys: lanes, a0, a1 (bits), signed, bipolar, gate. A fork gives each branch its half of the input word; FIFOs stand in both. */
void case_add(struct test *test)
{
    int lanes = param(test, "lanes", 3), is_signed = param(test, "signed", 0), bipolar = param(test, "bipolar", 0);
    int bits[2] = {param(test, "a0", 3), param(test, "a1", 4)},
        plus_minus[2] = {bipolar == 1 || bipolar == 2, bipolar == 1 || bipolar == 3};
    int wide[2], beats = 40;
    for (int k = 0; k < 2; k++)
        wide[k] = plus_minus[k] ? 2 : bits[k] + (!is_signed && bipolar != 0);
    int out = (wide[0] > wide[1] ? wide[0] : wide[1]) + 1, width = lanes * (bits[0] + bits[1]);
    test_begin(test, width, lanes * out);
    fprintf(test->dut,
            "  wire a_valid, a_ready, b_valid, b_ready, f0_valid, f0_ready, f1_valid, f1_ready;\n"
            "  wire [%d:0] a_data;\n  wire [%d:0] b_data;\n  wire [%d:0] f0_data, f1_data, a_word, b_word;\n"
            "  assign a_data = a_word[%d:0];\n  assign b_data = b_word[%d:%d];\n"
            "  qnn_fork #(.WIDTH(%d)) fork_unit (.clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), "
            ".s_data(s_data),\n"
            "    .m0_valid(f0_valid), .m0_ready(f0_ready), .m0_data(f0_data), .m1_valid(f1_valid), "
            ".m1_ready(f1_ready), .m1_data(f1_data));\n",
            lanes * bits[0] - 1, lanes * bits[1] - 1, width - 1, lanes * bits[0] - 1, width - 1, lanes * bits[0],
            width);
    for (int k = 0; k < 2; k++)
        fprintf(test->dut,
                "  qnn_fifo #(.WIDTH(%d), .DEPTH(%d)) fifo_%d (.clk(clk), .rst(rst), .s_valid(f%d_valid), "
                ".s_ready(f%d_ready), .s_data(f%d_data),\n"
                "    .m_valid(%c_valid), .m_ready(%c_ready), .m_data(%c_word));\n",
                width, 3 + 2 * k, k, k, k, k, "ab"[k], "ab"[k], "ab"[k]);
    write_branches(test, lanes * bits[0], lanes * bits[1]);
    fprintf(test->dut,
            "  qnn_add #(.LANES(%d), .A0BITS(%d), .A1BITS(%d), .OBITS(%d), .SIGNED(%d), .BIPOLAR(%d)) unit (\n%s",
            lanes, bits[0], bits[1], out, is_signed, bipolar, join_ports);
    for (int beat = 0; beat < test->frames * beats; beat++) {
        for (int i = 0; i < lanes; i++) {
            int sum = 0;
            for (int k = 0; k < 2; k++) {
                int code = pick_code(test, bits[k], is_signed && !plus_minus[k]);
                words_put(&test->in, k * lanes * bits[0] + i * bits[k], bits[k], code);
                sum += plus_minus[k] ? 2 * code - 1 : code;
            }
            test_expect(test, i * out, out, sum);
        }
        words_write(&test->in);
        test_write_expected(test);
    }
    test->period = param(test, "gate", 0) ? 0 : beats;
    test_end(test);
}

/* keys: elem, c0, c1, lanes, gate. The top bit of an input word says which stream it belongs to; within a position they mix at random. */
void case_concat(struct test *test)
{
    int elem = param(test, "elem", 2), lanes = param(test, "lanes", 2), positions = 10;
    int beats[2] = {param(test, "c0", 4) / lanes, param(test, "c1", 2) / lanes}, width = lanes * elem;
    int *value = calloc((size_t)((beats[0] + beats[1]) * lanes), sizeof *value);
    test_begin(test, width + 1, width);
    fputs("  wire a_valid, a_ready, b_valid, b_ready, f_ready, g_ready;\n"
          "  assign s_ready = s_data[IN_TOP] ? g_ready : f_ready;\n",
          test->dut);
    fprintf(test->dut, "  localparam IN_TOP = %d;\n  wire [%d:0] a_data, b_data;\n", width, width - 1);
    for (int k = 0; k < 2; k++)
        fprintf(test->dut,
                "  qnn_fifo #(.WIDTH(%d), .DEPTH(%d)) fifo_%d (.clk(clk), .rst(rst), .s_valid(s_valid & "
                "(s_data[IN_TOP] == 1'b%d)), "
                ".s_ready(%c_ready), .s_data(s_data[%d:0]),\n    .m_valid(%c_valid), .m_ready(%c_ready), "
                ".m_data(%c_data));\n",
                width, 2 * (beats[0] + beats[1]), k, k, "fg"[k], width - 1, "ab"[k], "ab"[k], "ab"[k]);
    write_branches(test, width, width);
    fprintf(test->dut, "  qnn_concat #(.ELEM(%d), .C0(%d), .C1(%d), .LANES(%d)) unit (\n%s", elem, beats[0] * lanes,
            beats[1] * lanes, lanes, join_ports);
    for (int position = 0; position < test->frames * positions; position++) {
        int sent[2] = {0, 0};
        for (int beat = 0; beat < beats[0] + beats[1]; beat++) {
            int k = sent[1] == beats[1] || (sent[0] < beats[0] && pick(test, 0, 1) == 0) ? 0 : 1;
            for (int i = 0; i < lanes; i++) {
                int code = pick(test, 0, (1 << elem) - 1);
                value[(k * beats[0] + sent[k]) * lanes + i] = code;
                words_put(&test->in, i * elem, elem, code);
            }
            words_put(&test->in, width, 1, k);
            words_write(&test->in);
            sent[k]++;
        }
        for (int i = 0; i < (beats[0] + beats[1]) * lanes; i++) {
            test_expect(test, i % lanes * elem, elem, value[i]);
            if (i % lanes == lanes - 1)
                test_write_expected(test);
        }
    }
    test->period = param(test, "gate", 0) ? 0 : positions * (beats[0] + beats[1]);
    test_end(test);
    free(value);
}
