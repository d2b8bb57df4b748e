#include <inttypes.h>
#include <string.h>

#include "hcs/base/text.h"
#include "src/layer/windows/verbs.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { "quiet", 'q', CMD_FLAG_BOOL, NULL, "names only" },
        { .name = NULL },
};

static void write_json(struct text *out, const winstore_list *list)
{
        text_add_char(out, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write(out, winstore_layer_fields, &list->items[i]);
        }
        text_add(out, "]\n");
}

static void write_table(struct text *out, const winstore_list *list)
{
        size_t width = 4;

        for (size_t i = 0; i < list->count; i++)
                width = strlen(list->items[i].name) > width ? strlen(list->items[i].name) : width;
        text_addf(out, "%-*s   ENTRIES      BYTES            CREATED                          FOLDER\n", (int)width, "NAME");
        for (size_t i = 0; i < list->count; i++) {
                const struct winstore_layer *layer = &list->items[i];

                text_addf(out, "%-*s   %-10" PRIu64 "   %-14" PRIu64 "   %-30s   %s\n", (int)width, layer->name, layer->entries,
                          layer->bytes,
                          layer->created, layer->path ? layer->path : "");
        }
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(text_done) struct text out = { 0 };
        const char *format = args_text(context->args, "format");
        struct winstore store;
        winstore_list list;
        int r = 0;

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = winlayer_verb_open(context, &arena, &host, &store, err);
        if (r >= 0)
                r = winstore_read_all(&store, &arena, &list, err);
        if (r < 0)
                return r;
        if (args_has(context->args, "quiet"))
                for (size_t i = 0; i < list.count; i++)
                        text_addf(&out, "%s\n", list.items[i].name);
        else if (text_equal(format, "json"))
                write_json(&out, &list);
        else
                write_table(&out, &list);
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data ? out.data : "", err);
}

const struct cmd cmd_layer_list = {
        .name = LAYER_VERB "list",
        .usage = "[flags]",
        .says = "list the layers",
        .flags = flags,
        .run = run,
};
