/* PNG: every pixel format to grey and colour, sizes, damage. Files are made with libpng's own writer. */
#include "runtime/data/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/numeric/file.h"
#include "tests/unit/cunit_main.h"

enum { HEIGHT = 3, WIDTH = 5, PIXELS = HEIGHT * WIDTH };

static char error[QNN_ERROR_SIZE];
static char path[64];

static bool write_png(png_uint_32 format, const uint8_t *pixels, unsigned height, unsigned width)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .height = height, .width = width, .format = format};
    return png_image_write_to_file(&image, path, 0, pixels, 0, NULL) != 0;
}

/* Channel c of pixel i; alpha (the last of 2 and 4) includes 0, which a blend would show. */
static uint8_t pixel(size_t i, size_t c)
{
    return (uint8_t)(i * 17 + c * 60);
}

static void test_formats(void)
{
    static const struct {
        png_uint_32 format;
        size_t channels;
    } rows[] = {{PNG_FORMAT_GRAY, 1}, {PNG_FORMAT_GA, 2}, {PNG_FORMAT_RGB, 3}, {PNG_FORMAT_RGBA, 4}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        uint8_t pixels[PIXELS * 4], grey[PIXELS], colour[PIXELS * 3];
        const size_t channels = rows[r].channels;
        for (size_t i = 0; i < PIXELS * channels; i++)
            pixels[i] = pixel(i / channels, i % channels);
        CU_ASSERT_TRUE_FATAL(write_png(rows[r].format, pixels, HEIGHT, WIDTH));
        CU_ASSERT_TRUE(qnn_png_load(path, HEIGHT, WIDTH, 1, grey, error));
        CU_ASSERT_TRUE(qnn_png_load(path, HEIGHT, WIDTH, 3, colour, error));
        for (size_t i = 0; i < PIXELS; i++) {
            for (size_t c = 0; c < 3; c++)
                CU_ASSERT_EQUAL(colour[3 * i + c], pixel(i, channels < 3 ? 0 : c));
            if (channels < 3)
                CU_ASSERT_EQUAL(grey[i], pixel(i, 0));
            const uint8_t *rgb = colour + 3 * i;
            const uint8_t low = rgb[0] < rgb[1] ? rgb[0] < rgb[2] ? rgb[0] : rgb[2] : rgb[1] < rgb[2] ? rgb[1] : rgb[2];
            const uint8_t high = rgb[0] > rgb[1]   ? rgb[0] > rgb[2] ? rgb[0] : rgb[2]
                                   : rgb[1] > rgb[2] ? rgb[1]
                                                   : rgb[2];
            CU_ASSERT(grey[i] >= low && grey[i] <= high);
        }
    }
}

static void test_refused(void)
{
    static uint8_t pixels[PIXELS], out[PIXELS * 3], wide[5000];
    CU_ASSERT_TRUE_FATAL(write_png(PNG_FORMAT_GRAY, pixels, HEIGHT, WIDTH));
    CU_ASSERT_FALSE(qnn_png_load(path, WIDTH, HEIGHT, 1, out, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "has 3 x 5 pixels (height x width), the network's input takes 5 x 3"));
    CU_ASSERT_FALSE(qnn_png_load(path, HEIGHT, WIDTH, 2, out, error));
    CU_ASSERT_FALSE(qnn_png_load("/nonexistent.png", HEIGHT, WIDTH, 1, out, error));
    CU_ASSERT_TRUE_FATAL(write_png(PNG_FORMAT_GRAY, wide, 1, 5000));
    CU_ASSERT_FALSE(qnn_png_load(path, 1, 5000, 1, out, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "at most 4096 x 4096"));
}

/* Cut off inside the pixels, or no PNG at all. */
static void test_damage(void)
{
    uint8_t pixels[PIXELS] = {0}, out[PIXELS];
    unsigned char *bytes;
    size_t length, accepted = 0;
    CU_ASSERT_TRUE_FATAL(write_png(PNG_FORMAT_GRAY, pixels, HEIGHT, WIDTH));
    CU_ASSERT_TRUE_FATAL(qnn_file_read(path, 1 << 16, &bytes, &length, error));
    const size_t pixels_end = length - 12 - 4; /* the IEND chunk and a check sum */
    for (size_t cut = 0; cut < pixels_end; cut++) {
        FILE *file = fopen(path, "wb");
        CU_ASSERT_FATAL(file && fwrite(bytes, 1, cut, file) == cut && fclose(file) == 0);
        accepted += qnn_png_load(path, HEIGHT, WIDTH, 1, out, error);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    free(bytes);
}

static const struct unit_case cases[] = {
    {"formats", test_formats},
    {"what is refused", test_refused},
    {"damaged files", test_damage},
};

int main(void)
{
    snprintf(path, sizeof path, "/tmp/qnn_test_XXXXXX");
    const int descriptor = mkstemp(path);
    if (descriptor < 0 || close(descriptor) != 0)
        return 2;
    const int status = unit_main("data png", cases, sizeof cases / sizeof *cases);
    unlink(path);
    return status;
}
