/*
 * train_images_tool FOLDER: an NPY data set of small images, the same in every run. A sample u8[8, 8, 2] has, in its first
 * channel, a bright bar above (class 0), below (1) or none (2), and noise everywhere. With a second argument "wrong" the
 * training samples have one more column.
 */
#include "tests/support/draw.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, CHANNELS = 2, CLASSES = 3, TRAIN = 900, TEST = 200 };

static FILE *begin(const char *folder, const char *name, const char *type, const char *shape)
{
    char path[4096], header[119];
    const int length = snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = length < (int)sizeof path ? fopen(path, "wb") : NULL;
    if (!file) {
        (void)fprintf(stderr, "cannot write '%s'\n", path);
        exit(2);
    }
    snprintf(header, sizeof header, "%-117s\n", "");
    const int used =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    header[used] = ' ';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
    fwrite(header, 1, 118, file);
    return file;
}

static void end(FILE *file)
{
    if (ferror(file) || fclose(file) != 0)
        exit(2);
}

static void write_image(struct draw *draw, int class, int width, FILE *file)
{
    static const int middle[CLASSES] = {1, SIDE - 2, 2 * SIDE};
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < width; x++) {
            fputc(draw_int(draw, 0, 140) + (abs(y - middle[class]) <= 1 ? 100 : 0), file);
            fputc(draw_int(draw, 0, 255), file);
        }
}

static void write_split(const char *folder, const char *split, int count, int width, uint64_t index)
{
    char name[64], shape[64];
    struct draw draw = draw_open(1, index);
    snprintf(name, sizeof name, "%s_images", split);
    snprintf(shape, sizeof shape, "(%d, %d, %d, %d)", count, SIDE, width, CHANNELS);
    FILE *images = begin(folder, name, "|u1", shape);
    snprintf(name, sizeof name, "%s_labels", split);
    snprintf(shape, sizeof shape, "(%d,)", count);
    FILE *labels = begin(folder, name, "<i2", shape);
    for (int i = 0; i < count; i++) {
        const int class = draw_int(&draw, 0, CLASSES - 1);
        write_image(&draw, class, width, images);
        fputc(class, labels);
        fputc(0, labels);
    }
    end(images);
    end(labels);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    const bool wrong = argc > 2 && strcmp(argv[2], "wrong") == 0;
    write_split(argv[1], "train", TRAIN, wrong ? SIDE + 1 : SIDE, 1);
    write_split(argv[1], "test", TEST, SIDE, 2);
    return 0;
}
