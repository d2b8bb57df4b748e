#include "src/lib/apply.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"
#include "src/lib/changes.h"
#include "src/lib/host.h"
#include "src/lib/record.h"

/* --- when and whether --------------------------------------------------------------------------------------------------- */

int sandbox_need_stopped(struct sandbox *sandbox, struct arena *arena, struct error *err)
{
        struct oci_state state;
        int r = sandbox_state(sandbox, arena, &state, err);

        if (r < 0)
                return r;
        if (state.status != OCI_STOPPED)
                return error_set(err, HCS_E_INVALID_STATE, "container \"%s\" is %s, and may change more; stop it first (`hcs-sandbox kill "
                                 "%s KILL`)", sandbox_id(sandbox), oci_status_word(state.status), sandbox_id(sandbox));
        return 0;
}

/* "2026-11-26T16:31:14.123456789Z" */
static int read_created(const char *text, struct timespec *ret, struct error *err)
{
        struct tm parts = { 0 };
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
        long scale = 100000000;

        if (!rest)
                return error_set(err, E_INVALID_DATA, "the record of the sandbox: found \"%s\"; expected a time", text);
        *ret = (struct timespec){ .tv_sec = timegm(&parts) };
        if (*rest == '.')
                for (rest++; *rest >= '0' && *rest <= '9' && scale; rest++, scale /= 10)
                        ret->tv_nsec += (*rest - '0') * scale;
        return 0;
}

/* A kept scratch began with its first sandbox, which wrote the layout. */
int sandbox_since(struct sandbox *sandbox, struct arena *arena, struct timespec *ret, struct error *err)
{
        struct sandbox_record record = { 0 };
        struct doc_system document = { 0 };
        struct stat what;
        const char *layout;
        int r = sandbox_look(sandbox, arena, &document, &record, err);

        if (r < 0)
                return r;
        if (!record.scratch_kept)
                return read_created(record.state.created, ret, err);
        layout = arena_printf(arena, "%s/layout", record.scratch);
        if (!layout)
                return error_memory(err);
        if (stat(layout, &what) < 0)
                return error_errno(err, "looking at %s", layout);
        *ret = what.st_mtim;
        return 0;
}

/* --- apply -------------------------------------------------------------------------------------------------------------- */

static int open_journal(const struct sandbox_host *host, int *ret_place, struct error *err)
{
        _cleanup_(free_charp) char *data = NULL;
        int r = host->data ? 0 : layer_data_directory(&data, err);

        if (r >= 0)
                r = journal_open(host->data ? host->data : data, ret_place, err);
        if (r < 0)
                return r;
        r = journal_recover(*ret_place, err);
        if (r == JOURNAL_FINISHED || r == JOURNAL_ROLLED_BACK)
                log_warning(&host->log, "an apply that was interrupted was %s first", r == JOURNAL_FINISHED ? "finished" : "taken back");
        return r < 0 ? error_wrap(err, "what an interrupted apply left") : 0;
}

static int clean_paths(const struct strings *given, struct arena *arena, struct strings *ret, struct error *err)
{
        ret->items = arena_alloc_array(arena, given->count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; i < given->count; i++) {
                _cleanup_(free_charp) char *absolute = NULL, *clean = NULL;
                int r = path_absolute(given->items[i], &absolute, err);

                if (r >= 0)
                        r = path_clean(absolute, &clean, err);
                if (r < 0)
                        return r;
                ret->items[ret->count] = arena_copy(arena, clean);
                if (!ret->items[ret->count++])
                        return error_memory(err);
        }
        return 0;
}

int sandbox_apply(struct sandbox *sandbox, const struct sandbox_apply *wish, struct arena *arena, struct sandbox_applied *ret,
                  struct error *err)
{
        struct changes_question question;
        struct apply_wish wanted = { .question = &question, .force = wish->force, .set_user_id = wish->set_user_id };
        _cleanup_(io_closep) int place = -1;
        struct apply_plan plan;
        change_list changes;
        int r = sandbox_need_stopped(sandbox, arena, err);

        if (r >= 0)
                r = sandbox_since(sandbox, arena, &wanted.since, err);
        if (r >= 0)
                r = clean_paths(&wish->paths, arena, &wanted.paths, err);
        if (r >= 0)
                r = open_journal(sandbox_of_host(sandbox), &place, err);
        if (r >= 0)
                r = sandbox_changes_question(sandbox, arena, &question, err);
        question.leading = true;
        if (r >= 0)
                r = changes_find(arena, &question, &changes, err);
        wanted.changes = &changes;
        if (r >= 0)
                r = apply_make_plan(arena, &wanted, &plan, err);
        if (r < 0)
                return r;
        *ret = (struct sandbox_applied){ .changes = plan.chosen, .refused = plan.refused, .left_out = plan.left_out };
        if (plan.refused.count)
                return SANDBOX_REFUSED;
        return wish->dry_run || plan.steps.count == 0 ? 0 : apply_carry_out(arena, place, &plan, err);
}

int sandbox_undo(const struct sandbox_host *host, bool force, struct error *err)
{
        _cleanup_(io_closep) int place = -1;
        int r = open_journal(host, &place, err);

        if (r >= 0)
                r = journal_undo(place, force, err);
        return r == JOURNAL_NONE ? SANDBOX_NOTHING_TO_UNDO : r;
}

/* --- discard ------------------------------------------------------------------------------------------------------------ */

static int empty(const char *path, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(AT_FDCWD, path);
        struct dirent *entry;

        if (!dir)
                return error_errno(err, "opening %s", path);
        while ((entry = listing_next(dir)))
                if (io_remove_tree_at(dirfd(dir), entry->d_name, err) < 0)
                        return error_wrap(err, "%s", path);
        return errno ? error_errno(err, "reading %s", path) : 0;
}

int sandbox_discard(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct changes_question question;
        int r = sandbox_need_stopped(sandbox, &arena, err);

        if (r >= 0)
                r = sandbox_changes_question(sandbox, &arena, &question, err);
        for (size_t i = 0; r >= 0 && i < question.parts.count; i++)
                r = empty(question.parts.items[i].upper, err);
        return r;
}
