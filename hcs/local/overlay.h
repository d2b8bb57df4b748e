/* One overlay, as a detached mount.  The engine composes that of a root while the init comes to life; what needs the sandbox's own
 * namespaces, the init does. */
#ifndef HCS_LOCAL_OVERLAY_H
#define HCS_LOCAL_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/schema/document.h"

struct overlay {
        const struct doc_layer *layers; /* topmost first */
        size_t count;
        int base;                       /* a mount that lies below them; -1: none */
        const char *scratch;            /* a directory with upper/ and work/; NULL: nothing can be written */
        bool user_xattrs;
        bool is_volatile;               /* it syncs nothing, which takes directories of the kernel's own in work/ */
        uint64_t attributes;            /* of the mount */
};

/* Of the document's root, with nothing below its layers, its scratch where the document says. */
struct overlay overlay_of_root(const struct doc_hosted_system *hosted);
/* The detached mount, the caller's; negative: an error. */
int overlay_make(const struct overlay *overlay, struct error *err);

#endif
