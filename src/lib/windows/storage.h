/* The storage calls of a sandbox's documents, carried out: the scratch made, mounted, merged; and all of it undone. */
#ifndef LIB_WINDOWS_STORAGE_H
#define LIB_WINDOWS_STORAGE_H

#include "oci/windows/compile.h"
#include "src/lib/host.h"

/* A disk that is mounted stays so for as long as its handle is open, and no longer: so the monitor holds it, and a monitor that
 * dies leaves no volume behind. */
struct storage {
        const struct sandbox_host *host;
        void *disk;                     /* NULL: none is open */
        char *volume;                   /* where it is mounted, with a backslash behind it; NULL: it is not */
};

void storage_done(struct storage *storage);
/* One call, by its name, its phase not looked at. */
int storage_call(struct storage *storage, const struct oci_storage_call *call, struct error *err);
/* All calls that make, in order.  What was made when one fails is for storage_unmake() to take away. */
int storage_make(struct storage *storage, const struct oci_windows_documents *documents, struct error *err);
/* Mounts the scratch of a sandbox that stands still, and does not merge it: to read what it holds.  *ret: what lies beneath it, of the
 * documents.
 * Undone by storage_unmount(). */
int storage_mount(struct storage *storage, const struct oci_windows_documents *documents, const struct win_layer_data **ret,
                  struct error *err);
/* Takes the scratch off the host (filter, disk, handle), and leaves the files. */
int storage_unmount(struct storage *storage, const struct oci_windows_documents *documents, struct error *err);
/* All calls that take away; what is not there any more is fine.  The first failure is told once all has been tried. */
int storage_unmake(struct storage *storage, const struct oci_windows_documents *documents, struct error *err);

#endif
