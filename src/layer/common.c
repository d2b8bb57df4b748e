#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "hcs/base/text.h"
#include "layers/host.h"
#include "src/layer/layer.h"

#define MEMORY_MAX (64u << 20)

int layer_store(struct arena *arena, bool make, struct store *ret, struct error *err)
{
        _cleanup_(free_charp) char *data = NULL;
        int r = layer_data_directory(&data, err);

        return r < 0 ? r : store_open(arena, data, make, ret, err);
}

int layer_missing(const char *name, struct error *err)
{
        return error_set(err, E_NOT_FOUND, "there is no layer \"%s\"; `" PROGRAM " list` lists them", name);
}

int layer_format(const struct cmd_context *context, bool *ret_json, struct error *err)
{
        const char *format = args_text(context->args, "format");

        if (format && !text_equal(format, "text") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected text or json", format);
        *ret_json = text_equal(format, "json");
        return 0;
}

/* A sanitizer's own memory is far above it. */
void layer_limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__)
        const struct rlimit limit = { .rlim_cur = MEMORY_MAX, .rlim_max = MEMORY_MAX };

        (void)setrlimit(RLIMIT_DATA, &limit);
#endif
}

void layer_warn(void *context, const char *text)
{
        log_warning(context, "%s", text);
}

const char *layer_sum(struct arena *arena, const char *digits)
{
        return arena_printf(arena, "sha256:%s", digits);
}
