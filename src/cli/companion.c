#include "src/cli/companion.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/system.h"

#define NAME "hcs-sandbox-layer"

int companion_become(const struct cmd_context *context, char *const *more, int count, struct error *err)
{
        char path[SYSTEM_COMPANION_MAX];
        char **words = calloc((size_t)(context->before_count + count) + 1, sizeof(*words));

        if (!words)
                return error_memory(err);
        memcpy(words, context->before, (size_t)context->before_count * sizeof(*words));
        memcpy(words + context->before_count, more, (size_t)count * sizeof(*words));
        for (int nth = 0; system_companion(NAME, nth, path); nth++)
                execv(path, words);
        free(words);
        return error_errno(err, "running %s (is the package installed whole?)", path);
}
