/* Schemes, and the quantizers in them: made from checked arguments, printed in canonical form. */
#ifndef QNN_MODEL_SCHEME_H
#define QNN_MODEL_SCHEME_H

#include "model/arguments.h"
#include "model/context.h"

/* Resolves every scheme; model->schemes gets `float` first. */
void build_schemes(struct build *build);
/* An error with a suggestion from the schemes there are. */
void report_unknown_scheme(struct build *build, const struct ast_name *name);
void weight_scheme_print(const struct weight_scheme *weights, struct text *out);
void activation_scheme_print(const struct activation_scheme *function, bool training, struct text *out);
void calibrated_scheme_print(const struct calibrated_scheme *quantizer, struct text *out);
/* The quantizer that a value of GROUP_DEPLOY or GROUP_JOIN means. */
struct calibrated_scheme calibrated_from(const struct value *value);
/* The activation that a row of GROUP_ACTS means, under a scheme's backward rule. */
struct activation_scheme activation_from(const struct callable *row, const struct arguments *arguments,
                                         enum ste_kind ste);

#endif
