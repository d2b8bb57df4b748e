/* The public face of change sets. */
#include <string.h>

#include "hcs/base/json.h"
#include "src/lib/apply.h"
#include "src/lib/changes.h"
#include "src/lib/public.h"

_Static_assert((int)HCS_SANDBOX_REFUSED == (int)SANDBOX_REFUSED, "one outcome under two names");
_Static_assert((int)HCS_SANDBOX_NOTHING_TO_UNDO == (int)SANDBOX_NOTHING_TO_UNDO, "so is this");

int hcs_sandbox_changes(struct hcs_sandbox *sandbox, char **ret, struct hcs_sandbox_error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        change_list list;
        int r = LOCKED(sandbox, sandbox_changes(sandbox->inner, &arena, &list, public_error(err)));

        if (r < 0)
                return r;
        changes_print_json(&text, &list);
        return text_take(&text, ret, public_error(err));
}

int hcs_sandbox_patch(struct hcs_sandbox *sandbox, int descriptor, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_patch(sandbox->inner, descriptor, false, public_error(err)));
}

static void add_notes(struct text *text, const char *key, const apply_note_list *list)
{
        text_addf(text, ",\"%s\":[", key);
        for (size_t i = 0; i < list->count; i++) {
                text_add(text, i ? ",{" : "{");
                changes_print_path(text, "path", list->items[i].path);
                text_add(text, ",\"why\":");
                json_write_string(text, list->items[i].why);
                text_add_char(text, '}');
        }
        text_add_char(text, ']');
}

int hcs_sandbox_apply(struct hcs_sandbox *sandbox, const struct hcs_sandbox_apply_options *given, char **ret,
                      struct hcs_sandbox_error *err)
{
        struct hcs_sandbox_apply_options options = HCS_SANDBOX_APPLY_OPTIONS_INIT;
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct sandbox_applied applied = { 0 };
        struct sandbox_apply wish;
        int r = public_take_options(&options, sizeof(options), given, err), printed;

        if (r < 0)
                return r;
        wish = (struct sandbox_apply){
                .paths = public_list_of(options.paths), .dry_run = options.dry_run, .force = options.force,
                .set_user_id = options.set_user_id,
        };
        r = LOCKED(sandbox, sandbox_apply(sandbox->inner, &wish, &arena, &applied, public_error(err)));
        if (r < 0)
                return r;
        text_add_char(&text, '{');
        changes_print_list(&text, &applied.changes);
        add_notes(&text, "refused", &applied.refused);
        add_notes(&text, "leftOut", &applied.left_out);
        text_add_char(&text, '}');
        printed = text_take(&text, ret, public_error(err));
        return printed < 0 ? printed : r;
}

int hcs_sandbox_undo(struct hcs_sandbox_host *host, bool force, struct hcs_sandbox_error *err)
{
        return sandbox_undo(host->inner, force, public_error(err));
}

int hcs_sandbox_discard(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_discard(sandbox->inner, public_error(err)));
}
