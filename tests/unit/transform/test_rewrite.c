/* Changes of the graph: order, ids, users, names; and the nodes that compute nothing. */
#include "../model/program.h"

#include "tests/unit/cunit_main.h"
#include "transform/rewrite.h"
#include "transform/transform.h"

static const char branches[] = "network n { x = input u8[6] -> a: dense(4) -> relu;\n"
                               "  y = x -> b: dense(4); add(x, y) -> dense(2) -> classify; }\n";

static struct model_node *node_of(struct program *program, const char *name)
{
    for (size_t i = 0; program->model && i < program->model->node_count; i++)
        if (strcmp(program->model->nodes[i]->name, name) == 0)
            return program->model->nodes[i];
    return NULL;
}

/* "input a relu b": the names in their order. */
static void expect_order(const struct program *program, const char *expected)
{
    struct text names = {0};
    for (size_t i = 0; i < program->model->node_count; i++)
        text_printf(&names, "%s%s", i ? " " : "", program->model->nodes[i]->name);
    CU_ASSERT_STRING_EQUAL(text_cstr(&names), expected);
    text_free(&names);
}

/* A dropout: it has no shape of its own, so that a verified model stays one. */
static void make_dropout(struct model_node *node)
{
    node->op = OP_DROPOUT;
    node->written = "dropout(0.5)";
    node->dropout.p = 0.5;
}

static void test_insert(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, branches));
    expect_order(&program, "input a relu b add dense classify");
    struct model_node *relu = node_of(&program, "relu");
    struct model_node *both = model_insert(program.model, &program.arena, relu, NULL, "all");
    make_dropout(both);
    model_verify(program.model);
    expect_order(&program, "input a relu relu.all b add dense classify");
    CU_ASSERT_STRING_EQUAL(both->identifier, "relu_all");
    CU_ASSERT_EQUAL(both->span.begin, relu->span.begin);
    CU_ASSERT_EQUAL(both->user_count, 2);
    CU_ASSERT_EQUAL(relu->user_count, 1);
    CU_ASSERT_PTR_EQUAL(node_of(&program, "b")->inputs[0], both);
    CU_ASSERT_PTR_EQUAL(node_of(&program, "add")->inputs[0], both);

    /* Behind the same node again, for one reader: the same name, another identifier. */
    struct model_node *b = node_of(&program, "b");
    struct model_node *one = model_insert(program.model, &program.arena, both, b, "all");
    make_dropout(one);
    struct model_node *other = model_insert(program.model, &program.arena, relu, both, "all");
    make_dropout(other);
    model_verify(program.model);
    expect_order(&program, "input a relu relu.all relu.all relu.all.all b add dense classify");
    CU_ASSERT_STRING_EQUAL(other->identifier, "relu_all_2");
    CU_ASSERT_PTR_EQUAL(b->inputs[0], one);
    CU_ASSERT_PTR_EQUAL(node_of(&program, "add")->inputs[0], both);
    CU_ASSERT_EQUAL(both->user_count, 2);
    CU_ASSERT_PTR_EQUAL(both->inputs[0], other);
    program_close(&program);
}

static void test_replace(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, branches));
    struct model_node *relu = node_of(&program, "relu");
    struct model_node *node = ARENA_NEW(&program.arena, struct model_node);
    make_dropout(node);
    node->shape = relu->shape;
    model_replace(program.model, relu, node);
    model_verify(program.model);
    expect_order(&program, "input a relu b add dense classify");
    CU_ASSERT_PTR_EQUAL(program.model->nodes[2], node);
    CU_ASSERT_STRING_EQUAL(node->identifier, "relu");
    CU_ASSERT_STRING_EQUAL(node->written, "dropout(0.5)");
    CU_ASSERT_EQUAL(node->span.begin, relu->span.begin);
    CU_ASSERT_EQUAL(node->user_count, 2);
    CU_ASSERT_PTR_EQUAL(node->inputs[0], node_of(&program, "a"));
    CU_ASSERT_PTR_EQUAL(node_of(&program, "add")->inputs[0], node);
    program_close(&program);
}

static void test_remove(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, branches));
    struct model_node *a = node_of(&program, "a");
    model_remove(program.model, node_of(&program, "relu"));
    model_verify(program.model);
    expect_order(&program, "input a b add dense classify");
    CU_ASSERT_EQUAL(a->user_count, 2);
    CU_ASSERT_EQUAL(node_of(&program, "add")->id, 3);
    CU_ASSERT_PTR_EQUAL(node_of(&program, "add")->inputs[0], a);
    program_close(&program);
}

/* Nodes that compute nothing go; names, hash and everything else stay. */
static void test_identities(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "network n { input u8[6, 6, 2] -> dropout(0) -> maxpool(1) -> conv(3, 3) -> avgpool([1, 1])\n"
                  "  -> maxpool(2, stride = 1) -> flatten -> flatten -> dropout(0.5) -> dropout(0) -> dense(2)\n"
                  "  -> classify; }\n"));
    char hash[sizeof program.model->hash];
    strcpy(hash, program.model->hash);
    CU_ASSERT_TRUE(transform_run(program.model, &program.arena, program.sink));
    expect_order(&program, "input conv maxpool2 flatten1 dropout2 dense classify");
    CU_ASSERT_STRING_EQUAL(program.model->hash, hash);
    CU_ASSERT_STRING_EQUAL(node_of(&program, "maxpool2")->identifier, "maxpool2");
    program_close(&program);

    /* A pool of single values that skips some is one. */
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "network n { input u8[4, 4, 2] -> maxpool(1, stride = 2) -> flatten -> dense(2) -> classify; }\n"));
    CU_ASSERT_TRUE(transform_run(program.model, &program.arena, program.sink));
    expect_order(&program, "input maxpool flatten dense classify");
    program_close(&program);
}

static const struct unit_case cases[] = {
    {"insert", test_insert},
    {"replace", test_replace},
    {"remove", test_remove},
    {"nodes that compute nothing", test_identities},
};

UNIT_MAIN("transform: changes of the graph", cases)
