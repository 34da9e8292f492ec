/* The script of a run, its files, and Icarus. */
#include "play.h"

#include "base/file.h"
#include "base/require.h"
#include "hardware/bits.h"
#include "backend/verilog/verilog.h"

#include <stdlib.h>
#include <string.h>

enum { BYTE = 8 };

enum frame_kind { FRAME_CLEAN, FRAME_SHORT, FRAME_LONG };
/* The clean ones at the beginning are also played alone. */
enum { LEADING = 5, FRAMES = 11 };
static const enum frame_kind frames[FRAMES] = {FRAME_CLEAN, FRAME_CLEAN, FRAME_CLEAN, FRAME_CLEAN,
                                               FRAME_CLEAN, FRAME_SHORT, FRAME_CLEAN, FRAME_LONG,
                                               FRAME_LONG,  FRAME_SHORT, FRAME_CLEAN};

/* What the bench plays and expects. */
struct script {
    struct subject *subject;
    const struct hw_graph *graph;
    struct int_state *interpreter;
    int in_bits, out_bits; /* of tdata */
    int value_bits;        /* of an integer beside or instead of the class; 0: none */
    struct text in, out;   /* in.hex, out.hex */
    int in_words, out_words;
    int clean_in, clean_out;
};

/* A word of bits as one line of hexadecimal digits. */
struct word {
    uint8_t bits[1 << 16];
    int width;
};

static void put(struct word *word, int width, int64_t value)
{
    REQUIRE(word->width + width <= (int)sizeof word->bits);
    for (int i = 0; i < width; i++)
        word->bits[word->width++] = (uint8_t)((value >> (i < 63 ? i : 63)) & 1);
}

static void add_line(struct text *out, const struct word *word)
{
    for (int digit = (word->width + 3) / 4 - 1; digit >= 0; digit--) {
        int value = 0;
        for (int i = 3; i >= 0; i--)
            value = 2 * value + (digit * 4 + i < word->width ? word->bits[digit * 4 + i] : 0);
        text_printf(out, "%x", (unsigned)value);
    }
    text_add(out, "\n");
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

/* Beats first .. end of a frame; elements past the sample's end are ones, which must not matter. */
static void send(struct script *script, const uint8_t *bytes, int beats)
{
    const int bits = script->graph->input_bits, lanes = script->graph->input_elements;
    const int elements = (int)subject_inputs(script->subject);
    for (int beat = 0; beat < beats; beat++) {
        struct word word = {0};
        for (int lane = 0; lane < lanes; lane++) {
            const int element = beat * lanes + lane;
            put(&word, bits, element < elements ? bytes[element] : -1);
        }
        put(&word, script->in_bits - bits * lanes, -1);
        put(&word, 1, beat + 1 == beats);
        add_line(&script->in, &word);
        script->in_words++;
    }
}

static void expect_word(struct script *script, int width, int64_t value, bool wrong, bool last)
{
    struct word word = {0};
    put(&word, width, value);
    if (width < script->out_bits)
        put(&word, script->out_bits - width, script->value_bits && value < 0 ? -1 : 0);
    put(&word, 1, wrong);
    put(&word, 1, last);
    add_line(&script->out, &word);
    script->out_words++;
}

static void expect(struct script *script, const int32_t *values, bool wrong)
{
    const struct hw_engine *engine = &script->graph->engines[script->graph->engine_count - 1];
    int_run(script->subject->graph, values, script->interpreter);
    if (script->graph->class_bits)
        expect_word(script, script->graph->class_bits, int_class(script->interpreter), wrong, !script->value_bits);
    for (int c = 0; script->value_bits && c < engine->elements_out; c++)
        expect_word(script, script->value_bits, int_values(script->interpreter)[c], wrong,
                    c + 1 == engine->elements_out);
}

/* A short frame: some beats are missing, and with them elements, which become zero bits. */
static void play_frame(struct script *script, enum frame_kind kind, int index)
{
    const struct int_tensor *edge = &script->subject->graph->input;
    const int elements = (int)subject_inputs(script->subject), whole = (int)script->graph->input_cycles;
    int32_t *values = ARENA_NEW_ARRAY(&script->subject->arena, (size_t)elements, int32_t);
    uint8_t *bytes = ARENA_NEW_ARRAY(&script->subject->arena, (size_t)elements, uint8_t);
    int beats = whole;
    if (kind == FRAME_LONG)
        beats = whole + 1 + index % 3 * whole;
    if (kind == FRAME_SHORT && whole > 1)
        beats = 1 + index * 7 % (whole - 1);
    subject_sample(script->subject, (uint64_t)index, values, bytes);
    for (int i = beats * script->graph->input_elements; i < elements; i++)
        values[i] = edge->type.encoding == QNN_ENCODING_SIGN ? -1 : 0;
    send(script, bytes, beats);
    expect(script, values, beats != whole);
}

static void write_script(struct script *script, bool clean)
{
    for (int i = 0; i < (clean ? LEADING : FRAMES); i++) {
        play_frame(script, frames[i], i);
        if (i + 1 == LEADING) {
            script->clean_in = script->in_words;
            script->clean_out = script->out_words;
        }
    }
}

/* ---- Files and tools --------------------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const struct text *text)
{
    char path[4096], error[FILE_ERROR_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(file_write(path, text_cstr(text), text->length, error));
}

static void write_case(const struct script *script, const char *folder, bool clean)
{
    struct text text = {0};
    text_printf(&text, "`define DUT %s\n`define IN_BITS %d\n`define OUT_BITS %d\n", script->subject->name,
                script->in_bits, script->out_bits);
    text_printf(&text, "`define IN_WORDS %d\n`define OUT_WORDS %d\n`define CLEAN_IN %d\n`define CLEAN_OUT %d\n",
                script->in_words, script->out_words, script->clean_in, script->clean_out);
    /* in the middle of the second frame, or where a frame is one beat, between frames that are on their way */
    text_printf(&text, "`define CUT %d\n", (int)(script->graph->input_cycles + (script->graph->input_cycles + 1) / 2));
    if (clean)
        text_add(&text, "`define CLEAN_ONLY\n");
    write_file(folder, "case.vh", &text);
    write_file(folder, "in.hex", &script->in);
    write_file(folder, "out.hex", &script->out);
    text_free(&text);
}

static void write_rtl(struct subject *subject, const char *folder)
{
    struct verilog_output output = {0};
    emit_verilog(subject->hardware, &output, &subject->arena);
    for (size_t i = 0; i < output.count; i++)
        write_file(folder, output.files[i].name, &output.files[i].text);
    verilog_free(&output);
}

/* The largest number behind a word in lines of the log that also hold another word; 0 where there is none. */
static int number_behind(const char *log, const char *word, const char *also)
{
    int most = 0;
    for (const char *at = strstr(log, word); at; at = strstr(at + 1, word)) {
        const char *end = strchr(at, '\n'), *found = strstr(at, also);
        const int number = atoi(at + strlen(word));
        if (found && (!end || found < end) && number > most)
            most = number;
    }
    return most;
}

static struct played read_log(const char *folder, bool passed)
{
    char path[4096], error[FILE_ERROR_SIZE], *log;
    size_t length;
    struct played played = {.passed = passed};
    snprintf(path, sizeof path, "%s/log", folder);
    REQUIRE(file_read(path, 1 << 26, &log, &length, error));
    played.period = number_behind(log, "period ", "");
    played.watermark = number_behind(log, "watermark ", ".fifo_");
    free(log);
    return played;
}

struct played play(const struct places *places, struct subject *subject, bool clean)
{
    const struct hw_graph *graph = subject->hardware;
    const struct hw_engine *last = &graph->engines[graph->engine_count - 1];
    const bool values = !graph->class_bits || subject->graph->plan->model->hardware.logits;
    struct script script = {
        .subject = subject,
        .graph = graph,
        .interpreter = int_state_new(subject->graph, &subject->arena),
        .in_bits = ceil_div(graph->input_elements * graph->input_bits, BYTE) * BYTE,
        .value_bits = values ? last->out_bits : 0,
    };
    const int widest = script.value_bits > graph->class_bits ? script.value_bits : graph->class_bits;
    script.out_bits = ceil_div(widest, BYTE) * BYTE;
    char folder[4000], error[FILE_ERROR_SIZE];
    snprintf(folder, sizeof folder, "%s/%s", places->folder, subject->name);
    REQUIRE(file_make_directory(folder, error));
    write_script(&script, clean);
    write_case(&script, folder, clean);
    write_rtl(subject, folder);
    text_free(&script.in);
    text_free(&script.out);
    const bool passed =
        shell("cd '%s' && iverilog -g2005 -DQNN_WATERMARK -I . -y . -y '%s' -s tb -o sim '%s/tb_axis.v' >log 2>&1 && "
              "vvp -n sim >>log 2>&1 && grep -qx pass log || { grep -v '^watermark' log | tail -3; exit 1; }",
              folder, places->rtl, places->bench);
    return read_log(folder, passed);
}
