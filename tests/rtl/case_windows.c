/* Sliding windows and what works on them: the sequential and the parallel window, pools, the global sum. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static const char *const ports = "    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), "
                                 ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n";

struct window {
    int elem, c, groups, lanes, h, w, kh, kw, sh, sw, pt, pl, dil, oh, ow, pad;
};

/* The value of key=value; where it is missing, a random one if the case says draw=1, else `other`. */
static int drawn(struct test *test, const char *key, int other, int low, int high)
{
    int value = pick(test, low, high);
    return param(test, key, param(test, "draw", 0) ? value : other);
}

/* Positions of a window of `span` along `size` elements. */
static int positions(int size, int before, int after, int span, int stride)
{
    return (size + before + after - span) / stride + 1;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* keys: elem, c, groups, lanes, h, w, kh, kw, sh, sw, pt, pl, pb, pr (padding below and at the right), dil, pad. Drawn sizes: a
 * kernel that does not fit is cut down; padding is less than the kernel's extent, and no window lies in it entirely. */
static struct window window_draw(struct test *test)
{
    struct window v = {.elem = drawn(test, "elem", 2, 1, 5),
                       .h = drawn(test, "h", 5, 1, 9),
                       .w = drawn(test, "w", 5, 1, 9),
                       .kh = drawn(test, "kh", 3, 1, 5),
                       .kw = drawn(test, "kw", 3, 1, 5),
                       .sh = drawn(test, "sh", 1, 1, 3),
                       .sw = drawn(test, "sw", 1, 1, 3),
                       .dil = drawn(test, "dil", 1, 1, 2)};
    v.lanes = drawn(test, "lanes", 1, 1, 3);
    v.groups = drawn(test, "groups", 1, 1, 3);
    v.c = param(test, "c", v.lanes * v.groups * pick(test, 1, 2));
    v.pt = drawn(test, "pt", 0, 0, smaller(2, (v.kh - 1) * v.dil));
    v.pl = drawn(test, "pl", 0, 0, smaller(2, (v.kw - 1) * v.dil));
    int pb = drawn(test, "pb", 0, 0, smaller(2, (v.kh - 1) * v.dil)),
        pr = drawn(test, "pr", 0, 0, smaller(2, (v.kw - 1) * v.dil));
    while ((v.kh - 1) * v.dil + 1 > v.h + v.pt + pb)
        v.kh--;
    while ((v.kw - 1) * v.dil + 1 > v.w + v.pl + pr)
        v.kw--;
    v.pt = smaller(v.pt, (v.kh - 1) * v.dil);
    v.pl = smaller(v.pl, (v.kw - 1) * v.dil);
    v.oh = positions(v.h, v.pt, smaller(pb, (v.kh - 1) * v.dil), (v.kh - 1) * v.dil + 1, v.sh);
    v.ow = positions(v.w, v.pl, smaller(pr, (v.kw - 1) * v.dil), (v.kw - 1) * v.dil + 1, v.sw);
    v.pad = drawn(test, "pad", 1, 0, (1 << v.elem) - 1);
    return v;
}

static void window_write(struct test *test, const struct window *v, const char *module)
{
    fprintf(test->dut, "  %s #(.ELEM(%d), .C(%d), .LANES(%d), .H(%d), .W(%d), .KH(%d), .KW(%d),\n", module, v->elem,
            v->c, v->lanes, v->h, v->w, v->kh, v->kw);
    fprintf(test->dut, "    .SH(%d), .SW(%d), .PT(%d), .PL(%d), .DIL(%d), .OH(%d), .OW(%d), .PAD(%d)", v->sh, v->sw,
            v->pt, v->pl, v->dil, v->oh, v->ow, v->pad);
    if (v->groups > 1)
        fprintf(test->dut, ", .GROUPS(%d)", v->groups);
    fprintf(test->dut, ") window (\n");
}

/* A random frame, [h][w][c], also written to the input stream. */
static void image_draw(struct test *test, int positions, int c, int lanes, int elem, int *image)
{
    for (int i = 0; i < positions * c; i++) {
        image[i] = pick(test, 0, (1 << elem) - 1);
        words_put(&test->in, i % lanes * elem, elem, image[i]);
        if (i % lanes == lanes - 1)
            words_write(&test->in);
    }
}

/* The element that tap (kh, kw) of the window at (oh, ow) sees in channel c. */
static int tap(const struct window *v, const int *image, int oh, int ow, int kh, int kw, int c)
{
    int row = oh * v->sh - v->pt + kh * v->dil, column = ow * v->sw - v->pl + kw * v->dil;
    if (row < 0 || row >= v->h || column < 0 || column >= v->w)
        return v->pad;
    return image[(row * v->w + column) * v->c + c];
}

static void expect_sequential(struct test *test, const struct window *v, const int *image, int oh, int ow)
{
    int depth = v->c / v->groups;
    for (int g = 0; g < v->groups; g++)
        for (int k = 0; k < v->kh * v->kw; k++)
            for (int c = 0; c < depth; c++) {
                test_expect(test, c % v->lanes * v->elem, v->elem,
                            tap(v, image, oh, ow, k / v->kw, k % v->kw, g * depth + c));
                if (c % v->lanes == v->lanes - 1)
                    test_write_expected(test);
            }
}

void case_window(struct test *test)
{
    struct window v = window_draw(test);
    int *image = calloc((size_t)(v.h * v.w * v.c), sizeof *image);
    test_begin(test, v.lanes * v.elem, v.lanes * v.elem);
    window_write(test, &v, "qnn_window");
    fputs(ports, test->dut);
    for (int frame = 0; frame < test->frames; frame++) {
        image_draw(test, v.h * v.w, v.c, v.lanes, v.elem, image);
        for (int i = 0; i < v.oh * v.ow; i++)
            expect_sequential(test, &v, image, i / v.ow, i % v.ow);
    }
    int in = v.h * v.w * v.c / v.lanes, out = v.oh * v.ow * v.kh * v.kw * v.c / v.lanes;
    test->period = in > out ? in : out;
    test_end(test);
    free(image);
}

/* Cycles of a frame of qnn_window_parallel: an input beat each, unless padding makes the rows of the output longer. */
static int parallel_period(const struct window *v)
{
    int left = (v->ow - 1) * v->sw, spanned = left + (v->kw - 1) * v->dil - v->pl + 1;
    int columns = smaller(spanned, v->w);
    columns = columns > left + 1 ? columns : left + 1;
    columns = columns > (spanned + 1) / 2 ? columns : (spanned + 1) / 2;
    int in = v->h * v->w, out = v->oh * columns;
    return (in > out ? in : out) * (v->c / v->lanes);
}

/* keys: as window, without groups. */
void case_window_parallel(struct test *test)
{
    struct window v = window_draw(test);
    v.groups = 1;
    int *image = calloc((size_t)(v.h * v.w * v.c), sizeof *image);
    test_begin(test, v.lanes * v.elem, v.kh * v.kw * v.lanes * v.elem);
    window_write(test, &v, "qnn_window_parallel");
    fputs(ports, test->dut);
    for (int frame = 0; frame < test->frames; frame++) {
        image_draw(test, v.h * v.w, v.c, v.lanes, v.elem, image);
        for (int i = 0; i < v.oh * v.ow; i++)
            for (int c = 0; c < v.c; c++) {
                for (int k = 0; k < v.kh * v.kw; k++)
                    test_expect(test, (k * v.lanes + c % v.lanes) * v.elem, v.elem,
                                tap(&v, image, i / v.ow, i % v.ow, k / v.kw, k % v.kw, c));
                if (c % v.lanes == v.lanes - 1)
                    test_write_expected(test);
            }
    }
    test->period = parallel_period(&v);
    test_end(test);
    free(image);
}

static int extreme(const struct window *v, const int *image, int oh, int ow, int c, int minimum)
{
    int best = tap(v, image, oh, ow, 0, 0, c);
    for (int k = 1; k < v->kh * v->kw; k++) {
        int x = tap(v, image, oh, ow, k / v->kw, k % v->kw, c);
        if (minimum ? x < best : x > best)
            best = x;
    }
    return best;
}

/* keys: as window; a pool of maxima, minima in random channels, from the sequential window and a reduction. */
void case_pool(struct test *test)
{
    struct window v = window_draw(test);
    v.groups = v.c / v.lanes;
    int bits = v.lanes * v.elem;
    int *image = calloc((size_t)(v.h * v.w * v.c), sizeof *image), *minimum = calloc((size_t)v.c, sizeof *minimum);
    test_begin(test, bits, bits);
    fprintf(test->dut, "  wire w_valid, w_ready;\n  wire [%d:0] w_data;\n", bits - 1);
    window_write(test, &v, "qnn_window");
    fputs("    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(w_valid), "
          ".m_ready(w_ready), .m_data(w_data));\n",
          test->dut);
    fprintf(test->dut, "  qnn_reduce #(.ELEM(%d), .OBITS(%d), .LANES(%d), .TAPS(%d), .BLOCKS(%d), .MASK(%d'b", v.elem,
            v.elem, v.lanes, v.kh * v.kw, v.c / v.lanes, v.c);
    for (int c = v.c - 1; c >= 0; c--)
        fprintf(test->dut, "%d", minimum[c] = pick(test, 0, 1));
    fputs(")) pool (\n    .clk(clk), .rst(rst), .s_valid(w_valid), .s_ready(w_ready), .s_data(w_data), "
          ".m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));\n",
          test->dut);
    for (int frame = 0; frame < test->frames; frame++) {
        image_draw(test, v.h * v.w, v.c, v.lanes, v.elem, image);
        for (int i = 0; i < v.oh * v.ow * v.c; i++) {
            int c = i % v.c, place = i / v.c;
            test_expect(test, c % v.lanes * v.elem, v.elem,
                        extreme(&v, image, place / v.ow, place % v.ow, c, minimum[c]));
            if (c % v.lanes == v.lanes - 1)
                test_write_expected(test);
        }
    }
    int in = v.h * v.w * v.c / v.lanes, out = v.oh * v.ow * v.kh * v.kw * v.c / v.lanes;
    test->period = in > out ? in : out;
    test_end(test);
    free(image);
    free(minimum);
}
