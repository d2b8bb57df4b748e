/* What the files of a group said before an update wrote to them: an update is refused whole or done whole. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"

#define VALUE_MAX (64u << 10)

static void item_done(struct cgroup_undo_item *item)
{
        io_closep(&item->dir);
        free(item->file);
        free(item->old);
}

void cgroup_undo_done(struct cgroup_undo *undo)
{
        while (undo->count > 0)
                item_done(&undo->items[--undo->count]);
        free(undo->items);
        *undo = (struct cgroup_undo){ 0 };
}

/* The line of `text` that begins with the first word of `line`; or that word and `none`. */
static char *line_before(const char *text, const char *line, const char *none)
{
        size_t word = strcspn(line, " ");
        struct text out = { 0 };

        for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
                if (strncmp(at, line, word) == 0 && at[word] == ' ')
                        return strndup(at, strcspn(at, "\n"));
        text_addf(&out, "%.*s %s", (int)word, line, none);
        return out.data;
}

/* A file of v1 tells more than it takes: "oom_kill_disable 0", and what happens, below. */
static char *value_before(const char *file, const char *text)
{
        if (text_equal(file, "memory.oom_control") && strchr(text, ' '))
                return strndup(strchr(text, ' ') + 1, 1);
        return strdup(*text ? text : "\n");
}

int cgroup_undo_keep(struct cgroup_undo *undo, int dir, const char *file, const char *line, const char *none, struct error *err)
{
        struct cgroup_undo_item item = { .dir = -1 };
        _cleanup_(text_done) struct text text = { 0 };
        const char *now;

        if (undo->count == undo->size) {
                size_t size = undo->size ? 2 * undo->size : 16;
                struct cgroup_undo_item *items = realloc(undo->items, size * sizeof(*items));

                if (!items)
                        return error_memory(err);
                undo->items = items;
                undo->size = size;
        }
        if (io_read_file_at(dir, file, VALUE_MAX, &text, err) < 0)
                return err->code;
        now = text.data ? text.data : "";
        item.dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
        item.file = strdup(file);
        item.old = line ? line_before(now, line, none) : value_before(file, now);
        if (item.dir < 0 || !item.file || !item.old) {
                item_done(&item);
                return error_memory(err);
        }
        undo->items[undo->count++] = item;
        return 0;
}

/* Line by line, since the kernel takes one a write. */
static int put_back(const struct cgroup_undo_item *item, struct error *err)
{
        char *rest = NULL, *line = strtok_r(item->old, "\n", &rest);
        int r = line ? 0 : io_write_value_at(item->dir, item->file, "\n", err);

        for (; r >= 0 && line; line = strtok_r(NULL, "\n", &rest))
                r = io_write_value_at(item->dir, item->file, line, err);
        return r;
}

void cgroup_undo_all(struct cgroup_undo *undo, struct error *err)
{
        while (undo->count > 0) {
                struct cgroup_undo_item *item = &undo->items[--undo->count];
                struct error refused = { 0 };

                if (put_back(item, &refused) < 0)
                        (void)error_wrap(err, "(and %s could not be put back: %s)", item->file, refused.text);
                item_done(item);
        }
}
