#include "layers/archive/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"

int directory_open(int dir, const char *name, int *ret_fd, struct error *err)
{
        int fd = sys_openat2(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

        if (fd < 0)
                return error_errno(err, "opening the directory");
        *ret_fd = fd;
        return 0;
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_names(int dir, struct text *names, size_t *ret_count, struct error *err)
{
        int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *stream = again < 0 ? NULL : fdopendir(again);
        struct dirent *entry;

        if (!stream) {
                io_closep(&again);
                return error_errno(err, "reading the directory");
        }
        *ret_count = 0;
        while ((errno = 0, entry = readdir(stream))) {
                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                text_add_n(names, entry->d_name, strlen(entry->d_name) + 1);
                ++*ret_count;
        }
        return errno ? error_errno(err, "reading the directory") : text_check(names, err);
}

int directory_sorted(int dir, struct text *names, const char ***ret, size_t *ret_count, struct error *err)
{
        const char **list, *at;
        int r = read_names(dir, names, ret_count, err);

        if (r < 0)
                return r;
        list = calloc(*ret_count + 1, sizeof(*list));
        if (!list)
                return error_memory(err);
        at = names->data;
        for (size_t i = 0; i < *ret_count; i++, at += strlen(at) + 1)
                list[i] = at;
        qsort(list, *ret_count, sizeof(*list), compare);
        *ret = list;
        return 0;
}
