/* A credential specification (gMSA), given to the service before its container is made and taken back when that is deleted
 * (hcs-documents.md section 10.4): one that stays lives until the service ends. */
#ifndef LIB_WINDOWS_CREDENTIAL_H
#define LIB_WINDOWS_CREDENTIAL_H

#include "src/lib/windows/plan.h"

/* Nothing to do without one.  The service's answer becomes a fact, and the documents are composed anew. */
int credential_add(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err);
/* What is not there any more is fine. */
int credential_remove(const struct sandbox_host *host, const struct winplan *plan, struct error *err);

#endif
