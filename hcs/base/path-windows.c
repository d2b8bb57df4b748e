/* Paths of this machine, where it is a Windows: both slashes part names, and what comes out has backslashes, since the
 * Host Compute Service takes no others behind the prefix for long paths. */
#include "hcs/base/path.h"

#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

static bool is_slash(char c)
{
        return c == '/' || c == '\\';
}

int path_join(const char *left, const char *right, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text joined = { 0 };
        size_t length = strlen(left);

        while (length > 0 && is_slash(left[length - 1]))
                length--;
        while (is_slash(*right))
                right++;
        text_add_n(&joined, left, length);
        text_add_char(&joined, '\\');
        for (; *right; right++)
                text_add_char(&joined, *right == '/' ? '\\' : *right);
        return text_take(&joined, ret, err);
}

int path_absolute(const char *path, char **ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *given = NULL, *whole = NULL;
        DWORD length;

        if (utf16_from_utf8(path, &given, err) < 0)
                return err->code;
        length = GetFullPathNameW(given, 0, NULL, NULL);
        whole = length ? calloc(length + 1, sizeof(*whole)) : NULL;
        if (length && !whole)
                return error_memory(err);
        if (!length || !GetFullPathNameW(given, length + 1, whole, NULL))
                return system_error(err, GetLastError(), "finding the whole path of %s", path);
        return utf16_to_utf8(whole, ret, err);
}

const char *path_name(const char *path)
{
        const char *name = path;

        for (; *path; path++)
                if (is_slash(*path) || *path == ':')
                        name = path + 1;
        return name;
}
