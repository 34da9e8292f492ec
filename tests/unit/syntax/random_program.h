/*
 * Random syntax trees: every kind of node that the grammar can make, in sizes 0..4. The same seed gives the same tree.
 * What the scanner would read otherwise than it was meant is avoided: a call named true, an attribute named like a unit.
 */
#ifndef QNN_TESTS_RANDOM_PROGRAM_H
#define QNN_TESTS_RANDOM_PROGRAM_H

#include "base/arena.h"
#include "syntax/ast.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HIGHEST = 5, MOST = 4 };

struct generator {
    uint64_t *state;
    struct arena *arena;
};

/* xorshift64* (Vigna 2016): the next number below bound. */
static size_t random_below(uint64_t *state, size_t bound)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (size_t)((*state * 2685821657736338717U) >> 33) % bound;
}

static size_t below(struct generator *g, size_t bound)
{
    return random_below(g->state, bound);
}

#define PICK(g, table) ((table)[below((g), sizeof(table) / sizeof *(table))])

static struct ast_name name(struct generator *g)
{
    /* Section words, units and other words with a meaning somewhere are names everywhere else. */
    static const char *const words[] = {"a",      "fc1",     "in",    "out",   "train", "data",
                                        "scheme", "extends", "param", "block", "_x_9",  "weights",
                                        "conv",   "MHz",     "s",     "e5",    "x10",   "scale"};
    return (struct ast_name){.text = PICK(g, words)};
}

static struct ast_name attribute_name(struct generator *g)
{
    static const char *const words[] = {"scale", "offset", "train", "zero_point"};
    return (struct ast_name){.text = PICK(g, words)};
}

static struct ast_value *value(struct generator *g, int height);
static struct ast_value *expression(struct generator *g, int height);

static struct ast_argument *arguments(struct generator *g, size_t count, int height)
{
    struct ast_argument *items = ARENA_NEW_ARRAY(g->arena, count, struct ast_argument);
    for (size_t i = 0; i < count; i++) {
        if (below(g, 2))
            items[i].name = name(g);
        items[i].value = value(g, height - 1);
    }
    return items;
}

static struct ast_call *call(struct generator *g, int height)
{
    struct ast_call *made = ARENA_NEW(g->arena, struct ast_call);
    made->name = name(g);
    made->has_parentheses = height > 0 && below(g, 2);
    if (made->has_parentheses) {
        made->argument_count = below(g, MOST);
        made->arguments = arguments(g, made->argument_count, height);
    }
    return made;
}

static void fill_number(struct generator *g, struct ast_value *made)
{
    static const char *const spellings[] = {"0",    "1",     "0x10", "0XfF", "255",
                                            "0.5",  "3e-3",  "1e5",  "2.50", "9007199254740992",
                                            "1E+2", "00012", "0.0",  "7",    "9007199254740993"};
    static const char *const units[] = {"Hz", "kHz", "MHz", "GHz", "fps", "kfps", "Mfps", "s", "ms", "us", "ns"};
    made->kind = below(g, 4) ? AST_NUMBER : AST_QUANTITY;
    made->spelling = PICK(g, spellings);
    made->number = strtod(made->spelling, NULL);
    const bool hexadecimal = made->spelling[1] == 'x' || made->spelling[1] == 'X';
    if (made->kind == AST_QUANTITY)
        made->unit = PICK(g, units);
    else
        made->is_integer = (hexadecimal || !strpbrk(made->spelling, ".eE")) && made->number <= 9007199254740992.0;
}

static struct ast_value *leaf(struct generator *g)
{
    struct ast_value *made = ARENA_NEW(g->arena, struct ast_value);
    const size_t choice = below(g, 4);
    if (choice < 2) {
        fill_number(g, made);
    } else if (choice == 2) {
        made->kind = AST_BOOL;
        made->boolean = below(g, 2);
    } else {
        made->kind = AST_CALL;
        made->call = call(g, 0);
    }
    return made;
}

static struct ast_value *expression(struct generator *g, int height)
{
    const size_t choice = height > 0 ? below(g, 6) : 0;
    if (choice < 2)
        return leaf(g);
    struct ast_value *made = ARENA_NEW(g->arena, struct ast_value);
    if (choice == 2) {
        made->kind = AST_CALL;
        made->call = call(g, height);
    } else if (choice == 3) {
        made->kind = AST_NEGATE;
        made->left = expression(g, height - 1);
    } else {
        made->kind = AST_BINARY;
        made->operation = "+-*/"[below(g, 4)];
        made->left = expression(g, height - 1);
        made->right = expression(g, height - 1);
    }
    return made;
}

static const char *string(struct generator *g)
{
    static const char *const pieces[] = {"mnist", "\"", "\\", "\n", "\t", "\r", "\x01", "\x7f", "\xc3\xa9",        "//",
                                         "/*",    "*/", "'",  "?",  " ",  ";",  "}",    "->",   "\xf0\x9f\x98\x80"};
    struct text text = {0};
    for (size_t i = below(g, 6); i > 0; i--)
        text_add(&text, PICK(g, pieces));
    const char *made = arena_strdup(g->arena, text_cstr(&text));
    text_free(&text);
    return made;
}

static struct ast_value **values(struct generator *g, size_t count, int height)
{
    struct ast_value **items = ARENA_NEW_ARRAY(g->arena, count, struct ast_value *);
    for (size_t i = 0; i < count; i++)
        items[i] = value(g, height);
    return items;
}

static struct ast_value *value(struct generator *g, int height)
{
    const size_t choice = below(g, 6);
    if (choice > 1)
        return expression(g, height);
    struct ast_value *made = ARENA_NEW(g->arena, struct ast_value);
    made->kind = choice == 0 ? AST_STRING : AST_LIST;
    if (choice == 0) {
        made->string = string(g);
    } else if (height > 0) {
        made->item_count = below(g, MOST);
        made->items = values(g, made->item_count, height - 1);
    }
    return made;
}

static struct ast_input *input(struct generator *g)
{
    struct ast_input *made = ARENA_NEW(g->arena, struct ast_input);
    made->type = name(g);
    made->dimension_count = 1 + below(g, 3);
    made->dimensions = values(g, made->dimension_count, 1);
    made->attribute_count = below(g, 3);
    made->attributes = ARENA_NEW_ARRAY(g->arena, made->attribute_count, struct ast_argument);
    for (size_t i = 0; i < made->attribute_count; i++)
        made->attributes[i] = (struct ast_argument){.name = attribute_name(g), .value = expression(g, 2)};
    return made;
}

static void fill_statements(struct generator *g, struct ast_section *section)
{
    section->statement_count = below(g, MOST);
    section->statements = ARENA_NEW_ARRAY(g->arena, section->statement_count, struct ast_statement);
    for (size_t i = 0; i < section->statement_count; i++) {
        struct ast_statement *statement = &section->statements[i];
        if (below(g, 2))
            statement->name = name(g);
        if (below(g, 3) == 0)
            statement->chain.input = input(g);
        else
            statement->chain.source = call(g, 2);
        statement->chain.step_count = below(g, (size_t)2 * MOST);
        statement->chain.steps = ARENA_NEW_ARRAY(g->arena, statement->chain.step_count, struct ast_step);
        for (size_t k = 0; k < statement->chain.step_count; k++) {
            statement->chain.steps[k].call = call(g, 2);
            if (below(g, 2))
                statement->chain.steps[k].label = name(g);
        }
    }
}

static void fill_settings(struct generator *g, struct ast_section *section)
{
    section->setting_count = below(g, MOST);
    section->settings = ARENA_NEW_ARRAY(g->arena, section->setting_count, struct ast_setting);
    for (size_t i = 0; i < section->setting_count; i++)
        section->settings[i] = (struct ast_setting){.name = name(g), .value = value(g, HIGHEST)};
}

static void fill_rules(struct generator *g, struct ast_section *section)
{
    static const char *const selectors[] = {"*",   "h?.*", "conv*", "s1.basic2.*", "a",     "train", "input",
                                            "100", "1x",   "?",     "**",          "x.1.5", "3.e5",  "data"};
    section->rule_count = below(g, MOST);
    section->rules = ARENA_NEW_ARRAY(g->arena, section->rule_count, struct ast_rule);
    for (size_t i = 0; i < section->rule_count; i++) {
        struct ast_rule *rule = &section->rules[i];
        rule->selector_count = 1 + below(g, 3);
        rule->selectors = ARENA_NEW_ARRAY(g->arena, rule->selector_count, struct ast_name);
        for (size_t k = 0; k < rule->selector_count; k++)
            rule->selectors[k].text = PICK(g, selectors);
        rule->call_count = 1 + below(g, 3);
        rule->calls = ARENA_NEW_ARRAY(g->arena, rule->call_count, struct ast_call *);
        for (size_t k = 0; k < rule->call_count; k++)
            rule->calls[k] = call(g, 3);
    }
}

static void fill_parameters(struct generator *g, struct ast_section *section)
{
    section->parameter_count = below(g, MOST);
    section->parameters = ARENA_NEW_ARRAY(g->arena, section->parameter_count, struct ast_parameter);
    for (size_t i = 0; i < section->parameter_count; i++) {
        section->parameters[i].name = name(g);
        if (below(g, 2))
            section->parameters[i].value = value(g, 2);
    }
}

static struct ast_section *section_of(struct generator *g)
{
    struct ast_section *section = ARENA_NEW(g->arena, struct ast_section);
    section->kind = (enum ast_section_kind)below(g, AST_SECTION_KIND_COUNT);
    const enum ast_section_kind kind = section->kind;
    if (kind == AST_PARAM || kind == AST_SCHEME || kind == AST_BLOCK || kind == AST_NETWORK)
        section->name = name(g);
    if (kind == AST_PARAM)
        section->value = value(g, HIGHEST);
    if (kind == AST_SCHEME && below(g, 2))
        section->extends = name(g);
    if (kind == AST_BLOCK)
        fill_parameters(g, section);
    if (kind == AST_BLOCK || kind == AST_NETWORK)
        fill_statements(g, section);
    if (kind == AST_QUANTIZE || kind == AST_COMPRESS || kind == AST_HARDWARE)
        fill_rules(g, section);
    if (kind != AST_PARAM && kind != AST_BLOCK && kind != AST_NETWORK)
        fill_settings(g, section);
    return section;
}

static struct ast_file *random_program(uint64_t *state, struct arena *arena)
{
    struct generator g = {state, arena};
    struct ast_file *file = ARENA_NEW(arena, struct ast_file);
    file->section_count = below(&g, (size_t)2 * MOST);
    file->sections = ARENA_NEW_ARRAY(arena, file->section_count, struct ast_section *);
    for (size_t i = 0; i < file->section_count; i++)
        file->sections[i] = section_of(&g);
    return file;
}

#endif
