#include "oci/windows/path.h"

#include <string.h>

#include "hcs/base/guid.h"

static bool is_slash(char c)
{
        return c == '\\' || c == '/';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : is_slash(c) ? '\\' : c;
}

static bool same(const char *a, const char *b, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (!a[i] || lower(a[i]) != lower(b[i]))
                        return false;
        return true;
}

bool winpath_equal(const char *a, const char *b)
{
        return a && b && strlen(a) == strlen(b) && same(a, b, strlen(b));
}

bool winpath_starts_with(const char *path, const char *prefix)
{
        return same(path, prefix, strlen(prefix));
}

bool winpath_ends_with(const char *path, const char *suffix)
{
        size_t length = strlen(path), end = strlen(suffix);

        return length >= end && same(path + length - end, suffix, end);
}

bool winpath_is_pipe(const char *path)
{
        return winpath_starts_with(path, PIPE_PREFIX) && path[strlen(PIPE_PREFIX)];
}

const char *winpath_pipe_name(const char *path)
{
        return path + strlen(PIPE_PREFIX);
}

bool winpath_is_absolute(const char *path)
{
        if (is_letter(path[0]) && path[1] == ':')
                return is_slash(path[2]);
        return is_slash(path[0]) && is_slash(path[1]) && path[2] && !is_slash(path[2]) && path[2] != '.';
}

bool winpath_is_volume(const char *path)
{
        static const char prefix[] = "\\\\?\\Volume";
        const size_t length = strlen(prefix);
        char guid[39] = "";

        if (!winpath_starts_with(path, prefix) || strlen(path) != length + 38 + 1 || !is_slash(path[length + 38]))
                return false;
        memcpy(guid, path + length, 38);
        return *guid == '{' && guid_is_valid(guid);
}

bool winpath_has_dots(const char *path)
{
        for (const char *part = path; *part;) {
                size_t length = strcspn(part, "\\/");

                if ((length == 1 || length == 2) && strspn(part, ".") >= length && part > path)
                        return !(length == 1 && part == path + 2 && is_slash(path[0]));         /* the dot of \\.\ */
                part += length + (part[length] != '\0');
        }
        return false;
}

bool winpath_has_bad_character(const char *path)
{
        if (winpath_starts_with(path, "\\\\?\\"))
                path += 4;
        for (; *path; path++)
                if ((unsigned char)*path < 0x20 || strchr("<>\"|?*", *path))
                        return true;
        return false;
}

char *winpath_clean(struct arena *arena, const char *path)
{
        char *clean = arena_copy(arena, path);
        size_t to = 0;

        for (size_t from = 0; clean && path[from]; from++) {
                char c = is_slash(path[from]) ? '\\' : path[from];

                if (c == '\\' && to > 1 && clean[to - 1] == '\\')
                        continue;
                clean[to++] = c;
        }
        if (!clean)
                return NULL;
        if (to > 3 && clean[to - 1] == '\\' && !winpath_is_volume(path))
                to--;
        clean[to] = '\0';
        return clean;
}

const char *winpath_name(const char *path)
{
        const char *name = path;

        for (const char *c = path; *c; c++)
                if (is_slash(*c) && c[1])
                        name = c + 1;
        return name;
}

char *winpath_parent(struct arena *arena, const char *path)
{
        size_t length = (size_t)(winpath_name(path) - path);

        while (length > 3 && is_slash(path[length - 1]))
                length--;
        return arena_copy_n(arena, path, length);
}

char *winpath_join(struct arena *arena, const char *left, const char *right)
{
        size_t length = strlen(left);

        return arena_printf(arena, "%s%s%s", left, length && is_slash(left[length - 1]) ? "" : "\\", right);
}
