/* Inside the room: what a sink holds. */
#ifndef QNN_DIAGNOSTICS_SINK_H
#define QNN_DIAGNOSTICS_SINK_H

#include "diagnostics/diagnostics.h"

struct message_note {
    struct span span;
    const char *text;
};

struct message {
    enum diagnostic_id id;
    enum severity severity; /* after the -W options */
    struct span span;
    const char *text;
    const char *hint; /* NULL: none */
    struct message_note *notes;
    size_t note_count, note_capacity;
};

enum sink_setting { SETTING_DEFAULT, SETTING_SILENT, SETTING_ERROR };

struct sink {
    struct arena *arena;
    enum diagnostics_format format;
    bool all_errors; /* -Werror */
    enum sink_setting settings[DIAGNOSTIC_COUNT];
    struct message **messages;
    size_t message_count, message_capacity;
    struct message *current; /* the one that notes and hints go to; NULL where it was dropped */
    size_t errors, warnings;
    bool overflowed; /* an error came after DIAGNOSTICS_MAX_ERRORS */
};

#endif
