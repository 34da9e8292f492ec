/* The files of the Verilog back end, in the order in which they are listed. */
#include "backend/verilog/emit.h"

struct verilog_file *verilog_open(struct verilog_output *output, struct arena *arena, const char *name)
{
    const struct verilog_file file = {.name = name, .indent = VERILOG_INDENT};
    ARENA_PUSH(arena, output->files, output->count, output->capacity, file);
    return &output->files[output->count - 1];
}

void verilog_free(struct verilog_output *output)
{
    for (size_t i = 0; i < output->count; i++)
        text_free(&output->files[i].text);
    *output = (struct verilog_output){0};
}

/* One word a line, most significant digit first, as $readmemh reads it. */
static void emit_image(const struct hw_memory *memory, struct text *out)
{
    static const char digits[] = "0123456789abcdef";
    const size_t bytes = memory_word_bytes(memory);
    const int nibbles = (memory->width + 3) / 4;
    for (int address = 0; address < memory->depth; address++) {
        const uint8_t *word = memory->words + (size_t)address * bytes;
        for (int nibble = nibbles - 1; nibble >= 0; nibble--)
            text_add_bytes(out, &digits[(word[nibble / 2] >> (nibble % 2 ? 4 : 0)) & 15], 1);
        text_add_bytes(out, "\n", 1);
    }
}

void emit_verilog(const struct hw_graph *graph, struct verilog_output *output, struct arena *arena)
{
    const char *name = graph->integer->plan->model->identifier;
    emit_top(graph, verilog_open(output, arena, arena_printf(arena, "%s.v", name)));
    for (size_t i = 0; i < graph->engine_count; i++) {
        const struct hw_engine *engine = &graph->engines[i];
        emit_layer(graph, engine,
                   verilog_open(output, arena, arena_printf(arena, "%s_%s.v", name, engine->identifier)));
    }
    for (size_t i = 0; i < graph->engine_count; i++)
        for (int role = 0; role < MEMORY_ROLE_COUNT; role++) {
            const struct hw_memory *memory = &graph->engines[i].memories[role];
            if (memory->name)
                emit_image(memory, &verilog_open(output, arena, arena_printf(arena, "%s.mem", memory->name))->text);
        }
}
