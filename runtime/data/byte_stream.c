/* Plain or gzipped bytes through one read function; inflation stays within what the reader asks for. */
#include "runtime/data/byte_stream.h"

#include <limits.h>
#include <string.h>

#include "runtime/numeric/error.h"

enum { GZIP_WINDOW = 15 + 16, DEFLATE_EXPANSION = 1032, STEP = 1 << 30 };

bool byte_stream_open(struct byte_stream *stream, const char *name, const void *bytes, size_t length, char *error)
{
    *stream = (struct byte_stream){.name = name, .bytes = bytes, .length = length};
    stream->gzip = length >= 2 && stream->bytes[0] == 0x1f && stream->bytes[1] == 0x8b;
    if (!stream->gzip)
        return true;
    if (length > UINT_MAX)
        return qnn_error_set(error, "%s: has %zu bytes; gzip files are read up to 4 GiB", name, length);
    /* zlib's interface lacks const; it does not write to its input. */
    memcpy(&stream->inflater.next_in, &bytes, sizeof bytes);
    stream->inflater.avail_in = (uInt)length;
    if (inflateInit2(&stream->inflater, GZIP_WINDOW) != Z_OK)
        return qnn_error_set(error, "%s: no memory to inflate it", name);
    return true;
}

void byte_stream_close(struct byte_stream *stream)
{
    if (stream->gzip)
        inflateEnd(&stream->inflater);
}

size_t byte_stream_bound(const struct byte_stream *stream)
{
    if (!stream->gzip)
        return stream->length - stream->at;
    return ((size_t)stream->inflater.avail_in + 1024) * DEFLATE_EXPANSION;
}

/* Inflates up to length bytes; *got falls short only at the end of the data. */
static bool inflate_some(struct byte_stream *stream, unsigned char *out, size_t length, size_t *got, char *error)
{
    z_stream *inflater = &stream->inflater;
    *got = 0;
    while (*got < length && !stream->ended) {
        const uInt step = length - *got < STEP ? (uInt)(length - *got) : STEP;
        inflater->next_out = out + *got;
        inflater->avail_out = step;
        const int status = inflate(inflater, Z_NO_FLUSH);
        *got += step - inflater->avail_out;
        if (status == Z_BUF_ERROR)
            return qnn_error_set(error, "%s: the gzip file is cut off", stream->name);
        if (status != Z_OK && status != Z_STREAM_END)
            return qnn_error_set(error, "%s: the gzip file is damaged: %s", stream->name,
                                 inflater->msg ? inflater->msg : "no memory");
        stream->ended = status == Z_STREAM_END;
    }
    return true;
}

bool byte_stream_read_some(struct byte_stream *stream, void *out, size_t length, size_t *got, char *error)
{
    if (stream->gzip)
        return inflate_some(stream, out, length, got, error);
    const size_t left = stream->length - stream->at;
    *got = length < left ? length : left;
    if (*got > 0)
        memcpy(out, stream->bytes + stream->at, *got);
    stream->at += *got;
    return true;
}

bool byte_stream_read(struct byte_stream *stream, void *out, size_t length, char *error)
{
    size_t got = 0;
    if (!byte_stream_read_some(stream, out, length, &got, error))
        return false;
    if (got < length)
        return qnn_error_set(error, "%s: is cut off: %zu bytes are missing", stream->name, length - got);
    return true;
}

bool byte_stream_end(struct byte_stream *stream, char *error)
{
    unsigned char extra;
    size_t got = stream->length - stream->at;
    if (stream->gzip) {
        if (!inflate_some(stream, &extra, 1, &got, error))
            return false;
        got += stream->inflater.avail_in;
    }
    return got == 0 || qnn_error_set(error, "%s: bytes follow the last element", stream->name);
}
