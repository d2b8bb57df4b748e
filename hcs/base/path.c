#include "hcs/base/path.h"

#include <string.h>
#include <unistd.h>

int path_clean(const char *path, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text clean = { 0 };

        for (const char *part = path; *part;) {
                size_t length = strcspn(part, "/");

                if (length == 2 && part[0] == '.' && part[1] == '.') {
                        while (clean.length > 0 && clean.data[--clean.length] != '/')
                                ;
                } else if (length > 0 && !(length == 1 && part[0] == '.')) {
                        text_add_char(&clean, '/');
                        text_add_n(&clean, part, length);
                }
                part += length + (part[length] == '/');
        }
        if (clean.length == 0)
                text_add_char(&clean, '/');
        else
                text_add_n(&clean, "", 0);
        if (!clean.failed)
                clean.data[clean.length] = '\0';
        return text_take(&clean, ret, err);
}

int path_join(const char *left, const char *right, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text joined = { 0 };
        size_t length = strlen(left);

        while (length > 0 && left[length - 1] == '/')
                length--;
        while (*right == '/')
                right++;
        text_add_n(&joined, left, length);
        text_add_char(&joined, '/');
        text_add(&joined, right);
        return text_take(&joined, ret, err);
}

int path_absolute(const char *path, char **ret, struct error *err)
{
        _cleanup_(free_charp) char *here = NULL, *joined = NULL;
        int r;

        if (*path == '/')
                return path_clean(path, ret, err);
        here = getcwd(NULL, 0);
        if (!here)
                return error_errno(err, "finding the working directory");
        r = path_join(here, path, &joined, err);
        return r < 0 ? r : path_clean(joined, ret, err);
}

bool path_is_below(const char *path, const char *parent)
{
        size_t length = strlen(parent);

        if (length == 1 && *parent == '/')
                return *path == '/';
        return strncmp(path, parent, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

const char *path_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}
