/*
 * What the property test of trainers needs besides qnnc:
 *     train_random_tool program SEED FILE.qnn SAMPLES.csv    a random program and samples for it; every other one on images
 *     train_random_tool mutate SEED FILE.safetensors         folded slopes and last-layer multipliers negated or set to zero
 * Training for a few steps leaves every slope positive; the second form makes falling and constant channels.
 */
#include "runtime/numeric/safetensors.h"
#include "tests/support/draw.h"
#include "tests/support/random_program.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLES = 96 };

static void add_value(struct text *csv, struct draw *draw, const char *element)
{
    if (strcmp(element, "f32") == 0)
        text_printf(csv, "%.6f,", draw_real(draw, -2.0, 2.0));
    else
        text_printf(csv, "%d,", strcmp(element, "u8") == 0 ? draw_int(draw, 0, 255) : draw_int(draw, -128, 127));
}

static void add_samples(struct text *csv, struct draw *draw, const struct random_program *program)
{
    for (int row = 0; row < SAMPLES; row++) {
        for (int i = 0; i < program->inputs; i++)
            add_value(csv, draw, program->element);
        for (int i = 0; program->regress && i < program->outputs; i++)
            text_printf(csv, "%.6f%s", draw_real(draw, -1.0, 1.0), i + 1 < program->outputs ? "," : "\n");
        if (!program->regress)
            text_printf(csv, "%d\n", row < program->outputs ? row : draw_int(draw, 0, program->outputs - 1));
    }
}

static bool save(const char *path, struct text *text)
{
    FILE *file = fopen(path, "w");
    bool done = file && fwrite(text_cstr(text), 1, text->length, file) == text->length;
    done = file && fclose(file) == 0 && done;
    text_free(text);
    return done;
}

static int write_program(uint64_t seed, const char *program_path, const char *samples_path)
{
    struct text text = {0}, csv = {0};
    struct draw draw = draw_open(seed, 77);
    const struct random_program program = seed % 2 ? random_image_program(seed, RANDOM_PROGRAM_TRAIN, &text)
                                                   : random_program(seed, RANDOM_PROGRAM_TRAIN, &text);
    add_samples(&csv, &draw, &program);
    const bool done = save(program_path, &text);
    return save(samples_path, &csv) && done ? 0 : 3;
}

static bool is_slope(const struct qnn_tensor *tensor)
{
    const char *dot = strrchr(tensor->name, '.');
    return dot && tensor->dtype == QNN_DTYPE_F32 && dot[1] == 'a' && dot[2] >= '0' && dot[2] <= '9';
}

static void mutate_tensor(const struct qnn_tensor *tensor, struct draw *draw)
{
    const char *dot = strrchr(tensor->name, '.');
    const bool multiplier = dot && strcmp(dot, ".multiplier") == 0;
    if (!is_slope(tensor) && !multiplier)
        return;
    for (size_t i = 0; i < qnn_tensor_elements(tensor); i++) {
        static const int factors[] = {-1, -1, 0, 1, 1, 1};
        const int factor = factors[draw_int(draw, 0, 5)];
        if (multiplier)
            ((int32_t *)tensor->data)[i] *= factor;
        else
            ((float *)tensor->data)[i] *= (float)factor;
    }
}

static int mutate(uint64_t seed, const char *path)
{
    char error[QNN_ERROR_SIZE];
    struct qnn_safetensors file;
    struct draw draw = draw_open(seed, 78);
    if (!qnn_safetensors_open(&file, path, error)) {
        fprintf(stderr, "%s\n", error);
        return 3;
    }
    for (size_t i = 0; i < file.tensor_count; i++)
        mutate_tensor(&file.tensors[i], &draw);
    const bool done =
        qnn_safetensors_write(path, file.tensors, file.tensor_count, file.metadata, file.metadata_count, error);
    qnn_safetensors_close(&file);
    return done ? 0 : 3;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "program") == 0)
        return write_program(strtoull(argv[2], NULL, 10), argv[3], argv[4]);
    if (argc == 4 && strcmp(argv[1], "mutate") == 0)
        return mutate(strtoull(argv[2], NULL, 10), argv[3]);
    fprintf(stderr, "usage: train_random_tool program SEED FILE.qnn SAMPLES.csv | mutate SEED FILE.safetensors\n");
    return 2;
}
