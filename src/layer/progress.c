#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

#define EVERY_MS 200
#define WIDTH 30

int layer_progress_begin(const struct cmd_context *context, struct layer_progress *ret, struct error *err)
{
        const char *kind = args_text(context->args, "progress");

        *ret = (struct layer_progress){ .kind = PROGRESS_NONE };
        if (!kind || text_equal(kind, "auto"))
                ret->kind = isatty(2) ? PROGRESS_BAR : PROGRESS_NONE;
        else if (text_equal(kind, "bar"))
                ret->kind = PROGRESS_BAR;
        else if (text_equal(kind, "json"))
                ret->kind = PROGRESS_JSON;
        else if (!text_equal(kind, "none"))
                return error_set(err, E_INVALID_PARAMETER, "--progress: found \"%s\"; expected auto, bar, json or none", kind);
        return 0;
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say(const char *line, int length)
{
        struct error none = { .code = 0 };

        if (length > 0)
                (void)io_write_all(2, line, (size_t)length, "standard error", &none);
}

static void show_bar(struct layer_progress *progress, uint64_t done, uint64_t total, uint64_t entries)
{
        char bar[WIDTH + 1] = "", line[200];
        int filled = total ? (int)(done < total ? done * WIDTH / total : WIDTH) : 0;

        memset(bar, '#', (size_t)filled);
        memset(bar + filled, '.', (size_t)(WIDTH - filled));
        if (total)
                say(line, snprintf(line, sizeof(line), "\r[%s] %3d%%  %" PRIu64 " MiB, %" PRIu64 " entries ", bar, filled * 100 / WIDTH,
                                   done >> 20, entries));
        else
                say(line, snprintf(line, sizeof(line), "\r%" PRIu64 " MiB, %" PRIu64 " entries ", done >> 20, entries));
        progress->shown = true;
}

void layer_progress_tell(void *context, uint64_t done, uint64_t total, uint64_t entries)
{
        struct layer_progress *progress = context;
        int64_t now = now_ms();
        char line[200];

        if (progress->kind == PROGRESS_NONE || (progress->told_ms && now - progress->told_ms < EVERY_MS))
                return;
        progress->told_ms = now;
        if (progress->kind == PROGRESS_BAR)
                show_bar(progress, done, total, entries);
        else
                say(line, snprintf(line, sizeof(line), "{\"bytes\":%" PRIu64 ",\"total\":%" PRIu64 ",\"entries\":%" PRIu64 "}\n", done,
                                   total, entries));
}

void layer_progress_end(struct layer_progress *progress)
{
        if (progress->shown)
                say("\r\033[K", 4);
        progress->shown = false;
}
