#include "src/cli/outcome.h"

#include <string.h>

#include "hcs/base/text.h"
#include "src/cli/cmd.h"
#include "src/lib/changes.h"

#define NAMED_MAX 20                    /* of what stands against it; more are counted */

static int told_refusal(const struct log *log, const apply_note_list *refused, struct error *err)
{
        for (size_t i = 0; i < refused->count && i < NAMED_MAX; i++)
                log_event(log, LOG_LEVEL_WARNING, "%s: %s", refused->items[i].path, refused->items[i].why);
        return error_set(err, E_BUSY, "nothing was applied: %zu path%s stand%s against it, the first being %s (--force, or name the paths "
                         "to be applied)", refused->count, refused->count == 1 ? "" : "s", refused->count == 1 ? "s" : "",
                         refused->items[0].path);
}

/* Without what was left out. */
static void drop_left_out(change_list *list, const apply_note_list *left_out)
{
        size_t kept = 0, next = 0;

        for (size_t i = 0; i < list->count; i++) {
                if (next < left_out->count && text_equal(list->items[i].path, left_out->items[next].path))
                        next++;
                else
                        list->items[kept++] = list->items[i];
        }
        list->count = kept;
}

int outcome_tell(const struct log *log, const struct sandbox_applied *applied, bool refused, bool dry_run, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };
        change_list list = applied->changes;
        int r;

        for (size_t i = 0; i < applied->left_out.count && i < NAMED_MAX; i++)
                log_warning(log, "left out: %s: %s", applied->left_out.items[i].path, applied->left_out.items[i].why);
        if (applied->left_out.count > NAMED_MAX)
                log_warning(log, "left out: %zu more", applied->left_out.count - NAMED_MAX);
        if (refused)
                return told_refusal(log, &applied->refused, err);
        drop_left_out(&list, &applied->left_out);
        if (dry_run)
                changes_print_lines(&out, &list);
        else {
                text_add(&out, "applied: ");
                changes_print_stat(&out, &list);
                text_add_char(&out, '\n');
        }
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data ? out.data : "", err);
}
