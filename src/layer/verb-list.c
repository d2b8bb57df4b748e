#include <inttypes.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { "quiet", 'q', CMD_FLAG_BOOL, NULL, "names only" },
        { .name = NULL },
};

static void write_json(struct text *out, const store_record_list *list)
{
        text_add_char(out, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write(out, store_record_fields, &list->items[i]);
        }
        text_add(out, "]\n");
}

static void write_table(struct text *out, const store_record_list *list)
{
        size_t width = 4;

        for (size_t i = 0; i < list->count; i++)
                width = strlen(list->items[i].name) > width ? strlen(list->items[i].name) : width;
        text_addf(out, "%-*s   LAYERS   ENTRIES      BYTES            CREATED                          SOURCE\n", (int)width, "NAME");
        for (size_t i = 0; i < list->count; i++) {
                const struct store_record *record = &list->items[i];
                uint64_t entries = 0, bytes = 0;

                for (size_t k = 0; k < record->layers.count; k++) {
                        entries += record->layers.items[k].entries;
                        bytes += record->layers.items[k].bytes;
                }
                text_addf(out, "%-*s   %-6zu   %-10" PRIu64 "   %-14" PRIu64 "   %-30s   %s\n", (int)width, record->name,
                          record->layers.count, entries, bytes, record->created, record->source ? record->source : "");
        }
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        const char *format = args_text(context->args, "format");
        struct store store = { .dir = -1 };
        store_record_list list = { 0 };
        int r;

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = layer_store(&arena, false, &store, err);
        if (r == 0)
                r = store_list(&store, &arena, &list, err);
        io_closep(&store.dir);
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
        .name = "list",
        .usage = "[flags]",
        .says = "list the layers",
        .flags = flags,
        .run = run,
};
