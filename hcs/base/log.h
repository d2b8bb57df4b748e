/* A log line is an event with fields.  The library writes nothing: it hands events to the sink of whoever called. */
#ifndef HCS_BASE_LOG_H
#define HCS_BASE_LOG_H

#include <stdarg.h>

#include "hcs/base/macros.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* One event.  `text` is one line, control characters escaped (utf8_printable).  May be called from any thread that calls the library. */
typedef void (*log_sink)(void *context, enum log_level level, const char *text);

struct log { log_sink sink; void *context; enum log_level level; };    /* zero-initialised: silent */

void log_event(const struct log *log, enum log_level level, const char *fmt, ...) _printf_(3, 4);

#define log_warning(log, ...)   log_event(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...)      log_event(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)     log_event(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
