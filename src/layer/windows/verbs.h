/* The verbs of `hcs-sandbox layer` on Windows, over HcsExportLayer, HcsImportLayer, HcsDestroyLayer and HcsSetupBaseOSLayer. */
#ifndef LAYER_WINDOWS_VERBS_H
#define LAYER_WINDOWS_VERBS_H

#include "src/layer/windows.h"
#include "src/lib/windows/layer-store.h"

extern const struct cmd cmd_layer_export, cmd_layer_import, cmd_layer_list, cmd_layer_remove, cmd_layer_setup, cmd_layer_verify;

/* The host and its layers. */
int winlayer_verb_open(const struct cmd_context *context, struct arena *arena, struct sandbox_host **ret_host, struct winstore *ret,
                       struct error *err);
/* The record of a layer that must be there. */
int winlayer_verb_read(const struct winstore *store, struct arena *arena, const char *name, struct winstore_layer *ret, struct error *err);
/* Neither a sandbox nor another layer may stand on the folder; `name` is what messages call it. */
int winlayer_verb_check_unused(const struct winstore *store, struct arena *arena, const char *path, const char *name, struct error *err);
/* HCS's export of a layer into work->out, and the digest of the tar of it. */
int winlayer_verb_export(const struct winstore_work *work, struct arena *arena, const struct winstore_layer *layer, struct error *err);
int winlayer_verb_tree(const struct winstore_work *work, struct arena *arena, const char **ret, struct error *err);

#endif
