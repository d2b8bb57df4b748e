/* The published schema of HCS and HCN as a judge of JSON documents: what a member is called, its type, the values of its
 * enumeration, the first schema version that has it.  It is transcribed from hcs-documents.md, not from our tables.
 *
 * A type is named as in the schema ("ComputeSystem", "ModifySettingRequest", "ProcessParameters", "LayerData"), those of the
 * network with "hcn:" before ("hcn:HostComputeEndpoint").  "[]" behind makes it an array. */
#ifndef TESTS_SUPPORT_CATALOGUE_H
#define TESTS_SUPPORT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/json.h"

struct catalogue_rules {
        uint32_t major, minor;          /* what the host knows, of HCS or of HNS as the root is; 0.0: everything */
        bool published_only;            /* members that only real programs show (section 17) are unknown */
};

enum catalogue_finding {
        CATALOGUE_FINE = 0,
        CATALOGUE_UNKNOWN_MEMBER,
        CATALOGUE_WRONG_TYPE,           /* also null, a number out of the type's range, a GUID or base64 of wrong form */
        CATALOGUE_BAD_VALUE,            /* not one of the enumeration */
        CATALOGUE_TOO_NEW,              /* known, in a later schema */
};

/* Adds a line "$.Container.Storage.Pth: unknown member of Storage" for each finding to `lines`; returns how many there are
 * and puts the kind of the first one into *first (either may be NULL).  An unknown `root` is a finding itself. */
size_t catalogue_check(const struct json_value *document, const char *root, const struct catalogue_rules *rules,
                       struct text *lines, enum catalogue_finding *first);

/* One member of a type, for who walks a table.  False when there is none.  Texts live as long as the program. */
struct catalogue_member {
        const char *type;               /* not terminated: type_length */
        size_t type_length;
        uint16_t since;                 /* JSON_VERSION() of the member; 0: as old as its type */
        uint16_t type_since;            /* of the type that has it */
        bool published;
};
bool catalogue_member(const char *type, const char *name, struct catalogue_member *ret);
/* Is there such a type (or enumeration)?  `length` of the name. */
bool catalogue_is_type(const char *name, size_t length);
bool catalogue_is_enum(const char *name, size_t length);
/* Has the enumeration this value? */
bool catalogue_enum_has(const char *name, size_t length, const char *value);
/* The n-th member's name of a type's published list, with its length; NULL behind the last. */
const char *catalogue_member_name(const char *type, size_t n, size_t *length);

#endif
