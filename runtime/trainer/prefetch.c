/*
 * Two counters make the handshake: `made`, the first step that is not made yet, and `taken`, the first that the loop has
 * not taken. Step s lies in buffer s % 2. The thread makes step `made` only while made <= taken: the loop is then at work
 * on step taken - 1 at most, which lies in the other buffer. Both counters are guarded by the lock; buffers are written
 * and read outside of it, by whom the counters say.
 */
#include "runtime/trainer/prefetch.h"

#include "runtime/numeric/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct qnn_prefetch {
    const struct qnn_augment *augment;
    const struct qnn_dataset *data;
    struct qnn_image_kind kind;
    size_t batch;
    uint64_t seed;
    unsigned char *buffer[2]; /* [batch] samples */
    uint32_t *index;          /* [batch]: 0, 1, 2, ... */
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t wanted, ready; /* signalled where `taken` or `stop`, and where `made` changed */
    const uint32_t *order;        /* of the epoch; changed only while made == steps: the thread waits then */
    uint64_t epoch;
    size_t made, taken, steps;
    bool stop;
};

static void make(const struct qnn_prefetch *prefetch, size_t step)
{
    const struct qnn_image_kind *kind = &prefetch->kind;
    const size_t sample_bytes = (size_t)kind->height * (size_t)kind->width * kind->pixel;
    unsigned char *out = prefetch->buffer[step % 2];
    for (size_t i = 0; i < prefetch->batch; i++) {
        const uint32_t sample = prefetch->order[step * prefetch->batch + i];
        const struct qnn_augment_window window =
            qnn_augment_draw(prefetch->augment, kind->height, kind->width, prefetch->seed, prefetch->epoch, sample);
        qnn_augment_copy(kind, &window, qnn_dataset_sample(prefetch->data, sample), out + i * sample_bytes);
    }
}

static void *work(void *argument)
{
    struct qnn_prefetch *prefetch = argument;
    pthread_mutex_lock(&prefetch->lock);
    for (;;) {
        while (!prefetch->stop && (prefetch->made == prefetch->steps || prefetch->made > prefetch->taken))
            pthread_cond_wait(&prefetch->wanted, &prefetch->lock);
        if (prefetch->stop)
            break;
        const size_t step = prefetch->made;
        pthread_mutex_unlock(&prefetch->lock);
        make(prefetch, step);
        pthread_mutex_lock(&prefetch->lock);
        prefetch->made++;
        pthread_cond_signal(&prefetch->ready);
    }
    pthread_mutex_unlock(&prefetch->lock);
    return NULL;
}

/* Bytes of one element that holds the value. */
static void set_fill(struct qnn_image_kind *kind, enum qnn_element element, double value)
{
    const float real = (float)value;
    kind->element = qnn_element_size(element);
    if (element == QNN_F32)
        memcpy(kind->fill, &real, sizeof real);
    else
        kind->fill[0] = (unsigned char)(int)value; /* of i8: two's complement */
}

static void free_buffers(struct qnn_prefetch *prefetch)
{
    free(prefetch->buffer[0]);
    free(prefetch->buffer[1]);
    free(prefetch->index);
    free(prefetch);
}

/* The thread and its locks; false where there are none left. */
static bool start(struct qnn_prefetch *prefetch)
{
    if (pthread_mutex_init(&prefetch->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&prefetch->wanted, NULL) == 0) {
        if (pthread_cond_init(&prefetch->ready, NULL) == 0) {
            if (pthread_create(&prefetch->thread, NULL, work, prefetch) == 0)
                return true;
            pthread_cond_destroy(&prefetch->ready);
        }
        pthread_cond_destroy(&prefetch->wanted);
    }
    pthread_mutex_destroy(&prefetch->lock);
    return false;
}

struct qnn_prefetch *qnn_prefetch_open(const struct qnn_augment *augment, const struct qnn_dataset *data, size_t height,
                                       size_t width, size_t batch, uint64_t seed)
{
    const size_t element = qnn_element_size(data->element), bytes = qnn_dataset_features(data) * element;
    QNN_CHECK(augment->count > 0 && augment->count <= QNN_AUGMENT_KIND_COUNT && batch > 0);
    QNN_CHECK(bytes % (height * width * element) == 0);
    struct qnn_prefetch *prefetch = calloc(1, sizeof *prefetch);
    if (!prefetch)
        return NULL;
    prefetch->augment = augment;
    prefetch->data = data;
    prefetch->batch = batch;
    prefetch->seed = seed;
    prefetch->kind =
        (struct qnn_image_kind){.height = (int)height, .width = (int)width, .pixel = bytes / (height * width)};
    set_fill(&prefetch->kind, data->element, augment->fill);
    prefetch->buffer[0] = aligned_alloc(64, (batch * bytes + 63) / 64 * 64);
    prefetch->buffer[1] = aligned_alloc(64, (batch * bytes + 63) / 64 * 64);
    prefetch->index = malloc(batch * sizeof *prefetch->index);
    if (!prefetch->buffer[0] || !prefetch->buffer[1] || !prefetch->index || !start(prefetch)) {
        free_buffers(prefetch);
        return NULL;
    }
    for (uint32_t i = 0; i < batch; i++)
        prefetch->index[i] = i;
    return prefetch;
}

void qnn_prefetch_begin(struct qnn_prefetch *prefetch, const uint32_t *order, uint64_t epoch, size_t first,
                        size_t steps)
{
    QNN_CHECK(first <= steps);
    pthread_mutex_lock(&prefetch->lock);
    QNN_CHECK(prefetch->made == prefetch->steps && prefetch->taken == prefetch->steps);
    prefetch->order = order;
    prefetch->epoch = epoch;
    prefetch->made = prefetch->taken = first;
    prefetch->steps = steps;
    pthread_cond_signal(&prefetch->wanted);
    pthread_mutex_unlock(&prefetch->lock);
}

const void *qnn_prefetch_take(struct qnn_prefetch *prefetch, const uint32_t **index)
{
    pthread_mutex_lock(&prefetch->lock);
    QNN_CHECK(prefetch->taken < prefetch->steps);
    while (prefetch->made <= prefetch->taken)
        pthread_cond_wait(&prefetch->ready, &prefetch->lock);
    const size_t step = prefetch->taken++;
    pthread_cond_signal(&prefetch->wanted);
    pthread_mutex_unlock(&prefetch->lock);
    *index = prefetch->index;
    return prefetch->buffer[step % 2];
}

void qnn_prefetch_close(struct qnn_prefetch *prefetch)
{
    if (!prefetch)
        return;
    pthread_mutex_lock(&prefetch->lock);
    prefetch->stop = true;
    pthread_cond_signal(&prefetch->wanted);
    pthread_mutex_unlock(&prefetch->lock);
    pthread_join(prefetch->thread, NULL);
    pthread_cond_destroy(&prefetch->wanted);
    pthread_cond_destroy(&prefetch->ready);
    pthread_mutex_destroy(&prefetch->lock);
    free_buffers(prefetch);
}
