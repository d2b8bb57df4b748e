#include <fcntl.h>
#include <string.h>

#include "hcs/base/io.h"
#include "src/cli/attach.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "process", 'p', CMD_FLAG_TEXT, "FILE", "an OCI process object (JSON) instead of flags and command" },
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the command runs" },
        { "pid-file", 0, CMD_FLAG_TEXT, "FILE", "write the command's pid there" },
        { "console-socket", 0, CMD_FLAG_TEXT, "SOCKET", "send the terminal's master to this UNIX socket" },
        { "tty", 't', CMD_FLAG_BOOL, NULL, "give the command a terminal" },
        { "cwd", 0, CMD_FLAG_TEXT, "DIRECTORY", "where the command begins" },
        { "env", 'e', CMD_FLAG_LIST, "NAME=VALUE", "add to the environment" },
        { "user", 'u', CMD_FLAG_TEXT, "UID[:GID]", "who the command runs as" },
        { "additional-gids", 'g', CMD_FLAG_LIST, "GID", "add a group" },
        { "cap", 'c', CMD_FLAG_LIST, "CAPABILITY", "add a capability" },
        { "no-new-privs", 0, CMD_FLAG_BOOL, NULL, "the command can't gain privileges" },
        { "preserve-fds", 0, CMD_FLAG_TEXT, "N", "hand descriptors 3 to 3+N-1 to the command" },
        { "cgroup", 0, CMD_FLAG_TEXT, "NAME", "run it in this group below the sandbox's" },
        { "ignore-paused", 0, CMD_FLAG_BOOL, NULL, "also in a paused sandbox, where it waits for resume" },
        { "apparmor", 0, CMD_FLAG_TEXT, "PROFILE", "not supported yet" },
        { "process-label", 0, CMD_FLAG_TEXT, "LABEL", "not supported yet" },
        { .name = NULL },
};

/* --- the process, composed ------------------------------------------------------------------------------------------------ */

static int add_strings(struct arena *arena, struct strings *to, const struct strings *more, struct error *err)
{
        const char **items = arena_alloc_array(arena, to->count + more->count + 1, sizeof(*items));

        if (!items)
                return error_memory(err);
        if (to->count)
                memcpy(items, to->items, to->count * sizeof(*items));
        if (more->count)
                memcpy(items + to->count, more->items, more->count * sizeof(*items));
        *to = (struct strings){ items, to->count + more->count };
        return 0;
}

static int set_user(struct arena *arena, struct spec_user *user, const char *text, struct error *err)
{
        char *uid = arena_copy(arena, text), *colon = uid ? strchr(uid, ':') : NULL;

        if (!uid)
                return error_memory(err);
        if (colon)
                *colon = '\0';
        user->gid = 0;
        user->additional_gids = (struct uint32s){ 0 };
        if (text_to_u32(uid, &user->uid) < 0 || (colon && text_to_u32(colon + 1, &user->gid) < 0))
                return error_set(err, E_INVALID_PARAMETER, "--user: found \"%s\"; expected numbers, UID or UID:GID", text);
        return 0;
}

static int add_groups(struct arena *arena, struct spec_user *user, const struct strings *words, struct error *err)
{
        uint32_t *items = arena_alloc_array(arena, user->additional_gids.count + words->count + 1, sizeof(*items));

        if (!items)
                return error_memory(err);
        if (user->additional_gids.count)
                memcpy(items, user->additional_gids.items, user->additional_gids.count * sizeof(*items));
        for (size_t i = 0; i < words->count; i++)
                if (text_to_u32(words->items[i], &items[user->additional_gids.count + i]) < 0)
                        return error_set(err, E_INVALID_PARAMETER, "--additional-gids: found \"%s\"; expected a number",
                                         words->items[i]);
        user->additional_gids = (struct uint32s){ items, user->additional_gids.count + words->count };
        return 0;
}

/* As the incumbents: into bounding, effective and permitted; never inheritable or ambient (rule 6). */
static int add_capabilities(struct arena *arena, struct spec_process *process, const struct strings *names, struct error *err)
{
        struct spec_capabilities *sets = arena_alloc(arena, sizeof(*sets));

        if (!sets)
                return error_memory(err);
        if (process->capabilities)
                *sets = *process->capabilities;
        process->capabilities = sets;
        if (add_strings(arena, &sets->bounding, names, err) < 0 || add_strings(arena, &sets->effective, names, err) < 0)
                return err->code;
        return add_strings(arena, &sets->permitted, names, err);
}

static int compose_from_flags(struct cmd_context *context, struct sandbox *sandbox, struct arena *arena,
                              struct spec_process *process, struct error *err)
{
        const struct strings command = { (const char **)context->words + 1, (size_t)context->word_count - 1 };
        struct strings list;
        int r;

        if (command.count == 0)
                return error_set(err, E_INVALID_PARAMETER, "exec needs a command: exec [flags] ID COMMAND [ARGUMENT...]");
        r = sandbox_own_process(sandbox, arena, process, err);
        if (r < 0)
                return r;
        process->args = command;
        process->terminal = args_has(context->args, "tty");
        process->console_size = NULL;
        if (args_text(context->args, "cwd"))
                process->cwd = args_text(context->args, "cwd");
        if (args_text(context->args, "user"))
                r = set_user(arena, &process->user, args_text(context->args, "user"), err);
        if (r >= 0)
                r = args_list(context->args, "env", arena, &list, err);
        if (r >= 0)
                r = add_strings(arena, &process->env, &list, err);
        if (r >= 0)
                r = args_list(context->args, "additional-gids", arena, &list, err);
        if (r >= 0 && list.count)
                r = add_groups(arena, &process->user, &list, err);
        if (r >= 0)
                r = args_list(context->args, "cap", arena, &list, err);
        if (r >= 0 && list.count)
                r = add_capabilities(arena, process, &list, err);
        if (args_has(context->args, "no-new-privs"))
                process->no_new_privileges = true;
        return r < 0 ? r : oci_check_process(process, "process", context->log, err);
}

static int compose_from_file(struct cmd_context *context, const char *path, struct arena *arena, struct spec_process *process,
                             struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct spec_process *parsed;
        int r;

        if (context->word_count > 1)
                return error_set(err, E_INVALID_PARAMETER, "exec takes a command or --process, not both");
        r = io_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, &text, err);
        if (r >= 0)
                r = oci_process_parse(text.data ? text.data : "", text.length, path, arena, context->log, &parsed, err);
        if (r < 0)
                return r;
        *process = *parsed;
        process->terminal = process->terminal || args_has(context->args, "tty");
        return 0;
}

static int compose(struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, struct spec_process *process,
                   struct error *err)
{
        const char *file = args_text(context->args, "process");

        if (args_has(context->args, "apparmor") || args_has(context->args, "process-label"))
                return error_set(err, E_NOT_SUPPORTED, "--apparmor and --process-label are not supported yet; leave them out");
        return file ? compose_from_file(context, file, arena, process, err)
                    : compose_from_flags(context, sandbox, arena, process, err);
}

/* --- running it ----------------------------------------------------------------------------------------------------------- */

static int wait_process(void *object, int *ret_status, struct error *err)
{
        int r = hcs_process_wait(object, 0, ret_status, err);

        return r == HCS_STILL_RUNNING ? SANDBOX_STILL_RUNNING : r;
}

static int signal_process(void *object, int signal, struct error *err)
{
        return hcs_process_signal(object, signal, false, err);
}

static int check_status(struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, struct error *err)
{
        struct oci_state state;
        int r = sandbox_state(sandbox, arena, &state, err);

        if (r < 0)
                return r;
        if (state.status == OCI_STOPPED || state.status == OCI_CREATING)
                return error_set(err, HCS_E_INVALID_STATE, "container not running: can't exec in a %s container",
                                 oci_status_word(state.status));
        if (state.status == OCI_PAUSED && !args_has(context->args, "ignore-paused"))
                return error_set(err, HCS_E_INVALID_STATE, "can't exec in a paused container; resume it first (or "
                                 "--ignore-paused)");
        return 0;
}

static int run_process(struct cmd_context *context, struct sandbox *sandbox, const struct spec_process *process,
                       struct hcs_streams *streams, struct error *err)
{
        _cleanup_(attach_end) struct attach attach = ATTACH_NONE;
        _cleanup_(hcs_process_closep) struct hcs_process *running = NULL;
        bool detach = args_has(context->args, "detach");
        int r = 0;

        if (!detach)
                r = attach_begin(&attach, false, err);
        if (r >= 0 && process->terminal && !detach && streams->console < 0)
                r = attach_make_console(&attach, &streams->console, err);
        if (r >= 0)
                r = sandbox_exec(sandbox, process, args_text(context->args, "cgroup"), streams, &running, err);
        if (r >= 0)
                r = attach_take_terminal(&attach, err);
        if (r >= 0)
                r = cmd_write_pid_file(args_text(context->args, "pid-file"), hcs_process_id(running), err);
        if (r < 0 || detach)
                return r;
        return attach_hold(&attach, &(struct attach_target){ wait_process, signal_process, running }, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *socket = args_text(context->args, "console-socket");
        struct hcs_streams streams = { .in = 0, .out = 1, .err = 2, .console = -1 };
        struct spec_process process = { 0 };
        int r;

        r = cmd_preserved_fds(context, &arena, &streams, err);
        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = check_status(context, sandbox, &arena, err);
        if (r >= 0)
                r = compose(context, sandbox, &arena, &process, err);
        if (r >= 0 && socket)
                r = io_connect_unix(socket, &streams.console, err);
        return r < 0 ? r : run_process(context, sandbox, &process, &streams, err);
}

const struct cmd cmd_exec = {
        .name = "exec",
        .usage = "[flags] ID COMMAND [ARGUMENT...]",
        .says = "run another command in a sandbox",
        .more = "What flags don't say comes from the sandbox's own process. The exit status is the command's, 128+N when signal N "
                "killed it, 255 when it could not be run.",
        .min_words = 1, .max_words = -1,
        .words_end_flags = true,
        .flags = flags,
        .run = run,
        .failure_status = 255,
};
