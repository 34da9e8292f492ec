/* Schemes: keys checked, `extends` resolved, and their words as the rest of the compiler reads them. */
#include "model/scheme.h"

#include "model/quantizer.h"
#include "model/sections.h"

#include <string.h>

static const struct callable *scheme_row(void)
{
    return callable_by_id(GROUP_SECTION, SECTION_SCHEME);
}

struct activation_scheme activation_from(const struct callable *row, const struct arguments *arguments,
                                         enum ste_kind ste)
{
    return (struct activation_scheme){
        .form = qnn_activation_forms[row->id], .arguments = quantizer_arguments(arguments), .ste = ste};
}

static struct weight_scheme weights_from(const struct value *value)
{
    return (struct weight_scheme){
        .row = value->choice,
        .quantizer = {.form = value->choice->weight_form, .arguments = quantizer_arguments(value->arguments)},
    };
}

struct calibrated_scheme calibrated_from(const struct value *value)
{
    struct calibrated_scheme quantizer = {0};
    if (!value->present)
        return quantizer;
    const struct value *calibrate = argument(value->arguments, "calibrate");
    quantizer.form = qnn_activation_forms[value->choice->id];
    quantizer.bits = argument_integer(value->arguments, "bits");
    quantizer.calibrate = (enum calibrate_kind)calibrate->choice->id;
    if (quantizer.calibrate == CALIBRATE_PERCENTILE)
        quantizer.percentile = argument_number(calibrate->arguments, "p");
    return quantizer;
}

static struct scheme *scheme_from(struct build *build, const struct arguments *arguments)
{
    struct scheme *scheme = ARENA_NEW(build->arena, struct scheme);
    scheme->weights = weights_from(argument(arguments, "weights"));
    const struct value *acts = argument(arguments, "acts");
    scheme->acts = activation_from(acts->choice, acts->arguments, (enum ste_kind)argument_choice(arguments, "ste"));
    scheme->deploy = calibrated_from(argument(arguments, "deploy"));
    scheme->join = calibrated_from(argument(arguments, "join"));
    const struct value *bound = argument(arguments, "bound");
    const struct qnn_weight_quantizer *quantizer = &scheme->weights.quantizer;
    scheme->form_bounds = !bound->present && quantizer->form && quantizer->form->bound;
    scheme->bound = scheme->form_bounds ? quantizer->form->bound(&quantizer->arguments) : bound->number;
    return scheme;
}

/* The keys of a scheme with those of its bases; NULL after an error, which is reported once. */
static const struct arguments *resolve(struct build *build, struct declaration *declaration)
{
    if (declaration->arguments || declaration->busy)
        return declaration->arguments;
    const struct ast_section *section = declaration->section;
    declaration->busy = true; /* stays set after an error: nothing is reported twice */
    const struct arguments *base = NULL;
    bool fine = true;
    if (section->extends.text && strcmp(section->extends.text, "float") != 0) {
        struct declaration *parent = find_scheme(build, section->extends.text);
        if (parent) {
            parent->used = true;
            base = resolve(build, parent);
            fine = base != NULL;
        } else {
            report_unknown_scheme(build, &section->extends);
            fine = false;
        }
    }
    struct arguments *arguments = settings_check(build, scheme_row(), section, build->program, base);
    declaration->arguments = fine ? arguments : NULL;
    return declaration->arguments;
}

/* Follows `extends` from one scheme; reports where it comes back to it. */
static bool extends_itself(struct build *build, const struct declaration *declaration)
{
    const struct declaration *next = declaration;
    for (size_t steps = 0; steps <= build->scheme_count && next && next->section->extends.text; steps++) {
        next = find_scheme(build, next->section->extends.text);
        if (next != declaration)
            continue;
        sink_report(build->sink, DIAGNOSTIC_SCHEME_CYCLE, declaration->section->extends.span,
                    "scheme '%s' extends itself", declaration->section->name.text);
        if (find_scheme(build, declaration->section->extends.text) != declaration)
            sink_note(build->sink, find_scheme(build, declaration->section->extends.text)->section->extends.span,
                      "by way of this");
        return true;
    }
    return false;
}

void report_unknown_scheme(struct build *build, const struct ast_name *name)
{
    const char **names = ARENA_NEW_ARRAY(build->arena, build->scheme_count + 2, const char *);
    for (size_t i = 0; i < build->scheme_count; i++)
        names[i] = build->schemes[i].section->name.text;
    names[build->scheme_count] = "float";
    sink_report(build->sink, DIAGNOSTIC_UNKNOWN_SCHEME, name->span, "scheme '%s' is not defined", name->text);
    sink_suggest(build->sink, name->text, names);
}

static void add_scheme(struct build *build, struct scheme *scheme, const char *name, struct span span)
{
    scheme->name = name;
    scheme->span = span;
    build->model->schemes[build->model->scheme_count++] = scheme;
}

void build_schemes(struct build *build)
{
    build->model->schemes = ARENA_NEW_ARRAY(build->arena, build->scheme_count + 1, struct scheme *);
    struct scheme *none = scheme_from(build, arguments_default(build, scheme_row()));
    none->join = (struct calibrated_scheme){0};
    add_scheme(build, none, "float", (struct span){0});
    bool cycle = false;
    for (size_t i = 0; i < build->scheme_count && !cycle; i++)
        cycle = extends_itself(build, &build->schemes[i]);
    for (size_t i = 0; i < build->scheme_count && !cycle; i++) {
        struct declaration *declaration = &build->schemes[i];
        const struct arguments *arguments = resolve(build, declaration);
        if (!arguments)
            continue;
        declaration->scheme = scheme_from(build, arguments);
        add_scheme(build, declaration->scheme, declaration->section->name.text, declaration->section->name.span);
    }
}

void weight_scheme_print(const struct weight_scheme *weights, struct text *out)
{
    quantizer_print(weights->row, &weights->quantizer.arguments, out);
}

void activation_scheme_print(const struct activation_scheme *function, bool training, struct text *out)
{
    quantizer_print(callable_by_id(GROUP_ACTS, (int)function->form->kind), &function->arguments, out);
    if (training && activation_quantizes(function))
        text_printf(out, " ste %s", callable_by_id(GROUP_STE, (int)function->ste)->name);
}

void calibrated_scheme_print(const struct calibrated_scheme *quantizer, struct text *out)
{
    if (!quantizer->form) {
        text_add(out, "none");
        return;
    }
    text_printf(out, "%s(%d, calibrate = %s", quantizer->form->name, quantizer->bits,
                callable_by_id(GROUP_CALIBRATE, (int)quantizer->calibrate)->name);
    if (quantizer->calibrate == CALIBRATE_PERCENTILE) {
        text_add(out, "(");
        number_print(quantizer->percentile, out);
        text_add(out, ")");
    }
    text_add(out, ")");
}
