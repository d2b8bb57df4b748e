#include "layers/windows/tombstones.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "layers/windows/names.h"

#define HEAD "\xef\xbb\xbfVersion 1.0"
#define FILE_MAX (64u << 20)
#define DEPTH_MAX 1000

static int damaged(struct error *err)
{
        return error_set(err, E_INVALID_DATA, WINTOMBSTONES " is none of version 1.0");
}

static int read_line(char *line, struct arena *arena, const char **ret, struct error *err)
{
        struct winname name;
        char *path;

        if (*line != '\\')
                return damaged(err);
        for (char *at = line; (at = strchr(at, '\\')); )
                *at = '/';
        path = arena_printf(arena, "Files%s", line);
        if (!path)
                return error_memory(err);
        if (winnames_read(path, DEPTH_MAX, &name, err) < 0)
                return error_wrap(err, WINTOMBSTONES ": \"%.512s\"", path);
        *ret = path;
        return name.is_mark || *name.stream ? damaged(err) : 0;
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_lines(char *text, struct arena *arena, struct strings *ret, struct error *err)
{
        size_t count = 0;

        for (const char *at = text; (at = strchr(at, '\n')); at++)
                count++;
        ret->items = arena_alloc_array(arena, count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (char *line = text, *next; *line; line = next) {
                size_t length = strcspn(line, "\r\n");

                next = line + length + strspn(line + length, "\r\n");
                line[length] = '\0';
                if (line == text) {
                        if (!text_equal(line, HEAD))
                                return damaged(err);
                } else if (read_line(line, arena, &ret->items[ret->count++], err) < 0) {
                        return err->code;
                }
        }
        if (ret->count)
                qsort(ret->items, ret->count, sizeof(*ret->items), compare);
        return *text ? 0 : damaged(err);
}

int wintombstones_read(const struct winfolder *folder, struct arena *arena, struct strings *ret, struct error *err)
{
        struct winfolder_file file = { .fd = -1 };
        char *text = NULL;
        size_t got = 0;
        int r = winfolder_open_file(folder, WINTOMBSTONES, &file, err);

        *ret = (struct strings){ .count = 0 };
        if (r == E_FILE_NOT_FOUND)
                return 0;
        if (r >= 0 && file.size > FILE_MAX)
                r = error_set(err, E_INVALID_DATA, WINTOMBSTONES " has more than %u bytes", FILE_MAX);
        if (r >= 0) {
                text = arena_alloc(arena, (size_t)file.size + 1);
                r = text ? winfolder_read(&file, 0, text, (size_t)file.size, &got, err) : error_memory(err);
        }
        winfolder_close(&file);
        if (r >= 0 && strlen(text) != got)
                r = damaged(err);
        return r < 0 ? r : read_lines(text, arena, ret, err);
}

int wintombstones_begin(const struct winfolder *folder, struct winfolder_file *ret, struct error *err)
{
        int r = winfolder_make_file(folder, WINTOMBSTONES, ret, err);

        if (r >= 0)
                r = winfolder_write(ret, HEAD "\r\n", strlen(HEAD "\r\n"), err);
        return r < 0 ? error_wrap(err, WINTOMBSTONES) : 0;
}

int wintombstones_add(struct winfolder_file *file, const char *path, struct error *err)
{
        char line[WINNAMES_PATH_MAX + 4];
        size_t length;

        path += strlen("Files");
        length = strlen(path);
        memcpy(line, path, length + 1);
        for (char *at = line; (at = strchr(at, '/')); )
                *at = '\\';
        memcpy(line + length, "\r\n", 2);
        return winfolder_write(file, line, length + 2, err);
}
