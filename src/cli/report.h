/* Where words go: warnings and errors to standard error, and into the log file that the caller asked for, in its format
 * (oci-clients.md 5.2: with JSON exactly one object after a failure, since podman decodes the whole file as one). */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/log.h"

struct report { int file; bool json, debug; };
#define REPORT_NONE { .file = -1 }

int report_open(struct report *report, const char *path, const char *format, bool debug, struct error *err);
void report_done(struct report *report);
/* The sink of the log; context is the report. */
void report_event(void *context, enum log_level level, const char *text);
/* The one error of a run. */
void report_failure(const struct report *report, const struct error *err);

#endif
