/* The table of linear operators. */
#include "integer/linear.h"

#include "base/require.h"

const struct linear_form *linear_form_of(const struct unit_plan *unit)
{
    static const struct linear_form *const forms[OP_KIND_COUNT] = {[OP_DENSE] = &linear_dense};
    if (!unit->linear)
        return &linear_none;
    REQUIRE(forms[unit->linear->op]);
    return forms[unit->linear->op];
}
