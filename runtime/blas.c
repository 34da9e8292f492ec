/* OpenBLAS: loading it, choosing its kernels, trying them in a child process. */
#include "runtime/blas.h"

#include "runtime/blas_trial.h"
#include "runtime/numeric/error.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    void *library; /* NULL: not open */
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(openblas_get_corename) *kernels;
    enum qnn_blas_use use;
} blas;

/* ---- Loading ----------------------------------------------------------------------------------------------------- */

/* ISO C knows no cast from an object pointer to a function; POSIX makes them alike. */
static bool find(const char *name, void *function, size_t size)
{
    void *const symbol = dlsym(blas.library, name);
    memcpy(function, &symbol, size);
    return symbol != NULL;
}

/* Loads OpenBLAS with these kernels, NULL: those of the environment or its own choice. */
static bool load(const char *kernels)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1); /* it starts no threads then; the pool is ours */
    if (kernels)
        setenv("OPENBLAS_CORETYPE", kernels, 1);
    blas.library = dlopen(QNN_BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (kernels)
        unsetenv("OPENBLAS_CORETYPE");
    if (!blas.library)
        return false;
    if (find("cblas_sgemm", &blas.sgemm, sizeof blas.sgemm) &&
        find("openblas_get_corename", &blas.kernels, sizeof blas.kernels))
        return true;
    qnn_blas_close();
    return false;
}

void qnn_blas_close(void)
{
    if (blas.library)
        dlclose(blas.library);
    memset(&blas, 0, sizeof blas);
}

/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

/* Floats in a vector of the kernels that we know; others are taken for LANES_UNKNOWN. */
enum { LANES_UNKNOWN = 4, LANES_AVX2 = 8, LANES_AVX512 = 16 };

static const struct {
    const char *name;
    int lanes;
} known[] = {{"Haswell", LANES_AVX2},    {"Zen", LANES_AVX2},          {"Excavator", LANES_AVX2},
             {"SkylakeX", LANES_AVX512}, {"Cooperlake", LANES_AVX512}, {"SapphireRapids", LANES_AVX512}};

static int lanes_of(const char *kernels)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, kernels) == 0)
            return known[i].lanes;
    return LANES_UNKNOWN;
}

static int lanes_of_processor(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return LANES_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return LANES_AVX2;
#endif
    return LANES_UNKNOWN;
}

/* The first known kernels that use all of the processor's vectors; called where OpenBLAS chose lesser ones. */
static const char *kernels_of_processor(void)
{
    const char *kernels = NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !kernels; i++)
        if (known[i].lanes == lanes_of_processor())
            kernels = known[i].name;
    return kernels;
}

/* ---- Trial ------------------------------------------------------------------------------------------------------- */

/* What a child process says by its exit status. A crash, like any other status, is FAILED. */
enum outcome { SOUND = 1, TOO_NARROW, MISSING, FAILED };

/* Loads and tries these kernels in a child process. */
static enum outcome try_kernels(const char *kernels)
{
    const pid_t child = fork();
    if (child == 0) {
        if (!load(kernels))
            _exit(MISSING);
        if (!qnn_blas_trial(qnn_blas_sgemm))
            _exit(FAILED);
        _exit(lanes_of(blas.kernels()) < lanes_of_processor() ? TOO_NARROW : SOUND);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return FAILED;
    return WEXITSTATUS(status) <= MISSING ? (enum outcome)WEXITSTATUS(status) : FAILED;
}

/* The kernels to load: NULL for OpenBLAS's own choice, or that of the environment. SOUND where they passed. */
static enum outcome choose(const char **kernels)
{
    *kernels = NULL;
    const enum outcome own = try_kernels(NULL);
    if (own == SOUND || own == MISSING || getenv("OPENBLAS_CORETYPE"))
        return own == TOO_NARROW ? SOUND : own;
    const char *const better = kernels_of_processor();
    if (better && try_kernels(better) == SOUND) {
        *kernels = better;
        return SOUND;
    }
    return own == TOO_NARROW ? SOUND : own;
}

bool qnn_blas_open(enum qnn_blas_use use, char *error)
{
    QNN_CHECK(!blas.library);
    error[0] = '\0';
    if (use == QNN_BLAS_NEVER)
        return false;
    const char *kernels;
    if (choose(&kernels) == FAILED)
        return qnn_error_set(error, "OpenBLAS computes wrong products on this processor");
    if (!load(kernels))
        return qnn_error_set(error, "OpenBLAS cannot be loaded: %s", dlerror());
    blas.use = use;
    return true;
}

/* ---- Use --------------------------------------------------------------------------------------------------------- */

void qnn_blas_use(enum qnn_blas_use use)
{
    QNN_CHECK(blas.library);
    blas.use = use;
}

enum qnn_blas_use qnn_blas_used(void)
{
    return blas.library ? blas.use : QNN_BLAS_NEVER;
}

int qnn_blas_lanes(void)
{
    return blas.library ? lanes_of(blas.kernels()) : 0;
}

const char *qnn_blas_kernels(void)
{
    return blas.library ? blas.kernels() : NULL;
}

void qnn_blas_sgemm(int m, int n, int k, const struct qnn_blas_operand *left, const struct qnn_blas_operand *right,
                    float *c, int stride)
{
    blas.sgemm(CblasRowMajor, left->transposed ? CblasTrans : CblasNoTrans,
               right->transposed ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, left->data, left->stride, right->data,
               right->stride, 0.0f, c, stride);
}
