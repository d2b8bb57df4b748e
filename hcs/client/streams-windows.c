/* Windows gives a process's streams to whoever made it (hcs_process_create_piped), and takes none along. */
#include "hcs/client/operation.h"

int hcs_streams_add(struct hcs_operation *operation, const struct hcs_streams *streams, bool always, struct error *err)
{
        (void)streams;
        (void)always;
        return error_set(err, E_NOT_SUPPORTED, "%s: the Host Compute Service takes no descriptors along", operation->call);
}
