#include "layers/mounts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/hiding.h"
#include "layers/rules.h"

#define MOUNTINFO_MAX (64u << 20)

/* --- reading ------------------------------------------------------------------------------------------------------------ */

/* mountinfo writes blanks, tabs, newlines and backslashes as three octal digits. */
static void unescape(char *text)
{
        char *to = text;

        for (const char *from = text; *from; from++) {
                if (*from == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
                    from[3] <= '7') {
                        *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
                        from += 3;
                } else {
                        *to++ = *from;
                }
        }
        *to = '\0';
}

static bool is_disk_type(const char *type)
{
        static const char *const types[] = {
                "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "erofs", "squashfs",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
                if (text_equal(type, types[i]))
                        return true;
        return false;
}

static bool is_system_place(const char *path)
{
        static const char *const places[] = { "/usr", "/opt", "/var", "/srv" };

        for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
                if (path_is_below(path, places[i]))
                        return true;
        return false;
}

/* "36 35 98:0 /root /path rw,noatime master:1 - ext4 /dev/sda1 rw": the first, the third to fifth word, and the first behind
 * the dash, which stands alone, since a blank within a word is written as \040. */
static bool read_line(char *line, struct mount_entry *ret)
{
        char *dash = strstr(line, " - "), *rest = NULL, *words[5];

        if (!dash)
                return false;
        *dash = '\0';
        for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
                words[i] = strtok_r(i ? NULL : line, " ", &rest);
                if (!words[i])
                        return false;
        }
        ret->type = strtok_r(dash + 3, " ", &rest);
        if (!ret->type || text_to_u64(words[0], &ret->id) < 0)
                return false;
        unescape(words[3]);
        unescape(words[4]);
        ret->device = words[2];
        ret->top = words[3];
        ret->path = words[4];
        /* Where volumes are written down, a path is a line. */
        ret->comes_along = is_disk_type(ret->type) && is_system_place(ret->path) && !strchr(ret->path, '\n');
        return *ret->path == '/' && ret->path[1];
}

int mounts_read(struct arena *arena, const char *file, mount_list *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char *copy, *line, *rest = NULL;
        size_t lines = 1;
        int r;

        r = io_read_file_at(AT_FDCWD, file, MOUNTINFO_MAX, &text, err);
        if (r < 0)
                return r;
        copy = arena_copy_n(arena, text.data ? text.data : "", text.length);
        for (const char *c = copy; c && *c; c++)
                lines += *c == '\n';
        ret->items = copy ? arena_alloc_array(arena, lines, sizeof(*ret->items)) : NULL;
        if (!ret->items)
                return error_memory(err);
        ret->count = 0;
        for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                if (read_line(line, &ret->items[ret->count]))
                        ret->count++;
        return 0;
}

/* --- choosing ----------------------------------------------------------------------------------------------------------- */

static bool is_hidden_by_place(const char *path)
{
        char top[256];
        size_t length = strcspn(path + 1, "/");

        if (length >= sizeof(top))
                return true;            /* no system has such a name in its "/" */
        memcpy(top, path + 1, length);
        top[length] = '\0';
        if (!rules_is_system_entry(top))
                return true;
        for (const struct rules_fixed *place = rules_places; place->path; place++)
                if (path_is_below(path, place->path))
                        return true;
        return false;
}

static int compare(const void *left, const void *right)
{
        const struct mount_entry *a = left, *b = right;
        int order = hiding_compare_paths(a->path, b->path);

        return order ? order : (a->id > b->id) - (a->id < b->id);
}

int mounts_select(struct arena *arena, const mount_list *mounts, bool all, mount_list *ret, struct error *err)
{
        size_t count = 0;

        ret->items = arena_alloc_array(arena, mounts->count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; i < mounts->count; i++)
                if (all || !is_hidden_by_place(mounts->items[i].path))
                        ret->items[count++] = mounts->items[i];
        if (count)
                qsort(ret->items, count, sizeof(*ret->items), compare);

        ret->count = 0;
        for (size_t i = 0; i < count; i++)
                if (i + 1 == count || !text_equal(ret->items[i].path, ret->items[i + 1].path))
                        ret->items[ret->count++] = ret->items[i];
        return 0;
}

bool mounts_has_below(const mount_list *mounts, const char *path)
{
        for (size_t i = 0; i < mounts->count; i++)
                if (path_is_below(mounts->items[i].path, path) && !text_equal(mounts->items[i].path, path))
                        return true;
        return false;
}

void mounts_digest(const mount_list *mounts, struct digest *digest)
{
        for (size_t i = 0; i < mounts->count; i++) {
                const struct mount_entry *mount = &mounts->items[i];
                const char *const words[] = { mount->device, mount->top, mount->path, mount->type };

                for (size_t k = 0; k < ARRAY_LENGTH(words); k++)
                        digest_add(digest, words[k], strlen(words[k]) + 1);
        }
}
