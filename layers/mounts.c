#include "layers/mounts.h"

#include <fcntl.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"

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
        static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs" };

        for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
                if (text_equal(type, types[i]))
                        return true;
        return false;
}

/* "36 35 98:0 /root /path rw,noatime master:1 - ext4 /dev/sda1 rw": the fifth word and the first behind the dash. */
static bool read_line(char *line, struct mount_entry *ret)
{
        char *dash = strstr(line, " - "), *rest = NULL, *word = NULL;

        if (!dash)
                return false;
        *dash = '\0';
        word = strtok_r(line, " ", &rest);
        for (int i = 0; word && i < 4; i++)
                word = strtok_r(NULL, " ", &rest);
        if (!word || text_equal(word, "/"))
                return false;
        unescape(word);
        ret->path = word;
        ret->type = strtok_r(dash + 3, " ", &rest);
        ret->on_disk = ret->type && is_disk_type(ret->type);
        return ret->type != NULL;
}

int mounts_read(struct arena *arena, const char *file, mount_list *ret, struct error *err)
{
        struct text text = { 0 };
        char *copy, *line, *rest = NULL;
        size_t lines = 1;
        int r;

        r = io_read_file_at(AT_FDCWD, file, 64u << 20, &text, err);
        copy = r < 0 ? NULL : arena_copy_n(arena, text.data ? text.data : "", text.length);
        text_done(&text);
        if (r < 0)
                return r;
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

bool mounts_has_below(const mount_list *mounts, const char *path)
{
        for (size_t i = 0; i < mounts->count; i++)
                if (path_is_below(mounts->items[i].path, path))
                        return true;
        return false;
}
