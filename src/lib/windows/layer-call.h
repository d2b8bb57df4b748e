/* One call to computestorage.dll about a layer that is a folder: with a deadline, and with all that it needs, so that it can be given up
 * (hcs/client/bounded.h).  These copy whole layers: their usual deadline is an hour. */
#ifndef LIB_WINDOWS_LAYER_CALL_H
#define LIB_WINDOWS_LAYER_CALL_H

#include "hcs/schema/windows-storage.h"
#include "src/lib/host.h"

/* `path`: a layer's folder, or (writable) the volume of a scratch that is mounted, and below no filter.  `folder` is made. */
int layer_call_export(const struct sandbox_host *host, const char *path, const char *folder, const struct win_layer_data *parents,
                      bool writable,
                      struct error *err);
/* `layer` is made, of a folder of the transport form. */
int layer_call_import(const struct sandbox_host *host, const char *layer, const char *folder, const struct win_layer_data *parents,
                      struct error *err);
/* The files of a Windows become a base layer, `type` an enum win_os_layer_type.  *disk: attached, with WIN_OS_LAYER_VM, and NULL otherwise;
 * it goes, and becomes NULL, with a call that is given up. */
int layer_call_set_up(const struct sandbox_host *host, const char *layer, void **disk, int type, struct error *err);
/* E_FILE_NOT_FOUND when it is not there. */
int layer_call_destroy(const struct sandbox_host *host, const char *layer, struct error *err);

/* Layers and the exports of them are read and written by the rights to back up and restore, which an administrator has, but not in force.
 * */
int layer_call_take_rights(struct error *err);

#endif
