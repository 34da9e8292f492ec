/* --dump-hardware: engines, foldings, memories, edges and the estimate that led to every choice. */
#include "hardware/hardware.h"

static const char *const kind_names[ENGINE_KIND_COUNT] = {
    [ENGINE_QUANTIZE] = "quantize", [ENGINE_MVU] = "mvu",       [ENGINE_POOL] = "pool",
    [ENGINE_ADD] = "add",           [ENGINE_CONCAT] = "concat",
};
static const char *const tail_names[ENGINE_TAIL_COUNT] = {
    [TAIL_SIGN] = "sign",       [TAIL_TABLE] = "table",   [TAIL_THRESHOLD] = "threshold",
    [TAIL_REQUANT] = "requant", [TAIL_AFFINE] = "affine", [TAIL_NONE] = "none"};

static void print_window(const struct hw_engine *engine, struct text *out)
{
    static const char *const forms[WINDOW_FORM_COUNT] = {
        [WINDOW_SEQUENTIAL] = "window", [WINDOW_PARALLEL] = "parallel window", [WINDOW_WHOLE] = "whole"};
    const struct hw_window *window = &engine->window;
    if (window->form == WINDOW_NONE)
        return;
    text_printf(out, "  %s of %d lanes", forms[window->form], window->lanes);
    if (window->slots)
        text_printf(out, ", %d rows in %d x %dx%d", window->slots, window->line_count, window->line_depth,
                    window->line_width);
}

static void print_engine(const struct hw_graph *graph, const struct hw_engine *engine, struct text *out)
{
    const struct hw_estimate estimate = hw_estimate_engine(graph, engine);
    text_printf(out, "%-12s %-8s %5d x%3d bit -> %5d x%3d bit", engine->identifier, kind_names[engine->kind],
                engine->elements_in, engine->in_bits, engine->elements_out, engine->out_bits);
    if (engine->vectors > 1)
        text_printf(out, "  x %d", engine->vectors);
    text_printf(out, "  pe %4d  simd %4d  %7lld cycles  acc %2d  %-9s", engine->pe, engine->simd,
                (long long)engine->cycles, engine->acc_bits, tail_names[engine->tail]);
    text_printf(out, "  ~%.0f LUT  ~%.0f FF", estimate.luts, estimate.flip_flops);
    print_window(engine, out);
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
        if (engine->memories[role].name)
            text_printf(out, "  %s %dx%d", engine->memories[role].name, engine->memories[role].depth,
                        engine->memories[role].width);
    text_add(out, "\n");
}

static const char *name_of(const struct hw_graph *graph, int engine)
{
    return engine < 0 ? "input" : graph->engines[engine].identifier;
}

static void print_buffers(const struct hw_graph *graph, struct text *out)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->depth)
            text_printf(out, "fifo         %s -> %s, %lld words of %d bit: %s\n", name_of(graph, edge->from),
                        name_of(graph, edge->to), (long long)edge->depth, edge->lanes * edge->bits, edge->derivation);
    }
}

void hw_print(const struct hw_graph *graph, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    text_printf(out, "%s on %s at %g MHz\n", model->name, part_of(model->hardware.target)->name,
                model->hardware.clock_hz / 1e6);
    text_printf(out, "input        %d elements of %d bit a beat, %lld beats a frame\n", graph->input_elements,
                graph->input_bits, (long long)graph->input_cycles);
    for (size_t i = 0; i < graph->engine_count; i++)
        print_engine(graph, &graph->engines[i], out);
    print_buffers(graph, out);
    text_printf(out, "period       %lld cycles, set by %s: %.0f frames a second\n", (long long)graph->period,
                graph->slowest < graph->engine_count ? graph->engines[graph->slowest].identifier : "the input stream",
                hw_frames_per_second(graph));
    if (graph->balanced_default)
        text_add(out, "no throughput and no fold rule: every engine keeps the period that the input stream or the "
                      "slowest one sets\n");
}
