/* What came of an apply, told to people. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "hcs/base/log.h"
#include "src/lib/apply.h"

/* To standard output what was (or would be) applied, to the log what was left out.  Refused: an error that names all of it. */
int outcome_tell(const struct log *log, const struct sandbox_applied *applied, bool refused, bool dry_run, struct error *err);

#endif
