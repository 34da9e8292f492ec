/*
 * Interpreter = generated Verilog (play.h), over random programs: dense networks and networks on images. Without pauses the
 * period is what the compiler says.
 */
#include "play.h"

enum { FIRST_SEED = 2001, PROGRAMS = 60, FIRST_IMAGE_SEED = 4001, IMAGE_PROGRAMS = 40 };

/* Beats of a result on m_axis, which take their cycles too. */
static int64_t result_beats(const struct hw_graph *graph)
{
    const struct hw_engine *last = &graph->engines[graph->engine_count - 1];
    const bool values = !graph->class_bits || graph->integer->plan->model->hardware.logits;
    return (graph->class_bits > 0) + (values ? last->elements_out : 0);
}

/* Within one percent and, of short periods, two cycles. */
static bool keeps_period(const struct subject *subject, const struct played *played)
{
    const int64_t results = result_beats(subject->hardware);
    const int64_t period = subject->hardware->period > results ? subject->hardware->period : results;
    const int64_t slack = period / 100 > 2 ? period / 100 : 2;
    if (played->period <= period + slack)
        return true;
    printf("a frame every %d cycles instead of %lld\n", played->period, (long long)period);
    return false;
}

/* Programs from the first seed on until enough were simulated. */
static bool simulate_programs(const struct places *places, uint64_t first, int programs,
                              struct subject *(*open)(uint64_t seed, bool hardware))
{
    int simulated = 0, refused = 0;
    bool fine = true;
    for (uint64_t seed = first; simulated < programs && refused < 2 * programs; seed++) {
        struct subject *subject = open(seed, true);
        if (!subject->hardware) {
            refused++; /* a throughput that no folding reaches, or no exact requantizer */
        } else {
            simulated++;
            const struct played played = play(places, subject, false);
            if (!played.passed || !keeps_period(subject, &played)) {
                subject_print(subject, "interpreter and Verilog differ");
                fine = false;
            }
        }
        subject_close(subject);
    }
    printf("%d programs simulated, %d cannot be built as they stand\n", simulated, refused);
    return fine && simulated == programs;
}

bool property_verilog(const struct places *places)
{
    const bool dense = simulate_programs(places, FIRST_SEED, PROGRAMS, subject_open);
    return simulate_programs(places, FIRST_IMAGE_SEED, IMAGE_PROGRAMS, subject_open_image) && dense;
}
