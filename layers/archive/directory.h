/* A directory's names, for those who walk a tree. */
#ifndef LAYERS_ARCHIVE_DIRECTORY_H
#define LAYERS_ARCHIVE_DIRECTORY_H

#include <sys/stat.h>

#include "hcs/base/error.h"
#include "hcs/base/macros.h"
#include "hcs/base/text.h"

/* The directory `name` in `dir` itself, never what a link leads to. */
int directory_open(int dir, const char *name, int *ret_fd, struct error *err);
/* All names but "." and "..", in the order of their bytes: pointers into `names`; the array is the caller's, free(). */
int directory_sorted(int dir, struct text *names, const char ***ret, size_t *ret_count, struct error *err);

/* What an overlay takes for "there is nothing". */
static inline bool directory_is_whiteout(const struct stat *what)
{
        return S_ISCHR(what->st_mode) && what->st_rdev == 0;
}

#endif
