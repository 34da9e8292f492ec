/* --help-messages and the table of docs/diagnostics.md: the rows of diagnostics.def as text. */
#include "diagnostics/diagnostics.h"

void diagnostics_help(struct text *out, bool markdown)
{
    if (markdown)
        text_add(out, "| id | kind | meaning |\n|---|---|---|\n");
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
        const struct diagnostic_row *row = &diagnostic_rows[i];
        const char *kind = row->severity == SEVERITY_ERROR ? "error" : "warning";
        text_printf(out, markdown ? "| `%s` | %s | %s |\n" : "  %-22s %-8s %s\n", row->name, kind, row->meaning);
    }
}
