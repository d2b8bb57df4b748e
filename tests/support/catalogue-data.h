/* The catalogue's own tables.  Members: "Name: type, Name: type (first version), ...", where a type is a scalar, another type's
 * or enumeration's name, "X[]" or "Map<key, X>".  Values: "Name, Name (first version), ...".  Tables end with a NULL name. */
#ifndef TESTS_SUPPORT_CATALOGUE_DATA_H
#define TESTS_SUPPORT_CATALOGUE_DATA_H

#include <stddef.h>

struct catalogue_type { const char *name, *since, *members; };

/* A member "Any" whose type another member decides.  A value that ends in "*" is the beginning of one; "*" alone between
 * slashes is one name.  NULL selector: always.  Several rows that fit: any of their types will do. */
struct catalogue_choice { const char *type, *member, *selector, *value, *chosen; };

extern const struct catalogue_type catalogue_hcs_types[], catalogue_hcs_enums[];
extern const struct catalogue_type catalogue_hcn_types[], catalogue_hcn_enums[];
/* Not in the published schema, but seen in real programs (hcs-documents.md section 17). */
extern const struct catalogue_type catalogue_hcs_more_types[], catalogue_hcs_more_enums[];
extern const struct catalogue_type catalogue_hcn_more_types[], catalogue_hcn_more_enums[];
extern const struct catalogue_choice catalogue_choices[];

#endif
