/* One picture through libpng's simplified interface. */
#include "runtime/data/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/numeric/file.h"

enum { FILE_LIMIT = 256 << 20 }; /* bytes; more than an uncompressed picture of the largest size */

/* Reads the pixels with alpha and keeps the colours: libpng would blend them with a background otherwise. */
static bool read_pixels(png_image *image, const char *path, size_t channels, uint8_t *out, char *error)
{
    const size_t pixels = (size_t)image->height * image->width;
    image->format = channels == 1 ? PNG_FORMAT_GA : PNG_FORMAT_RGBA;
    uint8_t *with_alpha = malloc(pixels * (channels + 1));
    if (!with_alpha)
        return qnn_error_set(error, "%s: no memory for its %zu pixels", path, pixels);
    const bool ok = png_image_finish_read(image, NULL, with_alpha, 0, NULL) != 0;
    if (!ok)
        qnn_error_set(error, "%s: the PNG file is damaged: %s", path, image->message);
    for (size_t i = 0; ok && i < pixels; i++)
        memcpy(out + i * channels, with_alpha + i * (channels + 1), channels);
    free(with_alpha);
    return ok;
}

static bool read_image(png_image *image, const char *path, size_t height, size_t width, size_t channels, uint8_t *out,
                       char *error)
{
    if (image->height > QNN_PNG_MAX_SIDE || image->width > QNN_PNG_MAX_SIDE)
        return qnn_error_set(error, "%s: has %u x %u pixels; at most %d x %d are read", path, image->height,
                             image->width, QNN_PNG_MAX_SIDE, QNN_PNG_MAX_SIDE);
    if (image->height != height || image->width != width)
        return qnn_error_set(error, "%s: has %u x %u pixels (height x width), the network's input takes %zu x %zu",
                             path, image->height, image->width, height, width);
    return read_pixels(image, path, channels, out, error);
}

bool qnn_png_load(const char *path, size_t height, size_t width, size_t channels, uint8_t *out, char *error)
{
    unsigned char *bytes;
    size_t length;
    if (channels != 1 && channels != 3)
        return qnn_error_set(error, "%s: the network's input has %zu channels; a PNG file gives 1 or 3", path,
                             channels);
    if (!qnn_file_read(path, FILE_LIMIT, &bytes, &length, error))
        return false;
    png_image image = {.version = PNG_IMAGE_VERSION};
    const bool ok = png_image_begin_read_from_memory(&image, bytes, length) != 0
                        ? read_image(&image, path, height, width, channels, out, error)
                        : qnn_error_set(error, "%s: is not a readable PNG file: %s", path, image.message);
    png_image_free(&image);
    free(bytes);
    return ok;
}
