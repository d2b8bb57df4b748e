/* What create and start of a bundle would send on Windows, composed on any system. */
#include "oci/windows/compile.h"
#include "src/lib/sandbox.h"

int sandbox_document_windows(const struct log *log, const char *bundle, const char *facts_path, char **ret, struct error *err)
{
        _cleanup_(oci_windows_freep) struct oci_windows *config = NULL;
        _cleanup_(text_done) struct text compact = { 0 }, out = { 0 };
        struct oci_windows_documents documents;
        struct oci_facts facts;
        int r = oci_windows_load(bundle, log, &config, err);

        if (r < 0)
                return r;
        oci_facts_default(&facts);
        if (facts_path)
                r = oci_facts_load(facts_path, &config->arena, &facts, err);
        if (r >= 0)
                r = oci_windows_compile(config, &facts, "ID", &config->arena, log, &documents, err);
        if (r < 0)
                return r;
        json_write(&compact, oci_windows_documents_fields, &documents);
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(&out, compact.data, err);
        if (r < 0)
                return r;
        text_add_char(&out, '\n');
        return text_take(&out, ret, err);
}
