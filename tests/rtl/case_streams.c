/* Plumbing: width converter, FIFO, skid, and frames through qnn_ingress and qnn_egress. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static const char *const ports = "    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), "
                                 ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n";

/* keys: elem, count, in, out. Padding lanes go in as random bits and must come out as zeros. */
void case_dwc(struct test *test)
{
    int elem = param(test, "elem", 1), count = param(test, "count", 16), in = param(test, "in", 4),
        out = param(test, "out", 8);
    int beats = ceil_div(count, in) > ceil_div(count, out) ? ceil_div(count, in) : ceil_div(count, out);
    int *value = calloc((size_t)(count + in), sizeof *value);
    test_begin(test, in * elem, out * elem);
    fprintf(test->dut, "  qnn_dwc #(.ELEM(%d), .COUNT(%d), .IN(%d), .OUT(%d)) unit (\n%s", elem, count, in, out, ports);
    for (int frame = 0; frame < test->frames; frame++) {
        for (int i = 0; i < ceil_div(count, in) * in; i++) {
            value[i] = pick(test, 0, (1 << elem) - 1);
            words_put(&test->in, i % in * elem, elem, value[i]);
            if (i % in == in - 1)
                words_write(&test->in);
        }
        for (int i = 0; i < ceil_div(count, out) * out; i++) {
            test_expect(test, i % out * elem, elem, i < count ? value[i] : 0);
            if (i % out == out - 1)
                test_write_expected(test);
        }
    }
    /* The last input beat may complete one output beat and begin another: a cycle in which nothing can enter. */
    int rest = count - (ceil_div(count, in) - 1) * in,
        spill = in < out && out % in != 0 && count % out != 0 && count % out < rest;
    test->period = beats + spill;
    test_end(test);
    free(value);
}

/* fifo (keys: width, depth) and skid (key: width): every word once, in order. */
void case_plumbing(struct test *test)
{
    int width = param(test, "width", 8), depth = param(test, "depth", 4), words = 50;
    test_begin(test, width, width);
    if (strcmp(test->argv[0], "fifo") == 0)
        fprintf(test->dut, "  qnn_fifo #(.WIDTH(%d), .DEPTH(%d)) unit (\n%s", width, depth, ports);
    else
        fprintf(test->dut, "  qnn_skid #(.WIDTH(%d)) unit (\n%s", width, ports);
    for (int i = 0; i < test->frames * words; i++) {
        for (int bit = 0; bit < width; bit++) {
            int value = pick(test, 0, 1);
            words_put(&test->in, bit, 1, value);
            test_expect(test, bit, 1, value);
        }
        words_write(&test->in);
        test_write_expected(test);
    }
    /* A FIFO of one word passes one every second cycle: it is full until the word has moved on. */
    test->period = strcmp(test->argv[0], "fifo") == 0 && depth == 1 ? 2 * words : words;
    test_end(test);
}

/* keys: elem, lanes, count, idx: frames of the right length, too short and too long, through ingress, a converter to one wide word and egress. */
void case_frames(struct test *test)
{
    int elem = param(test, "elem", 8), lanes = param(test, "lanes", 1), count = param(test, "count", 5),
        idx = param(test, "idx", 0);
    int beats = ceil_div(count, lanes), data = ceil_div(lanes * elem, 8) * 8,
        reply = ceil_div(elem > idx ? elem : idx, 8) * 8;
    int *value = calloc((size_t)(beats * lanes), sizeof *value);
    test_begin(test, data + 1, reply + 2);
    fprintf(
        test->dut,
        "  wire a_valid, a_ready, b_valid, b_ready, e_valid, e_ready, e_data, f_valid, f_ready, f_data;\n"
        "  wire [%d:0] a_data;\n  wire [%d:0] b_data;\n"
        "  qnn_ingress #(.ELEM(%d), .LANES(%d), .COUNT(%d), .DATA(%d)) ingress (.clk(clk), .rst(rst), "
        ".s_axis_tdata(s_data[%d:0]), .s_axis_tlast(s_data[%d]),\n"
        "    .s_axis_tvalid(s_valid), .s_axis_tready(s_ready), .m_valid(a_valid), .m_ready(a_ready), .m_data(a_data),\n"
        "    .e_valid(e_valid), .e_ready(e_ready), .e_data(e_data), .error());\n",
        lanes * elem - 1, count * elem - 1, elem, lanes, count, data, data - 1, data);
    fprintf(test->dut,
            "  qnn_fifo #(.WIDTH(1), .DEPTH(2)) reports (.clk(clk), .rst(rst), .s_valid(e_valid), .s_ready(e_ready), "
            ".s_data(e_data),\n"
            "    .m_valid(f_valid), .m_ready(f_ready), .m_data(f_data));\n"
            "  qnn_dwc #(.ELEM(%d), .COUNT(%d), .IN(%d), .OUT(%d)) dwc (.clk(clk), .rst(rst), .s_valid(a_valid), "
            ".s_ready(a_ready), .s_data(a_data),\n"
            "    .m_valid(b_valid), .m_ready(b_ready), .m_data(b_data));\n",
            elem, count, lanes, count);
    fprintf(test->dut,
            "  qnn_egress #(.IDX(%d), .BITS(%d), .COUNT(%d), .DATA(%d)) egress (.clk(clk), .rst(rst), "
            ".s_valid(b_valid), .s_ready(b_ready), .s_data(%s),\n"
            "    .e_valid(f_valid), .e_ready(f_ready), .e_data(f_data), .m_axis_tdata(m_data[%d:0]), "
            ".m_axis_tvalid(m_valid), .m_axis_tready(m_ready),\n"
            "    .m_axis_tlast(m_data[%d]), .m_axis_tuser(m_data[%d]));\n",
            idx, elem, count, reply, idx > 0 ? "{b_data, b_data[IDX-1:0]}" : "b_data", reply - 1, reply, reply + 1);
    if (idx > 0)
        fprintf(test->dut, "  localparam IDX = %d;\n", idx);
    for (int frame = 0; frame < test->frames; frame++) {
        int length = pick(test, 0, 1) ? beats : pick(test, 1, beats + 4), bad = length != beats;
        memset(value, 0, (size_t)(beats * lanes) * sizeof *value);
        for (int beat = 0; beat < length; beat++) {
            for (int i = 0; i < lanes; i++) {
                int e = pick(test, 0, (1 << elem) - 1);
                words_put(&test->in, i * elem, elem, e);
                if (beat < beats)
                    value[beat * lanes + i] = e;
            }
            words_put(&test->in, data, 1, beat == length - 1);
            words_write(&test->in);
        }
        for (int i = idx > 0 ? -1 : 0; i < count; i++) {
            int shown = value[i < 0 ? 0 : i];
            int64_t extended = i < 0                      ? shown & ((1 << idx) - 1)
                               : shown >= 1 << (elem - 1) ? shown - (1 << elem)
                                                          : shown;
            test_expect(test, 0, reply, extended);
            test_expect(test, reply, 1, i == count - 1);
            test_expect(test, reply + 1, 1, bad);
            test_write_expected(test);
        }
    }
    test_end(test);
    free(value);
}
