/*
 * Diagnostics: source text, spans, and the one sink that every message about a user's program goes to.
 *
 *     mnist.qnn:14:26: error: scheme 'bim' is not defined [unknown-scheme]
 *        14 | quantize { * : bim; }
 *           |                ^~~ did you mean 'bin'?
 *
 * A message is begun with an id (a row of diagnostics.def: name, default severity, what it means), may get notes (other
 * places) and one hint, and is rendered when it is complete. Errors are counted; after DIAGNOSTICS_MAX_ERRORS the sink
 * says so once and drops the rest. The same error at the same place is reported once. Warnings can be silenced or made
 * errors by id (-Wno-ID, -Werror[=ID]). Nothing here exits.
 */
#ifndef QNN_DIAGNOSTICS_H
#define QNN_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { DIAGNOSTICS_MAX_ERRORS = 20 };

/* One program text in memory. Positions are byte offsets; lines are found when a message needs them. */
struct source {
    const char *name; /* as the user gave it, "<stdin>" or "<define>" */
    const char *text; /* length bytes and a terminating zero; may itself hold zero bytes */
    size_t length;
    size_t *line_starts; /* made on first use, in the sink's arena */
    size_t line_count;
};

/* Half-open byte range of a source; source NULL means "no place" (command line). */
struct span {
    struct source *source;
    size_t begin;
    size_t end;
};

struct span span_join(struct span first, struct span last);
/* 1-based line and column; the column counts bytes, a tab is one. */
void source_position(struct source *source, size_t offset, size_t *line, size_t *column);

/* Ids: DIAGNOSTIC_UNKNOWN_SCHEME and so on, one per row of diagnostics.def. */
enum diagnostic_id {
#define DIAGNOSTIC(ID, name, severity, meaning) DIAGNOSTIC_##ID,
#include "diagnostics/diagnostics.def"
#undef DIAGNOSTIC
    DIAGNOSTIC_COUNT
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct diagnostic_row {
    const char *name; /* "unknown-scheme": what -Wno- takes and what appears in brackets */
    enum severity severity;
    const char *meaning; /* one sentence for docs and --help-messages */
};
extern const struct diagnostic_row diagnostic_rows[DIAGNOSTIC_COUNT];

enum diagnostics_format { DIAGNOSTICS_TEXT, DIAGNOSTICS_JSON };

struct sink; /* opaque: the collected messages and their settings */

struct sink *sink_open(struct arena *arena, enum diagnostics_format format);
/* Applies one -W option without its "-W" ("no-ID", "error", "error=ID"); false where ID is not the name of a warning:
 * what is an error by default stays one. */
bool sink_option(struct sink *sink, const char *option);
/* Begins a message. Formatting as printf. The span may have no source. */
void sink_report(struct sink *sink, enum diagnostic_id id, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds to the message begun last: another place, or the hint that follows the caret. No effect where that message
 * was dropped. */
void sink_note(struct sink *sink, struct span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void sink_hint(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Hint "did you mean 'x'?" where one of the names is near enough to word (edit distance at most a third of its length,
 * at least 1; ties go to the first). names ends with NULL. Returns the name found or NULL. */
const char *sink_suggest(struct sink *sink, const char *word, const char *const *names);
size_t sink_errors(const struct sink *sink);
size_t sink_warnings(const struct sink *sink);
/* Whether a message with this id was reported (not silenced): what tests ask. */
bool sink_has(const struct sink *sink, enum diagnostic_id id);
/* Writes all messages, in the order reported. */
void sink_render(const struct sink *sink, struct text *out);

/* --help-messages: every row of diagnostics.def; the markdown form is the table of docs/diagnostics.md. */
void diagnostics_help(struct text *out, bool markdown);

#endif
