/* The tables of sources. */
#include "integer/source.h"

const struct source_form *const source_forms[UNIT_SOURCE_COUNT] = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = &source_##name,
#include "integer/sources.def"
};
const char *const source_names[UNIT_SOURCE_COUNT] = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = #name,
#include "integer/sources.def"
};
const unsigned source_traits[UNIT_SOURCE_COUNT] = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = (traits),
#include "integer/sources.def"
};
