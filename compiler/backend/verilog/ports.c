/* What top and wrappers both ask of the graph: widths of results and of the configuration bus. */
#include "backend/verilog/emit.h"

#include "hardware/bits.h"

bool verilog_is_last(const struct hw_graph *graph, const struct hw_engine *engine)
{
    return engine == &graph->engines[graph->engine_count - 1];
}

int verilog_logit_bits(const struct hw_graph *graph)
{
    const struct hw_engine *last = &graph->engines[graph->engine_count - 1];
    const bool wanted = !graph->class_bits || graph->integer->plan->model->hardware.logits;
    return wanted ? last->out_bits : 0;
}

int verilog_result_bits(const struct hw_graph *graph, const struct hw_engine *engine)
{
    if (!verilog_is_last(graph, engine))
        return engine->lanes_out * engine->out_bits;
    return graph->class_bits + verilog_logit_bits(graph) * engine->elements_out;
}

int verilog_memory_count(const struct hw_engine *engine)
{
    int count = 0;
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
        count += engine->memories[role].name != NULL;
    return count;
}

struct verilog_bus verilog_configuration_bus(const struct hw_graph *graph)
{
    struct verilog_bus bus = {.address_bits = 1, .data_bits = 1};
    for (size_t i = 0; i < graph->engine_count; i++)
        for (int role = 0; role < MEMORY_ROLE_COUNT; role++) {
            const struct hw_memory *memory = &graph->engines[i].memories[role];
            if (!memory->name)
                continue;
            const int address_bits = bits_unsigned(memory->depth - 1);
            bus.memories++;
            bus.address_bits = address_bits > bus.address_bits ? address_bits : bus.address_bits;
            bus.data_bits = memory->width > bus.data_bits ? memory->width : bus.data_bits;
        }
    return bus;
}
