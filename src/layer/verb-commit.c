/* What a sandbox changed becomes a layer: exported by a child, imported by us, with a pipe between them, so that neither a file nor
 * more memory is needed, and what is in the store is what an import would have put there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

static const struct cmd_flag flags[] = { LAYER_FORMAT_FLAG, { .name = NULL } };

struct exporter { pid_t pid; int tar, told; };

/* Reads end where the child ends, so it is not waited for in vain. */
static void exporter_done(struct exporter *exporter)
{
        io_closep(&exporter->tar);
        io_closep(&exporter->told);
        if (exporter->pid > 0)
                while (waitpid(exporter->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
}

_Noreturn static void export(const struct cmd_context *context, const struct layer_source *source, int out, int told)
{
        const struct archive_export wanted = {
                .parts = source->parts, .part_count = source->count, .marks_by_name = source->marks_by_name, .compression = ARCHIVE_NONE,
                .out = out, .warn = layer_warn, .warn_context = (void *)(uintptr_t)context->log,
        };
        struct error err = { 0 }, none = { 0 };
        struct archive_sums sums;
        int r = archive_export(&wanted, &sums, &err);

        if (r < 0)
                (void)io_write_all(told, err.text, strlen(err.text), "the error", &none);
        _exit(r < 0);
}

static int export_begin(const struct cmd_context *context, const struct layer_source *source, struct exporter *ret, struct error *err)
{
        int tar[2], told[2];

        if (pipe2(tar, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        if (pipe2(told, O_CLOEXEC) < 0) {
                (void)error_errno(err, "making a pipe");
                close(tar[0]);
                close(tar[1]);
                return err->code;
        }
        ret->pid = fork();
        if (ret->pid == 0)
                export(context, source, tar[1], told[1]);
        if (ret->pid < 0)
                (void)error_errno(err, "making a process");
        close(tar[1]);
        close(told[1]);
        ret->tar = tar[0];
        ret->told = told[0];
        return ret->pid < 0 ? err->code : 0;
}

/* Did it come to its end? */
static int export_end(struct exporter *exporter, struct error *err)
{
        _cleanup_(text_done) struct text why = { 0 };
        struct error none = { 0 };
        pid_t pid = exporter->pid;
        int status;

        io_closep(&exporter->tar);
        (void)io_read_all(exporter->told, ERROR_TEXT_MAX, &why, "the error", &none);
        exporter->pid = 0;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for the export");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return 0;
        if (why.length)
                return error_set(err, E_INVALID_DATA, "%s", why.data);
        return error_set(err, E_UNEXPECTED_FAILURE, "the export was ended by signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* Its own error says more than that of an archive that ends too early. */
static int import(struct exporter *exporter, int dir, const struct cmd_context *context, struct archive_sums *ret, struct error *err)
{
        const struct archive_import wanted = {
                .in = exporter->tar, .dir = dir, .devices = geteuid() == 0, .warn = layer_warn,
                .warn_context = (void *)(uintptr_t)context->log,
                .limits = { .size = UINT64_C(1) << 50, .entries = UINT32_MAX, .depth = 400, .ratio = UINT32_MAX },
        };
        struct error own = { 0 };
        int r = archive_import(&wanted, ret, &own), ended;

        ended = export_end(exporter, err);
        if (r < 0 && (ended >= 0 || strstr(err->text, "Broken pipe")))
                return error_set(err, own.code, "%s", own.text);
        return ended;
}

static int fill(struct arena *arena, struct exporter *exporter, const struct cmd_context *context, const struct store_making *making,
                struct store_layer *ret, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        char tree[DIGEST_TEXT_MAX];
        struct archive_sums sums;
        int r = store_add_tree(making, 0, &dir, err);

        if (r >= 0)
                r = import(exporter, dir, context, &sums, err);
        if (r >= 0)
                r = archive_tree_digest(dir, tree, err);
        if (r < 0)
                return r;
        *ret = (struct store_layer){
                .digest = layer_sum(arena, sums.digest), .diff_id = layer_sum(arena, sums.diff_id), .tree = layer_sum(arena, tree),
                .size = sums.size, .bytes = sums.bytes, .entries = sums.entries,
        };
        return ret->digest && ret->diff_id && ret->tree ? 0 : error_memory(err);
}

static int tell(const struct store_record *record, bool json, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        if (json)
                json_write(&out, store_record_fields, record);
        else
                text_addf(&out, "diffID %s, %" PRIu64 " bytes, %" PRIu64 " entries", record->layers.items[0].diff_id,
                          record->layers.items[0].bytes, record->layers.items[0].entries);
        text_add_char(&out, '\n');
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data, err);
}

static int commit(struct arena *arena, struct cmd_context *context, const struct layer_source *source, bool json, struct error *err)
{
        _cleanup_(exporter_done) struct exporter exporter = { .tar = -1, .told = -1 };
        struct store store = { .dir = -1 };
        struct store_making making = { .dir = -1 };
        struct store_layer layer = { 0 };
        struct store_record record = { .name = context->words[1], .source = arena_printf(arena, "commit of %s", context->words[0]),
                                       .layers = { &layer, 1 } };
        char now[40];
        int r = layer_store(arena, true, &store, err);

        system_time(now);
        record.created = now;
        if (r >= 0)
                r = store_begin(&store, context->words[1], &making, err);
        if (r >= 0)
                r = export_begin(context, source, &exporter, err);
        if (r >= 0) {
                layer_limit_memory();
                r = fill(arena, &exporter, context, &making, &layer, err);
        }
        if (r >= 0)
                r = store_commit(&making, &record, err);
        store_making_done(&making);
        io_closep(&store.dir);
        return r < 0 ? r : tell(&record, json, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(layer_source_done) struct layer_source source = { .count = 0 };
        bool json;
        int r = layer_format(context, &json, err);

        if (r >= 0)
                r = store_check_name(context->words[1], err);
        if (r >= 0)
                r = layer_source_open(context, &arena, context->words[0], &source, err);
        if (r >= 0)
                r = commit(&arena, context, &source, json, err);
        return r < 0 ? error_wrap(err, "making the layer %s of \"%s\"", context->words[1], context->words[0]) : r;
}

const struct cmd cmd_layer_commit = {
        .name = "commit",
        .usage = "[flags] ID NAME",
        .says = "make a layer of what a sandbox changed",
        .more = "The layer is what an export and an import of it would make.  A sandbox that writes meanwhile is better stopped or paused.",
        .min_words = 2,
        .max_words = 2,
        .flags = flags,
        .run = run,
};
