/* What precedes an engine: width converters and the window. */
#include "backend/verilog/emit.h"

const char *verilog_port(const struct hw_engine *engine, int port)
{
    static const char *const ports[] = {"s0", "s1"};
    return engine->unit->plan->input_count > 1 ? ports[port] : "s";
}

/* The template adds in unsigned codes: n + 2^(bits-1) is a signed element with its top bit turned. */
static const char *emit_unsigned(struct verilog_file *out, const struct hw_engine *engine, int lanes, const char *from)
{
    const char *to = "codes_in";
    emit_stream(out, to, lanes * engine->in_bits);
    emit_handshake(out, from, to);
    text_printf(&out->text, "    assign %s_data = %s_data ^ {%d{%d'h%llx}};\n\n", to, from, lanes, engine->in_bits,
                1ULL << (engine->in_bits - 1));
    return to;
}

static void emit_window(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_window *window = plan->window;
    const struct shape in = plan->in_shape[0];
    const bool parallel = engine->window.form == WINDOW_PARALLEL;
    emit_stream(out, to, hw_window_lanes_out(engine) * engine->in_bits);
    text_printf(&out->text, "    // windows of %d x %d from %d x %d x %d, %lld beats in, read in %lld cycles\n",
                window->kernel_height, window->kernel_width, in.height, in.width, in.channels,
                (long long)engine->window.beats_in, (long long)engine->window.read_cycles);
    emit_instance(out, parallel ? "qnn_window_parallel" : "qnn_window");
    emit_parameter(out, "ELEM", engine->in_bits);
    emit_parameter(out, "C", in.channels);
    if (!parallel)
        emit_parameter(out, "GROUPS", engine->window.groups);
    emit_parameter(out, "LANES", engine->window.lanes);
    emit_parameter(out, "H", in.height);
    emit_parameter(out, "W", in.width);
    emit_parameter(out, "KH", window->kernel_height);
    emit_parameter(out, "KW", window->kernel_width);
    emit_parameter(out, "SH", window->stride_height);
    emit_parameter(out, "SW", window->stride_width);
    emit_parameter(out, "PT", window->pad_top);
    emit_parameter(out, "PL", window->pad_left);
    emit_parameter(out, "DIL", window->dilation);
    emit_parameter(out, "OH", plan->shape.height);
    emit_parameter(out, "OW", plan->shape.width);
    emit_parameter(out, "PAD", engine->window.pad);
    emit_parameter(out, "STYLE", 0);
    emit_instance_name(out, "window");
    emit_instance_end(out, from, to);
}

const char *emit_front(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine, int port)
{
    static const char *const first[] = {"elements", "elements1"}, *const names[] = {"converter", "converter1"};
    const int lanes = hw_lanes_to(graph, engine, port);
    const char *at = verilog_port(engine, port);
    if (engine->kind == ENGINE_MVU && engine->signed_input)
        at = emit_unsigned(out, engine, lanes, at);
    const struct verilog_converter converter = {names[port], engine->in_bits, hw_frame_in(engine, port), lanes,
                                                engine->lanes_in};
    at = emit_converter(out, &converter, at, first[port]);
    if (engine->window.form == WINDOW_SEQUENTIAL || engine->window.form == WINDOW_PARALLEL) {
        emit_window(out, engine, at, "taps");
        at = "taps";
    }
    if (!engine->unit->plan->linear || !engine->unit->plan->window)
        return at;
    const struct verilog_converter vectors = {"vectors", engine->in_bits, engine->elements_in,
                                              hw_window_lanes_out(engine), engine->simd};
    return emit_converter(out, &vectors, at, "columns");
}
