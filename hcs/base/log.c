#include "hcs/base/log.h"

#include <stdio.h>

void log_event(const struct log *log, enum log_level level, const char *fmt, ...)
{
        char *line = NULL;
        va_list args;

        if (!log || !log->sink || level > log->level)
                return;
        va_start(args, fmt);
        if (vasprintf(&line, fmt, args) < 0)
                line = NULL;
        va_end(args);
        if (line)
                log->sink(log->context, level, line);
        free(line);
}
