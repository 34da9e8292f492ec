/* The peer of conv_step.c: oneDNN (2.x, C interface), direct convolution, blocked layouts of its own choice. */
#include "conv_step.h"

#include <dnnl.h>

#include <stdio.h>
#include <stdlib.h>

#define TRY(call)                                                                     \
    do {                                                                              \
        if ((call) != dnnl_success) {                                                 \
            fprintf(stderr, "%s:%d: oneDNN: %s failed\n", __FILE__, __LINE__, #call); \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)

enum { TENSORS = 3 };

/* A tensor of a pass: the trainer's memory, oneDNN's, and the way between them. */
struct tensor {
    dnnl_memory_t plain, blocked;
    dnnl_primitive_t reorder; /* into the convolution, or out of it for the result */
    int argument;
    bool result;
};

struct pass {
    dnnl_primitive_t convolution;
    struct tensor tensors[TENSORS];
};

struct bench_peer {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct pass passes[BENCH_PASSES];
};

static dnnl_memory_desc_t described(const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t md;
    TRY(dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, tag));
    return md;
}

static void make_tensor(struct bench_peer *peer, struct tensor *t, const dnnl_memory_desc_t *plain, float *data,
                        const dnnl_memory_desc_t *blocked, int argument, bool result)
{
    dnnl_primitive_desc_t pd;
    t->argument = argument;
    t->result = result;
    TRY(dnnl_memory_create(&t->plain, plain, peer->engine, data));
    TRY(dnnl_memory_create(&t->blocked, blocked, peer->engine, DNNL_MEMORY_ALLOCATE));
    TRY(dnnl_reorder_primitive_desc_create(&pd, result ? blocked : plain, peer->engine, result ? plain : blocked,
                                           peer->engine, NULL));
    TRY(dnnl_primitive_create(&t->reorder, pd));
    TRY(dnnl_primitive_desc_destroy(pd));
}

/* The three descriptors of a pass's tensors in the order x, weights, y. */
struct query {
    dnnl_query_t what[TENSORS];
    int argument[TENSORS];
    int result;
};
static const struct query queries[BENCH_PASSES] = {
    [BENCH_FORWARD] = {{dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
                       {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
                       2},
    [BENCH_DX] = {{dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
                  {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
                  0},
    [BENCH_DWEIGHTS] = {{dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
                        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
                        1},
};

static void make_pass(struct bench_peer *peer, enum bench_pass index, dnnl_primitive_desc_t pd,
                      const dnnl_memory_desc_t *plain, float *const *data)
{
    struct pass *pass = &peer->passes[index];
    const struct query *query = &queries[index];
    TRY(dnnl_primitive_create(&pass->convolution, pd));
    for (int i = 0; i < TENSORS; i++)
        make_tensor(peer, &pass->tensors[i], &plain[i], data[i], dnnl_primitive_desc_query_md(pd, query->what[i], 0),
                    query->argument[i], query->result == i);
}

struct bench_peer *bench_peer_make(int batch, const struct bench_layer *layer, const struct bench_tensors *tensors)
{
    static const dnnl_dims_t strides = {1, 1}, pad = {1, 1};
    const dnnl_dims_t x_dims = {batch, layer->inputs, layer->size, layer->size};
    const dnnl_dims_t w_dims = {layer->outputs, layer->inputs, 3, 3};
    const dnnl_dims_t y_dims = {batch, layer->outputs, layer->size, layer->size};
    const dnnl_memory_desc_t plain[] = {described(x_dims, dnnl_nhwc), described(w_dims, dnnl_ohwi),
                                        described(y_dims, dnnl_nhwc)};
    const dnnl_memory_desc_t any[] = {described(x_dims, dnnl_format_tag_any), described(w_dims, dnnl_format_tag_any),
                                      described(y_dims, dnnl_format_tag_any)};
    struct bench_peer *peer = calloc(1, sizeof *peer);
    dnnl_convolution_desc_t cd;
    dnnl_primitive_desc_t forward, pd;
    if (!peer)
        abort();
    TRY(dnnl_engine_create(&peer->engine, dnnl_cpu, 0));
    TRY(dnnl_stream_create(&peer->stream, peer->engine, dnnl_stream_default_flags));
    TRY(dnnl_convolution_forward_desc_init(&cd, dnnl_forward_training, dnnl_convolution_direct, &any[0], &any[1], NULL,
                                           &any[2], strides, pad, pad));
    TRY(dnnl_primitive_desc_create(&forward, &cd, NULL, peer->engine, NULL));
    make_pass(peer, BENCH_FORWARD, forward, plain, (float *[]){tensors->x, tensors->weights, tensors->y});
    TRY(dnnl_convolution_backward_data_desc_init(&cd, dnnl_convolution_direct, &any[0], &any[1], &any[2], strides, pad,
                                                 pad));
    TRY(dnnl_primitive_desc_create(&pd, &cd, NULL, peer->engine, forward));
    make_pass(peer, BENCH_DX, pd, plain, (float *[]){tensors->dx, tensors->weights, tensors->dy});
    TRY(dnnl_primitive_desc_destroy(pd));
    TRY(dnnl_convolution_backward_weights_desc_init(&cd, dnnl_convolution_direct, &any[0], &any[1], NULL, &any[2],
                                                    strides, pad, pad));
    TRY(dnnl_primitive_desc_create(&pd, &cd, NULL, peer->engine, forward));
    make_pass(peer, BENCH_DWEIGHTS, pd, plain, (float *[]){tensors->x, tensors->dweights, tensors->dy});
    TRY(dnnl_primitive_desc_destroy(pd));
    TRY(dnnl_primitive_desc_destroy(forward));
    return peer;
}

static double reorder(struct bench_peer *peer, const struct tensor *t)
{
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, t->result ? t->blocked : t->plain},
                                         {DNNL_ARG_TO, t->result ? t->plain : t->blocked}};
    const double start = bench_now();
    TRY(dnnl_primitive_execute(t->reorder, peer->stream, 2, arguments));
    TRY(dnnl_stream_wait(peer->stream));
    return bench_now() - start;
}

void bench_peer_run(struct bench_peer *peer, enum bench_pass index, double *convolution, double *reorders)
{
    const struct pass *pass = &peer->passes[index];
    dnnl_exec_arg_t arguments[TENSORS];
    *reorders = 0.0;
    for (int i = 0; i < TENSORS; i++) {
        arguments[i] = (dnnl_exec_arg_t){pass->tensors[i].argument, pass->tensors[i].blocked};
        if (!pass->tensors[i].result)
            *reorders += reorder(peer, &pass->tensors[i]);
    }
    const double start = bench_now();
    TRY(dnnl_primitive_execute(pass->convolution, peer->stream, TENSORS, arguments));
    TRY(dnnl_stream_wait(peer->stream));
    *convolution = bench_now() - start;
    *reorders += reorder(peer, &pass->tensors[queries[index].result]);
}

void bench_peer_free(struct bench_peer *peer)
{
    for (int p = 0; p < BENCH_PASSES; p++) {
        for (int i = 0; i < TENSORS; i++) {
            TRY(dnnl_primitive_destroy(peer->passes[p].tensors[i].reorder));
            TRY(dnnl_memory_destroy(peer->passes[p].tensors[i].plain));
            TRY(dnnl_memory_destroy(peer->passes[p].tensors[i].blocked));
        }
        TRY(dnnl_primitive_destroy(peer->passes[p].convolution));
    }
    TRY(dnnl_stream_destroy(peer->stream));
    TRY(dnnl_engine_destroy(peer->engine));
    free(peer);
}
