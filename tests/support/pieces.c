/* Pieces of random programs: quantizers, batch norms, the sections data and train. */
#include "tests/support/pieces.h"

void add_uint(struct draw *draw, struct text *text, int bits)
{
    static const char *const clips[] = {"0.3", "0.75", "1", "1.7", "2", "6"};
    text_printf(text, "uint(%d, clip = fixed(%s))", bits, clips[draw_int(draw, 0, 5)]);
}

void add_weights(struct draw *draw, struct text *text)
{
    static const char *const weights[] = {"binary",
                                          "binary(scale = layer)",
                                          "binary(scale = channel)",
                                          "binary(h = glorot)",
                                          "ternary",
                                          "ternary(scale = layer)",
                                          "ternary(scale = channel)",
                                          "ternary(delta = 0.4)",
                                          "int(2)",
                                          "int(4, scale = layer)",
                                          "int(5)",
                                          "int(8)"};
    text_add(text, weights[draw_int(draw, 0, 11)]);
}

void add_calibrate(struct draw *draw, struct text *text)
{
    static const char *const calibrate[] = {"max", "percentile(99)", "mse"};
    text_add(text, calibrate[draw_int(draw, 0, 2)]);
}

void add_batchnorm(struct draw *draw, struct text *text)
{
    text_add(text, draw_chance(draw, 3) ? " -> batchnorm(eps = 1e-3)" : " -> batchnorm");
}

void add_train(struct draw *draw, struct text *text, bool regress)
{
    text_add(text, "data {\n  source = csv(\"samples.csv\", holdout = 16);\n}\n");
    text_printf(
        text,
        "train {\n  loss = %s;\n  optimizer = adam(lr = 0.01);\n  batch = 8;\n  epochs = 1;\n  estimate = 2;\n}\n",
        regress                ? "mse"
        : draw_chance(draw, 2) ? "square_hinge"
                               : "cross_entropy");
}
