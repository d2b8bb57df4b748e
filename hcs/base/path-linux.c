/* Paths of this machine, where it is a Linux. */
#include "hcs/base/path.h"

#include <string.h>
#include <unistd.h>

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

const char *path_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}
