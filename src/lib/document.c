/* What create and start of a bundle would send. */
#include <string.h>

#include "src/lib/compose.h"
#include "src/lib/sandbox.h"

static int add_hidden(struct text *out, struct composition *composition, struct error *err)
{
        layer_hidden_list hidden = { 0 };
        int r = layer_host_hidden(&composition->config->arena, &composition->host, &hidden, err);

        if (r < 0)
                return r;
        text_add(out, ",\"Hidden\":[");
        for (size_t i = 0; i < hidden.count; i++) {
                text_add(out, i ? ",{\"Path\":" : "{\"Path\":");
                json_write_string(out, hidden.items[i].path);
                text_add(out, ",\"Why\":");
                json_write_string(out, hidden.items[i].why);
                text_add(out, "}");
        }
        text_add(out, "]");
        return 0;
}

int sandbox_document(const struct sandbox_host *host, const struct oci_source *source, char **ret, struct error *err)
{
        _cleanup_(composition_done) struct composition composition = { 0 };
        _cleanup_(text_done) struct text compact = { 0 }, out = { 0 };
        _cleanup_(free_charp) char *process = NULL;
        const struct oci_options options = { 0 };
        int r;

        r = composition_read(host, &(struct composition_source){ .config = *source }, &composition, err);
        if (r >= 0)
                r = composition_complete(&composition, host, "ID", &options, err);
        if (r >= 0)
                r = oci_compile_process(composition.config->spec.process, NULL, &process, err);
        if (r < 0)
                return r;
        text_addf(&compact, "{\"System\":%s,\"Process\":%s", composition.document, process);
        if (composition.from_host) {
                r = add_hidden(&compact, &composition, err);
                if (r < 0)
                        return r;
        }
        text_add(&compact, "}");
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(&out, compact.data, err);
        if (r < 0)
                return r;
        text_add_char(&out, '\n');
        return text_take(&out, ret, err);
}
