/*
 * Bytes in memory read from front to back, inflated on the way where they are gzip (RFC 1952). Nothing is inflated
 * before it is asked for, so a file cannot make its reader allocate more than the reader has decided on.
 */
#ifndef QNN_DATA_BYTE_STREAM_H
#define QNN_DATA_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

struct byte_stream {
    const char *name; /* for messages */
    const unsigned char *bytes;
    size_t length;
    size_t at; /* plain: bytes read so far */
    bool gzip;
    bool ended; /* gzip: the end of the member was seen and its check sum held */
    z_stream inflater;
};

/* bytes are borrowed until byte_stream_close. */
bool byte_stream_open(struct byte_stream *stream, const char *name, const void *bytes, size_t length, char *error);
void byte_stream_close(struct byte_stream *stream);

/* An upper bound of the bytes still to come; for gzip from the most that DEFLATE can expand. */
size_t byte_stream_bound(const struct byte_stream *stream);

/* Reads exactly length bytes; false with a message where the file ends before or is damaged. */
bool byte_stream_read(struct byte_stream *stream, void *out, size_t length, char *error);

/* Reads up to length bytes; *got falls short only where the data end. False with a message where they are damaged. */
bool byte_stream_read_some(struct byte_stream *stream, void *out, size_t length, size_t *got, char *error);

/* Whether everything was read; false with a message where bytes follow or a check sum is wrong. */
bool byte_stream_end(struct byte_stream *stream, char *error);

#endif
