/* The same steps as oci/config.c: bytes to values, values to structs, meaning. */
#include "oci/windows/config.h"


#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "oci/windows/check.h"

#define CONFIG_NAME "config.json"

void oci_windows_free(struct oci_windows *config)
{
        if (!config)
                return;
        arena_done(&config->arena);
        free(config);
}

void oci_windows_freep(struct oci_windows **config)
{
        oci_windows_free(*config);
}

/* hcs-documents.md section 13.1, and our annotation before it. */
static enum oci_windows_kind kind_of(const struct oci_windows *config)
{
        if (config->wishes.desktop)
                return OCI_WINDOWS_DESKTOP;
        if (config->spec.linux_)
                return OCI_WINDOWS_LINUX;
        return config->section.hyperv ? OCI_WINDOWS_HYPERV : OCI_WINDOWS_PROCESS;
}

static int read_and_check(struct oci_windows *config, const struct json_value *value, const struct log *log, struct error *err)
{
        const struct check check = { .spec = &config->spec, .log = log, .err = err, .at = "", .index = CHECK_NO_INDEX };
        int r = json_read(&config->arena, spec_fields, value, &config->spec, "", JSON_IGNORE_UNKNOWN, err);

        if (r >= 0 && config->spec.windows)
                r = json_read(&config->arena, windows_section_fields, config->spec.windows, &config->section, "windows",
                              JSON_IGNORE_UNKNOWN, err);
        if (r >= 0)
                r = wishes_read(&config->arena, &config->spec, log, &config->wishes, err);
        if (r >= 0) {
                config->kind = kind_of(config);
                r = wincheck_config(&check, config);
        }
        return r < 0 ? error_wrap(err, CONFIG_NAME) : 0;
}

int oci_windows_parse(const char *text, size_t length, const char *bundle, const struct log *log, struct oci_windows **ret,
                      struct error *err)
{
        _cleanup_(oci_windows_freep) struct oci_windows *config = calloc(1, sizeof(*config));
        struct json_value *value;
        int r;

        if (!config)
                return error_memory(err);
        config->bundle = arena_copy(&config->arena, bundle);
        if (!config->bundle)
                return error_memory(err);
        r = json_parse(&config->arena, text, length, CONFIG_NAME, &value, err);
        if (r >= 0)
                r = read_and_check(config, value, log, err);
        if (r < 0)
                return r;
        *ret = take_ptr(config);
        return 0;
}

int oci_windows_load(const char *bundle, const struct log *log, struct oci_windows **ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(free_charp) char *path = NULL, *absolute = NULL;
        int r = path_join(bundle, CONFIG_NAME, &path, err);

        if (r >= 0)
                r = path_absolute(bundle, &absolute, err);
        if (r < 0)
                return r;
        r = io_read_file(path, OCI_CONFIG_MAX, &text, err);
        if (r == E_FILE_NOT_FOUND)
                return error_set(err, r, "bundle \"%s\": there is no " CONFIG_NAME " in it (`hcs-sandbox spec` writes one)", bundle);
        if (r < 0)
                return error_wrap(err, "bundle \"%s\"", bundle);
        return oci_windows_parse(text.data ? text.data : "", text.length, absolute, log, ret, err);
}
