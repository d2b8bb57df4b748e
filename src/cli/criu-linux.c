/* What checkpoint and restore read from their command lines alike. */
#include <stdlib.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static int read_path(const struct cmd_context *context, const char *flag, const char *usual, struct arena *arena, const char **ret,
                     struct error *err)
{
        const char *given = args_text(context->args, flag);
        _cleanup_(free_charp) char *path = NULL;
        int r;

        *ret = NULL;
        if (given && !*given)
                return error_set(err, E_INVALID_PARAMETER, "--%s: empty; expected a directory", flag);
        if (!given && !usual)
                return 0;
        r = path_absolute(given ? given : usual, &path, err);
        if (r >= 0)
                r = sandbox_check_path(path, flag, err);
        if (r < 0)
                return r;
        *ret = arena_copy(arena, path);
        return *ret ? 0 : error_memory(err);
}

static int read_mode(const char *mode, int *ret, struct error *err)
{
        static const struct { const char *name; int number; } modes[] = {
                { "soft", DOC_SAVED_CGROUPS_SOFT }, { "full", DOC_SAVED_CGROUPS_FULL }, { "strict", DOC_SAVED_CGROUPS_STRICT },
                { "ignore", DOC_SAVED_CGROUPS_IGNORE },
        };

        if (!mode || !*mode)
                return 0;
        for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
                if (text_equal(mode, modes[i].name)) {
                        *ret = modes[i].number;
                        return 0;
                }
        }
        return error_set(err, E_INVALID_PARAMETER, "--manage-cgroups-mode: found \"%s\"; expected soft, full, strict or ignore", mode);
}

static int check_empty(const struct cmd_context *context, struct arena *arena, struct error *err)
{
        struct strings namespaces = { 0 };
        int r = args_list(context->args, "empty-ns", arena, &namespaces, err);

        for (size_t i = 0; r >= 0 && i < namespaces.count; i++)
                if (!text_equal(namespaces.items[i], "network"))
                        r = error_set(err, E_NOT_SUPPORTED, "--empty-ns: found \"%s\"; expected network", namespaces.items[i]);
        return r;
}

int cmd_read_criu(const struct cmd_context *context, struct arena *arena, const char **ret_image, struct doc_save_settings *ret,
                  struct error *err)
{
        const struct cmd_args *args = context->args;
        int r;

        *ret = (struct doc_save_settings){
                .tcp_established = args_has(args, "tcp-established"), .external_sockets = args_has(args, "ext-unix-sk"),
                .shell_job = args_has(args, "shell-job"), .file_locks = args_has(args, "file-locks"),
                .link_remap = args_has(args, "link-remap"), .auto_dedup = args_has(args, "auto-dedup"),
        };
        if (args_has(args, "lazy-pages"))
                return error_set(err, E_NOT_SUPPORTED, "--lazy-pages: not supported; leave it out, and all memory comes at once");
        r = check_empty(context, arena, err);
        if (r >= 0)
                r = read_mode(args_text(args, "manage-cgroups-mode"), &ret->cgroups, err);
        if (r >= 0)
                r = read_path(context, "work-path", NULL, arena, &ret->work_path, err);
        return r < 0 ? r : read_path(context, "image-path", "checkpoint", arena, ret_image, err);
}
