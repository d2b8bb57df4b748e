#include "src/lib/scratches.h"

#include <fcntl.h>
#include <stdlib.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"
#include "layers/scratch-project.h"
#include "src/lib/apply.h"
#include "src/lib/record.h"

static int find_data(const struct sandbox_host *host, struct arena *arena, const char **ret, struct error *err)
{
        _cleanup_(free_charp) char *data = NULL;
        int r = host->data ? 0 : layer_data_directory(&data, err);

        if (r < 0)
                return r;
        *ret = arena_copy(arena, host->data ? host->data : data);
        return *ret ? 0 : error_memory(err);
}

static int missing(const char *name, struct error *err)
{
        return error_set(err, E_NOT_FOUND, "there is no scratch \"%s\"; `hcs-sandbox scratch list` lists them", name);
}

int sandbox_scratches(const struct sandbox_host *host, struct arena *arena, scratches_list *ret, struct error *err)
{
        const char *data;
        int r = find_data(host, arena, &data, err);

        return r < 0 ? r : scratches_find(arena, data, ret, err);
}

int sandbox_scratch_remove(const struct sandbox_host *host, const char *name, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        const char *data;
        int r = find_data(host, &arena, &data, err);

        if (r >= 0)
                r = scratches_remove(data, name, err);
        return r == SCRATCHES_ABSENT ? missing(name, err) : r;
}

int sandbox_scratch_clone(const struct sandbox_host *host, const char *name, const char *to, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct scratches_source source = { 0 };
        const char *data;
        int r = scratches_check_name(name, err);

        if (r >= 0)
                r = find_data(host, &arena, &data, err);
        if (r < 0)
                return r;
        source.path = scratches_path(&arena, data, name);
        r = source.path ? scratches_clone(data, &source, to, err) : error_memory(err);
        return r == SCRATCHES_ABSENT ? missing(name, err) : r;
}

/* --- of a sandbox --------------------------------------------------------------------------------------------------------- */

/* Of one that is gone it is told later. */
static int read_limit(struct scratches_source *source, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        int r;

        if (!text_ends_with(source->path, SCRATCH_PROJECT_END))
                return 0;
        dir = open(source->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = dir < 0 ? 0 : scratch_project_limit(dir, &source->limit, err);
        return r < 0 ? error_wrap(err, "the limit of the scratch %s", source->path) : 0;
}

static int describe(struct sandbox *sandbox, struct arena *arena, struct scratches_source *ret, struct error *err)
{
        struct sandbox_record record = { 0 };
        struct doc_system document = { 0 };
        struct timespec since;
        int r = sandbox_look(sandbox, arena, &document, &record, err);

        if (r < 0)
                return r;
        if (!record.way || !document.hosted_system->storage)
                return error_set(err, E_NOT_SUPPORTED, "container \"%s\" is no copy of this machine: it has a root of its own, and no "
                                 "scratch", sandbox_id(sandbox));
        r = record.scratch_in_memory ? layer_scratch_find(record.scratch, err) : 0;
        if (r >= 0)
                r = sandbox_since(sandbox, arena, &since, err);
        if (r < 0)
                return r;
        *ret = (struct scratches_source){ .path = record.scratch, .begun = since.tv_sec, .begun_ns = since.tv_nsec };
        r = read_limit(ret, err);
        if (r < 0)
                return r;
        if (!record.scratch_kept)
                ret->layout = layer_scratch_layout(arena, record.way, record.owner, document.hosted_system->storage);
        ret->holder = arena_printf(arena, "%s/%s", sandbox_of_host(sandbox)->root, sandbox_id(sandbox));
        return ret->holder && (record.scratch_kept || ret->layout) ? 0 : error_memory(err);
}

int sandbox_clone(struct sandbox *sandbox, const char *to, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct scratches_source source = { 0 };
        const char *data;
        int r = sandbox_need_stopped(sandbox, &arena, err);

        if (r >= 0)
                r = describe(sandbox, &arena, &source, err);
        if (r >= 0)
                r = find_data(sandbox_of_host(sandbox), &arena, &data, err);
        if (r >= 0)
                r = scratches_clone(data, &source, to, err);
        if (r == 0 && text_ends_with(source.path, SCRATCH_PROJECT_END) && !source.limit)
                log_warning(&sandbox_of_host(sandbox)->log, "the scratch %s has no limit: \"%s\" has lost its quota", to,
                            sandbox_id(sandbox));
        if (r == SCRATCHES_ABSENT)
                return error_set(err, E_NOT_FOUND, "the scratch of container \"%s\", %s, is gone", sandbox_id(sandbox), source.path);
        return r;
}
