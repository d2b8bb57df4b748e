/* What a copy of this machine hides, as tables: people and secrets by place, secrets by rule.  The facts behind the lists are
 * in the manual, section "What a sandbox does not see". */
#ifndef LAYERS_RULES_H
#define LAYERS_RULES_H

#include <stdbool.h>

struct rules_fixed { const char *path; const char *why; };
/* By place: whatever these are.  Ends with a path of NULL. */
extern const struct rules_fixed rules_places[];
/* Below these, what others may not read is hidden.  Ends with NULL. */
extern const char *const rules_secret_roots[];
/* Top-level entries that belong to the system; all others are people's data. */
bool rules_is_system_entry(const char *name);
/* Names that are secrets wherever they lie below the secret roots: keys and credentials that somebody left readable. */
bool rules_is_secret_name(const char *name);

#endif
