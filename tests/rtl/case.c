/* rtl_case OUT_FOLDER_IS_CWD: rtl_case KIND [key=value]...; see case.h. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static void *must(void *pointer)
{
    if (pointer == NULL) {
        perror("rtl_case");
        exit(1);
    }
    return pointer;
}

int param(const struct test *test, const char *key, int other)
{
    size_t length = strlen(key);
    for (int i = 0; i < test->argc; i++)
        if (strncmp(test->argv[i], key, length) == 0 && test->argv[i][length] == '=')
            return atoi(test->argv[i] + length + 1);
    return other;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
int pick(struct test *test, int low, int high)
{
    uint64_t z = test->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return low + (int)(z % ((uint64_t)((int64_t)high - low) + 1));
}

int ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

int clog2(int n)
{
    int bits = 0;
    while ((int64_t)1 << bits < n)
        bits++;
    return bits;
}

void words_open(struct words *words, const char *name, int width)
{
    *words = (struct words){.file = must(fopen(name, "w")), .bit = must(calloc((size_t)width, 1)), .width = width};
}

void words_put(struct words *words, int offset, int bits, int64_t value)
{
    for (int i = 0; i < bits; i++)
        words->bit[offset + i] = (unsigned char)((value >> (i < 63 ? i : 63)) & 1);
}

void words_write(struct words *words)
{
    for (int digit = ceil_div(words->width, 4) - 1; digit >= 0; digit--) {
        int value = 0;
        for (int i = 3; i >= 0; i--)
            value = 2 * value + (4 * digit + i < words->width ? words->bit[4 * digit + i] : 0);
        fprintf(words->file, "%x", (unsigned)value);
    }
    fputc('\n', words->file);
    memset(words->bit, 0, (size_t)words->width);
    words->count++;
}

void words_close(struct words *words)
{
    free(words->bit);
    if (fclose(words->file) != 0)
        must(NULL);
}

void test_begin(struct test *test, int in_bits, int out_bits)
{
    words_open(&test->in, "in.hex", in_bits);
    words_open(&test->out, "out.hex", out_bits);
    words_open(&test->mask, "mask.hex", out_bits);
    test->dut = must(fopen("dut.v", "w"));
    fprintf(test->dut,
            "module dut (input wire clk, input wire rst, input wire s_valid, output wire s_ready, input wire [%d:0] "
            "s_data,\n"
            "            output wire m_valid, input wire m_ready, output wire [%d:0] m_data);\n",
            in_bits - 1, out_bits - 1);
}

void test_expect(struct test *test, int offset, int bits, int64_t value)
{
    words_put(&test->out, offset, bits, value);
    words_put(&test->mask, offset, bits, -1);
}

void test_write_expected(struct test *test)
{
    words_write(&test->out);
    words_write(&test->mask);
}

void test_end(struct test *test)
{
    fputs("endmodule\n", test->dut);
    if (fclose(test->dut) != 0)
        must(NULL);
    FILE *header = must(fopen("case.vh", "w"));
    fprintf(header, "`define IN_BITS %d\n`define OUT_BITS %d\n`define IN_BEATS %d\n`define OUT_BEATS %d\n",
            test->in.width, test->out.width, test->in.count, test->out.count);
    fprintf(header, "`define FRAMES %d\n`define PERIOD %d\n", test->frames, test->period);
    if (fclose(header) != 0)
        must(NULL);
    words_close(&test->in);
    words_close(&test->out);
    words_close(&test->mask);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(struct test *);
    } kinds[] = {{"mvu", case_mvu},
                 {"chain", case_chain},
                 {"threshold", case_threshold},
                 {"requant", case_requant},
                 {"argmax", case_argmax},
                 {"input_quant", case_input_quant},
                 {"step", case_step},
                 {"dwc", case_dwc},
                 {"fifo", case_plumbing},
                 {"skid", case_plumbing},
                 {"frames", case_frames},
                 {"window", case_window},
                 {"window_parallel", case_window_parallel},
                 {"pool", case_pool},
                 {"reduce", case_reduce},
                 {"accumulate", case_accumulate},
                 {"add", case_add},
                 {"concat", case_concat}};
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, argv[1]) == 0) {
            struct test test = {.argc = argc - 1, .argv = argv + 1};
            test.random = (uint64_t)param(&test, "seed", 1);
            test.frames = param(&test, "frames", 8);
            kinds[i].write(&test);
            return 0;
        }
    fprintf(stderr, "usage: rtl_case KIND [key=value]...\n");
    return 2;
}
