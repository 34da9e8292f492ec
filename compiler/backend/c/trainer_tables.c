/* Tables of a trainer: the tensors that files hold, what learns, the schedule of the learning rate. */
#include "backend/c/trainer_emit.h"

static const char *schedule_initialiser(struct emitter *e, const struct schedule_plan *schedule, const char *name)
{
    /* A constant rate is written as a number: the one kind without a row. */
    const char *kind = schedule->kind == SCHEDULE_CONSTANT ? "QNN_SCHEDULE_CONSTANT"
                                                           : row_constant(GROUP_SCHEDULE, (int)schedule->kind);
    const char *common = trainer_format(e, ".kind = %s", kind);
    if (schedule->kind == SCHEDULE_WARMUP)
        return trainer_format(e, "%s, .length = %d, .then = &%s_then", common, schedule->epochs, name);
    const char *range = trainer_format(e, "%s, .a = %s, .b = %s", common, trainer_double(e, schedule->a),
                                       trainer_double(e, schedule->b));
    return schedule->kind == SCHEDULE_STEP && schedule->at_count
               ? trainer_format(e, "%s, .at = %s_at, .at_count = %zu", range, name, schedule->at_count)
               : range;
}

/* What a schedule refers to comes before it. */
static void emit_schedule(struct emitter *e, const struct schedule_plan *schedule, const char *name)
{
    if (schedule->kind == SCHEDULE_WARMUP)
        emit_schedule(e, schedule->then, trainer_format(e, "%s_then", name));
    if (schedule->kind == SCHEDULE_STEP && schedule->at_count) {
        struct text at = {0};
        for (size_t i = 0; i < schedule->at_count; i++)
            text_printf(&at, "%s%d", i ? ", " : "", schedule->at[i]);
        trainer_line(e, 0, "static const int %s_at[] = {%s};", name, text_cstr(&at));
        text_free(&at);
    }
    trainer_line(e, 0, "static const struct qnn_schedule %s = {%s};", name, schedule_initialiser(e, schedule, name));
}

void trainer_tables(struct emitter *e)
{
    trainer_line(e, 0, "#define AT(member) offsetof(struct %s, member)", e->model->identifier);
    trainer_blank(e);
    trainer_line(e, 0, "static const struct qnn_stored tensors[] = {");
    EACH_STEP(e, tensors);
    if (e->plan)
        trainer_unit_tensors(e);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    trainer_line(e, 0, "static const struct qnn_learner learners[] = {");
    EACH_STEP(e, learners);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    emit_schedule(e, &e->model->train.lr, "learning_rate");
    trainer_blank(e);
}
