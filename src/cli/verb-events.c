/* Lines of JSON in runc's shape, {"type","id","data"}, one for each event, until the sandbox ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "interval", 0, CMD_FLAG_TEXT, "DURATION", "how often to tell what it has used: 500ms, 5s, 1m30s (default: 5s)" },
        { "stats", 0, CMD_FLAG_BOOL, NULL, "tell once what it has used, and end" },
        { .name = NULL },
};

#define INTERVAL_MS 5000

struct event { const char *type, *id; const struct statistics *data; };

static const struct json_field event_fields[] = {
        JSON_TEXT(struct event, "type", type),
        JSON_TEXT(struct event, "id", id),
        JSON_POINTER(struct event, "data", data, statistics_fields),
        JSON_END
};

/* --- the interval --------------------------------------------------------------------------------------------------------- */

/* Go's way of writing times: numbers, each with a unit behind it. */
static int read_interval(const char *text, int *ret_ms, struct error *err)
{
        static const struct { const char *name; double ms; } units[] = {        /* the longer names first */
                { "ms", 1 }, { "us", 0.001 }, { "ns", 0.000001 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
        };
        const char *at = text;
        bool good = true;
        double sum = 0;

        while (good && *at) {
                size_t unit = 0;
                double number = 0, place = 1;

                good = (*at >= '0' && *at <= '9') || *at == '.';
                for (; *at >= '0' && *at <= '9'; at++)
                        number = number * 10 + (*at - '0');
                if (*at == '.')
                        for (at++; *at >= '0' && *at <= '9'; at++)
                                number += (*at - '0') * (place /= 10);
                while (unit < ARRAY_LENGTH(units) && !text_starts_with(at, units[unit].name))
                        unit++;
                good = good && unit < ARRAY_LENGTH(units);
                if (good) {
                        at += strlen(units[unit].name);
                        sum += number * units[unit].ms;
                }
        }
        if (!good || !(sum >= 1 && sum <= 86400000))
                return error_set(err, E_INVALID_PARAMETER, "--interval: found \"%.100s\"; expected a time from 1ms to 24h, such as 500ms, "
                                 "5s or 1m30s", text);
        *ret_ms = (int)sum;
        return 0;
}

/* --- the lines ------------------------------------------------------------------------------------------------------------ */

static int print(const struct event *event, struct error *err)
{
        _cleanup_(text_done) struct text line = { 0 };
        int r;

        json_write(&line, event_fields, event);
        text_add_char(&line, '\n');
        r = text_check(&line, err);
        return r < 0 ? r : cmd_print(line.data, err);
}

/* SANDBOX_NOT_RUNNING when there is nothing to tell any more. */
static int print_statistics(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        const struct statistics *used = NULL;
        struct statistics told;
        int r = sandbox_statistics(sandbox, &arena, &used, err);

        if (r != 0)
                return r;
        told = *used;
        told.network_interfaces = &statistics_no_interfaces;    /* null, which counts as absent on the way here */
        return print(&(const struct event){ "stats", sandbox_id(sandbox), &told }, err);
}

/* --- what is heard, as bytes in a pipe -------------------------------------------------------------------------------------- */

#define HEARD_EXIT 'x'
#define HEARD_OUT_OF_MEMORY 'm'

static void hear_exit(void *pipe)
{
        (void)!write(*(int *)pipe, &(char){ HEARD_EXIT }, 1);
}

static void hear_out_of_memory(void *pipe)
{
        (void)!write(*(int *)pipe, &(char){ HEARD_OUT_OF_MEMORY }, 1);
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int follow(struct sandbox *sandbox, int from, int interval_ms, struct error *err)
{
        int64_t next = now_ms() + interval_ms;

        for (;;) {
                struct pollfd heard = { .fd = from, .events = POLLIN };
                int64_t left = next - now_ms();
                char word;
                int r = 0;

                if (poll(&heard, 1, left > 0 ? (int)left : 0) < 0 && errno != EINTR)
                        return error_errno(err, "waiting for events");
                if (heard.revents && read(from, &word, 1) == 1) {
                        if (word == HEARD_EXIT)
                                return 0;
                        r = print(&(const struct event){ .type = "oom", .id = sandbox_id(sandbox) }, err);
                } else if (now_ms() >= next) {
                        r = print_statistics(sandbox, err);
                        next = now_ms() + interval_ms;
                }
                if (r < 0)
                        return r;
        }
}

static void close_both(int (*ends)[2])
{
        io_closep(&(*ends)[0]);
        io_closep(&(*ends)[1]);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(close_both) int ends[2] = { -1, -1 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *interval = args_text(context->args, "interval");
        const struct statistics *used = NULL;
        int ms = INTERVAL_MS, r = interval ? read_interval(interval, &ms, err) : 0;

        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r < 0)
                return r;
        r = args_has(context->args, "stats") ? print_statistics(sandbox, err) : sandbox_statistics(sandbox, &arena, &used, err);
        if (r == SANDBOX_NOT_RUNNING)
                return error_set(err, E_NOT_FOUND, "container not running");
        if (r < 0 || args_has(context->args, "stats"))
                return r;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        r = sandbox_on_events(sandbox, hear_exit, hear_out_of_memory, &ends[1], err);
        return r < 0 ? r : follow(sandbox, ends[0], ms, err);
}

const struct cmd cmd_events = {
        .name = "events",
        .usage = "[flags] ID",
        .says = "tell what a sandbox uses, and when its memory runs out, as lines of JSON",
        .more = "It ends when the sandbox does. On cgroup v1 only what was limited is counted, unless the bundle names the cgroup.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
