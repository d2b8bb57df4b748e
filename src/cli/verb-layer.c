/* Archives take libarchive, whose loading alone costs as much as a whole sandbox: a program of its own has it, and this process becomes
 * that one. */
#include "src/cli/companion.h"

static int run(struct cmd_context *context, struct error *err)
{
        return companion_become(context, context->words, context->word_count, err);
}

const struct cmd cmd_layer = {
        .name = "layer",
        .usage = "export|import|commit|list|remove|verify ...",
        .says = "layers as archives: what a sandbox changed, taken out; layers for sandboxes, brought in",
        .more = "layer export ID|LAYER   write what a sandbox changed, or a layer, as an OCI layer tar\n"
                "layer import FILE NAME  make a layer of an OCI layer tar, or of an image: oci:DIRECTORY[:TAG]\n"
                "layer commit ID NAME    make a layer of what a sandbox changed\n"
                "layer list              list the layers\n"
                "layer remove NAME       remove one that no sandbox uses\n"
                "layer verify NAME       compare one with what was imported\n\n"
                "hcs-sandbox layer VERB --help tells its flags.  The annotation org.hcs-sandbox.layers puts layers into a sandbox.",
        .min_words = 1,
        .max_words = -1,
        .words_end_flags = true,
        .run = run,
};
