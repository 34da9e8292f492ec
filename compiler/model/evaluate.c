/*
 * Constant expressions: real arithmetic on numbers and quantities, names of parameters.
 *
 * `/` is real division. A quantity is kept in its base unit (Hz, fps, s). Quantities of one unit add, subtract and divide
 * (to a number); numbers scale them. Every result is finite.
 */
#include "model/context.h"
#include "model/scope.h"

#include <math.h>

static bool unit_error(struct build *build, struct span span, char operation, struct quantity left,
                       struct quantity right)
{
    sink_report(build->sink, DIAGNOSTIC_WRONG_UNIT, span, "'%c' cannot join %s and %s", operation,
                left.dimension == DIMENSION_NONE ? "a plain number" : dimension_units[left.dimension],
                right.dimension == DIMENSION_NONE ? "a plain number" : dimension_units[right.dimension]);
    note_expansion(build);
    return false;
}

static bool combine(struct build *build, const struct ast_value *value, struct quantity left, struct quantity right,
                    struct quantity *result)
{
    const bool same = left.dimension == right.dimension;
    switch (value->operation) {
    case '+':
    case '-':
        if (!same)
            return unit_error(build, value->span, value->operation, left, right);
        result->dimension = left.dimension;
        result->number = value->operation == '+' ? left.number + right.number : left.number - right.number;
        break;
    case '*':
        if (left.dimension != DIMENSION_NONE && right.dimension != DIMENSION_NONE)
            return unit_error(build, value->span, '*', left, right);
        result->dimension = left.dimension != DIMENSION_NONE ? left.dimension : right.dimension;
        result->number = left.number * right.number;
        break;
    default:
        if (!same && right.dimension != DIMENSION_NONE)
            return unit_error(build, value->span, '/', left, right);
        if (right.number == 0) {
            sink_report(build->sink, DIAGNOSTIC_ARITHMETIC, value->right->span, "division by zero");
            note_expansion(build);
            return false;
        }
        result->dimension = same ? DIMENSION_NONE : left.dimension;
        result->number = left.number / right.number;
        break;
    }
    if (isfinite(result->number))
        return true;
    sink_report(build->sink, DIAGNOSTIC_ARITHMETIC, value->span, "the result is too large");
    note_expansion(build);
    return false;
}

static bool evaluate_name(struct build *build, const struct ast_value *value, struct scope *scope,
                          struct quantity *result)
{
    struct binding *binding = scope_lookup(scope, value);
    if (!binding) {
        sink_report(build->sink, DIAGNOSTIC_UNKNOWN_PARAMETER, value->span, "'%s' is not a number or a parameter",
                    value->call->name.text);
        sink_suggest(build->sink, value->call->name.text, scope_names(build, scope));
        note_expansion(build);
        return false;
    }
    if (!binding->known) {
        if (!binding_enter(build, binding, value->span))
            return false;
        binding->known = evaluate(build, binding->value, binding->scope, &binding->number);
        binding_leave(build, binding);
        if (!binding->known)
            return false;
    }
    *result = binding->number;
    return true;
}

bool evaluate(struct build *build, const struct ast_value *value, struct scope *scope, struct quantity *result)
{
    struct quantity left, right;
    switch (value->kind) {
    case AST_NUMBER:
        *result = (struct quantity){value->number, DIMENSION_NONE};
        return true;
    case AST_QUANTITY: {
        double factor;
        if (!unit_find(value->unit, &result->dimension, &factor)) {
            sink_report(build->sink, DIAGNOSTIC_WRONG_UNIT, value->span, "unit '%s' is not known", value->unit);
            return false;
        }
        result->number = value->number * factor;
        return true;
    }
    case AST_NEGATE:
        if (!evaluate(build, value->left, scope, result))
            return false;
        result->number = -result->number;
        return true;
    case AST_BINARY: {
        /* Both sides, so that both are reported. */
        const bool has_left = evaluate(build, value->left, scope, &left);
        const bool has_right = evaluate(build, value->right, scope, &right);
        return has_left && has_right && combine(build, value, left, right, result);
    }
    case AST_CALL:
        return evaluate_name(build, value, scope, result);
    default:
        sink_report(build->sink, DIAGNOSTIC_WRONG_TYPE, value->span, "a number is expected");
        note_expansion(build);
        return false;
    }
}
