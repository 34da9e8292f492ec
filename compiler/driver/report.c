/* --report: synthesis and its table. */
#include "driver/session.h"

#include "report/area.h"

#include <stdio.h>
#include <string.h>

static enum status report_area(struct session *session)
{
    struct area_report report;
    struct text table = {0}, json = {0};
    const char *folder = arena_printf(&session->arena, "%s/area", session->out);
    if (!area_run(session->hardware, session_rtl(session), folder, &report, &session->arena, session->error))
        return STATUS_SYSTEM;
    area_print(&report, &table);
    area_json(&report, &json);
    enum status status = session_write(session, arena_printf(&session->arena, "%s/report.json", session->out), &json);
    if (status == STATUS_OK)
        status = session_write(session, arena_printf(&session->arena, "%s/report.txt", session->out), &table);
    if (status == STATUS_OK)
        fputs(text_cstr(&table), stdout);
    text_free(&table);
    text_free(&json);
    if (status == STATUS_OK && report.excess) {
        sink_report(session->sink, DIAGNOSTIC_DOES_NOT_FIT, session->model->hardware.span, "%s", report.excess);
        sink_hint(session->sink, "ask for less throughput, fold more, or make the network smaller");
        return STATUS_PROGRAM;
    }
    return status;
}

static const struct report_kind {
    const char *name;
    enum status (*run)(struct session *session);
} kinds[] = {{"area", report_area}};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static const struct report_kind *find_kind(const char *name, size_t length)
{
    for (int k = 0; k < KIND_COUNT; k++)
        if (strlen(kinds[k].name) == length && memcmp(kinds[k].name, name, length) == 0)
            return &kinds[k];
    return NULL;
}

enum status action_report(struct session *session)
{
    const char *list = session->options.value[OPTION_REPORT];
    if (!list || !*list)
        list = "area";
    for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        if (!find_kind(at, strcspn(at, ","))) {
            session_fail(session, "--report knows 'area', not '%.*s'", (int)strcspn(at, ","), at);
            return STATUS_COMMAND_LINE;
        }
    enum status status = action_verilog(session);
    for (const char *at = list; status == STATUS_OK && *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        status = find_kind(at, strcspn(at, ","))->run(session);
    return status;
}
