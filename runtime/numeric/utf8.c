/* UTF-8 sequences, by the table of RFC 3629. */
#include "runtime/numeric/utf8.h"

/* The sequences of RFC 3629, section 4: first byte, then the range of the second; further bytes are 80..BF. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high;
    size_t length;
} forms[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The length of the sequence at text, 0 where there is none. */
static size_t sequence(const unsigned char *text, size_t length)
{
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (text[0] < forms[f].first_low || text[0] > forms[f].first_high)
            continue;
        if (forms[f].length > length)
            return 0;
        if (forms[f].length > 1 && (text[1] < forms[f].second_low || text[1] > forms[f].second_high))
            return 0;
        for (size_t i = 2; i < forms[f].length; i++)
            if (text[i] < 0x80 || text[i] > 0xbf)
                return 0;
        return forms[f].length;
    }
    return 0;
}

bool qnn_utf8_valid(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    while (length > 0) {
        const size_t step = sequence(at, length);
        if (step == 0)
            return false;
        at += step;
        length -= step;
    }
    return true;
}
