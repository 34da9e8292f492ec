/* The list of passes, and how they are run. */
#include "transform/transform.h"

#include "transform/passes.h"

static bool (*const passes[])(struct model *model, struct arena *arena, struct sink *sink) = {
#define PASS(name, doc) transform_##name,
#include "transform/passes.def"
#undef PASS
};

bool transform_run(struct model *model, struct arena *arena, struct sink *sink)
{
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        if (!passes[i](model, arena, sink))
            return false;
        model_verify(model);
    }
    return model_check_hardware(model, sink);
}

struct model *transform_program(const struct ast_file *file, const struct define *defines, size_t define_count,
                                struct arena *arena, struct sink *sink)
{
    struct model *model = model_build(file, defines, define_count, arena, sink);
    return model && transform_run(model, arena, sink) ? model : NULL;
}
