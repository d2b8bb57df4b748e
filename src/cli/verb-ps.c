#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { .name = NULL },
};

static int write_json(struct text *out, const struct uint32s *pids)
{
        text_add_char(out, '[');
        for (size_t i = 0; i < pids->count; i++)
                text_addf(out, "%s%u", i ? "," : "", pids->items[i]);
        text_add(out, "]\n");
        return 0;
}

static bool is_one_of(const struct uint32s *pids, uint32_t pid)
{
        for (size_t i = 0; i < pids->count; i++)
                if (pids->items[i] == pid)
                        return true;
        return false;
}

/* Which blank-separated column is called PID; -1 when none is. */
static int pid_column(const char *header)
{
        int column = 0;

        for (const char *word = header + strspn(header, " "); *word; column++) {
                size_t length = strcspn(word, " \n");

                if (length == 3 && strncmp(word, "PID", 3) == 0)
                        return column;
                word += length;
                word += strspn(word, " \n");
        }
        return -1;
}

static uint32_t number_in(const char *line, int column)
{
        const char *word = line + strspn(line, " ");

        for (; column > 0 && *word; column--) {
                word += strcspn(word, " ");
                word += strspn(word, " ");
        }
        return (uint32_t)strtoul(word, NULL, 10);
}

/* What the machine's ps prints, cut to the rows of these pids. */
static int filter(struct text *out, char *lines, const struct uint32s *pids, struct error *err)
{
        char *rest = NULL, *line = lines ? strtok_r(lines, "\n", &rest) : NULL;
        int column = line ? pid_column(line) : -1;

        if (column < 0)
                return error_set(err, E_INVALID_DATA, "ps printed no column PID; choose other ps options");
        text_addf(out, "%s\n", line);
        while ((line = strtok_r(NULL, "\n", &rest)))
                if (is_one_of(pids, number_in(line, column)))
                        text_addf(out, "%s\n", line);
        return 0;
}

/* Runs ps with the given options; E_FILE_NOT_FOUND when there is no such program. */
static int read_ps(char *const *options, int count, struct text *out, struct error *err)
{
        char *args[66] = { (char *)"ps", (char *)"-ef" };
        posix_spawn_file_actions_t actions;
        _cleanup_(io_closep) int from = -1;
        int ends[2], r, status;
        pid_t pid;

        for (int i = 0; i < count && i < 64; i++) {
                args[i + 1] = options[i];
                args[i + 2] = NULL;
        }
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        from = ends[0];
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        r = posix_spawnp(&pid, "ps", &actions, NULL, args, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        if (r != 0)
                return error_errnum(err, r, "running ps");
        r = io_read_all(from, 64u << 20, out, "the output of ps", err);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (r >= 0 && (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && out->length == 0)))
                return error_set(err, E_INVALID_PARAMETER, "ps refuses these options");
        return r;
}

/* Words that end with a NUL become words with a blank between them. */
static void make_readable(struct text *line)
{
        for (size_t i = 0; i < line->length; i++)
                if (!isprint((unsigned char)line->data[i]))
                        line->data[i] = ' ';
        while (line->length > 0 && line->data[line->length - 1] == ' ')
                line->data[--line->length] = '\0';
}

/* Where there is no ps, or no PATH to find it by. */
static void write_own(struct text *out, const struct uint32s *pids)
{
        text_add(out, "PID        COMMAND\n");
        for (size_t i = 0; i < pids->count; i++) {
                _cleanup_(text_done) struct text line = { 0 };
                struct error gone = { 0 };
                char path[64];

                snprintf(path, sizeof(path), "/proc/%u/cmdline", pids->items[i]);
                if (io_read_file_at(AT_FDCWD, path, 1u << 20, &line, &gone) < 0)
                        continue;
                make_readable(&line);
                text_addf(out, "%-10u %s\n", pids->items[i], line.data ? line.data : "");
        }
}

static int write_table(struct cmd_context *context, struct text *out, const struct uint32s *pids, struct error *err)
{
        _cleanup_(text_done) struct text lines = { 0 };
        const char *path = getenv("PATH");
        int r;

        if (context->word_count == 1 && (!path || !*path || read_ps(NULL, 0, &lines, err) < 0 || !lines.data)) {
                write_own(out, pids);
                return 0;
        }
        if (context->word_count > 1) {
                r = read_ps(context->words + 1, context->word_count - 1, &lines, err);
                if (r < 0)
                        return r;
        }
        return filter(out, lines.data, pids, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *format = args_text(context->args, "format");
        struct uint32s pids;
        int r;

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_processes(sandbox, &arena, &pids, err);
        if (r >= 0)
                r = text_equal(format, "json") ? write_json(&out, &pids) : write_table(context, &out, &pids, err);
        if (r >= 0)
                r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data, err);
}

const struct cmd cmd_ps = {
        .name = "ps",
        .usage = "[flags] ID [PS-OPTION...]",
        .says = "list the processes of a sandbox, as the host sees them",
        .min_words = 1, .max_words = -1,
        .words_end_flags = true,
        .flags = flags,
        .run = run,
};
