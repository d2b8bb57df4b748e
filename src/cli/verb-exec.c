#include <fcntl.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/cli/attach.h"
#include "src/cli/cmd.h"
#include "src/lib/exec.h"

static const struct cmd_flag flags[] = {
        { "process", 'p', CMD_FLAG_TEXT, "FILE", "an OCI process object (JSON) instead of flags and command" },
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the command runs" },
        { "pid-file", 0, CMD_FLAG_TEXT, "FILE", "write the command's pid there" },
        { "pidfd-socket", 0, CMD_FLAG_TEXT, "SOCKET", "send a pidfd of the command to this UNIX socket" },
        { "console-socket", 0, CMD_FLAG_TEXT, "SOCKET", "send the terminal's master to this UNIX socket" },
        { "tty", 't', CMD_FLAG_BOOL, NULL, "give the command a terminal" },
        { "cwd", 0, CMD_FLAG_TEXT, "DIRECTORY", "where the command begins" },
        { "env", 'e', CMD_FLAG_LIST, "NAME=VALUE", "add to the environment" },
        { "user", 'u', CMD_FLAG_TEXT, "UID[:GID]", "who the command runs as" },
        { "additional-gids", 'g', CMD_FLAG_LIST, "GID", "add a group" },
        { "cap", 'c', CMD_FLAG_LIST, "CAPABILITY", "add a capability" },
        { "no-new-privs", 0, CMD_FLAG_BOOL, NULL, "the command can't gain privileges" },
        { "preserve-fds", 0, CMD_FLAG_TEXT, "N", "hand descriptors 3 to 3+N-1 to the command" },
        { "cgroup", 0, CMD_FLAG_LIST, "[CONTROLLER:]PATH", "run it in this group below the sandbox's, in all hierarchies or one" },
        { "ignore-paused", 0, CMD_FLAG_BOOL, NULL, "also in a paused sandbox, where it waits for resume" },
        { "apparmor", 0, CMD_FLAG_TEXT, "PROFILE", "confine it by this AppArmor profile" },
        { "process-label", 0, CMD_FLAG_TEXT, "LABEL", "give it this SELinux label" },
        { .name = NULL },
};

/* --- the process, composed ------------------------------------------------------------------------------------------------ */

/* What only a command can be told by flags: a process object says it itself. */
static int check_flags(const struct cmd_context *context, struct error *err)
{
        static const char *const with_command[] = { "cwd", "env", "user", "additional-gids", "cap", "no-new-privs",
                                                   "apparmor", "process-label" };

        if (!args_has(context->args, "process"))
                return 0;
        if (context->word_count > 1)
                return error_set(err, E_INVALID_PARAMETER, "exec takes a command or --process, not both");
        for (size_t i = 0; i < ARRAY_LENGTH(with_command); i++)
                if (args_has(context->args, with_command[i]))
                        return error_set(err, E_INVALID_PARAMETER, "--%s goes with a command; with --process, say it in the file",
                                         with_command[i]);
        return 0;
}

static int read_lists(const struct cmd_context *context, struct arena *arena, struct exec_wishes *ret, struct error *err)
{
        int r = args_list(context->args, "env", arena, &ret->env, err);

        if (r >= 0)
                r = args_list(context->args, "additional-gids", arena, &ret->groups, err);
        return r < 0 ? r : args_list(context->args, "cap", arena, &ret->capabilities, err);
}

static int compose(struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, struct spec_process *process,
                   struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct exec_wishes wishes = {
                .what = args_text(context->args, "process"),
                .args = { (const char **)context->words + 1, (size_t)context->word_count - 1 },
                .cwd = args_text(context->args, "cwd"),
                .user = args_text(context->args, "user"),
                .no_new_privileges = args_has(context->args, "no-new-privs"),
                .apparmor_profile = args_text(context->args, "apparmor"),
                .selinux_label = args_text(context->args, "process-label"),
                .terminal = args_has(context->args, "tty"),
                .even_paused = args_has(context->args, "ignore-paused"),
        };
        int r = read_lists(context, arena, &wishes, err);

        if (r >= 0 && wishes.what) {
                r = io_read_file_at(AT_FDCWD, wishes.what, OCI_CONFIG_MAX, &text, err);
                wishes.process = text.data ? text.data : "";
                wishes.length = text.length;
        }
        return r < 0 ? r : exec_compose(sandbox, &wishes, arena, context->log, process, err);
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

/* All of --cgroup, a line each; NULL: none. */
static int read_groups(const struct cmd_context *context, struct arena *arena, const char **ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct strings groups;
        int r = args_list(context->args, "cgroup", arena, &groups, err);

        *ret = NULL;
        if (r < 0 || groups.count == 0)
                return r;
        for (size_t i = 0; i < groups.count; i++) {
                if (!*groups.items[i] || strchr(groups.items[i], '\n'))
                        return error_set(err, E_INVALID_PARAMETER, "--cgroup: found \"%s\"; expected a group's path", groups.items[i]);
                text_addf(&text, "%s\n", groups.items[i]);
        }
        r = text_check(&text, err);
        if (r < 0)
                return r;
        *ret = arena_copy(arena, text.data);
        return *ret ? 0 : error_memory(err);
}

static int run_process(struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, const struct spec_process *process,
                       struct hcs_streams *streams, struct error *err)
{
        _cleanup_(attach_end) struct attach attach = ATTACH_NONE;
        _cleanup_(hcs_process_closep) struct hcs_process *running = NULL;
        bool detach = args_has(context->args, "detach");
        const char *groups;
        int r = read_groups(context, arena, &groups, err);

        if (r >= 0 && !detach)
                r = attach_begin(&attach, false, err);
        if (r >= 0 && process->terminal && !detach && streams->console < 0)
                r = attach_make_console(&attach, &streams->console, err);
        if (r >= 0)
                r = sandbox_exec(sandbox, process, groups, streams, &running, err);
        if (r >= 0)
                r = attach_take_terminal(&attach, err);
        if (r >= 0)
                r = cmd_tell_pid(context, hcs_process_id(running), err);
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

        r = check_flags(context, err);
        if (r >= 0)
                r = cmd_preserved_fds(context, 0, &arena, &streams, err);
        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = compose(context, sandbox, &arena, &process, err);
        if (r >= 0 && socket)
                r = io_connect_unix(socket, &streams.console, err);
        return r < 0 ? r : run_process(context, sandbox, &arena, &process, &streams, err);
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
