/* Draws a network on images and writes it as program text: layers, blocks, an end, and the other sections. */
#include "tests/support/image_writer.h"
#include "tests/support/random_program.h"

enum { MAX_BODY = 5, MAX_MAGNITUDE = 5000, MAX_CHANNELS = 14 };

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

/*
 * What stands between a layer and its quantizer: batch norms before and behind a pool, a float activation. True where the
 * quantizer must be of few bits, because more than one affine, or a hardtanh, stands before it.
 */
static bool add_middle(struct writer *writer, struct value *value)
{
    bool few = false;
    const bool norm = maybe_batchnorm(writer, 2), active = chance(writer, 6);
    if (active) {
        const bool hardtanh = chance(writer, 2);
        text_add(writer->text, hardtanh ? " -> hardtanh" : " -> relu");
        few = hardtanh;
    }
    const bool pool = chance(writer, 3), max = active || chance(writer, 2);
    if (pool) {
        const struct window window = draw_pool(writer, value);
        add_pool(writer, value, &window, max);
    }
    const bool again = maybe_batchnorm(writer, norm ? 4 : 2);
    return few || (again && (active || (norm && pool && max)));
}

static struct value add_plain(struct writer *writer, const struct value *from)
{
    struct value value = begin(writer, from);
    const struct conv conv = draw_conv(writer, from);
    add_conv(writer, &value, &conv);
    const bool few = add_middle(writer, &value);
    add_act(writer, &value, few);
    end(writer);
    return value;
}

/* A pool of codes, perhaps with a quantizer of its own. */
static struct value add_pooled(struct writer *writer, const struct value *from)
{
    struct value value = begin(writer, from);
    const struct window window = draw_pool(writer, from);
    add_pool(writer, &value, &window, chance(writer, 2));
    if (chance(writer, 2)) {
        const bool few = value.relu;
        maybe_batchnorm(writer, 2);
        add_act(writer, &value, few);
    }
    end(writer);
    return value;
}

/* One conv of a branch, quantized behind it or left to the join. */
static struct value add_branch(struct writer *writer, const struct value *from, const struct conv *conv, bool quantized)
{
    struct value value = begin(writer, from);
    add_conv(writer, &value, conv);
    maybe_batchnorm(writer, 2);
    if (quantized)
        add_act(writer, &value, false);
    end(writer);
    return value;
}

/* "v7 = add(v5, v6, q = int(4)) -> batchnorm -> act". `from` may be the larger of the operands' magnitudes. */
static struct value add_join(struct writer *writer, const char *name, const struct value *a, const struct value *b)
{
    struct value value = *a;
    int bits = writer->join_bits;
    const bool adds = name[0] == 'a', asked = chance(writer, 3);
    name_value(writer, &value);
    text_printf(writer->text, "%s(v%d, v%d", name, a->number, b->number);
    if (asked) {
        bits = pick(writer, 2, 8);
        text_printf(writer->text, ", q = int(%d, calibrate = ", bits);
        add_calibrate(&writer->draw, writer->text);
        text_add(writer->text, ")");
    }
    text_add(writer->text, ")");
    value.magnitude = (adds ? 2 : 1) * greatest((1 << (bits - 1)) - 1, greatest(a->magnitude, b->magnitude));
    value.content = !adds && !asked && a->content == SIGNS && b->content == SIGNS ? SIGNS : CODES;
    value.relu = false;
    value.fixed = a->fixed || b->fixed;
    writer->keeps_widths |= adds && value.fixed;
    value.channels = adds ? a->channels : a->channels + b->channels;
    if (chance(writer, 2)) {
        maybe_batchnorm(writer, 2);
        add_act(writer, &value, false);
    }
    end(writer);
    return value;
}

static struct conv same_conv(struct writer *writer, int channels, int stride)
{
    struct conv conv = {.channels = channels, .groups = 1};
    conv.window = (struct window){.rows = 2 * pick(writer, 0, 1) + 1,
                                  .columns = 2 * pick(writer, 0, 1) + 1,
                                  .stride_rows = stride,
                                  .stride_columns = stride,
                                  .dilation = 1};
    pad_same(&conv);
    return conv;
}

/* One or two convs beside the identity or a conv of one tap. */
static struct value add_residual(struct writer *writer, const struct value *from)
{
    const bool identity = chance(writer, 2);
    const int channels = identity ? from->channels : pick(writer, 1, 5), stride = identity || chance(writer, 2) ? 1 : 2;
    const bool deep = chance(writer, 2);
    struct conv conv = same_conv(writer, channels, stride);
    struct value a = add_branch(writer, from, &conv, deep || chance(writer, 3)), b = *from;
    if (deep) {
        conv = same_conv(writer, channels, 1);
        a = add_branch(writer, &a, &conv, chance(writer, 3));
    }
    if (!identity) {
        conv = same_conv(writer, channels, stride);
        conv.window.rows = conv.window.columns = 1;
        pad_same(&conv);
        b = add_branch(writer, from, &conv, chance(writer, 3));
    }
    return chance(writer, 2) ? add_join(writer, "add", &a, &b) : add_join(writer, "add", &b, &a);
}

/* A conv beside another, a pool with its windows, or the value itself. */
static struct value add_side_by_side(struct writer *writer, const struct value *from)
{
    const int kind = pick(writer, 0, 2);
    struct conv conv = same_conv(writer, pick(writer, 1, 5), kind == 2 ? 1 : pick(writer, 1, 2));
    struct value b = *from;
    if (kind == 0) {
        const struct window window = draw_pool(writer, from);
        conv.window = window;
        conv.padding = NOTHING;
        b = begin(writer, from);
        add_pool(writer, &b, &window, chance(writer, 2));
        end(writer);
    } else if (kind == 1) {
        struct conv other = same_conv(writer, pick(writer, 1, 5), conv.window.stride_rows);
        b = add_branch(writer, from, &other, !chance(writer, 3));
    }
    const struct value a = add_branch(writer, from, &conv, !chance(writer, 3));
    return chance(writer, 2) ? add_join(writer, "concat", &a, &b) : add_join(writer, "concat", &b, &a);
}

/* ---- The network ------------------------------------------------------------------------------------------------- */

static struct value add_input(struct writer *writer, struct random_program *program)
{
    static const struct input inputs[] = {
        {"u8", "", {"0", "1", "1"}, true, 255},
        {"u8", " scale 1/255", {"0", "1", "0.2"}, true, 255},
        {"u8", " scale 1/128 offset -1", {"0", "-1", "0.5"}, true, 255},
        {"u8", " scale 0.25 offset 0.5", {"0.5", "0.75", "1"}, false, 255},
        {"i8", "", {"0", "-1", "1"}, true, 128},
        {"i8", " scale 1/128", {"0", "-1", "0.5"}, true, 128},
        {"i8", " scale 1/64 offset 0.5", {"0", "0.5", "-1"}, true, 128},
    };
    writer->input = &inputs[pick(writer, 0, (int)(sizeof inputs / sizeof inputs[0]) - 1)];
    struct value value = {.height = pick(writer, 3, 9), .width = pick(writer, 3, 9), .channels = pick(writer, 1, 4)};
    value.content = ELEMENTS;
    value.fixed = true;
    value.magnitude = writer->input->magnitude;
    program->element = writer->input->element;
    program->inputs = value.height * value.width * value.channels;
    text_printf(writer->text, "  v0 = input %s[%d, %d, %d]%s", program->element, value.height, value.width,
                value.channels, writer->input->attributes);
    if (chance(writer, 4)) {
        maybe_batchnorm(writer, 2);
        add_act(writer, &value, false);
    }
    end(writer);
    return value;
}

/* Sums must stay below 2^24. */
static struct value shrink(struct writer *writer, const struct value *from)
{
    if (from->magnitude <= MAX_MAGNITUDE)
        return *from;
    struct value value = begin(writer, from);
    add_act(writer, &value, false);
    end(writer);
    return value;
}

static struct value add_layer(struct writer *writer, const struct value *from)
{
    switch (pick(writer, 0, 7)) {
    case 0:
    case 1:
        return add_residual(writer, from);
    case 2:
    case 3:
        return from->channels <= MAX_CHANNELS ? add_side_by_side(writer, from) : add_plain(writer, from);
    case 4:
        return add_pooled(writer, from);
    default:
        return add_plain(writer, from);
    }
}

static void add_dense(struct writer *writer, int inputs, int units)
{
    struct label *label = add_label(writer, 'l', pick(writer, 1, SCHEMES));
    label->pe = units;
    label->simd = inputs;
    text_printf(writer->text, "dense(%d%s", units, chance(writer, 4) ? ", bias = true)" : ")");
}

/* From the last value to a vector of the network's outputs: by dense, by a conv as large as its operand, or by a conv
 * of one tap and the mean of its channels. */
static void add_end(struct writer *writer, const struct value *from, const struct random_program *program)
{
    struct value value = *from;
    struct conv conv = {.channels = program->outputs, .groups = 1};
    conv.window = (struct window){1, 1, 1, 1, 0, 0, 1};
    text_printf(writer->text, "  v%d", from->number);
    int inputs = value.height * value.width * value.channels;
    switch (pick(writer, 0, 4)) {
    case 0:
        add_conv(writer, &value, &conv);
        maybe_batchnorm(writer, 2);
        text_add(writer->text, " -> global_avgpool");
        break;
    case 1:
        conv.window.rows = value.height;
        conv.window.columns = value.width;
        add_conv(writer, &value, &conv);
        break;
    case 2:
        text_add(writer->text, " -> global_avgpool");
        add_dense(writer, value.channels, program->outputs);
        break;
    default:
        text_add(writer->text, " -> flatten");
        if (chance(writer, 2)) {
            const int units = pick(writer, 1, 17);
            add_dense(writer, inputs, units);
            maybe_batchnorm(writer, 2);
            add_act(writer, &value, false);
            inputs = units;
        }
        add_dense(writer, inputs, program->outputs);
        break;
    }
    maybe_batchnorm(writer, 2);
    text_printf(writer->text, " -> %s;\n", program->regress ? "regress" : "classify");
}

static void add_network(struct writer *writer, struct random_program *program)
{
    text_add(writer->text, "network random {\n");
    struct value value = add_input(writer, program);
    const int layers = pick(writer, 1, MAX_BODY);
    for (int i = 0; i < layers; i++) {
        value = shrink(writer, &value);
        value = add_layer(writer, &value);
    }
    value = shrink(writer, &value);
    writer->widens = !value.fixed;
    add_end(writer, &value, program);
    text_add(writer->text, "}\n");
}

/* ---- The other sections ------------------------------------------------------------------------------------------ */

static void add_scheme(struct writer *writer, int index)
{
    struct text *text = writer->text;
    writer->acts[index] = (enum acts)pick(writer, SIGN, RELU);
    writer->bits[index] = writer->acts[index] == RELU ? pick(writer, 4, 8) : pick(writer, 1, 3);
    text_printf(text, "scheme s%d {\n  weights = ", index + 1);
    add_weights(&writer->draw, text);
    text_add(text, ";\n  acts = ");
    if (writer->acts[index] == UINT) {
        add_uint(&writer->draw, text, writer->bits[index]);
    } else {
        text_add(text, writer->acts[index] == SIGN ? "sign" : "relu");
    }
    if (writer->acts[index] == RELU) {
        text_printf(text, ";\n  deploy = uint(%d, calibrate = ", writer->bits[index]);
        add_calibrate(&writer->draw, text);
        text_add(text, ")");
    }
    if (index == 0 && chance(writer, 2)) {
        writer->join_bits = pick(writer, 2, 8);
        text_printf(text, ";\n  join = int(%d, calibrate = ", writer->join_bits);
        add_calibrate(&writer->draw, text);
        text_add(text, ")");
    }
    text_add(text, ";\n}\n");
}

static void add_quantize(struct writer *writer)
{
    text_add(writer->text, "quantize {\n  * : s1;\n");
    for (int i = 0; i < writer->label_count; i++)
        text_printf(writer->text, "  %s : s%d;\n", writer->labels[i].name, writer->labels[i].scheme);
    /* A scheme that nobody was given is still named. */
    for (int i = 2; i <= SCHEMES; i++)
        text_printf(writer->text, "  input : s%d;\n", i);
    text_add(writer->text, "}\n");
}

/* One program in four becomes twice as wide; from a stream of its own, so that the rest stays as it is. The outputs keep
 * their number, and so a program whose only layer makes them has nothing to widen. */
static void add_compress(struct writer *writer, uint64_t seed)
{
    struct draw draw = draw_open(seed, 13);
    if (writer->widens && !writer->keeps_widths && draw_chance(&draw, 4))
        text_add(writer->text, "compress { * : widen(2); }\n");
}

static void add_hardware(struct writer *writer)
{
    text_add(writer->text, "hardware {\n");
    for (int i = 0; i < writer->label_count; i++) {
        const struct label *label = &writer->labels[i];
        if (label->pe > 0 && !chance(writer, 4))
            text_printf(writer->text, "  %s : fold(pe = %d, simd = %d);\n", label->name, pick(writer, 1, label->pe),
                        pick(writer, 1, label->simd));
    }
    text_add(writer->text, "}\n");
}

struct random_program random_image_program(uint64_t seed, unsigned sections, struct text *text)
{
    struct writer writer = {.draw = draw_open(seed, 11), .text = text, .join_bits = 8};
    struct random_program program = {0};
    program.regress = !(sections & RANDOM_PROGRAM_CLASSIFY) && chance(&writer, 5);
    program.outputs = pick(&writer, program.regress ? 1 : 2, 7);
    for (int i = 0; i < SCHEMES; i++)
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
