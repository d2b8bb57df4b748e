/* The door for people and clients: the command line of the runtime. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "src/cli/args.h"
#include "src/cli/cmd.h"
#include "src/cli/report.h"

static const struct cmd_flag globals[] = {
        { "root", 0, CMD_FLAG_TEXT, "DIRECTORY", "where state is kept (default: /run/hcs-sandbox)" },
        { "log", 0, CMD_FLAG_TEXT, "FILE", "append events and errors to this file" },
        { "log-format", 0, CMD_FLAG_TEXT, "text|json", "how (default: text)" },
        { "debug", 0, CMD_FLAG_BOOL, NULL, "say what is done" },
        { "timeout", 0, CMD_FLAG_TEXT, "SECONDS", "how long the host may take for each request (default: as long as is usual)" },
        { "systemd-cgroup", 0, CMD_FLAG_BOOL, NULL, "the same as --cgroup-manager systemd" },
        { "cgroup-manager", 0, CMD_FLAG_TEXT, "cgroupfs|systemd|disabled", "who makes the sandbox's cgroup (default: cgroupfs)" },
        { "annotation", 0, CMD_FLAG_LIST, "NAME=VALUE", "for what is made: as if config.json had it; may be given again" },
        { "criu", 0, CMD_FLAG_TEXT, "PROGRAM", "accepted; old clients give it, and runc does not look at it either" },
        { "rootless", 0, CMD_FLAG_TEXT, "true|false|auto", "accepted; who is root is found out by looking" },
        { "version", 'v', CMD_FLAG_BOOL, NULL, "print the version" },
        { .name = NULL },
};

#define UNKNOWN_VERB 3                  /* runc's status for it */

/* --- help --------------------------------------------------------------------------------------------------------------- */

static void add_flags(struct text *out, const struct cmd_flag *flags)
{
        for (; flags && flags->name; flags++) {
                char left[64];

                snprintf(left, sizeof(left), "%c%c%c --%s%s%s", flags->letter ? '-' : ' ', flags->letter ? flags->letter : ' ',
                         flags->letter ? ',' : ' ', flags->name, flags->value ? " " : "", flags->value ? flags->value : "");
                text_addf(out, "  %-34s %s\n", left, flags->says);
        }
}

static int help(struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        text_add(&out, PROGRAM " runs OCI bundles as throw-away copies of this machine, or in a root file system of their own.\n\n"
                 "Usage: " PROGRAM " [global flags] VERB [flags] [words]\n\nVerbs:\n");
        for (size_t i = 0; cmd_verbs[i]; i++)
                if (cmd_verbs[i]->says)
                        text_addf(&out, "  %-10s %s\n", cmd_verbs[i]->name, cmd_verbs[i]->says);
        text_add(&out, "\nGlobal flags:\n");
        add_flags(&out, globals);
        text_add(&out, "\n" PROGRAM " VERB --help tells more. First steps: `" PROGRAM " spec`, then `" PROGRAM " run demo`.\n");
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data, err);
}

static int verb_help(const struct cmd *verb, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        text_addf(&out, PROGRAM " %s: %s\n\nUsage: " PROGRAM " [global flags] %s %s\n", verb->name, verb->says, verb->name,
                  verb->usage);
        if (verb->flags) {
                text_add(&out, "\nFlags:\n");
                add_flags(&out, verb->flags);
        }
        if (verb->more)
                text_addf(&out, "\n%s\n", verb->more);
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data, err);
}

static int version(struct error *err)
{
        return cmd_print(PROGRAM " version " PACKAGE_VERSION "\nspec: " OCI_VERSION "\n", err);
}

/* --- a run ---------------------------------------------------------------------------------------------------------------- */

static const struct cmd *find_verb(const char *name)
{
        for (size_t i = 0; cmd_verbs[i]; i++)
                if (text_equal(cmd_verbs[i]->name, name))
                        return cmd_verbs[i];
        return NULL;
}

static int unknown_verb(const struct report *report, const char *name)
{
        const char *names[CMD_VERBS_MAX], *near;
        struct error err = { 0 };
        size_t count = 0;

        for (size_t i = 0; cmd_verbs[i]; i++)
                names[count++] = cmd_verbs[i]->name;
        near = args_nearest(name, names, count);
        (void)error_set(&err, E_INVALID_PARAMETER, "there is no verb \"%s\"%s%s%s", name, near ? "; did you mean " : "",
                        near ? near : "", near ? "?" : " (--help lists them)");
        report_failure(report, &err);
        return UNKNOWN_VERB;
}

/* The usage's words that are not in brackets must be there: the nth of them. */
static const char *needed_word(const char *usage, int nth, int *ret_length)
{
        const char *word = usage;

        for (;; word += strspn(word, " ")) {
                *ret_length = (int)strcspn(word, " ");
                if (*word != '[' && nth-- == 0)
                        return word;
                word += *ret_length;
        }
}

static int check_words(const struct cmd *verb, int count, struct error *err)
{
        const char *missing;
        int length;

        if (count >= verb->min_words && (verb->max_words < 0 || count <= verb->max_words))
                return 0;
        if (count >= verb->min_words)
                return error_set(err, E_INVALID_PARAMETER, "%s: too many words; usage: " PROGRAM " %s %s", verb->name, verb->name,
                                 verb->usage);
        missing = needed_word(verb->usage, count, &length);
        if (length == 2 && strncmp(missing, "ID", 2) == 0)
                missing = "an id", length = 5;
        return error_set(err, E_INVALID_PARAMETER, "%s: %.*s is missing; usage: " PROGRAM " %s %s", verb->name, length, missing, verb->name,
                         verb->usage);
}

static int read_timeout(const char *text, uint32_t *ret_ms, struct error *err)
{
        uint32_t seconds;

        if (!text)
                return 0;
        if (text_to_u32(text, &seconds) < 0 || seconds == 0 || seconds > 86400)
                return error_set(err, E_INVALID_PARAMETER, "--timeout: found \"%s\"; expected seconds, from 1 to 86400", text);
        *ret_ms = seconds * 1000;
        return 0;
}

/* Clients say it with every verb; it counts where a cgroup is made. */
static int read_cgroup_manager(const struct cmd_args *global, int *ret, struct error *err)
{
        static const struct { const char *word; int manager; } words[] = {
                { "cgroupfs", DOC_CGROUPS_OWN }, { "systemd", DOC_CGROUPS_SYSTEMD }, { "disabled", DOC_CGROUPS_NONE },
        };
        const char *text = args_text(global, "cgroup-manager");
        bool systemd = args_has(global, "systemd-cgroup");

        *ret = systemd ? DOC_CGROUPS_SYSTEMD : DOC_CGROUPS_OWN;
        if (!text)
                return 0;
        for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
                if (text_equal(text, words[i].word) && (!systemd || words[i].manager == DOC_CGROUPS_SYSTEMD)) {
                        *ret = words[i].manager;
                        return 0;
                }
        return error_set(err, E_INVALID_PARAMETER, "--cgroup-manager: found \"%s\"; expected cgroupfs, systemd or disabled%s", text,
                         systemd ? ", and with --systemd-cgroup systemd" : "");
}

static int run_verb(const struct cmd *verb, const struct cmd_args *global, struct cmd_context *context, int count,
                    struct error *err)
{
        struct cmd_args args;
        int r;

        context->cmd = verb;
        context->root = args_text(global, "root");
        context->global = global;
        context->args = &args;
        if (read_timeout(args_text(global, "timeout"), &context->timeout_ms, err) < 0)
                return err->code;
        r = args_read(&args, verb->flags, context->words, count, verb->words_end_flags, &context->word_count, err);
        if (r < 0)
                return error_wrap(err, "%s", verb->name);
        if (args_has(&args, "help"))
                return verb_help(verb, err);
        r = read_cgroup_manager(global, &context->cgroup_manager, err);
        if (r >= 0)
                r = check_words(verb, context->word_count, err);
        return r < 0 ? r : verb->run(context, err);
}

/* The value of a global flag may be a word of its own. */
static bool takes_a_word(const char *word)
{
        for (const struct cmd_flag *flag = globals; flag->name; flag++)
                if (flag->kind != CMD_FLAG_BOOL && strncmp(word, "--", 2) == 0 && text_equal(word + 2, flag->name))
                        return true;
        return false;
}

int cmd_run_below(struct cmd_context *context, const struct cmd *const *below, struct error *err)
{
        struct cmd_context inner = *context;
        size_t outer = strlen(context->cmd->name) + 1;

        inner.words = context->words + 1;
        for (; *below; below++)
                if (text_equal((*below)->name + outer, context->words[0])) {
                        int r = run_verb(*below, context->global, &inner, context->word_count - 1, err);

                        context->exit_code = inner.exit_code;
                        return r;
                }
        return error_set(err, E_INVALID_PARAMETER, "%s: there is no verb \"%s\" (--help lists them)",
                         context->cmd->name, context->words[0]);
}

int cmd_main(int count, char **words, uint32_t inherited)
{
        _cleanup_(report_done) struct report report = REPORT_NONE;
        struct log log = { .sink = report_event, .context = &report, .level = LOG_LEVEL_WARNING };
        struct cmd_context context = { .log = &log, .inherited = inherited };
        struct cmd_args global;
        struct error err = { 0 };
        const struct cmd *verb;
        int r, at;

        /* Global flags end at the verb: the first word. */
        for (at = 1; at < count && words[at][0] == '-' && words[at][1]; at++)
                if (takes_a_word(words[at]) && at + 1 < count)
                        at++;
        r = args_read(&global, globals, words + 1, (at < count ? at : count) - 1, false, &(int){ 0 }, &err);
        if (r >= 0)
                r = report_open(&report, args_text(&global, "log"), args_text(&global, "log-format"),
                                args_has(&global, "debug"), &err);
        if (r < 0)
                goto end;
        if (args_has(&global, "debug"))
                log.level = LOG_LEVEL_DEBUG;
        if (args_has(&global, "version")) {
                r = version(&err);
                goto end;
        }
        if (at >= count || args_has(&global, "help")) {
                r = help(&err);
                goto end;
        }
        if (text_equal(words[at], "help")) {
                verb = at + 1 < count ? find_verb(words[at + 1]) : NULL;
                r = verb ? verb_help(verb, &err) : help(&err);
                goto end;
        }
        verb = find_verb(words[at]);
        if (!verb)
                return unknown_verb(&report, words[at]);
        context.before = words;
        context.before_count = at;
        context.words = words + at + 1;
        r = run_verb(verb, &global, &context, count - at - 1, &err);
        if (r < 0) {
                report_failure(&report, &err);
                return context.exit_code ? context.exit_code : verb->failure_status ? verb->failure_status : 1;
        }
        return r ? r : context.exit_code;
end:
        if (r < 0)
                report_failure(&report, &err);
        return r < 0;
}
