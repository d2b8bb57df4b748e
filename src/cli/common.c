/* What several verbs do the same way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "hcs/base/utf8.h"
#include "oci/annotations.h"
#include "src/cli/cmd.h"

int cmd_host(const struct cmd_context *context, struct sandbox_host **ret, struct error *err)
{
        int r = sandbox_host_open(context->root, NULL, NULL, context->log, ret, err);

        if (r < 0)
                return r;
        (*ret)->client.deadline_ms = context->timeout_ms;
        (*ret)->log_flags = (struct sandbox_log_flags){
                .file = args_text(context->global, "log"), .format = args_text(context->global, "log-format"),
                .debug = args_has(context->global, "debug"),
        };
        return r;
}

int cmd_open(const struct cmd_context *context, struct sandbox_host **ret_host, struct sandbox **ret, struct error *err)
{
        int r = cmd_host(context, ret_host, err);

        if (r >= 0)
                r = sandbox_open(*ret_host, context->words[0], ret, err);
        return r == SANDBOX_NOT_FOUND ? sandbox_missing(context->words[0], err) : r;
}

/* A path of NULL asks for nothing. */
int cmd_write_pid_file(const char *path, uint32_t pid, struct error *err)
{
        char number[16];
        int length;

        if (!path)
                return 0;
        length = snprintf(number, sizeof(number), "%u", pid);
        if (io_replace(path, number, (size_t)length, 0644, err) < 0)
                return error_wrap(err, "the pid file %s", path);
        return 0;
}

bool cmd_tells_pid(const struct cmd_context *context)
{
        return args_has(context->args, "pid-file") || args_has(context->args, "pidfd-socket");
}

int cmd_tell_pid(const struct cmd_context *context, uint32_t pid, struct error *err)
{
        const char *socket = args_text(context->args, "pidfd-socket");
        int r = cmd_write_pid_file(args_text(context->args, "pid-file"), pid, err);

        return r < 0 || !socket ? r : cmd_send_pidfd(socket, pid, err);
}

int cmd_preserved_fds(const struct cmd_context *context, uint32_t listening, struct arena *arena, struct hcs_streams *streams,
                      struct error *err)
{
        const char *text = args_text(context->args, "preserve-fds");
        uint32_t count = 0;
        int *numbers;

        if (!text && listening == 0)
                return 0;
        if (text && (text_to_u32(text, &count) < 0 || count > 1024))
                return error_set(err, E_INVALID_PARAMETER, "--preserve-fds: found \"%s\"; expected a number from 0 to 1024", text);
        if (listening > 1024 || listening > context->inherited)
                return error_set(err, E_INVALID_PARAMETER, "LISTEN_FDS=%u: descriptor %u is not open", listening, 3 + context->inherited);
        count += listening;
        if (count > context->inherited)         /* what is open there by now may be ours: the log, a socket */
                return error_set(err, E_INVALID_PARAMETER, "--preserve-fds %u: descriptor %u is not open", count - listening,
                                 3 + context->inherited);
        numbers = arena_alloc_array(arena, count + 1, sizeof(*numbers));
        if (!numbers)
                return error_memory(err);
        for (uint32_t i = 0; i < count; i++)
                numbers[i] = (int)(3 + i);
        streams->handles = numbers;
        streams->handle_count = count;
        return 0;
}

int cmd_print_bytes(const char *bytes, size_t length, struct error *err)
{
        return io_write_all(1, bytes, length, "standard output", err);
}

int cmd_print(const char *text, struct error *err)
{
        return cmd_print_bytes(text, strlen(text), err);
}

int cmd_annotations(const struct cmd_context *context, struct arena *arena, struct string_map *ret, struct error *err)
{
        struct string_map map = { 0 };
        struct strings words;
        int r = args_list(context->global, "annotation", arena, &words, err);

        if (r >= 0)
                map.items = arena_alloc_array(arena, words.count + 1, sizeof(*map.items));
        if (r < 0 || !map.items)
                return r < 0 ? r : error_memory(err);
        for (size_t i = 0; i < words.count; i++) {
                const char *word = words.items[i], *equals = strchr(word, '=');

                if (!equals || equals == word || !utf8_is_valid(word, strlen(word)))
                        return error_set(err, E_INVALID_PARAMETER, "--annotation: found \"%.200s\"; expected NAME=VALUE, in UTF-8", word);
                map.items[i].key = arena_copy_n(arena, word, (size_t)(equals - word));
                map.items[i].value = equals + 1;
                if (!map.items[i].key)
                        return error_memory(err);
        }
        map.count = words.count;
        *ret = map;
        return 0;
}

int cmd_scratch_size(const struct cmd_context *context, uint64_t *ret, struct error *err)
{
        const char *size = args_text(context->args, "scratch-size");

        *ret = 0;
        if (size && annotations_read_size(size, ret) < 0)
                return error_set(err, E_INVALID_PARAMETER, "--scratch-size: found \"%s\"; expected a size such as 64M or 2G", size);
        return 0;
}

int cmd_read_create(const struct cmd_context *context, struct arena *arena, struct sandbox_create *ret, struct error *err)
{
        const char *bundle = args_text(context->args, "bundle"), *socket = args_text(context->args, "console-socket");
        int r;

        *ret = (struct sandbox_create){
                .id = context->words[0], .bundle = bundle ? bundle : ".", .scratch = args_text(context->args, "scratch"),
                .no_pivot_root = args_has(context->args, "no-pivot"),
                .no_new_keyring = args_has(context->args, "no-new-keyring"),
                .notify = cmd_notify_socket() != NULL,
                .cgroup_manager = context->cgroup_manager,
        };
        cmd_streams(&ret->streams);
        if (ret->no_pivot_root)
                log_warning(context->log, "--no-pivot: a program with CAP_SYS_ADMIN inside can reach the old root");
        ret->listen_fds = cmd_listen_fds(&ret->listen_names);
        r = cmd_annotations(context, arena, &ret->annotations, err);
        if (r >= 0)
                r = cmd_preserved_fds(context, ret->listen_fds, arena, &ret->streams, err);
        if (r >= 0)
                r = cmd_scratch_size(context, &ret->scratch_size, err);
        return r >= 0 && socket ? cmd_connect_console(socket, &ret->streams.console, err) : r;
}
