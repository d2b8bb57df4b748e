#include "hcs/local/overlay.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/local/directories.h"
#include "hcs/local/tree.h"

struct overlay overlay_of_root(const struct doc_hosted_system *hosted)
{
        const struct doc_storage *storage = hosted->storage;

        return (struct overlay){
                .layers = storage->layers.items, .count = storage->layers.count, .base = -1, .scratch = storage->scratch->path,
                .user_xattrs = storage->union_kind != DOC_UNION_OVERLAY,
                /* A throw-away needs no syncs, and in memory there are none. */
                .is_volatile = !storage->scratch->keep && !storage->scratch->memory,
                .attributes = hosted->options && hosted->options->allow_set_user_id ? 0 : MOUNT_ATTR_NOSUID,
        };
}

/* Where the kernel can't prepare the work directory it mounts read-only, and says so in its own log alone. */
static int check_writable(int tree, const char *scratch, struct error *err)
{
        struct statvfs kind;

        if (fstatvfs(tree, &kind) < 0)
                return error_errno(err, "looking at the overlay");
        return kind.f_flag & ST_RDONLY ? error_set(err, E_DISK_FULL, "the scratch %s can't be written to: its file system is full or "
                                                   "read-only", scratch) : 0;
}

/* Appends to `option` what the kernel is to be told. */
static int add(struct directories *directories, const char *path, const char *name, struct text *option, struct error *err)
{
        int r = directories_add(directories, path, name, err);

        if (r < 0)
                return r;
        text_addf(option, "%s" DIRECTORIES_NAME, option->length ? ":" : "", directories->fds[directories->count - 1]);
        return text_check(option, err);
}

static int add_lower(const struct overlay *overlay, struct directories *directories, struct text *option, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < overlay->count; i++)
                r = add(directories, overlay->layers[i].path, "", option, err);
        if (r < 0 || overlay->base < 0)
                return r;
        text_addf(option, "%s" DIRECTORIES_NAME, option->length ? ":" : "", overlay->base);
        return text_check(option, err);
}

static int make(const struct overlay *overlay, const char *lower, const char *upper, const char *work, struct error *err)
{
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        int r = tree_begin(&maker, "overlay", err);

        if (r >= 0 && upper)
                r = tree_option(&maker, "source", "hcs-sandbox", err);
        if (r >= 0)
                r = tree_option(&maker, "lowerdir", lower, err);
        if (r >= 0 && upper)
                r = tree_option(&maker, "upperdir", upper, err);
        if (r >= 0 && upper)
                r = tree_option(&maker, "workdir", work, err);
        if (r >= 0 && overlay->user_xattrs)
                r = tree_option(&maker, "userxattr", NULL, err);
        if (r >= 0 && overlay->is_volatile)
                r = tree_option(&maker, "volatile", NULL, err);
        return r < 0 ? r : tree_finish(&maker, overlay->attributes, err);
}

int overlay_make(const struct overlay *overlay, struct error *err)
{
        _cleanup_(directories_done) struct directories directories = { .count = 0 };
        _cleanup_(text_done) struct text lower = { 0 }, upper = { 0 }, work = { 0 };
        _cleanup_(io_closep) int tree = -1;
        int r = add_lower(overlay, &directories, &lower, err);

        if (r >= 0 && overlay->scratch)
                r = add(&directories, overlay->scratch, "upper", &upper, err);
        if (r >= 0 && overlay->scratch)
                r = add(&directories, overlay->scratch, "work", &work, err);
        if (r < 0)
                return r;
        tree = make(overlay, lower.data, upper.data, work.data, err);
        if (tree < 0)
                return overlay->scratch && err->code == E_DISK_FULL ? error_wrap(err, "the scratch %s", overlay->scratch) : tree;
        r = overlay->scratch ? check_writable(tree, overlay->scratch, err) : 0;
        return r < 0 ? r : take_fd(tree);
}
