#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

/* What this runtime can do on Windows; what this very host lacks is doctor's to say. */
static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };
        int r;

        (void)context;
        r = json_indent(&out, "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"" OCI_VERSION "\",\"hooks\":[\"prestart\","
                        "\"createRuntime\",\"startContainer\",\"poststart\",\"poststop\"],\"mountOptions\":"
                        "[\"bind\",\"rbind\",\"ro\",\"rw\"],\"annotations\":{\"org.hcs-sandbox.version\":\"" PACKAGE_VERSION "\","
                        "\"org.hcs-sandbox.host-copy\":\"true\"},\"potentiallyUnsafeConfigAnnotations\":["
                        /* What names files, pipes or rights of the host. */
                        "\"org.hcs-sandbox.base-layer\",\"org.hcs-sandbox.scratch\",\"org.hcs-sandbox.desktop.disk\","
                        "\"org.hcs-sandbox.desktop.iso\",\"org.hcs-sandbox.desktop.users\",\"org.hcs-sandbox.com-ports\","
                        "\"org.hcs-sandbox.network\",\"org.hcs-sandbox.ports\",\"org.hcs-sandbox.gpu\","
                        "\"io.microsoft.virtualmachine.\"]}", err);
        text_add_char(&out, '\n');
        return r < 0 ? r : cmd_print(out.data, err);
}

const struct cmd cmd_features = {
        .name = "features",
        .usage = "",
        .says = "print what this runtime can do, as JSON",
        .run = run,
};
