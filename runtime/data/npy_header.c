/* The dictionary is read by a scanner for the few literals that numpy writes; nothing of it is evaluated. */
#include "runtime/data/npy_header.h"

#include <string.h>

#include "runtime/numeric/error.h"

enum { LONGEST_DICTIONARY = 65535, MAGIC_LENGTH = 8 };
static const size_t size_limit = (size_t)4 << 30; /* bytes of the elements */

enum key { KEY_DESCR, KEY_FORTRAN_ORDER, KEY_SHAPE, KEY_COUNT };
static const char *const keys[KEY_COUNT] = {"descr", "fortran_order", "shape"};

struct scanner {
    const char *name; /* of the file, for messages */
    const char *text;
    size_t length, at;
    char *error;
};

static bool malformed(const struct scanner *scanner, const char *what)
{
    return qnn_error_set(scanner->error,
                         "%s: its header is not a dictionary as numpy.save writes it: %s at byte %zu of it",
                         scanner->name, what, scanner->at);
}

static void skip_space(struct scanner *scanner)
{
    while (scanner->at < scanner->length && strchr(" \t\n\r", scanner->text[scanner->at]) && scanner->text[scanner->at])
        scanner->at++;
}

/* The next character that is not a space, not taken; '\0' at the end. */
static char peek(struct scanner *scanner)
{
    skip_space(scanner);
    return scanner->at < scanner->length ? scanner->text[scanner->at] : '\0';
}

static bool accept(struct scanner *scanner, char wanted)
{
    if (peek(scanner) != wanted || scanner->at == scanner->length)
        return false;
    scanner->at++;
    return true;
}

static bool need(struct scanner *scanner, char wanted)
{
    const char what[] = {'\'', wanted, '\'', ' ', 'i', 's', ' ', 'm', 'i', 's', 's', 'i', 'n', 'g', '\0'};
    return accept(scanner, wanted) || malformed(scanner, what);
}

/* A string without escapes of at most size - 1 characters, in either quotes. */
static bool read_string(struct scanner *scanner, char *out, size_t size)
{
    const char quote = peek(scanner);
    if (quote != '\'' && quote != '"')
        return malformed(scanner, "a string is missing");
    const char *start = scanner->text + scanner->at + 1;
    const char *end = memchr(start, quote, scanner->length - scanner->at - 1);
    if (!end)
        return malformed(scanner, "a string does not end");
    const size_t length = (size_t)(end - start);
    if (length >= size || memchr(start, '\\', length) || memchr(start, '\0', length))
        return malformed(scanner, "an unknown string");
    memcpy(out, start, length);
    out[length] = '\0';
    scanner->at += length + 2;
    return true;
}

static bool accept_word(struct scanner *scanner, const char *word)
{
    const size_t length = strlen(word);
    skip_space(scanner);
    if (scanner->length - scanner->at < length || memcmp(scanner->text + scanner->at, word, length) != 0)
        return false;
    scanner->at += length;
    return true;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static bool read_type(struct scanner *scanner, struct npy_header *header)
{
    char text[16];
    if (peek(scanner) == '[')
        return qnn_error_set(scanner->error, "%s: holds records with fields; save a plain array", scanner->name);
    if (!read_string(scanner, text, sizeof text))
        return false;
    const bool sized = strlen(text) == 3 && strchr("1248", text[2]);
    if (!sized || !strchr("<>|", text[0]) || !strchr("uif", text[1]) || (text[0] == '|') != (text[2] == '1') ||
        (text[1] == 'f' && text[2] < '2'))
        return qnn_error_set(scanner->error,
                             "%s: has elements of type '%s'; only integers and floats are read, as from "
                             "array.astype(numpy.uint8)",
                             scanner->name, text);
    header->order = text[0];
    header->kind = text[1];
    header->size = text[2] - '0';
    return true;
}

static bool read_order(struct scanner *scanner)
{
    if (accept_word(scanner, "False"))
        return true;
    if (!accept_word(scanner, "True"))
        return malformed(scanner, "True or False is missing");
    return qnn_error_set(scanner->error,
                         "%s: is in Fortran's order (fortran_order is True); save numpy.ascontiguousarray(array)",
                         scanner->name);
}

static bool read_size(struct scanner *scanner, size_t *size)
{
    const size_t start = scanner->at;
    for (*size = 0; scanner->at < scanner->length; scanner->at++) {
        const char c = scanner->text[scanner->at];
        if (c < '0' || c > '9')
            break;
        if (__builtin_mul_overflow(*size, (size_t)10, size) || __builtin_add_overflow(*size, (size_t)(c - '0'), size))
            return malformed(scanner, "a size that is too large");
    }
    return scanner->at > start || malformed(scanner, "a size is missing");
}

static bool read_shape(struct scanner *scanner, struct npy_header *header)
{
    if (!need(scanner, '('))
        return false;
    while (!accept(scanner, ')')) {
        if (header->rank == NPY_MOST_DIMENSIONS)
            return qnn_error_set(scanner->error, "%s: has more than %d dimensions", scanner->name, NPY_MOST_DIMENSIONS);
        skip_space(scanner);
        if (!read_size(scanner, &header->shape[header->rank++]))
            return false;
        if (peek(scanner) != ')' && !need(scanner, ','))
            return false;
    }
    return true;
}

static bool read_value(struct scanner *scanner, enum key key, struct npy_header *header)
{
    if (key == KEY_DESCR)
        return read_type(scanner, header);
    return key == KEY_FORTRAN_ORDER ? read_order(scanner) : read_shape(scanner, header);
}

static bool read_entry(struct scanner *scanner, bool seen[KEY_COUNT], struct npy_header *header)
{
    char name[16];
    if (!read_string(scanner, name, sizeof name))
        return false;
    enum key key = KEY_DESCR;
    while (key < KEY_COUNT && strcmp(name, keys[key]) != 0)
        key++;
    if (key == KEY_COUNT || seen[key])
        return malformed(scanner, key == KEY_COUNT ? "an unknown key" : "a duplicate key");
    seen[key] = true;
    return need(scanner, ':') && read_value(scanner, key, header);
}

static bool read_dictionary(struct scanner *scanner, struct npy_header *header)
{
    bool seen[KEY_COUNT] = {false};
    if (!need(scanner, '{'))
        return false;
    while (!accept(scanner, '}')) {
        if (!read_entry(scanner, seen, header))
            return false;
        if (peek(scanner) != '}' && !need(scanner, ','))
            return false;
    }
    skip_space(scanner);
    if (scanner->at < scanner->length)
        return malformed(scanner, "text after the dictionary");
    for (enum key key = KEY_DESCR; key < KEY_COUNT; key++)
        if (!seen[key])
            return qnn_error_set(scanner->error, "%s: its header has no '%s'", scanner->name, keys[key]);
    return true;
}

/* ---- The whole header -------------------------------------------------------------------------------------------- */

/* The length of the dictionary: two bytes in version 1, four later, little-endian. */
static bool read_length(struct byte_stream *stream, size_t *length, char *error)
{
    unsigned char magic[MAGIC_LENGTH], bytes[4] = {0};
    if (!byte_stream_read(stream, magic, sizeof magic, error))
        return false;
    if (memcmp(magic, "\x93NUMPY", 6) != 0)
        return qnn_error_set(error, "%s: is not an NPY file (it begins %02x %02x %02x %02x)", stream->name, magic[0],
                             magic[1], magic[2], magic[3]);
    if (magic[6] < 1 || magic[6] > 3 || magic[7] != 0)
        return qnn_error_set(error, "%s: is of version %d.%d; NPY versions 1.0, 2.0 and 3.0 are read", stream->name,
                             magic[6], magic[7]);
    if (!byte_stream_read(stream, bytes, magic[6] == 1 ? 2 : 4, error))
        return false;
    *length = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
    return *length <= LONGEST_DICTIONARY || qnn_error_set(error, "%s: has a header of %zu bytes, more than %d",
                                                          stream->name, *length, LONGEST_DICTIONARY);
}

static bool count_elements(const struct byte_stream *stream, struct npy_header *header, char *error)
{
    const size_t bound = byte_stream_bound(stream), limit = bound < size_limit ? bound : size_limit;
    size_t bytes = (size_t)header->size;
    header->elements = 1;
    for (size_t i = 0; i < header->rank; i++)
        if (header->shape[i] == 0)
            return qnn_error_set(error, "%s: has no elements", stream->name);
    for (size_t i = 0; i < header->rank; i++) {
        header->elements *= header->shape[i]; /* used only where bytes, which are more, did not overflow */
        if (__builtin_mul_overflow(bytes, header->shape[i], &bytes) || bytes > limit)
            return qnn_error_set(error,
                                 "%s: claims more elements than a file of its size (or 4 GiB) can hold: damaged or cut "
                                 "off",
                                 stream->name);
    }
    return true;
}

void npy_type_text(const struct npy_header *header, char text[8])
{
    snprintf(text, 8, "%c%c%d", header->order, header->kind, header->size);
}

bool npy_header_read(struct byte_stream *stream, struct npy_header *header, char *error)
{
    char dictionary[LONGEST_DICTIONARY];
    size_t length = 0;
    *header = (struct npy_header){0};
    if (!read_length(stream, &length, error) || !byte_stream_read(stream, dictionary, length, error))
        return false;
    struct scanner scanner = {.name = stream->name, .text = dictionary, .length = length, .error = error};
    return read_dictionary(&scanner, header) && count_elements(stream, header, error);
}
