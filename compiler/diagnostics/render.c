/*
 * Writing the messages, as text for people or as JSON, one object a line, for editors.
 *
 * Source lines and the user's words come from hostile files: control bytes and broken UTF-8 are shown as '?', so that a
 * program text cannot drive a terminal, and of a very long line only the part around the caret is shown.
 */
#include "base/utf8.h"
#include "diagnostics/sink.h"
#include "diagnostics/source.h"

#include <string.h>

enum { LINE_SHOWN = 160, LINE_BEFORE_CARET = 80 };

static const char *const severity_names[] = {
    [SEVERITY_NOTE] = "note",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_ERROR] = "error",
};

static const char too_many[] = "too many errors; the rest is not shown";

/* Adds the bytes with everything a terminal might act on shown as '?'; a tab becomes one blank. */
static void add_visible(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        const size_t size = utf8_length(bytes + i, length - i);
        const unsigned char byte = (unsigned char)bytes[i];
        /* U+0080..U+009F are controls too. */
        const bool control = byte < 0x20 || byte == 0x7f || (byte == 0xc2 && size == 2 && (bytes[i + 1] & 0x20) == 0);
        if (byte == '\t')
            text_add_bytes(out, " ", 1);
        else if (size == 0 || control)
            text_add_bytes(out, "?", 1);
        else
            text_add_bytes(out, bytes + i, size);
        i += size ? size : 1;
    }
}

/* How many columns add_visible fills: one for each sequence or broken byte. */
static size_t visible_width(const char *bytes, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length; width++) {
        const size_t size = utf8_length(bytes + i, length - i);
        i += size ? size : 1;
    }
    return width;
}

static void add_repeated(struct text *out, char letter, size_t count)
{
    while (count-- > 0)
        text_add_bytes(out, &letter, 1);
}

/* Moves offset back to the start of the sequence it lies in. */
static size_t sequence_start(const struct source *source, size_t offset, size_t lowest)
{
    while (offset > lowest && offset < source->length && ((unsigned char)source->text[offset] & 0xc0) == 0x80)
        offset--;
    return offset;
}

/* The source line with a caret below it, and the hint after that. */
static void render_excerpt(struct source *source, struct span span, const char *hint, struct text *out)
{
    size_t line, column, begin, end;
    source_position(source, span.begin, &line, &column);
    source_line(source, span.begin, &begin, &end);
    const size_t caret = span.begin < end ? span.begin : end;
    const bool cut_left = caret - begin > LINE_BEFORE_CARET && end - begin > LINE_SHOWN;
    const size_t first = cut_left ? sequence_start(source, caret - LINE_BEFORE_CARET, begin) : begin;
    const bool cut_right = end - first > LINE_SHOWN;
    const size_t last = cut_right ? sequence_start(source, first + LINE_SHOWN, caret) : end;

    text_printf(out, "%5zu | %s", line, cut_left ? "..." : "");
    add_visible(out, source->text + first, last - first);
    text_add(out, cut_right ? "...\n" : "\n");

    size_t marked = span.end < last ? span.end : last;
    marked = marked > caret ? visible_width(source->text + caret, marked - caret) : 1;
    text_add(out, "      | ");
    add_repeated(out, ' ', visible_width(source->text + first, caret - first) + (cut_left ? 3 : 0));
    text_add(out, "^");
    add_repeated(out, '~', marked - 1);
    if (hint) {
        text_add(out, " ");
        add_visible(out, hint, strlen(hint));
    }
    text_add(out, "\n");
}

static void render_place(struct arena *arena, struct span span, struct text *out)
{
    if (!span.source) {
        text_add(out, "qnnc: ");
        return;
    }
    size_t line, column;
    source_index(span.source, arena);
    source_position(span.source, span.begin, &line, &column);
    add_visible(out, span.source->name, strlen(span.source->name));
    text_printf(out, ":%zu:%zu: ", line, column);
}

static void render_text(struct arena *arena, const struct message *message, struct text *out)
{
    render_place(arena, message->span, out);
    text_printf(out, "%s: ", severity_names[message->severity]);
    add_visible(out, message->text, strlen(message->text));
    text_printf(out, " [%s]\n", diagnostic_rows[message->id].name);
    if (message->span.source) {
        render_excerpt(message->span.source, message->span, message->hint, out);
    } else if (message->hint) {
        text_add(out, "qnnc: note: ");
        add_visible(out, message->hint, strlen(message->hint));
        text_add(out, "\n");
    }
    for (size_t i = 0; i < message->note_count; i++) {
        const struct message_note *note = &message->notes[i];
        render_place(arena, note->span, out);
        text_add(out, "note: ");
        add_visible(out, note->text, strlen(note->text));
        text_add(out, "\n");
        if (note->span.source)
            render_excerpt(note->span.source, note->span, NULL, out);
    }
}

/* A JSON string; broken UTF-8 becomes U+FFFD, because JSON text has to be UTF-8. */
static void json_string(struct text *out, const char *text)
{
    const size_t length = strlen(text);
    text_add(out, "\"");
    for (size_t i = 0; i < length;) {
        const size_t size = utf8_length(text + i, length - i);
        const unsigned char byte = (unsigned char)text[i];
        if (size == 0)
            text_add(out, "\\ufffd");
        else if (byte == '"' || byte == '\\')
            text_printf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            text_printf(out, "\\u%04x", byte);
        else
            text_add_bytes(out, text + i, size);
        i += size ? size : 1;
    }
    text_add(out, "\"");
}

static void json_place(struct arena *arena, struct span span, struct text *out)
{
    if (!span.source)
        return;
    size_t line, column, end_line, end_column;
    source_index(span.source, arena);
    source_position(span.source, span.begin, &line, &column);
    source_position(span.source, span.end, &end_line, &end_column);
    text_add(out, "\"file\": ");
    json_string(out, span.source->name);
    text_printf(out, ", \"line\": %zu, \"column\": %zu, \"end_line\": %zu, \"end_column\": %zu, ", line, column,
                end_line, end_column);
}

static void render_json(struct arena *arena, const struct message *message, struct text *out)
{
    text_add(out, "{");
    json_place(arena, message->span, out);
    text_printf(out, "\"severity\": \"%s\", \"id\": \"%s\", \"message\": ", severity_names[message->severity],
                diagnostic_rows[message->id].name);
    json_string(out, message->text);
    if (message->hint) {
        text_add(out, ", \"hint\": ");
        json_string(out, message->hint);
    }
    for (size_t i = 0; i < message->note_count; i++) {
        text_add(out, i == 0 ? ", \"notes\": [{" : ", {");
        json_place(arena, message->notes[i].span, out);
        text_add(out, "\"message\": ");
        json_string(out, message->notes[i].text);
        text_add(out, i + 1 == message->note_count ? "}]" : "}");
    }
    text_add(out, "}\n");
}

void sink_render(const struct sink *sink, struct text *out)
{
    const bool json = sink->format == DIAGNOSTICS_JSON;
    for (size_t i = 0; i < sink->message_count; i++)
        (json ? render_json : render_text)(sink->arena, sink->messages[i], out);
    if (sink->overflowed)
        text_printf(out, json ? "{\"severity\": \"note\", \"message\": \"%s\"}\n" : "qnnc: note: %s\n", too_many);
}
