/* One program has the verbs about layers, too: `layer`, and the word behind it. */
#include "src/layer/windows/verbs.h"

static const struct cmd *const below[] = {
        &cmd_layer_export, &cmd_layer_import, &cmd_layer_list, &cmd_layer_remove, &cmd_layer_verify, &cmd_layer_setup,
        &cmd_layer_pack, &cmd_layer_unpack, NULL,
};

static int run(struct cmd_context *context, struct error *err)
{
        return cmd_run_below(context, below, err);
}

const struct cmd cmd_layer = {
        .name = "layer",
        .usage = "export|import|list|remove|verify|setup|pack|unpack ...",
        .says = "layers as archives: what a sandbox changed, taken out; layers for sandboxes, brought in",
        .more = "layer export ID|LAYER      write what a sandbox changed, or a layer, as an OCI layer tar\n"
                "layer import FILE NAME     make a layer of an OCI layer tar for Windows\n"
                "layer list                 list the layers\n"
                "layer remove NAME          remove one that nothing stands on\n"
                "layer verify NAME          compare one with what was imported\n"
                "layer setup FOLDER         make a base layer of a folder with the files of a Windows\n"
                "layer pack FOLDER          make a tar of a folder that HcsExportLayer wrote\n"
                "layer unpack FILE FOLDER   make such a folder of a tar\n\n"
                "hcs-sandbox layer VERB --help tells its flags.",
        .min_words = 1,
        .max_words = -1,
        .words_end_flags = true,
        .run = run,
};
