#include "hcs/base/log.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/utf8.h"

void log_event(const struct log *log, enum log_level level, const char *fmt, ...)
{
        _cleanup_(free_charp) char *words = NULL, *line = NULL;
        size_t size;
        va_list args;
        int length;

        if (!log || !log->sink || level > log->level)
                return;
        va_start(args, fmt);
        length = vasprintf(&words, fmt, args);
        va_end(args);
        if (length < 0) {
                words = NULL;           /* without memory it is nobody's */
                return;
        }

        size = strlen(words) * UTF8_PRINTABLE_MAX + 4;
        line = malloc(size);
        if (!line)
                return;
        utf8_printable(words, line, size);
        log->sink(log->context, level, line);
}
