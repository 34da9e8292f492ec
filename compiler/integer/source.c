/* The table of sources. */
#include "integer/source.h"

#include "base/require.h"

const struct source_form *source_form_of(const struct unit_plan *unit)
{
    static const struct source_form *const forms[UNIT_SOURCE_COUNT] = {
        [UNIT_COPY] = &source_copy,       [UNIT_DENSE] = &source_dense,   [UNIT_CONV] = &source_conv,
        [UNIT_ADD] = &source_add,         [UNIT_CONCAT] = &source_concat, [UNIT_MAXPOOL] = &source_maxpool,
        [UNIT_SUMPOOL] = &source_sumpool,
    };
    REQUIRE(forms[unit->source]);
    return forms[unit->source];
}
