/* Where samples come from, and their shape, as initialisers of what the runtime takes: for trainer and integer inference. */
#ifndef QNN_BACKEND_C_DATA_SOURCE_H
#define QNN_BACKEND_C_DATA_SOURCE_H

#include "base/text.h"
#include "model/model.h"

/* A line `.height = ..., .element = ...,` of members, four blanks in. */
void emit_sample_shape(const struct model *model, struct text *out);

/* The member `.data = {...},` of type struct qnn_data_source (runtime/data/source.h), in lines, four blanks in. */
void emit_data_source(const struct model *model, struct text *out);

#endif
