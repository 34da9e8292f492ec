/* Copies the sections of the kernels that a network needs; see the head of runtime/infer/kernels.h. */
#include "backend/c/infer_kernels.h"

#include "base/require.h"

#include <stdbool.h>
#include <string.h>

/* The lines of the files, in order, ended by NULL; the build makes it (compiler/backend/embed.cmake). */
extern const char *const infer_kernel_lines[];

static const char mark[] = "/* section: ";

static const struct need {
    unsigned bit;
    const char *name;
} needs_by_name[] = {
#define NEED(id, name) {NEED_##id, #name},
    INFER_NEEDS(NEED)
#undef NEED
        {~0u, "always"},
    {0, "none"},
};

static unsigned need_of(const char *name, size_t length)
{
    const size_t count = sizeof needs_by_name / sizeof needs_by_name[0];
    for (size_t i = 0; i < count; i++)
        if (strlen(needs_by_name[i].name) == length && memcmp(needs_by_name[i].name, name, length) == 0)
            return needs_by_name[i].bit;
    REQUIRE(!"a section of the kernels is for a need that is not in INFER_NEEDS");
    return 0;
}

/* The needs that a mark names, separated by blanks. */
static unsigned needs_of(const char *line)
{
    unsigned needs = 0;
    for (const char *at = line + strlen(mark); *at != '*'; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        needs |= need_of(at, length);
        at += length;
    }
    return needs;
}

void infer_emit_kernels(unsigned needs, const char *name, struct text *out)
{
    bool wanted = false;
    text_printf(out, "#ifdef %s_PORTABLE\n#define PORTABLE\n#endif\n\n", name);
    for (const char *const *line = infer_kernel_lines; *line; line++) {
        if (strncmp(*line, mark, strlen(mark)) == 0) {
            const unsigned section = needs_of(*line);
            wanted = (section & needs) != 0 || section == ~0u;
        } else if (wanted) {
            text_add(out, *line);
        }
    }
}
