#include "hcs/base/path.h"

#include <string.h>

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

bool path_is_below(const char *path, const char *parent)
{
        size_t length = strlen(parent);

        if (length == 1 && *parent == '/')
                return *path == '/';
        return strncmp(path, parent, length) == 0 && (path[length] == '\0' || path[length] == '/');
}
