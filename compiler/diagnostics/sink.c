/*
 * The sink: messages in the order reported, counted, filtered and bounded. render.c writes them.
 */
#include "diagnostics/sink.h"

#include "base/require.h"
#include "diagnostics/nearest.h"

#include <stdarg.h>
#include <string.h>

const struct diagnostic_row diagnostic_rows[DIAGNOSTIC_COUNT] = {
#define DIAGNOSTIC(ID, name, severity, meaning) [DIAGNOSTIC_##ID] = {name, severity, meaning},
#include "diagnostics/diagnostics.def"
#undef DIAGNOSTIC
};

struct sink *sink_open(struct arena *arena, enum diagnostics_format format)
{
    struct sink *sink = ARENA_NEW(arena, struct sink);
    sink->arena = arena;
    sink->format = format;
    return sink;
}

/* The row of a warning's name, or DIAGNOSTIC_COUNT. Errors by default stay errors: they have no option. */
static enum diagnostic_id find_warning(const char *name)
{
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++)
        if (diagnostic_rows[i].severity == SEVERITY_WARNING && strcmp(diagnostic_rows[i].name, name) == 0)
            return (enum diagnostic_id)i;
    return DIAGNOSTIC_COUNT;
}

bool sink_option(struct sink *sink, const char *option)
{
    if (strcmp(option, "error") == 0) {
        sink->all_errors = true;
        return true;
    }
    const bool silence = strncmp(option, "no-", 3) == 0;
    if (!silence && strncmp(option, "error=", 6) != 0)
        return false;
    const enum diagnostic_id id = find_warning(option + (silence ? 3 : 6));
    if (id == DIAGNOSTIC_COUNT)
        return false;
    sink->settings[id] = silence ? SETTING_SILENT : SETTING_ERROR;
    return true;
}

static bool same_place(struct span a, struct span b)
{
    return a.source == b.source && (!a.source || (a.begin == b.begin && a.end == b.end));
}

static bool reported_already(const struct sink *sink, enum diagnostic_id id, struct span span, const char *text)
{
    for (size_t i = 0; i < sink->message_count; i++) {
        const struct message *message = sink->messages[i];
        if (message->id == id && same_place(message->span, span) && strcmp(message->text, text) == 0)
            return true;
    }
    return false;
}

/* The severity after the -W options; SEVERITY_NOTE means silenced. */
static enum severity effective_severity(const struct sink *sink, enum diagnostic_id id)
{
    const enum severity severity = diagnostic_rows[id].severity;
    if (severity != SEVERITY_WARNING)
        return severity;
    if (sink->settings[id] == SETTING_SILENT)
        return SEVERITY_NOTE;
    return sink->all_errors || sink->settings[id] == SETTING_ERROR ? SEVERITY_ERROR : SEVERITY_WARNING;
}

void sink_report(struct sink *sink, enum diagnostic_id id, struct span span, const char *format, ...)
{
    REQUIRE((int)id >= 0 && id < DIAGNOSTIC_COUNT);
    sink->current = NULL;
    const enum severity severity = effective_severity(sink, id);
    if (severity == SEVERITY_NOTE || sink->overflowed)
        return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(sink->arena, format, args);
    va_end(args);
    if (reported_already(sink, id, span, text))
        return;
    if (severity == SEVERITY_ERROR && sink->errors == DIAGNOSTICS_MAX_ERRORS) {
        sink->overflowed = true;
        return;
    }
    struct message *message = ARENA_NEW(sink->arena, struct message);
    *message = (struct message){.id = id, .severity = severity, .span = span, .text = text};
    ARENA_PUSH(sink->arena, sink->messages, sink->message_count, sink->message_capacity, message);
    sink->errors += severity == SEVERITY_ERROR;
    sink->warnings += severity == SEVERITY_WARNING;
    sink->current = message;
}

void sink_note(struct sink *sink, struct span span, const char *format, ...)
{
    struct message *message = sink->current;
    if (!message)
        return;
    va_list args;
    va_start(args, format);
    const struct message_note note = {span, arena_vprintf(sink->arena, format, args)};
    va_end(args);
    ARENA_PUSH(sink->arena, message->notes, message->note_count, message->note_capacity, note);
}

void sink_hint(struct sink *sink, const char *format, ...)
{
    if (!sink->current)
        return;
    va_list args;
    va_start(args, format);
    sink->current->hint = arena_vprintf(sink->arena, format, args);
    va_end(args);
}

const char *sink_suggest(struct sink *sink, const char *word, const char *const *names)
{
    const char *nearest = nearest_name(word, names);
    if (nearest)
        sink_hint(sink, "did you mean '%s'?", nearest);
    return nearest;
}

size_t sink_errors(const struct sink *sink)
{
    return sink->errors;
}

size_t sink_warnings(const struct sink *sink)
{
    return sink->warnings;
}

bool sink_has(const struct sink *sink, enum diagnostic_id id)
{
    for (size_t i = 0; i < sink->message_count; i++)
        if (sink->messages[i]->id == id)
            return true;
    return false;
}
