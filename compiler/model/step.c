/*
 * One step of a body made one node: an operator after its operand, a join of two values, the input. What the step's
 * operator does with arguments and shapes is in ops/.
 */
#include "model/step.h"

#include "model/names.h"
#include "model/ops/operators.h"

#include "base/require.h"

/* A node after `input` (NULL for the input itself); its shape is that of its operand until the operator changes it. */
static struct model_node *node_new(struct build *build, enum op_kind op, struct model_node *input, const char *path,
                                   const struct arguments *arguments, struct span span)
{
    struct model *model = build->model;
    struct model_node *node = ARENA_NEW(build->arena, struct model_node);
    node->id = (int)model->node_count;
    node->op = op;
    node->name = path_name(build->arena, path);
    node->span = span;
    node->scheme = model->schemes[0];
    if (input) {
        node->inputs[node->input_count++] = input;
        node->shape = input->shape;
    }
    struct text written = {0};
    arguments_print(arguments, &written);
    node->written = arena_strdup(build->arena, text_cstr(&written));
    text_free(&written);
    ARENA_PUSH(build->arena, model->nodes, model->node_count, build->node_capacity, node);
    ARENA_PUSH(build->arena, build->origins, build->origin_count, build->origin_capacity,
               ((struct node_origin){path, arguments}));
    return node;
}

static bool set_output(struct build *build, struct model_node *node)
{
    if (build->output) {
        sink_report(build->sink, DIAGNOSTIC_SECOND_OUTPUT, node->span, "the network has a second output");
        sink_note(build->sink, build->output->span, "the first is here");
        note_expansion(build);
        return false;
    }
    build->output = node;
    return true;
}

/* Whether a node may be read: it is there, and not the end of the network. */
static bool is_operand(struct build *build, const struct ast_call *call, const struct model_node *node)
{
    if (!node || !node_has(node, TRAIT_OUTPUT))
        return node != NULL;
    sink_report(build->sink, DIAGNOSTIC_AFTER_OUTPUT, call->span, "nothing may follow %s", op_kind_names[node->op]);
    sink_note(build->sink, node->span, "the network ends here");
    note_expansion(build);
    return false;
}

/* What the operator makes of its arguments and operands. */
static bool settle(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    const struct operator_functions *functions = operator_functions[node->op];
    return (!functions->read || functions->read(build, node, arguments)) && operator_infer(build, node);
}

struct model_node *step_operator(struct build *build, const struct callable *row, const char *path,
                                 const struct ast_call *call, struct scope *scope, struct model_node *in)
{
    const struct arguments *arguments =
        arguments_check(build, row, call->arguments, call->argument_count, call->span, scope, NULL);
    if (!arguments || !is_operand(build, call, in))
        return NULL;
    const enum op_kind kind = operator_kinds[row->id];
    REQUIRE(kind < OP_KIND_COUNT);
    struct model_node *node = node_new(build, kind, in, path, arguments, call->span);
    if (!settle(build, node, arguments))
        return NULL;
    return !node_has(node, TRAIT_OUTPUT) || set_output(build, node) ? node : NULL;
}

bool step_is_join(const struct callable *row)
{
    const enum op_kind kind = row ? operator_kinds[row->id] : OP_KIND_COUNT;
    return kind < OP_KIND_COUNT && (op_traits[kind] & TRAIT_JOIN) != 0;
}

struct model_node *step_join(struct build *build, const struct arguments *arguments, const char *path,
                             const struct ast_call *call, struct model_node *a, struct model_node *b)
{
    if (!is_operand(build, call, a) || !is_operand(build, call, b))
        return NULL;
    const enum op_kind kind = operator_kinds[arguments->callable->id];
    struct model_node *node = node_new(build, kind, a, path, arguments, call->span);
    node->inputs[node->input_count++] = b;
    return settle(build, node, arguments) ? node : NULL;
}

static bool read_dimensions(struct build *build, const struct ast_input *input, const struct callable *row,
                            struct scope *scope, struct shape *shape)
{
    static const struct parameter dimension = {.name = "dimension", .type = VALUE_INTEGER, .low = 1, .high = 65536};
    if (input->dimension_count != 1 && input->dimension_count != 3) {
        sink_report(build->sink, DIAGNOSTIC_INPUT_SHAPE, input->span, "an input has 1 or 3 dimensions, not %zu",
                    input->dimension_count);
        sink_hint(build->sink, "write [N] or [H, W, C]");
        return false;
    }
    int sizes[3] = {1, 1, 1};
    bool fine = true;
    for (size_t i = 0; i < input->dimension_count; i++) {
        struct value value;
        fine &= value_check(build, row, &dimension, input->dimensions[i], scope, &value);
        sizes[3 - input->dimension_count + i] = (int)value.number;
    }
    *shape = (struct shape){sizes[0], sizes[1], sizes[2]};
    if (!fine || shape_count(*shape) <= MAX_FEATURES)
        return fine;
    sink_report(build->sink, DIAGNOSTIC_INPUT_SHAPE, input->span, "a sample of %s has more than %d elements",
                shape_text(build->arena, *shape), MAX_FEATURES);
    return false;
}

struct model_node *step_input(struct build *build, const struct ast_input *input, struct scope *scope, bool in_network)
{
    const struct callable *row = callable_by_id(GROUP_OPERATOR, OPERATOR_INPUT);
    if (!in_network) {
        sink_report(build->sink, DIAGNOSTIC_INPUT_IN_BLOCK, input->span, "'input' may appear in the network only");
        sink_hint(build->sink, "in a block the operand is 'in'");
        return NULL;
    }
    if (build->input) {
        sink_report(build->sink, DIAGNOSTIC_SECOND_INPUT, input->span, "the network has a second input");
        sink_note(build->sink, build->input->span, "the first is here");
        return NULL;
    }
    const struct callable *type = choice_find(build, GROUP_ELEMENT, &input->type);
    struct shape shape = {1, 1, 1};
    const bool fine = read_dimensions(build, input, row, scope, &shape);
    const struct arguments *arguments =
        arguments_check(build, row, input->attributes, input->attribute_count, input->span, scope, NULL);
    /* Kept even where it is wrong, so that a second input and a missing one are told apart. */
    build->input = node_new(build, OP_INPUT, NULL, "input", arguments_default(build, row), input->span);
    if (!type || !fine || !arguments)
        return NULL;
    build->origins[build->input->id].arguments = arguments;
    build->input->shape = shape;
    build->input->input.type = (enum element_type)type->id;
    const char *separator = shape_is_vector(shape) ? NULL : ", ";
    build->input->written = separator ? arena_printf(build->arena, "input %s[%d, %d, %d]", type->name, shape.height,
                                                     shape.width, shape.channels)
                                      : arena_printf(build->arena, "input %s[%d]", type->name, shape.channels);
    return settle(build, build->input, arguments) ? build->input : NULL;
}
