/* What a sandbox changed, as HCS exports it: a file that was written to is there whole, whether its content differs or not. */
#include <inttypes.h>
#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "hcs/base/utf8.h"
#include "hcs/base/windows.h"
#include "layers/windows/changes.h"
#include "src/layer/windows/verbs.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { "name-only", 0, CMD_FLAG_BOOL, NULL, "paths alone" },
        { "stat", 0, CMD_FLAG_BOOL, NULL, "one line that counts" },
        { .name = NULL },
};

enum { ADDED, CHANGED, DELETED, TYPE, KINDS, NO_CHANGE = KINDS };
static const struct { char letter; const char *word, *counted; } kinds[KINDS] = {
        { 'A', "added", "added" }, { 'M', "changed", "changed" }, { 'D', "deleted", "deleted" }, { 'T', "type", "of another type" },
};

/* --- what it is ----------------------------------------------------------------------------------------------------------- */

/* What lies beneath, in the first layer that has it: its attributes. */
static int look_beneath(const struct strings *beneath, const char *path, struct arena *arena, DWORD *ret, struct error *err)
{
        *ret = INVALID_FILE_ATTRIBUTES;
        for (size_t i = 0; i < beneath->count && *ret == INVALID_FILE_ATTRIBUTES; i++) {
                _cleanup_(free_utf16p) char16_t *wide = NULL;
                char *file = arena_printf(arena, "%s%s\\Files\\%s", text_starts_with(beneath->items[i], "\\\\") ? "" : "\\\\?\\",
                                          beneath->items[i], path);

                if (!file || utf16_from_utf8(file, &wide, err) < 0)
                        return file ? err->code : error_memory(err);
                for (char16_t *at = wide; *at; at++)
                        *at = *at == u'/' ? u'\\' : *at;
                *ret = GetFileAttributesW(wide);
        }
        return 0;
}

/* A directory that is beneath is only on the way to what changed. */
static int judge(const struct winchange *change, DWORD before)
{
        bool was_directory = before & FILE_ATTRIBUTE_DIRECTORY;

        if (change->type == WINCHANGE_DELETED)
                return DELETED;
        if (before == INVALID_FILE_ATTRIBUTES)
                return ADDED;
        if (change->type == WINCHANGE_LINK)
                return before & FILE_ATTRIBUTE_REPARSE_POINT ? CHANGED : TYPE;
        if (was_directory != (change->type == WINCHANGE_DIRECTORY))
                return TYPE;
        return change->type == WINCHANGE_DIRECTORY ? NO_CHANGE : CHANGED;
}

/* --- told ----------------------------------------------------------------------------------------------------------------- */

struct told { const struct cmd_context *context; struct text lines, json; uint64_t counts[KINDS], bytes; bool names; };

static const char *type_word(const struct winchange *change)
{
        return change->type == WINCHANGE_DIRECTORY ? "directory" : change->type == WINCHANGE_LINK ? "link" : "file";
}

static int tell_one(struct told *told, const struct winchange *change, int kind, struct arena *arena, struct error *err)
{
        char *path = arena_printf(arena, "C:\\%s", change->path), *printable = path ?
                arena_alloc(arena, UTF8_PRINTABLE_MAX * strlen(path) + 8) : NULL;

        if (!printable)
                return error_memory(err);
        for (char *at = path; (at = strchr(at, '/')); )
                *at = '\\';
        utf8_printable(path, printable, UTF8_PRINTABLE_MAX * strlen(path) + 8);
        if (told->names)
                text_addf(&told->lines, "%s\n", printable);
        else
                text_addf(&told->lines, "%c %s%s\n", kinds[kind].letter, printable, change->type == WINCHANGE_DIRECTORY ? "\\" : "");
        text_addf(&told->json, "%s{\"path\":", told->json.length ? "," : "");
        json_write_string(&told->json, path);
        text_addf(&told->json, ",\"change\":\"%s\"", kinds[kind].word);
        if (kind != DELETED) {
                text_addf(&told->json, ",\"after\":{\"type\":\"%s\"", type_word(change));
                if (change->type == WINCHANGE_FILE)
                        text_addf(&told->json, ",\"size\":%" PRIu64, change->size);
                text_add_char(&told->json, '}');
        }
        text_add_char(&told->json, '}');
        told->counts[kind]++;
        told->bytes += kind == DELETED ? 0 : change->size;
        return 0;
}

static int print(struct told *told, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };
        const char *before = "";

        if (text_check(&told->lines, err) < 0 || text_check(&told->json, err) < 0)
                return err->code;
        if (text_equal(args_text(told->context->args, "format"), "json")) {
                text_add(&out, "{\"summary\":{");
                for (int i = 0; i < KINDS; i++)
                        text_addf(&out, "\"%s\":%" PRIu64 ",", kinds[i].word, told->counts[i]);
                text_addf(&out, "\"bytes\":%" PRIu64 "},\"changes\":[%s]}\n", told->bytes, told->json.data ? told->json.data : "");
        } else if (args_has(told->context->args, "stat")) {
                for (int i = 0; i < KINDS; i++)
                        if (told->counts[i]) {
                                text_addf(&out, "%s%" PRIu64 " %s", before, told->counts[i], kinds[i].counted);
                                before = ", ";
                        }
                text_add(&out, out.length ? "\n" : "nothing\n");
        } else {
                text_add(&out, told->lines.data ? told->lines.data : "");
        }
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data ? out.data : "", err);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------ */

static int find(struct told *told, const char *folder, const struct strings *beneath, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        winchange_list list;
        int r = winchanges_read(folder, &arena, &list, err);

        for (size_t i = 0; r >= 0 && i < list.count; i++) {
                DWORD before = INVALID_FILE_ATTRIBUTES;
                int kind;

                r = look_beneath(beneath, list.items[i].path, &arena, &before, err);
                kind = judge(&list.items[i], before);
                if (r >= 0 && kind != NO_CHANGE)
                        r = tell_one(told, &list.items[i], kind, &arena, err);
        }
        return r;
}

static int diff(const struct winstore *store, struct arena *arena, struct sandbox *sandbox, struct told *told, struct error *err)
{
        const char *name = arena_printf(arena, "@%s", sandbox_id(sandbox));
        struct winstore_work work = { .lock = NULL };
        struct error cleaning = { 0 };
        struct strings beneath;
        int r = name ? winstore_claim(store, arena, name, &work, err) : error_memory(err);

        if (r >= 0)
                r = sandbox_export(sandbox, work.out, arena, &beneath, err);
        if (r >= 0)
                r = find(told, work.out, &beneath, err);
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(told->context->log, "%s", cleaning.text);
        return r;
}

static int check(const struct cmd_context *context, struct error *err)
{
        const char *format = args_text(context->args, "format");

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        if (text_equal(format, "json") + args_has(context->args, "name-only") + args_has(context->args, "stat") > 1)
                return error_set(err, E_INVALID_PARAMETER, "diff: expected one of --format json, --name-only and --stat");
        return 0;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct told told = { .context = context, .names = args_has(context->args, "name-only") };
        struct winstore store;
        int r = check(context, err);

        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = winstore_open(host, &arena, &store, err);
        if (r >= 0)
                r = diff(&store, &arena, sandbox, &told, err);
        if (r >= 0)
                r = print(&told, err);
        text_done(&told.lines);
        text_done(&told.json);
        return r;
}

const struct cmd cmd_diff = {
        .name = "diff",
        .usage = "[flags] ID",
        .says = "show what a sandbox changed in its copy of this machine",
        .more = "A added, M written to, D deleted, T of another type.  The registry is not looked into.  The sandbox must have ended, "
                "and have no "
                "machine of its own.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
