/* A command in a throw-away copy of this machine; then what it changed is told, and kept, applied or thrown away. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "src/cli/attach.h"
#include "src/cli/cmd.h"
#include "src/cli/outcome.h"
#include "src/lib/changes.h"
#include "src/lib/throwaway.h"

static const struct cmd_flag flags[] = {
        { "keep", 0, CMD_FLAG_BOOL, NULL, "keep the stopped sandbox, for diff, apply and delete" },
        { "apply", 0, CMD_FLAG_BOOL, NULL, "when the command succeeds, bring what it changed to this machine" },
        { "ask", 0, CMD_FLAG_BOOL, NULL, "show what it changed, and ask" },
        { "scratch", 0, CMD_FLAG_TEXT, "NAME", "keep what it writes under this name, and go on from what is there" },
        { "scratch-size", 0, CMD_FLAG_TEXT, "SIZE", "let what it writes take no more than this: 64M, 2G" },
        { "in-memory", 0, CMD_FLAG_BOOL, NULL, "keep what it writes in memory, not on a disk (root only)" },
        { "bind", 'v', CMD_FLAG_LIST, "SRC[:DST][:ro]", "show this place of the host as it is, not a copy" },
        { "network", 0, CMD_FLAG_TEXT, "none|host", "which network it has (default: none)" },
        { "hide", 0, CMD_FLAG_LIST, "PATH", "hide this too" },
        { "json", 0, CMD_FLAG_BOOL, NULL, "end standard output with a line of JSON: status, times, changes" },
        { .name = NULL },
};

enum ending { DISCARDED, KEPT, APPLIED, REFUSED, IN_SCRATCH };

struct doing {
        struct cmd_context *context;
        struct sandbox_host *host;
        struct sandbox *sandbox;
        struct arena arena;
        char id[32];
        change_list changes;
        sigset_t held_back;             /* signals that would end us before what we made is told or taken away */
        int status;
        enum ending ending;
        uint64_t begin, created, ended, found;  /* milliseconds */
        struct error *err;
};

static void doing_done(struct doing *doing)
{
        sandbox_close(doing->sandbox);
        sandbox_host_close(doing->host);
        arena_done(&doing->arena);
}

/* --- running ------------------------------------------------------------------------------------------------------------ */

static int run_it(struct doing *doing, const char *config)
{
        _cleanup_(attach_end) struct attach attach = ATTACH_NONE;
        struct sandbox_create wanted = {
                .id = doing->id, .bundle = ".", .config = config, .scratch = args_text(doing->context->args, "scratch"),
                .make_console = attach_make_console, .make_console_context = &attach,
        };
        struct attach_target target;
        int r = cmd_annotations(doing->context, &doing->arena, &wanted.annotations, doing->err);

        if (r >= 0)
                r = cmd_scratch_size(doing->context, &wanted.scratch_size, doing->err);
        if (r >= 0)
                r = attach_begin(&attach, true, doing->err);
        cmd_streams(&wanted.streams);
        if (r >= 0)
                r = sandbox_create(doing->host, &wanted, &doing->sandbox, doing->err);
        if (r < 0)
                return r;
        target = attach_first(doing->sandbox);
        r = attach_take_terminal(&attach, doing->err);
        if (r >= 0)
                r = sandbox_start(doing->sandbox, doing->err);
        doing->created = system_now_ms();
        if (r >= 0)
                sandbox_foresee_end(doing->sandbox, false);
        if (r >= 0)
                r = doing->status = attach_hold(&attach, &target, doing->err);
        doing->ended = system_now_ms();
        (void)sigprocmask(SIG_SETMASK, &attach.mask, NULL);
        return r < 0 ? r : 0;
}

/* --- the end ------------------------------------------------------------------------------------------------------------ */

static int say(struct text *text, struct error *err)
{
        int r = text_check(text, err);

        return r < 0 ? r : io_write_all(2, text->data ? text->data : "", text->length, "standard error", err);
}

static int tell(const struct doing *doing, bool lines, const char *hint)
{
        _cleanup_(text_done) struct text text = { 0 };

        if (lines)
                changes_print_lines(&text, &doing->changes);
        text_add(&text, PROGRAM ": ");
        changes_print_stat(&text, &doing->changes);
        text_addf(&text, "%s\n", hint);
        return say(&text, doing->err);
}

static int keep(struct doing *doing, const char *why)
{
        _cleanup_(text_done) struct text text = { 0 };

        doing->ending = KEPT;
        text_addf(&text, PROGRAM ": kept%s as %s: `" PROGRAM " diff %s`, `" PROGRAM " apply %s`, `" PROGRAM " delete %s`\n", why, doing->id,
                  doing->id, doing->id, doing->id);
        return say(&text, doing->err);
}

static int leave_in_scratch(struct doing *doing, const char *scratch)
{
        _cleanup_(text_done) struct text hint = { 0 };

        doing->ending = IN_SCRATCH;
        text_addf(&hint, ", all in all, in the scratch %s (`" PROGRAM " do --scratch %s` goes on)", scratch, scratch);
        return text_check(&hint, doing->err) < 0 ? doing->err->code : tell(doing, false, hint.data);
}

static int apply(struct doing *doing)
{
        const struct sandbox_apply wish = { 0 };
        struct sandbox_applied applied = { 0 };
        int r = sandbox_apply(doing->sandbox, &wish, &doing->arena, &applied, doing->err);

        if (r == 0) {
                doing->ending = APPLIED;
                for (size_t i = 0; i < applied.left_out.count; i++)
                        log_warning(doing->context->log, "left out: %s: %s", applied.left_out.items[i].path, applied.left_out.items[i].why);
                return tell(doing, false, ": applied (`" PROGRAM " apply --undo` gives it back)");
        }
        if (r < 0)
                log_warning(doing->context->log, "%s", doing->err->text);
        for (size_t i = 0; i < applied.refused.count && i < 20; i++)
                log_warning(doing->context->log, "%s: %s", applied.refused.items[i].path, applied.refused.items[i].why);
        r = keep(doing, ", since nothing could be applied,");
        doing->ending = REFUSED;
        return r;
}

/* Of whoever sits at the terminal; no answer, and nobody there any more, is none to throw anything away.  Ctrl-C is: 'c'. */
static char read_answer(int signals)
{
        struct pollfd fds[2] = { { .fd = 0, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
        struct signalfd_siginfo info;
        char answer[16];

        while (poll(fds, 2, -1) < 0)
                if (errno != EINTR)
                        return 'k';
        if (fds[1].revents && read(signals, &info, sizeof(info)) == sizeof(info))
                return info.ssi_signo == SIGHUP ? 'k' : 'c';
        return read(0, answer, sizeof(answer)) <= 0 ? 'k' : answer[0];
}

static char ask(const struct doing *doing)
{
        static const char question[] = "[a]pply, [k]eep or [d]iscard? ";
        _cleanup_(io_closep) int signals = signalfd(-1, &doing->held_back, SFD_CLOEXEC);
        char answer = '\0';

        while (!answer || !strchr("akdc", answer)) {
                if (signals < 0 || io_write_all(2, question, sizeof(question) - 1, "standard error", doing->err) < 0)
                        return 'k';
                answer = read_answer(signals);
        }
        return answer;
}

static int interrupted(struct doing *doing)
{
        static const char text[] = "\n" PROGRAM ": interrupted: discarded\n";

        doing->status = 128 + SIGINT;
        return io_write_all(2, text, sizeof(text) - 1, "standard error", doing->err);
}

static int choose(struct doing *doing)
{
        const struct cmd_args *args = doing->context->args;
        const char *scratch = args_text(args, "scratch");
        char answer;

        if (scratch && !args_has(args, "keep") && !(args_has(args, "apply") && doing->status == 0 && doing->changes.count))
                return leave_in_scratch(doing, scratch);
        if (doing->changes.count == 0)
                return args_has(args, "keep") ? keep(doing, "") : 0;
        if (args_has(args, "keep"))
                return tell(doing, false, "") < 0 ? doing->err->code : keep(doing, "");
        if (args_has(args, "apply") && doing->status == 0)
                return apply(doing);
        if (args_has(args, "apply"))
                return keep(doing, ", since the command failed,");
        if (!args_has(args, "ask"))
                return tell(doing, false, ": discarded (--keep, --ask or --apply keeps it)");
        if (tell(doing, true, "") < 0)
                return doing->err->code;
        answer = ask(doing);
        if (answer == 'c')
                return interrupted(doing);
        return answer == 'a' ? apply(doing) : answer == 'k' ? keep(doing, "") : 0;
}

static int print_json(const struct doing *doing)
{
        static const char *const words[] = { [DISCARDED] = "discarded", [KEPT] = "kept", [APPLIED] = "applied", [REFUSED] = "refused",
                                             [IN_SCRATCH] = "scratch" };
        _cleanup_(text_done) struct text text = { 0 }, set = { 0 };
        int r;

        changes_print_json(&set, &doing->changes);
        r = text_check(&set, doing->err);
        if (r < 0)
                return r;
        text_addf(&text, "{\"exitStatus\":%d,\"outcome\":\"%s\",\"id\":", doing->status, words[doing->ending]);
        text_addf(&text, doing->ending == KEPT || doing->ending == REFUSED ? "\"%s\"" : "null", doing->id);
        text_addf(&text, ",\"milliseconds\":{\"create\":%llu,\"run\":%llu,\"changes\":%llu},",
                  (unsigned long long)(doing->created - doing->begin), (unsigned long long)(doing->ended - doing->created),
                  (unsigned long long)(doing->found - doing->ended));
        text_add(&text, set.data + 1);          /* its members become ours */
        text_add_char(&text, '\n');
        r = text_check(&text, doing->err);
        return r < 0 ? r : cmd_print(text.data, doing->err);
}

static int finish(struct doing *doing)
{
        int r;

        sigemptyset(&doing->held_back);
        sigaddset(&doing->held_back, SIGINT);
        sigaddset(&doing->held_back, SIGTERM);
        sigaddset(&doing->held_back, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, &doing->held_back, NULL);
        r = sandbox_changes(doing->sandbox, &doing->arena, &doing->changes, doing->err);

        doing->found = system_now_ms();
        if (r < 0) {
                log_warning(doing->context->log, "%s", doing->err->text);
                r = keep(doing, ", since what it changed can't be told,");
        } else {
                r = choose(doing);
        }
        if (r >= 0 && args_has(doing->context->args, "json"))
                r = print_json(doing);
        return r;
}

/* --- the verb ----------------------------------------------------------------------------------------------------------- */

static int check(const struct cmd_context *context, struct error *err)
{
        const char *network = args_text(context->args, "network");

        if (args_has(context->args, "keep") + args_has(context->args, "apply") + args_has(context->args, "ask") > 1)
                return error_set(err, E_INVALID_PARAMETER, "do: expected one of --keep, --apply and --ask");
        if (args_has(context->args, "ask") && args_has(context->args, "scratch"))
                return error_set(err, E_INVALID_PARAMETER, "do: expected one of --ask and --scratch: a scratch keeps what is in it");
        if (args_has(context->args, "in-memory") && args_has(context->args, "scratch"))
                return error_set(err, E_INVALID_PARAMETER, "do: expected one of --in-memory and --scratch: memory keeps nothing");
        if (network && !text_equal(network, "none") && !text_equal(network, "host"))
                return error_set(err, E_INVALID_PARAMETER, "--network: found \"%s\"; expected none or host", network);
        if (args_has(context->args, "ask") && !isatty(0))
                return error_set(err, E_INVALID_PARAMETER, "do --ask: standard input is no terminal; --keep keeps it for later");
        return 0;
}

static int compose(struct doing *doing, char **ret)
{
        const struct cmd_context *context = doing->context;
        struct throwaway wanted = {
                .args = { (const char **)context->words, (size_t)context->word_count }, .terminal = isatty(0) && isatty(1),
                .host_network = text_equal(args_text(context->args, "network"), "host"), .in_memory = args_has(context->args, "in-memory"),
        };
        bool stays = false;
        uint32_t salt;
        int r = system_random(&salt, sizeof(salt), doing->err);

        snprintf(doing->id, sizeof(doing->id), "do-%08x", salt);
        if (r >= 0)
                r = args_list(context->args, "bind", &doing->arena, &wanted.binds, doing->err);
        if (r >= 0)
                r = args_list(context->args, "hide", &doing->arena, &wanted.hide, doing->err);
        if (r >= 0)
                r = throwaway_config(&wanted, ret, &stays, doing->err);
        if (r >= 0 && stays)
                log_warning(context->log, "this directory as a whole holds keys, or others' files, and does not come along; go into one in "
                            "it, or name it with --bind");
        return r;
}

/* As a shell has it; any other failure is ours.  The words are those that clients look for, and no other failure has them. */
static int status_of_failure(const struct error *err)
{
        if (!text_starts_with(err->text, "exec: \""))
                return 0;
        return err->code == E_FILE_NOT_FOUND ? 127 : 126;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(doing_done) struct doing doing = { .context = context, .err = err, .begin = system_now_ms() };
        _cleanup_(free_charp) char *config = NULL;
        struct error ignored = { 0 };
        int r = check(context, err);

        if (r >= 0)
                r = compose(&doing, &config);
        if (r >= 0)
                r = cmd_host(context, &doing.host, err);
        if (r >= 0)
                r = run_it(&doing, config);
        if (r < 0)
                context->exit_code = status_of_failure(err);
        if (r >= 0)
                r = finish(&doing);
        if (doing.sandbox && (r < 0 || doing.ending == DISCARDED || doing.ending == APPLIED || doing.ending == IN_SCRATCH)) {
                int deleted = sandbox_delete(doing.sandbox, true, r < 0 ? &ignored : err);

                r = r < 0 ? r : deleted;
        }
        return r < 0 ? r : doing.ending == REFUSED && doing.status == 0 ? 1 : doing.status;
}

const struct cmd cmd_do = {
        .name = "do",
        .usage = "[flags] [--] COMMAND [WORDS...]",
        .says = "run a command in a throw-away copy of this machine, and tell what it changed",
        .more = "The working directory comes along as a copy. At the end what was changed is counted and thrown away, unless it is to be "
                "kept, applied, or asked about. The exit status is the command's; 127 when it is not there, 126 when it can't be "
                "executed, 125 when the copy could not be made.",
        .min_words = 1, .max_words = -1,
        .words_end_flags = true,
        .flags = flags,
        .run = run,
        .failure_status = 125,
};
