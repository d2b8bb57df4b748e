#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { "quiet", 'q', CMD_FLAG_BOOL, NULL, "ids only" },
        { .name = NULL },
};

/* One that goes away while we look is none; one that can't be read is told of, and does not hide the others. */
static size_t read_states(struct sandbox_host *host, const struct log *log, struct arena *arena, const struct strings *ids,
                          struct oci_state *states)
{
        size_t count = 0;

        for (size_t i = 0; i < ids->count; i++) {
                _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
                struct error err = { 0 };
                int r = sandbox_open(host, ids->items[i], &sandbox, &err);

                if (r == 0)
                        r = sandbox_state(sandbox, arena, &states[count], &err);
                if (r < 0 && r != E_NOT_FOUND)
                        log_warning(log, "%s: %s", ids->items[i], err.text);
                if (r != 0)
                        continue;
                states[count].id = ids->items[i];
                states[count].owner = cmd_user_name(arena, states[count].owner);
                count++;
        }
        return count;
}

static void write_table(struct text *out, const struct oci_state *states, size_t count)
{
        size_t id = 2, bundle = 6;

        for (size_t i = 0; i < count; i++) {
                id = strlen(states[i].id) > id ? strlen(states[i].id) : id;
                bundle = strlen(states[i].bundle) > bundle ? strlen(states[i].bundle) : bundle;
        }
        text_addf(out, "%-*s   PID        STATUS     %-*s   CREATED                          OWNER\n", (int)id, "ID", (int)bundle,
                  "BUNDLE");
        for (size_t i = 0; i < count; i++)
                text_addf(out, "%-*s   %-8u   %-8s   %-*s   %-30s   %s\n", (int)id, states[i].id, states[i].pid,
                          oci_status_word(states[i].status), (int)bundle, states[i].bundle, states[i].created, states[i].owner);
}

static void write_json(struct text *out, const struct oci_state *states, size_t count)
{
        text_add_char(out, '[');
        for (size_t i = 0; i < count; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write(out, oci_state_fields, &states[i]);
        }
        text_add(out, "]\n");
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        const char *format = args_text(context->args, "format");
        struct oci_state *states;
        struct strings ids;
        size_t count;
        int r;

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_host_list(host, &arena, &ids, err);
        if (r < 0)
                return r;
        states = arena_alloc_array(&arena, ids.count + 1, sizeof(*states));
        if (!states)
                return error_memory(err);

        if (args_has(context->args, "quiet")) {
                for (size_t i = 0; i < ids.count; i++)
                        text_addf(&out, "%s\n", ids.items[i]);
        } else {
                count = read_states(host, context->log, &arena, &ids, states);
                if (text_equal(format, "json"))
                        write_json(&out, states, count);
                else
                        write_table(&out, states, count);
        }
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data ? out.data : "", err);
}

const struct cmd cmd_list = {
        .name = "list",
        .usage = "[flags]",
        .says = "list the sandboxes",
        .flags = flags,
        .run = run,
};
