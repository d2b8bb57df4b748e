#include "layers/archive/names.h"

#include <limits.h>
#include <string.h>

#include "hcs/base/text.h"

bool names_is_mark(const char *name)
{
        return text_starts_with(name, NAMES_MARK);
}

const char *names_last(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is(const char *name, size_t length, const char *word)
{
        return strlen(word) == length && memcmp(name, word, length) == 0;
}

int names_clean(const char *path, uint32_t depth, char *ret, struct error *err)
{
        char clean[NAMES_PATH_MAX + 1];
        size_t used = 0;
        uint32_t names = 0;
        bool marked = false;

        if (!*path)
                return error_set(err, E_INVALID_DATA, "it has no name");
        if (*path == '/')
                return error_set(err, E_INVALID_DATA, "its path is absolute; those of a layer begin at its top");
        if (strlen(path) > NAMES_PATH_MAX)
                return error_set(err, E_INVALID_DATA, "its path has more than %d bytes", NAMES_PATH_MAX);
        for (const char *name = path; *name;) {
                size_t length = strcspn(name, "/");

                if (is(name, length, ".."))
                        return error_set(err, E_INVALID_DATA, "its path has \"..\" in it, which may lead out of the layer");
                if (length > NAME_MAX)
                        return error_set(err, E_INVALID_DATA, "its path has a name of %zu bytes; a file system takes %d", length, NAME_MAX);
                if (length > 0 && !is(name, length, ".")) {
                        if (marked)
                                return error_set(err, E_INVALID_DATA, "its path leads through a whiteout");
                        if (++names > depth)
                                return error_set(err, E_INVALID_DATA, "it is more than %u directories deep; --max-depth allows more",
                                                 depth);
                        if (used)
                                clean[used++] = '/';
                        memcpy(clean + used, name, length);
                        used += length;
                        marked = length >= NAMES_MARK_LENGTH && memcmp(name, NAMES_MARK, NAMES_MARK_LENGTH) == 0;
                }
                name += length + (name[length] == '/');
        }
        memcpy(ret, clean, used);
        ret[used] = '\0';
        return 0;
}
