/*
 * Runs a fuzz target without libFuzzer: over every file of a folder, in the order of their names, and over MUTATIONS changed
 * copies of them. The generator and its seed are fixed: every run sees the same inputs. A finding ends the process.
 */
#include "base/file.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MUTATIONS = 2000, LARGEST_FILE = 1 << 20, MOST_FILES = 256, MOST_EDITS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    char *data;
    size_t length;
};

/* xorshift64* (Vigna 2016). */
static size_t draw(uint64_t *state, size_t bound)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return bound == 0 ? 0 : (size_t)((*state * 2685821657736338717U) >> 33) % bound;
}

/* The target gets a copy of exactly this size, so that AddressSanitizer sees a read behind it. */
static void run(const char *data, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        abort();
    memcpy(copy, data, length);
    (void)LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

/* Edits in place; buffer has room for twice the largest file. Returns the new length. */
static size_t edit(uint64_t *state, char *buffer, size_t length, const struct sample *other)
{
    static const char telling[] = "{}()[];:,=*/-.?\"\\\0\xff\x80"
                                  "019aeEx \n";
    const size_t at = draw(state, length + 1);
    const size_t span = draw(state, length - at + 1) % 64;
    switch (draw(state, 5)) {
    case 0: /* another byte */
        if (at < length)
            buffer[at] = (char)draw(state, 256);
        return length;
    case 1: /* a byte that means something */
        if (at < length)
            buffer[at] = telling[draw(state, sizeof telling)];
        return length;
    case 2: /* a piece less */
        memmove(buffer + at, buffer + at + span, length - at - span);
        return length - span;
    case 3: /* a piece twice */
        if (length + span > LARGEST_FILE)
            return length;
        memmove(buffer + at + span, buffer + at, length - at);
        return length + span;
    default: { /* the rest from another file */
        const size_t from = draw(state, other->length + 1);
        memcpy(buffer + at, other->data + from, other->length - from);
        return at + other->length - from < LARGEST_FILE ? at + other->length - from : LARGEST_FILE;
    }
    }
}

static int is_file_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t read_samples(const char *folder, struct sample *samples)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_file_name, alphasort);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        char path[4096], error[FILE_ERROR_SIZE] = "path too long";
        const int needed = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (needed < 0 || needed >= (int)sizeof path || used == MOST_FILES ||
            !file_read(path, LARGEST_FILE, &samples[used].data, &samples[used].length, error)) {
            (void)fprintf(stderr, "%s: %s\n", folder, error);
            exit(2);
        }
        used++;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return used;
}

int main(int argc, char **argv)
{
    static struct sample samples[MOST_FILES];
    const size_t count = argc == 2 ? read_samples(argv[1], samples) : 0;
    if (count == 0) {
        (void)fprintf(stderr, "usage: %s FOLDER (with at least one file)\n", argv[0]);
        return 2;
    }
    char *buffer = malloc((size_t)2 * LARGEST_FILE + 1);
    if (!buffer)
        abort();
    uint64_t state = 0x9e3779b97f4a7c15U;
    run("", 0);
    for (size_t i = 0; i < count; i++)
        run(samples[i].data, samples[i].length);
    for (int i = 0; i < MUTATIONS; i++) {
        const struct sample *sample = &samples[draw(&state, count)];
        size_t length = sample->length;
        memcpy(buffer, sample->data, length);
        for (size_t edits = 1 + draw(&state, MOST_EDITS); edits > 0; edits--)
            length = edit(&state, buffer, length, &samples[draw(&state, count)]);
        run(buffer, length);
    }
    for (size_t i = 0; i < count; i++)
        free(samples[i].data);
    free(buffer);
    printf("%zu files and %d mutations\n", count, MUTATIONS);
    return 0;
}
