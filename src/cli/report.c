#include "src/cli/report.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const char *const level_words[] = {
        [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug",
};

int report_open(struct report *report, const char *path, const char *format, bool debug, struct error *err)
{
        if (format && !text_equal(format, "text") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--log-format: found \"%s\"; expected text or json", format);
        report->json = text_equal(format, "json");
        report->debug = debug;
        if (!path)
                return 0;
        if (io_open_append(path, 0644, &report->file, err) < 0)
                return error_wrap(err, "the log file");
        return 0;
}

void report_done(struct report *report)
{
        io_closep(&report->file);
        report->file = -1;
}

static void write_line(int fd, bool json, enum log_level level, const char *message)
{
        _cleanup_(text_done) struct text line = { 0 };
        struct error ignored = { 0 };
        char stamp[40];

        system_time_short(stamp);
        text_addf(&line, json ? "{\"level\":\"%s\",\"msg\":" : "level=%s msg=", level_words[level]);
        json_write_string(&line, message);
        text_addf(&line, json ? ",\"time\":\"%s\"}\n" : " time=\"%s\"\n", stamp);
        if (!line.failed)
                (void)io_write_all(fd, line.data, line.length, "the log", &ignored);
}

static void write_words(enum log_level level, const char *message)
{
        _cleanup_(text_done) struct text line = { 0 };
        struct error ignored = { 0 };

        text_addf(&line, PROGRAM ": %s%s%s\n", level == LOG_LEVEL_ERROR ? "" : level_words[level],
                  level == LOG_LEVEL_ERROR ? "" : ": ", message);
        if (!line.failed)
                (void)io_write_all(2, line.data, line.length, "standard error", &ignored);
}

void report_event(void *context, enum log_level level, const char *text)
{
        const struct report *report = context;

        if (report->file >= 0 && (!report->json || report->debug))
                write_line(report->file, report->json, level, text);
        else
                write_words(level, text);
}

void report_failure(const struct report *report, const struct error *err)
{
        if (report->file >= 0)
                write_line(report->file, report->json, LOG_LEVEL_ERROR, err->text);
        write_words(LOG_LEVEL_ERROR, err->text);
}
