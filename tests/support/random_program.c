/* Draws a network and writes it as program text. */
#include "tests/support/random_program.h"

#include "tests/support/pieces.h"

#include <string.h>

enum { MAX_LAYERS = 4, MAX_WIDTH = 70 };

enum activation { SIGN, UINT, DEPLOYED_RELU, ACTIVATION_COUNT };

struct layer {
    int inputs, outputs;
    enum activation activation;
    int bits;
};

struct writer {
    struct draw draw;
    struct text *text;
    struct layer layers[MAX_LAYERS];
    int layer_count;
};

/* Odd sizes more often than not. */
static int draw_width(struct draw *draw, int least)
{
    static const int favoured[] = {1, 2, 3, 5, 7, 8, 17, 63, 64, 65};
    const int width = draw_int(draw, 0, 1) ? favoured[draw_int(draw, 0, 9)] : draw_int(draw, 1, MAX_WIDTH);
    return width < least ? least : width;
}

static bool chance(struct writer *writer, int one_in)
{
    return draw_chance(&writer->draw, one_in);
}

/* ---- Schemes ----------------------------------------------------------------------------------------------------- */

static void add_scheme(struct writer *writer, int index)
{
    const struct layer *layer = &writer->layers[index];
    struct text *text = writer->text;
    text_printf(text, "scheme s%d {\n  weights = ", index + 1);
    add_weights(&writer->draw, text);
    text_add(text, ";\n");
    if (layer->activation == SIGN) {
        text_add(text, "  acts = sign;\n");
    } else if (layer->activation == UINT) {
        text_add(text, "  acts = ");
        add_uint(&writer->draw, text, layer->bits);
        text_add(text, ";\n");
    } else {
        text_printf(text, "  acts = relu;\n  deploy = uint(%d, calibrate = ", layer->bits);
        add_calibrate(&writer->draw, text);
        text_add(text, ");\n");
    }
    text_add(text, "}\n");
}

/* ---- Network ----------------------------------------------------------------------------------------------------- */

static void add_input(struct writer *writer, struct random_program *program)
{
    static const char *const elements[] = {"u8", "i8", "f32"};
    static const char *const scales[] = {"", " scale 1/255", " scale 1/128 offset -1", " scale 0.02 offset 0.3"};
    const int element = draw_int(&writer->draw, 0, 2);
    struct text *text = writer->text;
    program->element = elements[element];
    program->inputs = writer->layers[0].inputs;
    const bool image = program->inputs % 3 == 0 && chance(writer, 2);
    if (image)
        text_printf(text, "  input %s[%d, 3, 1]", program->element, program->inputs / 3);
    else
        text_printf(text, "  input %s[%d]", program->element, program->inputs);
    text_add(text, scales[draw_int(&writer->draw, 0, 3)]);
    if (element == 2 || chance(writer, 4)) {
        if (chance(writer, 2)) {
            text_add(text, "\n    -> sign");
        } else {
            text_add(text, "\n    -> quantize(");
            add_uint(&writer->draw, text, draw_int(&writer->draw, 1, 4));
            text_add(text, ")");
        }
    }
    if (image)
        text_add(text, "\n    -> flatten");
}

static void maybe_batchnorm(struct writer *writer, int one_in)
{
    if (chance(writer, one_in))
        add_batchnorm(&writer->draw, writer->text);
}

static void add_hidden(struct writer *writer, int index)
{
    struct text *text = writer->text;
    text_printf(text, "\n    -> h%d: dense(%d%s)", index + 1, writer->layers[index].outputs,
                chance(writer, 4) ? ", bias = true" : "");
    if (!chance(writer, 6))
        maybe_batchnorm(writer, 1);
    if (chance(writer, 6)) {
        text_add(text, chance(writer, 2) ? " -> hardtanh" : " -> relu");
        maybe_batchnorm(writer, 2);
        text_add(text, " -> quantize(");
        add_uint(&writer->draw, text, draw_int(&writer->draw, 1, 4));
        text_add(text, ")");
    }
    text_add(text, " -> act");
    if (chance(writer, 8)) {
        maybe_batchnorm(writer, 2);
        text_add(text, " -> sign");
    }
    if (chance(writer, 4))
        text_add(text, " -> dropout(0.2)");
}

static void add_network(struct writer *writer, struct random_program *program)
{
    const struct layer *last = &writer->layers[writer->layer_count - 1];
    text_add(writer->text, "network random {\n");
    add_input(writer, program);
    for (int i = 0; i + 1 < writer->layer_count; i++)
        add_hidden(writer, i);
    text_printf(writer->text, "\n    -> h%d: dense(%d)", writer->layer_count, last->outputs);
    maybe_batchnorm(writer, 2);
    text_printf(writer->text, "\n    -> %s;\n}\n", program->regress ? "regress" : "classify");
}

/* ---- The other sections ------------------------------------------------------------------------------------------ */

static void add_quantize(struct writer *writer)
{
    text_add(writer->text, "quantize {\n  * : s1;\n");
    for (int i = 1; i < writer->layer_count; i++)
        text_printf(writer->text, "  h%d : s%d;\n", i + 1, i + 1);
    /* `act` of layer i follows its scheme by ordinal; a single one has none. */
    for (int i = 1; i + 1 < writer->layer_count; i++)
        text_printf(writer->text, "  act%d : s%d;\n", i + 1, i + 1);
    text_add(writer->text, "}\n");
}

/* Other widths for the hidden layers of one program in three; from a stream of its own, so that the rest stays as it is. */
static void add_compress(struct writer *writer, uint64_t seed)
{
    struct draw draw = draw_open(seed, 12);
    if (writer->layer_count < 2 || !draw_chance(&draw, 3))
        return;
    text_add(writer->text, "compress {\n");
    for (int i = 0; i + 1 < writer->layer_count; i++) {
        struct layer *layer = &writer->layers[i];
        if (draw_chance(&draw, 2)) {
            layer->outputs = draw_width(&draw, 1);
            text_printf(writer->text, "  h%d : width(%d);\n", i + 1, layer->outputs);
        } else {
            layer->outputs *= 2;
            text_printf(writer->text, "  h%d : widen(2);\n", i + 1);
        }
        writer->layers[i + 1].inputs = layer->outputs;
    }
    text_add(writer->text, "}\n");
}

static void add_hardware(struct writer *writer)
{
    text_add(writer->text, "hardware {\n");
    for (int i = 0; i < writer->layer_count; i++) {
        const struct layer *layer = &writer->layers[i];
        if (!chance(writer, 4))
            text_printf(writer->text, "  h%d : fold(pe = %d, simd = %d);\n", i + 1,
                        draw_int(&writer->draw, 1, layer->outputs), draw_int(&writer->draw, 1, layer->inputs));
    }
    text_add(writer->text, "}\n");
}

struct random_program random_program(uint64_t seed, unsigned sections, struct text *text)
{
    struct writer writer = {.draw = draw_open(seed, 10), .text = text};
    struct random_program program = {0};
    program.regress = !(sections & RANDOM_PROGRAM_CLASSIFY) && chance(&writer, 5);
    writer.layer_count = draw_int(&writer.draw, 1, MAX_LAYERS);
    for (int i = 0; i < writer.layer_count; i++) {
        struct layer *layer = &writer.layers[i];
        layer->inputs = i ? writer.layers[i - 1].outputs : draw_width(&writer.draw, 1);
        layer->outputs = draw_width(&writer.draw, i + 1 == writer.layer_count && !program.regress ? 2 : 1);
        layer->activation = (enum activation)draw_int(&writer.draw, 0, ACTIVATION_COUNT - 1);
        layer->bits = draw_int(&writer.draw, 1, 8);
    }
    program.outputs = writer.layers[writer.layer_count - 1].outputs;
    for (int i = 0; i < writer.layer_count; i++)
        add_scheme(&writer, i);
    add_network(&writer, &program);
    add_quantize(&writer);
    add_compress(&writer, seed);
    if (sections & RANDOM_PROGRAM_TRAIN)
        add_train(&writer.draw, text, program.regress);
    if (sections & RANDOM_PROGRAM_HARDWARE)
        add_hardware(&writer);
    return program;
}
