/* UTF-8: the well-formed sequences of table 3-7 of the Unicode standard. */
#include "base/utf8.h"

#include "base/require.h"

static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
} forms[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_length(const char *bytes, size_t left)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    for (size_t i = 0; left > 0 && i < sizeof forms / sizeof *forms; i++) {
        if (byte[0] < forms[i].first_low || byte[0] > forms[i].first_high)
            continue;
        const size_t length = forms[i].length;
        if (length > left)
            return 0;
        if (length > 1 && (byte[1] < forms[i].second_low || byte[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < length; k++)
            if ((byte[k] & 0xc0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}

size_t utf8_encode(unsigned long code, char out[4])
{
    REQUIRE(code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
    static const unsigned char marks[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(marks[length] | code);
    return length;
}
