/*
 * Interpreter = independent evaluation = integer C. Programs go through the C compiler in batches: one shared library with
 * a table of functions for each.
 */
#include "property.h"
#include "subject.h"

#include "base/file.h"
#include "base/require.h"
#include "backend/c/infer.h"
#include "tests/support/reference.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 25, SAMPLES = 12 };

/* Programs of one kind: batches of consecutive seeds. */
static const struct kind {
    struct subject *(*open)(uint64_t seed, bool hardware);
    int first_seed, batches;
} kinds[] = {{subject_open, 1001, 10}, {subject_open_image, 3001, 8}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* The generated functions of one program, as the batch's table has them. */
struct entry {
    size_t size; /* of the state */
    void (*infer)(void *state, const void *input);
    int (*class)(const void *state);
    int32_t (*code)(const void *state, unsigned unit, unsigned channel);
    const int64_t *(*values)(const void *state);
};

/* ---- Writing a batch --------------------------------------------------------------------------------------------- */

static void write_file(const struct places *places, const char *name, const struct text *text)
{
    char path[4096], error[FILE_ERROR_SIZE];
    snprintf(path, sizeof path, "%s/%s", places->folder, name);
    REQUIRE(file_write(path, text_cstr(text), text->length, error));
}

static void write_program(const struct places *places, const struct subject *subject)
{
    static const char *const suffixes[] = {"infer.h", "infer.c", "infer_main.c"};
    struct text text[3] = {{0}};
    emit_infer(subject->graph, &text[0], &text[1], &text[2]);
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%s", subject->name, suffixes[i]);
        write_file(places, name, &text[i]);
        text_free(&text[i]);
    }
}

static void add_wrappers(const struct subject *subject, struct text *out)
{
    const char *n = subject->name;
    text_printf(out, "#include \"%s_infer.h\"\n", n);
    text_printf(out, "static void infer_%s(void *s, const void *x) { %s_infer(s, x); }\n", n, n);
    text_printf(out, "static int32_t code_%s(const void *s, unsigned u, unsigned c) { return %s_code(s, u, c); }\n", n,
                n);
    text_printf(
        out, "static const int64_t *values_%s(const void *s) { return ((const struct %s_state *)s)->values; }\n", n, n);
    if (!subject->shape.regress)
        text_printf(out, "static int class_%s(const void *s) { return %s_class(s); }\n", n, n);
}

static void write_table(const struct places *places, struct subject *const *subjects)
{
    struct text out = {0};
    text_add(&out, "#include <stddef.h>\n#include <stdint.h>\n");
    for (int i = 0; i < BATCH; i++)
        add_wrappers(subjects[i], &out);
    text_add(&out, "struct entry {\n    size_t size;\n    void (*infer)(void *, const void *);\n"
                   "    int (*class)(const void *);\n    int32_t (*code)(const void *, unsigned, unsigned);\n"
                   "    const int64_t *(*values)(const void *);\n};\n"
                   "extern const struct entry entries[];\nconst struct entry entries[] = {\n");
    for (int i = 0; i < BATCH; i++) {
        const char *n = subjects[i]->name;
        const bool regress = subjects[i]->shape.regress;
        text_printf(&out, "    {sizeof(struct %s_state), infer_%s, %s%s, code_%s, values_%s},\n", n, n,
                    regress ? "NULL" : "class_", regress ? "" : n, n, n);
    }
    text_add(&out, "};\n");
    write_file(places, "batch.c", &out);
    text_free(&out);
}

/* Every third batch with the kernels of this processor, the others with the portable ones. */
static bool compile_batch(const struct places *places, struct subject *const *subjects, int batch)
{
    struct text files = {0};
    for (int i = 0; i < BATCH; i++)
        text_printf(&files, " -DP%s_TRACE %s_infer.c", subjects[i]->name + 1, subjects[i]->name);
    const char *cc = getenv("CC");
    const bool fine =
        shell("cd '%s' && %s -std=c99 -Wall -Wextra -Werror %s -fPIC -shared -o batch%d.so batch.c%s", places->folder,
              cc && *cc ? cc : "cc", batch % 3 ? "-O0" : "-O1 -march=native", batch, text_cstr(&files));
    text_free(&files);
    return fine;
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

struct memories {
    int32_t *values;
    uint8_t *bytes;
    void *c;
    struct int_state *interpreter;
};

static bool unit_agrees(const struct subject *subject, const struct entry *entry, const struct memories *memories,
                        const struct reference *expected, size_t u)
{
    const struct unit_plan *plan = subject->graph->units[u].plan;
    for (size_t c = 0; c < shape_count(plan->shape); c++) {
        if (plan->kind == UNIT_CODES) {
            const int32_t code = expected->codes[u][c];
            if (int_codes(memories->interpreter, u)[c] != code ||
                entry->code(memories->c, (unsigned)u, (unsigned)c) != code)
                return false;
        } else if (int_values(memories->interpreter)[c] != expected->scores[c] ||
                   entry->values(memories->c)[c] != expected->scores[c]) {
            return false;
        }
    }
    return true;
}

static bool sample_agrees(const struct subject *subject, const struct entry *entry, struct memories *memories,
                          struct arena *scratch)
{
    int_run(subject->graph, memories->values, memories->interpreter);
    entry->infer(memories->c, memories->bytes);
    const struct reference expected =
        reference_run(subject->graph->plan, &subject->frozen->file, memories->values, scratch);
    for (size_t u = 0; u < subject->graph->unit_count; u++)
        if (!unit_agrees(subject, entry, memories, &expected, u))
            return false;
    return subject->shape.regress ||
           (entry->class(memories->c) == (int)expected.best && int_class(memories->interpreter) == (int)expected.best);
}

static bool program_agrees(struct subject *subject, const struct entry *entry)
{
    const size_t inputs = subject_inputs(subject);
    struct memories memories = {
        .values = ARENA_NEW_ARRAY(&subject->arena, inputs, int32_t),
        .bytes = malloc(inputs),
        .c = malloc(entry->size),
        .interpreter = int_state_new(subject->graph, &subject->arena),
    };
    REQUIRE(memories.bytes && memories.c);
    memset(memories.c, 0xa5, entry->size); /* the C must not rely on zeros */
    bool agrees = true;
    for (uint64_t index = 0; index < SAMPLES && agrees; index++) {
        struct arena scratch = {0};
        subject_sample(subject, index, memories.values, memories.bytes);
        agrees = sample_agrees(subject, entry, &memories, &scratch);
        arena_free(&scratch);
    }
    free(memories.bytes);
    free(memories.c);
    return agrees;
}

static bool batch_agrees(const struct places *places, struct subject *const *subjects, int batch)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/batch%d.so", places->folder, batch);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct entry *entries = library ? dlsym(library, "entries") : NULL;
    if (!entries) {
        printf("failed: %s\n", dlerror());
        return false;
    }
    bool agrees = true;
    for (int i = 0; i < BATCH; i++)
        if (!program_agrees(subjects[i], &entries[i])) {
            subject_print(subjects[i], "interpreter, reference and integer C differ");
            agrees = false;
        }
    dlclose(library);
    return agrees;
}

/* batch: its number over all kinds; first_seed: of the batch. */
static bool run_batch(const struct places *places, const struct kind *kind, int batch, int first_seed)
{
    struct subject *subjects[BATCH];
    bool fine = true;
    for (int i = 0; i < BATCH; i++) {
        subjects[i] = kind->open((uint64_t)(first_seed + i), false);
        if (subjects[i]->graph) {
            write_program(places, subjects[i]);
        } else {
            subject_print(subjects[i], "refused");
            fine = false;
        }
    }
    if (fine) {
        write_table(places, subjects);
        fine = compile_batch(places, subjects, batch);
        if (!fine)
            printf("failed: the C compiler refuses batch %d, seeds from %d\n", batch, first_seed);
    }
    fine = fine && batch_agrees(places, subjects, batch);
    for (int i = 0; i < BATCH; i++)
        subject_close(subjects[i]);
    return fine;
}

bool property_c(const struct places *places)
{
    bool fine = true;
    int batch = 0;
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < kinds[k].batches; i++, batch++)
            fine = run_batch(places, &kinds[k], batch, kinds[k].first_seed + i * BATCH) && fine;
    printf("%d programs, %d samples each\n", batch * BATCH, SAMPLES);
    return fine;
}
