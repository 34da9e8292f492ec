/* Optimizers against the update rules written once more in double, over several steps, with every option. */
#include "kernel_test.h"

#include "runtime/optimizer.h"

enum { STEPS = 5 };

/* One weight of the reference. */
struct weight {
    double w, m, v;
};

static double sgd(const struct qnn_optimizer *o, struct weight *x, double g)
{
    x->m = o->momentum * x->m + g;
    return -o->lr * (o->nesterov ? g + o->momentum * x->m : x->m);
}

static double adam(const struct qnn_optimizer *o, struct weight *x, double g)
{
    x->m = o->beta1 * x->m + (1.0 - o->beta1) * g;
    x->v = o->beta2 * x->v + (1.0 - o->beta2) * g * g;
    const double m = x->m / (1.0 - pow(o->beta1, (double)o->step)), v = x->v / (1.0 - pow(o->beta2, (double)o->step));
    return -o->lr * m / (sqrt(v) + o->eps);
}

static void reference_step(const struct qnn_optimizer *o, const struct qnn_parameter *p, struct weight *x, double g)
{
    const double decay = p->decay ? o->weight_decay : 0.0;
    double d;
    if (o->kind == QNN_OPTIMIZER_SGD)
        d = sgd(o, x, g + decay * x->w);
    else if (o->kind == QNN_OPTIMIZER_ADAM)
        d = adam(o, x, g + decay * x->w);
    else
        d = adam(o, x, g) - o->lr * decay * x->w;
    x->w += (double)p->lr_scale * d;
    if (p->bound > 0.0f)
        x->w = fmin(fmax(x->w, -(double)p->bound), (double)p->bound);
}

static void check_rule(struct qnn_optimizer o, int count, float lr_scale, float bound, bool decay)
{
    const size_t n = (size_t)count;
    float *latent = random_floats(1, n, -0.5f, 0.5f), *gradient = floats(n), *m = floats(n), *v = floats(n);
    struct weight *expected = zeros(n, sizeof *expected);
    struct qnn_parameter p = {.units = 1, .inputs = count, .latent = latent, .gradient = gradient, .m = m, .v = v};
    bool close = true;
    p.lr_scale = lr_scale;
    p.bound = bound;
    p.decay = decay;
    for (size_t i = 0; i < n; i++)
        expected[i].w = (double)latent[i];
    for (uint64_t step = 0; step < STEPS; step++) {
        fill(10 + step, n, -1.0f, 1.0f, gradient);
        qnn_optimizer_begin(&o, 0.05 / (double)(step + 1));
        qnn_optimizer_update(&o, &p);
        for (size_t i = 0; i < n; i++) {
            reference_step(&o, &p, &expected[i], (double)gradient[i]);
            close &= is_close((double)latent[i], expected[i].w, 1e-5);
        }
    }
    CU_ASSERT(close);
    free(latent);
    free(gradient);
    free(m);
    free(v);
    free(expected);
}

static void check_rules(void)
{
    static const struct qnn_optimizer optimizers[] = {
        {.kind = QNN_OPTIMIZER_SGD},
        {.kind = QNN_OPTIMIZER_SGD, .momentum = 0.9, .weight_decay = 0.01},
        {.kind = QNN_OPTIMIZER_SGD, .momentum = 0.9, .nesterov = true},
        {.kind = QNN_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
        {.kind = QNN_OPTIMIZER_ADAM, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-3, .weight_decay = 0.1},
        {.kind = QNN_OPTIMIZER_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.1},
    };
    static const int counts[] = {1, 7, 65, 20001};
    for (size_t o = 0; o < sizeof optimizers / sizeof optimizers[0]; o++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            check_rule(optimizers[o], counts[c], 1.0f, 0.0f, true);
            check_rule(optimizers[o], counts[c], 3.5f, 0.4f, false);
        }
}

static void test_rules(void)
{
    with_threads(check_rules);
}

static void test_moments(void)
{
    const struct qnn_optimizer sgd_plain = {.kind = QNN_OPTIMIZER_SGD};
    const struct qnn_optimizer sgd_momentum = {.kind = QNN_OPTIMIZER_SGD, .momentum = 0.9};
    const struct qnn_optimizer adamw = {.kind = QNN_OPTIMIZER_ADAMW};
    CU_ASSERT_EQUAL(qnn_optimizer_moments(&sgd_plain), 0);
    CU_ASSERT_EQUAL(qnn_optimizer_moments(&sgd_momentum), 1);
    CU_ASSERT_EQUAL(qnn_optimizer_moments(&adamw), 2);
}

/* The effective weights after an update are those made from the new latent weights; flips are the changed signs. */
static void check_effective(void)
{
    enum { UNITS = 63, INPUTS = 401, COUNT = UNITS * INPUTS };
    static const struct qnn_weight_quantizer quantizers[] = {
        {&qnn_weight_binary, {{0, QNN_WEIGHT_SCALE_NONE, 0.25}}},
        {&qnn_weight_binary, {{0, QNN_WEIGHT_SCALE_CHANNEL, 1}}},
        {&qnn_weight_binary, {{QNN_WEIGHT_SAMPLING_STOCHASTIC, QNN_WEIGHT_SCALE_NONE, 1}}},
        {&qnn_weight_ternary, {{0.7, QNN_WEIGHT_SCALE_LAYER}}},
    };
    float *latent = floats(COUNT), *before = floats(COUNT), *expected = floats(COUNT), *effective = floats(COUNT);
    float *gradient = random_floats(2, COUNT, -1.0f, 1.0f);
    for (size_t q = 0; q < sizeof quantizers / sizeof quantizers[0]; q++) {
        struct qnn_optimizer sgd_plain = {.kind = QNN_OPTIMIZER_SGD, .seed = 5};
        struct qnn_parameter p = {.units = UNITS, .inputs = INPUTS, .latent = latent, .gradient = gradient};
        p.effective = effective;
        p.quantizer = quantizers[q];
        p.lr_scale = 1.0f;
        p.layer = 3;
        p.flips = 100;
        fill(1, COUNT, -0.5f, 0.5f, latent);
        latent[0] = -0.0f;
        memcpy(before, latent, COUNT * sizeof *latent);
        qnn_optimizer_begin(&sgd_plain, 0.3);
        qnn_optimizer_update(&sgd_plain, &p);
        uint64_t flips = 100;
        for (int i = 0; i < COUNT; i++)
            flips += (before[i] >= 0.0f) != (latent[i] >= 0.0f);
        CU_ASSERT(flips > 100 && p.flips == flips);
        const struct qnn_rounding rounding = {.seed = 5, .layer = 3, .step = 1};
        qnn_weights_effective(UNITS, INPUTS, &p.quantizer, &rounding, latent, expected);
        CU_ASSERT(same_bits(expected, effective, COUNT * sizeof *expected));
        memset(effective, 0, COUNT * sizeof *effective);
        qnn_parameter_prepare(&sgd_plain, &p); /* as after loading a checkpoint */
        CU_ASSERT(same_bits(expected, effective, COUNT * sizeof *expected));
    }
    free(latent);
    free(before);
    free(expected);
    free(effective);
    free(gradient);
}

static void test_effective(void)
{
    with_threads(check_effective);
}

/* Clipping stores the bound itself, so that saturation can be counted by equality. */
static void test_bound(void)
{
    float latent[4] = {0.9f, -0.9f, 0.1f, 0.3f}, gradient[4] = {-1.0f, 1.0f, 0.0f, 0.1f};
    struct qnn_optimizer o = {.kind = QNN_OPTIMIZER_SGD};
    struct qnn_parameter p = {
        .units = 1, .inputs = 4, .latent = latent, .gradient = gradient, .lr_scale = 100.0f, .bound = 1.0f};
    CU_ASSERT_FATAL(qnn_threads_start(1));
    qnn_optimizer_begin(&o, 1.0);
    qnn_optimizer_update(&o, &p);
    qnn_threads_stop();
    CU_ASSERT(latent[0] == 1.0f && latent[1] == -1.0f && latent[2] == 0.1f && latent[3] == -1.0f);
    CU_ASSERT_EQUAL(p.flips, 1);
}

/* Moments of a weight that gets no gradient any more end at 0, not at a denormal number. */
static void test_moments_end(void)
{
    float latent[2] = {0.5f, 0.5f}, gradient[2] = {1e-3f, -1.0f}, m[2] = {0}, v[2] = {0};
    struct qnn_optimizer o = {.kind = QNN_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8};
    struct qnn_parameter p = {.units = 1, .inputs = 2, .latent = latent, .gradient = gradient, .m = m, .v = v};
    p.lr_scale = 1.0f;
    CU_ASSERT_FATAL(qnn_threads_start(1));
    for (int step = 0; step < 3000; step++) {
        qnn_optimizer_begin(&o, 1e-3);
        qnn_optimizer_update(&o, &p);
        gradient[0] = gradient[1] = 0.0f;
    }
    qnn_threads_stop();
    for (int i = 0; i < 2; i++)
        CU_ASSERT(m[i] == 0.0f && v[i] == 0.0f && isfinite(latent[i]));
}

static const struct unit_case cases[] = {
    {"rules", test_rules},
    {"moments", test_moments},
    {"effective weights and flips", test_effective},
    {"bound", test_bound},
    {"moments end at 0", test_moments_end},
};
UNIT_MAIN("optimizer", cases)
