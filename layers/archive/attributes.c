#include "layers/archive/attributes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/text.h"

bool attributes_is_ours(const char *name)
{
        static const char *const prefixes[] = {
                "trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", "trusted.hcs-sandbox.", "user.hcs-sandbox.",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
                if (text_starts_with(name, prefixes[i]))
                        return true;
        return false;
}

const char *attributes_opaque_name(void)
{
        return geteuid() == 0 ? "trusted.overlay.opaque" : "user.overlay.opaque";
}

const char *attributes_pending_name(void)
{
        return geteuid() == 0 ? "trusted.hcs-sandbox.pending" : "user.hcs-sandbox.pending";
}

const char *attributes_pending_list_name(void)
{
        return geteuid() == 0 ? "trusted.hcs-sandbox.list" : "user.hcs-sandbox.list";
}

/* There is no lgetxattrat() before Linux 6.13: the directory is named by its descriptor, so only `name` is ever looked up. */
static void path_of(int dir, const char *name, char ret[320])
{
        snprintf(ret, 320, "/proc/self/fd/%d/%s", dir, name);
}

long attributes_get(int dir, const char *name, const char *attribute, void *value, size_t size)
{
        char path[320];

        path_of(dir, name, path);
        return (long)lgetxattr(path, attribute, value, size);
}

int attributes_set(int dir, const char *name, const char *attribute, const void *value, size_t length)
{
        char path[320];

        path_of(dir, name, path);
        return lsetxattr(path, attribute, value, length, 0);
}

int attributes_remove(int dir, const char *name, const char *attribute)
{
        char path[320];

        path_of(dir, name, path);
        return lremovexattr(path, attribute);
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names, one behind the other, to an array that is the caller's and points into them. */
static const char **sorted(const char *names, size_t length, size_t *ret_count)
{
        const char **list = calloc(length + 1, sizeof(*list));

        *ret_count = 0;
        for (const char *at = names; list && at < names + length; at += strlen(at) + 1)
                list[(*ret_count)++] = at;
        if (list)
                qsort(list, *ret_count, sizeof(*list), compare);
        return list;
}

struct bearer { int fd; char path[320]; };              /* the path is empty: the descriptor itself */

static ssize_t read_names(const struct bearer *bearer, char *names, size_t size)
{
        return *bearer->path ? llistxattr(bearer->path, names, size) : flistxattr(bearer->fd, names, size);
}

static ssize_t read_value(const struct bearer *bearer, const char *name, void *value, size_t size)
{
        return *bearer->path ? lgetxattr(bearer->path, name, value, size) : fgetxattr(bearer->fd, name, value, size);
}

int attributes_each(int dir, const char *name, int (*fn)(void *context, const char *name, const void *value, size_t length),
                    void *context, struct error *err)
{
        _cleanup_(free_charp) char *names = NULL, *value = NULL;
        struct bearer bearer = { .fd = dir };
        const char **list;
        size_t count;
        ssize_t n;
        int r = 0;

        if (name)
                path_of(dir, name, bearer.path);
        n = read_names(&bearer, NULL, 0);
        if (n == 0 || (n < 0 && errno == ENOTSUP))
                return 0;
        names = malloc(ATTRIBUTES_VALUE_MAX);
        value = malloc(ATTRIBUTES_VALUE_MAX);
        if (!names || !value)
                return error_memory(err);
        n = n < 0 ? n : read_names(&bearer, names, ATTRIBUTES_VALUE_MAX);
        if (n < 0)
                return error_errno(err, "reading its extended attributes");
        list = sorted(names, (size_t)n, &count);
        if (!list)
                return error_memory(err);
        for (size_t i = 0; r >= 0 && i < count; i++) {
                ssize_t length = read_value(&bearer, list[i], value, ATTRIBUTES_VALUE_MAX);

                if (length < 0 && errno == ENODATA)
                        continue;       /* gone since */
                r = length < 0 ? error_errno(err, "reading its extended attribute %s", list[i])
                               : fn(context, list[i], value, (size_t)length);
        }
        free(list);
        return r;
}
