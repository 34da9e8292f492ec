/* Forms and places of tensors; see infer_tensor.h. */
#include "backend/c/infer_tensor.h"

#include "base/require.h"

enum { MAX_BYTE_BITS = 8, MAX_THIN_BITS = 2, MAX_BYTE_WEIGHTS = 1 << 16 };

/* A dense layer: all positions of its input as one window. */
static bool reads_whole(const struct unit_plan *plan)
{
    return plan->linear && !plan->window;
}

bool infer_bit_serial(const struct unit_plan *plan)
{
    return plan->linear && (!plan->window || plan->groups == 1 || plan->in_shape[0].channels > plan->groups);
}

/* ---- Forms ------------------------------------------------------------------------------------------------------- */

/* Whether a convolution multiplies in bytes: eight times the memory of the weights' bits, so only small ones do, and those
 * whose channels would leave most bits of a word unused. */
static bool in_bytes(const struct unit_plan *reader, const struct int_tensor *edge)
{
    if (!reader->window || edge->type.bits <= MAX_THIN_BITS || edge->type.bits > MAX_BYTE_BITS)
        return false;
    return edge->shape.channels < INFER_WORD || reader->channels * reader->fan_in <= MAX_BYTE_WEIGHTS;
}

/* Which form a reader would rather have; where it does not matter, planes for single bits. */
static enum infer_form preferred_form(const struct unit_plan *reader, const struct int_tensor *edge)
{
    if (infer_bit_serial(reader))
        return in_bytes(reader, edge) ? FORM_ARRAY : FORM_PLANES;
    const bool words = unit_has(reader, TRAIT_SELECTS);
    return words && edge->type.bits == 1 ? FORM_PLANES : FORM_ARRAY;
}

static bool reads(const struct unit_plan *reader, int producer)
{
    return reader->inputs[0] == producer || (reader->input_count > 1 && reader->inputs[1] == producer);
}

/* A window over a tensor that it reads flattened: its channels do not lie as planes have them. */
static bool flattens(const struct unit_plan *reader, int producer, const struct int_tensor *edge)
{
    const bool windowed = reader->window != NULL;
    return windowed && reads(reader, producer) && reader->in_shape[0].channels != edge->shape.channels;
}

/* Planes where a layer with weights wants them, else an array where anybody wants one. */
static enum infer_form form_of(const struct int_graph *graph, int producer, const struct int_tensor *edge)
{
    enum infer_form others = FORM_PLANES;
    for (size_t i = 0; i < graph->unit_count; i++)
        if (flattens(graph->units[i].plan, producer, edge))
            return FORM_ARRAY;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct unit_plan *reader = graph->units[i].plan;
        if (!reads(reader, producer))
            continue;
        const enum infer_form form = preferred_form(reader, edge);
        if (form == FORM_PLANES && infer_bit_serial(reader))
            return FORM_PLANES;
        if (form == FORM_ARRAY)
            others = FORM_ARRAY;
    }
    return others;
}

static void set_form(struct infer_tensor *tensor, enum infer_form form)
{
    tensor->form = form;
    tensor->planes = (size_t)tensor->edge.type.bits;
    if (form == FORM_ARRAY)
        return;
    tensor->words = infer_words_of(tensor->channels);
    tensor->offset = tensor->edge.type.encoding == QNN_ENCODING_TWOS ? 1 << (tensor->edge.type.bits - 1) : 0;
}

static int last_reader(const struct int_graph *graph, int producer)
{
    int last = producer;
    for (size_t i = 0; i < graph->unit_count; i++)
        if (reads(graph->units[i].plan, producer))
            last = (int)i;
    return last;
}

static struct infer_tensor unit_tensor(const struct int_graph *graph, size_t index)
{
    const struct int_unit *unit = &graph->units[index];
    struct infer_tensor tensor = {
        .name = unit->plan->identifier,
        .edge = unit->output,
        .positions = unit_positions(unit->plan),
        .channels = unit->plan->channels,
        .written = (int)index,
        .read = last_reader(graph, (int)index),
    };
    set_form(&tensor, form_of(graph, (int)index, &unit->output));
    return tensor;
}

static bool packs(const struct int_graph *graph)
{
    for (size_t i = 0; i < graph->unit_count; i++)
        if (reads_whole(graph->units[i].plan) && reads(graph->units[i].plan, -1))
            return true;
    return false;
}

/* ---- Slots ------------------------------------------------------------------------------------------------------- */

static size_t tensor_bytes(const struct infer_tensor *tensor)
{
    if (tensor->form == FORM_PLANES)
        return tensor->planes * infer_stride(tensor) * sizeof(uint64_t);
    const size_t element = tensor->planes <= 8 ? 1 : tensor->planes <= 16 ? 2 : 4;
    return tensor->positions * tensor->channels * element;
}

struct slot {
    int read; /* the last reader of what is in it */
    size_t bytes;
};

/* The free slot that grows least, a new one where none is free. A tensor is free after its last reader. */
static void place(struct infer_tensor *tensor, struct slot *slots, size_t *count)
{
    const size_t bytes = tensor_bytes(tensor);
    size_t best = *count, least = SIZE_MAX;
    for (size_t i = 0; i < *count; i++) {
        const size_t difference = slots[i].bytes < bytes ? bytes - slots[i].bytes : slots[i].bytes - bytes;
        if (slots[i].read < tensor->written && difference < least) {
            best = i;
            least = difference;
        }
    }
    tensor->slot = best;
    *count += best == *count;
    slots[best].read = tensor->read;
    slots[best].bytes = slots[best].bytes < bytes ? bytes : slots[best].bytes;
}

static void place_all(struct infer_tensors *tensors, struct arena *arena)
{
    struct slot *slots = ARENA_NEW_ARRAY(arena, tensors->unit_count + 1, struct slot);
    if (tensors->packs_input)
        place(&tensors->packed_input, slots, &tensors->slot_count);
    for (size_t i = 0; i + 1 < tensors->unit_count; i++)
        place(&tensors->units[i], slots, &tensors->slot_count);
}

/* ---- All --------------------------------------------------------------------------------------------------------- */

struct infer_tensors infer_tensors_make(const struct int_graph *graph, struct arena *arena)
{
    struct infer_tensors tensors = {.unit_count = graph->unit_count, .packs_input = packs(graph)};
    const struct shape shape = graph->input.shape;
    tensors.input = (struct infer_tensor){
        .name = "input",
        .edge = graph->input,
        .parameter = true,
        .positions = (size_t)shape.height * (size_t)shape.width,
        .channels = (size_t)shape.channels,
    };
    tensors.packed_input = (struct infer_tensor){
        .name = "input",
        .edge = graph->input,
        .positions = 1,
        .channels = shape_count(shape),
        .written = -1,
        .read = last_reader(graph, -1),
    };
    set_form(&tensors.input, FORM_ARRAY);
    set_form(&tensors.packed_input, FORM_PLANES);
    tensors.units = ARENA_NEW_ARRAY(arena, graph->unit_count, struct infer_tensor);
    for (size_t i = 0; i + 1 < graph->unit_count; i++)
        tensors.units[i] = unit_tensor(graph, i);
    place_all(&tensors, arena);
    return tensors;
}

const struct infer_tensor *infer_input_of(const struct infer_tensors *tensors, const struct unit_plan *plan, int k)
{
    if (plan->inputs[k] >= 0)
        return &tensors->units[plan->inputs[k]];
    return reads_whole(plan) ? &tensors->packed_input : &tensors->input;
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

const char *infer_type(const struct infer_tensor *tensor)
{
    if (tensor->form == FORM_PLANES)
        return tensor->planes <= MAX_BYTE_BITS ? "uint8_t" : "int32_t";
    const bool is_signed = tensor->edge.type.encoding == QNN_ENCODING_TWOS;
    if (tensor->planes > 16)
        return "int32_t";
    if (tensor->planes > 8)
        return is_signed ? "int16_t" : "uint16_t";
    return is_signed ? "int8_t" : "uint8_t";
}

void infer_declare(const struct infer_tensor *tensor, const char *qualifier, const char *name, struct text *out)
{
    text_printf(out, "%s%s %s[", qualifier, tensor->form == FORM_PLANES ? "uint64_t" : infer_type(tensor), name);
    if (tensor->form == FORM_PLANES && tensor->planes > 1)
        text_printf(out, "%zu * ", tensor->planes);
    const size_t width = tensor->form == FORM_PLANES ? tensor->words : tensor->channels;
    if (tensor->positions == 1)
        text_printf(out, "%zu]", width);
    else if (width == 1)
        text_printf(out, "%zu]", tensor->positions);
    else
        text_printf(out, "%zu * %zu]", tensor->positions, width);
}

static size_t slot_tensors(const struct infer_tensors *tensors, size_t slot)
{
    size_t count = tensors->packs_input && tensors->packed_input.slot == slot;
    for (size_t i = 0; i + 1 < tensors->unit_count; i++)
        count += tensors->units[i].slot == slot;
    return count;
}

bool infer_shares(const struct infer_tensors *tensors)
{
    for (size_t slot = 0; slot < tensors->slot_count; slot++)
        if (slot_tensors(tensors, slot) > 1)
            return true;
    return false;
}

void infer_access(const struct infer_tensors *tensors, const struct infer_tensor *tensor, struct text *out)
{
    if (tensor->parameter) {
        text_add(out, tensor->name);
        return;
    }
    text_add(out, "state->");
    if (slot_tensors(tensors, tensor->slot) > 1)
        text_printf(out, "slot%zu.", tensor->slot);
    text_printf(out, "%s_codes", tensor->name);
}

static void emit_member(const struct infer_tensor *tensor, const char *indent, struct text *out)
{
    struct text name = {0};
    text_printf(&name, "%s_codes", tensor->name);
    text_add(out, indent);
    infer_declare(tensor, "", text_cstr(&name), out);
    text_add(out, ";\n");
    text_free(&name);
}

static void emit_slot(const struct infer_tensors *tensors, size_t slot, const char *indent, struct text *out)
{
    if (tensors->packs_input && tensors->packed_input.slot == slot)
        emit_member(&tensors->packed_input, indent, out);
    for (size_t i = 0; i + 1 < tensors->unit_count; i++)
        if (tensors->units[i].slot == slot)
            emit_member(&tensors->units[i], indent, out);
}

void infer_emit_members(const struct infer_tensors *tensors, const char *capitals, struct text *out)
{
    for (size_t slot = 0; slot < tensors->slot_count; slot++) {
        const bool shared = slot_tensors(tensors, slot) > 1;
        if (shared)
            text_printf(out, "    %s_SHARED {\n", capitals);
        emit_slot(tensors, slot, shared ? "        " : "    ", out);
        if (shared)
            text_printf(out, "    } slot%zu;\n", slot);
    }
}
