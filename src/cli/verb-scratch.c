/* Named scratches: what sandboxes with --scratch NAME have left. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"
#include "src/lib/scratches.h"

#define SIZE_WORD 32

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "of list: how to print (default: table)" },
        { "quiet", 'q', CMD_FLAG_BOOL, NULL, "of list: names only" },
        { .name = NULL },
};

static const char *time_word(int64_t seconds, char word[32])
{
        time_t when = (time_t)seconds;
        struct tm parts;

        if (!gmtime_r(&when, &parts) || strftime(word, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
                word[0] = '\0';
        return word;
}

/* As it may be given: "64M", or with the digits of a number that is no whole one of these. */
static const char *size_word(uint64_t size, char word[SIZE_WORD])
{
        static const char units[] = "KMGT";
        size_t unit = 0;

        if (size == 0)
                return "-";
        while (size % 1024 == 0 && unit < sizeof(units) - 1) {
                size /= 1024;
                unit++;
        }
        snprintf(word, SIZE_WORD, "%" PRIu64 "%.1s", size, unit ? &units[unit - 1] : "");
        return word;
}

static void write_json(struct text *out, const scratches_list *list)
{
        char word[32];

        text_add_char(out, '[');
        for (size_t i = 0; i < list->count; i++) {
                text_add(out, i ? ",{\"name\":" : "{\"name\":");
                json_write_string(out, list->items[i].name);
                text_addf(out, ",\"begun\":\"%s\",\"sizeInBytes\":", time_word(list->items[i].begun, word));
                if (list->items[i].limit)
                        text_addf(out, "%" PRIu64, list->items[i].limit);
                else
                        text_add(out, "null");
                text_add(out, ",\"inUse\":");
                if (list->items[i].holder)
                        json_write_string(out, list->items[i].holder);
                else
                        text_add(out, "null");
                text_add_char(out, '}');
        }
        text_add(out, "]\n");
}

static void write_table(struct text *out, const scratches_list *list)
{
        char word[32], size[SIZE_WORD];
        size_t width = 4;

        for (size_t i = 0; i < list->count; i++)
                width = strlen(list->items[i].name) > width ? strlen(list->items[i].name) : width;
        text_addf(out, "%-*s   BEGUN                  LIMIT   IN USE BY\n", (int)width, "NAME");
        for (size_t i = 0; i < list->count; i++)
                text_addf(out, "%-*s   %-20s   %5s   %s\n", (int)width, list->items[i].name, time_word(list->items[i].begun, word),
                          size_word(list->items[i].limit, size), list->items[i].holder ? list->items[i].holder : "-");
}

static int list(const struct cmd_context *context, const struct sandbox_host *host, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        scratches_list found = { 0 };
        int r = sandbox_scratches(host, &arena, &found, err);

        if (r < 0)
                return r;
        if (args_has(context->args, "quiet"))
                for (size_t i = 0; i < found.count; i++)
                        text_addf(&out, "%s\n", found.items[i].name);
        else if (text_equal(args_text(context->args, "format"), "json"))
                write_json(&out, &found);
        else
                write_table(&out, &found);
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data ? out.data : "", err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        const char *format = args_text(context->args, "format");
        bool lists = text_equal(context->words[0], "list"), removes = text_equal(context->words[0], "remove");
        int r = 0;

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        if (!lists && !removes)
                return error_set(err, E_INVALID_PARAMETER, "scratch: found \"%s\"; expected list or remove", context->words[0]);
        if (lists ? context->word_count != 1 : context->word_count < 2)
                return error_set(err, E_INVALID_PARAMETER, lists ? "scratch list: expected nothing behind it"
                                                                 : "scratch remove: expected the name of one or more");
        r = cmd_host(context, &host, err);
        if (r >= 0 && lists)
                return list(context, host, err);
        for (int i = 1; r >= 0 && i < context->word_count; i++)
                r = sandbox_scratch_remove(host, context->words[i], err);
        return r;
}

const struct cmd cmd_scratch = {
        .name = "scratch",
        .usage = "[flags] list|remove [NAME...]",
        .says = "list or remove the scratches that were kept under a name",
        .more = "scratch list            list them, their limits, and which sandbox uses each\n"
                "scratch remove NAME...  remove them; refused while a sandbox uses one\n\n"
                "--scratch NAME of create, run and do makes one, or goes on from it; `clone` makes a second one.",
        .min_words = 1, .max_words = -1,
        .flags = flags,
        .run = run,
};
