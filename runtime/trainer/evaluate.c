/* Evaluation: batches in file order, the last one padded; classes are taken from integers where the network has them. */
#include "runtime/trainer/evaluate.h"

#include <inttypes.h>
#include <math.h>

bool qnn_has_view(const struct qnn_program *program, enum qnn_view view)
{
    return view == QNN_VIEW_FLOAT || program->deployed || program->evaluate_codes;
}

enum qnn_view qnn_deciding_view(const struct qnn_program *program)
{
    return program->deployed ? QNN_VIEW_QUANTIZED : QNN_VIEW_FLOAT;
}

const float *qnn_evaluate_batch(struct qnn_run *run, const struct qnn_batch *batch, enum qnn_view view,
                                const int64_t **integers)
{
    const struct qnn_program *p = run->program;
    *integers = NULL;
    if (view == QNN_VIEW_FLOAT)
        return p->evaluate(p->net, batch);
    if (!p->deployed)
        return p->evaluate_codes(p->net, batch);
    int shift;
    const int64_t *values = *integers = p->deployed(p->net, batch, &shift);
    const size_t count = (size_t)p->batch * (size_t)p->outputs;
    for (size_t i = 0; i < count; i++)
        run->outputs[i] = (float)ldexp((double)values[i], -shift);
    return run->outputs;
}

int qnn_class_of(const struct qnn_program *program, const float *outputs, const int64_t *integers, int row)
{
    const size_t first = (size_t)row * (size_t)program->outputs;
    if (!integers)
        return qnn_argmax(program->outputs, outputs + first);
    int best = 0;
    for (int i = 1; i < program->outputs; i++)
        if (integers[first + (size_t)i] > integers[first + (size_t)best])
            best = i;
    return best;
}

static void print_values(const struct qnn_program *program, const float *outputs, const int64_t *integers, int row,
                         FILE *file)
{
    for (int i = 0; i < program->outputs; i++) {
        const size_t at = (size_t)row * (size_t)program->outputs + (size_t)i;
        const char *separator = i + 1 < program->outputs ? " " : "\n";
        if (integers)
            fprintf(file, "%" PRId64 "%s", integers[at], separator);
        else
            fprintf(file, "%.9g%s", (double)outputs[at], separator);
    }
}

/* Loss of a batch's first rows, as the program defines it; of deployed regression, the same mean squared error. */
static double batch_loss(struct qnn_run *run, int rows, const struct qnn_batch *batch, enum qnn_view view)
{
    const struct qnn_program *p = run->program;
    if (view == QNN_VIEW_FLOAT)
        return p->loss(p->net, rows, batch).value;
    return p->classes ? 0 : qnn_mse(rows, p->outputs, run->outputs, batch->target, NULL).value;
}

struct qnn_score qnn_evaluate(struct qnn_run *run, const struct qnn_dataset *data, enum qnn_view view,
                              FILE *predictions)
{
    const struct qnn_program *p = run->program;
    struct qnn_score score = {0};
    for (size_t first = 0; first < data->count; first += (size_t)p->batch) {
        const size_t left = data->count - first;
        const int rows = left < (size_t)p->batch ? (int)left : p->batch;
        for (int i = 0; i < p->batch; i++)
            run->index[i] = (uint32_t)(first + (size_t)(i < rows ? i : rows - 1));
        const struct qnn_batch batch = qnn_run_batch(run, data, run->index);
        const int64_t *integers;
        const float *outputs = qnn_evaluate_batch(run, &batch, view, &integers);
        for (int row = 0; row < rows; row++) {
            const int class = p->classes ? qnn_class_of(p, outputs, integers, row) : 0;
            score.right += p->classes && class == run->label[row];
            if (predictions && p->classes)
                fprintf(predictions, "%d\n", class);
            else if (predictions)
                print_values(p, outputs, integers, row, predictions);
        }
        score.loss += batch_loss(run, rows, &batch, view) * rows;
        score.count += (size_t)rows;
    }
    if (score.count)
        score.loss /= (double)score.count;
    return score;
}

double qnn_merit(const struct qnn_program *program, const struct qnn_score *score)
{
    if (!score->count)
        return -INFINITY;
    return program->classes ? 100.0 * (double)score->right / (double)score->count : -score->loss;
}

const char *qnn_score_text(const struct qnn_program *program, const struct qnn_score *score, char text[32])
{
    if (!score->count)
        snprintf(text, 32, "-");
    else if (program->classes)
        snprintf(text, 32, "%.2f %%", 100.0 * (double)score->right / (double)score->count);
    else
        snprintf(text, 32, "loss %.6g", score->loss);
    return text;
}
